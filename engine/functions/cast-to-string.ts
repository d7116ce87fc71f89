// CAST of every type to a character string, as Flink 2.2 prints it.
import type { LogicalType } from '../types/logical-type.ts'
import type { Cell } from '../types/record-batch.ts'
import { formatDate, formatFraction, formatTimeOfDay, MILLIS_PER_DAY, twoDigits } from './calendar.ts'
import { decimalToString, type Unscaled } from './decimal.ts'
import { doubleToString, floatToString } from './floating-point.ts'
import { formatTimestamp, millisOf, shiftTimestamp, type Timestamp } from './timestamp.ts'
import { createTimeZone, type TimeZone } from './time-zone.ts'

/** `hex` shows bytes as x'cafe', as Flink prints result cells; CAST decodes them as UTF-8. */
export type BinaryText = 'utf-8' | 'hex'

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

export function bytesToHex(bytes: Uint8Array): string {
  let hex = ''
  for (const byte of bytes) hex += (byte < 16 ? '0' : '') + byte.toString(16)
  return hex
}

export function formatIntervalYearMonth(months: number): string {
  const magnitude = Math.abs(months)
  return `${months < 0 ? '-' : '+'}${Math.trunc(magnitude / 12)}-${twoDigits(magnitude % 12)}`
}

export function formatIntervalDayTime(millis: number): string {
  const magnitude = Math.abs(millis)
  const ofDay = magnitude % MILLIS_PER_DAY
  const days = Math.trunc(magnitude / MILLIS_PER_DAY)
  return `${millis < 0 ? '-' : '+'}${days} ${formatTimeOfDay(ofDay)}${formatFraction((ofDay % 1000) * 1_000_000, 3)}`
}

type ToText = (cell: Cell) => string

function scalarToText(type: LogicalType, zone: TimeZone, binary: BinaryText): ToText {
  switch (type.kind) {
    case 'BOOLEAN':
      return (cell) => (cell ? 'TRUE' : 'FALSE')
    case 'DECIMAL':
      return (cell) => decimalToString(cell as Unscaled, type.scale)
    case 'FLOAT':
      return (cell) => floatToString(cell as number)
    case 'DOUBLE':
      return (cell) => doubleToString(cell as number)
    case 'DATE':
      return (cell) => formatDate(cell as number)
    case 'TIME':
      return (cell) =>
        formatTimeOfDay(cell as number) + formatFraction(((cell as number) % 1000) * 1_000_000, type.precision)
    case 'TIMESTAMP':
      return (cell) => formatTimestamp(cell as Timestamp, type.precision)
    case 'TIMESTAMP_LTZ':
      return (cell) => {
        const timestamp = cell as Timestamp
        return formatTimestamp(shiftTimestamp(timestamp, zone.offsetAt(millisOf(timestamp))), type.precision)
      }
    case 'INTERVAL_YEAR_MONTH':
      return (cell) => formatIntervalYearMonth(cell as number)
    case 'INTERVAL_DAY_TIME':
      return (cell) => formatIntervalDayTime(cell as number)
    case 'BINARY':
    case 'VARBINARY':
      if (binary === 'hex') return (cell) => `x'${bytesToHex(cell as Uint8Array)}'`
      return (cell) => utf8.decode(cell as Uint8Array)
    default:
      return (cell) => `${cell as number | bigint | string}`
  }
}

/** The text of non-null cells of a type. */
export function textOfCells(type: LogicalType, zone: TimeZone, binary: BinaryText = 'utf-8'): ToText {
  const nested = (inner: LogicalType): ToText => {
    const text = textOfCells(inner, zone, binary)
    return (cell) => (cell === null ? 'NULL' : text(cell))
  }
  const entries = (key: LogicalType, value: LogicalType): ToText => {
    const keyText = nested(key)
    const valueText = nested(value)
    return (cell) =>
      `{${[...(cell as ReadonlyMap<Cell, Cell>)].map(([k, v]) => `${keyText(k)}=${valueText(v)}`).join(', ')}}`
  }
  switch (type.kind) {
    case 'ARRAY': {
      const element = nested(type.element)
      return (cell) => `[${(cell as readonly Cell[]).map(element).join(', ')}]`
    }
    case 'ROW': {
      const fields = type.fields.map((field) => nested(field.type))
      return (cell) => `(${(cell as readonly Cell[]).map((value, index) => fields[index]!(value)).join(', ')})`
    }
    case 'MAP':
      return entries(type.key, type.value)
    case 'MULTISET':
      return entries(type.element, { kind: 'INTEGER', nullable: false })
    default:
      return scalarToText(type, zone, binary)
  }
}

/** Result cells as Flink's SQL client prints them: `CAST(cell AS STRING)` with bytes as x'…'; NULL is null. */
export function castToString(type: LogicalType, sessionTimeZone: string): (cell: Cell) => string | null {
  const text = textOfCells(type, createTimeZone(sessionTimeZone), 'hex')
  return (cell) => (cell === null ? null : text(cell))
}
