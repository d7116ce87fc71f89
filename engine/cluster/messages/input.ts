// What the JobManager tells a TaskManager. Plain data; ports are transferred.
import type { MessagePort } from 'node:worker_threads'
import type { JobBundle } from '../../graph/stream-graph.ts'
import type { DiagnosticsRequest } from '../../metrics/diagnostics.ts'
import type { SubtaskDescriptor } from '../../task/subtask-descriptor.ts'
import type { CheckpointBarrier } from '../../types/stream-element.ts'

/** One execution of a job: everything of an earlier attempt is ignored. */
export interface AttemptId {
  readonly jobId: string
  readonly attempt: number
}

export type TaskManagerInput =
  /** From now on `peer` is reached over this port, both ways. */
  | { readonly kind: 'connect'; readonly peer: string; readonly port: MessagePort }
  | { readonly kind: 'disconnect'; readonly peer: string }
  | { readonly kind: 'deploy'; readonly subtasks: readonly SubtaskDescriptor[]; readonly bundle: JobBundle | undefined }
  /** All subtasks of the attempt are deployed, everywhere. */
  | ({ readonly kind: 'start' } & AttemptId)
  | ({ readonly kind: 'cancel' } & AttemptId)
  | ({ readonly kind: 'trigger-checkpoint'; readonly barrier: CheckpointBarrier } & AttemptId)
  | ({ readonly kind: 'checkpoint-complete'; readonly checkpointId: number } & AttemptId)
  /** Whoever reads a `collect` sink has taken so many rows. */
  | { readonly kind: 'rows-taken'; readonly sink: number; readonly count: number }
  /** Answered by `metrics` with the same request number. */
  | { readonly kind: 'report-metrics'; readonly request: number }
  /** Answered by `diagnostics` with the same request number. */
  | ({ readonly kind: 'diagnose'; readonly request: number; readonly ask: DiagnosticsRequest } & AttemptId)
  | { readonly kind: 'shutdown' }
