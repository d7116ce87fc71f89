// JSON values as text, spelled as Flink's JSON format (Jackson, Java's number texts) spells them.
import { FlinktsError } from '../../common/errors.ts'
import { formatTimeOfDay } from '../../functions/calendar.ts'
import { decimalToString, type Unscaled } from '../../functions/decimal.ts'
import { bigDecimalToString } from '../big-decimal-text.ts'
import { doubleToString, floatToString } from '../../functions/floating-point.ts'
import type { Timestamp } from '../../functions/timestamp.ts'
import type { LogicalType, RowType } from '../../types/logical-type.ts'
import type { Cell } from '../../types/record-batch.ts'
import type { JsonFormatOptions } from './json-format-options.ts'
import { formatJsonDate, formatJsonTimestamp } from './json-time.ts'

/** Jackson's escapes: upper-case hex digits; surrogates without a partner become '?', as UTF-8 cannot hold them. */
export function quoteJson(text: string): string {
  return JSON.stringify(text).replace(/\\\\|\\u([0-9a-f]{4})/g, (escape, hex: string | undefined) =>
    hex === undefined ? escape : hex.startsWith('d') ? '?' : `\\u${hex.toUpperCase()}`,
  )
}

export function doubleJson(value: number): string {
  return Number.isFinite(value) ? doubleToString(value) : `"${doubleToString(value)}"`
}

export function floatJson(value: number): string {
  return Number.isFinite(value) ? floatToString(value) : `"${floatToString(value)}"`
}

/** BigDecimal.stripTrailingZeros(). */
function stripTrailingZeros(value: Unscaled, scale: number): { value: bigint; scale: number } {
  const digits = String(value)
  const stripped = digits.replace(/0+$/, '')
  return { value: BigInt(stripped), scale: scale - (digits.length - stripped.length) }
}

export function decimalJson(value: Unscaled, scale: number, asPlainNumber: boolean): string {
  if (asPlainNumber) return decimalToString(value, scale)
  if (value == 0) return '0'
  const stripped = stripTrailingZeros(value, scale)
  return bigDecimalToString(stripped.value, stripped.scale)
}

const plainText = (cell: Cell): string => (cell as boolean | number | bigint).toString()

/** A function from cells that are not NULL to their JSON text. */
export function createJsonText(type: LogicalType, options: JsonFormatOptions): (cell: Cell) => string {
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return (cell) => quoteJson(cell as string)
    case 'BINARY':
    case 'VARBINARY':
      return (cell) => `"${Buffer.from(cell as Uint8Array).toString('base64')}"`
    case 'FLOAT':
      return (cell) => floatJson(cell as number)
    case 'DOUBLE':
      return (cell) => doubleJson(cell as number)
    case 'DECIMAL':
      return (cell) => decimalJson(cell as Unscaled, type.scale, options.encodeDecimalAsPlainNumber)
    case 'DATE':
      return (cell) => `"${formatJsonDate(cell as number)}"`
    case 'TIME':
      return (cell) => `"${formatTimeOfDay(cell as number)}"`
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return (cell) =>
        `"${formatJsonTimestamp(cell as Timestamp, options.timestampFormat, type.kind === 'TIMESTAMP_LTZ')}"`
    case 'ARRAY':
      return createArrayText(createNullableText(type.element, options))
    case 'MAP':
      return createMapText(createNullableText(type.value, options), options)
    case 'MULTISET':
      return createMapText(plainText, options)
    case 'ROW':
      return createRowText(type, options)
    default:
      return plainText
  }
}

function createNullableText(type: LogicalType, options: JsonFormatOptions): (cell: Cell) => string {
  const text = createJsonText(type, options)
  return (cell) => (cell === null ? 'null' : text(cell))
}

function createArrayText(elementText: (cell: Cell) => string): (cell: Cell) => string {
  return (cell) => `[${(cell as readonly Cell[]).map(elementText).join(',')}]`
}

function createMapText(valueText: (cell: Cell) => string, options: JsonFormatOptions): (cell: Cell) => string {
  return (cell) => {
    const entries = new Map<string, string>()
    for (const [key, value] of cell as ReadonlyMap<Cell, Cell>) {
      if (key === null && options.mapNullKeyMode === 'DROP') continue
      if (key === null && options.mapNullKeyMode === 'FAIL') throw nullKeyError()
      entries.set(key === null ? options.mapNullKeyLiteral : (key as string), valueText(value))
    }
    return `{${[...entries].map(([key, value]) => `${quoteJson(key)}:${value}`).join(',')}}`
  }
}

function nullKeyError(): FlinktsError {
  return new FlinktsError('RECORD_MALFORMED', "JSON format doesn't support to serialize map data with null keys.", {
    fix: "Set 'json.map-null-key.mode' to 'DROP' or 'LITERAL', or leave NULL keys out in the query.",
  })
}

function createRowText(type: RowType, options: JsonFormatOptions): (cell: Cell) => string {
  const fields = type.fields.map((field) => ({
    key: `${quoteJson(field.name)}:`,
    text: createNullableText(field.type, options),
  }))
  return (cell) => {
    const cells = cell as readonly Cell[]
    const members: string[] = []
    fields.forEach(({ key, text }, index) => {
      const value = cells[index] ?? null
      if (value !== null || !options.encodeIgnoreNullFields) members.push(key + text(value))
    })
    return `{${members.join(',')}}`
  }
}
