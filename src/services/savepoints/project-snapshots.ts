// Checkpoints and savepoints of the project's jobs, wherever they were put, and which of them the next run takes.
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import {
  checkpointIndex,
  FlinktsError,
  JobStore,
  nearestName,
  pathOf,
  type StoredCheckpoint,
} from '../../../engine/host.ts'
import type { Project } from '../../config/project.ts'
import { findJob } from '../jobs/find-job.ts'
import { readProjectJobs, type ProjectJob } from '../jobs/project-jobs.ts'

export interface ProjectSnapshot {
  /** Of the job. */
  readonly key: string
  readonly kind: 'checkpoint' | 'savepoint'
  /** The folder's name: `chk-12`, `savepoint-3f2a1b-…`. */
  readonly name: string
  readonly location: string
  /** Undefined where it cannot be read, see `problem`. */
  readonly checkpointId: number | undefined
  /** ms since 1970. */
  readonly takenAt: number | undefined
  readonly sizeBytes: number | undefined
  /** Why it cannot be restored. */
  readonly problem: string | undefined
  /** `next`: the job's next run begins from it. `running`: the job that runs would be restarted from it. */
  readonly neededBy: 'next' | 'running' | undefined
}

async function foldersIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.map((name) => join(folder, name)).filter((path) => existsSync(join(path, '_metadata')))
}

function snapshotOf(job: ProjectJob, stored: StoredCheckpoint, restartsFrom: string | undefined): ProjectSnapshot {
  const { location } = stored
  const name = basename(location)
  const manifest = stored.kind === 'complete' ? stored.manifest : undefined
  const neededBy = job.nextRun?.location === location ? 'next' : restartsFrom === location ? 'running' : undefined
  return {
    key: job.key,
    kind: manifest?.type ?? (name.startsWith('chk-') ? 'checkpoint' : 'savepoint'),
    name,
    location,
    checkpointId: manifest?.checkpointId,
    takenAt: manifest?.completedAt,
    sizeBytes: manifest?.stateSizeBytes,
    problem: stored.kind === 'corrupt' ? stored.reason : undefined,
    neededBy,
  }
}

async function snapshotsOf(store: JobStore, job: ProjectJob): Promise<ProjectSnapshot[]> {
  const { record } = job
  if (record === undefined) return []
  const own = await checkpointIndex.list(record.checkpointFolder)
  const former = record.formerFolder === undefined ? [] : await checkpointIndex.list(record.formerFolder)
  const seen = new Set([...own, ...former].map(({ location }) => location))
  const recorded = (await store.savepoints(record.key)).map(({ location }) => location)
  const places = [
    ...recorded,
    ...(await foldersIn(join(store.folderOf(record.key), 'savepoints'))),
    ...(record.restoredFrom === undefined ? [] : [record.restoredFrom]),
  ]
  const others = [...new Set(places)].filter((path) => !seen.has(path) && existsSync(join(path, '_metadata')))
  const savepoints = await Promise.all(others.map((location) => checkpointIndex.read(location)))
  const restartsFrom = job.running ? (own[0]?.location ?? record.restoredFrom) : undefined
  return [...own, ...former, ...savepoints]
    .map((stored) => snapshotOf(job, stored, restartsFrom))
    .sort((a, b) => (b.takenAt ?? 0) - (a.takenAt ?? 0))
}

/** By job, newest first; `name`: of this job only. Throws JOB_NOT_FOUND. */
export async function readProjectSnapshots(project: Project, name?: string): Promise<ProjectSnapshot[]> {
  const { jobs } = await readProjectJobs(project)
  const wanted = name === undefined ? jobs : [findJob(jobs, name)]
  const store = new JobStore(project.stateFolder)
  return (await Promise.all(wanted.map((job) => snapshotsOf(store, job)))).flat()
}

function ofName(snapshots: readonly ProjectSnapshot[], name: string): ProjectSnapshot | undefined {
  const exact = snapshots.filter((snapshot) => snapshot.name === name)
  const found = exact.length > 0 ? exact : snapshots.filter((snapshot) => snapshot.name.startsWith(name))
  if (found.length > 1) {
    throw new FlinktsError('FILE_NOT_FOUND', `'${name}' is the name of ${found.length} checkpoints or savepoints`, {
      fix: `Give its path: ${found.map(({ location }) => location).join(', ')}.`,
    })
  }
  return found[0]
}

function newestOf(job: ProjectJob, snapshots: readonly ProjectSnapshot[]): string | undefined {
  const own = snapshots.filter(({ key }) => key === job.key)
  return job.nextRun?.location ?? (own.find(({ problem }) => problem === undefined) ?? own[0])?.location
}

/**
 * The location of a checkpoint or savepoint: a path, the name of its folder (or how that begins), or a job, whose next run's
 * is meant, else its newest. Throws FILE_NOT_FOUND.
 */
export async function locateSnapshot(project: Project, text: string): Promise<string> {
  const path = pathOf(text)
  if (existsSync(join(path, '_metadata'))) return path
  const snapshots = await readProjectSnapshots(project)
  const named = /^(chk-|savepoint-)/.test(text) ? ofName(snapshots, text) : undefined
  if (named !== undefined) return named.location
  const { jobs } = await readProjectJobs(project)
  const job = jobs.find((candidate) => candidate.key === text) ?? tryFindJob(jobs, text)
  const newest = job === undefined ? undefined : newestOf(job, snapshots)
  if (newest !== undefined) return newest
  if (job !== undefined) throw new FlinktsError('FILE_NOT_FOUND', `job '${job.key}' has no checkpoint and no savepoint`)
  const reason = existsSync(resolve(path)) ? 'the folder has no _metadata' : 'there is no such folder'
  const near = nearestName(text, [...snapshots.map(({ name }) => name), ...jobs.map(({ key }) => key)])
  throw new FlinktsError('FILE_NOT_FOUND', `'${text}' is no checkpoint, savepoint or job: ${reason}`, {
    fix: `${near === undefined ? '' : `Did you mean '${near}'? `}\`flinkts savepoints list\` shows what there is.`,
  })
}

function tryFindJob(jobs: readonly ProjectJob[], name: string): ProjectJob | undefined {
  try {
    return findJob(jobs, name)
  } catch {
    return undefined // what it is not is said better by the caller
  }
}
