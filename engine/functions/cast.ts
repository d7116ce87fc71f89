// CAST between all types: which pairs exist, and the function for a pair.
import type { LogicalType, TypeKind } from '../types/logical-type.ts'
import { MAX_LENGTH } from '../types/logical-type.ts'
import type { Cell } from '../types/record-batch.ts'
import { MILLIS_PER_DAY } from './calendar.ts'
import {
  stringToBoolean,
  stringToDate,
  stringToDecimal,
  stringToDouble,
  stringToInteger,
  stringToTime,
  stringToTimestamp,
} from './cast-from-string.ts'
import { textOfCells } from './cast-to-string.ts'
import { decimalToBigInt, decimalToDecimal, decimalToDouble, doubleToDecimal, type Unscaled } from './decimal.ts'
import { check } from '../common/check.ts'
import type { ScalarFunctions } from './function-context.ts'
import { doubleToInt32, doubleToInt64, int64ToInt32, toInt64, type Int64 } from './int64.ts'
import { floorDays, millisOf, shiftTimestamp, truncateTimestamp, type Timestamp } from './timestamp.ts'
import { createTimeZone, type TimeZone } from './time-zone.ts'

/** A cast of non-null cells; the result may be NULL (a decimal that does not fit). */
export type CellCast = (cell: Cell) => Cell

type Family = 'boolean' | 'integer' | 'decimal' | 'approximate' | 'string' | 'binary' | 'interval' | 'NULL' | TypeKind

function familyOf(type: LogicalType): Family {
  switch (type.kind) {
    case 'BOOLEAN':
      return 'boolean'
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
      return 'integer'
    case 'DECIMAL':
      return 'decimal'
    case 'FLOAT':
    case 'DOUBLE':
      return 'approximate'
    case 'CHAR':
    case 'VARCHAR':
      return 'string'
    case 'BINARY':
    case 'VARBINARY':
      return 'binary'
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return 'interval'
    default:
      return type.kind
  }
}

const NUMERIC: readonly Family[] = ['integer', 'decimal', 'approximate']

/** For each family what it can be cast to; constructed types are compared member by member. */
const CASTS: Readonly<Partial<Record<Family, readonly Family[]>>> = {
  boolean: ['boolean', 'string', ...NUMERIC],
  integer: ['boolean', 'string', ...NUMERIC],
  decimal: ['boolean', 'string', ...NUMERIC],
  approximate: ['boolean', 'string', ...NUMERIC],
  string: ['boolean', 'string', 'binary', 'DATE', 'TIME', 'TIMESTAMP', 'TIMESTAMP_LTZ', ...NUMERIC],
  binary: ['binary', 'string'],
  DATE: ['DATE', 'string', 'TIMESTAMP', 'TIMESTAMP_LTZ'],
  TIME: ['TIME', 'string', 'TIMESTAMP', 'TIMESTAMP_LTZ'],
  TIMESTAMP: ['DATE', 'TIME', 'string', 'TIMESTAMP', 'TIMESTAMP_LTZ'],
  TIMESTAMP_LTZ: ['DATE', 'TIME', 'string', 'TIMESTAMP', 'TIMESTAMP_LTZ'],
  interval: ['string'],
  ARRAY: ['string'],
  MULTISET: ['string'],
  MAP: ['string'],
  ROW: ['string'],
}

export function supportsCast(from: LogicalType, to: LogicalType): boolean {
  if (from.kind === 'NULL') return true
  if (from.kind === to.kind) {
    if (from.kind === 'ARRAY' || from.kind === 'MULTISET')
      return supportsCast(from.element, (to as typeof from).element)
    if (from.kind === 'MAP') {
      const target = to as typeof from
      return supportsCast(from.key, target.key) && supportsCast(from.value, target.value)
    }
    if (from.kind === 'ROW') {
      const { fields } = to as typeof from
      return fields.length === from.fields.length && from.fields.every((f, i) => supportsCast(f.type, fields[i]!.type))
    }
    if (familyOf(from) === 'interval') return true
  }
  return CASTS[familyOf(from)]?.includes(familyOf(to)) ?? false
}

const identity: CellCast = (cell) => cell

/** Pads CHAR(n) with blanks and cuts to n code points. */
export function fitText(type: LogicalType): (text: string) => string {
  if ((type.kind !== 'CHAR' && type.kind !== 'VARCHAR') || type.length === MAX_LENGTH) return (text) => text
  const { length } = type
  return (text) => {
    // UTF-16 units are never fewer than code points
    if (text.length > length) {
      const points = [...text]
      if (points.length > length) return points.slice(0, length).join('')
    }
    return type.kind === 'CHAR' && text.length < length ? text + ' '.repeat(length - [...text].length) : text
  }
}

