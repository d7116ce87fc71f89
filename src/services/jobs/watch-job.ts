// `flinkts attach`: looks on at a job that runs, and leaves it as it is.
import { FlinktsError, isFlinktsError } from '../../../engine/host.ts'
import type { JobPrinter } from '../follow-jobs.ts'
import { attachJob, jobFailed, type JobReport } from '../job-client.ts'
import type { RunningJob } from '../run-job.ts'

export interface WatchOptions {
  readonly restAddress: string
  readonly jobId: string
  readonly name: string
  /** Aborted: leave. */
  readonly signal: AbortSignal
  readonly printer: JobPrinter
}

/** Its report once it ended; undefined: it was left. Throws JOB_FAILED, SESSION_UNREACHABLE. */
export async function watchJob(options: WatchOptions): Promise<JobReport | undefined> {
  const { restAddress, jobId, name, signal, printer } = options
  const followed = await attachJob(restAddress, jobId)
  const job: RunningJob = { ...followed, name, resultColumns: undefined, timeZone: 'UTC' }
  const leave = (): void => followed.close()
  signal.addEventListener('abort', leave, { once: true })
  if (signal.aborted) leave()
  try {
    for await (const event of followed.events) {
      printer.event(job, event)
      if (event.kind !== 'ended' || event.status === 'SUSPENDED') continue
      if (event.status !== 'FAILED') return event.report
      throw jobFailed(name, event.error)
    }
  } catch (error) {
    if (signal.aborted) return undefined
    if (!(isFlinktsError(error) && error.code === 'SESSION_UNREACHABLE')) throw error
  } finally {
    signal.removeEventListener('abort', leave)
    followed.close()
  }
  if (signal.aborted) return undefined
  throw new FlinktsError('SESSION_UNREACHABLE', `${name} was ended with its session or its client`, {
    fix: `run it again: it goes on from its last checkpoint (\`flinkts jobs show ${name}\`)`,
  })
}
