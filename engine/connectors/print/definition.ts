// The `print` connector: every change as a line, `+I[1, a]`.
// Source: https://nightlies.apache.org/flink/flink-docs-release-2.2/docs/connectors/table/print/
import { types } from '../../types/logical-type.ts'
import type { ConnectorDefinition, Json, SinkSpec, TableDescription } from '../connector.ts'
import { checkOptionKeys, readBoolean, sinkOptionKeys, type OptionKeys } from '../connector-options.ts'
import { checkMetadata } from '../metadata.ts'

export interface PrintSinkSettings {
  readonly identifier: string | null
  readonly standardError: boolean
}

export const printOptionKeys: OptionKeys = {
  identifier: 'print',
  required: [],
  optional: ['print-identifier', 'standard-error', ...sinkOptionKeys],
}

function createSink(table: TableDescription): SinkSpec {
  const { options } = table
  checkOptionKeys(options, printOptionKeys)
  checkMetadata(table, [], 'writing')
  const settings: PrintSinkSettings = {
    identifier: options['print-identifier'] ?? null,
    standardError: readBoolean(options, 'standard-error', false),
  }
  return {
    connector: 'print',
    tableName: table.name,
    consumedType: types.row(table.physicalType.fields, false),
    changelog: 'all',
    keyColumns: table.primaryKey ?? [],
    settings: settings as unknown as Json,
    ignoredOptions: [],
  }
}

export const printDefinition: ConnectorDefinition = { identifier: 'print', createSink }
