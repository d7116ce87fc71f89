// Constructors of logical nodes: each derives the row type that its node gives.
import type { TableDescription } from '../../connectors/connector.ts'
import type { AggregateCallSpec, WindowProperty } from '../../operators/operator-spec.ts'
import {
  types,
  withoutTimeAttribute,
  type RowField,
  type RowType,
  type TimestampType,
} from '../../types/logical-type.ts'
import type { Cell } from '../../types/record-batch.ts'
import { column, type Expression, type SortExpression } from '../expressions/expression.ts'
import {
  freeze,
  typeOf,
  type AggregateNode,
  type CalcNode,
  type ExpandNode,
  type FilterNode,
  type LogicalNode,
  type LogicalWindow,
  type ProjectNode,
  type ScanNode,
  type SinkNode,
  type SinkTarget,
  type SortNode,
  type SourceWatermark,
  type TableSourceNode,
  type UnionNode,
  type ValuesNode,
  type WatermarkAssignerNode,
  type WindowAggregateNode,
  type WindowFunctionNode,
} from './logical-node.ts'
import { isWindowTimeKey } from './window-properties.ts'

function rowOf(fields: readonly RowField[]): RowType {
  return types.row(fields, false)
}

function fieldsOf(expressions: readonly Expression[], names: readonly string[]): RowType {
  return rowOf(expressions.map((expression, index) => ({ name: names[index]!, type: expression.type })))
}

/** Physical columns, then metadata columns (under their keys): what `ScanNode.columns` counts. */
export function sourceFields(table: TableDescription): readonly RowField[] {
  return [...table.physicalType.fields, ...table.metadata.map((column) => ({ name: column.key, type: column.type }))]
}

export function scan(path: readonly string[], table: TableDescription, columns: readonly number[]): ScanNode {
  const fields = sourceFields(table)
  return freeze({ kind: 'scan', path, table, columns, type: rowOf(columns.map((index) => fields[index]!)) })
}

export function tableSource(
  from: Pick<ScanNode, 'path' | 'table' | 'columns'>,
  expressions: readonly Expression[],
  names: readonly string[],
  watermark: SourceWatermark | undefined,
): TableSourceNode {
  const { path, table, columns } = from
  return freeze({
    kind: 'table-source',
    path,
    table,
    columns,
    expressions,
    watermark,
    type: fieldsOf(expressions, names),
  })
}

export function values(type: RowType, rows: readonly (readonly Cell[])[]): ValuesNode {
  return freeze({ kind: 'values', rows, type })
}

export function project(input: LogicalNode, expressions: readonly Expression[], names: readonly string[]): ProjectNode {
  return freeze({ kind: 'project', input, expressions, type: fieldsOf(expressions, names) })
}

export function filter(input: LogicalNode, condition: Expression): FilterNode {
  return freeze({ kind: 'filter', input, condition, type: input.type })
}

export function calc(
  input: LogicalNode,
  expressions: readonly Expression[],
  names: readonly string[],
  condition: Expression | undefined,
): CalcNode {
  return freeze({ kind: 'calc', input, expressions, condition, type: fieldsOf(expressions, names) })
}

export function watermarkAssigner(
  input: LogicalNode,
  rowtime: number,
  watermark: Expression,
  options: Readonly<Record<string, string>>,
): WatermarkAssignerNode {
  const fields = input.type.fields.map((field, index) =>
    index === rowtime
      ? { ...field, type: { ...(field.type as TimestampType), timeAttribute: 'rowtime' as const } }
      : field,
  )
  return freeze({ kind: 'watermark-assigner', input, rowtime, watermark, options, type: rowOf(fields) })
}

/** The type of window_time: that of the time it windows, never NULL. */
function windowTimeType(input: LogicalNode, window: LogicalWindow): TimestampType {
  const time = window.time
  if (time.kind === 'rowtime') return { ...(typeOf(input, time.column) as TimestampType), nullable: false }
  if (time.kind === 'attached') return { kind: 'TIMESTAMP', precision: 3, nullable: false, timeAttribute: 'rowtime' }
  return { kind: 'TIMESTAMP_LTZ', precision: 3, nullable: false, timeAttribute: 'proctime' }
}

function propertyField(input: LogicalNode, window: LogicalWindow, property: WindowProperty): RowField {
  const type = property === 'window_time' ? windowTimeType(input, window) : types.timestamp(3, false)
  return { name: property, type }
}

const windowProperties: readonly WindowProperty[] = ['window_start', 'window_end', 'window_time']

export function windowFunction(input: LogicalNode, window: LogicalWindow): WindowFunctionNode {
  const added = windowProperties.map((property) => propertyField(input, window, property))
  return freeze({ kind: 'window-function', input, window, type: rowOf([...input.type.fields, ...added]) })
}

function groupFields(
  input: LogicalNode,
  keys: readonly number[],
  aggregates: readonly AggregateCallSpec[],
): readonly RowField[] {
  return [
    ...keys.map((key) => {
      const type = typeOf(input, key)
      const keepsTime = isWindowTimeKey({ input, keys }, key)
      return { name: input.type.fields[key]!.name, type: keepsTime ? type : withoutTimeAttribute(type) }
    }),
    ...aggregates.map((call) => ({ name: call.name, type: call.resultType })),
  ]
}

export function aggregate(
  input: LogicalNode,
  keys: readonly number[],
  aggregates: readonly AggregateCallSpec[],
): AggregateNode {
  return freeze({ kind: 'aggregate', input, keys, aggregates, type: rowOf(groupFields(input, keys, aggregates)) })
}

/** `timeType`: of window_time, where the window is attached and the input's own window_time says it. */
export function windowAggregate(
  input: LogicalNode,
  window: LogicalWindow,
  keys: readonly number[],
  aggregates: readonly AggregateCallSpec[],
  properties: readonly WindowProperty[],
  timeType?: TimestampType,
): WindowAggregateNode {
  const added = properties.map((property) => {
    const field = propertyField(input, window, property)
    return property === 'window_time' && timeType !== undefined ? { ...field, type: timeType } : field
  })
  const type = rowOf([...groupFields(input, keys, aggregates), ...added])
  return freeze({ kind: 'window-aggregate', input, window, keys, aggregates, properties, type })
}

export function expand(input: LogicalNode, projections: readonly (readonly Expression[])[], type: RowType): ExpandNode {
  return freeze({ kind: 'expand', input, projections, type })
}

export function union(inputs: readonly LogicalNode[]): UnionNode {
  return freeze({ kind: 'union', inputs, type: inputs[0]!.type })
}

export function sort(
  input: LogicalNode,
  orderBy: readonly SortExpression[],
  offset: number,
  limit: number | undefined,
): SortNode {
  return freeze({ kind: 'sort', input, orderBy, offset, limit, type: input.type })
}

export function sink(input: LogicalNode, target: SinkTarget): SinkNode {
  return freeze({ kind: 'sink', input, target, type: input.type })
}

/** The columns of a node as expressions. */
export function columnsOf(node: LogicalNode): Expression[] {
  return node.type.fields.map((field, index) => column(index, field.name, field.type))
}

/** Names made unique as Calcite does it: `id, id` becomes `id, id0`. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let unique = name
    for (let suffix = 0; taken.has(unique); suffix++) unique = `${name}${suffix}`
    taken.add(unique)
    return unique
  })
}
