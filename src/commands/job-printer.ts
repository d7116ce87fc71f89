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
    return { event, close: () => undefined }
  }
  if (!options.screen) return { event: plainPrinter(toStandardOutput), close: () => undefined }
  process.env['NODE_ENV'] ??= 'production'
  const { showJob } = await import('../tui/show-job.tsx')
  let screen: JobScreenHandle | undefined
  const kept: string[] = []
  const print = plainPrinter((line) => {
    kept.push(line)
    screen?.log(line)
  })
  return {
    event(job, event) {
      if (event.kind === 'submitted' && screen === undefined) {
        const { jobId } = event
        const { restAddress } = options
        const orShow = (action: Promise<void>): void => void action.catch((error: Error) => screen?.log(error.message))
        screen = showJob({
          restAddress,
          jobId,
          onStop: () => orShow(stopJob(restAddress, jobId)),
          onCancel: () => orShow(cancelJob(restAddress, jobId)),
        })
      }
      print(job, event)
    },
    close() {
      screen?.close()
      for (const line of kept.slice(-20)) toStandardOutput(line)
    },
  }
}
