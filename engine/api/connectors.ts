// Sources and sinks as a job names them: plain data until the job is built.
import {
  expectOptions,
  FLAG,
  isNamed,
  LIST_OF_TEXTS,
  oneOf,
  TEXT,
  TEXTS_BY_NAME,
  type OptionRule,
  type OptionRules,
} from '../common/expect-options.ts'
import type { Schema } from './schema.ts'
import type { RowType } from '../types/logical-type.ts'
import type { BuildContext } from './graph-builder.ts'

/** A value format of a topic. */
export interface Format<T> {
  readonly schema: Schema<T>
  /** Options under Flink's keys. */
  readonly options: Readonly<Record<string, string>>
}

/** A table of a connector: what CREATE TABLE … WITH says. */
export interface ConnectorTable {
  readonly name: string
  readonly connector: string
  /** Options under Flink's keys; addresses that were left out come from the context. */
  readonly options: (context: BuildContext) => Readonly<Record<string, string>>
  /** Further options where the table is read. */
  readonly sourceOptions?: (context: BuildContext) => Readonly<Record<string, string>>
}

export interface Source<T> {
  readonly table: ConnectorTable
  readonly schema: Schema<T>
}

declare const accepts: unique symbol

/** `T` is exactly the record type that is written. */
export interface Sink<T> {
  readonly [accepts]?: (record: T) => T
  readonly table: ConnectorTable
  /** Primary key of an upsert sink. */
  readonly upsertBy: readonly (keyof T & string)[] | undefined
  /** Checked against the stream's fields; undefined: whatever the stream has. */
  readonly rowType: RowType | undefined
}

const FORMAT: OptionRule = {
  expected: 'a format with its schema, e.g. json(Ride)',
  holds: (value) => isNamed(value) && isNamed(value['schema']) && isNamed(value['options']),
}

export interface JsonOptions {
  /** Skips and counts what does not parse; by default it fails the job. */
  readonly ignoreParseErrors?: boolean
}

const jsonOptions: OptionRules<JsonOptions> = { ignoreParseErrors: FLAG }

/** JSON values. */
export function json<T>(schema: Schema<T>, options: JsonOptions = {}): Format<T> {
  expectOptions('json', options, jsonOptions)
  return {
    schema,
    options: { format: 'json', ...(options.ignoreParseErrors === true ? { 'json.ignore-parse-errors': 'true' } : {}) },
  }
}

export interface CsvOptions {
  /** The first record of each file is a header and no data. Default false. */
  readonly header?: boolean
  /** One ASCII character. Default `,`. */
  readonly delimiter?: string
  /** One ASCII character, or false: quotes are ordinary characters. Default `"`. */
  readonly quote?: string | false
  /** What stands for NULL, e.g. `''`. Default: nothing does. */
  readonly nullLiteral?: string
  /** Fields that cannot be read are NULL, rows with too many are dropped; by default they fail the job. */
  readonly ignoreParseErrors?: boolean
}

const csvOptions: OptionRules<CsvOptions> = {
  header: FLAG,
  delimiter: TEXT,
  quote: { expected: 'a text, or false', holds: (value) => TEXT.holds(value) || value === false },
  nullLiteral: TEXT,
  ignoreParseErrors: FLAG,
}

/** CSV records; the schema's fields are theirs by position. */
export function csv<T>(schema: Schema<T>, options: CsvOptions = {}): Format<T> {
  expectOptions('csv', options, csvOptions)
  const { header, delimiter, quote, nullLiteral, ignoreParseErrors } = options
  return {
    schema,
    options: {
      format: 'csv',
      ...(header === true ? { 'csv.ignore-first-line': 'true' } : {}),
      ...(delimiter === undefined ? {} : { 'csv.field-delimiter': delimiter }),
      ...(quote === false ? { 'csv.disable-quote-character': 'true' } : {}),
      ...(typeof quote === 'string' ? { 'csv.quote-character': quote } : {}),
      ...(nullLiteral === undefined ? {} : { 'csv.null-literal': nullLiteral }),
      ...(ignoreParseErrors === true ? { 'csv.ignore-parse-errors': 'true' } : {}),
    },
  }
}

