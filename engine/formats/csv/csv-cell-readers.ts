// One field's text as a cell, for every type: what the fast paths over bytes leave to it.
// Source: Flink's CsvToRowDataConverters (java.sql.Timestamp.valueOf, java.sql.Date.valueOf, LocalTime.parse …).
import { daysFromCivil } from '../../functions/calendar.ts'
import { parseDouble } from '../../functions/floating-point.ts'
import { timestampOf } from '../../functions/timestamp.ts'
import { typeToString, type LogicalType } from '../../types/logical-type.ts'
import type { Cell } from '../../types/record-batch.ts'
import { parseJsonTimestamp } from '../json/json-time.ts'
import { javaTrim, parseFloat32, parseInteger, parseJsonDecimal } from '../json/json-numbers.ts'
import type { CsvFormatOptions } from './csv-format-options.ts'

/** Undefined: the text is no value of the type. */
export type CsvCellReader = (text: string) => Cell | undefined

const INTEGER_BITS: Partial<Record<LogicalType['kind'], 8 | 16 | 32 | 64>> = {
  TINYINT: 8,
  SMALLINT: 16,
  INTEGER: 32,
  INTERVAL_YEAR_MONTH: 32,
  BIGINT: 64,
  INTERVAL_DAY_TIME: 64,
}

const DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})$/
const TIMESTAMP = /^(\d{4}-\d{1,2}-\d{1,2}) +(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?$/
const TIME = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/

/** `yyyy-[m]m-[d]d`; day 31 of a short month runs over into the next, as java.sql.Date has it. */
function readDays(text: string): number | undefined {
  const match = DATE.exec(text)
  if (match === null) return undefined
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined
  return daysFromCivil(year, month, 1) + day - 1
}

function readTimestamp(text: string, precision: number): Cell | undefined {
  const match = TIMESTAMP.exec(javaTrim(text))
  const days = match === null ? undefined : readDays(match[1]!)
  if (days === undefined) return undefined
  const [, , hour, minute, second, fraction = ''] = match!
  const nanoOfSecond = Number(fraction.padEnd(9, '0'))
  const ofDay = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000
  const nanos = precision > 3 ? nanoOfSecond % 1_000_000 : 0
  return timestampOf(days * 86_400_000 + ofDay + Math.trunc(nanoOfSecond / 1_000_000), nanos)
}

function readTime(text: string, precision: number): number | undefined {
  const match = TIME.exec(text)
  if (match === null) return undefined
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)]
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const millis = Number((match[4] ?? '').padEnd(3, '0').slice(0, 3))
  const unit = 10 ** (3 - precision)
  return ((hour * 60 + minute) * 60 + second) * 1000 + Math.floor(millis / unit) * unit
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

export function createCsvCellReader(type: LogicalType, options: CsvFormatOptions): CsvCellReader {
  const bits = INTEGER_BITS[type.kind]
  if (bits !== undefined) return (text) => parseInteger(javaTrim(text), bits)
  switch (type.kind) {
    case 'BOOLEAN':
      return (text) => javaTrim(text).toLowerCase() === 'true'
    case 'FLOAT':
      return (text) => parseFloat32(text)
    case 'DOUBLE':
      return (text) => parseDouble(text)
    case 'DECIMAL':
      return (text) => parseJsonDecimal(text, type.precision, type.scale)
    case 'DATE':
      return readDays
    case 'TIME':
      return (text) => readTime(text, type.precision)
    case 'TIMESTAMP':
      return (text) => readTimestamp(text, type.precision)
    case 'TIMESTAMP_LTZ':
      return (text) => parseJsonTimestamp(text, 'SQL', true, type.precision)
    case 'BINARY':
    case 'VARBINARY':
      return (text) => (BASE64.test(text) ? Uint8Array.from(Buffer.from(text, 'base64')) : undefined)
    case 'ARRAY': {
      const read = nullable(createCsvCellReader(type.element, options), options)
      return (text) => allOrNone(splitElements(text, options).map(read))
    }
    case 'ROW': {
      const readers = type.fields.map((field) => nullable(createCsvCellReader(field.type, options), options))
      return (text) => {
        const parts = splitElements(text, options)
        if (parts.length !== readers.length && !options.ignoreParseErrors) return undefined
        return allOrNone(readers.map((read, index) => (parts[index] === undefined ? null : read(parts[index]))))
      }
    }
    default:
      return (text) => text
  }
}

function splitElements(text: string, { arrayElementDelimiter }: CsvFormatOptions): string[] {
  if (text === '') return []
  return arrayElementDelimiter === '' ? [text] : text.split(arrayElementDelimiter)
}

function nullable(read: CsvCellReader, { nullLiteral, ignoreParseErrors }: CsvFormatOptions): CsvCellReader {
  return (text) => (text === nullLiteral ? null : (read(text) ?? (ignoreParseErrors ? null : undefined)))
}

function allOrNone(cells: readonly (Cell | undefined)[]): Cell | undefined {
  return cells.includes(undefined) ? undefined : (cells as readonly Cell[])
}

/** `cannot read "abc" as INT` */
export function unreadable(text: string, type: LogicalType): string {
  return `cannot read "${text.length > 100 ? `${text.slice(0, 100)}…` : text}" as ${typeToString(type)}`
}
