// Streams: each method adds nodes to the graph and gives the stream behind them.
import { expectOptions, TEXT, type OptionRules } from '../common/expect-options.ts'
import type { Sink, Source } from './connectors.ts'
import type { DataStream, KeyedStream, OperatorOptions, StreamHandle, WindowedStream } from './data-stream.ts'
import type { GraphBuilder, UserFunction } from './graph-builder.ts'
import { addProcess } from './process-node.ts'
import { addSelect, addSink, addSource, addUnion, addUserOperator, addWatermarks, fieldIndex } from './stream-nodes.ts'
import { expectStrategy } from './watermarks.ts'
import { addWindowAggregate, addWindowReduce, checkWindows, type KeyedWindows } from './window-nodes.ts'

const operatorOptions: OptionRules<OperatorOptions> = { name: TEXT, uid: TEXT }

/** The options of a call that adds an operator. */
function named(call: string, options: OperatorOptions = {}): OperatorOptions {
  expectOptions(call, options, operatorOptions)
  return options
}

/** A source, and behind it the check that fields which take no NULL get none. */
export function createSourceStream<T>(
  builder: GraphBuilder,
  source: Source<T>,
  options: OperatorOptions | undefined,
): DataStream<T> {
  const { handle, sourceId } = addSource(builder, source, named('from', options))
  return createStream(builder, handle, sourceId)
}

/** The stream of a node. `sourceId` is set right behind a source, where watermarks can be made per split. */
export function createStream<T>(builder: GraphBuilder, handle: StreamHandle, sourceId?: string): DataStream<T> {
  const { rowType } = handle.schema
  const behind = <S>(next: StreamHandle): DataStream<S> => createStream(builder, next)
  return {
    node: handle as StreamHandle<T>,
    withWatermarks: (strategy, timestamp, options) => {
      expectStrategy(strategy)
      const timestampOf = timestamp as string | UserFunction
      return behind(addWatermarks(builder, handle, sourceId, strategy, timestampOf, named('withWatermarks', options)))
    },
    filter: (predicate, options) =>
      behind(addUserOperator(builder, handle, 'filter', rowType, predicate, named('filter', options))),
    map: (output, mapper, options) =>
      behind(addUserOperator(builder, handle, 'map', output.rowType, mapper, named('map', options))),
    flatMap: (output, mapper, options) =>
      behind(addUserOperator(builder, handle, 'flat-map', output.rowType, mapper, named('flatMap', options))),
    select: (...fields) => behind(addSelect(builder, handle, fields)),
    union: (...others) => behind(addUnion(builder, [handle, ...others.map((other) => other.node)])),
    keyBy: (...fields) => createKeyedStream(builder, handle, fields),
    sinkTo: (sink, options) => addSink(builder, handle, sink as Sink<unknown>, named('sinkTo', options)),
  }
}

function createKeyedStream<T, Key extends keyof T & string>(
  builder: GraphBuilder,
  handle: StreamHandle,
  fields: readonly string[],
): KeyedStream<T, Key> {
  const keys = fields.map((field) => fieldIndex(handle.schema.rowType, field, 'keyBy'))
  const keyed: StreamHandle = { ...handle, partitioning: { kind: 'hash', keys } }
  return {
    window: (assigner) => createWindowedStream(builder, { handle: keyed, keys, assigner, latenessMs: 0 }),
    process: (definition, options) => {
      const { main, side } = addProcess(builder, keyed, keys, definition, named('process', options))
      return { ...createStream(builder, main), sideOutput: (tag) => createStream(builder, side(tag)) }
    },
  }
}

function createWindowedStream<T, Key extends keyof T & string>(
  builder: GraphBuilder,
  windows: KeyedWindows,
): WindowedStream<T, Key> {
  checkWindows(windows)
  return {
    allowedLateness: (lateness) => createWindowedStream(builder, { ...windows, latenessMs: lateness }),
    aggregate: (aggregates, options) =>
      createStream(builder, addWindowAggregate(builder, windows, aggregates, named('aggregate', options))),
    reduce: (reducer, options) =>
      createStream(builder, addWindowReduce(builder, windows, reducer, named('reduce', options))),
  }
}
