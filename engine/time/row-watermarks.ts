// The watermark each row of a batch stands for.
import { FlinktsError } from '../common/errors.ts'
import type { PreciseTimestamp, RecordBatch } from '../types/record-batch.ts'
import type { WatermarkStrategySpec } from './watermark-strategy.ts'

/** Watermarks (ms) of the batch's rows; NaN where a row has none. Valid until the next call. */
export type RowWatermarks = (batch: RecordBatch) => Float64Array

function checkNoNull(nulls: Uint8Array | undefined, batch: RecordBatch, column: number): void {
  if (nulls === undefined) return
  const row = nulls.subarray(0, batch.rowCount).indexOf(1)
  if (row < 0) return
  const name = batch.type.fields[column]?.name ?? `column ${column}`
  throw new FlinktsError(
    'NULL_IN_NOT_NULL',
    `RowTime field should not be null, please convert it to a non-null long value: '${name}' is NULL`,
    { fix: `Filter rows without '${name}' out before the watermark, or give it a default with COALESCE.` },
  )
}

/** Times (ms) of the batch's rows. Valid until the next call. */
export type RowTimes = (batch: RecordBatch) => Float64Array

/** Rowtimes of a column; NULL is an error. Doubles that hold them exactly are handed on as they are. */
export function rowTimesOfColumn(column: number): RowTimes {
  return (batch) => {
    const { values, nulls, exact } = batch.columns[column]!
    checkNoNull(nulls, batch, column)
    if (exact === undefined && values instanceof Float64Array) return values
    return Float64Array.from({ length: batch.rowCount }, (_, row) => {
      const value = values[row] as number
      if (value === value) return value
      const exactly = exact?.[row]
      return typeof exactly === 'bigint' ? Number(exactly) : (exactly as PreciseTimestamp).millis
    })
  }
}

/** `evaluate` is what the strategy's `expression` denotes; without one a row's watermark is its rowtime less the delay. */
export function createRowWatermarks(
  strategy: WatermarkStrategySpec,
  evaluate: RowWatermarks | undefined,
): (batch: RecordBatch, rowTimes: Float64Array) => Float64Array {
  const { delayMs } = strategy
  if (evaluate !== undefined) return evaluate
  let watermarks = new Float64Array(0)
  return (batch, rowTimes) => {
    if (watermarks.length < batch.rowCount) watermarks = new Float64Array(batch.rowCount * 2)
    for (let row = 0; row < batch.rowCount; row++) watermarks[row] = rowTimes[row]! - delayMs
    return watermarks
  }
}
