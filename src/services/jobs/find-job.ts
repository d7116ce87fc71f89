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

const LISTED_MAX = 10

/** At most ten, and how all are listed. */
export function listedJobs(names: readonly string[]): string {
  if (names.length <= LISTED_MAX) return names.join(', ')
  const more = names.length - LISTED_MAX
  return `${names.slice(0, LISTED_MAX).join(', ')} and ${more} more: \`flinkts jobs list\` shows all`
}

function ambiguous(name: string, jobs: readonly NamedJob[]): FlinktsError {
  return new FlinktsError('JOB_NOT_FOUND', `'${name}' is the name of ${jobs.length} jobs`, {
    fix: `Use one of these: ${listedJobs(jobs.map(({ key, jobId }) => (key === name ? jobId : key)))}.`,
  })
}

const ID_PREFIX = /^[0-9a-f]{4,32}$/

/**
 * By key, name, short name, job id or the first digits of one. Throws JOB_NOT_FOUND with the nearest name and the first ten:
 * `jobs` begin with those that run, then come those that ended last.
 */
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
  const known = all.length === 0 ? 'The project has no jobs yet.' : `The project's jobs are ${listedJobs(all)}.`
  throw new FlinktsError('JOB_NOT_FOUND', `there is no job '${name}'`, {
    fix: near === undefined ? known : `Did you mean '${near}'? ${known}`,
  })
}
