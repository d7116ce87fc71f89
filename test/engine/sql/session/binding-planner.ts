// A planner that binds, so that errors and types are real, and hands back what it was given instead of a graph: what a
// session makes of statements can be looked at without the runtime.
import { bindExpression } from '../../../../engine/sql/expressions/bind-expression.ts'
import { functionNames } from '../../../../engine/sql/expressions/function-catalog.ts'
import { scopeOfRow } from '../../../../engine/sql/expressions/scope.ts'
import type { Node } from '../../../../engine/sql/ast/node.ts'
import type { QueryNode } from '../../../../engine/sql/ast/query.ts'
import type { InsertStatement } from '../../../../engine/sql/ast/statement.ts'
import { locate, type SourceText } from '../../../../engine/sql/parser/source-text.ts'
import { printQuery, printStatement } from '../../../../engine/sql/parser/print.ts'
import type { Planner, PlanningContext } from '../../../../engine/sql/session/planner.ts'
import { bindQuery } from '../../../../engine/sql/validate/bind-query.ts'
import type { QueryEnvironment, TableLookup } from '../../../../engine/sql/validate/query-environment.ts'
import { types, type RowType } from '../../../../engine/types/logical-type.ts'

const optionsOf = (source: SourceText) => ({
  sessionTimeZone: 'UTC',
  locate: (node: Node) => locate(source, node.span),
})

function environmentOf(
  context: PlanningContext,
  source: SourceText,
  catalog: string,
  database: string,
): QueryEnvironment {
  return {
    configuration: context.configuration,
    options: optionsOf(source),
    lookUp: (name): TableLookup | undefined => {
      const found = context.catalog.find(
        name.parts.map((part) => part.name),
        catalog,
        database,
      )
      if (found === undefined) return undefined
      const { path, object } = found
      if (object.kind === 'table') return { kind: 'table', path, table: object }
      const environment = environmentOf(context, object.source, object.catalog, object.database)
      return { kind: 'view', path, view: { query: object.expandedQuery, type: object.type, environment } }
    },
    tableNames: () => context.catalog.names(),
    commonTables: new Map(),
    warn: () => undefined,
  }
}

/** The statements as SQL, and the row a query gives. */
export interface BoundJob {
  readonly statements: readonly string[]
  readonly type: RowType | undefined
}

const isInserts = (statement: QueryNode | readonly InsertStatement[]): statement is readonly InsertStatement[] =>
  Array.isArray(statement)

function typeOf(query: QueryNode, context: PlanningContext): RowType {
  return bindQuery(query, environmentOf(context, context.source, context.currentCatalog, context.currentDatabase)).type
}

export const bindingPlanner: Planner<BoundJob> = {
  plan(statement, context) {
    if (!isInserts(statement)) return { statements: [printQuery(statement)], type: typeOf(statement, context) }
    for (const insert of statement) typeOf(insert.query, context)
    return { statements: statement.map(printStatement), type: undefined }
  },
  explain(statement, details, context) {
    const { statements } = bindingPlanner.plan(statement, context)
    return [...details, ...statements].join('\n')
  },
  queryType: typeOf,
  expressionType: (expression, columns, { source }) =>
    bindExpression(expression, scopeOfRow(types.row(columns, false), optionsOf(source))).type,
  functionNames,
}
