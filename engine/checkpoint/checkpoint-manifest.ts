// The manifest of a checkpoint: a self-describing JSON file, readable without the job.
import type { Json } from '../common/json.ts'

export const CHECKPOINT_FORMAT_VERSION = 1

export interface ManifestSplit {
  readonly id: string
  readonly state: Json
  /** Where the event time of its rows had come to, ms. Absent: nowhere yet, or the split had ended. */
  readonly watermark?: number | undefined
}

export interface ManifestStatePart {
  readonly subtaskIndex: number
  readonly file: string
  readonly offset: number
  readonly length: number
  readonly crc32: number
}

/** One operator (or source, or sink) of the job. */
export interface ManifestOperator {
  /** The node's id: what a restore looks for. */
  readonly operatorId: string
  readonly name: string
  readonly parallelism: number
  readonly maxParallelism: number
  /** Keyed and operator state by former subtask. */
  readonly state: readonly ManifestStatePart[]
  /** Of sources: all splits with their positions, ended ones included. */
  readonly splits?: readonly ManifestSplit[] | undefined
  /** Of sources: which cluster, topics … the positions belong to. */
  readonly identity?: Json | undefined
}

export interface CheckpointManifest {
  readonly formatVersion: typeof CHECKPOINT_FORMAT_VERSION
  readonly checkpointId: number
  readonly type: 'checkpoint' | 'savepoint'
  /** Of a stop with drain: all windows had fired, whether or not their rows were all there. Absent: no. */
  readonly drained?: true | undefined
  readonly jobId: string
  readonly jobName: string
  /** How the next run of the job finds it. Absent in older checkpoints, and where no run will look for the job. */
  readonly jobKey?: string | undefined
  /** ms since 1970. */
  readonly triggeredAt: number
  readonly completedAt: number
  readonly stateSizeBytes: number
  readonly operators: readonly ManifestOperator[]
}
