// A run of a batch's rows as a batch of its own, without copying typed columns.
import type { Column, RecordBatch } from '../types/record-batch.ts'

function sliceColumn(column: Column, from: number, to: number): Column {
  const { values, nulls, exact } = column
  return {
    values: Array.isArray(values) ? values.slice(from, to) : values.subarray(from, to),
    nulls: nulls?.subarray(from, to),
    exact: exact?.slice(from, to),
  }
}

/** Rows `from` ≤ row < `to`. Valid as long as the batch is. */
export function sliceBatch(batch: RecordBatch, from: number, to: number): RecordBatch {
  if (from === 0 && to === batch.rowCount) return batch
  return {
    type: batch.type,
    rowCount: to - from,
    columns: batch.columns.map((column) => sliceColumn(column, from, to)),
    rowKinds: batch.rowKinds?.subarray(from, to),
    eventTimes: batch.eventTimes?.subarray(from, to),
  }
}
