// Queries: SELECT, UNION, VALUES, WITH, ORDER BY.
import {
  typeToString,
  types,
  withNullability,
  withoutTimeAttribute,
  type LogicalType,
  type RowType,
} from '../../types/logical-type.ts'
import type { Cell } from '../../types/record-batch.ts'
import type {
  ExplicitTableQuery,
  ExpressionNode,
  OrderedQuery,
  OrderItem,
  QueryNode,
  SelectQuery,
  SetOperation,
  ValuesQuery,
  WithQuery,
} from '../ast/query.ts'
import { bindExpression } from '../expressions/bind-expression.ts'
import { castTo } from '../expressions/cast-to.ts'
import { commonType } from '../expressions/common-type.ts'
import type { Expression, SortExpression } from '../expressions/expression.ts'
import { foldConstants } from '../expressions/fold-constants.ts'
import { createScope } from '../expressions/scope.ts'
import { aggregate, columnsOf, project, sort, union, values } from '../plan/build-node.ts'
import type { LogicalNode } from '../plan/logical-node.ts'
import { bindSelect, bindSort, projectOutputs } from './bind-select.ts'
import { bindTable, oneRow, relationOf } from './bind-table.ts'
import { invalid, unsupported, type QueryEnvironment } from './query-environment.ts'

function columnNames(type: RowType): string[] {
  return type.fields.map((field) => field.name)
}

/** Brings every input to common column types; names are those of the first. */
function alignTypes(query: SetOperation, nodes: readonly LogicalNode[], environment: QueryEnvironment): LogicalNode[] {
  const [first] = nodes
  const width = first!.type.fields.length
  const name = `${query.operator}${query.all ? ' ALL' : ''}`
  if (nodes.some((node) => node.type.fields.length !== width)) {
    throw invalid(
      environment,
      query,
      `Column count mismatch in ${name}`,
      'Select the same number of columns on both sides.',
    )
  }
  const common = first!.type.fields.map((_, column) => {
    const sides = nodes.map((node) => node.type.fields[column]!.type)
    const type = unionType(sides)
    if (type !== undefined) return type
    throw invalid(
      environment,
      query,
      `Type mismatch in column ${column + 1} of ${name}`,
      `Cast one side: ${sides.map(typeToString).join(' and ')} have no common type.`,
    )
  })
  const names = columnNames(first!.type)
  return nodes.map((node) => {
    const expressions = columnsOf(node).map((expression, column) => castToNullable(expression, common[column]!))
    const same = expressions.every(
      (expression, column) =>
        expression === undefined || typeToString(expression.type) === typeToString(node.type.fields[column]!.type),
    )
    return same && columnNames(node.type).join() === names.join() ? node : project(node, expressions, names)
  })
}

/** A time attribute survives a union only where all sides have it. */
function unionType(sides: readonly LogicalType[]): LogicalType | undefined {
  const attributes = new Set(sides.map((side) => ('timeAttribute' in side ? side.timeAttribute : undefined)))
  const type = commonType(sides.map(withoutTimeAttribute))
  const [attribute] = attributes
  if (type === undefined || attributes.size > 1 || attribute === undefined) return type
  return { ...type, timeAttribute: attribute } as LogicalType
}

function castToNullable(expression: Expression, type: LogicalType): Expression {
  const aligned = withNullability(type, type.nullable)
  if (typeToString(withNullability(expression.type, true)) === typeToString(withNullability(aligned, true))) {
    return { ...expression, type: aligned }
  }
  return castTo(expression, aligned)
}

function bindSetOperation(query: SetOperation, environment: QueryEnvironment): LogicalNode {
  if (query.operator !== 'UNION') {
    const name = `${query.operator}${query.all ? ' ALL' : ''}`
    throw unsupported(environment, query, name, 'Use UNION ALL with GROUP BY and HAVING.')
  }
  const inputs = alignTypes(
    query,
    [bindQuery(query.left, environment), bindQuery(query.right, environment)],
    environment,
  )
  const flat = inputs.flatMap((input, index) => (index === 0 && input.kind === 'union' ? input.inputs : [input]))
  const all = union(query.all ? flat : inputs)
  return query.all
    ? all
    : aggregate(
        all,
        all.type.fields.map((_, index) => index),
        [],
      )
}

function bindRow(elements: readonly ExpressionNode[], environment: QueryEnvironment): Expression[] {
  return elements.map((element) => bindExpression(element, createScope([], environment.options)))
}

