import { describe, expect, it } from 'vitest'
import type { ConnectorDefinition, MetadataColumn, TableDescription } from '../../../engine/connectors/connector.ts'
import { readParallelism } from '../../../engine/connectors/connector-options.ts'
import { connectorOf, findConnectorDefinition } from '../../../engine/connectors/definitions.ts'
import { parseJdbcUrl } from '../../../engine/connectors/jdbc/jdbc-url.ts'
import { parsePostgresName } from '../../../engine/connectors/jdbc/postgres-name.ts'
import { types, type LogicalType } from '../../../engine/types/logical-type.ts'

interface Table {
  readonly fields?: Record<string, LogicalType>
  readonly metadata?: readonly MetadataColumn[]
  readonly primaryKey?: readonly number[]
}

function table(
  options: Record<string, string>,
  { fields = { a: types.int(), b: types.string() }, metadata = [], primaryKey }: Table = {},
): TableDescription {
  return {
    name: 't',
    physicalType: types.row(Object.entries(fields).map(([name, type]) => ({ name, type }))),
    metadata,
    primaryKey,
    options,
    configuration: {},
  }
}
const kafka = (options: Record<string, string> = {}): Record<string, string> => ({
  connector: 'kafka',
  topic: 'x',
  'properties.bootstrap.servers': 'localhost:9092',
  'scan.startup.mode': 'earliest-offset',
  format: 'json',
  ...options,
})
const jdbc = (options: Record<string, string> = {}): Record<string, string> => ({
  connector: 'jdbc',
  url: 'jdbc:postgresql://localhost:5432/postgres',
  'table-name': 'o',
  ...options,
})
const without = (options: Record<string, string>, key: string): Record<string, string> =>
  Object.fromEntries(Object.entries(options).filter(([name]) => name !== key))

const source = (description: TableDescription) => connectorOf(description).createSource!(description)
const sink = (description: TableDescription) => connectorOf(description).createSink!(description)

function errorOf(action: () => unknown): { code: string; message: string; fix: string } {
  try {
    action()
  } catch (error) {
    return error as { code: string; message: string; fix: string }
  }
  throw new Error('nothing was refused')
}

describe('which connector', () => {
  it('is named by the options', () => {
    expect(errorOf(() => connectorOf(table({})))).toMatchObject({
      code: 'OPTION_INVALID',
      message: "Table options do not contain an option key 'connector' for discovering a connector.",
    })
  })

  it('suggests the near name, refuses what Flink has and this has not', () => {
    expect(errorOf(() => findConnectorDefinition('kafak', 't'))).toMatchObject({ fix: "Did you mean 'kafka'?" })
    expect(errorOf(() => findConnectorDefinition('bogus', 't')).message).toContain(
      "Could not find any factory for identifier 'bogus'",
    )
    expect(errorOf(() => findConnectorDefinition('upsert-kafka', 't'))).toMatchObject({ code: 'SQL_UNSUPPORTED' })
  })
})

