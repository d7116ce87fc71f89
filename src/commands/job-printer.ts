// How `run` shows jobs: JSON lines, plain lines, or a screen with the lines in its log.
import { basename } from 'node:path'
import type { Project } from '../config/project.ts'
import { renderJobEvent } from '../output/job-lines.ts'
import { renderReplayed } from '../output/replay-lines.ts'
import type { JobPrinter } from '../services/follow-jobs.ts'
import { cancelJob, createSavepoint, stopJob, type JobEvent } from '../services/job-client.ts'
import { cellTexts, type RunningJob } from '../services/run-job.ts'
import type { JobScreenHandle, ShowJobOptions } from '../tui/show-job.ts'

export interface JobPrinterOptions {
  readonly project: Project
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

/** What the keys of the screen do, and the lines that say so. */
function screenOptions(options: JobPrinterOptions, jobId: string): ShowJobOptions {
  const { project, restAddress } = options
  return {
    restAddress,
    jobId,
    isWatched: options.isWatched === true,
    quit: options.stop,
    stop: async (id) => `stopped with ${basename(await stopJob(restAddress, id))}`,
    savepoint: async (id) => `took ${basename(await createSavepoint(restAddress, id))}; the job goes on`,
    cancel: async (id) => {
      await cancelJob(restAddress, id)
      return 'cancelled; the next run begins afresh'
    },
    replay: async (request) => {
      const { replayJobTopic } = await import('../services/replay/replay-job-topic.ts')
      const notices: string[] = []
      const notice = (line: string): void => void notices.push(line)
      const result = await replayJobTopic({ ...request, project, restAddress, notice })
      return [renderReplayed(result), ...notices].join('; ')
    },
  }
}

/** The screen shows the first job; it is loaded only where it is shown. */
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
  const { showJob } = await import('../tui/show-job.ts')
  let screen: JobScreenHandle | undefined
  const kept: string[] = []
  const keep = (line: string): void => {
    kept.push(line)
    screen?.log(line)
  }
  const print = plainPrinter(keep)
  return {
    event(job, event) {
      if ((event.kind === 'submitted' || event.kind === 'attached') && screen === undefined) {
        screen = showJob(screenOptions(options, event.jobId))
        for (const line of kept) screen.log(line)
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
