// Which job a user means. Light: what only asks the session loads nothing that runs jobs.
import { FlinktsError, nearestName } from '../../../engine/client.ts'

export interface NamedJob {
  /** `pipeline.name`, else the job's path in the project. */
  readonly key: string
  readonly name: string
  readonly jobId: string
  readonly running: boolean
}

/** `jobs/hourly-revenue.sql` is also called `hourly-revenue`. */
function shortName(key: string): string {
  return key.replace(/^.*\//, '').replace(/\.(sql|ts|js)$/i, '')
}

function ambiguous(name: string, jobs: readonly NamedJob[]): FlinktsError {
  return new FlinktsError('JOB_NOT_FOUND', `'${name}' is the name of ${jobs.length} jobs`, {
    fix: `Use one of these: ${jobs.map(({ key, jobId }) => (key === name ? jobId : key)).join(', ')}.`,
  })
}

const ID_PREFIX = /^[0-9a-f]{4,32}$/

/** By key, name, short name, job id or the first digits of one. Throws JOB_NOT_FOUND with the nearest names. */
export function findJob<J extends NamedJob>(jobs: readonly J[], name: string): J {
  const ways: readonly ((job: NamedJob) => boolean)[] = [
    (job) => job.jobId === name,
    (job) => job.key === name,
    (job) => job.name === name,
    (job) => shortName(job.key) === shortName(name),
    (job) => ID_PREFIX.test(name) && job.jobId.startsWith(name),
  ]
  for (const way of ways) {
    const found = jobs.filter(way)
    // of two runs without state the one that still goes on is meant
    const [only, ...others] = found.some(({ running }) => running) ? found.filter(({ running }) => running) : found
    if (only !== undefined && others.length > 0) throw ambiguous(name, found)
    if (only !== undefined) return only
  }
  const names = new Set(jobs.flatMap(({ key, name: jobName }) => [key, jobName, shortName(key)]))
  const near = nearestName(name, names)
  const all = [...new Set(jobs.map(({ key }) => key))]
  const known = all.length === 0 ? 'The project has no jobs yet.' : `The project's jobs are ${all.join(', ')}.`
  throw new FlinktsError('JOB_NOT_FOUND', `there is no job '${name}'`, {
    fix: near === undefined ? known : `Did you mean '${near}'? ${known}`,
  })
}