describe('kafka', () => {
  it('describes its source and its projection', () => {
    const description = table(
      kafka({ 'scan.bounded.mode': 'latest-offset', 'properties.group.id': 'g', 'properties.fetch.max.bytes': '1' }),
      {
        metadata: [
          { key: 'offset', type: types.bigint() },
          { key: 'timestamp', type: types.timestampLtz(3) },
        ],
      },
    )
    const whole = source(description)
    expect(whole).toMatchObject({
      bounded: true,
      changelog: 'insert-only',
      projection: [0, 1],
      ignoredOptions: ['properties.fetch.max.bytes'],
    })
    expect(whole.producedType.fields.map((field) => field.name)).toEqual(['a', 'b', 'offset', 'timestamp'])
    const projected = connectorOf(description).applyProjection!(whole, [1], ['timestamp'])
    expect(projected.producedType.fields.map((field) => field.name)).toEqual(['b', 'timestamp'])
    expect(projected.metadata.map((column) => column.key)).toEqual(['timestamp'])
    expect(JSON.parse(JSON.stringify(projected.settings))).toEqual(projected.settings)
  })

  it.each<[string, Record<string, string>, string, string, string]>([
    [
      'an unknown option',
      kafka({ 'scan.startup.mod': 'x' }),
      'OPTION_INVALID',
      "Unsupported options found for 'kafka'.\n\nUnsupported options:\n\nscan.startup.mod\n\nSupported options:",
      "Did you mean 'scan.startup.mode'?",
    ],
    ['an unknown format option', kafka({ 'json.bogus': '1' }), 'OPTION_INVALID', 'json.bogus', "Remove 'json.bogus'."],
    [
      'options of a format that is not named so',
      kafka({ 'value.json.ignore-parse-errors': 'true' }),
      'OPTION_INVALID',
      'value.json.ignore-parse-errors',
      'Remove',
    ],
    [
      'no address',
      without(kafka(), 'properties.bootstrap.servers'),
      'OPTION_INVALID',
      'Missing required options are:\n\nproperties.bootstrap.servers',
      'Add',
    ],
    [
      'a bad address',
      kafka({ 'properties.bootstrap.servers': 'localhost' }),
      'OPTION_INVALID',
      "'localhost' is not host:port",
      'localhost:9092',
    ],
    [
      'no topic',
      without(kafka(), 'topic'),
      'OPTION_INVALID',
      "Either 'topic' or 'topic-pattern' must be set.",
      'topic',
    ],
    [
      'a topic pattern',
      kafka({ 'topic-pattern': 'x.*' }),
      'SQL_UNSUPPORTED',
      "'topic-pattern' is not supported",
      'first;second',
    ],
    [
      'no format',
      without(kafka(), 'format'),
      'OPTION_INVALID',
      "Could not find required scan format 'value.format'.",
      'json',
    ],
    ['a format of Flink', kafka({ format: 'csv' }), 'SQL_UNSUPPORTED', "The format 'csv'", 'json'],
    [
      'an unknown format',
      kafka({ format: 'jsno' }),
      'OPTION_INVALID',
      "Could not find any factory for identifier 'jsno'",
      "Did you mean 'json'?",
    ],
    [
      'a bad boolean',
      kafka({ 'json.ignore-parse-errors': 'maybe' }),
      'OPTION_INVALID',
      'Unrecognized option for boolean: maybe. Expected either true or false(case insensitive)',
      'true',
    ],
    [
      'a bad timestamp format',
      kafka({ 'json.timestamp-format.standard': 'RFC' }),
      'OPTION_INVALID',
      "Unsupported value 'RFC'",
      'ISO-8601',
    ],
    [
      'both ways of failing',
      kafka({ 'json.ignore-parse-errors': 'true', 'json.fail-on-missing-field': 'true' }),
      'OPTION_INVALID',
      "fail-on-missing-field and ignore-parse-errors shouldn't both be true.",
      'Remove',
    ],
    [
      'an unknown startup mode',
      kafka({ 'scan.startup.mode': 'earlist-offset' }),
      'OPTION_INVALID',
      'Expected one of: [earliest-offset, latest-offset, group-offsets, timestamp, specific-offsets]',
      "Did you mean 'earliest-offset'?",
    ],
    [
      'group offsets',
      kafka({ 'scan.startup.mode': 'group-offsets' }),
      'OPTION_INVALID',
      'Property group.id is required',
      "Add 'properties.group.id'",
    ],
    [
      'group offsets by default',
      without(kafka(), 'scan.startup.mode'),
      'OPTION_INVALID',
      '(the default)',
      'earliest-offset',
    ],
    [
      'group offsets as the end',
      kafka({ 'scan.bounded.mode': 'group-offsets' }),
      'OPTION_INVALID',
      'Property group.id is required',
      "Add 'properties.group.id'",
    ],
    [
      'an unknown reset',
      without(kafka({ 'properties.group.id': 'g', 'properties.auto.offset.reset': 'newest' }), 'scan.startup.mode'),
      'OPTION_INVALID',
      'Expected one of: [earliest, latest, none]',
      'one of these',
    ],
    [
      'offsets that end several topics',
      kafka({
        topic: 'a;b',
        'scan.bounded.mode': 'specific-offsets',
        'scan.bounded.specific-offsets': 'partition:0,offset:1',
      }),
      'OPTION_INVALID',
      'only supports specific offset for single topic',
      'Name one topic',
    ],
    [
      'a missing start time',
      kafka({ 'scan.startup.mode': 'timestamp' }),
      'OPTION_INVALID',
      "'scan.startup.timestamp-millis' is required",
      'ms since 1970',
    ],
    [
      'bad offsets',
      kafka({ 'scan.startup.mode': 'specific-offsets', 'scan.startup.specific-offsets': '0:1' }),
      'OPTION_INVALID',
      "should follow the format 'partition:0,offset:42",
      "'0:1'",
    ],
    ['interceptors', kafka({ 'properties.interceptor.classes': 'x' }), 'SQL_UNSUPPORTED', 'Java classes', 'Remove'],
    [
      'a bad isolation level',
      kafka({ 'properties.isolation.level': 'x' }),
      'OPTION_INVALID',
      'isolation.level',
      'read_committed',
    ],
    [
      'key fields without a key format',
      kafka({ 'key.fields': 'a' }),
      'OPTION_INVALID',
      "The option 'key.fields' can only be declared",
      'key.format',
    ],
    [
      'a key format without key fields',
      kafka({ 'key.format': 'json' }),
      'OPTION_INVALID',
      "requires the declaration of one or more of key fields using 'key.fields'",
      'key.fields',
    ],
    [
      'a key field that is no column',
      kafka({ 'key.format': 'json', 'key.fields': 'zz' }),
      'OPTION_INVALID',
      "Could not find the field 'zz' in the table schema for usage in the key format.",
      'key.fields',
    ],
    [
      'a key prefix with all fields',
      kafka({ 'key.format': 'json', 'key.fields': 'a', 'key.fields-prefix': 'a' }),
      'OPTION_INVALID',
      'A key prefix is not allowed',
      'EXCEPT_KEY',
    ],
    [
      'a column without the key prefix',
      kafka({
        'key.format': 'json',
        'key.fields': 'a',
        'key.fields-prefix': 'k_',
        'value.fields-include': 'EXCEPT_KEY',
      }),
      'OPTION_INVALID',
      "must be prefixed with 'k_'",
      'k_a',
    ],
  ])('refuses %s', (_, options, code, message, fix) => {
    expect(errorOf(() => source(table(options)))).toMatchObject({
      code,
      message: expect.stringContaining(message),
      fix: expect.stringContaining(fix),
    })
  })

  it('refuses maps that JSON cannot hold, unknown metadata and types it cannot have', () => {
    const map = table(kafka(), { fields: { m: types.map(types.int(), types.int()) } })
    expect(errorOf(() => source(map)).message).toBe(
      "JSON format doesn't support non-string as key type of map. The type is: MAP<INT, INT>",
    )
    const unknown = table(kafka(), { metadata: [{ key: 'offest', type: types.bigint() }] })
    expect(errorOf(() => source(unknown))).toMatchObject({
      message: expect.stringContaining("Invalid metadata key 'offest'"),
      fix: "Did you mean 'offset'?",
    })
    const bad = table(kafka(), { metadata: [{ key: 'headers', type: types.int() }] })
    expect(errorOf(() => source(bad)).message).toContain('must be castable')
  })

  it('refuses sinks that cannot keep their word', () => {
    expect(errorOf(() => sink(table(kafka(), { primaryKey: [0] }))).message).toContain(
      "with 'json' format doesn't support defining PRIMARY KEY constraint",
    )
    expect(errorOf(() => sink(table(kafka({ 'sink.delivery-guarantee': 'exactly-once' }))))).toMatchObject({
      code: 'SQL_UNSUPPORTED',
      fix: expect.stringContaining('at-least-once'),
    })
    expect(errorOf(() => sink(table(kafka({ 'sink.partitioner': 'com.example.X' }))))).toMatchObject({
      code: 'SQL_UNSUPPORTED',
    })
    expect(errorOf(() => sink(table(kafka({ topic: 'a;b' }))))).toMatchObject({ code: 'SQL_UNSUPPORTED' })
    expect(
      errorOf(() => sink(table(kafka(), { metadata: [{ key: 'offset', type: types.bigint() }] }))).message,
    ).toContain('for writing:\nheaders\ntimestamp')
    expect(
      errorOf(() => sink(table(kafka({ 'sink.partitioner': 'round-robin', 'key.format': 'json', 'key.fields': 'a' }))))
        .message,
    ).toContain("'round-robin' partitioner only works")
  })

  it('accepts options that only the Java client has', () => {
    const spec = sink(
      table(
        kafka({
          'properties.linger.ms': '5',
          'sink.transactional-id-prefix': 'x',
          'properties.security.protocol': 'PLAINTEXT',
        }),
      ),
    )
    expect(spec.ignoredOptions).toEqual(['properties.linger.ms', 'sink.transactional-id-prefix'])
    expect(spec.changelog).toBe('insert-only')
  })
})

