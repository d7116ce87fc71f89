// What a check says of a job of its own that has ended before it should.
import type { SessionJob } from '../../engine/host.ts'
import { attachJob, jobFailed } from '../services/job-client.ts'
import { callRest } from '../services/rest-client.ts'
import { CheckFailure } from './check-failure.ts'
import type { LabContext } from './lab-context.ts'

/** The error of a job that has FAILED, as `flinkts run` shows it; of one that was cancelled, that it was. */
export async function jobFailure(restAddress: string, jobId: string, name: string): Promise<Error> {
  const followed = await attachJob(restAddress, jobId)
  try {
    for await (const event of followed.events)
      if (event.kind === 'ended' && event.status === 'FAILED') return jobFailed(name, event.error)
      else if (event.kind === 'ended') break
  } finally {
    followed.close()
  }
  return new CheckFailure(
    `${name} was cancelled while the check worked with it`,
    'In another terminal, or by the check itself: check again, and let the job run.',
  )
}

/** Of the check's jobs the first that has failed or was cancelled; undefined: none has. */
export async function endedJob(context: LabContext): Promise<Error | undefined> {
  const { restAddress } = context.session
  const jobs = await callRest<readonly SessionJob[]>(restAddress, { path: '/flinkts/jobs' })
  const ended = jobs.find(
    ({ jobId, status }) => context.jobs.includes(jobId) && (status === 'FAILED' || status === 'CANCELED'),
  )
  return ended === undefined ? undefined : jobFailure(restAddress, ended.jobId, ended.name)
}
