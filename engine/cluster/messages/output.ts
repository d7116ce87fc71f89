// What a TaskManager tells the JobManager. Plain data.
import type { ErrorData } from '../../common/errors.ts'
import type { Json } from '../../common/json.ts'
import type { RowKindString } from '../../types/row-kind.ts'
import type { SubtaskDiagnostics } from '../../metrics/diagnostics.ts'
import type { SubtaskEvent } from '../../task/subtask-descriptor.ts'
import type { SubtaskMetrics } from '../../task/subtask-metrics.ts'
import type { ThreadFigures } from '../thread-figures.ts'
import type { AttemptId } from './input.ts'

export interface SubtaskReport extends AttemptId {
  readonly vertexId: string
  readonly subtaskIndex: number
}

export interface TaskManagerMetrics {
  readonly thread: ThreadFigures
  readonly subtasks: readonly (AttemptId & SubtaskMetrics)[]
}

export interface PrintedLine {
  readonly line: string
  readonly stream: 'stdout' | 'stderr'
}

/** Rows of a SELECT; cells as connectors/values/cell-json.ts encodes them. */
export interface EncodedRow {
  readonly op: RowKindString
  readonly cells: readonly Json[]
}

export type TaskManagerOutput =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'subtask'; readonly event: SubtaskEvent } & SubtaskReport)
  | { readonly kind: 'metrics'; readonly request: number; readonly metrics: TaskManagerMetrics }
  /** `error`: a fault of ours while it looked; the job knows nothing of it. */
  | {
      readonly kind: 'diagnostics'
      readonly request: number
      readonly subtasks: readonly SubtaskDiagnostics[]
      readonly error?: ErrorData | undefined
    }
  /** What a `collect` sink was given; answered by `rows-taken`, without which the sink soon takes no more. */
  | { readonly kind: 'rows'; readonly jobId: string; readonly sink: number; readonly rows: readonly EncodedRow[] }
  /** What `print` sinks of a job wrote, in order. */
  | { readonly kind: 'print'; readonly jobId: string; readonly lines: readonly PrintedLine[] }
