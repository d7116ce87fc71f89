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

/**
 * `evaluate` is what the strategy's `expression` denotes. Rowtimes come from `eventTimes` where the strategy's column is
 * −1 (streams of the TypeScript API).
 */
export function createRowWatermarks(
  strategy: WatermarkStrategySpec,
  evaluate: RowWatermarks | undefined,
): RowWatermarks {
  const { rowtimeColumn, delayMs } = strategy
  let watermarks = new Float64Array(0)
  return (batch) => {
    const column = batch.columns[rowtimeColumn]
    checkNoNull(column?.nulls, batch, rowtimeColumn)
    if (evaluate !== undefined) return evaluate(batch)
    const rowtimes = (column === undefined ? batch.eventTimes : column.values) as Float64Array
    if (watermarks.length < batch.rowCount) watermarks = new Float64Array(batch.rowCount * 2)
    for (let row = 0; row < batch.rowCount; row++) {
      const rowtime = rowtimes[row]!
      watermarks[row] = (rowtime === rowtime ? rowtime : (column!.exact![row] as PreciseTimestamp).millis) - delayMs
    }
    return watermarks
  }
}
