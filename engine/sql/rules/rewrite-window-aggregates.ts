// GROUP BY window_start, window_end becomes a window aggregation: over the window function's own input where nothing in
// between looks at the window, else over the window columns the rows carry (attached). Source: Flink's
// PullUpWindowTableFunctionIntoWindowAggregateRule and StreamPhysicalWindowAggregateRule.
import type { AggregateCallSpec, WindowProperty } from '../../operators/operator-spec.ts'
import type { TimestampType } from '../../types/logical-type.ts'
import { column, type Expression } from '../expressions/expression.ts'
import { calc, columnsOf, windowAggregate } from '../plan/build-node.ts'
import { columnsRead } from '../plan/expression-columns.ts'
import {
  rewrite,
  typeOf,
  type AggregateNode,
  type LogicalNode,
  type LogicalWindow,
  type WindowAggregateNode,
  type WindowFunctionNode,
} from '../plan/logical-node.ts'
import { windowGroupingOf, type WindowGrouping } from '../plan/window-properties.ts'
import type { Rule } from './rule.ts'

/** The window function under an aggregation with the projection and filter in between. */
interface Source {
  readonly window: WindowFunctionNode
  readonly expressions: readonly Expression[]
  readonly condition: Expression | undefined
}

function sourceOf(input: LogicalNode): Source | undefined {
  if (input.kind === 'window-function') return { window: input, expressions: columnsOf(input), condition: undefined }
  if (input.kind !== 'calc' || input.input.kind !== 'window-function') return undefined
  return { window: input.input, expressions: input.expressions, condition: input.condition }
}

function argumentColumns(aggregates: readonly AggregateCallSpec[]): number[] {
  return aggregates.flatMap((call) => (call.filter === undefined ? call.arguments : [...call.arguments, call.filter]))
}

/** Nothing but the grouping itself looks at the window's columns. */
function isFreeOfWindow(source: Source, aggregate: AggregateNode, grouping: WindowGrouping): boolean {
  const width = source.window.input.type.fields.length
  const { starts, ends, times } = grouping.columns
  const ofWindow = new Set([...starts, ...ends, ...times])
  const used = source.expressions.filter((_, index) => !ofWindow.has(index))
  const read = columnsRead([...used, ...(source.condition === undefined ? [] : [source.condition])])
  return (
    read.every((each) => each < width) && argumentColumns(aggregate.aggregates).every((each) => !ofWindow.has(each))
  )
}

interface Placed {
  readonly input: LogicalNode
  readonly window: LogicalWindow
  /** New column of each column of the aggregation's old input; undefined for window columns. */
  readonly place: (column: number) => number
}

/** The window function's input with the columns that the aggregation reads, and the rowtime last. */
function pullUp(source: Source, grouping: WindowGrouping): Placed {
  const { window } = source
  const { starts, ends, times } = grouping.columns
  const ofWindow = new Set([...starts, ...ends, ...times])
  const kept = source.expressions.flatMap((expression, index) => (ofWindow.has(index) ? [] : [{ expression, index }]))
  const places = new Map(kept.map(({ index }, position) => [index, position]))
  const place = (index: number): number => places.get(index)!
  const expressions = kept.map(({ expression }) => expression)
  const names = kept
    .map(({ index }) => source.expressions[index]!)
    .map((each, position) => (each.kind === 'column' ? each.name : `$f${position}`))
  const { shape, time } = window.window
  const moved = { ...window.window }
  if (time.kind === 'rowtime') {
    const field = window.input.type.fields[time.column]!
    const known = expressions.findIndex((each) => each.kind === 'column' && each.index === time.column)
    const at = known >= 0 ? known : expressions.push(column(time.column, field.name, field.type)) - 1
    if (known < 0) names.push(field.name)
    moved.time = { ...time, column: at }
  }
  const keys = grouping.columns.partitionKeys
  if (shape.kind === 'session') moved.shape = { ...shape, partitionKeys: (keys ?? []).map(place) }
  return { input: calc(window.input, expressions, names, source.condition), window: moved, place }
}

function attach(aggregate: AggregateNode, grouping: WindowGrouping): Placed {
  const { starts, ends, window } = grouping.columns
  const [windowStart] = starts.filter((each) => aggregate.keys.includes(each))
  const [windowEnd] = ends.filter((each) => aggregate.keys.includes(each))
  const time = { kind: 'attached', windowStart: windowStart!, windowEnd: windowEnd! } as const
  const shape = window.shape.kind === 'session' ? { ...window.shape, partitionKeys: [] } : window.shape
  return { input: aggregate.input, window: { shape, time, ltz: window.ltz }, place: (index) => index }
}

function propertyOf(key: number, grouping: WindowGrouping): WindowProperty | undefined {
  if (grouping.columns.starts.includes(key)) return 'window_start'
  if (grouping.columns.ends.includes(key)) return 'window_end'
  return grouping.columns.times.includes(key) ? 'window_time' : undefined
}

/** The aggregation's own layout (keys in their order, then results) over the window aggregation's. */
function restoreLayout(node: WindowAggregateNode, aggregate: AggregateNode, grouping: WindowGrouping): LogicalNode {
  const read = (from: number): Expression => column(from, node.type.fields[from]!.name, typeOf(node, from))
  const results = node.keys.length
  const properties = results + node.aggregates.length
  const keys = aggregate.keys.map((key) => {
    const property = propertyOf(key, grouping)
    return property === undefined
      ? read(grouping.keys.indexOf(key))
      : read(properties + node.properties.indexOf(property))
  })
  const calls = node.aggregates.map((_, index) => read(results + index))
  const names = aggregate.type.fields.map((field) => field.name)
  return calc(node, [...keys, ...calls], names, undefined)
}

function rewriteAggregate(aggregate: LogicalNode): LogicalNode {
  if (aggregate.kind !== 'aggregate') return aggregate
  const grouping = windowGroupingOf(aggregate.input, aggregate.keys)
  if (grouping === undefined) return aggregate
  const source = grouping.columns.aggregated ? undefined : sourceOf(aggregate.input)
  const placed =
    source !== undefined && isFreeOfWindow(source, aggregate, grouping)
      ? pullUp(source, grouping)
      : attach(aggregate, grouping)
  const calls = aggregate.aggregates.map((call) => ({
    ...call,
    arguments: call.arguments.map(placed.place),
    filter: call.filter === undefined ? undefined : placed.place(call.filter),
  }))
  const timeKey = aggregate.keys.find((key) => propertyOf(key, grouping) === 'window_time')
  const properties: WindowProperty[] = [
    'window_start',
    'window_end',
    ...(timeKey === undefined ? [] : ['window_time' as const]),
  ]
  const timeType = timeKey === undefined ? undefined : (typeOf(aggregate.input, timeKey) as TimestampType)
  const keys = grouping.keys.map(placed.place)
  const node = windowAggregate(placed.input, placed.window, keys, calls, properties, timeType)
  return restoreLayout(node, aggregate, grouping)
}

export const rewriteWindowAggregates: Rule = {
  name: 'rewrite-window-aggregates',
  apply: (roots) => roots.map((root) => rewrite(root, rewriteAggregate)),
}
