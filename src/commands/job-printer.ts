// How `run` shows jobs: JSON lines, plain lines, or a screen with the lines in its log.
import { renderJobEvent } from '../output/job-lines.ts'
import type { JobPrinter } from '../services/follow-jobs.ts'
import { cancelJob, stopJob, type JobEvent } from '../services/job-client.ts'
import { cellTexts, type RunningJob } from '../services/run-job.ts'
import type { JobScreenHandle } from '../tui/show-job.tsx'

export interface JobPrinterOptions {
  readonly json: boolean
  readonly screen: boolean
  readonly restAddress: string
  /** What Ctrl-C does: on the screen it is a key. */
  readonly stop: () => void
  /** Somebody else runs the job: `stop` only leaves it. */
  readonly isWatched?: boolean
}

function plainPrinter(write: (line: string) => void): (job: RunningJob, event: JobEvent) => void {
  return (job, event) => {
    const line =
      event.kind === 'row' ? `${event.op} ${cellTexts(job, event.cells).join(' | ')}` : renderJobEvent(job.name, event)
    if (line !== undefined) write(line)
  }
}

/** The screen belongs to the first job; ink is loaded only where it is shown. */
export async function createJobPrinter(options: JobPrinterOptions): Promise<JobPrinter> {
  const toStandardOutput = (line: string): void => void process.stdout.write(`${line}\n`)
  if (options.json) {
    const event = (job: RunningJob, jobEvent: JobEvent): void =>
      toStandardOutput(
        JSON.stringify({ job: job.name, ...jobEvent }, (_key, value: unknown) =>
          typeof value === 'bigint' ? String(value) : value,
        ),
      )
    const note = (line: string): void => toStandardOutput(JSON.stringify({ kind: 'notice', line }))
    return { event, note, close: () => undefined }
  }
  if (!options.screen) {
    const note = (line: string): void => toStandardOutput(`note: ${line}`)
    return { event: plainPrinter(toStandardOutput), note, close: () => undefined }
  }
  process.env['NODE_ENV'] ??= 'production'
  const { showJob } = await import('../tui/show-job.tsx')
  let screen: JobScreenHandle | undefined
  const kept: string[] = []
  const keep = (line: string): void => {
    kept.push(line)
    screen?.log(line)
  }
  const print = plainPrinter(keep)
  return {
    event(job, event) {
      if (event.kind === 'submitted' && screen === undefined) {
        const { jobId } = event
        const { restAddress } = options
        const orShow = (action: Promise<unknown>): void => void action.catch((error: Error) => keep(error.message))
        const isWatched = options.isWatched === true
        screen = showJob({
          restAddress,
          jobId,
          onStop: isWatched ? () => orShow(stopJob(restAddress, jobId)) : options.stop,
          onLeave: isWatched ? options.stop : undefined,
          onCancel: () => orShow(cancelJob(restAddress, jobId)),
        })
      }
      print(job, event)
    },
    note: (line) => keep(`note: ${line}`),
    close() {
      screen?.close()
      for (const line of kept.slice(-20)) toStandardOutput(line)
    },
  }
}
