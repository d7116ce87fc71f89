// Rows of columns into JSON documents, written as bytes by code generated for the schema.
// Source: Flink's RowDataToJsonConverters (spelling of numbers, times, NULLs).
import { loadGenerated } from '../../common/load-generated.ts'
import type { LogicalType, RowType } from '../../types/logical-type.ts'
import { getCell, type Cell, type Column, type RecordBatch } from '../../types/record-batch.ts'
import type { ByteWriter } from '../byte-writer.ts'
import type { JsonFormatOptions } from './json-format-options.ts'
import { createJsonText, doubleJson, quoteJson } from './json-text.ts'

type EncodeRow = (columns: readonly Column[], row: number, out: ByteWriter) => void
type EncodeRowFactory = (library: EncoderLibrary) => EncodeRow

interface EncoderLibrary {
  /** For each field the bytes in front of its value: `{"a":` or `,"b":`; without the brace or comma. */
  readonly names: readonly Uint8Array[]
  readonly types: readonly LogicalType[]
  readonly texts: readonly ((cell: Cell) => string)[]
  readonly getCell: typeof getCell
  readonly writeString: (text: string, out: ByteWriter) => void
  readonly writeDouble: (value: number, out: ByteWriter) => void
}

export class JsonEncoder {
  readonly #encodeRow: EncodeRow

  /**
   * @param type - the fields of a document, in their order
   * @param columnIndexes - for each field its column in the batches; default: the same order
   */
  constructor(type: RowType, options: JsonFormatOptions, columnIndexes?: readonly number[]) {
    const library: EncoderLibrary = {
      names: type.fields.map((field) => Buffer.from(`${quoteJson(field.name)}:`)),
      types: type.fields.map((field) => field.type),
      texts: type.fields.map((field) => createJsonText(field.type, options)),
      getCell,
      writeString,
      writeDouble,
    }
    const indexes = columnIndexes ?? type.fields.map((_, index) => index)
    this.#encodeRow = loadGenerated<EncodeRowFactory>(generateEncoder(type, options, indexes))(library)
  }

  /** Appends the document of one row to `out`. */
  encode(batch: RecordBatch, row: number, out: ByteWriter): void {
    this.#encodeRow(batch.columns, row, out)
  }
}

function generateEncoder(type: RowType, options: JsonFormatOptions, indexes: readonly number[]): string {
  const fields = type.fields.map((field, index) => {
    const name = `out.byte(first ? 123 : 44); first = false; out.raw(L.names[${index}]);`
    const writeNull = options.encodeIgnoreNullFields ? '' : `${name} out.ascii('null');`
    return `{ const column = columns[${indexes[index]}];
      if (column.nulls !== undefined && column.nulls[row] === 1) { ${writeNull} }
      else { ${name} ${writeValue(field.type, index)} } }`
  })
  return `(L) => (columns, row, out) => {
    let first = true;
    ${fields.join('\n    ')}
    if (first) out.byte(123);
    out.byte(125);
  }`
}

function writeValue(type: LogicalType, index: number): string {
  const general = `out.utf8(L.texts[${index}](L.getCell(L.types[${index}], column, row)));`
  switch (type.kind) {
    case 'BOOLEAN':
      return `out.ascii(column.values[row] === 1 ? 'true' : 'false');`
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'INTERVAL_YEAR_MONTH':
      return 'out.integer(column.values[row]);'
    case 'BIGINT':
    case 'INTERVAL_DAY_TIME':
      return `const value = column.values[row]; if (value === value) out.integer(value); else ${general}`
    case 'DOUBLE':
      return 'L.writeDouble(column.values[row], out);'
    case 'CHAR':
    case 'VARCHAR':
      return 'L.writeString(column.values[row], out);'
    default:
      return general
  }
}

// JavaScript and Java spell doubles alike between 1e-3 and 1e7, but for the ".0" of whole numbers.
function writeDouble(value: number, out: ByteWriter): void {
  const magnitude = Math.abs(value)
  if (!(magnitude >= 1e-3 && magnitude < 1e7)) {
    out.ascii(doubleJson(value))
  } else if (Number.isInteger(value)) {
    out.integer(value)
    out.byte(46)
    out.byte(48)
  } else {
    out.ascii(String(value))
  }
}

function writeString(text: string, out: ByteWriter): void {
  const start = out.length
  const { length } = text
  out.ensure(length + 2)
  const { bytes } = out
  let position = start
  bytes[position++] = 34
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code < 32 || code > 126 || code === 34 || code === 92) {
      out.utf8(quoteJson(text))
      return
    }
    bytes[position++] = code
  }
  bytes[position++] = 34
  out.length = position
}
