// How a job of a check ends, and what the check says where that is not as it should.
import { FlinktsError, isFlinktsError, isTerminal, systemClock, type SessionJob } from '../../engine/host.ts'
import { attachJob, jobFailed, type FollowedJob, type JobEvent } from '../services/job-client.ts'
import { sessionJobs } from '../services/session-jobs.ts'
import { CheckFailure } from './check-failure.ts'
import { within, type LabContext } from './lab-context.ts'

const FINISH_LIMIT_MS = 60_000
const LOOK_MS = 500

/** The status that the job ends in. Throws JOB_FAILED, and a CheckFailure where it does not end. */
export async function followToEnd(
  job: FollowedJob,
  name: string,
  signal: AbortSignal,
  seen: (event: JobEvent) => void = () => undefined,
): Promise<string> {
  const end = async (): Promise<string> => {
    for await (const event of job.events) {
      seen(event)
      if (event.kind !== 'ended') continue
      if (event.status === 'FAILED') throw jobFailed(name, event.error)
      return event.status
    }
    throw new FlinktsError('SESSION_UNREACHABLE', `the session ended while ${name} ran`, { fix: 'run the check again' })
  }
  const late = (): CheckFailure =>
    new CheckFailure(
      `${name} still runs after ${FINISH_LIMIT_MS / 1000} s`,
      "A job ends when its sources do: a Kafka table with 'scan.bounded.mode' = 'latest-offset' ends at what is in the topic now.",
    )
  try {
    return await within(end(), FINISH_LIMIT_MS, signal, late)
  } finally {
    job.close()
  }
}

/** The error of a job that has FAILED, as `flinkts run` shows it; of one that was cancelled, that it was. */
export async function jobFailure(
  { session, signal }: Pick<LabContext, 'session' | 'signal'>,
  jobId: string,
  name: string,
): Promise<Error> {
  const followed = await attachJob(session.restAddress, jobId)
  try {
    await followToEnd(followed, name, signal)
  } catch (error) {
    if (isFlinktsError(error) && error.code === 'JOB_FAILED') return error
    throw error
  }
  return new CheckFailure(
    `${name} was cancelled while the check worked with it`,
    'In another terminal, or by the check itself: check again, and let the job run.',
  )
}

export type SeenJob = Pick<SessionJob, 'jobId' | 'name' | 'status' | 'endedAt'>

/** Whether the job has failed, or somebody else than the check has cancelled it. */
function isLost({ endedJobs }: Pick<LabContext, 'endedJobs'>, { jobId, status }: SeenJob): boolean {
  return status === 'FAILED' || (status === 'CANCELED' && !endedJobs.has(jobId))
}

async function jobsOf({ session, jobs }: LabContext): Promise<SeenJob[]> {
  const all = await sessionJobs(session.restAddress)
  return all.filter(({ jobId }) => jobs.includes(jobId))
}

/** Of the check's jobs the last that was lost; undefined: none was. */
export async function endedJob(context: LabContext): Promise<Error | undefined> {
  const lost = (await jobsOf(context)).findLast((job) => isLost(context, job))
  return lost === undefined ? undefined : jobFailure(context, lost.jobId, lost.name)
}

/**
 * Of the check's jobs the last that was lost, where nothing can come about any more: none of them runs. One that ended up to
 * `knownUntil`, ms since 1970, is not meant: the check may know of it and wait for something else.
 */
export function lostJob(
  context: Pick<LabContext, 'endedJobs'>,
  jobs: readonly SeenJob[],
  knownUntil: number,
): SeenJob | undefined {
  if (jobs.some(({ status }) => !isTerminal(status))) return undefined
  return jobs.findLast((job) => isLost(context, job) && (job.endedAt ?? -Infinity) > knownUntil)
}

/** For `until`: the error of a job that was lost since the check last asked for its jobs, see lostJob. */
export function watchJobs(context: LabContext): () => Promise<Error | undefined> {
  const knownUntil = context.knownUntil()
  let lookedMs = -Infinity
  return async () => {
    if (systemClock.monotonicMs() - lookedMs < LOOK_MS) return undefined
    lookedMs = systemClock.monotonicMs()
    try {
      const lost = lostJob(context, await jobsOf(context), knownUntil)
      return lost === undefined ? undefined : await jobFailure(context, lost.jobId, lost.name)
    } catch {
      return undefined // where nobody answers, what is waited for is told
    }
  }
}
