// A table as written, before its expressions are bound: what CREATE TABLE, LIKE and ALTER TABLE make and change.
import type { LogicalType } from '../../types/logical-type.ts'
import { withoutTimeAttribute } from '../../types/logical-type.ts'
import type { FlinktsError, TextLocation } from '../../common/errors.ts'
import type { ExpressionNode } from '../ast/query.ts'
import type { Distribution } from '../ast/table-definition.ts'
import type { SourceText } from '../parser/source-text.ts'
import type { ResolvedTable } from './catalog-object.ts'

interface DefinedColumnBase {
  readonly name: string
  readonly comment: string | undefined
}
export type DefinedColumn =
  | (DefinedColumnBase & { readonly kind: 'physical'; readonly type: LogicalType })
  | (DefinedColumnBase & { readonly kind: 'computed'; readonly expression: ExpressionNode })
  | (DefinedColumnBase & {
      readonly kind: 'metadata'
      readonly type: LogicalType
      readonly key: string
      readonly virtual: boolean
    })

export interface TableDefinition {
  readonly columns: readonly DefinedColumn[]
  readonly watermark: { readonly column: string; readonly expression: ExpressionNode } | undefined
  readonly primaryKey: { readonly name: string; readonly columns: readonly string[] } | undefined
  readonly options: Readonly<Record<string, string>>
  readonly comment: string | undefined
  readonly partitionedBy: readonly string[]
  readonly distribution: Distribution | undefined
  readonly source: SourceText
  readonly createdAt: TextLocation
  /** A precision out of range, which Flink notices only when the table is used. */
  readonly deferredError: FlinktsError | undefined
}

/** The definition of a table that is there, e.g. the base of LIKE. */
export function definitionOf(table: ResolvedTable): TableDefinition {
  const columns = table.columns.map((column): DefinedColumn => {
    const { name, comment } = column
    if (column.kind === 'computed') return { kind: 'computed', name, comment, expression: column.expression }
    const type = withoutTimeAttribute(column.type)
    if (column.kind === 'physical') return { kind: 'physical', name, comment, type }
    return { kind: 'metadata', name, comment, type, key: column.key, virtual: column.virtual }
  })
  const { watermark, primaryKey, options, comment, partitionedBy, distribution, source, createdAt } = table
  return {
    columns,
    watermark,
    primaryKey,
    options,
    comment,
    partitionedBy,
    distribution,
    source,
    createdAt,
    deferredError: table.deferredError,
  }
}
