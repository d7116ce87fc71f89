// The connectors there are, by Flink's identifiers.
import { FlinktsError } from '../common/errors.ts'
import { nearestName } from '../common/near-name.ts'
import { blackholeDefinition } from './blackhole/definition.ts'
import type { ConnectorDefinition, TableDescription } from './connector.ts'
import { optionError } from './connector-options.ts'
import { datagenDefinition } from './datagen/definition.ts'
import { filesystemDefinition } from './filesystem/definition.ts'
import { jdbcDefinition } from './jdbc/definition.ts'
import { kafkaDefinition } from './kafka/definition.ts'
import { printDefinition } from './print/definition.ts'
import { STREAM_CONNECTOR, streamDefinition } from './stream/definition.ts'

export const connectorDefinitions: readonly ConnectorDefinition[] = [
  blackholeDefinition,
  datagenDefinition,
  filesystemDefinition,
  jdbcDefinition,
  kafkaDefinition,
  printDefinition,
]

/** Connectors that people know from Flink, with the nearest thing here. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  'upsert-kafka': "Use 'kafka' for appends, or 'jdbc' with a PRIMARY KEY for upserts.",
  elasticsearch: "Use 'jdbc'.",
  'elasticsearch-7': "Use 'jdbc'.",
  mongodb: "Use 'jdbc'.",
  hbase: "Use 'jdbc'.",
  kinesis: "Use 'kafka'.",
  pulsar: "Use 'kafka'.",
}

/** Throws OPTION_INVALID for an unknown connector, SQL_UNSUPPORTED for one of Flink's that is not here yet. */
export function findConnectorDefinition(identifier: string, tableName: string): ConnectorDefinition {
  if (identifier === STREAM_CONNECTOR) return streamDefinition
  const found = connectorDefinitions.find((definition) => definition.identifier === identifier)
  if (found !== undefined) return found
  const alternative = UNSUPPORTED[identifier]
  if (alternative !== undefined) {
    throw new FlinktsError(
      'SQL_UNSUPPORTED',
      `The connector '${identifier}' of table '${tableName}' is not supported yet.`,
      {
        fix: alternative,
      },
    )
  }
  const identifiers = connectorDefinitions.map((definition) => definition.identifier)
  const near = nearestName(identifier, identifiers)
  throw optionError(
    `Could not find any factory for identifier '${identifier}' of table '${tableName}'.\n\nAvailable factory identifiers are:\n\n${identifiers.join('\n')}`,
    near === undefined ? 'Use one of these.' : `Did you mean '${near}'?`,
  )
}

/** The connector that a table's options name. */
export function connectorOf(table: TableDescription): ConnectorDefinition {
  const identifier = table.options['connector']
  if (identifier === undefined) {
    throw optionError(
      "Table options do not contain an option key 'connector' for discovering a connector.",
      `Add WITH ('connector' = '…') to the table '${table.name}'.`,
    )
  }
  return findConnectorDefinition(identifier, table.name)
}
