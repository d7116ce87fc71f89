// Some rows of a batch, as a batch.
import type { Column, RecordBatch } from '../types/record-batch.ts'

function selectValues<T>(
  values: ArrayLike<T> & { slice(from: number, to: number): unknown },
  rows: Int32Array,
  count: number,
): T[] {
  const selected = values.slice(0, count) as T[]
  for (let index = 0; index < count; index++) selected[index] = values[rows[index]!]!
  return selected
}

function selectColumn(column: Column, rows: Int32Array, count: number): Column {
  let exact: Column['exact']
  if (column.exact !== undefined) {
    exact = []
    for (let index = 0; index < count; index++) {
      const value = column.exact[rows[index]!]
      if (value !== undefined) exact[index] = value
    }
  }
  return {
    values: selectValues(column.values as Float64Array, rows, count),
    nulls: column.nulls === undefined ? undefined : (selectValues(column.nulls, rows, count) as unknown as Uint8Array),
    exact,
  }
}

/** The first `count` of `rows` (ascending row indexes), copied. */
export function selectRows(batch: RecordBatch, rows: Int32Array, count: number): RecordBatch {
  if (count === batch.rowCount) return batch
  return {
    type: batch.type,
    rowCount: count,
    columns: batch.columns.map((column) => selectColumn(column, rows, count)),
    rowKinds:
      batch.rowKinds === undefined ? undefined : (selectValues(batch.rowKinds, rows, count) as unknown as Uint8Array),
    eventTimes:
      batch.eventTimes === undefined
        ? undefined
        : (selectValues(batch.eventTimes, rows, count) as unknown as Float64Array),
  }
}
