// The formats of a Kafka table's keys and values: which format, its options, which columns it holds.
// Source: Flink's KafkaConnectorOptionsUtil (createKeyFormatProjection, createValueFormatProjection).
import { FlinktsError } from '../../common/errors.ts'
import { nearestName } from '../../common/near-name.ts'
import { checkJsonType, jsonFormatOptionKeys, readJsonFormatOptions } from '../../formats/json/json-format-options.ts'
import type { TableDescription } from '../connector.ts'
import { optionError, readChoice, type Options } from '../connector-options.ts'
import type { RecordPartSettings } from './kafka-settings.ts'

export const SUPPORTED_FORMATS = ['json']
export const FIELDS_INCLUDE = ['ALL', 'EXCEPT_KEY'] as const
const FORMATS_OF_FLINK = [
  'avro',
  'avro-confluent',
  'canal-json',
  'csv',
  'debezium-avro-confluent',
  'debezium-json',
  'maxwell-json',
  'ogg-json',
  'protobuf',
  'raw',
]

export interface RecordFormats {
  readonly value: RecordPartSettings
  readonly key: RecordPartSettings | null
}

function checkFormat(key: string, format: string): void {
  if (SUPPORTED_FORMATS.includes(format)) return
  if (FORMATS_OF_FLINK.includes(format)) {
    throw new FlinktsError('SQL_UNSUPPORTED', `The format '${format}' of option '${key}' is not supported yet.`, {
      fix: `Use '${key}' = 'json'.`,
    })
  }
  const near = nearestName(format, [...SUPPORTED_FORMATS, ...FORMATS_OF_FLINK])
  throw optionError(
    `Could not find any factory for identifier '${format}' that is a format.\n\nAvailable factory identifiers are:\n\n${SUPPORTED_FORMATS.join('\n')}`,
    near === undefined ? `Use '${key}' = 'json'.` : `Did you mean '${near}'?`,
  )
}

/** The option keys of the formats that the table names; `json.` belongs to `format`, `value.json.` to `value.format`. */
export function formatOptionKeys(options: Options): string[] {
  const withPrefix = (prefix: string): string[] => jsonFormatOptionKeys.map((key) => prefix + key)
  return [
    ...(options['value.format'] === undefined ? withPrefix('json.') : withPrefix('value.json.')),
    ...(options['key.format'] === undefined ? [] : withPrefix('key.json.')),
  ]
}

export function readRecordFormats(table: TableDescription): RecordFormats {
  const { options } = table
  const valueKey = options['value.format'] === undefined ? 'format' : 'value.format'
  const valueFormat = options[valueKey]
  if (valueFormat === undefined) {
    throw optionError(
      "Could not find required scan format 'value.format'.",
      "Add 'format' = 'json' to the WITH clause.",
    )
  }
  checkFormat(valueKey, valueFormat)
  const keyColumns = readKeyColumns(table)
  const prefix = options['key.fields-prefix'] ?? ''
  const include = readChoice(options, 'value.fields-include', FIELDS_INCLUDE, 'ALL')
  checkPrefix(table, prefix, keyColumns, include)
  const all = table.physicalType.fields.map((_, index) => index)
  const valueColumns = include === 'ALL' ? all : all.filter((index) => !keyColumns.includes(index))
  const valuePrefix = valueKey === 'format' ? 'json.' : 'value.json.'
  return {
    value: createPart(table, valueColumns, '', valuePrefix),
    key: options['key.format'] === undefined ? null : createPart(table, keyColumns, prefix, 'key.json.'),
  }
}

function createPart(
  table: TableDescription,
  columns: readonly number[],
  namePrefix: string,
  optionPrefix: string,
): RecordPartSettings {
  const fields = columns.map((index) => table.physicalType.fields[index]!)
  for (const field of fields) checkJsonType(field.type)
  return {
    format: 'json',
    json: readJsonFormatOptions(table.options, optionPrefix),
    columns,
    names: fields.map((field) => field.name.slice(namePrefix.length)),
  }
}

function readKeyColumns(table: TableDescription): number[] {
  const { options } = table
  const format = options['key.format']
  const fields = options['key.fields']
  if (format === undefined) {
    if (fields !== undefined) {
      throw optionError(
        "The option 'key.fields' can only be declared if a key format is defined using 'key.format'.",
        "Add 'key.format' = 'json'.",
      )
    }
    return []
  }
  checkFormat('key.format', format)
  if (fields === undefined || fields.trim() === '') {
    throw optionError(
      "A key format 'key.format' requires the declaration of one or more of key fields using 'key.fields'.",
      "Add 'key.fields' with the columns of the key.",
    )
  }
  return fields.split(';').map((name) => findKeyColumn(table, name.trim()))
}

function findKeyColumn(table: TableDescription, name: string): number {
  const names = table.physicalType.fields.map((field) => field.name)
  const index = names.indexOf(name)
  if (index >= 0) return index
  const near = nearestName(name, names)
  throw optionError(
    `Could not find the field '${name}' in the table schema for usage in the key format. A key field must be a regular, physical column. The following columns can be selected in the 'key.fields' option:\n[${names.join(', ')}]`,
    near === undefined ? "Mend 'key.fields'; several names are separated by ';'." : `Did you mean '${near}'?`,
  )
}

function checkPrefix(table: TableDescription, prefix: string, keyColumns: readonly number[], include: string): void {
  if (prefix === '') return
  for (const index of keyColumns) {
    const { name } = table.physicalType.fields[index]!
    if (name.startsWith(prefix)) continue
    throw optionError(
      `All fields in 'key.fields' must be prefixed with '${prefix}' when option 'key.fields-prefix' is set but field '${name}' is not prefixed.`,
      `Rename the column to '${prefix}${name}' or remove 'key.fields-prefix'.`,
    )
  }
  if (include === 'ALL') {
    throw optionError(
      "A key prefix is not allowed when option 'value.fields-include' is set to 'ALL'. Set it to 'EXCEPT_KEY' instead to avoid field overlaps.",
      "Set 'value.fields-include' to 'EXCEPT_KEY'.",
    )
  }
}
