// Record batches: rows held as columns, the unit of data everywhere in the engine (docs/decisions/0002).
import type { LogicalType, RowType } from './logical-type.ts'

/** A TIMESTAMP with digits below the millisecond: `nanos` is 1 … 999,999 nanoseconds within the millisecond. */
export interface PreciseTimestamp {
  readonly millis: number
  readonly nanos: number
}

/**
 * One cell as a JavaScript value, in the canonical form generated code and operators rely on:
 *
 * | SQL type | value |
 * | --- | --- |
 * | BOOLEAN | boolean |
 * | TINYINT … INT, DATE (days since 1970), TIME (ms of day), INTERVAL MONTH (months) | number |
 * | BIGINT; DECIMAL (the unscaled integer) | number where it is a safe integer, otherwise bigint; never the other way round |
 * | FLOAT, DOUBLE, INTERVAL SECOND (ms) | number |
 * | TIMESTAMP, TIMESTAMP_LTZ | number (ms since 1970) where nothing lies below the millisecond, otherwise PreciseTimestamp |
 * | CHAR, VARCHAR | string |
 * | BINARY, VARBINARY | Uint8Array |
 * | ARRAY, ROW | readonly Cell[] |
 * | MAP; MULTISET (element → count) | ReadonlyMap |
 * | NULL | null |
 */
export type Cell =
  null | boolean | number | bigint | string | Uint8Array | PreciseTimestamp | readonly Cell[] | ReadonlyMap<Cell, Cell>

export type ColumnValues = Uint8Array | Int32Array | Float32Array | Float64Array | Cell[]

/**
 * The values of one field. `values` may be longer than the batch.
 *
 * - `nulls`: 1 where the value is NULL; undefined where no row of the batch is NULL. At a NULL row `values` holds
 *   anything (object columns: null), so readers test `nulls` first.
 * - `exact`: for Float64Array columns of BIGINT, DECIMAL and TIMESTAMP: the values that a double cannot hold exactly, at
 *   their rows; `values` holds NaN there. Undefined where there are none, so ordinary data never pays for it.
 */
export interface Column {
  values: ColumnValues
  nulls: Uint8Array | undefined
  exact: (bigint | PreciseTimestamp)[] | undefined
}

/**
 * Rows of one schema as columns.
 *
 * Ownership: a batch belongs to whoever emits it and is valid until the call it was passed to returns; then its columns
 * may be overwritten. Who keeps rows copies them. Nobody writes to a batch that was handed to him.
 */
export interface RecordBatch {
  readonly type: RowType
  readonly rowCount: number
  readonly columns: readonly Column[]
  /** Row kinds (RowKind); undefined: every row is an INSERT. */
  readonly rowKinds: Uint8Array | undefined
  /** Event time of each record in ms since 1970, for streams of the TypeScript API; SQL keeps its rowtime in a column. */
  readonly eventTimes: Float64Array | undefined
}

/** How a type is stored. `float64` columns of exact types use `Column.exact`; `object` columns are arrays of cells. */
export type ColumnStorage = 'uint8' | 'int32' | 'float32' | 'float64' | 'object'

export function columnStorage(type: LogicalType): ColumnStorage {
  switch (type.kind) {
    case 'BOOLEAN':
      return 'uint8'
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'DATE':
    case 'TIME':
    case 'INTERVAL_YEAR_MONTH':
      return 'int32'
    case 'FLOAT':
      return 'float32'
    case 'DOUBLE':
    case 'BIGINT':
    case 'DECIMAL':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
    case 'INTERVAL_DAY_TIME':
      return 'float64'
    default:
      return 'object'
  }
}

export function allocateValues(storage: ColumnStorage, capacity: number): ColumnValues {
  switch (storage) {
    case 'uint8':
      return new Uint8Array(capacity)
    case 'int32':
      return new Int32Array(capacity)
    case 'float32':
      return new Float32Array(capacity)
    case 'float64':
      return new Float64Array(capacity)
    case 'object':
      return new Array<Cell>(capacity).fill(null)
  }
}

export function allocateColumn(type: LogicalType, capacity: number): Column {
  return { values: allocateValues(columnStorage(type), capacity), nulls: undefined, exact: undefined }
}

export function createBatch(
  type: RowType,
  columns: readonly Column[],
  rowCount: number,
  rowKinds?: Uint8Array,
  eventTimes?: Float64Array,
): RecordBatch {
  return { type, rowCount, columns, rowKinds, eventTimes }
}

/** Reads one cell in canonical form. For hot loops generate code over `values` instead. */
export function getCell(type: LogicalType, column: Column, row: number): Cell {
  if (column.nulls !== undefined && column.nulls[row] === 1) return null
  const value = column.values[row]!
  if (type.kind === 'BOOLEAN') return value === 1
  if (column.exact !== undefined && value !== value) return column.exact[row] ?? value
  return value
}

/** Writes one cell. The row must lie within the column's capacity. */
export function setCell(type: LogicalType, column: Column, row: number, cell: Cell): void {
  if (cell === null) {
    column.nulls ??= new Uint8Array(column.values.length)
    column.nulls[row] = 1
    if (Array.isArray(column.values)) column.values[row] = null
    return
  }
  if (column.nulls !== undefined) column.nulls[row] = 0
  if (type.kind === 'BOOLEAN') column.values[row] = cell ? 1 : 0
  else if (columnStorage(type) === 'float64' && typeof cell !== 'number') {
    column.exact ??= []
    column.exact[row] = cell as bigint | PreciseTimestamp
    column.values[row] = NaN
  } else column.values[row] = cell
}

/** Builds a batch from rows of cells; for tests, small results and slow paths. */
export function batchFromRows(type: RowType, rows: readonly (readonly Cell[])[], rowKinds?: Uint8Array): RecordBatch {
  const columns = type.fields.map((field) => allocateColumn(field.type, rows.length))
  rows.forEach((cells, row) => {
    type.fields.forEach((field, index) => setCell(field.type, columns[index]!, row, cells[index] ?? null))
  })
  return createBatch(type, columns, rows.length, rowKinds)
}

/** One row as cells. */
export function rowFromBatch(batch: RecordBatch, row: number): Cell[] {
  return batch.type.fields.map((field, index) => getCell(field.type, batch.columns[index]!, row))
}
