// SELECT … FROM … WHERE … GROUP BY … HAVING.
import type { Expression } from '../expressions/expression.ts'
import { column, expressionKey, someExpression } from '../expressions/expression.ts'
import { bindCondition, bindExpression } from '../expressions/bind-expression.ts'
import { createScope } from '../expressions/scope.ts'
import type { Node } from '../ast/node.ts'
import type { StarItem } from '../ast/clause.ts'
import type { ExpressionNode, OrderItem, SelectItem, SelectQuery } from '../ast/query.ts'
import { aggregate, filter, project, uniqueNames } from '../plan/build-node.ts'
import { placeText } from '../parser/source-text.ts'
import type { LogicalNode } from '../plan/logical-node.ts'
import { windowColumnsOf, windowGroupingOf } from '../plan/window-properties.ts'
import { group, groupingSets, type Grouped, type Grouping } from './bind-grouping.ts'
import { bindTable, oneRow, type BindQuery } from './bind-table.ts'
import { expandLegacyWindow } from './expand-legacy-window.ts'
import {
  invalid,
  unsupported,
  type BoundRelation,
  type QueryEnvironment,
  type RelationColumn,
} from './query-environment.ts'

interface Output {
  readonly name: string
  readonly expression: Expression
}

/** A bound SELECT with what ORDER BY behind it may refer to. */
export interface BoundSelect {
  readonly node: LogicalNode
  /** Sort expressions, over the node's columns; columns from `visible` on are there for sorting only. */
  readonly sortKeys: readonly Expression[]
  readonly visible: number
}

function scopeOf(
  relation: BoundRelation,
  environment: QueryEnvironment,
  clause?: string,
): ReturnType<typeof createScope> {
  const scope = createScope(relation.columns, environment.options)
  return clause === undefined ? scope : { ...scope, clause }
}

function starColumns(
  star: StarItem,
  relation: BoundRelation,
  environment: QueryEnvironment,
): readonly RelationColumn[] {
  const visible = relation.columns.filter((each) => each.hidden !== true)
  if (visible.length === 0) throw invalid(environment, star, 'SELECT * requires a FROM clause', 'Add FROM and a table.')
  const qualifier = star.qualifier.at(-1)?.name
  if (qualifier === undefined) return visible
  const named = visible.filter((each) => each.relation === qualifier)
  if (named.length > 0) return named
  throw invalid(
    environment,
    star,
    `Unknown identifier '${qualifier}': no table of that name in FROM.`,
    'Use a table or alias of FROM.',
  )
}

function derivedName(item: ExpressionNode, position: number): string {
  const last = item.kind === 'ColumnReference' ? item.parts.at(-1)!.name : '$'
  if (!last.startsWith('$')) return last // `$` begins the planner's own columns
  if (item.kind === 'FieldAccess') return item.field.name
  return `EXPR$${position}`
}

function bindItem(
  item: SelectItem,
  position: number,
  relation: BoundRelation,
  environment: QueryEnvironment,
): Output[] {
  if (item.kind === 'StarItem') {
    return starColumns(item, relation, environment).map((each) => ({
      name: each.name,
      expression: column(each.index, each.name, each.type),
    }))
  }
  const expression = bindExpression(item.expression, scopeOf(relation, environment, 'SELECT'))
  if (item.expression.kind === 'NullLiteral') {
    throw invalid(environment, item.expression, "Illegal use of 'NULL'", 'Give it a type: CAST(NULL AS INT).')
  }
  return [{ name: item.alias?.name ?? derivedName(item.expression, position), expression }]
}

function bindItems(items: readonly SelectItem[], relation: BoundRelation, environment: QueryEnvironment): Output[] {
  const outputs: Output[] = []
  for (const item of items) outputs.push(...bindItem(item, outputs.length, relation, environment))
  return outputs
}

function bindGrouping(query: SelectQuery, relation: BoundRelation, environment: QueryEnvironment): Grouping {
  const keys: Expression[] = []
  const names: string[] = []
  const indexes = new Map<string, number>()
  const indexOf = (node: ExpressionNode): number => {
    const expression = bindExpression(node, scopeOf(relation, environment, 'GROUP BY'))
    const key = expressionKey(expression)
    const known = indexes.get(key)
    if (known !== undefined) return known
    indexes.set(key, keys.length)
    names.push(derivedName(node, keys.length))
    return keys.push(expression) - 1
  }
  const sets = groupingSets(query.groupBy ?? [], (item) => item.expressions.map(indexOf))
  return { keys, names, sets }
}

function refuse(query: SelectQuery, environment: QueryEnvironment): void {
  if (query.qualify !== undefined)
    throw unsupported(environment, query.qualify, 'QUALIFY', 'Filter in an outer SELECT.')
  if (query.windows.length > 0)
    throw unsupported(environment, query.windows[0]!, 'WINDOW', 'Aggregate by a window table function.')
  const hint = query.hints[0]
  if (hint !== undefined) throw unsupported(environment, hint, `The hint ${hint.name}`, 'Leave it out.')
}

function refuseOver(outputs: readonly Output[], query: SelectQuery, environment: QueryEnvironment): void {
  if (!outputs.some(({ expression }) => someExpression(expression, (each) => each.kind === 'over'))) return
  throw unsupported(
    environment,
    query,
    'OVER (running aggregates, ROW_NUMBER)',
    'Aggregate by key or by window instead.',
  )
}

/** ` (jobs/a.sql:12:10)`, ` (line 12, column 10)` where the text has no file; nothing where nobody knows. */
function placeOf(node: Node, environment: QueryEnvironment): string {
  const place = environment.options.locate?.(node)
  return place === undefined ? '' : ` (${placeText(place)})`
}