describe('jdbc', () => {
  it('appends without a primary key and upserts with one', () => {
    expect(sink(table(jdbc()))).toMatchObject({ changelog: 'insert-only', keyColumns: [] })
    expect(sink(table(jdbc({ driver: 'org.postgresql.Driver' }), { primaryKey: [0] }))).toMatchObject({
      changelog: 'upsert',
      keyColumns: [0],
      ignoredOptions: ['driver'],
    })
  })

  it.each<[string, Record<string, string>, string, string]>([
    ['no url', without(jdbc(), 'url'), 'OPTION_INVALID', 'Missing required options are:\n\nurl'],
    ['another database', jdbc({ url: 'jdbc:mysql://localhost/x' }), 'SQL_UNSUPPORTED', "'mysql' is not supported"],
    ['no url of JDBC', jdbc({ url: 'postgresql://u:secret@localhost/x' }), 'OPTION_INVALID', 'it is not a JDBC URL'],
    [
      'a password without a user',
      jdbc({ password: 'x' }),
      'OPTION_INVALID',
      'Either all or none of the following options should be provided:\nusername\npassword',
    ],
    [
      'a bad interval',
      jdbc({ 'sink.buffer-flush.interval': 'soon' }),
      'OPTION_INVALID',
      "'soon', which is not a duration",
    ],
    ['negative retries', jdbc({ 'sink.max-retries': '-1' }), 'OPTION_INVALID', "'-1' is not an integer"],
    ['an unknown option', jdbc({ tablename: 'x' }), 'OPTION_INVALID', "Unsupported options found for 'jdbc'"],
  ])('refuses %s', (_, options, code, message) => {
    const error = errorOf(() => sink(table(options)))
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) })
    expect(error.message).not.toContain('secret')
  })

  it('refuses types that Flink does not write, and reading', () => {
    expect(errorOf(() => sink(table(jdbc(), { fields: { m: types.array(types.int()) } }))).message).toContain(
      'Writing ARRAY type is not yet supported in JDBC:PostgreSQL.',
    )
    expect(errorOf(() => sink(table(jdbc(), { fields: { m: types.timestampLtz(3) } }))).message).toContain(
      'Unsupported type:TIMESTAMP_LTZ(3)',
    )
    expect(errorOf(() => source(table(jdbc())))).toMatchObject({ code: 'SQL_UNSUPPORTED' })
  })

  it.each([
    [
      'jdbc:postgresql://h:1/d?user=u&password=p%20w',
      { address: { host: 'h', port: 1, database: 'd' }, user: 'u', password: 'p w' },
    ],
    ['jdbc:postgresql://h/d', { address: { host: 'h', port: 5432, database: 'd' }, user: null, password: null }],
    ['jdbc:postgresql:d', { address: { host: 'localhost', port: 5432, database: 'd' } }],
    ['jdbc:postgresql://[::1]:5433/', { address: { host: '::1', port: 5433, database: 'postgres' } }],
    [
      'jdbc:postgresql://h/d?ssl=true&currentSchema=s&reWriteBatchedInserts=true',
      { tls: { mode: 'verify-full' }, searchPath: 's', ignoredProperties: ['rewritebatchedinserts'] },
    ],
  ])('reads %s', (url, expected) => {
    expect(parseJdbcUrl(url)).toMatchObject(expected)
  })

  it('reads names as Postgres does', () => {
    expect(parsePostgresName('Public.Rides')).toEqual(['public', 'rides'])
    expect(parsePostgresName('"Odd ""Name"""."x.y"')).toEqual(['Odd "Name"', 'x.y'])
    expect(parsePostgresName('a.')).toBeUndefined()
    expect(parsePostgresName('')).toBeUndefined()
  })
})

