// Field values as user functions see them, and back. `bigint` for BIGINT (`number` where its type says safeInteger), DECIMAL as
// text, TIMESTAMP as epoch ms (with a precision above 3: { millis, nanos }), ROW as object, null for NULL.
import { decimalToString, limitPrecision, parseDecimal, rescale } from '../../functions/decimal.ts'
import { typeToString, type LogicalType } from '../../types/logical-type.ts'
import type { Cell, PreciseTimestamp } from '../../types/record-batch.ts'

/** A value that does not fit its field: the message says what it is and what was expected. */
export class UnfitValue extends Error {
  /** What to do, where that is more than to return what the schema says. */
  readonly fix: string | undefined

  constructor(message: string, fix?: string) {
    super(message)
    this.fix = fix
  }
}

export function toValue(type: LogicalType, cell: Cell): unknown {
  if (cell === null) return null
  switch (type.kind) {
    case 'BIGINT':
      if (type.safeInteger !== true) return BigInt(cell as number | bigint)
      if (typeof cell === 'bigint') throw new UnfitValue(`${cell} is beyond 2^53: declare the field with t.bigint()`)
      return cell
    case 'DECIMAL':
      return decimalToString(cell as number | bigint, type.scale)
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      if (type.precision <= 3) return typeof cell === 'number' ? cell : (cell as PreciseTimestamp).millis
      return typeof cell === 'number' ? { millis: cell, nanos: 0 } : cell
    case 'ARRAY':
      return (cell as readonly Cell[]).map((item) => toValue(type.element, item))
    case 'ROW':
      return Object.fromEntries(
        type.fields.map((field, index) => [field.name, toValue(field.type, (cell as readonly Cell[])[index]!)]),
      )
    case 'MAP':
      return new Map(
        [...(cell as ReadonlyMap<Cell, Cell>)].map(([key, item]) => [
          toValue(type.key, key),
          toValue(type.value, item),
        ]),
      )
    default:
      return cell
  }
}

/** `string "a"`, `number 3`, `undefined`, `an object`. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `string ${JSON.stringify(value)}`
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? 'an array' : 'an object'
    case 'function':
      return 'a function'
    case 'undefined':
      return 'undefined'
    default:
      return `${typeof value} ${String(value)}`
  }
}

function unfit(type: LogicalType, value: unknown): UnfitValue {
  return new UnfitValue(`${describeValue(value)} is not a ${typeToString(type)}`)
}

const INTEGER_BITS: Partial<Record<LogicalType['kind'], number>> = {
  TINYINT: 8,
  SMALLINT: 16,
  INTEGER: 32,
  DATE: 32,
  TIME: 32,
  INTERVAL_YEAR_MONTH: 32,
}

function integerCell(type: LogicalType, value: unknown): number {
  const limit = 2 ** (INTEGER_BITS[type.kind]! - 1)
  if (typeof value !== 'number' || !Number.isInteger(value) || value < -limit || value >= limit)
    throw unfit(type, value)
  return value + 0
}

function bigintCell(type: LogicalType, value: unknown): number | bigint {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw unfit(type, value)
    return value + 0
  }
  if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) throw unfit(type, value)
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

function decimalCell(type: Extract<LogicalType, { kind: 'DECIMAL' }>, value: unknown): number | bigint {
  const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value
  const parsed = typeof text === 'string' ? parseDecimal(text) : undefined
  if (parsed === undefined) throw unfit(type, value)
  const cell = limitPrecision(rescale(parsed.unscaled, parsed.scale, type.scale), type.precision)
  if (cell === null) throw unfit(type, value)
  return cell
}

function timestampCell(type: LogicalType, value: unknown): number | PreciseTimestamp {
  if (typeof value === 'number' && Number.isInteger(value)) return value
  const { millis, nanos } = (value ?? {}) as Partial<PreciseTimestamp>
  if (!Number.isInteger(millis) || !Number.isInteger(nanos) || nanos! < 0 || nanos! > 999_999) throw unfit(type, value)
  return nanos === 0 ? millis! : { millis: millis!, nanos: nanos! }
}

function rowCell(type: Extract<LogicalType, { kind: 'ROW' }>, value: unknown): Cell[] {
  if (typeof value !== 'object' || value === null) throw unfit(type, value)
  return type.fields.map((field) => toCell(field.type, (value as Record<string, unknown>)[field.name]))
}

/** The canonical cell of a user's value; throws UnfitValue. */
export function toCell(type: LogicalType, value: unknown): Cell {
  if (value === null || value === undefined) {
    if (type.nullable) return null
    throw new UnfitValue(`${String(value)} is not a ${typeToString(type)}`)
  }
  switch (type.kind) {
    case 'BOOLEAN':
      if (typeof value !== 'boolean') throw unfit(type, value)
      return value
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'DATE':
    case 'TIME':
    case 'INTERVAL_YEAR_MONTH':
      return integerCell(type, value)
    case 'BIGINT':
      return bigintCell(type, value)
    case 'DECIMAL':
      return decimalCell(type, value)
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return timestampCell(type, value)
    case 'FLOAT':
    case 'DOUBLE':
    case 'INTERVAL_DAY_TIME':
      if (typeof value !== 'number') throw unfit(type, value)
      return value
    default:
      return objectCell(type, value)
  }
}

function objectCell(type: LogicalType, value: unknown): Cell {
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      if (typeof value !== 'string') throw unfit(type, value)
      return value
    case 'BINARY':
    case 'VARBINARY':
      if (!(value instanceof Uint8Array)) throw unfit(type, value)
      return value
    case 'ARRAY':
      if (!Array.isArray(value)) throw unfit(type, value)
      return value.map((item) => toCell(type.element, item))
    case 'ROW':
      return rowCell(type, value)
    case 'MAP': {
      if (!(value instanceof Map)) throw unfit(type, value)
      return new Map([...value].map(([key, item]) => [toCell(type.key, key), toCell(type.value, item)]))
    }
    default:
      throw unfit(type, value)
  }
}
