// How each method of a stream becomes a node of the graph.
import { FlinktsError } from '../common/errors.ts'
import { nearestName } from '../common/near-name.ts'
import { connectorOf } from '../connectors/definitions.ts'
import { types, type RowType } from '../types/logical-type.ts'
import type { TableDescription } from '../connectors/connector.ts'
import type { StreamEdge } from '../graph/stream-graph.ts'
import type { AggregateCallSpec, OperatorSpec, WatermarkStrategySpec } from '../operators/operator-spec.ts'
import type { WindowShape, WindowSpec } from '../windows/window-spec.ts'
import type { Aggregate } from './aggregates.ts'
import type { ConnectorTable, Sink, Source } from './connectors.ts'
import type { DataStream, KeyedStream, OperatorOptions, StreamHandle, WindowedStream } from './data-stream.ts'
import { fieldOfGetter } from './field-of-getter.ts'
import type { GraphBuilder, UserFunction } from './graph-builder.ts'
import type { WatermarkStrategy } from './watermarks.ts'
import type { WindowAssigner } from './windows.ts'

type AnyRecord = Record<string, unknown>

/** `pipeline.auto-watermark-interval`, Flink's default. */
const WATERMARK_INTERVAL_MS = 200

function fieldIndex(rowType: RowType, name: string, what: string): number {
  const index = rowType.fields.findIndex((field) => field.name === name)
  if (index >= 0) return index
  const near = nearestName(
    name,
    rowType.fields.map((field) => field.name),
  )
  throw new FlinktsError('GRAPH_INVALID', `${what}: the stream has no field '${name}'`, {
    fix:
      near === undefined
        ? `fields: ${rowType.fields.map((field) => field.name).join(', ')}`
        : `did you mean '${near}'?`,
  })
}

function describeTable(
  builder: GraphBuilder,
  table: ConnectorTable,
  rowType: RowType,
  primaryKey: readonly number[] | undefined,
): TableDescription {
  return {
    name: table.name,
    physicalType: rowType,
    metadata: [],
    primaryKey,
    options: { connector: table.connector, ...table.options(builder.context) },
    configuration: builder.context.configuration,
  }
}

/** A source node, and behind it the check that fields which take no NULL get none. */
export function createSourceStream<T>(
  builder: GraphBuilder,
  source: Source<T>,
  options: OperatorOptions,
): DataStream<T> {
  const { rowType } = source.schema
  const description = describeTable(builder, source.table, rowType, undefined)
  const spec = connectorOf(description).createSource?.(description)
  if (spec === undefined)
    throw new FlinktsError('GRAPH_INVALID', `the connector '${source.table.connector}' cannot be read from`)
  const sourceId = builder.add(
    { kind: 'source', source: spec, outputType: rowType },
    options.name ?? source.table.name,
    { uid: options.uid },
  )
  const notNullColumns = rowType.fields.flatMap((field, index) => (field.type.nullable ? [] : [index]))
  const nodeId =
    notNullColumns.length === 0
      ? sourceId
      : addOperator(
          builder,
          { nodeId: sourceId, schema: source.schema, partitioning: { kind: 'forward' }, hasEventTime: false },
          'NotNull',
          {
            type: 'sink-constraint',
            inputType: rowType,
            notNullColumns,
            onNull: 'error',
            tableName: source.table.name,
          },
        )
  return createStream(
    builder,
    { nodeId, schema: source.schema, partitioning: { kind: 'forward' }, hasEventTime: false },
    sourceId,
  )
}

function addOperator(
  builder: GraphBuilder,
  input: StreamHandle,
  name: string,
  operator: OperatorSpec,
  options: OperatorOptions & { readonly userFunction?: UserFunction; readonly outputType?: RowType } = {},
): string {
  const outputType = options.outputType ?? ('outputType' in operator ? operator.outputType : input.schema.rowType)
  return builder.add({ kind: 'operator', operator, inputs: [edgeFrom(input)], outputType }, options.name ?? name, {
    uid: options.uid,
    ...(options.userFunction === undefined ? {} : { userFunction: options.userFunction }),
  })
}

function edgeFrom(handle: StreamHandle): StreamEdge {
  return { from: handle.nodeId, partitioning: handle.partitioning }
}

function strategySpec(rowType: RowType, strategy: WatermarkStrategy, field: string | undefined): WatermarkStrategySpec {
  return {
    rowtimeColumn: field === undefined ? -1 : fieldIndex(rowType, field, 'withWatermarks'),
    // Flink's BoundedOutOfOrdernessWatermarks: max − delay − 1.
    delayMs: strategy.delayMs + 1,
    emit: strategy.emit === 'periodic' ? 'on-periodic' : 'on-event',
    intervalMs: WATERMARK_INTERVAL_MS,
    idleTimeoutMs: strategy.idleTimeoutMs,
    assignEventTimes: true,
  }
}

