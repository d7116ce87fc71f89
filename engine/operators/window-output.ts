// Writes fired windows: keys, aggregate results, window properties.
import type { WindowZone } from '../windows/window-zone.ts'
import type { KeyedRows } from '../state/state-backend.ts'
import { BatchBuilder, OUTPUT_ROWS_MAX } from './batch-builder.ts'
import type { LogicalType } from '../types/logical-type.ts'
import { getCell, setCell, type Cell } from '../types/record-batch.ts'
import type { WindowAggregator } from './aggregates/window-aggregator.ts'
import type { Output } from './operator.ts'
import type { WindowAggregateSpec } from './operator-spec.ts'

/** Start and end of a row's window: the same for all rows, or by row id (sessions, attached windows). */
export interface WindowBounds {
  readonly start: number | ArrayLike<number>
  readonly end: number | ArrayLike<number>
}

type Property = {
  readonly column: number
  readonly of: (start: number, end: number) => number
  readonly usesStart: boolean
}

export class WindowOutput {
  readonly #builder: BatchBuilder
  /** Results of the TypeScript API lie at the last millisecond of their window. Source: Flink's TimeWindow.maxTimestamp. */
  readonly #hasEventTimes: boolean
  readonly #properties: readonly Property[]

  constructor(spec: Pick<WindowAggregateSpec, 'outputType' | 'properties' | 'window'>, zone: WindowZone) {
    this.#builder = new BatchBuilder(spec.outputType, false)
    this.#hasEventTimes = spec.window.time.kind === 'event-time'
    const firstProperty = spec.outputType.fields.length - spec.properties.length
    this.#properties = spec.properties.map((property, index) => {
      const column = firstProperty + index
      if (property === 'window_start') return { column, of: (start) => start, usesStart: true }
      if (property === 'window_end') return { column, of: (_, end) => end, usesStart: false }
      const isLtz = spec.outputType.fields[column]!.type.kind === 'TIMESTAMP_LTZ'
      return { column, of: (_, end) => (isLtz ? zone.toInstant(end - 1) : end - 1), usesStart: false }
    })
  }

  /** Adds a row for each of the first `count` ids. */
  write(
    aggregator: WindowAggregator,
    rows: KeyedRows,
    ids: Int32Array,
    count: number,
    bounds: WindowBounds,
    output: Output,
  ): void {
    const builder = this.#builder
    builder.reserve(count)
    aggregator.write(rows, ids, count, builder.columns, builder.rowCount)
    for (const property of this.#properties) {
      const values = builder.columns[property.column]!.values as Float64Array
      if (typeof bounds.end === 'number' && (typeof bounds.start === 'number' || !property.usesStart)) {
        const value = property.of(bounds.start as number, bounds.end)
        values.fill(value, builder.rowCount, builder.rowCount + count)
        continue
      }
      for (let index = 0; index < count; index++) {
        const id = ids[index]!
        const start = typeof bounds.start === 'number' ? bounds.start : bounds.start[id]!
        const end = typeof bounds.end === 'number' ? bounds.end : bounds.end[id]!
        values[builder.rowCount + index] = property.of(start, end)
      }
    }
    if (this.#hasEventTimes) this.#writeEventTimes(ids, count, bounds.end)
    builder.rowCount += count
    if (builder.rowCount >= OUTPUT_ROWS_MAX) builder.flush(output)
  }

  #writeEventTimes(ids: Int32Array, count: number, end: WindowBounds['end']): void {
    const builder = this.#builder
    const eventTimes = builder.withEventTimes()
    for (let index = 0; index < count; index++) {
      eventTimes[builder.rowCount + index] = (typeof end === 'number' ? end : end[ids[index]!]!) - 1
    }
  }

  /** For a local phase: keys, accumulators as they are, slice end. */
  writeSlice(rows: KeyedRows, sliceEnd: number, output: Output): void {
    const builder = this.#builder
    const keys = rows.keyColumns.length
    const { size } = rows
    builder.reserve(size)
    const start = builder.rowCount
    rows.keyColumns.forEach((column, index) =>
      copyCells(builder, index, start, size, (id) => getCell(this.#typeOf(index), column, id)),
    )
    rows.valueColumns.forEach((values, index) => {
      const target = builder.columns[keys + index]!
      if (Array.isArray(values)) copyCells(builder, keys + index, start, size, (id) => values[id] as Cell)
      else (target.values as Float64Array).set(values.subarray(0, size), start)
    })
    ;(builder.columns.at(-1)!.values as Float64Array).fill(sliceEnd, start, start + size)
    builder.rowCount += size
    if (builder.rowCount >= OUTPUT_ROWS_MAX) builder.flush(output)
  }

  #typeOf(column: number): LogicalType {
    return this.#builder.type.fields[column]!.type
  }

  flush(output: Output): void {
    this.#builder.flush(output)
  }
}

/** Rows 0 … count − 1 of `cellOf`, to a builder's column from row `start` on. */
function copyCells(
  builder: BatchBuilder,
  column: number,
  start: number,
  count: number,
  cellOf: (id: number) => Cell,
): void {
  const { type } = builder.type.fields[column]!
  for (let id = 0; id < count; id++) setCell(type, builder.columns[column]!, start + id, cellOf(id))
}