/** The trap of DESIGN: half of a window's bounds in GROUP BY is no window aggregation. */
function warnOfHalfWindow(node: LogicalNode, query: SelectQuery, environment: QueryEnvironment): void {
  if (node.kind !== 'aggregate') return
  const columns = windowColumnsOf(node.input)
  if (columns === undefined || windowGroupingOf(node.input, node.keys) !== undefined) return
  const has = (wanted: readonly number[]): boolean => wanted.some((each) => node.keys.includes(each))
  if (has(columns.starts) === has(columns.ends)) return
  const [present, missing] = has(columns.starts) ? ['window_start', 'window_end'] : ['window_end', 'window_start']
  environment.warn(
    `GROUP BY has ${present} but not ${missing}${placeOf(query.groupBy?.[0] ?? query, environment)}: as in Flink this is an updating aggregation, not a window aggregation: ` +
      `every row updates its result at once, late rows count, state is kept for ever. Add ${missing} to GROUP BY for a window aggregation.`,
  )
}

function sortTarget(item: OrderItem, outputs: readonly Output[]): number {
  const node = item.expression
  if (node.kind === 'NumberLiteral' && node.form === 'integer') return Number(node.text) - 1
  if (node.kind !== 'ColumnReference' || node.parts.length !== 1) return -1
  return outputs.findIndex((output) => output.name === node.parts[0]!.name)
}

/** ORDER BY reads select items by alias or position, else expressions over the same rows as SELECT. */
export function bindSort(
  items: readonly OrderItem[],
  outputs: readonly Output[],
  relation: BoundRelation,
  environment: QueryEnvironment,
): Expression[] {
  return items.map((item) => {
    const target = outputs[sortTarget(item, outputs)]
    return target?.expression ?? bindExpression(item.expression, scopeOf(relation, environment, 'ORDER BY'))
  })
}

function hasAggregate(expression: Expression): boolean {
  return someExpression(expression, (each) => each.kind === 'aggregate')
}

interface GroupedRelation {
  readonly grouped: Grouped
  readonly having: Expression | undefined
}

function groupIfAsked(
  query: SelectQuery,
  relation: BoundRelation,
  outputs: readonly Output[],
  environment: QueryEnvironment,
): GroupedRelation | undefined {
  const having =
    query.having === undefined
      ? undefined
      : bindCondition(query.having, scopeOf(relation, environment, 'HAVING'), 'HAVING')
  const isGrouped =
    query.groupBy !== undefined || having !== undefined || outputs.some(({ expression }) => hasAggregate(expression))
  if (!isGrouped) return undefined
  const all = having === undefined ? outputs : [...outputs, { name: '$having', expression: having }]
  const grouped = group(relation.node, bindGrouping(query, relation, environment), all)
  warnOfHalfWindow(grouped.node, query, environment)
  return { grouped, having }
}

/** The selected columns over grouped or plain rows, with hidden columns for the sort keys that are not among them. */
export function projectOutputs(
  node: LogicalNode,
  outputs: readonly Output[],
  sortKeys: readonly Expression[],
): BoundSelect {
  const expressions = outputs.map((output) => output.expression)
  const names = uniqueNames(outputs.map((output) => output.name))
  const positions = sortKeys.map((key) => {
    const known = expressions.findIndex((each) => expressionKey(each) === expressionKey(key))
    if (known >= 0) return known
    names.push(`$sort${expressions.length}`)
    return expressions.push(key) - 1
  })
  const projected = project(node, expressions, names)
  const keys = positions.map((position) => column(position, names[position]!, expressions[position]!.type))
  return { node: projected, sortKeys: keys, visible: outputs.length }
}

function distinct(select: BoundSelect, query: SelectQuery, environment: QueryEnvironment): BoundSelect {
  if (select.node.type.fields.length > select.visible) {
    throw invalid(
      environment,
      query,
      'ORDER BY of SELECT DISTINCT takes selected columns only.',
      'Select the column you sort by.',
    )
  }
  return {
    ...select,
    node: aggregate(
      select.node,
      select.node.type.fields.map((_, index) => index),
      [],
    ),
  }
}

/** Binds a SELECT; `orderBy` are the sort items of an ORDER BY right behind it. */
export function bindSelect(
  written: SelectQuery,
  orderBy: readonly OrderItem[],
  environment: QueryEnvironment,
  bindQuery: BindQuery,
): BoundSelect {
  refuse(written, environment)
  const from = written.from === undefined ? oneRow() : bindTable(written.from, environment, bindQuery)
  const filtered = (relation: BoundRelation): BoundRelation =>
    written.where === undefined
      ? relation
      : {
          ...relation,
          node: filter(relation.node, bindCondition(written.where, scopeOf(relation, environment, 'WHERE'), 'WHERE')),
        }
  const { query, relation } = expandLegacyWindow(written, filtered(from), environment)
  const outputs = bindItems(query.items, relation, environment)
  refuseOver(outputs, query, environment)
  const sorts = bindSort(orderBy, outputs, relation, environment)
  const all = [...outputs, ...sorts.map((expression) => ({ name: '$sort', expression }))]
  const grouped = groupIfAsked(query, relation, all, environment)
  if (grouped === undefined) {
    const select = projectOutputs(relation.node, outputs, sorts)
    return query.quantifier === 'DISTINCT' ? distinct(select, query, environment) : select
  }
  const { rewrite } = grouped.grouped
  const base =
    grouped.having === undefined ? grouped.grouped.node : filter(grouped.grouped.node, rewrite(grouped.having))
  const rewritten = outputs.map((output) => ({ ...output, expression: rewrite(output.expression) }))
  const select = projectOutputs(base, rewritten, sorts.map(rewrite))
  return query.quantifier === 'DISTINCT' ? distinct(select, query, environment) : select
}
