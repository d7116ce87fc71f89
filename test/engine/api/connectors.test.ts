import { describe, expect, it } from 'vitest'
import { csv, files, json, kafka, schema, t, type KafkaOptions, type StartingOffsets } from '../../../engine/index.ts'
import { connectorOf } from '../../../engine/connectors/definitions.ts'

const Ride = schema({ zone: t.int(), amount: t.double() })
const context = {
  kafkaBootstrapServers: 'localhost:9092',
  postgresUrl: 'jdbc:postgresql://localhost/x',
  configuration: {},
}

/** The options under Flink's keys; the connector takes them. */
function optionsOf(source: ReturnType<typeof files>, physicalType = Ride.rowType): Record<string, string> {
  const { connector, name, options } = source.table
  const read = { connector, ...options(context) }
  connectorOf({ name, physicalType, metadata: [], primaryKey: undefined, options: read, configuration: {} })
    .createSource!({ name, physicalType, metadata: [], primaryKey: undefined, options: read, configuration: {} })
  return read
}

describe('kafka', () => {
  const offsets = (options: Partial<KafkaOptions<unknown>>) =>
    Object.fromEntries(
      Object.entries(optionsOf(kafka({ topic: 'rides', value: json(Ride), group: 'readers', ...options }))).filter(
        ([key]) => /^scan\.|auto\.offset/.test(key),
      ),
    )

  it.each<[StartingOffsets, Record<string, string>]>([
    ['earliest', { 'scan.startup.mode': 'earliest-offset' }],
    ['latest', { 'scan.startup.mode': 'latest-offset' }],
    ['committed', { 'scan.startup.mode': 'group-offsets' }],
    [
      { committed: true, otherwise: 'earliest' },
      { 'scan.startup.mode': 'group-offsets', 'properties.auto.offset.reset': 'earliest' },
    ],
    [{ timestamp: 5 }, { 'scan.startup.mode': 'timestamp', 'scan.startup.timestamp-millis': '5' }],
    [
      { offsets: { 0: 7, 1: 9 } },
      {
        'scan.startup.mode': 'specific-offsets',
        'scan.startup.specific-offsets': 'partition:0,offset:7;partition:1,offset:9',
      },
    ],
  ])('starts at %j', (start, expected) => {
    expect(offsets({ start })).toEqual(expected)
  })

  it('ends', () => {
    const start = { 'scan.startup.mode': 'earliest-offset' }
    expect(offsets({ until: 'latest' })).toEqual({ ...start, 'scan.bounded.mode': 'latest-offset' })
    expect(offsets({ until: 'committed' })).toEqual({ ...start, 'scan.bounded.mode': 'group-offsets' })
    expect(offsets({ until: { offsets: { 0: 7 } } })).toEqual({
      ...start,
      'scan.bounded.mode': 'specific-offsets',
      'scan.bounded.specific-offsets': 'partition:0,offset:7',
    })
  })

  it('needs a group to start where it has committed', () => {
    expect(() => offsets({ start: 'committed', group: undefined as never })).toThrow('group.id is required')
  })
})

describe('files', () => {
  it('are of CSV or JSON', () => {
    expect(optionsOf(files({ path: 'data', format: json(Ride, { ignoreParseErrors: true }) }))).toEqual({
      connector: 'filesystem',
      path: 'data',
      format: 'json',
      'json.ignore-parse-errors': 'true',
    })
    const format = csv(Ride, { header: true, delimiter: '\t', quote: "'", nullLiteral: '', ignoreParseErrors: true })
    expect(optionsOf(files({ path: 'data', format, options: { 'source.path.regex-pattern': '.*csv' } }))).toEqual({
      connector: 'filesystem',
      path: 'data',
      format: 'csv',
      'csv.ignore-first-line': 'true',
      'csv.field-delimiter': '\t',
      'csv.quote-character': "'",
      'csv.null-literal': '',
      'csv.ignore-parse-errors': 'true',
      'source.path.regex-pattern': '.*csv',
    })
    expect(optionsOf(files({ path: 'data', format: csv(Ride, { quote: false }) }))).toMatchObject({
      'csv.disable-quote-character': 'true',
    })
  })
})