function addWatermarks(
  builder: GraphBuilder,
  handle: StreamHandle,
  sourceId: string | undefined,
  strategy: WatermarkStrategy,
  timestamp: string | UserFunction,
  options: OperatorOptions,
): StreamHandle {
  const { rowType } = handle.schema
  const fields = rowType.fields.map((field) => field.name)
  const field =
    typeof timestamp === 'string' ? timestamp : fieldOfGetter(timestamp, fields)
  const spec = strategySpec(rowType, strategy, field)
  const userFunction = field === undefined ? (timestamp as UserFunction) : undefined
  if (sourceId !== undefined) {
    builder.setWatermarks(sourceId, spec, userFunction)
    return { ...handle, hasEventTime: true }
  }
  const nodeId = addOperator(
    builder,
    handle,
    'TimestampsAndWatermarks',
    { type: 'watermark-assigner', inputType: rowType, strategy: spec },
    { ...options, ...(userFunction === undefined ? {} : { userFunction }) },
  )
  return { ...handle, nodeId, partitioning: { kind: 'forward' }, hasEventTime: true }
}

/** The stream of a node. `sourceId` is set right behind a source, where watermarks can be made per split. */
export function createStream<T>(builder: GraphBuilder, handle: StreamHandle, sourceId?: string): DataStream<T> {
  const { rowType } = handle.schema
  const source = builder.context.callSite
  const userOperator = (
    type: 'map' | 'filter' | 'flat-map',
    outputType: RowType,
    userFunction: UserFunction,
    options: OperatorOptions,
  ): StreamHandle => {
    const nodeId = addOperator(
      builder,
      handle,
      { map: 'Map', filter: 'Filter', 'flat-map': 'FlatMap' }[type],
      { type, inputType: rowType, outputType, source: source?.() },
      { ...options, userFunction },
    )
    return {
      nodeId,
      schema: { rowType: outputType },
      partitioning: { kind: 'forward' },
      hasEventTime: handle.hasEventTime,
    }
  }
  return {
    node: handle,
    withWatermarks: (strategy, timestamp, options = {}) =>
      createStream(
        builder,
        addWatermarks(builder, handle, sourceId, strategy, timestamp as string | UserFunction, options),
      ),
    filter: (predicate, options = {}) =>
      createStream(builder, userOperator('filter', rowType, predicate as UserFunction, options)),
    map: (output, mapper, options = {}) =>
      createStream(builder, userOperator('map', output.rowType, mapper as UserFunction, options)),
    flatMap: (output, mapper, options = {}) =>
      createStream(builder, userOperator('flat-map', output.rowType, mapper as UserFunction, options)),
    select: (...fields) => createStream(builder, selectFields(builder, handle, fields)),
    union: (...others) =>
      createStream(
        builder,
        unionStreams(
          builder,
          handle,
          others.map((other) => other.node),
        ),
      ),
    keyBy: (...fields) => createKeyedStream(builder, handle, fields),
    sinkTo: (sink, options = {}) => addSink(builder, handle, sink as Sink<unknown>, options),
  }
}

/** A calc that hands columns on as they are; see CalcSpec.code. */
function projectionCode(outputType: RowType, columns: readonly number[]): string {
  const picked = columns.map((column) => `batch.columns[${column}]`).join(', ')
  return `() => {
  const type = ${JSON.stringify(outputType)}
  return (batch) => ({ type, rowCount: batch.rowCount, columns: [${picked}], rowKinds: batch.rowKinds, eventTimes: batch.eventTimes })
}`
}

function selectFields(builder: GraphBuilder, handle: StreamHandle, fields: readonly string[]): StreamHandle {
  const { rowType } = handle.schema
  const columns = fields.map((field) => fieldIndex(rowType, field, 'select'))
  const outputType = types.row(
    columns.map((column) => rowType.fields[column]!),
    false,
  )
  const nodeId = addOperator(builder, handle, 'Select', {
    type: 'calc',
    inputType: rowType,
    outputType,
    code: projectionCode(outputType, columns),
    description: fields.join(', '),
  })
  return {
    nodeId,
    schema: { rowType: outputType },
    partitioning: { kind: 'forward' },
    hasEventTime: handle.hasEventTime,
  }
}

function unionStreams(builder: GraphBuilder, first: StreamHandle, others: readonly StreamHandle[]): StreamHandle {
  const { rowType } = first.schema
  for (const other of others) {
    if (JSON.stringify(other.schema.rowType) !== JSON.stringify(rowType)) {
      throw new FlinktsError('GRAPH_INVALID', 'union: the streams have different fields', {
        fix: 'map or select them to the same schema first',
      })
    }
  }
  const inputs = [first, ...others].map(edgeFrom)
  const nodeId = builder.add(
    { kind: 'operator', operator: { type: 'union', outputType: rowType }, inputs, outputType: rowType },
    'Union',
  )
  return {
    ...first,
    nodeId,
    partitioning: { kind: 'forward' },
    hasEventTime: first.hasEventTime && others.every((other) => other.hasEventTime),
  }
}

