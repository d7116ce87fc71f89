// The `jdbc` connector as tables see it: a sink into PostgreSQL, appending without PRIMARY KEY, upserting with one.
// Source: https://nightlies.apache.org/flink/flink-docs-release-2.2/docs/connectors/table/jdbc/
import { FlinktsError } from '../../common/errors.ts'
import { typeToString, types, type LogicalType } from '../../types/logical-type.ts'
import type { ConnectorDefinition, Json, SinkSpec, SourceSpec, TableDescription } from '../connector.ts'
import {
  checkOptionKeys,
  optionError,
  readDurationMs,
  readInteger,
  sinkOptionKeys,
  sourceOptionKeys,
  type OptionKeys,
  type Options,
} from '../connector-options.ts'
import { checkMetadata } from '../metadata.ts'
import type { JdbcSinkSettings } from './jdbc-settings.ts'
import { PROJECT_POSTGRES } from '../secret-slot.ts'
import { parseJdbcUrl, type JdbcUrl } from './jdbc-url.ts'
import { parsePostgresName } from './postgres-name.ts'

const IDENTIFIER = 'jdbc'

/** Options of reading: a table may declare them and still be written to. */
const READING_KEYS = [
  'lookup.cache',
  'lookup.cache.max-rows',
  'lookup.cache.ttl',
  'lookup.max-retries',
  'lookup.partial-cache.cache-missing-key',
  'lookup.partial-cache.expire-after-access',
  'lookup.partial-cache.expire-after-write',
  'lookup.partial-cache.max-rows',
  'scan.auto-commit',
  'scan.fetch-size',
  'scan.partition.column',
  'scan.partition.lower-bound',
  'scan.partition.num',
  'scan.partition.upper-bound',
]

export const jdbcOptionKeys: OptionKeys = {
  identifier: IDENTIFIER,
  required: ['table-name', 'url'],
  optional: [
    'compatible-mode',
    'connection.max-retry-timeout',
    'driver',
    'password',
    'sink.buffer-flush.interval',
    'sink.buffer-flush.max-rows',
    'sink.max-retries',
    'username',
    ...READING_KEYS,
    ...sinkOptionKeys,
    ...sourceOptionKeys,
  ],
  prefixes: ['properties.'],
}

function checkOptions(options: Options): void {
  checkOptionKeys(options, jdbcOptionKeys)
  if ((options['username'] === undefined) !== (options['password'] === undefined)) {
    throw optionError(
      'Either all or none of the following options should be provided:\nusername\npassword',
      `Add '${options['username'] === undefined ? 'username' : 'password'}'.`,
    )
  }
}

/** Flink's JDBC sink for PostgreSQL writes neither TIMESTAMP_LTZ nor collections of rows. */
function checkType(column: string, type: LogicalType): void {
  const refuse = (message: string, fix: string): never => {
    throw new FlinktsError('SQL_UNSUPPORTED', `${message} (column '${column}')`, { fix })
  }
  switch (type.kind) {
    case 'TIMESTAMP_LTZ':
      refuse(
        `Unsupported type:${typeToString(type)}`,
        `Declare the column as TIMESTAMP(${type.precision}) and CAST to it.`,
      )
      return
    case 'ARRAY':
      refuse('Writing ARRAY type is not yet supported in JDBC:PostgreSQL.', 'Leave the column out or write text.')
      return
    case 'MAP':
    case 'MULTISET':
    case 'ROW':
    case 'NULL':
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      refuse(`Unsupported type:${typeToString(type)}`, 'Leave the column out or write text (CAST … AS STRING).')
      return
    default:
      return
  }
}

function createSource(table: TableDescription): SourceSpec {
  throw new FlinktsError('SQL_UNSUPPORTED', `Reading from the jdbc table '${table.name}' is not supported yet.`, {
    fix: 'Read its changes from Kafka, or join in Postgres: `flinkts query` shows its tables.',
  })
}

function readLogin(options: Options, url: JdbcUrl): JdbcSinkSettings['login'] {
  if (url.isOfProject && options['username'] === undefined) return { secretName: PROJECT_POSTGRES }
  if (url.isOfProject)
    throw optionError(
      "The options 'username' and 'password' are about the project's own Postgres, whose login flinkts.yaml tells.",
      "Remove them, or write the URL of the server in 'url'.",
    )
  const user = options['username'] ?? url.user
  return { secret: { user, password: options['password'] ?? url.password, tls: url.tls } }
}

function createSink(table: TableDescription): SinkSpec {
  const { options } = table
  checkOptions(options)
  checkMetadata(table, [], 'writing')
  for (const field of table.physicalType.fields) checkType(field.name, field.type)
  const url = parseJdbcUrl(options['url']!)
  const parts = parsePostgresName(options['table-name']!)
  if (parts === undefined || parts.length > 2) {
    throw optionError(
      `Invalid value for option 'table-name': '${options['table-name']}'.`,
      "Write 'table' or 'schema.table'.",
    )
  }
  const settings: JdbcSinkSettings = {
    address: url.address,
    login: readLogin(options, url),
    searchPath: url.searchPath,
    applicationName: url.applicationName ?? 'flinkts',
    tableName: options['table-name']!,
    flushMaxRows: readInteger(options, 'sink.buffer-flush.max-rows', 0, 0),
    flushIntervalMs: readDurationMs(options, 'sink.buffer-flush.interval', 1000),
    maxRetries: readInteger(options, 'sink.max-retries', 3, 0),
  }
  return {
    connector: IDENTIFIER,
    tableName: table.name,
    consumedType: types.row(table.physicalType.fields, false),
    changelog: table.primaryKey === undefined ? 'insert-only' : 'upsert',
    keyColumns: table.primaryKey ?? [],
    settings: settings as unknown as Json,
    ignoredOptions: [
      ...['compatible-mode', 'connection.max-retry-timeout', 'driver'].filter((key) => options[key] !== undefined),
      ...Object.keys(options).filter((key) => key.startsWith('properties.')),
      ...url.ignoredProperties.map((property) => `url: ${property}`),
    ],
  }
}

export const jdbcDefinition: ConnectorDefinition = { identifier: IDENTIFIER, createSource, createSink }
