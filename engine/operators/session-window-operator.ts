// Session windows. Rows are first added to slices as long as the gap: all rows of a key in one slice belong to one
// session. A slice's row carries when its session started and its last row; when the row's end is due it is merged into
// the next slice's row if the gap between them is not exceeded ("sorted merge"), else it fires. So a row costs one hash
// look-up, out-of-order rows included, and sessions of any length are merged once per gap.
// Semantics: Flink's SessionWindowAssigner and MergingWindowProcessFunction. Sessions touching at exactly the gap merge;
// a late row counts if the session it merges with has not fired.
import { check } from '../common/check.ts'
import type { DiagnosticsRequest, OperatorFindings } from '../metrics/diagnostics.ts'
import type { KeyedRows, KeyedTable, KeyedTableDeclaration, StateDeclaration } from '../state/state-backend.ts'
import { types } from '../types/logical-type.ts'
import type { Column, RecordBatch } from '../types/record-batch.ts'
import { MIN_WATERMARK } from '../types/stream-element.ts'
import { gridStart } from '../windows/slices.ts'
import type { WindowZone } from '../windows/window-zone.ts'
import { countSessions } from './count-sessions.ts'
import { diagnoseWindows, firesAt } from './diagnose-windows.ts'
import { EventProgress, WATERMARK_STATE } from './event-progress.ts'
import { LateRecords } from './late-records.ts'
import type { Operator, OperatorContext } from './operator.ts'
import { forEachRun, NO_PANE, type Pane } from './pane-rows.ts'
import { restoreArrival } from './restore-arrival.ts'
import { sortByTime } from './sort-by-time.ts'
import type { WindowContents, WindowedSpec } from './window-contents.ts'
import { createWindowTimes, windowZoneOf, type WindowTimes } from './window-times.ts'

/** Scratch space for the rows of a slice that fire. */
class FiredRows {
  ids = new Int32Array(0)
  /** By row id: the session's start and end, and the row of the next slice it is merged into (−1: none). */
  start = new Float64Array(0)
  end = new Float64Array(0)
  targets = new Int32Array(0)

  reserve(rows: number): void {
    if (this.ids.length >= rows) return
    this.ids = new Int32Array(rows * 2)
    this.start = new Float64Array(rows * 2)
    this.end = new Float64Array(rows * 2)
    this.targets = new Int32Array(rows * 2)
  }
}

export class SessionWindowOperator implements Operator {
  readonly state: readonly StateDeclaration[]
  readonly #spec: WindowedSpec
  readonly #contents: WindowContents
  readonly #gapMs: number
  readonly #zone: WindowZone
  readonly #isProctime: boolean
  readonly #declaration: KeyedTableDeclaration
  /**
   * Two value columns, both 0 in new rows and only ever raised. `reach`: slice start + gap − session start; `last`: time
   * of the last row − slice start + 1.
   */
  readonly #reach: number
  readonly #last: number
  #context!: OperatorContext
  #times!: WindowTimes
  #table!: KeyedTable
  #event!: EventProgress
  #late!: LateRecords
  #progress = MIN_WATERMARK
  #pane: Pane = NO_PANE
  /** Of the present pane: its slice's start and what turns times into local ones. */
  #sliceStart = 0
  #shift = 0
  #rowIds = new Int32Array(0)
  #version = 0
  #timerAt = Infinity
  readonly #fired = new FiredRows()

  constructor(spec: WindowedSpec, contents: WindowContents) {
    const { shape } = spec.window
    check(shape.kind === 'session', 'a session operator needs a session window')
    this.#spec = spec
    this.#contents = contents
    this.#gapMs = shape.gapMs
    this.#zone = windowZoneOf(spec.window)
    this.#isProctime = spec.window.time.kind === 'proctime'
    this.#reach = contents.columns.length
    this.#last = this.#reach + 1
    this.#declaration = {
      kind: 'keyed-table',
      name: 'session-window',
      key: spec.keys.map((key) => spec.inputType.fields[key]!.type),
      values: [
        ...contents.columns.map(({ name, storage, label, type }) => ({ name, storage, label, type })),
        { name: 'session reach', storage: 'float64', type: types.timestamp(3) },
        { name: 'last time', storage: 'float64', type: types.timestamp(3) },
      ],
      keyNames: spec.keys.map((key) => spec.inputType.fields[key]!.name),
      namespace: 'slice end',
    }
    this.state = [this.#declaration, WATERMARK_STATE]
  }