function addSink(builder: GraphBuilder, handle: StreamHandle, sink: Sink<unknown>, options: OperatorOptions): void {
  const { rowType } = handle.schema
  if (sink.rowType !== undefined && JSON.stringify(sink.rowType) !== JSON.stringify(rowType)) {
    const names = (type: RowType): string => type.fields.map((field) => field.name).join(', ')
    throw new FlinktsError(
      'GRAPH_INVALID',
      `sinkTo: the stream's fields (${names(rowType)}) are not those of ${sink.table.name} (${names(sink.rowType)})`,
      {
        fix: 'map or select the stream to the sink’s schema',
      },
    )
  }
  const key = sink.upsertBy?.map((field) => fieldIndex(rowType, field, 'upsertBy'))
  const description = describeTable(builder, sink.table, rowType, key)
  const spec = connectorOf(description).createSink?.(description)
  if (spec === undefined)
    throw new FlinktsError('GRAPH_INVALID', `the connector '${sink.table.connector}' cannot be written to`)
  builder.add(
    { kind: 'sink', sink: spec, inputs: [edgeFrom(handle)], outputType: rowType },
    options.name ?? sink.table.name,
    { uid: options.uid },
  )
}

function createKeyedStream<T, Key extends keyof T & string>(
  builder: GraphBuilder,
  handle: StreamHandle,
  fields: readonly string[],
): KeyedStream<T, Key> {
  const keys = fields.map((field) => fieldIndex(handle.schema.rowType, field, 'keyBy'))
  const keyed: StreamHandle = { ...handle, partitioning: { kind: 'hash', keys } }
  return {
    window(assigner) {
      if (!handle.hasEventTime) {
        throw new FlinktsError('GRAPH_INVALID', 'window: the stream has no event time', {
          fix: 'call .withWatermarks(…) behind the source',
        })
      }
      return createWindowedStream(builder, keyed, keys, assigner, 0)
    },
  }
}

function windowSpec(assigner: WindowAssigner, keys: readonly number[], allowedLatenessMs: number): WindowSpec {
  const shape: WindowShape = assigner.kind === 'session' ? { ...assigner, partitionKeys: keys } : assigner
  return { shape, time: { kind: 'event-time' }, zone: 'UTC', allowedLatenessMs }
}

function createWindowedStream<T, Key extends keyof T & string>(
  builder: GraphBuilder,
  handle: StreamHandle,
  keys: readonly number[],
  assigner: WindowAssigner,
  latenessMs: number,
): WindowedStream<T, Key> {
  const { rowType } = handle.schema
  const window = windowSpec(assigner, keys, latenessMs)
  const result = (nodeId: string, outputType: RowType): StreamHandle => ({
    nodeId,
    schema: { rowType: outputType },
    partitioning: { kind: 'forward' },
    hasEventTime: true,
  })
  return {
    allowedLateness: (lateness) => createWindowedStream(builder, handle, keys, assigner, lateness),
    aggregate(aggregates, options = {}) {
      const calls = Object.entries(aggregates).map(([name, aggregate]) =>
        aggregateCall(rowType, name, aggregate as Aggregate<AnyRecord, unknown>),
      )
      const bounds = ['window_start', 'window_end'].map((name) => ({ name, type: types.timestamp(3, false) }))
      const outputType = types.row(
        [
          ...keys.map((key) => rowType.fields[key]!),
          ...calls.map((call) => ({ name: call.name, type: call.resultType })),
          ...bounds,
        ],
        false,
      )
      const operator: OperatorSpec = {
        type: 'window-aggregate',
        inputType: rowType,
        outputType,
        window,
        keys,
        aggregates: calls,
        properties: ['window_start', 'window_end'],
        phase: 'single',
        inputChangelog: false,
      }
      return createStream(
        builder,
        result(addOperator(builder, handle, 'WindowAggregate', operator, options), outputType),
      )
    },
    reduce(reducer, options = {}) {
      const operator: OperatorSpec = {
        type: 'window-reduce',
        inputType: rowType,
        outputType: rowType,
        window,
        keys,
        properties: [],
      }
      const nodeId = addOperator(builder, handle, 'WindowReduce', operator, {
        ...options,
        userFunction: reducer,
      })
      return createStream(builder, result(nodeId, rowType))
    },
  }
}

function aggregateCall(rowType: RowType, name: string, aggregate: Aggregate<AnyRecord, unknown>): AggregateCallSpec {
  const argument = aggregate.field === undefined ? undefined : fieldIndex(rowType, aggregate.field, name)
  return {
    function: aggregate.function,
    arguments: argument === undefined ? [] : [argument],
    distinct: false,
    name,
    resultType: aggregate.typeOf(argument === undefined ? undefined : rowType.fields[argument]!.type),
  }
}
