// Records of a file out of its bytes: finds where each begins and ends and decodes it into columns.
import { ColumnBuffer } from '../../formats/column-buffer.ts'
import { CsvDecodeError, CsvDecoder } from '../../formats/csv/csv-decoder.ts'
import { JsonDecodeError, JsonDecoder } from '../../formats/json/json-decoder.ts'
import { types } from '../../types/logical-type.ts'
import type { SourceSpec } from '../connector.ts'
import type { FilesystemSourceSettings } from './filesystem-settings.ts'

const LF = 10
const CR = 13

/** The reason why a record cannot be decoded. */
export function isDecodeError(error: unknown): error is Error {
  return error instanceof CsvDecodeError || error instanceof JsonDecodeError
}

export interface RecordCutter {
  /** Rows the last record gave. */
  readonly rows: number
  readonly ignoredRecords: number
  /**
   * Decodes the record at `start` into the rows from `row` on and returns where the next one begins; -1 where it is cut off
   * at `end` and `isLast` does not say that there is no more. Throws what isDecodeError knows.
   */
  decode(bytes: Buffer, start: number, end: number, isLast: boolean, row: number): number
  /** Behind the header at the beginning of a file; `start` where there is none, -1 where it is cut off. */
  passHeader(bytes: Buffer, start: number, end: number, isLast: boolean): number
}

/** Produced columns first, then those that are decoded for their errors only. */
export function createCutter(spec: SourceSpec, batchRows: number): { cutter: RecordCutter; buffer: ColumnBuffer } {
  const { format } = spec.settings as unknown as FilesystemSourceSettings
  const physical = spec.physicalType.fields
  if (format.kind === 'csv') {
    const buffer = new ColumnBuffer(spec.producedType, batchRows)
    const columns = physical.map((_, field) => spec.projection.indexOf(field))
    const decoder = new CsvDecoder(spec.physicalType, format.options, buffer, columns)
    const hasHeader = format.options.ignoreFirstLine
    return { cutter: csvCutter(decoder, hasHeader), buffer }
  }
  // a missing field fails the job whether the query reads it or not
  const hidden = format.options.failOnMissingField
    ? physical.map((_, field) => field).filter((field) => !spec.projection.includes(field))
    : []
  const hiddenFields = hidden.map((field) => ({ name: `hidden ${field}`, type: physical[field]!.type }))
  const buffer = new ColumnBuffer(types.row([...spec.producedType.fields, ...hiddenFields]), batchRows)
  const fields = [...spec.projection, ...hidden]
  const columns = fields.map((_, index) =>
    index < spec.projection.length ? index : index + spec.producedType.fields.length - spec.projection.length,
  )
  const type = types.row(fields.map((field) => physical[field]!))
  return { cutter: jsonCutter(new JsonDecoder(type, format.options, buffer, columns)), buffer }
}

function csvCutter(decoder: CsvDecoder, hasHeader: boolean): RecordCutter {
  return {
    get rows() {
      return decoder.rows
    },
    get ignoredRecords() {
      return decoder.ignoredRecords
    },
    decode: (bytes, start, end, isLast, row) => decoder.decode(bytes, start, end, isLast, row),
    passHeader(bytes, start, end, isLast) {
      if (end - start < 3 && !isLast) return -1
      const hasByteOrderMark = bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf
      const first = hasByteOrderMark ? start + 3 : start
      return hasHeader && first < end ? decoder.pass(bytes, first, end, isLast) : first
    },
  }
}

/** A document on each line. */
function jsonCutter(decoder: JsonDecoder): RecordCutter {
  let rows = 0
  return {
    get rows() {
      return rows
    },
    get ignoredRecords() {
      return decoder.ignoredDocuments
    },
    decode(bytes, start, end, isLast, row) {
      rows = 0
      const found = bytes.indexOf(LF, start)
      const isWhole = found >= 0 && found < end
      if (!isWhole && !isLast) return -1
      const lineEnd = isWhole ? found : end
      const documentEnd = lineEnd > start && bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd
      rows = decoder.decode(bytes, start, documentEnd, row)
      return isWhole ? found + 1 : end
    },
    passHeader: (_, start) => start,
  }
}
