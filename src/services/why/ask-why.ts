// `flinkts why`: asks the session why nothing comes out of a job. Light, so that the answer is there at once; a job that the
// session does not have is looked up in .flinkts by ended-job.ts, which loads more.
import { FlinktsError, isFlinktsError } from '../../../engine/client.ts'
import type { ProjectPlace } from '../../config/project-place.ts'
import { findJob, type NamedJob } from '../jobs/find-job.ts'
import { sessionJobs } from '../session-jobs.ts'
import { callRest } from '../rest-client.ts'
import { readLiveSession } from '../session/session-files.ts'
import type { WhyAnswer, WhyQuestion } from './why-question.ts'

const ENDED = new Set(['FINISHED', 'CANCELED', 'FAILED', 'SUSPENDED'])

async function liveJobs(restAddress: string | undefined): Promise<NamedJob[]> {
  if (restAddress === undefined) return []
  try {
    const jobs = await sessionJobs(restAddress)
    return jobs.map(({ jobId, key, name, status }) => ({ jobId, key, name, running: !ENDED.has(status) }))
  } catch (error) {
    if (isFlinktsError(error) && error.code === 'SESSION_UNREACHABLE') return [] // it ended meanwhile
    throw error
  }
}

function onlyOne(running: readonly NamedJob[]): NamedJob {
  const [job, ...others] = running
  if (job !== undefined && others.length === 0) return job
  throw new FlinktsError(
    'JOB_NOT_FOUND',
    job === undefined ? 'no job is running' : `${running.length} jobs are running`,
    {
      fix:
        job === undefined
          ? 'Name a job that has ended: `flinkts jobs list` shows them.'
          : `Name one of them: ${running.map(({ key }) => key).join(', ')}.`,
    },
  )
}

function isMissing(error: unknown): boolean {
  return isFlinktsError(error) && error.code === 'JOB_NOT_FOUND'
}

/** The running job of that name; undefined: none that runs. Throws JOB_NOT_FOUND where it is the name of several. */
function runningJob(running: readonly NamedJob[], name: string): NamedJob | undefined {
  try {
    return findJob(running, name)
  } catch (error) {
    if (isMissing(error) && !(error as Error).message.includes('is the name of')) return undefined
    throw error
  }
}

function pathOf(jobId: string, { operator, window, record }: WhyQuestion): string {
  const given = Object.entries({ operator, window, record }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return `/flinkts/jobs/${jobId}/why?${new URLSearchParams(given).toString()}`
}

/** Throws JOB_NOT_FOUND, and OPTION_INVALID for an operator, window or record that cannot be meant. */
export async function askWhy(place: ProjectPlace, question: WhyQuestion): Promise<WhyAnswer> {
  const restAddress = readLiveSession(place)?.restAddress
  const jobs = await liveJobs(restAddress)
  const running = jobs.filter((job) => job.running)
  const job = question.job === undefined ? onlyOne(running) : runningJob(running, question.job)
  if (job !== undefined && restAddress !== undefined)
    return callRest<WhyAnswer>(restAddress, { path: pathOf(job.jobId, question) })
  const { findEndedJob, explainEndedJob } = await import('./ended-job.ts')
  const ended = await findEndedJob(place, question.job!)
  const isKept = jobs.some(({ jobId }) => jobId === ended.job.jobId)
  return isKept && restAddress !== undefined
    ? callRest<WhyAnswer>(restAddress, { path: pathOf(ended.job.jobId, question) })
    : explainEndedJob(ended, question)
}
