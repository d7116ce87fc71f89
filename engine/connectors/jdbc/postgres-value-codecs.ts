// Values in PostgreSQL's binary format, one codec per pair of SQL type and column type. Codecs are snippets of the
// generated encoders: they run with the non-NULL value at `column`, `row` and write the field, its length first.
// Source: the `*_recv` functions of PostgreSQL (numeric_recv, timestamp_recv, date_recv …).
import { FlinktsError } from '../../common/errors.ts'
import { createTimeZone, type TimeZone } from '../../functions/time-zone.ts'
import { millisOf, nanosOf, type Timestamp } from '../../functions/timestamp.ts'
import { typeToString, type LogicalType } from '../../types/logical-type.ts'
import { getCell, type Cell, type Column } from '../../types/record-batch.ts'
import type { CopyChunk } from './copy-chunk.ts'

/** Oids of pg_type that never change. */
export const PgType = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  json: 114,
  float4: 700,
  float8: 701,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
  jsonb: 3802,
} as const

export interface PgColumn {
  readonly name: string
  readonly typeOid: number
  /** As Postgres prints it, e.g. `character varying(3)`. */
  readonly typeName: string
}

/** Bytes of a field without its variable part, the length word included. */
export const FIELD_BYTES_MAX = 32

export interface ValueCodec {
  /** Statements that write the field at `p` of `view`/`bytes` and move `p`; `out` is the chunk, `L` the library below. */
  readonly code: string
  /** Expression for the bytes that the field needs beyond FIELD_BYTES_MAX; undefined: none. */
  readonly extraBytes?: string
}

const DAYS_TO_2000 = 10957
const MICROS_TO_2000 = 946_684_800_000_000n

const INTEGER_LIMITS: Readonly<Record<number, { bytes: number; limit: number }>> = {
  [PgType.int2]: { bytes: 2, limit: 2 ** 15 },
  [PgType.int4]: { bytes: 4, limit: 2 ** 31 },
}

const isText = (oid: number): boolean =>
  oid === PgType.text || oid === PgType.varchar || oid === PgType.bpchar || oid === PgType.json

/** How values of `type` are written into a column of this Postgres type; undefined where they do not fit. `index`: the column's. */
export function valueCodec(type: LogicalType, oid: number, index: number): ValueCodec | undefined {
  switch (type.kind) {
    case 'BOOLEAN':
      return oid === PgType.bool
        ? { code: 'view.setInt32(p, 1); bytes[p + 4] = column.values[row]; p += 5;' }
        : undefined
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
      return integerCodec(type, oid, index)
    case 'FLOAT':
    case 'DOUBLE':
      return floatCodec(oid)
    case 'DECIMAL':
      return decimalCodec(type.scale, oid, index)
    case 'CHAR':
    case 'VARCHAR':
      return textCodec(oid)
    case 'BINARY':
    case 'VARBINARY':
      return oid === PgType.bytea
        ? { code: 'p = L.writeBytes(out, p, column.values[row]);', extraBytes: 'column.values[row].length' }
        : undefined
    case 'DATE':
      return oid === PgType.date
        ? { code: `view.setInt32(p, 4); view.setInt32(p + 4, column.values[row] - ${DAYS_TO_2000}); p += 8;` }
        : undefined
    case 'TIME':
      return oid === PgType.time ? { code: 'p = L.writeMicros(view, p, column.values[row] * 1000);' } : undefined
    case 'TIMESTAMP':
      return timestampCodec(oid)
    default:
      return undefined
  }
}