/** Where reading starts. Source: Flink's `scan.startup.mode`. */
export type StartingOffsets =
  | 'earliest'
  | 'latest'
  /** What the consumer group `group` has committed; where it has committed nothing the job fails. */
  | 'committed'
  /** The same, and where to begin where it has committed nothing. */
  | { readonly committed: true; readonly otherwise: 'earliest' | 'latest' }
  /** ms since 1970 */
  | { readonly timestamp: number }
  /** offsets by partition; of partitions left out what `group` has committed, else the earliest */
  | { readonly offsets: Readonly<Record<number, number>> }

/** Where reading ends: before this offset. Source: Flink's `scan.bounded.mode`. */
export type StoppingOffsets =
  /** Behind the last record that there is when the job starts. */
  | 'latest'
  | 'committed'
  /** Before the first record at or behind this time, ms since 1970, of those that are there when the job starts. */
  | { readonly timestamp: number }
  /** offsets by partition; partitions left out are read up to what `group` has committed, else not at all */
  | { readonly offsets: Readonly<Record<number, number>> }

export interface KafkaOptions<T> {
  readonly topic: string
  readonly value: Format<T>
  /** For sources. Default earliest. */
  readonly start?: StartingOffsets
  /** Read up to here, then end. Default: read for ever. */
  readonly until?: StoppingOffsets
  /** Consumer group: its offsets are committed with every checkpoint, and 'committed' means them. Default none. */
  readonly group?: string
  /** Default: the project's own Kafka. */
  readonly bootstrapServers?: string
  /** Further options under Flink's keys (`properties.…`, `sink.…`). */
  readonly options?: Readonly<Record<string, string>>
}

const INTEGERS_BY_PARTITION: OptionRule = {
  expected: 'offsets by partition, e.g. { 0: 120, 1: 98 }',
  holds: (value) => isNamed(value) && Object.values(value).every((offset) => Number.isSafeInteger(offset)),
}

const offsetForms = {
  timestamp: { expected: 'whole ms since 1970', holds: (value: unknown) => Number.isSafeInteger(value) },
  offsets: INTEGERS_BY_PARTITION,
}

const startForms = {
  committed: { expected: 'true', holds: (value: unknown) => value === true },
  otherwise: oneOf('earliest', 'latest'),
  ...offsetForms,
}

function formOf(at: object): string {
  const given = Object.entries(at).filter(([, value]) => value !== undefined)
  return given
    .map(([name]) => name)
    .sort()
    .join(', ')
}

/** A word, or an object in one of the forms. */
function offsetsRule(words: readonly string[], forms: readonly string[]): OptionRule {
  const listed = [...words.map((word) => `'${word}'`), ...forms.map((form) => `{ ${form} }`)]
  return {
    expected: `one of ${listed.join(', ')}`,
    holds: (value) => (isNamed(value) ? forms.includes(formOf(value)) : words.includes(value as string)),
    choices: words,
  }
}

const kafkaOptions: OptionRules<KafkaOptions<unknown>> = {
  topic: TEXT,
  value: FORMAT,
  start: offsetsRule(['earliest', 'latest', 'committed'], ['committed, otherwise', 'timestamp', 'offsets']),
  until: offsetsRule(['latest', 'committed'], ['timestamp', 'offsets']),
  group: TEXT,
  bootstrapServers: TEXT,
  options: TEXTS_BY_NAME,
}

function expectKafkaOptions(options: KafkaOptions<unknown>): void {
  const { start, until } = isNamed(options) ? options : {}
  if (isNamed(start)) expectOptions('kafka: start', start, startForms)
  if (isNamed(until)) expectOptions('kafka: until', until, offsetForms)
  expectOptions('kafka', options, kafkaOptions, ['topic', 'value'])
}

function offsetOptions(which: 'startup' | 'bounded', at: StartingOffsets | StoppingOffsets): Record<string, string> {
  const mode = (name: string): Record<string, string> => ({ [`scan.${which}.mode`]: name })
  if (at === 'committed') return mode('group-offsets')
  if (typeof at === 'string') return mode(`${at}-offset`)
  if ('committed' in at) return { ...mode('group-offsets'), 'properties.auto.offset.reset': at.otherwise }
  if ('timestamp' in at) return { ...mode('timestamp'), [`scan.${which}.timestamp-millis`]: String(at.timestamp) }
  const offsets = Object.entries(at.offsets).map(([partition, offset]) => `partition:${partition},offset:${offset}`)
  return { ...mode('specific-offsets'), [`scan.${which}.specific-offsets`]: offsets.join(';') }
}

