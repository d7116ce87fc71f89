// A complete checkpoint as its manifest, and back: what a new attempt is restored from. Pure.
import {
  CHECKPOINT_FORMAT_VERSION,
  type CheckpointManifest,
  type ManifestOperator,
  type ManifestSplit,
} from './checkpoint-manifest.ts'
import type { Json } from '../common/json.ts'
import type { PendingCheckpoint } from './checkpoint-coordinator.ts'
import type { StateHandle } from './checkpoint-storage.ts'

/** What the manifest says of an operator beyond its state. */
export interface OperatorFacts {
  readonly operatorId: string
  readonly name: string
  readonly vertexId: string
  readonly kind: 'source' | 'operator' | 'sink'
  readonly parallelism: number
  readonly maxParallelism: number
  readonly identity: Json | undefined
}

export function createManifest(
  pending: PendingCheckpoint,
  job: { readonly jobId: string; readonly jobKey: string | undefined; readonly jobName: string },
  operators: readonly OperatorFacts[],
  now: number,
): CheckpointManifest {
  const { checkpointId, triggeredAt, type, drain } = pending.barrier
  const bySubtask = [...pending.snapshots].sort((left, right) => left.subtaskIndex - right.subtaskIndex)
  return {
    formatVersion: CHECKPOINT_FORMAT_VERSION,
    checkpointId,
    type,
    ...(drain ? { drained: true } : {}),
    ...job,
    triggeredAt,
    completedAt: now,
    stateSizeBytes: bySubtask.reduce((sum, snapshot) => sum + snapshot.stateSizeBytes, 0),
    operators: operators.map((facts): ManifestOperator => {
      const snapshots = bySubtask.filter(({ vertexId }) => vertexId === facts.vertexId)
      return {
        operatorId: facts.operatorId,
        name: facts.name,
        parallelism: facts.parallelism,
        maxParallelism: facts.maxParallelism,
        state: snapshots.flatMap(({ subtaskIndex, state }) => {
          const handle = state[facts.operatorId]
          if (handle === undefined) return []
          const { file, offset, length, crc32 } = handle
          return [{ subtaskIndex, file, offset, length, crc32 }]
        }),
        splits: facts.kind === 'source' ? snapshots.flatMap(({ splits }) => splits) : undefined,
        identity: facts.identity,
      }
    }),
  }
}

export interface RestoredState {
  /** By operator id. */
  readonly state: Readonly<Record<string, readonly StateHandle[]>>
  readonly splits: Readonly<Record<string, readonly ManifestSplit[]>>
}

export function restoredStateOf(manifest: CheckpointManifest, location: string): RestoredState {
  const state: Record<string, StateHandle[]> = {}
  const splits: Record<string, readonly ManifestSplit[]> = {}
  for (const operator of manifest.operators) {
    if (operator.state.length > 0) {
      state[operator.operatorId] = operator.state.map(({ file, offset, length, crc32 }) => ({
        file,
        location,
        offset,
        length,
        crc32,
      }))
    }
    if (operator.splits !== undefined) splits[operator.operatorId] = operator.splits
  }
  return { state, splits }
}
