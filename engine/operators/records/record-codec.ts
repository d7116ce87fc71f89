// Records (typed objects of user functions) from columns and back, by generated code per schema.
import { loadGenerated } from '../../functions/load-generated.ts'
import type { RowField, RowType } from '../../types/logical-type.ts'
import { getCell, setCell, type Cell, type Column } from '../../types/record-batch.ts'
import { toCell, toValue, UnfitValue } from './record-values.ts'

export type UserRecord = Record<string, unknown>

/** The record of a row; valid for ever. */
export type RecordReader = (columns: readonly Column[], row: number) => UserRecord
/** Writes a record's fields to the columns at a row. Throws UnfitValue naming the field. */
export type RecordWriter = (columns: readonly Column[], row: number, record: unknown) => void

/** The expression of a field's value at row `r`, for the types whose value is what the column holds. */
function plainValue(field: RowField, index: number): string | undefined {
  const value = `columns[${index}].values[r]`
  switch (field.type.kind) {
    case 'BOOLEAN':
      return `${value} === 1`
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'DATE':
    case 'TIME':
    case 'FLOAT':
    case 'DOUBLE':
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY':
      return value
    default:
      return undefined
  }
}

export function createRecordReader(type: RowType): RecordReader {
  const readers = type.fields.map((field) => (column: Column, row: number): unknown => {
    try {
      return toValue(field.type, getCell(field.type, column, row))
    } catch (cause) {
      throw cause instanceof UnfitValue ? new UnfitValue(`field '${field.name}': ${cause.message}`) : cause
    }
  })
  const properties = type.fields.map((field, index) => {
    const plain = plainValue(field, index)
    let value = plain ?? `readers[${index}](columns[${index}], r)`
    if (plain === undefined && field.type.kind === 'BIGINT' && field.type.safeInteger === true) {
      value = `columns[${index}].exact === undefined ? columns[${index}].values[r] : ${value}`
    }
    return `${JSON.stringify(field.name)}: columns[${index}].nulls !== undefined && columns[${index}].nulls[r] !== 0 ? null : ${value}`
  })
  return loadGenerated<(readers: unknown) => RecordReader>(
    `(readers) => (columns, r) => ({ ${properties.join(',\n')} })`,
  )(readers)
}

/** A test on the local `x` that it fits as it is, and goes into the column as it is. */
function fitsPlainly(field: RowField): string | undefined {
  switch (field.type.kind) {
    case 'INTEGER':
      return '(x | 0) === x'
    case 'BIGINT':
      return 'Number.isSafeInteger(x) && x !== 0'
    case 'FLOAT':
    case 'DOUBLE':
      return "typeof x === 'number'"
    case 'CHAR':
    case 'VARCHAR':
      return "typeof x === 'string'"
    default:
      return undefined
  }
}

export function createRecordWriter(type: RowType): RecordWriter {
  const writers = type.fields.map((field) => (column: Column, row: number, value: unknown): void => {
    setCell(field.type, column, row, cellOfField(field, value))
  })
  const statements = type.fields.map((field, index) => {
    const fits = fitsPlainly(field)
    const slow = `writers[${index}](columns[${index}], r, x);`
    const store = `columns[${index}].values[r] = x;`
    return `{ const x = record[${JSON.stringify(field.name)}]; ${fits === undefined ? slow : `if (${fits} && columns[${index}].nulls === undefined) ${store} else ${slow}`} }`
  })
  const code = `(writers, refuse) => (columns, r, record) => {
    if (typeof record !== 'object' || record === null) refuse(record);
    ${statements.join('\n')} }`
  return loadGenerated<(writers: unknown, refuse: (record: unknown) => never) => RecordWriter>(code)(
    writers,
    refuseRecord,
  )
}

function refuseRecord(record: unknown): never {
  throw new UnfitValue(`${record === null ? 'null' : typeof record} is not a record`)
}

function cellOfField(field: RowField, value: unknown): Cell {
  try {
    return toCell(field.type, value)
  } catch (cause) {
    throw cause instanceof UnfitValue ? new UnfitValue(`field '${field.name}': ${cause.message}`) : cause
  }
}

/** A record's cells in field order, as they lie in state. */
export function recordCells(type: RowType, record: unknown): Cell[] {
  if (typeof record !== 'object' || record === null) return refuseRecord(record)
  return type.fields.map((field) => cellOfField(field, (record as UserRecord)[field.name]))
}

export function recordOfCells(type: RowType, cells: readonly Cell[]): UserRecord {
  return Object.fromEntries(type.fields.map((field, index) => [field.name, toValue(field.type, cells[index]!)]))
}
