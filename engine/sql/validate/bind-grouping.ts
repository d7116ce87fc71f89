// GROUP BY and aggregate calls: SELECT and HAVING over groups become a projection, an aggregation and expressions over
// its result.
import type { AggregateCallSpec } from '../../operators/operator-spec.ts'
import { FlinktsError } from '../../common/errors.ts'
import { types, withNullability, type LogicalType } from '../../types/logical-type.ts'
import { findAggregate } from '../expressions/aggregate-catalog.ts'
import type { GroupItem } from '../ast/query.ts'
import {
  column,
  expressionKey,
  findExpressions,
  literal,
  replaceExpressions,
  type AggregateExpression,
  type ColumnExpression,
  type Expression,
} from '../expressions/expression.ts'
import { aggregate, columnsOf, expand, project, uniqueNames } from '../plan/build-node.ts'
import type { LogicalNode } from '../plan/logical-node.ts'

/** One or more sets of keys, as indexes into the distinct key expressions. */
export interface Grouping {
  readonly keys: readonly Expression[]
  readonly names: readonly string[]
  readonly sets: readonly (readonly number[])[]
}

/** The sets of one GROUP BY item, each a list of key indexes. */
function setsOfItem(item: GroupItem, indexOf: (item: GroupItem & { kind: 'GroupingKeys' }) => number[]): number[][] {
  if (item.kind === 'GroupingKeys') return [indexOf(item)]
  const elements = item.items.map((each) => setsOfItem(each, indexOf))
  switch (item.type) {
    case 'GROUPING SETS':
      return elements.flat()
    case 'ROLLUP': {
      const parts = elements.map((sets) => sets[0]!)
      return Array.from({ length: parts.length + 1 }, (_, dropped) => parts.slice(0, parts.length - dropped).flat())
    }
    case 'CUBE': {
      const parts = elements.map((sets) => sets[0]!)
      const count = 1 << parts.length
      return Array.from({ length: count }, (_, index) => {
        const mask = count - 1 - index
        return parts.flatMap((part, at) => ((mask >> (parts.length - 1 - at)) & 1 ? part : []))
      })
    }
  }
}

/** All grouping sets of a GROUP BY: the cross product of its items. */
export function groupingSets(
  items: readonly GroupItem[],
  indexOf: (item: GroupItem & { kind: 'GroupingKeys' }) => number[],
): number[][] {
  return items.reduce<number[][]>(
    (sets, item) => {
      const added = setsOfItem(item, indexOf)
      return sets.flatMap((set) => added.map((more) => [...new Set([...set, ...more])]))
    },
    [[]],
  )
}

/** Collects the columns an aggregation needs in front of it, each distinct expression once. */
class Columns {
  readonly expressions: Expression[] = []
  readonly names: string[] = []
  readonly #indexes = new Map<string, number>()

  add(expression: Expression, name: string): number {
    const key = expressionKey(expression)
    const known = this.#indexes.get(key)
    if (known !== undefined) return known
    this.#indexes.set(key, this.expressions.length)
    this.names.push(expression.kind === 'column' ? expression.name : name)
    return this.expressions.push(expression) - 1
  }

  /** What was added so far is not shared with what comes. */
  seal(): void {
    this.#indexes.clear()
  }
}

/** `isTotal`: some group may be of no rows, where all but counts are NULL. */
function callOf(
  call: AggregateExpression,
  name: string,
  columns: Columns,
  position: number,
  isTotal: boolean,
): AggregateCallSpec {
  const argument = (operand: Expression, index: number): number => columns.add(operand, `$f${position}_${index}`)
  return {
    function: call.name,
    arguments: call.operands.map(argument),
    filter: call.filter === undefined ? undefined : argument(call.filter, call.operands.length),
    distinct: call.distinct,
    name,
    resultType: isTotal ? typeOverNoRows(call) : call.type,
  }
}

/** Aggregates whose type Flink leaves NOT NULL over no rows, though their value there is NULL. */
const keptNotNull: readonly string[] = ['LISTAGG', 'COLLECT', 'JSON_ARRAYAGG', 'JSON_OBJECTAGG']

function typeOverNoRows(call: AggregateExpression): LogicalType {
  const isKept = keptNotNull.includes(call.name) || findAggregate(call.name)?.neverNull === true
  return isKept ? call.type : withNullability(call.type, true)
}

/** The result of grouping: the plan, and how expressions over the ungrouped rows read its columns. */
export interface Grouped {
  readonly node: LogicalNode
  /** Keys and aggregates become columns; anything else of the ungrouped row is refused. */
  readonly rewrite: (expression: Expression) => Expression
}

function notGrouped(name: ColumnExpression): FlinktsError {
  return new FlinktsError('SQL_VALIDATION', `Expression '${name.name}' is not being grouped.`, {
    location: name.location,
    fix: `Add ${name.name} to GROUP BY, or aggregate it, e.g. MAX(${name.name}).`,
  })
}

const groupingCalls: readonly string[] = ['GROUPING', 'GROUPING_ID']

