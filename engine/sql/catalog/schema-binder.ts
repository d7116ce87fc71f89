// What the catalog needs of the binders of expressions and queries; handed in by the session.
import type { LogicalType, RowField, RowType } from '../../types/logical-type.ts'
import type { ExpressionNode, QueryNode } from '../ast/query.ts'
import type { SourceText } from '../parser/source-text.ts'

export interface SchemaBinder {
  /**
   * The type of an expression over these columns, PROCTIME() with its time attribute.
   * @throws SQL_VALIDATION, SQL_UNSUPPORTED with a place in `source`
   */
  expressionType(expression: ExpressionNode, columns: readonly RowField[], source: SourceText): LogicalType
  /** The row a query gives. @throws SQL_VALIDATION, SQL_UNSUPPORTED with a place in `source` */
  queryType(query: QueryNode, source: SourceText): RowType
}
