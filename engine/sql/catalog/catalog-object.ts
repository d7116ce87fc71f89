// What a catalog holds: tables and views with their resolved schemas, as plain data. Source: Flink's ResolvedCatalogTable.
import type { FlinktsError, TextLocation } from '../../common/errors.ts'
import type { LogicalType, RowType } from '../../types/logical-type.ts'
import { types } from '../../types/logical-type.ts'
import type { ExpressionNode, QueryNode } from '../ast/query.ts'
import type { Distribution } from '../ast/table-definition.ts'
import type { SourceText } from '../parser/source-text.ts'

interface ColumnBase {
  readonly name: string
  /** As declared, or of the expression; the watermark's column and PROCTIME() columns have their time attribute. */
  readonly type: LogicalType
  readonly comment: string | undefined
}
export interface PhysicalColumn extends ColumnBase {
  readonly kind: 'physical'
}
/** Over physical and metadata columns only, as in Flink. */
export interface ComputedColumn extends ColumnBase {
  readonly kind: 'computed'
  readonly expression: ExpressionNode
}
export interface MetadataColumn extends ColumnBase {
  readonly kind: 'metadata'
  readonly key: string
  /** Read, never written. */
  readonly virtual: boolean
}
export type Column = PhysicalColumn | ComputedColumn | MetadataColumn

export interface Watermark {
  /** A column; a field of a ROW column is refused. */
  readonly column: string
  readonly expression: ExpressionNode
}
export interface PrimaryKey {
  readonly name: string
  readonly columns: readonly string[]
}

/** A table whose columns, expressions and keys have been checked. */
export interface ResolvedTable {
  readonly kind: 'table'
  /** Physical, computed and metadata columns in the order declared: what `SELECT *` gives. */
  readonly columns: readonly Column[]
  readonly watermark: Watermark | undefined
  /** Its columns are NOT NULL. */
  readonly primaryKey: PrimaryKey | undefined
  readonly options: Readonly<Record<string, string>>
  readonly comment: string | undefined
  readonly partitionedBy: readonly string[]
  readonly distribution: Distribution | undefined
  /** The statement that the spans of its expressions count in; of merged and altered tables the last one. */
  readonly source: SourceText
  /** Of its name in the statement that created it. */
  readonly createdAt: TextLocation
  /** Why the table cannot be used: a precision out of range, which Flink accepts until then. */
  readonly deferredError: FlinktsError | undefined
}

export interface ResolvedView {
  readonly kind: 'view'
  /** Names and types of the columns, frozen when the view was created. */
  readonly type: RowType
  readonly query: QueryNode
  /** The query with every name qualified and every `*` written out: what SHOW CREATE VIEW prints. */
  readonly expandedQuery: QueryNode
  readonly comment: string | undefined
  /** Where names in `query` are looked up first: the current catalog and database when the view was created. */
  readonly catalog: string
  readonly database: string
  readonly source: SourceText
}

export type CatalogObject = ResolvedTable | ResolvedView

/** The row that `SELECT *` from the object gives. */
export function rowTypeOf(object: CatalogObject): RowType {
  if (object.kind === 'view') return object.type
  return types.row(
    object.columns.map(({ name, type }) => ({ name, type })),
    false,
  )
}