  open(context: OperatorContext): void {
    this.#context = context
    this.#times = createWindowTimes(this.#spec.window, context.clock)
    this.#table = context.state.keyedTable(this.#declaration)
    this.#late = new LateRecords(context, {
      type: this.#spec.inputType,
      isAggregated: false,
      shownColumns: this.#spec.inputType.fields.length,
      eventTime: (time) => time,
      windowEnd: (time) => firesAt(this.#spec.window, this.#zone, this.#zone.toLocal(time) + this.#gapMs),
    })
    this.#event = new EventProgress(context.state)
    this.#progress = this.#zone.progress(this.#event.watermark)
    restoreArrival(this.#contents, this.#table)
    if (this.#isProctime) this.#registerTimer()
  }

  processBatch(_input: number, batch: RecordBatch): void {
    if (this.#rowIds.length < batch.rowCount) this.#rowIds = new Int32Array(batch.rowCount * 2)
    this.#updateOwnership()
    const keys = this.#spec.keys.map((key) => batch.columns[key]!)
    const times = this.#times(batch)
    this.#pane = forEachRun(times, batch.rowCount, this.#pane, this.#locate, (rows, from, to) => {
      if (rows === undefined) this.#addLateRows(batch, keys, times, from, to)
      else this.#addRows(rows, batch, keys, times, from, to)
    })
    if (this.#isProctime) this.#registerTimer()
  }

  #updateOwnership(): void {
    if (this.#version === this.#table.version) return
    this.#version = this.#table.version
    this.#contents.runtime.ownership.current++
  }

  /** Times up to here make a window of their own that has fired already. */
  get #lateUpTo(): number {
    return this.#isProctime ? -Infinity : this.#progress - this.#gapMs + 1
  }