function integerCodec(type: LogicalType, oid: number, index: number): ValueCodec | undefined {
  if (oid === PgType.numeric) return numericCodec(0, index)
  const target = INTEGER_LIMITS[oid]
  if (target !== undefined) {
    const { bytes, limit } = target
    const store = `view.setInt32(p, ${bytes}); view.setInt${bytes * 8}(p + 4, value); p += ${4 + bytes};`
    const check = `if (!(value >= ${-limit} && value < ${limit})) L.outOfRange(${index}, column, row);`
    return { code: `const value = column.values[row]; ${check} ${store}` }
  }
  if (oid === PgType.int8) {
    const exact = `if (value !== value) { view.setInt32(p, 8); view.setBigInt64(p + 4, column.exact[row]); p += 12; } else`
    return {
      code: `const value = column.values[row]; ${type.kind === 'BIGINT' ? exact : ''} p = L.writeInt64(view, p, value);`,
    }
  }
  return type.kind === 'BIGINT' ? undefined : floatCodec(oid)
}

function floatCodec(oid: number): ValueCodec | undefined {
  if (oid === PgType.float8)
    return { code: 'view.setInt32(p, 8); view.setFloat64(p + 4, column.values[row]); p += 12;' }
  if (oid === PgType.float4) return { code: 'view.setInt32(p, 4); view.setFloat32(p + 4, column.values[row]); p += 8;' }
  return undefined
}

/** Room for 1000 digits beyond the point and before it. */
const NUMERIC_EXTRA_BYTES = '512'

function numericCodec(scale: number, index: number): ValueCodec {
  const code = `p = L.writeNumeric(view, p, L.getCell(L.types[${index}], column, row), ${scale});`
  return { code, extraBytes: NUMERIC_EXTRA_BYTES }
}

function decimalCodec(scale: number, oid: number, index: number): ValueCodec | undefined {
  return oid === PgType.numeric ? numericCodec(scale, index) : undefined
}

function textCodec(oid: number): ValueCodec | undefined {
  const extraBytes = 'column.values[row].length * 3'
  if (isText(oid)) return { code: 'p = L.writeText(out, p, column.values[row]);', extraBytes }
  if (oid === PgType.jsonb) return { code: 'p = L.writeJsonb(out, p, column.values[row]);', extraBytes }
  return undefined
}

function timestampCodec(oid: number): ValueCodec | undefined {
  const toMillis = oid === PgType.timestamptz ? 'L.toUtc(value)' : 'value'
  if (oid !== PgType.timestamp && oid !== PgType.timestamptz) return undefined
  return {
    code: `const value = column.values[row];
      if (value === value) p = L.writeMicros(view, p, (${toMillis} - 946684800000) * 1000);
      else p = L.writePreciseTimestamp(view, p, column.exact[row], ${oid === PgType.timestamptz});`,
  }
}

/** What the snippets call. */
export interface CodecLibrary {
  readonly types: readonly LogicalType[]
  readonly getCell: typeof getCell
  readonly writeInt64: typeof writeInt64
  readonly writeMicros: typeof writeMicros
  readonly writePreciseTimestamp: (view: DataView, p: number, timestamp: Timestamp, isInstant: boolean) => number
  readonly writeNumeric: typeof writeNumeric
  readonly writeText: typeof writeText
  readonly writeJsonb: typeof writeJsonb
  readonly writeBytes: typeof writeBytes
  readonly toUtc: (localMillis: number) => number
  readonly outOfRange: (index: number, column: Column, row: number) => never
}

export function createCodecLibrary(
  types: readonly LogicalType[],
  columns: readonly PgColumn[],
  sessionTimeZone: string,
): CodecLibrary {
  const zone = createTimeZone(sessionTimeZone)
  return {
    types,
    getCell,
    writeInt64,
    writeMicros,
    writePreciseTimestamp: (view, p, timestamp, isInstant) =>
      writePreciseTimestamp(view, p, timestamp, isInstant, zone),
    writeNumeric,
    writeText,
    writeJsonb,
    writeBytes,
    toUtc: (localMillis) => zone.toUtc(localMillis),
    outOfRange(index, column, row) {
      const { name, typeName } = columns[index]!
      const value = getCell(types[index]!, column, row)
      throw new FlinktsError(
        'POSTGRES_WRITE_FAILED',
        `${value as number} is out of range for column "${name}" (${typeName})`,
        {
          fix: `Make the column wide enough for ${typeToString(types[index]!)}, e.g. ALTER TABLE … ALTER COLUMN "${name}" TYPE bigint.`,
        },
      )
    },
  }
}

