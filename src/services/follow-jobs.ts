// Follows jobs until they end: events to a printer, Ctrl-C to a stop with savepoint.
import { FlinktsError, isFlinktsError } from '../../engine/host.ts'
import { jobFailed, stopJob, type JobEvent, type JobReport } from './job-client.ts'
import type { RunnableJob, RunningJob } from './run-job.ts'

export interface JobPrinter {
  event(job: RunningJob, event: JobEvent): void
  /** What concerns no job in particular. */
  note(line: string): void
  close(): void
}

export interface FollowOptions {
  readonly restAddress: string
  /** Aborted: stop the jobs with a savepoint. */
  readonly signal: AbortSignal
  readonly printer: JobPrinter
}

/** Stops the job with a savepoint; where none can be taken, leaves it. Returns why, or undefined. */
async function stopOrLeave(job: RunningJob, jobId: string, options: FollowOptions): Promise<FlinktsError | undefined> {
  options.printer.event(job, { kind: 'notice', line: 'stopping with a savepoint; Ctrl-C again leaves at once' })
  try {
    await stopJob(options.restAddress, jobId)
    return undefined
  } catch (cause) {
    job.close()
    return new FlinktsError('CHECKPOINT_FAILED', `${job.name} ended without a savepoint: ${(cause as Error).message}`, {
      fix: 'run the job again: it goes on from its last checkpoint',
    })
  }
}

async function followOne(job: RunningJob, options: FollowOptions): Promise<JobReport> {
  let jobId: string | undefined
  let stopping: Promise<FlinktsError | undefined> | undefined
  const stop = (): void => {
    if (jobId !== undefined) stopping ??= stopOrLeave(job, jobId, options)
  }
  options.signal.addEventListener('abort', stop, { once: true })
  try {
    for await (const event of job.events) {
      options.printer.event(job, event)
      if (event.kind === 'submitted') {
        jobId = event.jobId
        if (options.signal.aborted) stop()
      }
      if (event.kind === 'ended') {
        if (event.status === 'SUSPENDED') break
        if (event.status !== 'FAILED') return event.report
        throw jobFailed(job.name, event.error)
      }
    }
  } catch (error) {
    if (!(isFlinktsError(error) && error.code === 'SESSION_UNREACHABLE')) throw error
  } finally {
    options.signal.removeEventListener('abort', stop)
    job.close()
  }
  const reason = await stopping
  if (reason !== undefined) throw reason
  throw new FlinktsError('SESSION_UNREACHABLE', `the session ended while ${job.name} was running`, {
    fix: 'run the job again: it goes on from its last checkpoint, if it has one; .flinkts/logs/session.log says more',
  })
}

/**
 * Submits the jobs in order and follows them. Reports of all once all have ended. Throws the first failure; jobs that were
 * submitted before are followed to their ends first.
 */
export async function followJobs(jobs: readonly RunnableJob[], options: FollowOptions): Promise<JobReport[]> {
  const followed: Promise<JobReport>[] = []
  let refused: { readonly cause: unknown } | undefined
  for (const job of jobs) {
    try {
      const following = followOne(await job.submit(), options)
      following.catch(() => undefined) // looked at below
      followed.push(following)
      if (job.waitsForEnd) await following
    } catch (cause) {
      refused = { cause }
      break
    }
    if (options.signal.aborted) break
  }
  const results = await Promise.allSettled(followed)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  if (refused !== undefined) throw refused.cause
  return results.map((result) => (result as PromiseFulfilledResult<JobReport>).value)
}
