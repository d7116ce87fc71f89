// The time of each row as windows see it.
import { FlinktsError } from '../common/errors.ts'
import type { Clock } from '../time/clock.ts'
import type { PreciseTimestamp, RecordBatch } from '../types/record-batch.ts'
import type { WindowSpec } from '../windows/window-spec.ts'
import { createWindowZone, utcWindowZone, type WindowZone } from '../windows/window-zone.ts'
import { createTimeZone } from '../functions/time-zone.ts'

/** Times of the rows: instants where the zone shifts, else local times. Valid until the next call. */
export type WindowTimes = (batch: RecordBatch) => Float64Array

export function windowZoneOf(window: WindowSpec): WindowZone {
  const { time } = window
  const shifts = time.kind === 'attached' || ((time.kind === 'rowtime' || time.kind === 'proctime') && time.ltz)
  return shifts && window.zone !== 'UTC' ? createWindowZone(createTimeZone(window.zone)) : utcWindowZone
}

function nullTime(batch: RecordBatch, column: number): FlinktsError {
  const name = batch.type.fields[column]?.name ?? `column ${column}`
  return new FlinktsError(
    'NULL_IN_NOT_NULL',
    `RowTime field should not be null, please convert it to a non-null long value: '${name}' is NULL`,
    { fix: `Filter rows without '${name}' out before the window, or give it a default with COALESCE.` },
  )
}

/** Reads a TIMESTAMP column as ms; NULL is an error. */
export function timesOfColumn(column: number): WindowTimes {
  return (batch) => {
    const { values, nulls, exact } = batch.columns[column]!
    if (nulls !== undefined && nulls.subarray(0, batch.rowCount).includes(1)) throw nullTime(batch, column)
    if (exact === undefined) return values as Float64Array
    return (values as Float64Array).map((value, row) =>
      value === value ? value : (exact[row] as PreciseTimestamp).millis,
    )
  }
}

export function createWindowTimes(window: WindowSpec, clock: Clock): WindowTimes {
  const { time } = window
  switch (time.kind) {
    case 'rowtime':
      return timesOfColumn(time.column)
    case 'attached':
      return timesOfColumn(time.windowEnd)
    case 'event-time':
      return (batch) => {
        if (batch.eventTimes === undefined) throw noEventTimes()
        return batch.eventTimes
      }
    case 'proctime': {
      let times = new Float64Array(0)
      return (batch) => {
        if (times.length < batch.rowCount) times = new Float64Array(batch.rowCount * 2)
        return times.fill(clock.now(), 0, batch.rowCount)
      }
    }
  }
}

function noEventTimes(): FlinktsError {
  return new FlinktsError('GRAPH_INVALID', 'an event-time window got records without event times', {
    fix: 'Call withWatermarks(…) on the stream before the window.',
  })
}
