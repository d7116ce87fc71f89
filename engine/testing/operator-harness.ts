// Drives one operator without a task: elements in, rows out, virtual time, snapshots and restores at any parallelism.
import { MetricRegistry } from '../metrics/metric-group.ts'
import type { Operator, OperatorContext, Output } from '../operators/operator.ts'
import { createStateBackend } from '../state/create-state-backend.ts'
import { keyGroupRangeFor, MAX_PARALLELISM_DEFAULT } from '../state/key-groups.ts'
import type { StateBackend } from '../state/state-backend.ts'
import type { RowType } from '../types/logical-type.ts'
import { batchFromRows, rowFromBatch, type Cell, type RecordBatch } from '../types/record-batch.ts'
import { rowKindToString, type RowKind, type RowKindString } from '../types/row-kind.ts'
import { MAX_WATERMARK, MIN_WATERMARK } from '../types/stream-element.ts'
import { ManualClock } from './manual-clock.ts'

/** A row of a changelog: its kind, then its cells. */
export type ChangelogRow = readonly [kind: RowKindString, ...cells: Cell[]]

const KINDS: readonly RowKindString[] = ['+I', '-U', '+U', '-D']

/** A batch of these rows; `eventTimes` for streams of the TypeScript API. */
export function batchOfRows(type: RowType, rows: readonly ChangelogRow[], eventTimes?: readonly number[]): RecordBatch {
  const insertsOnly = rows.every(([kind]) => kind === '+I')
  const kinds = insertsOnly ? undefined : Uint8Array.from(rows, ([kind]) => KINDS.indexOf(kind))
  const cells = rows.map(([, ...cells]) => cells)
  const batch = batchFromRows(type, cells, kinds)
  return eventTimes === undefined ? batch : { ...batch, eventTimes: Float64Array.from(eventTimes) }
}

export function rowsOfBatch(batch: RecordBatch): ChangelogRow[] {
  return Array.from({ length: batch.rowCount }, (_, row): ChangelogRow => {
    const kind = rowKindToString((batch.rowKinds?.[row] ?? 0) as RowKind)
    return [kind, ...rowFromBatch(batch, row)]
  })
}

/** Overwrites a batch with nonsense: whoever kept it, or a view of it, shows. */
export function poisonBatch(batch: RecordBatch): void {
  for (const column of batch.columns) {
    if (Array.isArray(column.values)) column.values.fill('poisoned')
    else column.values.fill(86)
    column.nulls?.fill(0)
    if (column.exact !== undefined) column.exact.length = 0
  }
  batch.rowKinds?.fill(3)
  batch.eventTimes?.fill(86)
}

export interface OperatorHarnessOptions {
  readonly clock?: ManualClock | undefined
  /** Default subtask 0 of 1, of 128 key groups. */
  readonly subtaskIndex?: number | undefined
  readonly parallelism?: number | undefined
  readonly maxParallelism?: number | undefined
  readonly configuration?: Readonly<Record<string, string>> | undefined
  /** Tags of the side outputs that are connected. */
  readonly sideOutputs?: readonly string[] | undefined
  /** Snapshots of all former subtasks to start from. */
  readonly restore?: readonly Uint8Array[] | undefined
}

export class OperatorHarness {
  readonly clock: ManualClock
  readonly metrics = new MetricRegistry()
  readonly state: StateBackend
  readonly #operator: Operator
  readonly #timers = new Set<number>()
  #output: ChangelogRow[] = []
  readonly #sides = new Map<string, ChangelogRow[]>()
  #watermarks: number[] = []
  #statuses: boolean[] = []
  #inputWatermark = MIN_WATERMARK

