// How each method of a stream becomes a node of the graph.
import { FlinktsError } from '../common/errors.ts'
import { nearestName } from '../common/near-name.ts'
import { connectorOf } from '../connectors/definitions.ts'
import { types, typeToString, type RowField, type RowType } from '../types/logical-type.ts'
import type { TableDescription } from '../connectors/connector.ts'
import type { StreamEdge } from '../graph/stream-graph.ts'
import type { OperatorSpec, WatermarkStrategySpec } from '../operators/operator-spec.ts'
import type { ConnectorTable, Sink, Source } from './connectors.ts'
import type { OperatorOptions, StreamHandle } from './data-stream.ts'
import { fieldOfGetter } from './field-of-getter.ts'
import type { GraphBuilder, NodeOptions, UserFunction } from './graph-builder.ts'
import type { WatermarkStrategy } from './watermarks.ts'

/** `pipeline.auto-watermark-interval`, Flink's default. */
const WATERMARK_INTERVAL_MS = 200

const FORWARD = { kind: 'forward' } as const

const fieldNames = (rowType: RowType): string[] => rowType.fields.map((field) => field.name)

/** `what`: the method, for messages. Throws GRAPH_INVALID with a near name. */
export function fieldIndex(rowType: RowType, name: string, what: string): number {
  const names = fieldNames(rowType)
  const index = names.indexOf(name)
  if (index >= 0) return index
  const near = nearestName(name, names)
  throw new FlinktsError('GRAPH_INVALID', `${what}: the stream has no field '${name}'`, {
    fix: near === undefined ? `name one of its fields: ${names.join(', ')}` : `did you mean '${near}'?`,
  })
}

/** A record type; throws GRAPH_INVALID where two fields have the same name. */
export function rowTypeOf(fields: readonly RowField[], what: string): RowType {
  const names = fields.map((field) => field.name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice === undefined) return types.row(fields, false)
  throw new FlinktsError('GRAPH_INVALID', `${what}: the field '${twice}' appears twice`, {
    fix: 'give one of them another name',
  })
}

export function edgeFrom(handle: StreamHandle): StreamEdge {
  const { nodeId, output, partitioning } = handle
  return output === undefined ? { from: nodeId, partitioning } : { from: nodeId, output, partitioning }
}

/** The stream that a node behind `input` gives. */
export function streamOf(nodeId: string, rowType: RowType, hasEventTime: boolean): StreamHandle {
  return { nodeId, schema: { rowType }, partitioning: FORWARD, hasEventTime }
}

export function addOperator(
  builder: GraphBuilder,
  input: StreamHandle,
  what: string,
  operator: OperatorSpec,
  options: NodeOptions = {},
): string {
  const outputType = 'outputType' in operator ? operator.outputType : input.schema.rowType
  return builder.add({ kind: 'operator', operator, inputs: [edgeFrom(input)], outputType }, what, options)
}

function describeTable(
  builder: GraphBuilder,
  table: ConnectorTable,
  rowType: RowType,
  primaryKey: readonly number[] | undefined,
  added: Readonly<Record<string, string>>,
): TableDescription {
  return {
    name: table.name,
    physicalType: rowType,
    metadata: [],
    primaryKey,
    options: { connector: table.connector, ...table.options(builder.context), ...added },
    configuration: builder.context.configuration,
  }
}

/** A source node, and behind it the check that fields which take no NULL get none. */
export function addSource(
  builder: GraphBuilder,
  source: Source<unknown>,
  options: OperatorOptions,
): { readonly sourceId: string; readonly handle: StreamHandle } {
  const { rowType } = source.schema
  const added = source.table.sourceOptions?.(builder.context) ?? {}
  const description = describeTable(builder, source.table, rowType, undefined, added)
  const spec = connectorOf(description).createSource?.(description)
  if (spec === undefined) {
    throw new FlinktsError('GRAPH_INVALID', `from: the connector '${source.table.connector}' cannot be read from`)
  }
  const sourceId = builder.add({ kind: 'source', source: spec, outputType: rowType }, source.table.name, options)
  const notNullColumns = rowType.fields.flatMap((field, index) => (field.type.nullable ? [] : [index]))
  const handle = streamOf(sourceId, rowType, false)
  if (notNullColumns.length === 0) return { sourceId, handle }
  const tableName = source.table.name
  const nodeId = addOperator(builder, handle, 'NotNull', {
    type: 'sink-constraint',
    inputType: rowType,
    notNullColumns,
    onNull: 'error',
    tableName,
    ofSource: true,
  })
  return { sourceId, handle: { ...handle, nodeId } }
}

function strategySpec(rowType: RowType, strategy: WatermarkStrategy, field: string | undefined): WatermarkStrategySpec {
  return {
    rowtimeColumn: field === undefined ? -1 : timeColumn(rowType, field),
    // Flink's BoundedOutOfOrdernessWatermarks: max − delay − 1.
    delayMs: strategy.delayMs + 1,
    emit: strategy.emit === 'periodic' ? 'on-periodic' : 'on-event',
    intervalMs: WATERMARK_INTERVAL_MS,
    idleTimeoutMs: strategy.idleTimeoutMs,
    assignEventTimes: true,
    hasTimestampFunction: field === undefined,
  }
}

function timeColumn(rowType: RowType, name: string): number {
  const column = fieldIndex(rowType, name, 'withWatermarks')
  const { type } = rowType.fields[column]!
  if (['INTEGER', 'BIGINT', 'DOUBLE', 'TIMESTAMP', 'TIMESTAMP_LTZ'].includes(type.kind)) return column
  throw new FlinktsError('GRAPH_INVALID', `withWatermarks: '${name}' is ${typeToString(type)}, which is no time`, {
    fix: 'give a field with milliseconds since 1970, or a function that returns them',
  })
}

