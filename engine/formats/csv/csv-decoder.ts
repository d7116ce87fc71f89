// CSV records, as UTF-8 bytes, into columns. Semantics: Flink's CSV format (Jackson's parser under its options).
//
//   record = field *(delimiter field) line-end; line-end = LF / CR LF / CR
//   field  = *(any byte but delimiter and line ends) / quote *(any byte, quotes doubled or escaped) quote *space
//
// A delimiter behind the last field is no further field.
import type { LogicalType, RowType } from '../../types/logical-type.ts'
import type { Column } from '../../types/record-batch.ts'
import type { ColumnBuffer } from '../column-buffer.ts'
import { createCsvCellReader, unreadable, type CsvCellReader } from './csv-cell-readers.ts'
import { CsvByteValues, readDouble, readInteger } from './csv-byte-values.ts'
import type { CsvFormatOptions } from './csv-format-options.ts'

/** A record that cannot be decoded; the message is the reason, without the record. */
export class CsvDecodeError extends Error {}

const LF = 10
const CR = 13
const SPACE = 32
const HASH = 35
/** No byte. */
const NONE = -1

type FastKind = 'int32' | 'bigint' | 'double' | 'string' | 'timestamp' | 'date' | 'text'

interface FieldReader {
  readonly name: string
  readonly type: LogicalType
  /** In the buffer; -1: the field is passed over. */
  readonly column: number
  readonly kind: FastKind
  readonly read: CsvCellReader
  readonly min: number
  readonly max: number
}

const INT_LIMITS: Partial<Record<LogicalType['kind'], number>> = {
  TINYINT: 2 ** 7,
  SMALLINT: 2 ** 15,
  INTEGER: 2 ** 31,
}

function fastKind(type: LogicalType): FastKind {
  switch (type.kind) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
      return 'int32'
    case 'BIGINT':
      return 'bigint'
    case 'DOUBLE':
      return 'double'
    case 'CHAR':
    case 'VARCHAR':
      return 'string'
    case 'TIMESTAMP':
      return 'timestamp'
    case 'DATE':
      return 'date'
    default:
      return 'text'
  }
}

export class CsvDecoder {
  /** Rows the last record gave: 1, or 0 for a comment, an ignored record and a passed-over one. */
  rows = 0
  /** Records dropped because of `csv.ignore-parse-errors`. */
  ignoredRecords = 0
  readonly #options: CsvFormatOptions
  readonly #buffer: ColumnBuffer
  readonly #fields: readonly FieldReader[]
  readonly #values = new CsvByteValues()
  readonly #delimiter: number
  readonly #quote: number
  readonly #escape: number
  /** 1 for bytes at which the scan of a bare field stops. */
  readonly #stops = new Uint8Array(256)
  readonly #nullLiteral: Buffer | undefined
  // the field that was scanned last
  #bytes: Buffer = Buffer.alloc(0)
  #start = 0
  #end = 0

