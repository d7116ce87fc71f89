// How records are spelt as bytes. Generators write fields through this contract and know no format.
import type { Schema } from '../../engine/index.ts'
import type { ByteWriter } from './byte-writer.ts'

/** The fields of a record, in order. */
export type RecordType = Schema<unknown>['rowType']
export type FieldLogicalType = RecordType['fields'][number]['type']

/**
 * Writes one record after the other: `begin`, every field once in the order of the record's type, `end`. `field` is the
 * field's index. The numbers and texts given fit the field's type; nothing is checked again.
 */
export interface RecordSerializer {
  /** The record is written behind what `out` holds. */
  begin(out: ByteWriter): void
  /** Any integer type. */
  integer(field: number, value: number): void
  /** `unscaled` × 10^-`scale`, for DECIMAL, DOUBLE and FLOAT; both within 31 bits. */
  decimal(field: number, unscaled: number, scale: number): void
  /** A text that `prepare` made. */
  text(field: number, prepared: Uint8Array): void
  /** A point in time, ms since 1970, as the field's type spells it: BIGINT, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ. */
  time(field: number, atMs: number): void
  /**
   * Any value, not fast: null, boolean, number, bigint, string (also of DECIMAL), Uint8Array; for time types ms since
   * 1970; arrays; plain objects for ROW and MAP.
   */
  value(field: number, value: unknown): void
  end(): void
  /** A text as this format spells it, to be used many times. */
  prepare(text: string): Uint8Array
}

export type CreateSerializer = (type: RecordType) => RecordSerializer