/** GROUPING(a, b): bit i from the left is 1 where a set does not group by that key; `expandId` tells the sets apart. */
function groupingValue(call: AggregateExpression, grouping: Grouping, expandId: Expression | undefined): Expression {
  const keys = grouping.keys.map(expressionKey)
  const operands = call.operands.map((operand) => {
    const index = keys.indexOf(expressionKey(operand))
    if (index >= 0) return index
    throw new FlinktsError('SQL_VALIDATION', `Argument to operator '${call.name}' must be a grouped expression.`, {
      location: call.location,
    })
  })
  const valueOf = (set: readonly number[]): number =>
    operands.reduce((bits, key) => bits * 2 + (set.includes(key) ? 0 : 1), 0)
  const values = grouping.sets.map((set) => literal(valueOf(set), call.type))
  if (expandId === undefined) return values[0]!
  const is = (id: number): Expression => ({
    kind: 'call',
    name: '=',
    operands: [expandId, literal(id, expandId.type)],
    type: types.boolean(false),
  })
  return {
    kind: 'case',
    branches: values.slice(0, -1).map((value, id) => ({ when: is(id), then: value })),
    otherwise: values.at(-1)!,
    type: call.type,
  }
}

/** For several grouping sets: every row once per set, keys outside the set NULL, a set number last. */
function expandSets(node: LogicalNode, keyCount: number, sets: readonly (readonly number[])[]): LogicalNode {
  const all = columnsOf(node)
  const nullable = node.type.fields.map((field, index) =>
    index < keyCount && sets.some((set) => !set.includes(index))
      ? { ...field, type: { ...field.type, nullable: true } }
      : field,
  )
  const idType = types.bigint(false)
  const projections = sets.map((set, id) => [
    ...all.map((expression, index) =>
      index < keyCount && !set.includes(index)
        ? literal(null, nullable[index]!.type)
        : { ...expression, type: nullable[index]!.type },
    ),
    literal(id, idType),
  ])
  return expand(node, projections, types.row([...nullable, { name: '$e', type: idType }], false))
}

export interface GroupOutput {
  readonly expression: Expression
  readonly name: string
}

/** The distinct aggregate calls of the outputs, by structure; a call that is a whole output takes its name. */
function collectCalls(
  outputs: readonly GroupOutput[],
  columns: Columns,
  isTotal: boolean,
): Map<string, AggregateCallSpec> {
  const calls = new Map<string, AggregateCallSpec>()
  for (const { expression, name } of outputs) {
    for (const call of findExpressions(expression, (each) => each.kind === 'aggregate') as AggregateExpression[]) {
      const key = expressionKey(call)
      if (groupingCalls.includes(call.name) || calls.has(key)) continue
      const callName = expression === call ? name : `EXPR$${calls.size}`
      calls.set(key, callOf(call, callName, columns, calls.size, isTotal))
    }
  }
  return calls
}

/**
 * Groups `node`. `outputs` are all expressions that will be read from the groups (SELECT and HAVING), with names for
 * their aggregates.
 */
export function group(node: LogicalNode, grouping: Grouping, outputs: readonly GroupOutput[]): Grouped {
  const columns = new Columns()
  const keys = grouping.keys.map((key, index) => columns.add(key, grouping.names[index]!))
  const isExpanded = grouping.sets.length > 1
  if (isExpanded) columns.seal() // a key that is also aggregated stays itself where its set leaves it out
  const isTotal = grouping.sets.some((set) => set.length === 0)
  const calls = collectCalls(outputs, columns, isTotal)
  let input: LogicalNode = project(node, columns.expressions, uniqueNames(columns.names))
  if (isExpanded) input = expandSets(input, keys.length, grouping.sets)
  const groupKeys = isExpanded ? [...keys, input.type.fields.length - 1] : keys
  const keyNames = groupKeys.map((key) => input.type.fields[key]!.name)
  const names = uniqueNames([...keyNames, ...[...calls.values()].map((call) => call.name)])
  const named = [...calls.values()].map((call, index) => ({ ...call, name: names[groupKeys.length + index]! }))
  const grouped = aggregate(input, groupKeys, named)
  const positions = new Map([
    ...grouping.keys.map((key, index) => [expressionKey(key), index] as const),
    ...[...calls.keys()].map((key, index) => [key, groupKeys.length + index] as const),
  ])
  return { node: grouped, rewrite: rewriteOver(grouped, grouping, positions, isExpanded ? keys.length : undefined) }
}

/** Reads keys and aggregates, by structure, from the grouped rows. `expandId`: the column that tells the sets apart. */
function rewriteOver(
  grouped: LogicalNode,
  grouping: Grouping,
  positions: ReadonlyMap<string, number>,
  expandId: number | undefined,
): Grouped['rewrite'] {
  const read = (index: number): Expression => {
    const field = grouped.type.fields[index]!
    return column(index, field.name, field.type)
  }
  const replace = (expression: Expression): Expression | undefined => {
    const position = positions.get(expressionKey(expression))
    if (position !== undefined) return read(position)
    if (expression.kind === 'column') throw notGrouped(expression)
    if (expression.kind !== 'aggregate') return undefined
    return groupingValue(expression, grouping, expandId === undefined ? undefined : read(expandId))
  }
  return (expression) => replaceExpressions(expression, replace)
}
