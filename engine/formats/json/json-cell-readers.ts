// The general JSON decoder: tokens to cells, with the conversions and the failures of Flink's streaming JSON parser.
//
// A conversion that fails leaves the tokenizer where it stands, as Flink's does: with `json.ignore-parse-errors` an
// object where a scalar is expected becomes NULL and the reader goes on inside it, so that the rest of the document is
// lost. That is recorded behaviour, kept on purpose.
// Source: Flink's JsonParserToRowDataConverters.
import { doubleToString, parseDouble } from '../../functions/floating-point.ts'
import type { LogicalType, RowType } from '../../types/logical-type.ts'
import { typeToString } from '../../types/logical-type.ts'
import type { Cell } from '../../types/record-batch.ts'
import { decodeJsonBase64 } from './json-base64.ts'
import type { JsonFormatOptions } from './json-format-options.ts'
import { quoteJson } from './json-text.ts'
import { javaTrim, parseFloat32, parseFloatAsInteger, parseInteger, parseJsonDecimal } from './json-numbers.ts'
import { parseJsonDate, parseJsonTime, parseJsonTimestamp } from './json-time.ts'
import { JsonSyntaxError, Token, type JsonTokenizer } from './json-tokenizer.ts'

/** A value does not fit its column. */
export class JsonConversionError extends Error {}

/** Reads the value at the tokenizer's present token and stays on its last token. */
export type CellReader = (tokens: JsonTokenizer) => Cell

function cannotRead(tokens: JsonTokenizer, type: LogicalType): JsonConversionError {
  return new JsonConversionError(`cannot read ${describeToken(tokens)} as ${typeToString(type)}`)
}

function describeToken(tokens: JsonTokenizer): string {
  if (tokens.token === Token.START_OBJECT) return 'an object'
  if (tokens.token === Token.START_ARRAY) return 'an array'
  const text = tokens.text()
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text
  return tokens.token === Token.STRING ? JSON.stringify(short) : short
}

function orFail<T>(value: T | undefined, tokens: JsonTokenizer, type: LogicalType): T {
  if (value === undefined) throw cannotRead(tokens, type)
  return value
}

/** A reader that knows NULL and, when errors are ignored, turns failed conversions into NULL. */
export function createCellReader(type: LogicalType, options: JsonFormatOptions): CellReader {
  const read = createNotNullReader(type, options)
  if (!options.ignoreParseErrors) return (tokens) => (tokens.token === Token.NULL ? null : read(tokens))
  return (tokens) => {
    if (tokens.token === Token.NULL) return null
    try {
      return read(tokens)
    } catch (error) {
      if (error instanceof JsonConversionError) return null
      throw error
    }
  }
}

function createNotNullReader(type: LogicalType, options: JsonFormatOptions): CellReader {
  switch (type.kind) {
    case 'NULL':
      return () => null
    case 'BOOLEAN':
      return (tokens) => tokens.token === Token.TRUE || javaTrim(tokens.text()).toLowerCase() === 'true'
    case 'ARRAY':
      return createArrayReader(type, createCellReader(type.element, options))
    case 'MAP':
      return createMapReader(type, createCellReader(type.value, options))
    case 'MULTISET':
      return createMapReader(type, createCellReader({ kind: 'INTEGER', nullable: true }, options))
    case 'ROW':
      return createRowReader(type, options)
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return createTimeReader(type, options)
    case 'CHAR':
    case 'VARCHAR':
      return readString
    case 'BINARY':
    case 'VARBINARY':
      return (tokens) =>
        orFail(tokens.token === Token.STRING ? decodeJsonBase64(tokens.text()) : undefined, tokens, type)
    default:
      return createNumberReader(type)
  }
}

function createNumberReader(type: LogicalType): CellReader {
  switch (type.kind) {
    case 'TINYINT':
      return (tokens) => orFail(parseInteger(javaTrim(tokens.text()), 8), tokens, type)
    case 'SMALLINT':
      return (tokens) => orFail(parseInteger(javaTrim(tokens.text()), 16), tokens, type)
    case 'BIGINT':
    case 'INTERVAL_DAY_TIME':
      return (tokens) => orFail(readInteger(tokens, 64), tokens, type)
    case 'FLOAT':
      return (tokens) => orFail(parseFloat32(javaTrim(tokens.text())), tokens, type)
    case 'DOUBLE':
      return (tokens) => orFail(parseDouble(javaTrim(tokens.text())), tokens, type)
    case 'DECIMAL':
      return (tokens) => orFail(parseJsonDecimal(javaTrim(tokens.text()), type.precision, type.scale), tokens, type)
    default:
      return (tokens) => orFail(readInteger(tokens, 32), tokens, type)
  }
}

function readInteger(tokens: JsonTokenizer, bits: 32 | 64): Cell | undefined {
  return tokens.token === Token.FLOAT
    ? parseFloatAsInteger(tokens.text(), bits)
    : parseInteger(javaTrim(tokens.text()), bits)
}

