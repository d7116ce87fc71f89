// Aggregation per key and window for tumbling, hopping, cumulating and attached windows. A row is added to the one slice
// its time lies in; a window that fires merges its slices. Source: Flink's WindowAggOperator over SliceAssigners.
import type { Clock } from '../time/clock.ts'
import type { DiagnosticsRequest, OperatorFindings } from '../metrics/diagnostics.ts'
import type { KeyedRows, KeyedTable, KeyedTableDeclaration, StateDeclaration } from '../state/state-backend.ts'
import { createScratchRows } from '../state/memory/hashmap-state-backend.ts'
import type { LogicalType } from '../types/logical-type.ts'
import type { Column, RecordBatch } from '../types/record-batch.ts'
import { MIN_WATERMARK } from '../types/stream-element.ts'
import { createSlices, type SlicedShape, type Slices } from '../windows/slices.ts'
import type { WindowZone } from '../windows/window-zone.ts'
import { countAttachedWindows } from './count-attached-windows.ts'
import { countWindows, type WindowPart } from './count-windows.ts'
import { diagnoseWindows, firesAt } from './diagnose-windows.ts'
import { EventProgress, WATERMARK_STATE } from './event-progress.ts'
import { LateRecords, type LateRows } from './late-records.ts'
import { LocalPhaseColumns } from './local-phase-columns.ts'
import { HopMerger } from './hop-merger.ts'
import type { Operator, OperatorContext } from './operator.ts'
import { forEachRun, NO_PANE, type Pane } from './pane-rows.ts'
import { restoreArrival } from './restore-arrival.ts'
import { idsWithRows, type WindowBounds, type WindowContents, type WindowedSpec } from './window-contents.ts'
import { createWindowTimes, timesOfColumn, windowZoneOf, type WindowTimes } from './window-times.ts'

export class WindowAggregateOperator implements Operator {
  readonly state: readonly StateDeclaration[]
  readonly #spec: WindowedSpec
  readonly #contents: WindowContents
  readonly #shape: SlicedShape
  readonly #slices: Slices
  readonly #zone: WindowZone
  readonly #declaration: KeyedTableDeclaration
  readonly #keys: readonly number[]
  readonly #isProctime: boolean
  /** Slice ends stand in a column instead of following from a time. */
  readonly #hasSliceEnds: boolean
  readonly #received: LocalPhaseColumns | undefined
  readonly #hops: HopMerger
  #context!: OperatorContext
  #times!: WindowTimes
  #table!: KeyedTable
  #cumulated: KeyedTable | undefined
  #event!: EventProgress
  #late!: LateRecords
  /** Local time up to which windows have fired. */
  #progress = MIN_WATERMARK
  #pane: Pane = NO_PANE
  #rowIds = new Int32Array(0)
  #version = 0
  #timerAt = Infinity

  constructor(spec: WindowedSpec, contents: WindowContents) {
    const { window, inputType } = spec
    this.#spec = spec
    this.#contents = contents
    this.#shape = window.time.kind === 'attached' ? attachedShape : (window.shape as SlicedShape)
    this.#slices = createSlices(this.#shape)
    this.#zone = windowZoneOf(window)
    this.#isProctime = window.time.kind === 'proctime'
    this.#hasSliceEnds = window.time.kind === 'attached' || spec.phase === 'global'
    const keyTypes = spec.keys.map((key): LogicalType => inputType.fields[key]!.type)
    // windows that only their columns tell apart (sessions have the same end): the start refines the key
    this.#keys = window.time.kind === 'attached' ? [...spec.keys, window.time.windowStart] : spec.keys
    this.#declaration = {
      kind: 'keyed-table',
      name: 'window-aggregate',
      key: this.#keys.map((key) => inputType.fields[key]!.type),
      keyGroupColumns: keyTypes.length,
      values: contents.columns,
      keyNames: this.#keys.map((key) => inputType.fields[key]!.name),
      namespace: 'slice end',
    }
    const cumulates = this.#shape.kind === 'cumulate'
    // a local phase is empty at every barrier: no checkpoint holds anything of it, and none needs it back
    this.state =
      spec.phase === 'local'
        ? []
        : [this.#declaration, ...(cumulates ? [this.#cumulatedDeclaration()] : []), WATERMARK_STATE]
    this.#received = spec.phase === 'global' ? new LocalPhaseColumns(spec.keys.length, contents.columns) : undefined
    this.#hops = new HopMerger(createScratchRows(this.#declaration), contents)
  }