/** VALUES: constants become a table; anything else (RAND(), CURRENT_TIMESTAMP) is computed when the job runs. */
function bindValues(query: ValuesQuery, environment: QueryEnvironment): LogicalNode {
  const rows = query.rows.map((row) => bindRow(row.elements, environment))
  const width = rows[0]!.length
  if (rows.some((row) => row.length !== width)) {
    throw invalid(
      environment,
      query,
      'Values passed to VALUES operator must have compatible types',
      'Give every row the same number of values.',
    )
  }
  const columnTypes = rows[0]!.map((_, column) => {
    const sides = rows.map((row) => row[column]!.type)
    const type = commonType(sides)
    if (type !== undefined) return type
    throw invalid(
      environment,
      query,
      'Values passed to VALUES operator must have compatible types',
      `Cast the values of column ${column + 1} to one type.`,
    )
  })
  const names = columnTypes.map((_, index) => `EXPR$${index}`)
  const cast = rows.map((row) =>
    row.map((cell, column) => foldConstants(castToNullable(cell, columnTypes[column]!), environment.options)),
  )
  const literals = cast.map((row) => row.map(constantOf))
  if (literals.every((row) => row.every((cell) => cell !== undefined))) {
    const type = types.row(
      names.map((name, index) => ({ name, type: columnTypes[index]! })),
      false,
    )
    return values(type, literals)
  }
  const [first, ...others] = cast.map((row) => project(oneRow().node, row, names))
  return others.length === 0 ? first! : union([first!, ...others])
}

function constantOf(expression: Expression): Cell | undefined {
  return expression.kind === 'literal' ? expression.value : undefined
}

function bindWith(query: WithQuery, environment: QueryEnvironment): LogicalNode {
  if (query.recursive) throw unsupported(environment, query, 'WITH RECURSIVE', 'Unroll the recursion.')
  const commonTables = new Map(environment.commonTables)
  for (const table of query.tables) {
    const inner = { ...environment, commonTables: new Map(commonTables) }
    commonTables.set(table.name.name, () => {
      const node = bindQuery(table.query, inner)
      if (table.columns.length === 0) return relationOf(node)
      if (table.columns.length !== node.type.fields.length) {
        throw invalid(
          environment,
          table,
          `Number of columns of WITH '${table.name.name}' does not match its query`,
          'Name every column.',
        )
      }
      return relationOf(
        project(
          node,
          columnsOf(node),
          table.columns.map((each) => each.name),
        ),
      )
    })
  }
  return bindQuery(query.query, { ...environment, commonTables })
}

function bindExplicitTable(query: ExplicitTableQuery, environment: QueryEnvironment): LogicalNode {
  const reference = {
    kind: 'TableReference',
    name: query.name,
    hints: [],
    systemTime: undefined,
    alias: undefined,
    span: query.span,
  } as const
  return bindTable(reference, environment, bindQuery).node
}

function rowCount(node: ExpressionNode | undefined, environment: QueryEnvironment): number | undefined {
  if (node === undefined) return undefined
  if (node.kind === 'NumberLiteral' && node.form === 'integer') return Number(node.text)
  throw invalid(environment, node, 'LIMIT and OFFSET take a whole number.', 'Write the number itself.')
}

function sortExpression(expression: Expression, item: OrderItem): SortExpression {
  const descending = item.direction === 'DESC'
  return { expression, descending, nullsFirst: item.nulls === undefined ? !descending : item.nulls === 'FIRST' }
}

function bindOrdered(query: OrderedQuery, environment: QueryEnvironment): LogicalNode {
  const inner = query.query
  const bound =
    inner.kind === 'SelectQuery'
      ? bindSelect(inner, query.orderBy, environment, bindQuery)
      : bindSortOf(query, inner, environment)
  const orderBy = query.orderBy.map((item, index) => sortExpression(bound.sortKeys[index]!, item))
  const offset = rowCount(query.offset, environment) ?? 0
  const limit = rowCount(query.limit, environment)
  const sorted = sort(bound.node, orderBy, offset, limit)
  if (bound.node.type.fields.length === bound.visible) return sorted
  return project(sorted, columnsOf(sorted).slice(0, bound.visible), columnNames(sorted.type).slice(0, bound.visible))
}

/** ORDER BY behind UNION, VALUES and the like: its items are output columns. */
function bindSortOf(
  query: OrderedQuery,
  inner: QueryNode,
  environment: QueryEnvironment,
): ReturnType<typeof bindSelect> {
  const node = bindQuery(inner, environment)
  const relation = relationOf(node)
  const outputs = columnsOf(node).map((expression, index) => ({ expression, name: columnNames(node.type)[index]! }))
  const sortKeys = bindSort(query.orderBy, outputs, relation, environment)
  return projectOutputs(node, outputs, sortKeys)
}

function bindPlainSelect(query: SelectQuery, environment: QueryEnvironment): LogicalNode {
  return bindSelect(query, [], environment, bindQuery).node
}

export function bindQuery(query: QueryNode, environment: QueryEnvironment): LogicalNode {
  switch (query.kind) {
    case 'SelectQuery':
      return bindPlainSelect(query, environment)
    case 'SetOperation':
      return bindSetOperation(query, environment)
    case 'ValuesQuery':
      return bindValues(query, environment)
    case 'ExplicitTableQuery':
      return bindExplicitTable(query, environment)
    case 'OrderedQuery':
      return bindOrdered(query, environment)
    case 'WithQuery':
      return bindWith(query, environment)
  }
}
