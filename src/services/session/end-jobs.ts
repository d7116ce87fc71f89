// `flinkts down` in the session: running jobs end with savepoints, from which their next runs go on.
import { setTimeout as delay } from 'node:timers/promises'
import { isTerminal, systemClock, type JobManager, type ManagedJob } from '../../../engine/host.ts'
import { SAVEPOINTS_LIMIT_MS, type EndedJob } from './session-protocol.ts'

/** A job that is being deployed cannot take a savepoint yet. */
const RETRY_MS = 3_000
const RETRY_POLL_MS = 50

const BY = '`flinkts down`'

/** Undefined once the savepoint stands and the job has ended; else why there is none. */
async function stopOne(jobManager: JobManager, { master }: ManagedJob): Promise<string | undefined> {
  const deadline = systemClock.monotonicMs() + RETRY_MS
  for (;;) {
    try {
      await jobManager.stop(master.jobId, { by: BY })
      return undefined
    } catch (error) {
      if (master.status !== 'RUNNING' || systemClock.monotonicMs() > deadline) return (error as Error).message
    }
    await delay(RETRY_POLL_MS)
  }
}

/**
 * Stops the running jobs with savepoints, side by side, and closes the JobManager. What cannot take one within the limit,
 * and what keeps no state, ends as the session's end ends it: its next run goes on from the last checkpoint. Without
 * `savepoints` that is everything; none of them is in the answer.
 */
export async function endJobs(jobManager: JobManager, savepoints: boolean): Promise<EndedJob[]> {
  const running = savepoints ? jobManager.jobs.filter(({ master }) => !isTerminal(master.status)) : []
  let expire = (_problem: string): void => undefined
  const expired = new Promise<string>((resolve) => (expire = resolve))
  const limit = systemClock.setTimer(SAVEPOINTS_LIMIT_MS, () => expire(`not within ${SAVEPOINTS_LIMIT_MS / 1000} s`))
  const stops: Promise<unknown>[] = []
  const ends = running.map(async (job): Promise<EndedJob> => {
    const { key, jobId } = job.record
    if (job.transient) return { job: key, jobId, keepsState: false }
    const stop = stopOne(jobManager, job)
    stops.push(stop)
    const problem = await Promise.race([stop, expired])
    if (problem !== undefined && !isTerminal(job.master.status))
      job.log.add('notice', `${BY} ends the job, which could not take a savepoint: ${problem}`)
    return { job: key, jobId, keepsState: true, problem }
  })
  const ended = await Promise.all(ends)
  limit.cancel()
  await jobManager.close(BY)
  await Promise.all(stops) // what was still under way has come to its end with its job
  return ended
}
