// Columns into the rows of binary COPY, by code generated for one table.
// Source: https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-FILE-FORMATS
import { loadGenerated } from '../../common/load-generated.ts'
import type { LogicalType } from '../../types/logical-type.ts'
import type { Column, RecordBatch } from '../../types/record-batch.ts'
import type { CopyChunk } from './copy-chunk.ts'
import {
  createCodecLibrary,
  FIELD_BYTES_MAX,
  valueCodec,
  type CodecLibrary,
  type PgColumn,
} from './postgres-value-codecs.ts'

/** Signature, flags, length of the header's extension. */
export const COPY_FILE_HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
export const COPY_FILE_TRAILER = Buffer.from([0xff, 0xff])

/** Appends rows [from, to) to the chunk, or stops at `limit` bytes; returns the first row not written. */
export type EncodeRows = (columns: readonly Column[], from: number, to: number, out: CopyChunk, limit: number) => number
/** Appends the values of one column at the given rows, each with its length word. */
export type EncodeColumn = (column: Column, rows: Int32Array, rowCount: number, out: CopyChunk) => void

export interface RowEncoder {
  /** Appends rows of the batch from `from` on until the chunk holds `limit` bytes; returns the first row not written. */
  encodeRows(batch: RecordBatch, from: number, out: CopyChunk, limit: number): number
  /** Appends the values of column `index` at `rows` as elements of an array parameter. */
  encodeColumn(index: number, column: Column, rows: Int32Array, rowCount: number, out: CopyChunk): void
}

/** The columns have been checked: each has a codec. */
export function createRowEncoder(
  types: readonly LogicalType[],
  columns: readonly PgColumn[],
  sessionTimeZone: string,
): RowEncoder {
  const library = createCodecLibrary(types, columns, sessionTimeZone)
  const encodeRows = loadGenerated<(library: CodecLibrary) => EncodeRows>(rowsCode(types, columns))(library)
  const encodeColumns = types.map((type, index) =>
    loadGenerated<(library: CodecLibrary) => EncodeColumn>(columnCode(type, columns[index]!.typeOid, index))(library),
  )
  return {
    encodeRows: (batch, from, out, limit) => encodeRows(batch.columns, from, batch.rowCount, out, limit),
    encodeColumn: (index, column, rows, rowCount, out) => encodeColumns[index]!(column, rows, rowCount, out),
  }
}

function fieldCode(type: LogicalType, oid: number, index: number): string {
  const codec = valueCodec(type, oid, index)!
  const room =
    codec.extraBytes === undefined
      ? ''
      : `out.length = p; out.ensure(${codec.extraBytes} + ROOM); view = out.view; bytes = out.bytes;`
  return `if (column.nulls !== undefined && column.nulls[row] === 1) { view.setInt32(p, -1); p += 4; } else { ${room} ${codec.code} }`
}

function rowsCode(types: readonly LogicalType[], columns: readonly PgColumn[]): string {
  const fields = types.map(
    (type, index) => `{ const column = columns[${index}]; ${fieldCode(type, columns[index]!.typeOid, index)} }`,
  )
  return `(L) => (columns, from, to, out, limit) => {
    const ROOM = ${2 + types.length * FIELD_BYTES_MAX};
    let row = from;
    for (; row < to && out.length < limit; row++) {
      out.ensure(ROOM);
      let view = out.view, bytes = out.bytes, p = out.length;
      view.setInt16(p, ${types.length}); p += 2;
      ${fields.join('\n      ')}
      out.length = p;
    }
    out.rowCount += row - from;
    return row;
  }`
}

function columnCode(type: LogicalType, oid: number, index: number): string {
  return `(L) => (column, rows, rowCount, out) => {
    const ROOM = ${FIELD_BYTES_MAX};
    for (let at = 0; at < rowCount; at++) {
      const row = rows[at];
      out.ensure(ROOM);
      let view = out.view, bytes = out.bytes, p = out.length;
      ${fieldCode(type, oid, index)}
      out.length = p;
    }
  }`
}