describe('datagen, print and blackhole', () => {
  const refused: [string, ConnectorDefinition['identifier'], Record<string, string>, string][] = [
    [
      'an unknown option',
      'datagen',
      { bogus: '3' },
      "Unsupported options found for 'datagen'.\n\nUnsupported options:\n\nbogus\n\nSupported options:\n\nconnector\nfields.a.kind\nfields.a.max\nfields.a.min\nfields.a.null-rate",
    ],
    [
      'a sequence without bounds',
      'datagen',
      { 'fields.a.kind': 'sequence' },
      "Could not find required property 'fields.a.start' for sequence generator.",
    ],
    [
      'a sequence that runs backwards',
      'datagen',
      { 'fields.a.kind': 'sequence', 'fields.a.start': '2', 'fields.a.end': '1' },
      'cannot be greater than',
    ],
    ['a rate of NULLs above one', 'datagen', { 'fields.a.null-rate': '2' }, 'null-rate'],
    ['a bound that is no number', 'datagen', { 'fields.a.min': 'x' }, "'x' is not a INT"],
  ]
  it.each(refused)('refuses %s', (_, connector, options, message) => {
    expect(errorOf(() => source(table({ connector, ...options }))).message).toContain(message)
  })

  it('are bounded by rows or sequences', () => {
    expect(source(table({ connector: 'datagen' })).bounded).toBe(false)
    expect(source(table({ connector: 'datagen', 'number-of-rows': '3' })).bounded).toBe(true)
  })

  it('take every change', () => {
    expect(sink(table({ connector: 'print', 'print-identifier': 'x' })).changelog).toBe('all')
    expect(sink(table({ connector: 'blackhole' })).changelog).toBe('all')
    expect(errorOf(() => sink(table({ connector: 'blackhole', x: '1' }))).code).toBe('OPTION_INVALID')
  })
})

it('reads parallelism', () => {
  expect(readParallelism({ 'sink.parallelism': '3' }, 'sink.parallelism')).toBe(3)
  expect(readParallelism({}, 'sink.parallelism')).toBeUndefined()
  expect(errorOf(() => readParallelism({ 'sink.parallelism': '0' }, 'sink.parallelism')).code).toBe('OPTION_INVALID')
})
