import { rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { FlinktsError, isAlive, isFlinktsError, systemClock } from '../../../engine/host.ts'
import type { ProjectPlace } from '../../config/project-place.ts'
import { removePostgresData } from '../embedded-postgres/postgres-placement.ts'
import { callRest } from '../rest-client.ts'
import { readDockerRecord } from '../docker/docker-record.ts'
import { readProjectJobs, type ProjectJob, type ProjectJobState } from '../jobs/project-jobs.ts'
import { readLiveSession, sessionPaths, type SessionRecord } from './session-files.ts'
import { SAVEPOINTS_LIMIT_MS, type DownAnswer, type EndedJob } from './session-protocol.ts'
import { isReadableStateFolder, readStateFolderVersion } from './state-folder-version.ts'

const STOP_TIMEOUT_MS = 60_000
/** For a session that no longer answers. */
const ENDING_TIMEOUT_MS = 10_000
const POLL_MS = 20

export interface StopSessionOptions {
  readonly volumes: boolean
  readonly notice?: ((line: string) => void) | undefined
}

/** A job that ran when the session was stopped. */
export interface StoppedJob extends EndedJob {
  /** Undefined where nothing is kept of it. */
  readonly state?: ProjectJobState | undefined
  readonly savepoint?: string | undefined
  readonly nextRun?: ProjectJob['nextRun']
}

export interface StoppedSession {
  /** Whether anything ran. */
  readonly stopped: boolean
  readonly jobs: readonly StoppedJob[]
}

/**
 * Stops the session with its jobs and services, and waits until its process has ended; also containers that a killed session
 * left behind. Jobs end with savepoints where they can take one. With `volumes` the data of services and jobs goes too, also
 * where nothing ran, and no savepoint is taken.
 */
export async function stopSession(project: ProjectPlace, options: StopSessionOptions): Promise<StoppedSession> {
  const record = readLiveSession(project)
  const jobs = record === undefined ? [] : await endSession(project, record, options)
  const leftBehind = await removeContainersOf(project, options)
  if (options.volumes) {
    const paths = sessionPaths(project)
    removePostgresData(paths.postgres)
    for (const folder of [paths.kafka, paths.jobs]) rmSync(folder, { recursive: true, force: true })
    // of another layout: only its own version knows what else is data
    if (!isReadableStateFolder(readStateFolderVersion(project)))
      rmSync(project.stateFolder, { recursive: true, force: true })
  }
  return { stopped: record !== undefined || leftBehind, jobs }
}

async function endSession(
  project: ProjectPlace,
  record: SessionRecord,
  { volumes, notice }: StopSessionOptions,
): Promise<StoppedJob[]> {
  const running = volumes ? [] : (await knownJobs(project)).filter((job) => job.running && !job.transient)
  if (running.length > 0)
    notice?.(
      `stopping ${running.map(({ key }) => key).join(', ')} with a savepoint (within ${SAVEPOINTS_LIMIT_MS / 1000} s)`,
    )
  const jobs = await endedJobs(record, running, !volumes)
  await untilEnded(record, STOP_TIMEOUT_MS)
  if (jobs.length === 0) return []
  const known = await knownJobs(project)
  return jobs.map((job) => withEnding(job, known))
}

/** The session may just be ending by itself, or be killed at this moment: then its end is the answer. */
async function endedJobs(
  record: SessionRecord,
  running: readonly ProjectJob[],
  savepoints: boolean,
): Promise<readonly EndedJob[]> {
  try {
    const { jobs = [] } = await callRest<Partial<DownAnswer>>(record.restAddress, {
      method: 'POST',
      path: '/flinkts/down',
      body: { savepoints },
      timeoutMs: SAVEPOINTS_LIMIT_MS + STOP_TIMEOUT_MS,
    })
    return jobs
  } catch (error) {
    const isUnanswered = isFlinktsError(error) && error.code === 'SESSION_UNREACHABLE'
    if (!isUnanswered || !(await hasEndedWithin(record, ENDING_TIMEOUT_MS))) throw error
    return running.map(({ key, jobId }) => ({
      job: key,
      jobId,
      keepsState: true,
      problem: 'the session ended before it answered',
    }))
  }
}

/** What is there to be read: a session of another version, or a damaged record, is stopped all the same. */
async function knownJobs(project: ProjectPlace): Promise<readonly ProjectJob[]> {
  return readProjectJobs(project).then(
    ({ jobs }) => jobs,
    () => [],
  )
}

/** What its record says counts: the savepoint may have been there at the last moment, or the job ended by itself. */
function withEnding(job: EndedJob, known: readonly ProjectJob[]): StoppedJob {
  const found = known.find(({ jobId }) => jobId === job.jobId)
  if (found === undefined) return job
  const { state, record, nextRun } = found
  const savepoint = record?.ending.kind === 'stopped' ? record.ending.savepoint : undefined
  return { ...job, state, savepoint, nextRun, problem: savepoint === undefined ? job.problem : undefined }
}

async function untilEnded(record: SessionRecord, limitMs: number): Promise<void> {
  if (await hasEndedWithin(record, limitMs)) return
  throw new FlinktsError('SESSION_UNREACHABLE', `the session process ${record.pid} did not end within ${limitMs} ms`, {
    fix: `stop process ${record.pid} yourself`,
  })
}

async function hasEndedWithin(record: SessionRecord, limitMs: number): Promise<boolean> {
  const deadline = systemClock.monotonicMs() + limitMs
  while (isAlive(record)) {
    if (systemClock.monotonicMs() > deadline) return false
    await delay(POLL_MS)
  }
  return true
}

/** A killed session's containers, and with `volumes` their data. Only a project that used an engine looks for one. */
async function removeContainersOf(project: ProjectPlace, options: { readonly volumes: boolean }): Promise<boolean> {
  const record = readDockerRecord(project)
  if (record === undefined || !(record.hasContainers || options.volumes)) return false
  const { removeDockerLeftovers } = await import('../docker/docker-leftovers.ts')
  return (await removeDockerLeftovers(project, record, options)).length > 0
}
