// The group windows of before the table functions: GROUP BY TUMBLE(rt, size) with TUMBLE_START(rt, size) in SELECT is
// read as a window function below and a GROUP BY of its columns. Source: Flink's deprecated group window aggregation.
import type { Identifier, Node } from '../ast/node.ts'
import type { ExpressionNode, FunctionCall, GroupItem, SelectQuery } from '../ast/query.ts'
import { bindExpression } from '../expressions/bind-expression.ts'
import { createScope } from '../expressions/scope.ts'
import { windowFunction } from '../plan/build-node.ts'
import {
  intervalArgument,
  isLtz,
  windowFunctionName,
  windowShape,
  windowTime,
  type WindowFunctionName,
} from './bind-window-function.ts'
import { invalid, unsupported, type BoundRelation, type QueryEnvironment } from './query-environment.ts'

const hiddenColumns = {
  START: '$window_start',
  END: '$window_end',
  ROWTIME: '$window_time',
  PROCTIME: '$window_time',
} as const
const parameters = { TUMBLE: ['SIZE'], HOP: ['SLIDE', 'SIZE'], SESSION: ['GAP'] } as const
type GroupWindowName = keyof typeof parameters

function callName(node: Node): string | undefined {
  if (node.kind !== 'FunctionCall') return undefined
  const { name } = node as FunctionCall
  return name.parts.length === 1 ? name.parts[0]!.name.toUpperCase() : undefined
}

function isGroupWindow(node: ExpressionNode): node is FunctionCall {
  const name = callName(node)
  return name !== undefined && name in parameters
}

function columnReference(name: string, span: Node['span']): ExpressionNode {
  const identifier: Identifier = { kind: 'Identifier', name, span }
  return { kind: 'ColumnReference', parts: [identifier], span }
}

/** The same tree with TUMBLE_START(…) and its siblings read as columns of the window. */
function replaceAuxiliaries<T>(node: T, window: GroupWindowName): T {
  if (Array.isArray(node)) return node.map((each: unknown) => replaceAuxiliaries(each, window)) as T
  if (typeof node !== 'object' || node === null) return node
  const name = callName(node as unknown as Node)
  const auxiliary = name?.startsWith(`${window}_`) === true ? name.slice(window.length + 1) : undefined
  if (auxiliary !== undefined && auxiliary in hiddenColumns) {
    return columnReference(hiddenColumns[auxiliary as keyof typeof hiddenColumns], (node as unknown as Node).span) as T
  }
  const entries = Object.entries(node).map(([key, value]) => [key, replaceAuxiliaries<unknown>(value, window)] as const)
  return Object.fromEntries(entries) as T
}

/** The grouping keys besides the window: the PARTITION BY of a session. */
function sessionKeys(items: readonly GroupItem[], relation: BoundRelation, environment: QueryEnvironment): number[] {
  return items.flatMap((item) => {
    if (item.kind === 'GroupingSets')
      throw unsupported(environment, item, `${item.type} with SESSION`, 'Use GROUP BY with plain keys.')
    return item.expressions
      .filter((expression) => !isGroupWindow(expression))
      .map((expression) => {
        const bound = bindExpression(expression, createScope(relation.columns, environment.options))
        if (bound.kind === 'column') return bound.index
        throw unsupported(
          environment,
          expression,
          'An expression beside SESSION in GROUP BY',
          'Compute the key in a subquery first.',
        )
      })
  })
}

function addWindow(
  call: FunctionCall,
  query: SelectQuery,
  relation: BoundRelation,
  environment: QueryEnvironment,
): BoundRelation {
  const name = callName(call) as GroupWindowName & WindowFunctionName
  const [timeNode, ...sizes] = call.arguments
  const wanted: readonly string[] = parameters[name]
  if (timeNode === undefined || sizes.length < wanted.length) {
    throw invalid(
      environment,
      call,
      `Invalid number of arguments to function '${name}'. Was expecting ${wanted.length + 1} arguments.`,
    )
  }
  if (sizes.length > wanted.length)
    throw unsupported(
      environment,
      call,
      `${name} with an offset in GROUP BY`,
      `Use TABLE(${name}(TABLE t, DESCRIPTOR(rt), …)).`,
    )
  const time = bindExpression(timeNode as ExpressionNode, createScope(relation.columns, environment.options))
  if (time.kind !== 'column')
    throw invalid(
      environment,
      timeNode,
      'Window aggregate can only be defined over a time attribute column.',
      'Give the rowtime column itself.',
    )
  const ms = (parameter: string): number =>
    parameter === 'OFFSET'
      ? 0
      : intervalArgument(sizes[wanted.indexOf(parameter)], call, name, environment, relation.node.type)
  const keys = name === 'SESSION' ? sessionKeys(query.groupBy ?? [], relation, environment) : []
  const shape = windowShape(name, ms, keys, call, environment)
  const windowedTime = windowTime(relation, time.index, () =>
    invalid(
      environment,
      timeNode,
      'Window aggregate can only be defined over a time attribute column.',
      'Declare WATERMARK FOR the column in CREATE TABLE.',
    ),
  )
  const windowed = windowFunction(relation.node, { shape, time: windowedTime, ltz: isLtz(windowedTime) })
  const hidden = windowed.type.fields.slice(relation.node.type.fields.length).map((field, index) => ({
    name: `$${field.name}`,
    type: field.type,
    index: relation.node.type.fields.length + index,
    hidden: true,
  }))
  return { node: windowed, columns: [...relation.columns, ...hidden] }
}

/** Gives the query and relation back unchanged where GROUP BY holds no group window. */
export function expandLegacyWindow(
  query: SelectQuery,
  relation: BoundRelation,
  environment: QueryEnvironment,
): { readonly query: SelectQuery; readonly relation: BoundRelation } {
  const calls = (query.groupBy ?? []).flatMap((item) =>
    item.kind === 'GroupingKeys' ? item.expressions.filter(isGroupWindow) : [],
  )
  const [call] = calls
  if (call === undefined) return { query, relation }
  const name = callName(call) as GroupWindowName
  if (windowFunctionName(name) === undefined || calls.length > 1) {
    throw unsupported(environment, call, 'More than one group window in GROUP BY', 'Use one window.')
  }
  const groupBy = (query.groupBy ?? []).map((item) => {
    if (item.kind !== 'GroupingKeys') return item
    const columns = ['$window_start', '$window_end', '$window_time'].map((column) => columnReference(column, call.span))
    return { ...item, expressions: item.expressions.flatMap((each) => (isGroupWindow(each) ? columns : [each])) }
  })
  const replaced = replaceAuxiliaries({ items: query.items, having: query.having }, name)
  return { query: { ...query, ...replaced, groupBy }, relation: addWindow(call, query, relation, environment) }
}
