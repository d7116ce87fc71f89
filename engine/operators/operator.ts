// The contract of an operator: a function from batches and watermarks to batches and watermarks, with declared state.
//
// Life: created from its spec → `open` (state already restored) → elements → `endOfInput` → `close`. Every method runs on
// the subtask's one thread, never concurrently, never re-entered; none may block or wait. Results go to
// `context.output` during the call. Before a checkpoint's snapshot the task calls `prepareSnapshot`, so that an
// operator that holds rows back (local aggregation) hands them on in front of the barrier; then the backend, not the
// operator, snapshots the declared state. After a restore an operator must behave as if it had never stopped.
import type { Clock } from '../time/clock.ts'
import type { RecordBatch } from '../types/record-batch.ts'
import type { StateBackend, StateDeclaration } from '../state/state-backend.ts'
import type { DiagnosticsRequest, OperatorFindings } from '../metrics/diagnostics.ts'
import type { MetricGroup } from '../metrics/metric-group.ts'

/**
 * Where results go. `emit` never blocks: back-pressure is applied by the task between elements (it takes no input while
 * a downstream buffer is full), so one call may exceed a buffer by its own results only.
 */
export interface Output {
  /** The batch may be overwritten by the emitter after `emit` returns (see RecordBatch). Empty batches are not emitted. */
  emit(batch: RecordBatch): void
  /** Ascending within an output; the task drops one that does not advance. */
  emitWatermark(timestampMs: number): void
  /** Idle or active again. Only operators that make watermarks call it; the task forwards the statuses of its inputs. */
  emitWatermarkStatus?(idle: boolean): void
}

export interface OperatorContext {
  readonly output: Output
  /** Side outputs by tag; undefined where nothing is connected. */
  sideOutput(tag: string): Output | undefined
  readonly state: StateBackend
  readonly clock: Clock
  readonly metrics: MetricGroup
  readonly subtaskIndex: number
  readonly parallelism: number
  readonly maxParallelism: number
  /** Lower-level settings of the job, as strings under Flink's keys (e.g. `table.local-time-zone`). */
  readonly configuration: Readonly<Record<string, string>>
  /** The watermark this operator has seen last (combined over its inputs). */
  currentWatermark(): number
  /** Asks for `onProcessingTime(at)` once the clock reaches `at` (ms since 1970), on the subtask's thread. */
  registerProcessingTimer(at: number): void
}

export interface Operator {
  /** Declared before `open`, fixed for the operator's life. */
  readonly state?: readonly StateDeclaration[]
  open?(context: OperatorContext): void
  /** `input` counts from 0 for operators with several inputs. The batch is the caller's again when this returns. */
  processBatch(input: number, batch: RecordBatch): void
  /**
   * The combined watermark of all inputs has advanced to `timestampMs`. Absent: it is forwarded. Present: the operator
   * itself forwards it by `context.output.emitWatermark`, after the results it triggers.
   */
  processWatermark?(timestampMs: number): void
  onProcessingTime?(at: number): void
  /**
   * What it tells of itself to who asks why nothing comes out. Called at any time between elements, changes nothing, and
   * stays cheap with millions of open windows. Absent or undefined: it has nothing to tell.
   */
  diagnostics?(request: DiagnosticsRequest): OperatorFindings | undefined
  prepareSnapshot?(): void
  /**
   * All inputs have ended, or the job is drained; a MAX_WATERMARK has been processed, where the input has event time. Last
   * chance to emit. A snapshot follows only where the job is drained.
   */
  endOfInput?(): void
  /** Always called, after failures too. */
  close?(): void
}
