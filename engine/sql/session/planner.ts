// What a session needs of the planner: handed in, so that a session can run catalog statements without one.
import type { RowField, LogicalType, RowType } from '../../types/logical-type.ts'
import type { ExpressionNode, QueryNode } from '../ast/query.ts'
import type { ExplainDetail, InsertStatement } from '../ast/statement.ts'
import type { CatalogManager } from '../catalog/catalog-manager.ts'
import type { SourceText } from '../parser/source-text.ts'

export interface PlanningContext {
  /** `find(parts, catalog, database)` and `names()` are what planning uses. */
  readonly catalog: CatalogManager
  readonly currentCatalog: string
  readonly currentDatabase: string
  /** What was SET, under Flink's keys. */
  readonly configuration: Readonly<Record<string, string>>
  /** The text the statement was parsed from, for the places of errors. */
  readonly source: SourceText
  /** Of each INSERT, where every one has a text of its own: BEGIN STATEMENT SET. Default: all have `source`. */
  readonly sources?: readonly SourceText[] | undefined
}

/** `Job` is what the planner makes of a query or of inserts, e.g. a stream graph with the result's type. */
export interface Planner<Job> {
  /** A query, or the inserts of one job. @throws SQL_VALIDATION, SQL_UNSUPPORTED, OPTION_INVALID */
  plan(statement: QueryNode | readonly InsertStatement[], context: PlanningContext): Job
  /** The text of EXPLAIN. @throws as plan */
  explain(
    statement: QueryNode | readonly InsertStatement[],
    details: readonly ExplainDetail[],
    context: PlanningContext,
  ): string
  /** The columns a query gives. @throws SQL_VALIDATION, SQL_UNSUPPORTED */
  queryType(query: QueryNode, context: PlanningContext): RowType
  /** The type of an expression over columns; PROCTIME() has its time attribute. @throws SQL_VALIDATION, SQL_UNSUPPORTED */
  expressionType(expression: ExpressionNode, columns: readonly RowField[], context: PlanningContext): LogicalType
  /** Names of the built-in functions. */
  functionNames(): readonly string[]
}