function createTimeReader(type: LogicalType, options: JsonFormatOptions): CellReader {
  if (type.kind === 'DATE') return (tokens) => orFail(parseJsonDate(tokens.text()), tokens, type)
  if (type.kind === 'TIME') return (tokens) => orFail(parseJsonTime(tokens.text()), tokens, type)
  const precision = type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ' ? type.precision : 3
  const withZone = type.kind === 'TIMESTAMP_LTZ'
  return (tokens) =>
    orFail(parseJsonTimestamp(tokens.text(), options.timestampFormat, withZone, precision), tokens, type)
}

/** Scalars keep their spelling, objects and arrays become compact JSON. */
const readString: CellReader = (tokens) => {
  if (tokens.token !== Token.START_OBJECT && tokens.token !== Token.START_ARRAY) return tokens.text()
  return compactJson(tokens)
}

/** A duplicate key keeps its first place and its last value, as in Jackson's ObjectNode. */
function compactJson(tokens: JsonTokenizer): string {
  switch (tokens.token) {
    case Token.START_OBJECT: {
      const entries = new Map<string, string>()
      while (tokens.nextToken() !== Token.END_OBJECT) {
        const name = tokens.text()
        tokens.nextToken()
        entries.set(name, compactJson(tokens))
      }
      return `{${[...entries].map(([name, value]) => `${quoteJson(name)}:${value}`).join(',')}}`
    }
    case Token.START_ARRAY: {
      const elements: string[] = []
      while (tokens.nextToken() !== Token.END_ARRAY) elements.push(compactJson(tokens))
      return `[${elements.join(',')}]`
    }
    case Token.STRING:
      return quoteJson(tokens.text())
    case Token.FLOAT:
      return doubleToString(Number(tokens.text()))
    case Token.INT:
      return String(BigInt(tokens.text()))
    default:
      return tokens.text()
  }
}

function createArrayReader(type: LogicalType, readElement: CellReader): CellReader {
  return (tokens) => {
    if (tokens.token !== Token.START_ARRAY) throw cannotRead(tokens, type)
    const elements: Cell[] = []
    while (tokens.nextToken() !== Token.END_ARRAY) {
      failAtEndOfInput(tokens)
      elements.push(readElement(tokens))
    }
    return elements
  }
}

function createMapReader(type: LogicalType, readValue: CellReader): CellReader {
  return (tokens) => {
    if (tokens.token !== Token.START_OBJECT) throw cannotRead(tokens, type)
    const entries = new Map<Cell, Cell>()
    while (tokens.nextToken() !== Token.END_OBJECT) {
      failAtEndOfInput(tokens)
      const key = tokens.text()
      tokens.nextToken()
      entries.set(key, readValue(tokens))
    }
    return entries
  }
}

/** Only reachable after an ignored conversion error has left the tokenizer inside a skipped value. */
function failAtEndOfInput(tokens: JsonTokenizer): void {
  if (tokens.token === Token.END_OF_INPUT) throw new JsonSyntaxError('Unexpected end-of-input')
}

/** Reads the fields of an object; `write` takes each converted cell. */
export function createFieldsReader(
  type: RowType,
  options: JsonFormatOptions,
): (tokens: JsonTokenizer, write: (index: number, cell: Cell) => void) => void {
  const readers = type.fields.map((field) => createCellReader(field.type, options))
  const indexes = new Map(type.fields.map((field, index) => [field.name, index]))
  const fieldCount = indexes.size
  return (tokens, write) => {
    let count = 0
    tokens.nextToken()
    while (tokens.token !== Token.END_OBJECT) {
      failAtEndOfInput(tokens)
      // Flink stops converting once it has met as many known names as there are columns, repeated names included.
      if (count >= fieldCount) {
        skipToNextField(tokens)
        continue
      }
      const name = tokens.text()
      tokens.nextToken()
      const index = indexes.get(name)
      if (index === undefined) {
        skipToNextField(tokens)
        continue
      }
      write(index, readField(readers[index]!, tokens, name))
      tokens.nextToken()
      count++
    }
    if (count < fieldCount && options.failOnMissingField) {
      throw new JsonConversionError('Some field is missing in the JSON data.')
    }
  }
}

function readField(read: CellReader, tokens: JsonTokenizer, name: string): Cell {
  try {
    return read(tokens)
  } catch (error) {
    if (!(error instanceof JsonConversionError)) throw error
    throw new JsonConversionError(`Fail to deserialize at field: ${name}. (${error.message})`)
  }
}

function skipToNextField(tokens: JsonTokenizer): void {
  failAtEndOfInput(tokens)
  tokens.skipChildren()
  tokens.nextToken()
}

function createRowReader(type: RowType, options: JsonFormatOptions): CellReader {
  const readFields = createFieldsReader(type, options)
  return (tokens) => {
    if (tokens.token !== Token.START_OBJECT) throw cannotRead(tokens, type)
    const cells: Cell[] = type.fields.map(() => null)
    readFields(tokens, (index, cell) => {
      cells[index] = cell
    })
    return cells
  }
}