/** `sourceId`: the source that the stream comes from with nothing but checks in between; there watermarks go per split. */
export function addWatermarks(
  builder: GraphBuilder,
  handle: StreamHandle,
  sourceId: string | undefined,
  strategy: WatermarkStrategy,
  timestamp: string | UserFunction,
  options: OperatorOptions,
): StreamHandle {
  const { rowType } = handle.schema
  const field = typeof timestamp === 'string' ? timestamp : fieldOfGetter(timestamp, fieldNames(rowType))
  const spec = strategySpec(rowType, strategy, field)
  const userFunction = field === undefined ? (timestamp as UserFunction) : undefined
  if (sourceId !== undefined) {
    builder.setWatermarks(sourceId, spec, userFunction)
    return { ...handle, hasEventTime: true }
  }
  const operator: OperatorSpec = { type: 'watermark-assigner', inputType: rowType, strategy: spec }
  const nodeId = addOperator(builder, handle, 'TimestampsAndWatermarks', operator, { ...options, userFunction })
  return streamOf(nodeId, rowType, true)
}

const userOperators = { map: 'Map', filter: 'Filter', 'flat-map': 'FlatMap' } as const

export function addUserOperator(
  builder: GraphBuilder,
  handle: StreamHandle,
  type: keyof typeof userOperators,
  outputType: RowType,
  userFunction: UserFunction,
  options: OperatorOptions,
): StreamHandle {
  const operator = { type, inputType: handle.schema.rowType, outputType, source: builder.context.callSite?.() }
  const nodeId = addOperator(builder, handle, userOperators[type], operator, { ...options, userFunction })
  return streamOf(nodeId, outputType, handle.hasEventTime)
}

/** Generated code of a calc that hands columns on as they are. `expressions`: of each output column, over `batch`. */
function calcCode(outputType: RowType, expressions: readonly string[]): string {
  return `() => {
  const type = ${JSON.stringify(outputType)}
  return (batch) => ({ type, rowCount: batch.rowCount, columns: [${expressions.join(', ')}], rowKinds: batch.rowKinds, eventTimes: batch.eventTimes })
}`
}

export function addSelect(builder: GraphBuilder, handle: StreamHandle, fields: readonly string[]): StreamHandle {
  const inputType = handle.schema.rowType
  const columns = fields.map((field) => fieldIndex(inputType, field, 'select'))
  const outputType = rowTypeOf(
    columns.map((column) => inputType.fields[column]!),
    'select',
  )
  const code = calcCode(
    outputType,
    columns.map((column) => `batch.columns[${column}]`),
  )
  const operator: OperatorSpec = { type: 'calc', inputType, outputType, code, description: fields.join(', ') }
  return streamOf(addOperator(builder, handle, 'Select', operator), outputType, handle.hasEventTime)
}

/** The name under which SQL sees a stream's event time. */
export const ROWTIME = 'rowtime'

/** The stream with its event time as a last column, for SQL. */
export function addRowtimeColumn(builder: GraphBuilder, handle: StreamHandle): StreamHandle {
  const inputType = handle.schema.rowType
  const rowtime = { name: ROWTIME, type: types.timestampLtz(3, false) }
  const outputType = rowTypeOf([...inputType.fields, rowtime], 'sql')
  const code = calcCode(outputType, [
    '...batch.columns',
    '{ values: batch.eventTimes, nulls: undefined, exact: undefined }',
  ])
  const operator: OperatorSpec = { type: 'calc', inputType, outputType, code, description: ROWTIME }
  return streamOf(addOperator(builder, handle, 'Rowtime', operator), outputType, true)
}

export function addUnion(builder: GraphBuilder, handles: readonly StreamHandle[]): StreamHandle {
  const outputType = handles[0]!.schema.rowType
  for (const { schema } of handles) {
    if (JSON.stringify(schema.rowType) === JSON.stringify(outputType)) continue
    throw new FlinktsError('GRAPH_INVALID', 'union: the streams have different fields', {
      fix: 'map or select them to the same schema first',
    })
  }
  const operator: OperatorSpec = { type: 'union', outputType }
  const nodeId = builder.add({ kind: 'operator', operator, inputs: handles.map(edgeFrom), outputType }, 'Union')
  return streamOf(
    nodeId,
    outputType,
    handles.every((handle) => handle.hasEventTime),
  )
}

export function addSink(
  builder: GraphBuilder,
  handle: StreamHandle,
  sink: Sink<unknown>,
  options: OperatorOptions,
): void {
  const { rowType } = handle.schema
  if (sink.rowType !== undefined && JSON.stringify(sink.rowType) !== JSON.stringify(rowType)) {
    const shown = (type: RowType): string =>
      type.fields.map((field) => `${field.name} ${typeToString(field.type)}`).join(', ')
    throw new FlinktsError(
      'GRAPH_INVALID',
      `sinkTo: the stream's fields (${shown(rowType)}) are not those of '${sink.table.name}' (${shown(sink.rowType)})`,
      { fix: 'map or select the stream to the sink’s schema' },
    )
  }
  const key = sink.upsertBy?.map((field) => fieldIndex(rowType, field, 'upsertBy'))
  const description = describeTable(builder, sink.table, rowType, key, {})
  const spec = connectorOf(description).createSink?.(description)
  if (spec === undefined) {
    throw new FlinktsError('GRAPH_INVALID', `sinkTo: the connector '${sink.table.connector}' cannot be written to`)
  }
  builder.add({ kind: 'sink', sink: spec, inputs: [edgeFrom(handle)], outputType: rowType }, sink.table.name, options)
}
