// The `kafka` connector as tables see it: options, metadata, projection.
// Source: https://nightlies.apache.org/flink/flink-docs-release-2.2/docs/connectors/table/kafka/
import { check } from '../../common/check.ts'
import { FlinktsError } from '../../common/errors.ts'
import { types, type LogicalType } from '../../types/logical-type.ts'
import type { ConnectorDefinition, Json, MetadataColumn, SinkSpec, SourceSpec, TableDescription } from '../connector.ts'
import {
  checkOptionKeys,
  optionError,
  readChoice,
  readDurationMs,
  sinkOptionKeys,
  sourceOptionKeys,
  type OptionKeys,
  type Options,
} from '../connector-options.ts'
import { checkMetadata } from '../metadata.ts'
import { projectSource } from '../project-source.ts'
import { checkKafkaProperties, readCompression, readConnection, readIsolationLevel } from './kafka-properties.ts'
import { readOffsetRange } from './offset-options.ts'
import type { KafkaSinkSettings, KafkaSourceSettings } from './kafka-settings.ts'
import { formatOptionKeys, readRecordFormats } from './record-formats.ts'

const IDENTIFIER = 'kafka'

const OPTIONAL_KEYS = [
  'format',
  'key.fields',
  'key.fields-prefix',
  'key.format',
  'properties.group.id',
  'scan.bounded.mode',
  'scan.bounded.specific-offsets',
  'scan.bounded.timestamp-millis',
  'scan.startup.mode',
  'scan.startup.specific-offsets',
  'scan.startup.timestamp-millis',
  'scan.topic-partition-discovery.interval',
  'sink.delivery-guarantee',
  'sink.partitioner',
  'sink.transaction-naming-strategy',
  'sink.transactional-id-prefix',
  'topic',
  'topic-pattern',
  'value.fields-include',
  'value.format',
]

const HEADERS = types.map(types.string(false), types.bytes(false), false)

const readableMetadata: readonly MetadataColumn[] = [
  { key: 'topic', type: types.string(false) },
  { key: 'partition', type: types.int(false) },
  { key: 'headers', type: HEADERS },
  { key: 'leader-epoch', type: types.int() },
  { key: 'offset', type: types.bigint(false) },
  { key: 'timestamp', type: types.timestampLtz(3, false) },
  { key: 'timestamp-type', type: types.string(false) },
]
/** The type of a readable metadata key. */
export function kafkaMetadataType(key: string): LogicalType {
  const column = readableMetadata.find((candidate) => candidate.key === key)
  check(column !== undefined, `no metadata ${key}`)
  return column.type
}

const writableMetadata: readonly MetadataColumn[] = [
  { key: 'headers', type: HEADERS },
  { key: 'timestamp', type: types.timestampLtz(3, false) },
]

/** The keys that a table with these options may have. */
export const kafkaOptionKeys = (options: Options): OptionKeys => ({
  identifier: IDENTIFIER,
  required: ['properties.bootstrap.servers'],
  optional: [...OPTIONAL_KEYS, ...formatOptionKeys(options), ...sourceOptionKeys, ...sinkOptionKeys],
  prefixes: ['properties.'],
})

/** Those that work; what is refused by name is not offered. */
export const SINK_GUARANTEES = ['at-least-once', 'none'] as const
export const SINK_PARTITIONERS = ['default', 'fixed', 'round-robin'] as const

function checkOptions(options: Options): void {
  checkOptionKeys(options, kafkaOptionKeys(options))
}

function readTopics(options: Options): string[] {
  if (options['topic-pattern'] !== undefined) {
    throw new FlinktsError('SQL_UNSUPPORTED', "The option 'topic-pattern' is not supported yet.", {
      fix: "Name the topics: 'topic' = 'first;second'.",
    })
  }
  const topics = (options['topic'] ?? '')
    .split(';')
    .map((topic) => topic.trim())
    .filter((topic) => topic !== '')
  if (topics.length === 0) {
    throw optionError("Either 'topic' or 'topic-pattern' must be set.", "Add 'topic' = '…' to the WITH clause.")
  }
  return topics
}