  /** Restores and opens. */
  constructor(operator: Operator, options: OperatorHarnessOptions = {}) {
    const { subtaskIndex = 0, parallelism = 1, maxParallelism = MAX_PARALLELISM_DEFAULT } = options
    this.#operator = operator
    this.clock = options.clock ?? new ManualClock()
    for (const tag of options.sideOutputs ?? []) this.#sides.set(tag, [])
    this.state = createStateBackend({
      keyGroups: keyGroupRangeFor(maxParallelism, parallelism, subtaskIndex),
      maxParallelism,
      subtaskIndex,
      parallelism,
    })
    if (options.restore !== undefined) this.state.restore(options.restore)
    operator.open?.(this.#context(options, subtaskIndex, parallelism, maxParallelism))
  }

  #context(
    options: OperatorHarnessOptions,
    subtaskIndex: number,
    parallelism: number,
    maxParallelism: number,
  ): OperatorContext {
    const output: Output = {
      emit: (batch) => this.#output.push(...rowsOfBatch(batch)),
      emitWatermark: (timestampMs) => this.#watermarks.push(timestampMs),
      emitWatermarkStatus: (idle) => this.#statuses.push(idle),
    }
    return {
      output,
      sideOutput: (tag) => this.#sideOutput(tag),
      state: this.state,
      clock: this.clock,
      metrics: this.metrics,
      subtaskIndex,
      parallelism,
      maxParallelism,
      configuration: options.configuration ?? {},
      currentWatermark: () => this.#inputWatermark,
      registerProcessingTimer: (at) => this.#timers.add(at),
    }
  }

  #sideOutput(tag: string): Output | undefined {
    const rows = this.#sides.get(tag)
    if (rows === undefined) return undefined
    return { emit: (batch) => rows.push(...rowsOfBatch(batch)), emitWatermark: () => undefined }
  }

  /** The batch is overwritten afterwards. */
  processBatch(batch: RecordBatch, input = 0): void {
    this.#operator.processBatch(input, batch)
    poisonBatch(batch)
  }

  processRows(type: RowType, rows: readonly ChangelogRow[], eventTimes?: readonly number[]): void {
    this.processBatch(batchOfRows(type, rows, eventTimes))
  }

  processWatermark(timestampMs: number): void {
    this.#inputWatermark = timestampMs
    if (this.#operator.processWatermark === undefined) this.#watermarks.push(timestampMs)
    else this.#operator.processWatermark(timestampMs)
  }

  /** Moves the clock, running processing-time timers on the way. */
  advanceTo(time: number): void {
    for (;;) {
      const next = Math.min(...this.#timers)
      if (next > time) break
      this.#timers.delete(next)
      this.clock.advanceTo(next)
      this.#operator.onProcessingTime?.(next)
    }
    this.clock.advanceTo(time)
  }

  /** As at a barrier; rows that `prepareSnapshot` hands on are part of the output. */
  snapshot(): Uint8Array {
    this.#operator.prepareSnapshot?.()
    const snapshot = this.state.snapshot()
    const chunks = [...snapshot.write()]
    snapshot.release()
    const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
    let offset = 0
    for (const chunk of chunks) {
      bytes.set(chunk, offset)
      offset += chunk.length
    }
    return bytes
  }

  /** MAX_WATERMARK, then the end. */
  endOfInput(): void {
    this.processWatermark(MAX_WATERMARK)
    this.#operator.endOfInput?.()
  }

  close(): void {
    this.#operator.close?.()
    this.state.close()
  }

  /** Rows emitted since the last call. */
  takeRows(): ChangelogRow[] {
    const rows = this.#output
    this.#output = []
    return rows
  }

  /** Rows emitted to a side output since the last call. */
  takeSideRows(tag: string): ChangelogRow[] {
    return this.#sides.get(tag)!.splice(0)
  }

  /** Watermarks emitted since the last call. */
  takeWatermarks(): number[] {
    const watermarks = this.#watermarks
    this.#watermarks = []
    return watermarks
  }

  /** Watermark statuses (true: idle) emitted since the last call. */
  takeStatuses(): boolean[] {
    const statuses = this.#statuses
    this.#statuses = []
    return statuses
  }
}
