// What happened to a job's checkpoints, for people: counts, the latest of each kind, a bounded history.
// Source: Flink's CheckpointStatsTracker.
import type { ErrorData } from '../common/errors.ts'
import type { PendingCheckpoint } from './checkpoint-coordinator.ts'
import type { SubtaskSnapshot } from './subtask-snapshot.ts'
import type { CheckpointBarrier } from '../types/stream-element.ts'

/** `web.checkpoints.history`. */
const HISTORY_LENGTH = 10

export interface SubtaskAcknowledgement extends SubtaskSnapshot {
  /** ms since 1970. */
  readonly acknowledgedAt: number
}

export interface CheckpointRecord {
  readonly id: number
  readonly status: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED'
  readonly type: CheckpointBarrier['type']
  readonly location: string
  readonly triggeredAt: number
  readonly endedAt: number | undefined
  readonly subtasks: number
  readonly acknowledgements: readonly SubtaskAcknowledgement[]
  readonly stateSizeBytes: number
  readonly failure: string | undefined
  /** Subsumed, its files are gone. */
  readonly discarded: boolean
}

export interface RestoreRecord {
  readonly id: number
  readonly location: string
  readonly restoredAt: number
  readonly isSavepoint: boolean
}

export interface CheckpointCounts {
  readonly restored: number
  readonly total: number
  readonly inProgress: number
  readonly completed: number
  readonly failed: number
}

export class CheckpointStatistics {
  /** Newest first. */
  readonly #history: CheckpointRecord[] = []
  readonly #latest: Partial<Record<'completed' | 'failed' | 'savepoint', CheckpointRecord>> = {}
  #counts: CheckpointCounts = { restored: 0, total: 0, inProgress: 0, completed: 0, failed: 0 }
  #restored: RestoreRecord | undefined

  get history(): readonly CheckpointRecord[] {
    return this.#history
  }
  get latest(): Readonly<Partial<Record<'completed' | 'failed' | 'savepoint', CheckpointRecord>>> {
    return this.#latest
  }
  get counts(): CheckpointCounts {
    return this.#counts
  }
  get restored(): RestoreRecord | undefined {
    return this.#restored
  }

  triggered(barrier: CheckpointBarrier, subtasks: number): void {
    this.#history.unshift({
      id: barrier.checkpointId,
      status: 'IN_PROGRESS',
      type: barrier.type,
      location: barrier.location,
      triggeredAt: barrier.triggeredAt,
      endedAt: undefined,
      subtasks,
      acknowledgements: [],
      stateSizeBytes: 0,
      failure: undefined,
      discarded: false,
    })
    this.#history.length = Math.min(this.#history.length, HISTORY_LENGTH)
    this.#count({ total: 1, inProgress: 1 })
  }

  acknowledged(snapshot: SubtaskSnapshot, now: number): void {
    this.#update(snapshot.checkpointId, (record) => ({
      ...record,
      acknowledgements: [...record.acknowledgements, { ...snapshot, acknowledgedAt: now }],
      stateSizeBytes: record.stateSizeBytes + snapshot.stateSizeBytes,
    }))
  }

  completed(pending: PendingCheckpoint, now: number): void {
    const record = this.#update(pending.barrier.checkpointId, (old) => ({ ...old, status: 'COMPLETED', endedAt: now }))
    if (record !== undefined) this.#latest[record.type === 'savepoint' ? 'savepoint' : 'completed'] = record
    this.#count({ inProgress: -1, completed: 1 })
  }

  failed(pending: PendingCheckpoint, error: ErrorData, now: number): void {
    const record = this.#update(pending.barrier.checkpointId, (old) => ({
      ...old,
      status: 'FAILED',
      endedAt: now,
      failure: error.message,
    }))
    if (record !== undefined) this.#latest.failed = record
    this.#count({ inProgress: -1, failed: 1 })
  }

  discarded(location: string): void {
    const index = this.#history.findIndex((record) => record.location === location)
    if (index >= 0) this.#history[index] = { ...this.#history[index]!, discarded: true }
  }

  restoredFrom(record: RestoreRecord): void {
    this.#restored = record
    this.#count({ restored: 1 })
  }

  #update(id: number, change: (record: CheckpointRecord) => CheckpointRecord): CheckpointRecord | undefined {
    const index = this.#history.findIndex((record) => record.id === id)
    if (index < 0) return undefined
    const changed = change(this.#history[index]!)
    this.#history[index] = changed
    return changed
  }

  #count(change: Partial<CheckpointCounts>): void {
    const { restored, total, inProgress, completed, failed } = this.#counts
    this.#counts = {
      restored: restored + (change.restored ?? 0),
      total: total + (change.total ?? 0),
      inProgress: inProgress + (change.inProgress ?? 0),
      completed: completed + (change.completed ?? 0),
      failed: failed + (change.failed ?? 0),
    }
  }
}
