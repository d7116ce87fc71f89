// SHOW JOBS, DESCRIBE JOB and STOP JOB, answered by the session. Source: Flink's job statements; a job may also be named by
// its name or by the first digits of its id.
import { FlinktsError, nearestName } from '../../../engine/host.ts'
import type { JobRequest } from '../../../engine/planner.ts'
import { cancelJob, stopJob } from '../job-client.ts'
import { callRest } from '../rest-client.ts'

/** Columns of STRING; no columns: OK is the answer. */
export interface JobAnswer {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

interface JobDto {
  readonly jid: string
  readonly name: string
  readonly state: string
  readonly duration: number
  readonly 'start-time': number
  readonly 'end-time': number
}

const PREFIX = /^[0-9a-f]{4,32}$/

function find(jobs: readonly JobDto[], wanted: string): JobDto {
  const running = jobs.filter((job) => job['end-time'] < 0)
  const found =
    jobs.find(({ jid }) => jid === wanted) ??
    running.find(({ name }) => name === wanted) ??
    (PREFIX.test(wanted) ? jobs.find(({ jid }) => jid.startsWith(wanted)) : undefined)
  if (found !== undefined) return found
  const near = nearestName(
    wanted,
    running.flatMap(({ jid, name }) => [jid, name]),
  )
  throw new FlinktsError('JOB_NOT_FOUND', `The session has no job '${wanted}'.`, {
    fix: near === undefined ? 'SHOW JOBS lists them.' : `Did you mean '${near}'? SHOW JOBS lists them.`,
  })
}

const startOf = (job: JobDto): string => new Date(job['start-time']).toISOString().slice(0, 19).replace('T', ' ')

/** Throws JOB_NOT_FOUND; CHECKPOINT_FAILED where no savepoint can be taken: the job goes on then. */
export async function answerJobStatement(
  restAddress: string,
  { action, jobId, withSavepoint, withDrain }: JobRequest['request'],
): Promise<JobAnswer> {
  const { jobs } = await callRest<{ jobs: readonly JobDto[] }>(restAddress, { path: '/jobs/overview' })
  const columns = ['job id', 'job name', 'status', 'start time']
  if (action === 'SHOW') {
    const sorted = [...jobs].sort((left, right) => left['start-time'] - right['start-time'])
    return { columns, rows: sorted.map((job) => [job.jid, job.name, job.state, startOf(job)]) }
  }
  const job = find(jobs, jobId!)
  if (action === 'DESCRIBE') {
    const duration = `${(job.duration / 1000).toFixed(1)} s`
    return { columns: [...columns, 'duration'], rows: [[job.jid, job.name, job.state, startOf(job), duration]] }
  }
  if (job['end-time'] >= 0)
    throw new FlinktsError('JOB_NOT_FOUND', `The job '${jobId}' has ended: it is ${job.state}.`, {
      fix: 'SHOW JOBS lists the jobs with their status.',
    })
  if (withSavepoint) {
    const savepoint = await stopJob(restAddress, job.jid, { drain: withDrain })
    return { columns: ['savepoint path'], rows: [[savepoint]] }
  }
  await cancelJob(restAddress, job.jid)
  return { columns: [], rows: [] }
}
