// Rows as Flink's print connector shows them: the text of external Java objects (LocalDateTime, BigDecimal, byte[] …).
// Source: Flink's Row.toString and RowUtils.deepToStringRow.
import { bigDecimalToString } from '../../formats/big-decimal-text.ts'
import { civilFromDays, MILLIS_PER_DAY, twoDigits } from '../../functions/calendar.ts'
import type { Unscaled } from '../../functions/decimal.ts'
import { doubleToString, floatToString } from '../../functions/floating-point.ts'
import { floorDays, millisOf, nanosOf, type Timestamp } from '../../functions/timestamp.ts'
import type { LogicalType } from '../../types/logical-type.ts'
import { getCell, type Cell, type RecordBatch } from '../../types/record-batch.ts'
import { rowKindToString, type RowKind } from '../../types/row-kind.ts'

type CellText = (cell: Cell) => string

function dateText(days: number): string {
  const { year, month, day } = civilFromDays(days)
  const magnitude = String(Math.abs(year)).padStart(4, '0')
  const yearText = year < 0 ? `-${magnitude}` : magnitude.length > 4 ? `+${magnitude}` : magnitude
  return `${yearText}-${twoDigits(month)}-${twoDigits(day)}`
}

/** In groups of three digits, as java.time prints fractions. */
function fractionText(nanoOfSecond: number): string {
  if (nanoOfSecond === 0) return ''
  const digits = String(nanoOfSecond).padStart(9, '0')
  return `.${digits.endsWith('000000') ? digits.slice(0, 3) : digits.endsWith('000') ? digits.slice(0, 6) : digits}`
}

/** LocalTime leaves out seconds where there are none; an Instant always has them. */
function timeText(millisOfDay: number, nanos: number, alwaysSeconds: boolean): string {
  const seconds = Math.floor(millisOfDay / 1000)
  const nanoOfSecond = (millisOfDay % 1000) * 1_000_000 + nanos
  const minutes = `${twoDigits(Math.floor(seconds / 3600))}:${twoDigits(Math.floor(seconds / 60) % 60)}`
  if (seconds % 60 === 0 && nanoOfSecond === 0 && !alwaysSeconds) return minutes
  return `${minutes}:${twoDigits(seconds % 60)}${fractionText(nanoOfSecond)}`
}

function timestampText(timestamp: Timestamp, isInstant: boolean): string {
  const days = floorDays(millisOf(timestamp))
  const time = timeText(millisOf(timestamp) - days * MILLIS_PER_DAY, nanosOf(timestamp), isInstant)
  return `${dateText(days)}T${time}${isInstant ? 'Z' : ''}`
}

const plainText: CellText = (cell) => (cell as string | boolean | number | bigint).toString()

export function createCellText(type: LogicalType): CellText {
  const text = createNotNullText(type)
  return (cell) => (cell === null ? 'null' : text(cell))
}

function createNotNullText(type: LogicalType): CellText {
  switch (type.kind) {
    case 'FLOAT':
      return (cell) => floatToString(cell as number)
    case 'DOUBLE':
      return (cell) => doubleToString(cell as number)
    case 'DECIMAL':
      return (cell) => bigDecimalToString(cell as Unscaled, type.scale)
    case 'DATE':
      return (cell) => dateText(cell as number)
    case 'TIME':
      return (cell) => timeText(cell as number, 0, false)
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return (cell) => timestampText(cell as Timestamp, type.kind === 'TIMESTAMP_LTZ')
    case 'BINARY':
    case 'VARBINARY':
      return (cell) => `[${Array.from(cell as Uint8Array, (byte) => (byte << 24) >> 24).join(', ')}]`
    case 'ARRAY': {
      const element = createCellText(type.element)
      return (cell) => `[${(cell as readonly Cell[]).map(element).join(', ')}]`
    }
    case 'MAP':
      return createMapText(createCellText(type.key), createCellText(type.value))
    case 'MULTISET':
      return createMapText(createCellText(type.element), plainText)
    case 'ROW': {
      const fields = type.fields.map((field) => createCellText(field.type))
      return (cell) => `+I[${fields.map((field, index) => field((cell as readonly Cell[])[index] ?? null)).join(', ')}]`
    }
    default:
      return plainText
  }
}

function createMapText(key: CellText, value: CellText): CellText {
  return (cell) =>
    `{${[...(cell as ReadonlyMap<Cell, Cell>)].map((entry) => `${key(entry[0])}=${value(entry[1])}`).join(', ')}}`
}

/** `+I[1, a]` for each row of a batch. */
export function createRowText(types: readonly LogicalType[]): (batch: RecordBatch, row: number) => string {
  const texts = types.map(createCellText)
  return (batch, row) => {
    const kind = rowKindToString((batch.rowKinds?.[row] ?? 0) as RowKind)
    return `${kind}[${texts.map((text, index) => text(getCell(types[index]!, batch.columns[index]!, row))).join(', ')}]`
  }
}
