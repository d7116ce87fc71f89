// How EXPLAIN and error messages name the physical operators: Flink's notation.
import type { AggregateCallSpec, WindowProperty } from '../../operators/operator-spec.ts'
import type { RowType } from '../../types/logical-type.ts'
import { describeShape, type ShapeText } from '../../windows/describe-shape.ts'
import type { WindowShape } from '../../windows/window-spec.ts'
import type { Expression } from '../expressions/expression.ts'
import { expressionToString } from '../expressions/expression-to-string.ts'
import type { LogicalWindow } from './logical-node.ts'

function nameOf(type: RowType, column: number): string {
  return type.fields[column]!.name
}

export function namesOf(type: RowType, columns: readonly number[]): string {
  return columns.map((column) => nameOf(type, column)).join(', ')
}

/** `(a + 1) AS b`, or `a` where the name is the column's own. */
function selectItem(expression: Expression, name: string): string {
  const text = expressionToString(expression)
  return text === name ? name : `${text} AS ${name}`
}

export function describeCalc(
  expressions: readonly Expression[],
  type: RowType,
  condition: Expression | undefined,
): string {
  const select = expressions.map((expression, index) => selectItem(expression, nameOf(type, index)))
  const where = condition === undefined ? '' : `, where=[${expressionToString(condition)}]`
  return `select=[${select.join(', ')}]${where}`
}

function describeCall(call: AggregateCallSpec, input: RowType): string {
  const operands = call.arguments.length === 0 ? '*' : namesOf(input, call.arguments)
  const filter = call.filter === undefined ? '' : ` FILTER ${nameOf(input, call.filter)}`
  return `${call.function}(${call.distinct ? 'DISTINCT ' : ''}${operands})${filter} AS ${call.name}`
}

export function describeGroupAggregate(
  input: RowType,
  keys: readonly number[],
  calls: readonly AggregateCallSpec[],
): string {
  const groupBy = keys.length === 0 ? '' : `groupBy=[${namesOf(input, keys)}], `
  const select = [...keys.map((key) => nameOf(input, key)), ...calls.map((call) => describeCall(call, input))]
  return `${groupBy}select=[${select.join(', ')}]`
}

const propertyText: Record<WindowProperty, string> = {
  window_start: "start('w$) AS window_start",
  window_end: "end('w$) AS window_end",
  window_time: "rowtime('w$) AS window_time",
}

function shapeParts(shape: WindowShape, input: RowType): ShapeText {
  const { name, sizes } = describeShape(shape)
  if (shape.kind !== 'session' || shape.partitionKeys.length === 0) return { name, sizes }
  return { name, sizes: `${sizes}, partition keys=[${namesOf(input, shape.partitionKeys)}]` }
}

function timeText(window: LogicalWindow, input: RowType): string {
  const { time } = window
  switch (time.kind) {
    case 'rowtime':
      return `time_col=[${nameOf(input, time.column)}]`
    case 'attached':
      return `win_start=[${nameOf(input, time.windowStart)}], win_end=[${nameOf(input, time.windowEnd)}]`
    case 'proctime':
      return 'time_col=[proctime]'
    case 'event-time':
      return 'time_col=[event time]'
  }
}

export function describeWindow(window: LogicalWindow, input: RowType, time: string = timeText(window, input)): string {
  const { name, sizes } = shapeParts(window.shape, input)
  return `window=[${name}(${time}, ${sizes})]`
}

export interface WindowAggregateParts {
  readonly window: LogicalWindow
  readonly keys: readonly number[]
  readonly aggregates: readonly AggregateCallSpec[]
  readonly properties: readonly WindowProperty[]
}

/** `phase` as in the title: local aggregation gives slice ends, global aggregation reads them. */
export function describeWindowAggregate(
  node: WindowAggregateParts,
  input: RowType,
  phase: 'single' | 'local' | 'global',
): string {
  const groupBy = node.keys.length === 0 ? '' : `groupBy=[${namesOf(input, node.keys)}], `
  const window = describeWindow(node.window, input, phase === 'global' ? 'slice_end=[$slice_end]' : undefined)
  const properties =
    phase === 'local' ? ["slice_end('w$) AS $slice_end"] : node.properties.map((property) => propertyText[property])
  const select = [
    ...node.keys.map((key) => nameOf(input, key)),
    ...node.aggregates.map((call) => describeCall(call, input)),
    ...properties,
  ]
  return `${groupBy}${window}, select=[${select.join(', ')}]`
}

/** `[default_catalog, default_database, t]` with what was pushed into the source. */
export function describeTable(path: readonly string[], pushed: readonly string[], fields: readonly string[]): string {
  return `table=[[${[...path, ...pushed].join(', ')}]], fields=[${fields.join(', ')}]`
}
