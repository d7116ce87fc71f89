// The jobs of a project, running and ended: what the session says of them where one runs, what .flinkts remembers where
// none does. Nothing is started and nothing is changed by looking.
import {
  checkpointIndex,
  decideNextStart,
  FlinktsError,
  isFlinktsError,
  isTerminal,
  JobStore,
  storedCheckpoints,
  type JobOutcome,
  type JobRecord,
  type SessionJob,
} from '../../../engine/host.ts'
import type { ProjectPlace } from '../../config/project-place.ts'
import { sessionJobs } from '../session-jobs.ts'
import { findJob, listedJobs } from './find-job.ts'
import { readLiveSession } from '../session/session-files.ts'

/** Flink's JobStatus while it runs. STOPPED: with a savepoint. ABORTED: its client died. SUSPENDED: ended with the session. CRASHED: the session died. */
export type ProjectJobState = string

/** What `run` would begin with. */
export interface NextRun {
  readonly kind: 'fresh' | 'restore' | 'refused'
  /** Of the checkpoint or savepoint. */
  readonly location: string | undefined
  /** What it would say. */
  readonly say: readonly string[]
}

export interface ProjectJob {
  /** `pipeline.name`, else the job's path in the project. */
  readonly key: string
  readonly name: string
  readonly jobId: string
  readonly state: ProjectJobState
  /** Since when, ms since 1970; undefined where it does not run. */
  readonly stateSince: number | undefined
  readonly running: boolean
  /** A `flinkts run` follows it, with which it ends. */
  readonly attached: boolean
  /** No run will find it again: it keeps no state. */
  readonly transient: boolean
  readonly startedAt: number
  readonly endedAt: number | undefined
  readonly outcome: JobOutcome | undefined
  /** Undefined while it runs, and where it keeps no state. */
  readonly nextRun: NextRun | undefined
  /** What .flinkts has of it; undefined where it keeps no state. */
  readonly record: JobRecord | undefined
}

export interface ProjectJobs {
  /** Running ones first, then those that ended last. */
  readonly jobs: readonly ProjectJob[]
  /** Undefined: no session runs. */
  readonly restAddress: string | undefined
  /** What could not be read, one line each. */
  readonly problems: readonly string[]
}

const STATES = {
  running: 'CRASHED',
  suspended: 'SUSPENDED',
  aborted: 'ABORTED',
  failed: 'FAILED',
  stopped: 'STOPPED',
  canceled: 'CANCELED',
  finished: 'FINISHED',
} as const

async function liveJobs(restAddress: string | undefined): Promise<readonly SessionJob[] | undefined> {
  if (restAddress === undefined) return undefined
  try {
    return await sessionJobs(restAddress)
  } catch (error) {
    if (isFlinktsError(error) && error.code === 'SESSION_UNREACHABLE') return undefined // it ended meanwhile
    throw error
  }
}

/** Without the graph (an older release did not keep it) sinks and checkpointing are not known: neither is said anything of. */
const UNKNOWN_GRAPH = { nodes: [], configuration: { 'execution.checkpointing.interval': '1 min' } }

async function nextRunOf(store: JobStore, record: JobRecord): Promise<NextRun> {
  try {
    const graph = (await store.readGraph(record.key))?.graph ?? UNKNOWN_GRAPH
    const { checkpoints } = await storedCheckpoints(checkpointIndex, record)
    const decision = decideNextStart(record, checkpoints, graph, {})
    const location = decision.kind === 'restore' ? decision.location : undefined
    return { kind: decision.kind, location, say: decision.say }
  } catch (error) {
    return { kind: 'refused', location: undefined, say: [(error as Error).message] }
  }
}

async function recordedJob(store: JobStore, record: JobRecord, live: SessionJob | undefined): Promise<ProjectJob> {
  const { key, jobName, jobId, startedAt, endedAt } = record
  const running = live !== undefined && !isTerminal(live.status)
  return {
    key,
    jobId,
    name: jobName,
    state: running ? live.status : STATES[record.ending.kind],
    stateSince: running ? live.statusSince : undefined,
    running,
    attached: live?.attached ?? false,
    transient: false,
    startedAt,
    endedAt,
    outcome: live?.outcome ?? record.outcome,
    nextRun: running ? undefined : await nextRunOf(store, record),
    record,
  }
}

function transientJob(job: SessionJob): ProjectJob {
  const { key, name, jobId, status, startedAt, endedAt, attached, outcome } = job
  const running = !isTerminal(status)
  const stateSince = running ? job.statusSince : undefined
  const known = { key, name, jobId, startedAt, endedAt, attached, outcome, running }
  return { ...known, state: status, stateSince, transient: true, nextRun: undefined, record: undefined }
}

export async function readProjectJobs(project: ProjectPlace): Promise<ProjectJobs> {
  const restAddress = readLiveSession(project)?.restAddress
  const store = new JobStore(project.stateFolder)
  const [entries, live] = await Promise.all([store.list(), liveJobs(restAddress)])
  const liveById = new Map(live?.map((job) => [job.jobId, job]))
  const recorded = await Promise.all(
    entries.flatMap((entry) =>
      entry.kind === 'job' ? [recordedJob(store, entry.record, liveById.get(entry.record.jobId))] : [],
    ),
  )
  const transient = (live ?? []).filter((job) => job.transient).map(transientJob)
  const jobs = [...recorded, ...transient].sort(
    (a, b) => Number(b.running) - Number(a.running) || (b.endedAt ?? b.startedAt) - (a.endedAt ?? a.startedAt),
  )
  const problems = entries.flatMap((entry) => (entry.kind === 'unreadable' ? [entry.error.message] : []))
  return { jobs, restAddress: live === undefined ? undefined : restAddress, problems }
}

/** Throws JOB_NOT_FOUND also for a job that has ended. */
export function findRunningJob({ jobs, restAddress }: ProjectJobs, name: string): ProjectJob & { restAddress: string } {
  const job = findJob(jobs, name)
  if (job.running && restAddress !== undefined) return { ...job, restAddress }
  const others = jobs.filter(({ running }) => running).map(({ key }) => key)
  throw new FlinktsError('JOB_NOT_FOUND', `job '${job.key}' is not running: it is ${job.state}`, {
    fix: others.length === 0 ? 'No job of the project is running.' : `Running are ${listedJobs(others)}.`,
  })
}
