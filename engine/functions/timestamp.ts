// Canonical TIMESTAMP cells: ms where nothing lies below the millisecond, else PreciseTimestamp.
import type { PreciseTimestamp } from '../types/record-batch.ts'
import { formatDate, formatFraction, formatTimeOfDay, MILLIS_PER_DAY } from './calendar.ts'

export type Timestamp = number | PreciseTimestamp

export function millisOf(timestamp: Timestamp): number {
  return typeof timestamp === 'number' ? timestamp : timestamp.millis
}

export function nanosOf(timestamp: Timestamp): number {
  return typeof timestamp === 'number' ? 0 : timestamp.nanos
}

export function timestampOf(millis: number, nanos: number): Timestamp {
  return nanos === 0 ? millis : { millis, nanos }
}

/** The same instant moved by whole milliseconds. */
export function shiftTimestamp(timestamp: Timestamp, millis: number): Timestamp {
  return typeof timestamp === 'number'
    ? timestamp + millis
    : { millis: timestamp.millis + millis, nanos: timestamp.nanos }
}

export function compareTimestamps(left: Timestamp, right: Timestamp): number {
  const difference = millisOf(left) - millisOf(right)
  return difference !== 0 ? difference : nanosOf(left) - nanosOf(right)
}

const NANOS_OF_LAST_DIGIT = [0, 0, 0, 1_000_000, 100_000, 10_000, 1000, 100, 10, 1]

/** Cuts to a precision. Below milliseconds Flink cuts towards 1970, not towards the past. */
export function truncateTimestamp(timestamp: Timestamp, precision: number): Timestamp {
  if (precision >= 9) return timestamp
  if (precision >= 3) {
    if (typeof timestamp === 'number') return timestamp
    const unit = NANOS_OF_LAST_DIGIT[precision]!
    return timestampOf(timestamp.millis, timestamp.nanos - (timestamp.nanos % unit))
  }
  const unit = 10 ** (3 - precision)
  return Math.trunc(millisOf(timestamp) / unit) * unit + 0
}

export function floorDays(millis: number): number {
  return Math.floor(millis / MILLIS_PER_DAY)
}

/** The text of a local timestamp, `yyyy-MM-dd HH:mm:ss[.f…]` with `precision` digits. */
export function formatTimestamp(timestamp: Timestamp, precision: number): string {
  const millis = millisOf(timestamp)
  const days = floorDays(millis)
  const millisOfDay = millis - days * MILLIS_PER_DAY
  const fraction = formatFraction((millisOfDay % 1000) * 1_000_000 + nanosOf(timestamp), precision)
  return `${formatDate(days)} ${formatTimeOfDay(millisOfDay)}${fraction}`
}
