// Windowed aggregation and reduction as nodes of the graph.
import { FlinktsError } from '../common/errors.ts'
import { DURATION, expectOptions, type OptionRule } from '../common/expect-options.ts'
import { refuseAggregate } from '../operators/aggregates/aggregate-functions.ts'
import { types, type RowType } from '../types/logical-type.ts'
import type { AggregateCallSpec, OperatorSpec } from '../operators/operator-spec.ts'
import type { WindowShape, WindowSpec } from '../windows/window-spec.ts'
import { aggregateResultType, type Aggregate } from './aggregates.ts'
import type { OperatorOptions, StreamHandle } from './data-stream.ts'
import type { GraphBuilder, UserFunction } from './graph-builder.ts'
import { addOperator, fieldIndex, rowTypeOf, streamOf } from './stream-nodes.ts'
import type { WindowAssigner } from './windows.ts'

/** Windows of a keyed stream. */
export interface KeyedWindows {
  /** Partitioned by `keys`. */
  readonly handle: StreamHandle
  readonly keys: readonly number[]
  readonly assigner: WindowAssigner
  readonly latenessMs: number
}

const OFFSET: OptionRule = { expected: 'a whole number of milliseconds, e.g. hours(2)', holds: Number.isSafeInteger }

/** Throws GRAPH_INVALID for sizes that make no windows, OPTION_INVALID for what is no time. */
export function checkWindows({ handle, assigner, latenessMs }: KeyedWindows): void {
  const refuse = (message: string, fix: string): never => {
    throw new FlinktsError('GRAPH_INVALID', message, { fix })
  }
  if (!handle.hasEventTime) refuse('window: the stream has no event time', 'call .withWatermarks(…) behind the source')
  const sizes = Object.entries(assigner).filter(([name]) => name !== 'kind' && name !== 'offsetMs')
  for (const [name, size] of sizes) {
    if (!Number.isSafeInteger(size) || (size as number) <= 0)
      refuse(`window: ${name} is ${size}`, 'give a duration of at least 1 ms, e.g. minutes(5)')
  }
  const { offsetMs } = { offsetMs: 0, ...assigner }
  expectOptions('window', { offset: offsetMs }, { offset: OFFSET })
  expectOptions('allowedLateness', { lateness: latenessMs }, { lateness: DURATION })
  if (assigner.kind === 'hop' && assigner.sizeMs % assigner.slideMs !== 0)
    refuse('window: the size of sliding windows must be a multiple of the slide', 'choose such a size')
  if (assigner.kind === 'cumulate' && assigner.maxSizeMs % assigner.stepMs !== 0)
    refuse('window: the largest size of cumulating windows must be a multiple of the step', 'choose such a size')
  if (latenessMs !== 0 && assigner.kind === 'session')
    refuse(
      'allowedLateness: session windows do not support it yet',
      'give the watermarks more delay: boundedOutOfOrderness(…)',
    )
}

function windowSpec({ assigner, keys, latenessMs }: KeyedWindows): WindowSpec {
  const shape: WindowShape = assigner.kind === 'session' ? { ...assigner, partitionKeys: keys } : assigner
  return { shape, time: { kind: 'event-time' }, zone: 'UTC', allowedLatenessMs: latenessMs }
}

function aggregateCall(rowType: RowType, name: string, aggregate: Aggregate<never, unknown>): AggregateCallSpec {
  const { function: functionName, field } = aggregate
  const column = field === undefined ? undefined : fieldIndex(rowType, field, `aggregate '${name}'`)
  const argument = column === undefined ? undefined : rowType.fields[column]!.type
  const resultType = aggregateResultType(functionName, argument)
  const reason = refuseAggregate(functionName, argument === undefined ? [] : [argument], resultType)
  if (reason !== undefined) {
    throw new FlinktsError('GRAPH_INVALID', `aggregate '${name}': ${reason}`, { fix: 'aggregate another field' })
  }
  return {
    function: functionName,
    arguments: column === undefined ? [] : [column],
    distinct: false,
    name,
    resultType,
  }
}

export function addWindowAggregate(
  builder: GraphBuilder,
  windows: KeyedWindows,
  aggregates: Readonly<Record<string, Aggregate<never, unknown>>>,
  options: OperatorOptions,
): StreamHandle {
  const { handle, keys } = windows
  const inputType = handle.schema.rowType
  const calls = Object.entries(aggregates).map(([name, aggregate]) => aggregateCall(inputType, name, aggregate))
  const bounds = ['window_start', 'window_end'].map((name) => ({ name, type: types.timestamp(3, false) }))
  const results = calls.map(({ name, resultType }) => ({ name, type: resultType }))
  const outputType = rowTypeOf([...keys.map((key) => inputType.fields[key]!), ...results, ...bounds], 'aggregate')
  const window = windowSpec(windows)
  const operator: OperatorSpec = {
    type: 'window-aggregate',
    inputType,
    outputType,
    window,
    keys,
    aggregates: calls,
    properties: ['window_start', 'window_end'],
    phase: 'single',
    inputChangelog: false,
  }
  const stateDigest = [window, keys.map((key) => inputType.fields[key]), calls]
  return streamOf(
    addOperator(builder, handle, 'WindowAggregate', operator, { ...options, stateDigest }),
    outputType,
    true,
  )
}

export function addWindowReduce(
  builder: GraphBuilder,
  windows: KeyedWindows,
  userFunction: UserFunction,
  options: OperatorOptions,
): StreamHandle {
  const { handle, keys } = windows
  const inputType = handle.schema.rowType
  const window = windowSpec(windows)
  const operator: OperatorSpec = {
    type: 'window-reduce',
    inputType,
    outputType: inputType,
    window,
    keys,
    properties: [],
    source: builder.context.callSite?.(),
  }
  const stateDigest = [window, keys, inputType]
  const nodeId = addOperator(builder, handle, 'WindowReduce', operator, { ...options, stateDigest, userFunction })
  return streamOf(nodeId, inputType, true)
}