/** A safe integer. */
function writeInt64(view: DataView, p: number, value: number): number {
  const high = Math.floor(value / 0x1_0000_0000)
  view.setInt32(p, 8)
  view.setInt32(p + 4, high)
  view.setUint32(p + 8, value - high * 0x1_0000_0000)
  return p + 12
}

/** Microseconds since 2000 that are a whole number of milliseconds or exact in a double. */
function writeMicros(view: DataView, p: number, micros: number): number {
  if (Number.isSafeInteger(micros)) return writeInt64(view, p, micros)
  view.setInt32(p, 8)
  view.setBigInt64(p + 4, BigInt(Math.round(micros / 1000)) * 1000n)
  return p + 12
}

/** Nanoseconds are rounded to microseconds, as the JDBC driver does. */
function writePreciseTimestamp(
  view: DataView,
  p: number,
  timestamp: Timestamp,
  isInstant: boolean,
  zone: TimeZone,
): number {
  const millis = isInstant ? zone.toUtc(millisOf(timestamp)) : millisOf(timestamp)
  const micros = BigInt(millis) * 1000n + BigInt(Math.round(nanosOf(timestamp) / 1000)) - MICROS_TO_2000
  view.setInt32(p, 8)
  view.setBigInt64(p + 4, micros)
  return p + 12
}

/** Digits in base 10,000 around the point; without leading and trailing zeros. */
function writeNumeric(view: DataView, p: number, cell: Cell, scale: number): number {
  const padding = (4 - (scale % 4)) % 4
  const digits = numericDigits(cell as number | bigint, padding)
  let weight = digits.length - 1 - (scale + padding) / 4
  let first = 0
  let last = digits.length
  while (first < last && digits[first] === 0) {
    first++
    weight--
  }
  while (last > first && digits[last - 1] === 0) last--
  view.setInt32(p, 8 + (last - first) * 2)
  view.setInt16(p + 4, last - first)
  view.setInt16(p + 6, first === last ? 0 : weight)
  view.setUint16(p + 8, (cell as number | bigint) < 0 ? 0x4000 : 0)
  view.setInt16(p + 10, scale)
  let at = p + 12
  for (let index = first; index < last; index++, at += 2) view.setInt16(at, digits[index]!)
  return at
}

function numericDigits(value: number | bigint, padding: number): number[] {
  const digits: number[] = []
  if (typeof value === 'number' && Math.abs(value) < 2 ** 53 / 1000) {
    for (let rest = Math.abs(value) * 10 ** padding; rest > 0; rest = Math.floor(rest / 10_000))
      digits.push(rest % 10_000)
  } else {
    const magnitude = BigInt(value) < 0n ? -BigInt(value) : BigInt(value)
    for (let rest = magnitude * 10n ** BigInt(padding); rest > 0n; rest /= 10_000n) digits.push(Number(rest % 10_000n))
  }
  return digits.reverse()
}

function writeText(out: CopyChunk, p: number, text: string): number {
  const end = writeUtf8(out.bytes, p + 4, text)
  out.view.setInt32(p, end - p - 4)
  return end
}

/** The version byte stands in front of the text. */
function writeJsonb(out: CopyChunk, p: number, text: string): number {
  out.bytes[p + 4] = 1
  const end = writeUtf8(out.bytes, p + 5, text)
  out.view.setInt32(p, end - p - 4)
  return end
}

const SHORT_TEXT_MAX = 64

function writeUtf8(bytes: Buffer, start: number, text: string): number {
  if (text.length > SHORT_TEXT_MAX) return start + bytes.write(text, start, 'utf8')
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code >= 128) return start + bytes.write(text, start, 'utf8')
    bytes[start + index] = code
  }
  return start + text.length
}

function writeBytes(out: CopyChunk, p: number, value: Uint8Array): number {
  out.view.setInt32(p, value.length)
  out.bytes.set(value, p + 4)
  return p + 4 + value.length
}
