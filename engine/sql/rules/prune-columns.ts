// Drops columns nobody reads, from the sinks down into the sources (projection push-down).
import type { AggregateCallSpec } from '../../operators/operator-spec.ts'
import type { WindowShape } from '../../windows/window-spec.ts'
import { column } from '../expressions/expression.ts'
import {
  aggregate,
  calc,
  expand,
  sort,
  tableSource,
  values,
  watermarkAssigner,
  windowAggregate,
  windowFunction,
} from '../plan/build-node.ts'
import { columnsRead, moveColumns } from '../plan/expression-columns.ts'
import {
  typeOf,
  visit,
  withInputs,
  type AggregateNode,
  type ExpandNode,
  type LogicalNode,
  type LogicalWindow,
  type SortNode,
  type TableSourceNode,
  type WatermarkAssignerNode,
  type WindowAggregateNode,
  type WindowFunctionNode,
} from '../plan/logical-node.ts'
import type { TimestampType } from '../../types/logical-type.ts'
import type { Rule } from './rule.ts'

/** A node that gives some of the columns of the one it replaces: `columns[i]` is the old index of column i. */
interface Pruned {
  readonly node: LogicalNode
  readonly columns: readonly number[]
}

type Place = (column: number) => number

function sorted(columns: Iterable<number>): number[] {
  return [...new Set(columns)].sort((left, right) => left - right)
}

function placeIn(columns: readonly number[]): Place {
  const places = new Map(columns.map((old, index) => [old, index]))
  return (old) => places.get(old)!
}

/** Exactly these columns, in this order. */
function exactly(node: LogicalNode, required: readonly number[]): LogicalNode {
  const pruned = prune(node, required)
  if (pruned.columns.length === required.length && pruned.columns.every((each, index) => each === required[index]))
    return pruned.node
  const place = placeIn(pruned.columns)
  const expressions = required.map((old) => {
    const field = node.type.fields[old]!
    return column(place(old), field.name, typeOf(pruned.node, place(old)))
  })
  return calc(
    pruned.node,
    expressions,
    required.map((old) => node.type.fields[old]!.name),
    undefined,
  )
}

/** Prunes an input that may give more than was asked for. */
function pruneInput(
  node: LogicalNode,
  required: Iterable<number>,
): { readonly input: LogicalNode; readonly place: Place; readonly columns: readonly number[] } {
  const pruned = prune(node, sorted(required))
  return { input: pruned.node, place: placeIn(pruned.columns), columns: pruned.columns }
}

function pruneTableSource(node: TableSourceNode, required: readonly number[]): Pruned {
  const { watermark } = node
  const kept = sorted([
    ...required,
    ...(watermark === undefined ? [] : [watermark.rowtime, ...columnsRead([watermark.expression])]),
  ])
  const expressions = kept.map((index) => node.expressions[index]!)
  const positions = columnsRead(expressions)
  const place = placeIn(positions)
  const move = placeIn(kept)
  const moved = watermark && {
    ...watermark,
    rowtime: move(watermark.rowtime),
    expression: moveColumns(watermark.expression, move),
  }
  const from = { ...node, columns: positions.map((position) => node.columns[position]!) }
  const names = kept.map((index) => node.type.fields[index]!.name)
  const pruned = tableSource(
    from,
    expressions.map((expression) => moveColumns(expression, place)),
    names,
    moved,
  )
  return { node: pruned, columns: kept }
}

function pruneWatermarkAssigner(node: WatermarkAssignerNode, required: readonly number[]): Pruned {
  const { input, place, columns } = pruneInput(node.input, [
    ...required,
    node.rowtime,
    ...columnsRead([node.watermark]),
  ])
  return {
    node: watermarkAssigner(input, place(node.rowtime), moveColumns(node.watermark, place), node.options),
    columns,
  }
}

function windowReads(window: LogicalWindow): number[] {
  const { shape, time } = window
  const keys = shape.kind === 'session' ? shape.partitionKeys : []
  if (time.kind === 'rowtime') return [...keys, time.column]
  return time.kind === 'attached' ? [time.windowStart, time.windowEnd] : [...keys]
}

function moveWindow(window: LogicalWindow, place: Place): LogicalWindow {
  const { time } = window
  const isAttached = time.kind === 'attached'
  const shape: WindowShape =
    window.shape.kind === 'session' && !isAttached
      ? { ...window.shape, partitionKeys: window.shape.partitionKeys.map(place) }
      : window.shape
  if (time.kind === 'rowtime') return { ...window, shape, time: { ...time, column: place(time.column) } }
  if (!isAttached) return { ...window, shape }
  return { ...window, shape, time: { ...time, windowStart: place(time.windowStart), windowEnd: place(time.windowEnd) } }
}

function pruneWindowFunction(node: WindowFunctionNode, required: readonly number[]): Pruned {
  const width = node.input.type.fields.length
  const own = required.filter((each) => each < width)
  const { input, place, columns } = pruneInput(node.input, [...own, ...windowReads(node.window)])
  return {
    node: windowFunction(input, moveWindow(node.window, place)),
    columns: [...columns, width, width + 1, width + 2],
  }
}

function callReads(calls: readonly AggregateCallSpec[]): number[] {
  return calls.flatMap((call) => (call.filter === undefined ? call.arguments : [...call.arguments, call.filter]))
}

