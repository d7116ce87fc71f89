// What a TaskManager tells the JobManager. Plain data.
import type { SubtaskEvent } from '../../task/subtask-descriptor.ts'
import type { SubtaskMetrics } from '../../task/subtask-metrics.ts'
import type { AttemptId } from './input.ts'

export interface SubtaskReport extends AttemptId {
  readonly vertexId: string
  readonly subtaskIndex: number
}

export interface TaskManagerMetrics {
  readonly heapUsedBytes: number
  readonly heapLimitBytes: number
  readonly subtasks: readonly (AttemptId & SubtaskMetrics)[]
}

export interface PrintedLine {
  readonly line: string
  readonly stream: 'stdout' | 'stderr'
}

export type TaskManagerOutput =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'subtask'; readonly event: SubtaskEvent } & SubtaskReport)
  | { readonly kind: 'metrics'; readonly request: number; readonly metrics: TaskManagerMetrics }
  /** What `print` sinks of a job wrote, in order. */
  | { readonly kind: 'print'; readonly jobId: string; readonly lines: readonly PrintedLine[] }