function toText(from: LogicalType, to: LogicalType, zone: TimeZone): CellCast {
  const fit = fitText(to)
  if (familyOf(from) === 'string') return (cell) => fit(cell as string)
  const text = textOfCells(from, zone)
  return (cell) => fit(text(cell))
}

const encoder = new TextEncoder()

function toBinary(from: LogicalType, to: LogicalType): CellCast {
  const length = to.kind === 'BINARY' || to.kind === 'VARBINARY' ? to.length : MAX_LENGTH
  return (cell) => {
    const bytes = familyOf(from) === 'string' ? encoder.encode(cell as string) : (cell as Uint8Array)
    if (bytes.length > length) return bytes.subarray(0, length)
    if (to.kind !== 'BINARY' || bytes.length === length) return bytes
    const padded = new Uint8Array(length)
    padded.set(bytes)
    return padded
  }
}

const BITS: Partial<Record<TypeKind, 8 | 16 | 32 | 64>> = { TINYINT: 8, SMALLINT: 16, INTEGER: 32, BIGINT: 64 }

/** Java's narrowing: wraps around. */
function wrapInteger(bits: 8 | 16 | 32 | 64): (value: Int64) => Int64 {
  if (bits === 64) return (value) => (typeof value === 'number' ? value : toInt64(value))
  if (bits === 32) return int64ToInt32
  const shift = 32 - bits
  return (value) => (int64ToInt32(value) << shift) >> shift
}

function toInteger(from: LogicalType, to: LogicalType): CellCast {
  const bits = BITS[to.kind]!
  const wrap = wrapInteger(bits)
  switch (familyOf(from)) {
    case 'boolean':
      return (cell) => (cell ? 1 : 0)
    case 'string':
      return (cell) => stringToInteger(cell as string, bits)
    case 'approximate':
      return bits === 64 ? (cell) => doubleToInt64(cell as number) : (cell) => wrap(doubleToInt32(cell as number))
    case 'decimal': {
      const { scale } = from as LogicalType & { scale: number }
      return (cell) => wrap(toInt64(decimalToBigInt(cell as Unscaled, scale)))
    }
    default:
      return (cell) => wrap(cell as Int64)
  }
}

function toDecimal(from: LogicalType, to: LogicalType): CellCast {
  const { precision, scale } = to as LogicalType & { precision: number; scale: number }
  switch (familyOf(from)) {
    case 'boolean':
      return (cell) => decimalToDecimal(cell ? 1 : 0, 0, precision, scale)
    case 'string':
      // Flink has no NULL to give where the type is NOT NULL: text that is no number is 0 then
      return (cell) => stringToDecimal(cell as string, precision, scale) ?? (to.nullable ? null : 0)
    case 'approximate':
      return (cell) => doubleToDecimal(cell as number, precision, scale)
    default: {
      const fromScale = from.kind === 'DECIMAL' ? from.scale : 0
      return (cell) => decimalToDecimal(cell as Unscaled, fromScale, precision, scale)
    }
  }
}

function toApproximate(from: LogicalType, to: LogicalType): CellCast {
  const round = to.kind === 'FLOAT' ? Math.fround : (value: number) => value
  switch (familyOf(from)) {
    case 'boolean':
      return (cell) => (cell ? 1 : 0)
    case 'string':
      return (cell) => round(stringToDouble(cell as string))
    case 'decimal': {
      const { scale } = from as LogicalType & { scale: number }
      return (cell) => round(decimalToDouble(cell as Unscaled, scale))
    }
    default:
      return (cell) => round(Number(cell))
  }
}

function toBoolean(from: LogicalType): CellCast {
  if (familyOf(from) === 'boolean') return identity
  if (familyOf(from) === 'string') return (cell) => stringToBoolean(cell as string)
  return (cell) => cell !== 0
}

function localMillis(zone: TimeZone): (cell: Cell) => number {
  return (cell) => {
    const millis = millisOf(cell as Timestamp)
    return millis + zone.offsetAt(millis)
  }
}

/** TIMESTAMP rounds towards 1970, TIMESTAMP_LTZ goes through the local date: both as Flink does. */
function toDate(from: LogicalType, zone: TimeZone): CellCast {
  if (from.kind === 'DATE') return identity
  if (from.kind === 'TIMESTAMP') return (cell) => Math.trunc(millisOf(cell as Timestamp) / MILLIS_PER_DAY) + 0
  if (from.kind === 'TIMESTAMP_LTZ') {
    const local = localMillis(zone)
    return (cell) => floorDays(local(cell))
  }
  return (cell) => stringToDate(cell as string)
}

