// The `filesystem` connector as tables see it: a source of files of CSV records or JSON lines.
// Source: https://nightlies.apache.org/flink/flink-docs-release-2.2/docs/connectors/table/filesystem/
import { FlinktsError } from '../../common/errors.ts'
import { nearestName } from '../../common/near-name.ts'
import { checkCsvType, csvFormatOptionKeys, readCsvFormatOptions } from '../../formats/csv/csv-format-options.ts'
import { checkJsonType, jsonFormatOptionKeys, readJsonFormatOptions } from '../../formats/json/json-format-options.ts'
import { compileJavaPattern } from '../../functions/java-regular-expression.ts'
import { types } from '../../types/logical-type.ts'
import type { ConnectorDefinition, Json, MetadataColumn, SourceSpec, TableDescription } from '../connector.ts'
import { checkOptionKeys, optionError, sourceOptionKeys, type OptionKeys, type Options } from '../connector-options.ts'
import { checkMetadata } from '../metadata.ts'
import { projectSource } from '../project-source.ts'
import type { FilesystemSourceSettings } from './filesystem-settings.ts'

const IDENTIFIER = 'filesystem'

/** Of sinks, of streaming sources, and of Hive-like partitions. */
const UNSUPPORTED =
  /^(sink\.|partition\.|auto-compaction$|compaction\.|streaming-source\.|lookup\.|source\.monitor-interval$)/
/** Tells the planner of sizes; there is nothing to plan by them here. */
const IGNORED = ['source.report-statistics']

export const filesystemMetadata: readonly MetadataColumn[] = [
  { key: 'file.path', type: types.string(false) },
  { key: 'file.name', type: types.string(false) },
  { key: 'file.size', type: types.bigint(false) },
  { key: 'file.modification-time', type: types.timestampLtz(3, false) },
]

export const FILE_FORMATS = ['csv', 'json']
const FORMATS_OF_FLINK = ['avro', 'canal-json', 'debezium-json', 'orc', 'parquet', 'raw', 'testcsv']

/** The keys that a table with these options may have. */
export const filesystemOptionKeys = ({ format }: Options): OptionKeys => ({
  identifier: IDENTIFIER,
  required: ['path'],
  optional: [
    'format',
    'source.path.regex-pattern',
    ...IGNORED,
    ...(format === 'csv' ? csvFormatOptionKeys.map((key) => `csv.${key}`) : []),
    ...(format === 'json' ? jsonFormatOptionKeys.map((key) => `json.${key}`) : []),
    ...sourceOptionKeys,
  ],
})

function checkOptions(options: Options): void {
  const unsupported = Object.keys(options).find((key) => UNSUPPORTED.test(key))
  if (unsupported !== undefined) {
    throw new FlinktsError(
      'SQL_UNSUPPORTED',
      `The option '${unsupported}' of filesystem tables is not supported yet.`,
      {
        fix:
          unsupported === 'source.monitor-interval'
            ? 'Files are read as they are when the job begins; bring new ones into a topic with `flinkts produce`.'
            : `Remove '${unsupported}'.`,
      },
    )
  }
  checkOptionKeys(options, filesystemOptionKeys(options))
}

function readFormat({ options, physicalType }: TableDescription): FilesystemSourceSettings['format'] {
  const format = options['format']
  if (format === 'csv') {
    physicalType.fields.forEach((field) => checkCsvType(field.type))
    return { kind: 'csv', options: readCsvFormatOptions(options, 'csv.') }
  }
  if (format === 'json') {
    physicalType.fields.forEach((field) => checkJsonType(field.type))
    return { kind: 'json', options: readJsonFormatOptions(options, 'json.') }
  }
  if (format === undefined) {
    throw optionError(
      'One or more required options are missing.\n\nMissing required options are:\n\nformat',
      "Add 'format' = 'csv' or 'json' to the WITH clause.",
    )
  }
  if (FORMATS_OF_FLINK.includes(format)) {
    throw new FlinktsError('SQL_UNSUPPORTED', `The format '${format}' of filesystem tables is not supported yet.`, {
      fix: "Use 'format' = 'csv' or 'json'.",
    })
  }
  const near = nearestName(format, FILE_FORMATS)
  throw optionError(
    `Could not find any format factory for identifier '${format}'.\n\nAvailable factory identifiers are:\n\n${FILE_FORMATS.join('\n')}`,
    near === undefined ? "Use 'format' = 'csv' or 'json'." : `Did you mean '${near}'?`,
  )
}

/** Without `file:`; other file systems are refused. */
function readPath(options: Options): string {
  const path = options['path']!
  const scheme = /^([a-z][a-z0-9+.-]+):(\/\/)?/i.exec(path)
  if (path.trim() === '')
    throw optionError("Invalid value for option 'path': it is empty.", "Set 'path' to a file or folder.")
  if (scheme === null) return path
  if (scheme[1]!.toLowerCase() === 'file' && /^file:(\/\/)?\//i.test(path)) return path.slice(scheme[0].length)
  throw new FlinktsError('SQL_UNSUPPORTED', `'path' = '${path}': only files of this machine can be read.`, {
    fix: 'Write a path, relative ones from the project’s folder, or file:///….',
  })
}

function readPathPattern(options: Options): string | null {
  const pattern = options['source.path.regex-pattern']
  if (pattern === undefined || pattern === '') return null
  try {
    compileJavaPattern(pattern)
    return pattern
  } catch (error) {
    throw optionError(
      `Invalid value for option 'source.path.regex-pattern': ${(error as Error).message}`,
      'Write a regular expression that matches whole absolute paths of files.',
    )
  }
}

function createSource(table: TableDescription): SourceSpec {
  const { options } = table
  checkOptions(options)
  checkMetadata(table, filesystemMetadata, 'reading')
  const settings: FilesystemSourceSettings = {
    path: readPath(options),
    pathPattern: readPathPattern(options),
    format: readFormat(table),
  }
  const source: SourceSpec = {
    connector: IDENTIFIER,
    tableName: table.name,
    producedType: table.physicalType,
    projection: [],
    physicalType: table.physicalType,
    metadata: table.metadata,
    bounded: true,
    changelog: 'insert-only',
    settings: settings as unknown as Json,
    ignoredOptions: IGNORED.filter((key) => options[key] !== undefined),
  }
  return projectSource(
    source,
    table.physicalType.fields.map((_, index) => index),
    table.metadata.map((column) => column.key),
  )
}

/** A source only: a table that is written to is refused when the job is planned. */
export const filesystemDefinition: ConnectorDefinition = {
  identifier: IDENTIFIER,
  createSource,
  applyProjection: projectSource,
  metadataKeys: () => filesystemMetadata,
}
