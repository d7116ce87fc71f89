// Records as JSON objects, spelt as Flink's `json` format reads them.
import type { ByteWriter } from './byte-writer.ts'
import type { CreateSerializer, FieldLogicalType, RecordSerializer, RecordType } from './record-serializer.ts'

const [OPEN, CLOSE, QUOTE] = [123, 125, 34]
const DAY_MS = 86_400_000

/** `2025-11-01`. */
function dateText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10)
}

/** A time as its type spells it; `separator` stands between day and time. */
function timeText(type: FieldLogicalType, atMs: number, separator: string): string {
  const iso = new Date(atMs).toISOString()
  switch (type.kind) {
    case 'DATE':
      return iso.slice(0, 10)
    case 'TIME':
      return iso.slice(11, 19)
    case 'TIMESTAMP':
      return iso.slice(0, 23).replace('T', separator)
    default:
      return iso.replace('T', separator)
  }
}

/** JSON of any value of the type; see RecordSerializer.value. */
function jsonOf(type: FieldLogicalType, value: unknown, separator: string): string {
  if (value === null || value === undefined) return 'null'
  switch (type.kind) {
    case 'DECIMAL':
    case 'BIGINT':
      return (value as number | bigint | string).toString()
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return JSON.stringify(timeText(type, value as number, separator))
    case 'BINARY':
    case 'VARBINARY':
      return JSON.stringify(Buffer.from(value as Uint8Array).toString('base64'))
    case 'ARRAY':
    case 'MULTISET':
      return `[${(value as readonly unknown[]).map((item) => jsonOf(type.element, item, separator)).join(',')}]`
    case 'MAP':
      return objectOf(
        Object.entries(value).map(([key, item]) => [key, type.value, item]),
        separator,
      )
    case 'ROW':
      return objectOf(
        type.fields.map(({ name, type }) => [name, type, (value as Record<string, unknown>)[name]]),
        separator,
      )
    default:
      return JSON.stringify(value)
  }
}

function objectOf(entries: readonly (readonly [string, FieldLogicalType, unknown])[], separator: string): string {
  return `{${entries.map(([name, type, value]) => `${JSON.stringify(name)}:${jsonOf(type, value, separator)}`).join(',')}}`
}

class JsonSerializer implements RecordSerializer {
  private readonly types: readonly FieldLogicalType[]
  /** `,"name":` by field, the first without its comma. */
  private readonly prefixes: readonly Uint8Array[]
  private out!: ByteWriter
  private dayStartMs = NaN
  private dayText: Uint8Array = new Uint8Array(0)
  /** Between day and time. */
  private readonly separator: string

  constructor({ fields }: RecordType, isoTimestamps: boolean) {
    this.separator = isoTimestamps ? 'T' : ' '
    this.types = fields.map(({ type }) => type)
    this.prefixes = fields.map(({ name }, index) => Buffer.from(`${index === 0 ? '' : ','}${JSON.stringify(name)}:`))
  }

  begin(out: ByteWriter): void {
    this.out = out
    out.byte(OPEN)
  }

  integer(field: number, value: number): void {
    this.out.raw(this.prefixes[field]!)
    this.out.integer(value)
  }

  decimal(field: number, unscaled: number, scale: number): void {
    this.out.raw(this.prefixes[field]!)
    this.out.decimal(unscaled, scale)
  }

  text(field: number, prepared: Uint8Array): void {
    this.out.raw(this.prefixes[field]!)
    this.out.raw(prepared)
  }

  time(field: number, atMs: number): void {
    const type = this.types[field]!
    if (type.kind === 'BIGINT') return this.integer(field, atMs)
    if (type.kind === 'DATE' || type.kind === 'TIME') return this.value(field, atMs)
    this.out.raw(this.prefixes[field]!)
    this.timestamp(atMs)
    if (type.kind === 'TIMESTAMP_LTZ') this.out.byte(90) // Z
    this.out.byte(QUOTE)
  }

  value(field: number, value: unknown): void {
    this.out.raw(this.prefixes[field]!)
    this.out.utf8(jsonOf(this.types[field]!, value, this.separator))
  }

  end(): void {
    this.out.byte(CLOSE)
  }

  prepare(text: string): Uint8Array {
    return Buffer.from(JSON.stringify(text))
  }

  /** `"2025-11-01 09:30:00.250`, without the quote at the end: consecutive times are mostly of one day. */
  private timestamp(atMs: number): void {
    const dayStartMs = Math.floor(atMs / DAY_MS) * DAY_MS
    if (dayStartMs !== this.dayStartMs) {
      this.dayStartMs = dayStartMs
      this.dayText = Buffer.from(`"${dateText(atMs)}${this.separator}`)
    }
    const ms = Math.floor(atMs) - dayStartMs
    const { out } = this
    out.raw(this.dayText)
    out.digits((ms / 3_600_000) | 0, 2)
    out.byte(58)
    out.digits(((ms / 60_000) | 0) % 60, 2)
    out.byte(58)
    out.digits(((ms / 1000) | 0) % 60, 2)
    out.byte(46)
    out.digits(ms % 1000, 3)
  }
}

/** `isoTimestamps`: Flink's json.timestamp-format.standard `ISO-8601` in place of `SQL`. */
export const jsonSerializer =
  ({ isoTimestamps = false }: { readonly isoTimestamps?: boolean } = {}): CreateSerializer =>
  (type) =>
    new JsonSerializer(type, isoTimestamps)
