// The keys by which a node's changes can be applied as upserts: Flink's FlinkRelMdUpsertKeys.
import { withNullability, typeToString } from '../../types/logical-type.ts'
import type { Expression } from '../expressions/expression.ts'
import { visit, type LogicalNode } from './logical-node.ts'

/** A set of columns; no columns at all: there is one row. */
export type UpsertKey = readonly number[]

/** The column an expression passes on unchanged; a cast that only widens to nullable does not count as a change. */
function passedOn(expression: Expression): number | undefined {
  if (expression.kind === 'column') return expression.index
  if (expression.kind !== 'cast') return undefined
  const same =
    typeToString(withNullability(expression.type, true)) ===
    typeToString(withNullability(expression.operand.type, true))
  return same ? passedOn(expression.operand) : undefined
}

function throughExpressions(keys: readonly UpsertKey[], expressions: readonly Expression[]): UpsertKey[] {
  const places = new Map<number, number>()
  expressions.forEach((expression, index) => {
    const from = passedOn(expression)
    if (from !== undefined && !places.has(from)) places.set(from, index)
  })
  return keys.flatMap((key) => {
    const moved = key.map((column) => places.get(column))
    return moved.includes(undefined) ? [] : [moved as number[]]
  })
}

export function upsertKeysOf(node: LogicalNode): readonly UpsertKey[] {
  return visit<readonly UpsertKey[]>(node, {
    scan: () => [],
    'table-source': () => [],
    values: () => [],
    union: () => [],
    expand: () => [],
    'window-function': () => [],
    project: ({ input, expressions }) => throughExpressions(upsertKeysOf(input), expressions),
    calc: ({ input, expressions }) => throughExpressions(upsertKeysOf(input), expressions),
    filter: ({ input }) => upsertKeysOf(input),
    sort: ({ input }) => upsertKeysOf(input),
    sink: ({ input }) => upsertKeysOf(input),
    'watermark-assigner': ({ input }) => upsertKeysOf(input),
    aggregate: ({ keys }) => [keys.map((_, index) => index)],
    'window-aggregate': ({ keys, aggregates, properties }) => {
      const first = keys.length + aggregates.length
      const bound = properties.findIndex((property) => property === 'window_start' || property === 'window_end')
      return bound < 0 ? [] : [[...keys.keys(), first + bound]]
    },
  })
}

export function sameKey(left: UpsertKey, right: UpsertKey): boolean {
  return left.length === right.length && left.every((column) => right.includes(column))
}