function moveCall(call: AggregateCallSpec, place: Place): AggregateCallSpec {
  return {
    ...call,
    arguments: call.arguments.map(place),
    filter: call.filter === undefined ? undefined : place(call.filter),
  }
}

/** Keys stay (they are the groups); results nobody reads go. */
function keptCalls(node: AggregateNode | WindowAggregateNode, required: readonly number[]): readonly number[] {
  return node.aggregates.map((_, index) => index).filter((index) => required.includes(node.keys.length + index))
}

function pruneAggregate(node: AggregateNode, required: readonly number[]): Pruned {
  const kept = keptCalls(node, required)
  const calls = kept.map((index) => node.aggregates[index]!)
  const { input, place } = pruneInput(node.input, [...node.keys, ...callReads(calls)])
  const pruned = aggregate(
    input,
    node.keys.map(place),
    calls.map((call) => moveCall(call, place)),
  )
  return { node: pruned, columns: [...node.keys.keys(), ...kept.map((index) => node.keys.length + index)] }
}

function pruneWindowAggregate(node: WindowAggregateNode, required: readonly number[]): Pruned {
  const kept = keptCalls(node, required)
  const calls = kept.map((index) => node.aggregates[index]!)
  const results = node.keys.length
  const first = results + node.aggregates.length
  const properties = node.properties.map((_, index) => index).filter((index) => required.includes(first + index))
  const { input, place } = pruneInput(node.input, [...node.keys, ...callReads(calls), ...windowReads(node.window)])
  const timeAt = node.properties.indexOf('window_time')
  const pruned = windowAggregate(
    input,
    moveWindow(node.window, place),
    node.keys.map(place),
    calls.map((call) => moveCall(call, place)),
    properties.map((index) => node.properties[index]!),
    timeAt < 0 ? undefined : (typeOf(node, first + timeAt) as TimestampType),
  )
  return {
    node: pruned,
    columns: [
      ...node.keys.keys(),
      ...kept.map((index) => results + index),
      ...properties.map((index) => first + index),
    ],
  }
}

function pruneExpand(node: ExpandNode, required: readonly number[]): Pruned {
  const projections = node.projections.map((projection) => required.map((index) => projection[index]!))
  const { input, place } = pruneInput(node.input, columnsRead(projections.flat()))
  const moved = projections.map((projection) => projection.map((each) => moveColumns(each, place)))
  const type = { ...node.type, fields: required.map((index) => node.type.fields[index]!) }
  return { node: expand(input, moved, type), columns: required }
}

function pruneSort(node: SortNode, required: readonly number[]): Pruned {
  const { input, place, columns } = pruneInput(node.input, [
    ...required,
    ...columnsRead(node.orderBy.map((each) => each.expression)),
  ])
  const orderBy = node.orderBy.map((each) => ({ ...each, expression: moveColumns(each.expression, place) }))
  return { node: sort(input, orderBy, node.offset, node.limit), columns }
}

function prune(node: LogicalNode, required: readonly number[]): Pruned {
  return visit<Pruned>(node, {
    scan: (each) => ({ node: each, columns: each.columns.map((_, index) => index) }),
    'table-source': (each) => pruneTableSource(each, required),
    values: (each) => ({
      node: values(
        { ...each.type, fields: required.map((index) => each.type.fields[index]!) },
        each.rows.map((row) => required.map((index) => row[index]!)),
      ),
      columns: required,
    }),
    project: (each) =>
      prune(
        calc(
          each.input,
          each.expressions,
          each.type.fields.map((field) => field.name),
          undefined,
        ),
        required,
      ),
    filter: (each) => {
      const { input, place, columns } = pruneInput(each.input, [...required, ...columnsRead([each.condition])])
      return { node: { ...each, input, condition: moveColumns(each.condition, place), type: input.type }, columns }
    },
    calc: (each) => {
      const expressions = required.map((index) => each.expressions[index]!)
      const read = columnsRead(each.condition === undefined ? expressions : [...expressions, each.condition])
      const { input, place } = pruneInput(each.input, read)
      const condition = each.condition && moveColumns(each.condition, place)
      const moved = expressions.map((expression) => moveColumns(expression, place))
      return {
        node: calc(
          input,
          moved,
          required.map((index) => each.type.fields[index]!.name),
          condition,
        ),
        columns: required,
      }
    },
    'watermark-assigner': (each) => pruneWatermarkAssigner(each, required),
    'window-function': (each) => pruneWindowFunction(each, required),
    aggregate: (each) => pruneAggregate(each, required),
    'window-aggregate': (each) => pruneWindowAggregate(each, required),
    expand: (each) => pruneExpand(each, required),
    union: (each) => {
      const inputs = each.inputs.map((input) => exactly(input, required))
      return { node: { ...each, inputs, type: inputs[0]!.type }, columns: required }
    },
    sort: (each) => pruneSort(each, required),
    sink: (each) => {
      const all = each.type.fields.map((_, index) => index)
      return { node: withInputs(each, [exactly(each.input, all)]), columns: all }
    },
  })
}

export const pruneColumns: Rule = {
  name: 'prune-columns',
  apply: (roots) =>
    roots.map(
      (root) =>
        prune(
          root,
          root.type.fields.map((_, index) => index),
        ).node,
    ),
}
