// Aggregate calls, and calls with OVER.
import { withNullability, type LogicalType } from '../../types/logical-type.ts'
import type { Node } from '../ast/node.ts'
import type { AggregateClauses, FunctionCall, OrderItem, WindowFrameBound } from '../ast/query.ts'
import { takesManyOperands, type AggregateDefinition } from './aggregate-catalog.ts'
import { located, type Binder } from './binder.ts'
import { findExpressions, type Expression, type FrameBound, type OverFrame, type SortExpression } from './expression.ts'
import { fitOperands, refuseOperands, valueArguments } from './make-call.ts'
import { invalidExpression, unsupportedExpression } from './scope.ts'

function aggregateOperands(binder: Binder, node: FunctionCall, definition: AggregateDefinition): Expression[] {
  const [first] = node.arguments
  if (definition.name === 'COUNT' && node.arguments.length === 1 && first!.kind === 'StarArgument') return []
  const operands = valueArguments(binder, node).map((argument) => binder.bind(argument))
  const { length } = definition.operands
  if (definition.name === 'COUNT' && operands.length > 1) {
    throw invalidExpression(binder.scope.options, node, 'We now only support the count of one field.')
  }
  const required = definition.name === 'COUNT' ? 1 : length - definition.optional
  const isMany = takesManyOperands(definition)
  if (operands.length < required || (!isMany && operands.length > length)) {
    throw invalidExpression(
      binder.scope.options,
      node,
      `Invalid number of arguments to function '${definition.name}'. Was expecting ${required} arguments`,
    )
  }
  const fitted = fitOperands(definition.operands, operands)
  if (fitted === undefined) {
    throw refuseOperands(
      binder,
      node,
      definition.name,
      operands,
      `${definition.name}(${definition.operands.map((rule) => rule.label).join(', ')})`,
    )
  }
  return fitted
}

function bindFilter(binder: Binder, clauses: AggregateClauses): Expression | undefined {
  if (clauses.filter === undefined) return undefined
  const filter = binder.bind(clauses.filter)
  if (filter.type.kind === 'BOOLEAN') return filter
  throw invalidExpression(binder.scope.options, clauses.filter, 'FILTER clause must be a condition')
}

/** The rest of an aggregate call, common to plain and JSON aggregates. */
export function makeAggregate(
  binder: Binder,
  node: Node & AggregateClauses,
  definition: AggregateDefinition,
  operands: readonly Expression[],
  distinct: boolean,
  options?: Readonly<Record<string, unknown>>,
): Expression {
  const { options: scopeOptions } = binder.scope
  const nested = operands.flatMap((operand) => findExpressions(operand, (each) => each.kind === 'aggregate'))
  if (nested.length > 0) throw invalidExpression(scopeOptions, node, 'Aggregate expressions cannot be nested')
  if (node.nullTreatment !== undefined) throw unsupportedExpression(scopeOptions, node, node.nullTreatment)
  if (node.orderBy.length > 0) throw unsupportedExpression(scopeOptions, node, `ORDER BY inside ${definition.name}`)
  const type = definition.type(operands.map((operand) => operand.type))
  if (node.over !== undefined) return bindOver(binder, node, definition, operands, distinct, type)
  if (definition.isWindowOnly) {
    throw invalidExpression(scopeOptions, node, `OVER clause is necessary for window functions: ${definition.name}`)
  }
  if (['WHERE', 'GROUP BY', 'ON'].includes(binder.scope.clause ?? '')) {
    throw invalidExpression(scopeOptions, node, `Aggregate expression is illegal in ${binder.scope.clause} clause`)
  }
  const filter = bindFilter(binder, node)
  const resultType =
    filter === undefined || definition.neverNull || type.kind === 'MULTISET' ? type : withNullability(type, true)
  return located(binder, node, {
    kind: 'aggregate',
    name: definition.name,
    operands,
    distinct,
    filter,
    type: resultType,
    options,
  })
}

export function bindAggregate(binder: Binder, node: FunctionCall, definition: AggregateDefinition): Expression {
  const operands = aggregateOperands(binder, node, definition)
  return makeAggregate(binder, node, definition, operands, node.quantifier === 'DISTINCT')
}

function bindOver(
  binder: Binder,
  node: Node & AggregateClauses,
  definition: AggregateDefinition,
  operands: readonly Expression[],
  distinct: boolean,
  type: LogicalType,
): Expression {
  const { clause, options } = binder.scope
  if (clause === 'WHERE' || clause === 'HAVING' || clause === 'GROUP BY' || clause === 'ON') {
    throw invalidExpression(
      options,
      node,
      `Windowed aggregate expression is illegal in ${clause} clause`,
      'Compute it in a subquery and filter outside.',
    )
  }
  const window = node.over!
  if (window.kind === 'Identifier' || window.base !== undefined)
    throw unsupportedExpression(options, window, 'A named window', 'Write the window in OVER (…).')
  if (node.filter !== undefined) throw unsupportedExpression(options, node, 'FILTER with OVER')
  return located(binder, node, {
    kind: 'over',
    name: definition.name,
    operands,
    distinct,
    partitionBy: window.partitionBy.map((each) => binder.bind(each)),
    orderBy: window.orderBy.map((item) => bindSort(binder, item)),
    frame: window.frame && bindFrame(binder, window.frame.unit, window.frame.start, window.frame.end),
    type,
  })
}

function bindSort(binder: Binder, item: OrderItem): SortExpression {
  const descending = item.direction === 'DESC'
  const nullsFirst = item.nulls === undefined ? !descending : item.nulls === 'FIRST'
  return { expression: binder.bind(item.expression), descending, nullsFirst }
}

function bindFrame(
  binder: Binder,
  unit: 'ROWS' | 'RANGE',
  start: WindowFrameBound,
  end: WindowFrameBound | undefined,
): OverFrame {
  return {
    unit: unit === 'ROWS' ? 'rows' : 'range',
    start: bindBound(binder, start),
    end: end === undefined ? { kind: 'current-row' } : bindBound(binder, end),
  }
}

function bindBound(binder: Binder, bound: WindowFrameBound): FrameBound {
  switch (bound.type) {
    case 'UNBOUNDED PRECEDING':
      return { kind: 'unbounded-preceding' }
    case 'UNBOUNDED FOLLOWING':
      return { kind: 'unbounded-following' }
    case 'CURRENT ROW':
      return { kind: 'current-row' }
    case 'PRECEDING':
    case 'FOLLOWING':
      return { kind: bound.type === 'PRECEDING' ? 'preceding' : 'following', offset: binder.bind(bound.offset!) }
  }
}