  #cumulatedDeclaration(): KeyedTableDeclaration {
    return { ...this.#declaration, name: 'window-aggregate-cumulated' }
  }

  open(context: OperatorContext): void {
    this.#context = context
    this.#times = this.#timesOf(context.clock)
    this.#table = context.state.keyedTable(this.#declaration)
    if (this.#shape.kind === 'cumulate') this.#cumulated = context.state.keyedTable(this.#cumulatedDeclaration())
    this.#late = new LateRecords(context, this.#lateRows())
    this.#event = new EventProgress(context.state)
    this.#progress = this.#zone.progress(this.#event.watermark)
    restoreArrival(this.#contents, this.#table, this.#cumulated)
    if (this.#isProctime) this.#registerTimer()
  }

  #timesOf(clock: Clock): WindowTimes {
    if (this.#received === undefined) return createWindowTimes(this.#spec.window, clock)
    return timesOfColumn(this.#spec.inputType.fields.length - 1)
  }

  processBatch(_input: number, batch: RecordBatch): void {
    if (this.#rowIds.length < batch.rowCount) this.#rowIds = new Int32Array(batch.rowCount * 2)
    this.#updateOwnership()
    const keys = this.#keys.map((key) => batch.columns[key]!)
    const merged = this.#received?.columns(batch)
    const times = this.#times(batch)
    this.#pane = forEachRun(times, batch.rowCount, this.#pane, this.#locate, (rows, from, to) => {
      if (rows === undefined) this.#late.drop(batch, from, to, times, this.#event.watermark)
      else this.#addRun(batch, keys, rows, from, to, merged)
    })
    if (this.#isProctime) this.#registerTimer()
  }

  #addRun(
    batch: RecordBatch,
    keys: readonly Column[],
    rows: KeyedRows,
    from: number,
    to: number,
    merged: ReturnType<LocalPhaseColumns['columns']> | undefined,
  ): void {
    rows.rowsFor(keys, from, to, this.#rowIds)
    if (merged === undefined) this.#contents.accumulate(rows, batch, from, to, this.#rowIds)
    else this.#contents.merge(rows, merged, from, to, this.#rowIds)
  }

  /** Objects in cells that a snapshot may hold must be copied before they change. */
  #updateOwnership(): void {
    if (this.#version === this.#table.version) return
    this.#version = this.#table.version
    this.#contents.runtime.ownership.current++
  }

  #locate = (time: number): Pane => {
    if (this.#hasSliceEnds) return { from: time, to: time + 1, rows: this.#rowsOfSlice(time) }
    const shift = this.#zone.toLocal(time) - time
    const sliceEnd = this.#slices.sliceEnd(time + shift)
    const span = this.#zone.constantSpan(time)
    return {
      from: Math.max(sliceEnd - this.#slices.sliceMs - shift, span.from),
      to: Math.min(sliceEnd - shift, span.to),
      rows: this.#rowsOfSlice(sliceEnd),
    }
  }

  /** Where rows of a slice are added; undefined once its last window has fired. */
  #rowsOfSlice(sliceEnd: number): KeyedRows | undefined {
    // whether a row is late is for the global phase to say: its watermark is behind this one's
    const isLocal = this.#spec.phase === 'local'
    if (isLocal || this.#isProctime || sliceEnd - 1 > this.#progress) return this.#table.rows(sliceEnd)
    const lastWindowEnd = this.#slices.lastWindowEnd(sliceEnd)
    if (lastWindowEnd - 1 <= this.#progress) return undefined
    // in time for later windows only; those of CUMULATE start from what has been merged so far
    return this.#cumulated === undefined ? this.#table.rows(sliceEnd) : this.#cumulated.rows(lastWindowEnd)
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
    // a timer for t fires once t has passed, like a watermark
    this.#fireUpTo(this.#zone.progress(at - 1))
    this.#registerTimer()
  }

  #registerTimer(): void {
    const [end] = this.#table.namespaces()
    const cumulated = this.#cumulated?.namespaces()[0]
    let next = end ?? Infinity
    if (cumulated !== undefined) next = Math.min(next, this.#slices.windowStart(cumulated) + this.#slices.sliceMs)
    if (next === Infinity) return
    const windowEnd = Math.max(next, this.#firstUnfired())
    const at = this.#zone.toTimerInstant(windowEnd - 1) + 1
    if (at >= this.#timerAt) return
    this.#timerAt = at
    this.#context.registerProcessingTimer(at)
  }

  #firstUnfired(): number {
    return this.#progress === MIN_WATERMARK ? MIN_WATERMARK : this.#slices.windowEndAfter(this.#progress + 1)
  }

  #fireUpTo(progress: number): void {
    if (progress <= this.#progress) return
    this.#updateOwnership()
    this.#pane = NO_PANE
    if (this.#spec.phase === 'local') this.#flushSlices(progress)
    else if (this.#shape.kind === 'hop') this.#fireHops(progress)
    else if (this.#shape.kind === 'cumulate') this.#fireCumulated(progress)
    else this.#fireSlices(progress)
    this.#progress = progress
    this.#contents.flush(this.#context.output)
    if (this.#contents.mutable) this.#contents.runtime.ownership.current++
  }

  #emit(rows: KeyedRows, bounds: WindowBounds): void {
    const { rowCount } = this.#contents
    const ids = rowCount === undefined ? rows.ids() : idsWithRows(rows, rowCount)
    const count = rowCount === undefined ? rows.size : ids.length
    if (count > 0) this.#contents.write(rows, ids, count, bounds, this.#context.output)
  }

  #fireSlices(progress: number): void {
    for (const end of this.#table.namespaces()) {
      if (end - 1 > progress) break
      const rows = this.#table.rows(end)
      const start =
        this.#hasSliceEnds && this.#received === undefined
          ? (rows.keyColumns.at(-1)!.values as Float64Array)
          : this.#slices.windowStart(end)
      this.#emit(rows, { start, end })
      this.#table.drop(end)
    }
  }

  /** The local phase hands finished slices on; a slice's late rows make another one. */
  #flushSlices(progress: number): void {
    for (const end of this.#table.namespaces()) {
      if (end - 1 > progress) break
      this.#contents.writeSlice!(this.#table.rows(end), end, this.#context.output)
      this.#table.drop(end)
    }
  }

  #merge(target: KeyedRows, rows: KeyedRows): void {
    if (this.#rowIds.length < rows.end) this.#rowIds = new Int32Array(rows.end * 2)
    target.rowsForRowsOf(rows, this.#rowIds)
    this.#contents.merge(target, rows.valueColumns, 0, rows.end, this.#rowIds)
  }

  #fireHops(progress: number): void {
    const { sliceMs, windowMs } = this.#slices
    const ends = this.#table.namespaces()
    // slices from `oldest` to `newest` (excluded) may lie in the window
    let oldest = 0
    let newest = 0
    let windowEnd = Math.max(ends[0] ?? Infinity, this.#firstUnfired())
    for (; oldest < ends.length; windowEnd += sliceMs) {
      if (ends[oldest]! > windowEnd) windowEnd = ends[oldest]!
      if (windowEnd - 1 > progress) return
      while (newest < ends.length && ends[newest]! <= windowEnd) newest++
      this.#hops.nextWindow()
      for (let index = oldest; index < newest; index++) this.#hops.add(ends[index]!, this.#table.rows(ends[index]!))
      this.#emitHop(windowEnd - windowMs, windowEnd)
      for (; oldest < newest && ends[oldest]! <= windowEnd - windowMs + sliceMs; oldest++) {
        this.#hops.forget(ends[oldest]!)
        this.#table.drop(ends[oldest]!)
      }
    }
  }

  #emitHop(start: number, end: number): void {
    const { merged } = this.#hops
    const { rowCount } = this.#contents
    let { ids, count } = this.#hops
    if (rowCount !== undefined) {
      const counts = merged.valueColumns[rowCount] as Float64Array
      ids = ids.slice(0, count).filter((id) => counts[id]! > 0)
      count = ids.length
    }
    if (count > 0) this.#contents.write(merged, ids, count, { start, end }, this.#context.output)
  }

  #fireCumulated(progress: number): void {
    const cumulated = this.#cumulated!
    const { sliceMs } = this.#slices
    let windowEnd = this.#firstUnfired()
    for (;;) {
      const nextSlice = this.#table.namespaces()[0] ?? Infinity
      const nextGroup = cumulated.namespaces()[0] ?? Infinity
      if (nextSlice === Infinity && nextGroup === Infinity) return
      const groupStart = nextGroup === Infinity ? Infinity : this.#slices.windowStart(nextGroup)
      windowEnd = Math.max(windowEnd, Math.min(nextSlice, groupStart + sliceMs))
      if (windowEnd - 1 > progress) return
      const group = this.#slices.lastWindowEnd(windowEnd)
      const slice = this.#table.existing(windowEnd)
      if (slice !== undefined) {
        this.#merge(cumulated.rows(group), slice)
        this.#table.drop(windowEnd)
      }
      const rows = cumulated.existing(group)
      if (rows !== undefined) this.#emit(rows, { start: this.#slices.windowStart(windowEnd), end: windowEnd })
      if (windowEnd === group) cumulated.drop(group)
      windowEnd += sliceMs
    }
  }

  /** A local phase has windows of its own only until the next watermark: the global one tells of them. */
  diagnostics({ window: asked }: DiagnosticsRequest): OperatorFindings | undefined {
    if (this.#spec.phase === 'local') return undefined
    const counts =
      this.#spec.window.time.kind === 'attached'
        ? countAttachedWindows(this.#table, asked)
        : countWindows(this.#parts(), this.#slices, this.#declaration, asked)
    return {
      windows: diagnoseWindows({
        window: this.#spec.window,
        zone: this.#zone,
        counts,
        watermark: this.#event.watermark,
        progress: this.#progress,
      }),
      late: this.#isProctime ? undefined : this.#late.diagnostics(),
    }
  }

  /** What windows that have not fired are made of, in the order of time. */
  #parts(): WindowPart[] {
    const slices = this.#slices
    const firstUnfired = this.#firstUnfired()
    const parts = this.#table.namespaces().map((end) => ({
      rows: this.#table.rows(end),
      first: Math.max(end, firstUnfired),
      last: slices.lastWindowEnd(end),
    }))
    if (this.#cumulated === undefined) return parts
    const cumulated = this.#cumulated.namespaces().map((last) => ({
      rows: this.#cumulated!.rows(last),
      first: Math.max(slices.windowStart(last) + slices.sliceMs, firstUnfired),
      last,
    }))
    return [...cumulated, ...parts].sort((one, other) => one.first - other.first || one.last - other.last)
  }

  #lateRows(): LateRows {
    const { window, inputType, keys, phase } = this.#spec
    const sliceEnd = (time: number): number =>
      this.#hasSliceEnds ? time : this.#slices.sliceEnd(this.#zone.toLocal(time))
    return {
      type: inputType,
      isAggregated: this.#hasSliceEnds,
      shownColumns: phase === 'global' ? keys.length : inputType.fields.length,
      eventTime: (time) => (this.#hasSliceEnds ? this.#zone.toInstant(time - 1) : time),
      windowEnd: (time) => firesAt(window, this.#zone, this.#slices.lastWindowEnd(sliceEnd(time))),
    }
  }

  prepareSnapshot(): void {
    if (this.#spec.phase === 'local') {
      this.#pane = NO_PANE
      this.#flushSlices(Infinity)
      this.#contents.flush(this.#context.output)
    }
    this.#event.save()
  }

  endOfInput(): void {
    // without event time nothing has flushed the local phase
    if (this.#spec.phase === 'local') this.prepareSnapshot()
  }
}

/** Attached windows fire at their end column; the grid plays no part. */
const attachedShape: SlicedShape = { kind: 'tumble', sizeMs: 1, offsetMs: 0 }
