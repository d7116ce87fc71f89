// Which columns of a plan are a window's start, end and time: Flink's RelWindowProperties. They decide whether a GROUP BY
// is a window aggregation.
import type { LogicalType } from '../../types/logical-type.ts'
import type { Expression } from '../expressions/expression.ts'
import { visit, type AggregateNode, type LogicalNode, type LogicalWindow } from './logical-node.ts'

/** Columns of one window. Several columns may hold the same property. */
export interface WindowColumns {
  readonly window: LogicalWindow
  readonly starts: readonly number[]
  readonly ends: readonly number[]
  readonly times: readonly number[]
  /** For sessions: where the PARTITION BY columns went; undefined where one of them is gone. */
  readonly partitionKeys: readonly number[] | undefined
  /** The rows are one per window already: results of a window aggregation. */
  readonly aggregated: boolean
}

function mapColumns(
  columns: WindowColumns | undefined,
  moved: (column: number) => readonly number[],
): WindowColumns | undefined {
  if (columns === undefined) return undefined
  const partitionKeys = columns.partitionKeys?.map((key) => moved(key)[0])
  return {
    ...columns,
    starts: columns.starts.flatMap(moved),
    ends: columns.ends.flatMap(moved),
    times: columns.times.flatMap(moved),
    partitionKeys: partitionKeys?.every((key) => key !== undefined) === true ? partitionKeys : undefined,
  }
}

function isColumn(expression: Expression, index: number): boolean {
  return expression.kind === 'column' && expression.index === index
}

function throughExpressions(input: LogicalNode, expressions: readonly Expression[]): WindowColumns | undefined {
  return mapColumns(windowColumnsOf(input), (from) =>
    expressions.flatMap((expression, to) => (isColumn(expression, from) ? [to] : [])),
  )
}

/** The window columns in the node's output; undefined where no window reaches it. */
export function windowColumnsOf(node: LogicalNode): WindowColumns | undefined {
  return visit<WindowColumns | undefined>(node, {
    scan: () => undefined,
    'table-source': () => undefined,
    values: () => undefined,
    union: () => undefined,
    expand: ({ input, projections }) =>
      mapColumns(windowColumnsOf(input), (from) =>
        projections[0]!.flatMap((_, to) => (projections.every((each) => isColumn(each[to]!, from)) ? [to] : [])),
      ),
    project: ({ input, expressions }) => throughExpressions(input, expressions),
    calc: ({ input, expressions }) => throughExpressions(input, expressions),
    filter: ({ input }) => windowColumnsOf(input),
    sort: ({ input }) => windowColumnsOf(input),
    sink: ({ input }) => windowColumnsOf(input),
    'watermark-assigner': ({ input }) => windowColumnsOf(input),
    'window-function': ({ input, window }) => {
      const width = input.type.fields.length
      const partitionKeys = window.shape.kind === 'session' ? window.shape.partitionKeys : []
      return { window, starts: [width], ends: [width + 1], times: [width + 2], partitionKeys, aggregated: false }
    },
    aggregate: (aggregate) => {
      if (windowGroupingOf(aggregate.input, aggregate.keys) === undefined) return undefined
      const columns = mapColumns(windowColumnsOf(aggregate.input), (from) =>
        aggregate.keys.flatMap((key, to) => (key === from ? [to] : [])),
      )
      return columns && { ...columns, aggregated: true }
    },
    'window-aggregate': ({ window, keys, aggregates, properties }) => {
      const at = (property: string): number[] =>
        properties.flatMap((each, index) => (each === property ? [keys.length + aggregates.length + index] : []))
      const partitionKeys = keys.map((_, index) => index)
      return {
        window,
        starts: at('window_start'),
        ends: at('window_end'),
        times: at('window_time'),
        partitionKeys,
        aggregated: true,
      }
    },
  })
}

export interface WindowGrouping {
  readonly columns: WindowColumns
  /** Group keys that are not columns of the window. */
  readonly keys: readonly number[]
}

/**
 * Whether GROUP BY these columns of the input is a window aggregation: start and end of the window are both among the
 * keys, and sessions are grouped by just what they are partitioned by. Everything else is an updating aggregation, as
 * in Flink.
 */
export function windowGroupingOf(input: LogicalNode, keys: readonly number[]): WindowGrouping | undefined {
  const columns = windowColumnsOf(input)
  if (columns === undefined) return undefined
  const has = (wanted: readonly number[]): boolean => wanted.some((column) => keys.includes(column))
  if (!has(columns.starts) || !has(columns.ends)) return undefined
  const ofWindow = new Set([...columns.starts, ...columns.ends, ...columns.times])
  const others = keys.filter((key) => !ofWindow.has(key))
  if (columns.window.shape.kind === 'session' && !columns.aggregated) {
    const partition = columns.partitionKeys
    if (partition === undefined || partition.length !== others.length) return undefined
    if (!partition.every((key) => others.includes(key))) return undefined
  }
  return { columns, keys: others }
}

/** A rowtime that grouping keeps: window_time of a window aggregation. */
export function isWindowTimeKey(aggregate: Pick<AggregateNode, 'input' | 'keys'>, key: number): boolean {
  return windowGroupingOf(aggregate.input, aggregate.keys)?.columns.times.includes(key) === true
}

export function hasTimeAttribute(type: LogicalType, attribute: 'rowtime' | 'proctime'): boolean {
  return (type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ') && type.timeAttribute === attribute
}
