// `flinkts jobs show`: one job with its vertices, its newest checkpoint or savepoint and what went wrong.
import {
  checkpointIndex,
  firstCause,
  JobStore,
  systemClock,
  type CheckpointManifest,
  type ErrorData,
  type JobRecord,
  type Json,
} from '../../../engine/host.ts'
import type { Project } from '../../config/project.ts'
import { findJob } from './find-job.ts'
import { readProjectJobs, type ProjectJob } from './project-jobs.ts'

export interface SourcePositions {
  readonly operator: string
  readonly splits: readonly {
    readonly id: string
    /** The next offset of a topic partition; of other sources their split's state as JSON. */
    readonly position: string
    /** ms since 1970. */
    readonly watermark: number | undefined
  }[]
}

export interface SnapshotSummary {
  readonly kind: 'checkpoint' | 'savepoint'
  readonly id: number
  readonly location: string
  /** ms since 1970. */
  readonly takenAt: number
  readonly durationMs: number
  readonly sizeBytes: number
  readonly sources: readonly SourcePositions[]
}

export interface JobDetails {
  readonly job: ProjectJob
  readonly now: number
  /** Of this run, or what it began from. */
  readonly lastSnapshot: SnapshotSummary | undefined
  /** First causes, newest first. */
  readonly failures: readonly (Failure & { readonly consequence: string })[]
  /** The last start since, which failed before anything ran. */
  readonly refusedStart: Failure | undefined
}

interface Failure {
  readonly at: number
  readonly code: string
  readonly message: string
  readonly fix: string | undefined
}

function failureOf(at: number, error: ErrorData): Failure {
  const { code, message, fix } = firstCause(error)
  return { at, code, message, fix: fix ?? error.fix }
}

export function positionText(state: Json): string {
  const offset = typeof state === 'object' && state !== null ? (state as { nextOffset?: Json }).nextOffset : undefined
  return typeof offset === 'number' ? String(offset) : JSON.stringify(state)
}

export function sourcesOf(manifest: CheckpointManifest): SourcePositions[] {
  return manifest.operators.flatMap(({ name, splits }) =>
    splits === undefined
      ? []
      : [
          {
            operator: name,
            splits: splits.map(({ id, state, watermark }) => ({ id, position: positionText(state), watermark })),
          },
        ],
  )
}

function summaryOf(location: string, manifest: CheckpointManifest): SnapshotSummary {
  return {
    kind: manifest.type,
    id: manifest.checkpointId,
    location,
    takenAt: manifest.completedAt,
    durationMs: manifest.completedAt - manifest.triggeredAt,
    sizeBytes: manifest.stateSizeBytes,
    sources: sourcesOf(manifest),
  }
}

async function newestSnapshot(store: JobStore, record: JobRecord): Promise<SnapshotSummary | undefined> {
  const checkpoints = await checkpointIndex.list(record.checkpointFolder)
  const ofRun = (await store.savepoints(record.key)).filter(({ jobId }) => jobId === record.jobId)
  const others = [
    ...ofRun.map(({ location }) => location),
    ...(record.restoredFrom === undefined ? [] : [record.restoredFrom]),
  ]
  const found = [...checkpoints, ...(await Promise.all(others.map((location) => checkpointIndex.read(location))))]
  const newest = found
    .flatMap((stored) => (stored.kind === 'complete' ? [stored] : []))
    .sort((a, b) => b.manifest.completedAt - a.manifest.completedAt)[0]
  return newest === undefined ? undefined : summaryOf(newest.location, newest.manifest)
}

/** Throws JOB_NOT_FOUND. */
export async function readJobDetails(project: Project, name: string): Promise<JobDetails> {
  const job = findJob((await readProjectJobs(project)).jobs, name)
  const store = new JobStore(project.stateFolder)
  const failures = job.outcome?.failures ?? []
  const refused = job.record?.refusedStart
  return {
    job,
    now: systemClock.now(),
    lastSnapshot: job.record === undefined ? undefined : await newestSnapshot(store, job.record),
    failures: failures.map(({ error, at, consequence }) => ({ ...failureOf(at, error), consequence })),
    refusedStart: refused === undefined ? undefined : failureOf(refused.at, refused.cause),
  }
}
