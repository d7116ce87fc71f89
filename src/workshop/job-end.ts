// How a job of a check ends, and what the check says where that is not as it should.
import { FlinktsError, isFlinktsError } from '../../engine/host.ts'
import { attachJob, jobFailed, type FollowedJob, type JobEvent } from '../services/job-client.ts'
import { sessionJobs } from '../services/session-jobs.ts'
import { CheckFailure } from './check-failure.ts'
import { within, type LabContext } from './lab-context.ts'

const FINISH_LIMIT_MS = 60_000

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

/** Of the check's jobs the first that has failed or was cancelled; undefined: none has. */
export async function endedJob(context: LabContext): Promise<Error | undefined> {
  const jobs = await sessionJobs(context.session.restAddress)
  const ended = jobs.find(
    ({ jobId, status }) => context.jobs.includes(jobId) && (status === 'FAILED' || status === 'CANCELED'),
  )
  return ended === undefined ? undefined : jobFailure(context, ended.jobId, ended.name)
}
