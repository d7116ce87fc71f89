// Copies the rows that survived a filter.
import type { Column, ColumnValues } from '../types/record-batch.ts'

/** Rows `selected[0 … count)` of a column, copied into `target`. */
export function gatherColumn(column: Column, selected: Int32Array, count: number, target: ColumnValues): Column {
  const source = column.values as Float64Array
  const values = target as Float64Array
  for (let row = 0; row < count; row++) values[row] = source[selected[row]!]!
  const nulls = column.nulls === undefined ? undefined : gatherValues(column.nulls, selected, count)
  if (column.exact === undefined) return { values: target, nulls, exact: undefined }
  const exact: NonNullable<Column['exact']> = []
  for (let row = 0; row < count; row++) {
    const value = column.exact[selected[row]!]
    if (value !== undefined) exact[row] = value
  }
  return { values: target, nulls, exact: exact.length === 0 ? undefined : exact }
}

/** Rows `selected[0 … count)` of a typed array, in a new one. */
export function gatherValues<T extends Uint8Array | Float64Array | undefined>(
  source: T,
  selected: Int32Array,
  count: number,
): T {
  if (source === undefined) return source
  const values = new (source.constructor as new (length: number) => NonNullable<T>)(count)
  for (let row = 0; row < count; row++) values[row] = source[selected[row]!]!
  return values
}