function createSource(table: TableDescription): SourceSpec {
  const { options } = table
  checkOptions(options)
  const formats = readRecordFormats(table)
  checkMetadata(table, readableMetadata, 'reading')
  // Fixed sets of partitions for now: new ones are found when a job starts.
  readDurationMs(options, 'scan.topic-partition-discovery.interval', 0)
  const topics = readTopics(options)
  const settings: KafkaSourceSettings = {
    connection: readConnection(options),
    topics,
    ...readOffsetRange(options, topics),
    isolationLevel: readIsolationLevel(options),
    ...formats,
  }
  const source: SourceSpec = {
    connector: IDENTIFIER,
    tableName: table.name,
    producedType: table.physicalType,
    projection: [],
    physicalType: table.physicalType,
    metadata: table.metadata,
    bounded: settings.stopping !== null,
    changelog: 'insert-only',
    settings: settings as unknown as Json,
    ignoredOptions: [
      ...checkKafkaProperties(options),
      ...(options['scan.topic-partition-discovery.interval'] === undefined
        ? []
        : ['scan.topic-partition-discovery.interval']),
    ],
  }
  const all = table.physicalType.fields.map((_, index) => index)
  return projectSource(
    source,
    all,
    table.metadata.map((column) => column.key),
  )
}

function createSink(table: TableDescription): SinkSpec {
  const { options } = table
  checkOptions(options)
  const formats = readRecordFormats(table)
  if (table.primaryKey !== undefined) {
    throw new FlinktsError(
      'SQL_VALIDATION',
      `The Kafka table '${table.name}' with 'json' format doesn't support defining PRIMARY KEY constraint on the table, because it can't guarantee the semantic of primary key.`,
      { fix: 'Remove the PRIMARY KEY.' },
    )
  }
  checkMetadata(table, writableMetadata, 'writing')
  const topics = readTopics(options)
  if (topics.length > 1) {
    throw new FlinktsError('SQL_UNSUPPORTED', "A sink with several topics in 'topic' is not supported yet.", {
      fix: 'Declare a table for each topic.',
    })
  }
  const settings: KafkaSinkSettings = {
    connection: readConnection(options),
    topic: topics[0]!,
    deliveryGuarantee: readDeliveryGuarantee(options),
    partitioner: readPartitioner(options),
    compression: readCompression(options),
    ...formats,
    metadataKeys: table.metadata.map((column) => column.key),
  }
  const metadataFields = table.metadata.map((column) => ({ name: column.key, type: column.type }))
  return {
    connector: IDENTIFIER,
    tableName: table.name,
    consumedType: types.row([...table.physicalType.fields, ...metadataFields], false),
    changelog: 'insert-only',
    keyColumns: [],
    settings: settings as unknown as Json,
    ignoredOptions: [
      ...checkKafkaProperties(options),
      ...['sink.transactional-id-prefix', 'sink.transaction-naming-strategy'].filter(
        (key) => options[key] !== undefined,
      ),
    ],
  }
}

function readDeliveryGuarantee(options: Options): KafkaSinkSettings['deliveryGuarantee'] {
  const guarantees = [...SINK_GUARANTEES, 'exactly-once'] as const
  const guarantee = readChoice(options, 'sink.delivery-guarantee', guarantees, 'at-least-once')
  if (guarantee !== 'exactly-once') return guarantee
  throw new FlinktsError('SQL_UNSUPPORTED', "'sink.delivery-guarantee' = 'exactly-once' is not supported yet.", {
    fix: "Use 'at-least-once' (the default): nothing is lost, after a restart some records may be there twice.",
  })
}

function readPartitioner(options: Options): KafkaSinkSettings['partitioner'] {
  const partitioner = options['sink.partitioner'] ?? 'default'
  if (partitioner === 'round-robin' && options['key.fields'] !== undefined) {
    throw optionError(
      "Currently 'round-robin' partitioner only works when option 'key.fields' is not specified.",
      "Remove 'sink.partitioner' or 'key.fields'.",
    )
  }
  const known = SINK_PARTITIONERS.find((each) => each === partitioner)
  if (known !== undefined) return known
  throw new FlinktsError(
    'SQL_UNSUPPORTED',
    `'sink.partitioner' = '${partitioner}': Java classes cannot be loaded here.`,
    {
      fix: "Use 'default', 'fixed' or 'round-robin'.",
    },
  )
}

export const kafkaDefinition: ConnectorDefinition = {
  identifier: IDENTIFIER,
  createSource,
  applyProjection: projectSource,
  createSink,
  metadataKeys: () => readableMetadata,
}
