// What the JobManager sends to a TaskManager to have one subtask run, and what the subtask reports back. Plain data.
import type { StateHandle } from '../checkpoint/checkpoint-storage.ts'
import type { SubtaskSnapshot } from '../checkpoint/subtask-snapshot.ts'
import type { ErrorData } from '../common/errors.ts'
import type { Json } from '../common/json.ts'
import type { Secrets } from '../connectors/secret-slot.ts'
import type { Split } from '../connectors/connector.ts'
import type { JobEdge, JobVertex } from '../graph/job-graph.ts'
import type { SubtaskMetrics } from './subtask-metrics.ts'

export interface ChannelDescriptor {
  /** Unique in the cluster and over attempts. */
  readonly channel: number
  /** Index in `JobGraph.edges`. */
  readonly edge: number
  /** The TaskManager at the other end. */
  readonly peer: string
  /** The subtask at the other end, of the vertex there. */
  readonly peerSubtask: number
}

export interface SubtaskDescriptor {
  readonly jobId: string
  /** The job over all its runs, told apart from every other one anywhere. Undefined: it has no other runs. */
  readonly jobScope: string | undefined
  readonly jobName: string
  readonly attempt: number
  readonly vertex: JobVertex
  readonly subtaskIndex: number
  readonly configuration: Readonly<Record<string, string>>
  /** The edges of the vertex, by index in the job graph. */
  readonly edges: Readonly<Record<number, JobEdge>>
  readonly inputs: readonly ChannelDescriptor[]
  /** By edge, in the order of target subtasks. */
  readonly outputs: readonly ChannelDescriptor[]
  /** Parallelism and maximum parallelism of the vertices the outputs lead to, by edge. */
  readonly targets: Readonly<Record<number, { readonly parallelism: number; readonly maxParallelism: number }>>
  /** Splits of the source, if the vertex begins with one. */
  readonly splits: readonly Split[]
  /** By operator id: the parts of all former subtasks. Absent: nothing to restore. */
  readonly restore: Readonly<Record<string, readonly StateHandle[]>>
  /** State that no operator of the new job claims is dropped instead of refused. */
  readonly allowNonRestoredState: boolean
  /** For the connectors' runtimes alone. */
  readonly secrets?: Secrets | undefined
}

export type SubtaskEvent =
  /** Everything is connected, nothing is read yet. `sinkIdentities`: what the sinks write to, by operator id. */
  | { readonly kind: 'deployed'; readonly sinkIdentities: Readonly<Record<string, Json>> }
  | { readonly kind: 'running' }
  /** The last event is one of these three; `metrics` are the final ones. */
  | { readonly kind: 'finished'; readonly splits: readonly Split[]; readonly metrics: SubtaskMetrics }
  | { readonly kind: 'canceled'; readonly splits: readonly Split[]; readonly metrics: SubtaskMetrics }
  | {
      readonly kind: 'failed'
      readonly error: ErrorData
      /** Where the source had come; none where it had not begun. */
      readonly splits: readonly Split[]
      readonly metrics: SubtaskMetrics
    }
  | { readonly kind: 'snapshot'; readonly snapshot: SubtaskSnapshot }
  | { readonly kind: 'snapshot-declined'; readonly checkpointId: number; readonly error: ErrorData }
