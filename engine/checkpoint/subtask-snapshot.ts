// The part of one subtask in a checkpoint, as it acknowledges it. Plain data.
import type { StateHandle } from './checkpoint-storage.ts'
import type { ManifestSplit } from './checkpoint-manifest.ts'

export interface SubtaskSnapshot {
  readonly checkpointId: number
  readonly vertexId: string
  readonly subtaskIndex: number
  /** By operator id. */
  readonly state: Readonly<Record<string, StateHandle>>
  /** Positions of the source's splits, ended ones included. */
  readonly splits: readonly ManifestSplit[]
  readonly stateSizeBytes: number
  /** Time the subtask stood still. */
  readonly syncDurationMs: number
  readonly asyncDurationMs: number
  readonly alignmentDurationMs: number
  /** From the coordinator's trigger until the barrier arrived. */
  readonly startDelayMs: number
}

/** A subtask that finished needs no barrier: its last positions stand for it in every later checkpoint. */
export function snapshotOfFinished(
  checkpointId: number,
  vertexId: string,
  subtaskIndex: number,
  splits: readonly ManifestSplit[],
): SubtaskSnapshot {
  return {
    checkpointId,
    vertexId,
    subtaskIndex,
    state: {},
    splits,
    stateSizeBytes: 0,
    syncDurationMs: 0,
    asyncDurationMs: 0,
    alignmentDurationMs: 0,
    startDelayMs: 0,
  }
}