  #locate = (time: number): Pane => {
    const shift = this.#zone.toLocal(time) - time
    const local = time + shift
    const start = gridStart(local, 0, this.#gapMs)
    const span = this.#zone.constantSpan(time)
    const inTime = this.#lateUpTo + 1
    const isLate = local < inTime
    this.#shift = shift
    this.#sliceStart = start
    return {
      from: Math.max((isLate ? start : Math.max(start, inTime)) - shift, span.from),
      to: Math.min((isLate ? Math.min(start + this.#gapMs, inTime) : start + this.#gapMs) - shift, span.to),
      rows: isLate ? undefined : this.#table.rows(start),
    }
  }

  #addRows(
    rows: KeyedRows,
    batch: RecordBatch,
    keys: readonly Column[],
    times: Float64Array,
    from: number,
    to: number,
  ): void {
    const rowIds = this.#rowIds
    rows.rowsFor(keys, from, to, rowIds)
    this.#contents.accumulate(rows, batch, from, to, rowIds)
    const reach = rows.valueColumns[this.#reach] as Float64Array
    const last = rows.valueColumns[this.#last] as Float64Array
    const origin = this.#sliceStart - this.#shift
    for (let row = from; row < to; row++) {
      const id = rowIds[row]!
      const offset = times[row]! - origin
      if (offset + 1 > last[id]!) last[id] = offset + 1
      if (this.#gapMs - offset > reach[id]!) reach[id] = this.#gapMs - offset
    }
  }

  /** A late row joins a session that has not fired; those lie in the slice that is firing or the one after. */
  #addLateRows(batch: RecordBatch, keys: readonly Column[], times: Float64Array, from: number, to: number): void {
    const firing = gridStart(this.#lateUpTo, 0, this.#gapMs)
    for (let row = from; row < to; row++) {
      const time = times[row]! + this.#shift
      if (!this.#joins(firing, batch, keys, row, time) && !this.#joins(firing + this.#gapMs, batch, keys, row, time)) {
        this.#late.drop(batch, row, row + 1, times, this.#event.watermark)
      }
    }
  }

  #joins(sliceStart: number, batch: RecordBatch, keys: readonly Column[], row: number, time: number): boolean {
    const rows = this.#table.existing(sliceStart)
    const id = rows?.find(keys, row) ?? -1
    if (rows === undefined || id < 0) return false
    const reach = rows.valueColumns[this.#reach] as Float64Array
    const sessionStart = sliceStart + this.#gapMs - reach[id]!
    if (sessionStart > time + this.#gapMs) return false
    this.#rowIds[row] = id
    this.#contents.accumulate(rows, batch, row, row + 1, this.#rowIds)
    reach[id] = Math.max(reach[id]!, sliceStart + this.#gapMs - time)
    return true
  }

  processWatermark(timestampMs: number): void {
    if (!this.#isProctime) {
      this.#event.watermark = timestampMs
      this.#fireUpTo(this.#zone.progress(timestampMs))
    }
    this.#context.output.emitWatermark(timestampMs)
  }

  onProcessingTime(at: number): void {
    if (this.#timerAt <= at) this.#timerAt = Infinity
    this.#fireUpTo(this.#zone.progress(at - 1))
    this.#registerTimer()
  }

  #registerTimer(): void {
    const [first] = this.#table.namespaces()
    if (first === undefined) return
    const rows = this.#table.rows(first)
    const last = rows.valueColumns[this.#last] as Float64Array
    let earliest = Infinity
    for (const id of rows.rowIds()) earliest = Math.min(earliest, last[id]!)
    const at = this.#zone.toTimerInstant(first + earliest - 1 + this.#gapMs - 1) + 1
    if (at >= this.#timerAt) return
    this.#timerAt = at
    this.#context.registerProcessingTimer(at)
  }

  #fireUpTo(progress: number): void {
    if (progress <= this.#progress) return
    this.#updateOwnership()
    this.#pane = NO_PANE
    this.#progress = progress
    for (const sliceStart of this.#table.namespaces()) {
      if (sliceStart + this.#gapMs - 1 > progress) break
      this.#fireSlice(sliceStart, progress)
    }
    this.#contents.flush(this.#context.output)
    if (this.#contents.mutable) this.#contents.runtime.ownership.current++
  }

  /**
   * Rows whose end is due are merged into the same keys' rows of the next slice where the sessions touch; the others
   * fire.
   */
  #fireSlice(sliceStart: number, progress: number): void {
    const gapMs = this.#gapMs
    const rows = this.#table.rows(sliceStart)
    const next = this.#table.existing(sliceStart + gapMs)
    this.#fired.reserve(rows.end)
    const { ids, start, end, targets } = this.#fired
    if (next === undefined) targets.fill(-1, 0, rows.end)
    else next.findRowsOf(rows, targets)
    const reach = rows.valueColumns[this.#reach] as Float64Array
    const last = rows.valueColumns[this.#last] as Float64Array
    const nextReach = next?.valueColumns[this.#reach] as Float64Array
    const isDense = rows.size === rows.end
    let fired = 0
    let merged = 0
    for (let id = 0; id < rows.end; id++) {
      const target = targets[id]!
      targets[id] = -1
      // 0: the id is not in use
      if (last[id] === 0) continue
      const sessionEnd = sliceStart + last[id]! - 1 + gapMs
      if (sessionEnd - 1 > progress) continue
      if (target >= 0 && sliceStart + 2 * gapMs - nextReach[target]! <= sessionEnd) {
        targets[id] = target
        if (reach[id]! + gapMs > nextReach[target]!) nextReach[target] = reach[id]! + gapMs
        merged++
      } else {
        ids[fired++] = id
        start[id] = sliceStart + gapMs - reach[id]!
        end[id] = sessionEnd
      }
    }
    if (merged > 0) {
      if (this.#contents.ordered) this.#mergeInOrder(rows, next!, targets)
      else this.#contents.merge(next!, rows.valueColumns, 0, rows.end, targets)
    }
    if (fired > 0) this.#emit(rows, ids.subarray(0, fired), last)
    if (isDense ? fired + merged === rows.end : fired + merged === rows.size) this.#table.drop(sliceStart)
    else this.#removeAll(rows, ids.subarray(0, fired), targets)
  }

  /** Merges the later part into the earlier one, then moves the result to the row of the later one. */
  #mergeInOrder(rows: KeyedRows, next: KeyedRows, targets: Int32Array): void {
    const places = new Int32Array(next.end).fill(-1)
    for (let id = 0; id < rows.end; id++) if (targets[id]! >= 0) places[targets[id]!] = id
    this.#contents.merge(rows, next.valueColumns, 0, next.end, places)
    for (let column = 0; column < this.#contents.columns.length; column++) {
      const source = rows.valueColumns[column] as unknown[]
      const target = next.valueColumns[column] as unknown[]
      for (let id = 0; id < rows.end; id++) if (targets[id]! >= 0) target[targets[id]!] = source[id]
    }
  }

  #removeAll(rows: KeyedRows, fired: Int32Array, targets: Int32Array): void {
    const { end } = rows
    for (const id of fired) rows.remove(id)
    for (let id = 0; id < end; id++) if (targets[id]! >= 0) rows.remove(id)
  }

  #emit(rows: KeyedRows, fired: Int32Array, last: Float64Array): void {
    const { rowCount } = this.#contents
    let ids = fired
    if (rowCount !== undefined) {
      const counts = rows.valueColumns[rowCount] as Float64Array
      ids = fired.filter((id) => counts[id]! > 0)
    }
    sortByTime(ids, last)
    if (ids.length > 0) this.#contents.write(rows, ids, ids.length, this.#fired, this.#context.output)
  }

  diagnostics({ window: asked }: DiagnosticsRequest): OperatorFindings {
    const bounds = { gapMs: this.#gapMs, reach: this.#reach, last: this.#last }
    return {
      windows: diagnoseWindows({
        window: this.#spec.window,
        zone: this.#zone,
        counts: countSessions(this.#table, bounds, asked),
        watermark: this.#event.watermark,
        progress: this.#progress,
      }),
      late: this.#isProctime ? undefined : this.#late.diagnostics(),
    }
  }

  prepareSnapshot(): void {
    this.#event.save()
  }
}