function toTime(from: LogicalType, zone: TimeZone): CellCast {
  if (from.kind === 'TIME') return identity
  if (from.kind === 'TIMESTAMP') return (cell) => (millisOf(cell as Timestamp) % MILLIS_PER_DAY) + 0
  if (from.kind === 'TIMESTAMP_LTZ') {
    const local = localMillis(zone)
    return (cell) => {
      const millis = local(cell)
      return millis - floorDays(millis) * MILLIS_PER_DAY
    }
  }
  return (cell) => stringToTime(cell as string)
}

function toUtc(timestamp: Timestamp, zone: TimeZone): Timestamp {
  const millis = millisOf(timestamp)
  return shiftTimestamp(timestamp, zone.toUtc(millis) - millis)
}

function toTimestamp(from: LogicalType, to: LogicalType, zone: TimeZone): CellCast {
  const { precision } = to as LogicalType & { precision: number }
  const isLocalZoned = to.kind === 'TIMESTAMP_LTZ'
  const finish = isLocalZoned
    ? (local: Timestamp) => truncateTimestamp(toUtc(local, zone), precision)
    : (local: Timestamp) => truncateTimestamp(local, precision)
  switch (from.kind) {
    case 'DATE':
      return (cell) => finish((cell as number) * MILLIS_PER_DAY)
    case 'TIME':
      return (cell) => finish(cell as number)
    case 'TIMESTAMP':
      return (cell) => finish(cell as Timestamp)
    case 'TIMESTAMP_LTZ':
      if (isLocalZoned) return (cell) => truncateTimestamp(cell as Timestamp, precision)
      return (cell) => {
        const timestamp = cell as Timestamp
        return truncateTimestamp(shiftTimestamp(timestamp, zone.offsetAt(millisOf(timestamp))), precision)
      }
    default:
      return (cell) => finish(stringToTimestamp(cell as string))
  }
}

function orNull(cast: CellCast): CellCast {
  return (cell) => (cell === null ? null : cast(cell))
}

function castEntries(key: CellCast, value: CellCast): CellCast {
  return (cell) => new Map([...(cell as ReadonlyMap<Cell, Cell>)].map(([k, v]) => [key(k), value(v)]))
}

function castConstructed(from: LogicalType, to: LogicalType, zone: TimeZone): CellCast {
  const member = (source: LogicalType, target: LogicalType): CellCast => orNull(createCellCast(source, target, zone))
  if (from.kind === 'ARRAY' && to.kind === 'ARRAY') {
    const element = member(from.element, to.element)
    return (cell) => (cell as readonly Cell[]).map((value) => element(value))
  }
  if (from.kind === 'MAP' && to.kind === 'MAP')
    return castEntries(member(from.key, to.key), member(from.value, to.value))
  if (from.kind === 'MULTISET' && to.kind === 'MULTISET') return castEntries(member(from.element, to.element), identity)
  check(from.kind === 'ROW' && to.kind === 'ROW', `no cast from ${from.kind} to ${to.kind}`)
  const fields = from.fields.map((field, index) => member(field.type, to.fields[index]!.type))
  return (cell) => (cell as readonly Cell[]).map((value, index) => fields[index]!(value))
}

/** The cast of a supported pair of types. */
export function createCellCast(from: LogicalType, to: LogicalType, zone: TimeZone): CellCast {
  check(supportsCast(from, to), `no cast from ${from.kind} to ${to.kind}`)
  if (from.kind === 'NULL') return identity
  switch (familyOf(to)) {
    case 'boolean':
      return toBoolean(from)
    case 'integer':
      return toInteger(from, to)
    case 'decimal':
      return toDecimal(from, to)
    case 'approximate':
      return toApproximate(from, to)
    case 'string':
      return toText(from, to, zone)
    case 'binary':
      return toBinary(from, to)
    case 'DATE':
      return toDate(from, zone)
    case 'TIME':
      return toTime(from, zone)
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return toTimestamp(from, to, zone)
    case 'interval':
      return identity
    default:
      return castConstructed(from, to, zone)
  }
}

export const castFunctions: ScalarFunctions = {
  cast: ({ operandTypes, resultType, context }) =>
    createCellCast(operandTypes[0]!, resultType, createTimeZone(context.sessionTimeZone)),
  tryCast: ({ operandTypes, resultType, context }) => {
    const cast = createCellCast(operandTypes[0]!, resultType, createTimeZone(context.sessionTimeZone))
    return (cell: Cell) => {
      try {
        return cast(cell)
      } catch {
        return null
      }
    }
  },
}