/** A topic, to read from or to write to. */
export function kafka<T>(options: KafkaOptions<T>): Source<T> & Sink<T> {
  expectKafkaOptions(options)
  const table: ConnectorTable = {
    name: options.topic,
    connector: 'kafka',
    options: (context) => ({
      topic: options.topic,
      'properties.bootstrap.servers': options.bootstrapServers ?? context.kafkaBootstrapServers,
      ...(options.group === undefined ? {} : { 'properties.group.id': options.group }),
      ...offsetOptions('startup', options.start ?? 'earliest'),
      ...(options.until === undefined ? {} : offsetOptions('bounded', options.until)),
      ...options.value.options,
      ...options.options,
    }),
    sourceOptions: (context) => context.kafkaSourceOptions ?? {},
  }
  return { table, schema: options.value.schema, upsertBy: undefined, rowType: options.value.schema.rowType }
}

export interface FilesOptions<T> {
  /** A file, or a folder that is read with all folders below it; relative to the project's folder. */
  readonly path: string
  /** `csv(Schema)` or `json(Schema)`: a document per line. */
  readonly format: Format<T>
  /** Further options under Flink's keys (`source.path.regex-pattern` …). */
  readonly options?: Readonly<Record<string, string>>
}

const filesOptions: OptionRules<FilesOptions<unknown>> = { path: TEXT, format: FORMAT, options: TEXTS_BY_NAME }

/** Files to read, to their ends. Those named .gz, .deflate and .zst are decompressed. */
export function files<T>(options: FilesOptions<T>): Source<T> {
  expectOptions('files', options, filesOptions, ['path', 'format'])
  const { path, format } = options
  return {
    table: {
      name: path,
      connector: 'filesystem',
      options: () => ({ path, ...format.options, ...options.options }),
    },
    schema: format.schema,
  }
}

export interface PostgresOptions<T> {
  readonly table: string
  /** The table's primary key: rows are upserted. Without it they are appended. */
  readonly upsertBy?: readonly (keyof T & string)[]
  /** `jdbc:postgresql://host:port/database?user=…`. Default: the project's own Postgres. */
  readonly url?: string
  /** Further options under Flink's keys (`sink.buffer-flush.max-rows` …). */
  readonly options?: Readonly<Record<string, string>>
}

const postgresOptions: OptionRules<PostgresOptions<unknown>> = {
  table: TEXT,
  upsertBy: LIST_OF_TEXTS,
  url: TEXT,
  options: TEXTS_BY_NAME,
}

/** A Postgres table to write to; it must exist with a column for each field. */
export function postgres<T>(options: PostgresOptions<T>): Sink<T> {
  expectOptions('postgres', options, postgresOptions, ['table'])
  return {
    table: {
      name: options.table,
      connector: 'jdbc',
      options: (context) => ({
        url: options.url ?? context.postgresUrl,
        'table-name': options.table,
        ...options.options,
      }),
    },
    upsertBy: options.upsertBy,
    rowType: undefined,
  }
}

/** Prints rows as Flink's print connector does. */
export function print<T>(identifier?: string): Sink<T> {
  return {
    table: {
      name: 'print',
      connector: 'print',
      options: () => (identifier === undefined ? {} : { 'print-identifier': identifier }),
    },
    upsertBy: undefined,
    rowType: undefined,
  }
}

/** Swallows rows; for measuring. */
export function blackhole<T>(): Sink<T> {
  return {
    table: { name: 'blackhole', connector: 'blackhole', options: () => ({}) },
    upsertBy: undefined,
    rowType: undefined,
  }
}

/** Generated records. Options under Flink's keys (`rows-per-second`, `number-of-rows`, `fields.x.kind` …). */
export function datagen<T>(schema: Schema<T>, options: Readonly<Record<string, string>> = {}): Source<T> {
  return { table: { name: 'datagen', connector: 'datagen', options: () => options }, schema }
}
