// Records (typed objects of user functions) from columns and back.
import { loadGenerated } from '../../common/load-generated.ts'
import type { RowField, RowType } from '../../types/logical-type.ts'
import { getCell, setCell, type Cell, type Column } from '../../types/record-batch.ts'
import { columnLocals, recordLiteral, recordStore, targetLocals } from './record-code.ts'
import { describeValue, toCell, toValue, UnfitValue } from './record-values.ts'

export type UserRecord = Record<string, unknown>

/** The record of a row; valid for ever. */
export type RecordReader = (columns: readonly Column[], row: number) => UserRecord
/** Writes a record's fields to the columns at a row, which is written once. Throws UnfitValue naming the field. */
export type RecordWriter = (columns: readonly Column[], row: number, record: unknown) => void
export type FieldReader = (column: Column, row: number) => unknown
export type FieldWriter = (column: Column, row: number, value: unknown) => void

function inField<T>(field: RowField, convert: () => T): T {
  try {
    return convert()
  } catch (cause) {
    throw cause instanceof UnfitValue ? new UnfitValue(`field '${field.name}': ${cause.message}`, cause.fix) : cause
  }
}

/** For values that generated code cannot take from the column as they are. */
export function fieldReaders(type: RowType): readonly FieldReader[] {
  return type.fields.map(
    (field) => (column, row) => inField(field, () => toValue(field.type, getCell(field.type, column, row))),
  )
}

/** For values that generated code cannot put into the column as they are; they refuse what does not fit. */
export function fieldWriters(type: RowType): readonly FieldWriter[] {
  return type.fields.map((field) => (column, row, value) => setCell(field.type, column, row, cellOfField(field, value)))
}

export function createRecordReader(type: RowType): RecordReader {
  const code = `(readers) => (columns, r) => { ${columnLocals(type)} return ${recordLiteral(type)} }`
  return loadGenerated<(readers: readonly FieldReader[]) => RecordReader>(code)(fieldReaders(type))
}

/** `refuse` throws for what is no record. */
export function createRecordWriter(type: RowType, refuse: (record: unknown) => never = refuseRecord): RecordWriter {
  const code = `(writers, refuse) => (target, w, record) => { ${targetLocals(type)} ${recordStore(type)} }`
  return loadGenerated<(writers: readonly FieldWriter[], refuse: (record: unknown) => never) => RecordWriter>(code)(
    fieldWriters(type),
    refuse,
  )
}

export function refuseRecord(record: unknown): never {
  if (record instanceof Promise)
    throw new UnfitValue('it returned a promise, but functions on the stream are synchronous')
  throw new UnfitValue(`it returned ${describeValue(record)}, which is not a record`)
}

function cellOfField(field: RowField, value: unknown): Cell {
  return inField(field, () => toCell(field.type, value))
}

/** A record's cells in field order, as they lie in state. */
export function recordCells(type: RowType, record: unknown): Cell[] {
  if (typeof record !== 'object' || record === null || record instanceof Promise) return refuseRecord(record)
  return type.fields.map((field) => cellOfField(field, (record as UserRecord)[field.name]))
}

export function recordOfCells(type: RowType, cells: readonly Cell[]): UserRecord {
  return Object.fromEntries(type.fields.map((field, index) => [field.name, toValue(field.type, cells[index]!)]))
}
