// Constant rows (VALUES, SELECT without FROM) as a source. Not to be named in WITH: the planner makes it.
import type { RowType } from '../../types/logical-type.ts'
import type { Cell } from '../../types/record-batch.ts'
import type { SourceSpec } from '../connector.ts'
import { encodeCell } from './cell-json.ts'

/** A bounded source of these rows, in this order, in one split. */
export function valuesSource(type: RowType, rows: readonly (readonly Cell[])[]): SourceSpec {
  return {
    connector: 'values',
    tableName: 'Values',
    producedType: type,
    projection: type.fields.map((_, index) => index),
    physicalType: type,
    metadata: [],
    bounded: true,
    changelog: 'insert-only',
    settings: { rows: rows.map((row) => row.map(encodeCell)) },
    ignoredOptions: [],
  }
}
