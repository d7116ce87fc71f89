// The `blackhole` connector: swallows every change; for measuring what comes before it.
// Source: https://nightlies.apache.org/flink/flink-docs-release-2.2/docs/connectors/table/blackhole/
import { types } from '../../types/logical-type.ts'
import type { ConnectorDefinition, SinkSpec, TableDescription } from '../connector.ts'
import { checkOptionKeys, type OptionKeys } from '../connector-options.ts'
import { checkMetadata } from '../metadata.ts'

export const blackholeOptionKeys: OptionKeys = { identifier: 'blackhole', required: [], optional: [] }

function createSink(table: TableDescription): SinkSpec {
  checkOptionKeys(table.options, blackholeOptionKeys)
  checkMetadata(table, [], 'writing')
  return {
    connector: 'blackhole',
    tableName: table.name,
    consumedType: types.row(table.physicalType.fields, false),
    changelog: 'all',
    keyColumns: table.primaryKey ?? [],
    settings: null,
    ignoredOptions: [],
  }
}

export const blackholeDefinition: ConnectorDefinition = { identifier: 'blackhole', createSink }
