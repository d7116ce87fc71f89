// A stream of a TypeScript job as a table of SQL: the planner reads and writes it like any table; then the host puts the
// stream's own node in the place of these sources and sinks, so that there is nothing to run. Not to be named in WITH.
import type { ConnectorDefinition } from '../connector.ts'

export const STREAM_CONNECTOR = 'flinkts-stream'

/** Rows come as they are; the watermark is the stream's own. */
export const streamDefinition: ConnectorDefinition = {
  identifier: STREAM_CONNECTOR,
  createSource: ({ name, physicalType }) => ({
    connector: STREAM_CONNECTOR,
    tableName: name,
    producedType: physicalType,
    projection: physicalType.fields.map((_, index) => index),
    physicalType,
    metadata: [],
    bounded: false,
    changelog: 'insert-only',
    settings: null,
    ignoredOptions: [],
  }),
  /** The host takes these columns from the stream's rows. */
  applyProjection: (source, physical) => ({
    ...source,
    projection: physical,
    producedType: { ...source.producedType, fields: physical.map((column) => source.producedType.fields[column]!) },
  }),
  createSink: ({ name, physicalType }) => ({
    connector: STREAM_CONNECTOR,
    tableName: name,
    consumedType: physicalType,
    changelog: 'insert-only',
    keyColumns: [],
    settings: null,
    ignoredOptions: [],
  }),
}
