// Windows with allowed lateness: a window stays after it fired, and each late record makes it fire again with the new
// result. Windows are kept whole instead of in slices, for a slice's windows are updated one by one.
// Source: Flink's WindowOperator with EventTimeTrigger.
import type { DiagnosticsRequest, OperatorFindings } from '../metrics/diagnostics.ts'
import type { KeyedRows, KeyedTable, KeyedTableDeclaration, StateDeclaration } from '../state/state-backend.ts'
import type { Column, RecordBatch } from '../types/record-batch.ts'
import { createSlices, windowsOf, type SlicedShape, type Slices } from '../windows/slices.ts'
import { utcWindowZone } from '../windows/window-zone.ts'
import { countWindows } from './count-windows.ts'
import { diagnoseWindows, firesAt } from './diagnose-windows.ts'
import { EventProgress, WATERMARK_STATE } from './event-progress.ts'
import { LateRecords } from './late-records.ts'
import type { Operator, OperatorContext } from './operator.ts'
import { restoreArrival } from './restore-arrival.ts'
import type { WindowBounds, WindowContents, WindowedSpec } from './window-contents.ts'
import { createWindowTimes, type WindowTimes } from './window-times.ts'

export class LateFiringWindowOperator implements Operator {
  readonly state: readonly StateDeclaration[]
  readonly #spec: WindowedSpec
  readonly #contents: WindowContents
  readonly #shape: SlicedShape
  readonly #slices: Slices
  readonly #latenessMs: number
  readonly #declaration: KeyedTableDeclaration
  #context!: OperatorContext
  #times!: WindowTimes
  /** Namespaces are window ends. */
  #table!: KeyedTable
  #event!: EventProgress
  #late!: LateRecords
  #version = 0
  #rowIds = new Int32Array(0)

  /** The spec's times are UTC's: event times of the TypeScript API. */
  constructor(spec: WindowedSpec, contents: WindowContents) {
    this.#spec = spec
    this.#contents = contents
    this.#shape = spec.window.shape as SlicedShape
    this.#slices = createSlices(this.#shape)
    this.#latenessMs = spec.window.allowedLatenessMs
    this.#declaration = {
      kind: 'keyed-table',
      name: 'late-firing-window',
      key: spec.keys.map((key) => spec.inputType.fields[key]!.type),
      values: contents.columns.map(({ name, storage, label, type }) => ({ name, storage, label, type })),
      keyNames: spec.keys.map((key) => spec.inputType.fields[key]!.name),
      namespace: 'window end',
    }
    this.state = [this.#declaration, WATERMARK_STATE]
  }

  open(context: OperatorContext): void {
    this.#context = context
    this.#times = createWindowTimes(this.#spec.window, context.clock)
    this.#table = context.state.keyedTable(this.#declaration)
    const { inputType, window } = this.#spec
    this.#late = new LateRecords(context, {
      type: inputType,
      isAggregated: false,
      shownColumns: inputType.fields.length,
      eventTime: (time) => time,
      windowEnd: (time) => firesAt(window, utcWindowZone, this.#slices.lastWindowEnd(this.#slices.sliceEnd(time))),
    })
    this.#event = new EventProgress(context.state)
    restoreArrival(this.#contents, this.#table)
  }

  processBatch(_input: number, batch: RecordBatch): void {
    if (this.#rowIds.length < batch.rowCount) this.#rowIds = new Int32Array(batch.rowCount * 2)
    this.#updateOwnership()
    const times = this.#times(batch)
    const slices = this.#slices
    for (let row = 0; row < batch.rowCount;) {
      const end = slices.sliceEnd(times[row]!)
      const from = row++
      while (row < batch.rowCount && times[row]! < end && times[row]! >= end - slices.sliceMs) row++
      this.#addSlice(batch, times, end, from, row)
    }
  }

  /** Rows `from` ≤ row < `to`, which lie in the same slice and so in the same windows. */
  #addSlice(batch: RecordBatch, times: Float64Array, sliceEnd: number, from: number, to: number): void {
    const keys = this.#spec.keys.map((key) => batch.columns[key]!)
    const { watermark } = this.#event
    const windows = windowsOf(this.#shape, sliceEnd - 1).filter(({ end }) => end - 1 + this.#latenessMs > watermark)
    if (windows.length === 0) {
      return this.#late.drop(batch, from, to, times, watermark)
    }
    for (const { end } of windows) {
      if (end - 1 <= watermark) continue
      const rows = this.#table.rows(end)
      rows.rowsFor(keys, from, to, this.#rowIds)
      this.#contents.accumulate(rows, batch, from, to, this.#rowIds)
    }
    const fired = windows.filter(({ end }) => end - 1 <= watermark)
    if (fired.length === 0) return
    for (let row = from; row < to; row++) for (const window of fired) this.#addLate(batch, keys, window, row)
  }

  #addLate(
    batch: RecordBatch,
    keys: readonly Column[],
    window: { readonly start: number; readonly end: number },
    row: number,
  ): void {
    const rows = this.#table.rows(window.end)
    rows.rowsFor(keys, row, row + 1, this.#rowIds)
    this.#contents.accumulate(rows, batch, row, row + 1, this.#rowIds)
    this.#emit(rows, this.#rowIds.slice(row, row + 1), 1, window)
    this.#contents.flush(this.#context.output)
  }

  #emit(rows: KeyedRows, ids: Int32Array, count: number, bounds: WindowBounds): void {
    const { rowCount } = this.#contents
    let kept = ids
    let keptCount = count
    if (rowCount !== undefined) {
      const counts = rows.valueColumns[rowCount] as Float64Array
      kept = ids.slice(0, count).filter((id) => counts[id]! > 0)
      keptCount = kept.length
    }
    if (keptCount > 0) this.#contents.write(rows, kept, keptCount, bounds, this.#context.output)
  }

  /** Objects in cells that a snapshot may hold must be copied before they change. */
  #updateOwnership(): void {
    if (this.#version === this.#table.version) return
    this.#version = this.#table.version
    this.#contents.runtime.ownership.current++
  }

  processWatermark(timestampMs: number): void {
    const before = this.#event.watermark
    this.#event.watermark = timestampMs
    this.#updateOwnership()
    for (const end of this.#table.namespaces()) {
      if (end - 1 > timestampMs) break
      const rows = this.#table.rows(end)
      if (end - 1 > before) this.#emit(rows, rows.ids(), rows.size, { start: this.#slices.windowStart(end), end })
      if (end - 1 + this.#latenessMs <= timestampMs) this.#table.drop(end)
    }
    this.#contents.flush(this.#context.output)
    this.#context.output.emitWatermark(timestampMs)
  }

  diagnostics({ window: asked }: DiagnosticsRequest): OperatorFindings {
    const { watermark } = this.#event
    const parts = this.#table.namespaces().map((end) => ({ rows: this.#table.rows(end), first: end, last: end }))
    return {
      windows: diagnoseWindows({
        window: this.#spec.window,
        zone: utcWindowZone,
        counts: countWindows(parts, this.#slices, this.#declaration, asked),
        watermark,
        progress: watermark,
      }),
      late: this.#late.diagnostics(),
    }
  }

  prepareSnapshot(): void {
    this.#event.save()
  }
}