  /**
   * @param type - every field of the records, in order
   * @param columnIndexes - for each field its column in `buffer`; -1: not wanted
   */
  constructor(type: RowType, options: CsvFormatOptions, buffer: ColumnBuffer, columnIndexes: readonly number[]) {
    this.#options = options
    this.#buffer = buffer
    this.#fields = type.fields.map((field, index): FieldReader => {
      const limit = INT_LIMITS[field.type.kind] ?? 2 ** 53
      return {
        name: field.name,
        type: field.type,
        column: columnIndexes[index]!,
        kind: fastKind(field.type),
        read: createCsvCellReader(field.type, options),
        min: -limit,
        max: limit - 1,
      }
    })
    this.#delimiter = options.fieldDelimiter.charCodeAt(0)
    this.#quote = options.quoteCharacter?.charCodeAt(0) ?? NONE
    this.#escape = options.escapeCharacter?.charCodeAt(0) ?? NONE
    for (const byte of [this.#delimiter, this.#escape, LF, CR]) if (byte >= 0) this.#stops[byte] = 1
    this.#nullLiteral = options.nullLiteral === null ? undefined : Buffer.from(options.nullLiteral)
  }

  /**
   * Decodes the record at `start` into `row` (`rows` says whether it gave one) and returns where the next one begins; -1
   * where it is cut off at `end` and `isLast` does not say that there is no more. Throws CsvDecodeError.
   */
  decode(bytes: Buffer, start: number, end: number, isLast: boolean, row: number): number {
    try {
      return this.#decodeRecord(bytes, start, end, isLast, row)
    } catch (error) {
      if (!(error instanceof CsvDecodeError && this.#options.ignoreParseErrors)) throw error
      const next = this.#behindLine(bytes, start, end, isLast)
      if (next >= 0) this.ignoredRecords++
      return next
    }
  }

  #decodeRecord(bytes: Buffer, start: number, end: number, isLast: boolean, row: number): number {
    this.rows = 0
    const fields = this.#fields
    let position = start
    if (this.#options.allowComments) {
      const next = this.#behindComment(bytes, start, end, isLast)
      if (next !== start) return next
      position = behindSpaces(bytes, start, end)
    }
    let problem: string | undefined
    for (let index = 0; ; index++) {
      position = this.#scan(bytes, position, end, isLast)
      if (position < 0) return -1
      const isEnd = position >= end || bytes[position] !== this.#delimiter
      if (index < fields.length) {
        const field = fields[index]!
        if (field.column >= 0 && !this.#write(field, row)) problem ??= this.#unreadable(field)
      } else if (!(isEnd && this.#start === this.#end && index === fields.length)) {
        problem = `Too many entries: expected at most ${fields.length}`
      }
      if (!isEnd) {
        position++
        continue
      }
      const next = this.#behindLineEnd(bytes, position, end, isLast)
      if (next >= 0) this.#finish(index + 1, row, problem)
      return next
    }
  }

  /** Behind the record at `start` and the comments before it, or -1 as in `decode`: for headers. */
  pass(bytes: Buffer, start: number, end: number, isLast: boolean): number {
    let position = start
    while (this.#options.allowComments) {
      const next = this.#behindComment(bytes, position, end, isLast)
      if (next < 0) return -1
      if (next === position) {
        position = behindSpaces(bytes, position, end)
        break
      }
      position = next
    }
    for (;;) {
      position = this.#scan(bytes, position, end, isLast)
      if (position < 0) return -1
      if (position >= end || bytes[position] !== this.#delimiter)
        return this.#behindLineEnd(bytes, position, end, isLast)
      position++
    }
  }

  #finish(count: number, row: number, problem: string | undefined): void {
    const fields = this.#fields
    const { ignoreParseErrors } = this.#options
    const isShort = count < fields.length
    const reason =
      problem ?? (isShort ? `Row length mismatch. ${fields.length} fields expected but was ${count}.` : undefined)
    if (reason !== undefined && !ignoreParseErrors) throw new CsvDecodeError(reason)
    if (problem !== undefined) {
      this.ignoredRecords++
      return
    }
    for (let index = count; index < fields.length; index++)
      if (fields[index]!.column >= 0) this.#buffer.setNull(fields[index]!.column, row)
    this.rows = 1
  }

  #unreadable({ name, type }: FieldReader): string {
    return `field '${name}': ${unreadable(this.#bytes.toString('utf8', this.#start, this.#end), type)}`
  }

  /**
   * Where there are comments: `start` where a record begins, else behind the comment or the empty line there, -1 as in
   * `decode`. Blanks before any of them do not count.
   */
  #behindComment(bytes: Buffer, start: number, end: number, isLast: boolean): number {
    const first = behindSpaces(bytes, start, end)
    const byte = bytes[first]!
    const isRecord = first < end && byte !== HASH && byte !== LF && byte !== CR
    return isRecord ? start : this.#behindLine(bytes, first, end, isLast)
  }

  #behindLine(bytes: Buffer, start: number, end: number, isLast: boolean): number {
    let position = start
    while (position < end && bytes[position] !== LF && bytes[position] !== CR) position++
    return this.#behindLineEnd(bytes, position, end, isLast)
  }

  #behindLineEnd(bytes: Buffer, position: number, end: number, isLast: boolean): number {
    if (position >= end) return isLast ? end : -1
    if (bytes[position] === LF) return position + 1
    // a CR, and perhaps an LF behind it
    if (position + 1 >= end) return isLast ? end : -1
    return bytes[position + 1] === LF ? position + 2 : position + 1
  }

  /** Finds the field at `start` and returns the position of the delimiter or line end behind it; -1: cut off. */
  #scan(bytes: Buffer, start: number, end: number, isLast: boolean): number {
    if (bytes[start] === this.#quote && start < end) return this.#scanQuoted(bytes, start, end, isLast)
    const stops = this.#stops
    let position = start
    while (position < end && stops[bytes[position]!] === 0) position++
    this.#bytes = bytes
    this.#start = start
    this.#end = position
    if (position >= end) return isLast ? end : -1
    return bytes[position] === this.#escape ? this.#scanEscaped(bytes, start, end, isLast) : position
  }

  /** A bare field with the escape character in it: what follows it stands for itself. */
  #scanEscaped(bytes: Buffer, start: number, end: number, isLast: boolean): number {
    const text: number[] = []
    let position = start
    for (; position < end; position++) {
      const byte = bytes[position]!
      if (byte === this.#escape) {
        if (++position >= end) break
        text.push(unescaped(bytes[position]!))
      } else if (this.#stops[byte] === 1) break
      else text.push(byte)
    }
    this.#take(text)
    return position >= end && !isLast ? -1 : Math.min(position, end)
  }

  #scanQuoted(bytes: Buffer, start: number, end: number, isLast: boolean): number {
    const quote = this.#quote
    let position = start + 1
    while (position < end && bytes[position] !== quote && bytes[position] !== this.#escape) position++
    this.#bytes = bytes
    this.#start = start + 1
    this.#end = position
    const isPlain = bytes[position] === quote && bytes[position + 1] !== quote && position + 1 < end
    if (!isPlain) {
      position = this.#scanQuotes(bytes, start + 1, end)
      if (position >= end) {
        if (!isLast) return -1
        throw new CsvDecodeError('the closing quote is missing')
      }
    }
    position++
    while (position < end && bytes[position] === SPACE && SPACE !== this.#delimiter) position++
    if (position >= end) return isLast ? end : -1
    const byte = bytes[position]
    if (byte === this.#delimiter || byte === LF || byte === CR) return position
    throw new CsvDecodeError(
      `Expected column separator character ('${this.#options.fieldDelimiter}') or end-of-line behind a quoted field`,
    )
  }

  /** Quotes inside of a quoted field; returns the position of the closing one, or `end`. */
  #scanQuotes(bytes: Buffer, start: number, end: number): number {
    const text: number[] = []
    let position = start
    for (; position < end; position++) {
      const byte = bytes[position]!
      if (byte === this.#escape && byte !== this.#quote) {
        if (++position < end) text.push(unescaped(bytes[position]!))
      } else if (byte === this.#quote) {
        if (bytes[position + 1] !== this.#quote || position + 1 >= end) break
        text.push(byte)
        position++
      } else text.push(byte)
    }
    this.#take(text)
    return Math.min(position, end)
  }

  #take(text: readonly number[]): void {
    this.#bytes = Buffer.from(text)
    this.#start = 0
    this.#end = text.length
  }

  /** Writes the field scanned last; false where it cannot be read and that is not to be ignored. */
  #write(field: FieldReader, row: number): boolean {
    const { column } = field
    const target = this.#buffer.columns[column]!
    if (this.#isNull()) {
      this.#buffer.setNull(column, row)
      return true
    }
    if (this.#writeFast(field, target, row)) {
      if (target.nulls !== undefined) target.nulls[row] = 0
      return true
    }
    const cell = field.read(this.#bytes.toString('utf8', this.#start, this.#end))
    if (cell === undefined && !this.#options.ignoreParseErrors) return false
    this.#buffer.setCell(column, row, cell ?? null)
    return true
  }

  #isNull(): boolean {
    const length = this.#end - this.#start
    if (length === 0 && this.#options.emptyStringAsNull) return true
    const literal = this.#nullLiteral
    if (literal?.length !== length) return false
    for (let index = 0; index < length; index++) if (this.#bytes[this.#start + index] !== literal[index]) return false
    return true
  }

  #writeFast(field: FieldReader, target: Column, row: number): boolean {
    const bytes = this.#bytes
    let value: number
    switch (field.kind) {
      case 'int32':
      case 'bigint':
        value = readInteger(bytes, this.#start, this.#end)
        if (!(value >= field.min && value <= field.max)) return false
        break
      case 'double':
        value = readDouble(bytes, this.#start, this.#end)
        break
      case 'string':
        target.values[row] = this.#values.string(bytes, this.#start, this.#end)
        return true
      case 'timestamp':
        value = this.#values.timestamp(bytes, this.#start, this.#end)
        break
      case 'date':
        value = this.#values.date(bytes, this.#start, this.#end)
        break
      case 'text':
        return false
    }
    if (value !== value) return false
    target.values[row] = value
    return true
  }
}

function behindSpaces(bytes: Buffer, start: number, end: number): number {
  let position = start
  while (position < end && bytes[position] === SPACE) position++
  return position
}

/** What an escaped byte stands for. */
function unescaped(byte: number): number {
  switch (byte) {
    case 110:
      return LF
    case 114:
      return CR
    case 116:
      return 9
    case 48:
      return 0
    default:
      return byte
  }
}
