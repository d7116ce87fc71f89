// The `datagen` connector: rows from sequences and seeded random values.
// Source: https://nightlies.apache.org/flink/flink-docs-release-2.2/docs/connectors/table/datagen/
import { FlinktsError } from '../../common/errors.ts'
import { MAX_LENGTH, typeToString, type RowField } from '../../types/logical-type.ts'
import type { ConnectorDefinition, Json, SourceSpec, TableDescription } from '../connector.ts'
import {
  checkOptionKeys,
  optionError,
  readBoolean,
  readChoice,
  readDurationMs,
  readInteger,
  sourceOptionKeys,
  type OptionKeys,
  type Options,
} from '../connector-options.ts'
import { checkMetadata } from '../metadata.ts'
import { projectSource } from '../project-source.ts'
import type { DatagenSettings, FieldGenerator } from './datagen-settings.ts'

const DEFAULT_ROWS_PER_SECOND = 10_000
const DEFAULT_LENGTH = 100

type Family = 'number' | 'text' | 'timestamp' | 'plain'

function familyOf(field: RowField): Family {
  switch (field.type.kind) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
    case 'FLOAT':
    case 'DOUBLE':
    case 'DECIMAL':
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return 'number'
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY':
      return 'text'
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return 'timestamp'
    case 'BOOLEAN':
    case 'DATE':
    case 'TIME':
      return 'plain'
    default:
      throw new FlinktsError(
        'SQL_UNSUPPORTED',
        `datagen does not make values of type ${typeToString(field.type)} yet (column '${field.name}').`,
        { fix: 'Generate the parts and put them together in the query.' },
      )
  }
}

export const GENERATOR_KINDS = ['random', 'sequence'] as const

function kindOf(field: RowField, options: Options): 'random' | 'sequence' {
  return readChoice(options, `fields.${field.name}.kind`, GENERATOR_KINDS, 'random')
}

/** The option keys of a column depend on its kind and type, as in Flink. */
function fieldKeys(field: RowField, options: Options): string[] {
  const family = familyOf(field)
  const names = ['kind']
  if (kindOf(field, options) === 'sequence') names.push('start', 'end')
  else {
    names.push('null-rate')
    if (family === 'number') names.push('min', 'max')
    if (family === 'text') names.push('length', 'var-len')
    if (family === 'timestamp') names.push('max-past')
  }
  return names.map((name) => `fields.${field.name}.${name}`)
}

function readBound(options: Options, key: string, field: RowField): string | null {
  const text = options[key]?.trim()
  if (text === undefined) return null
  const isFractional = ['FLOAT', 'DOUBLE', 'DECIMAL'].includes(field.type.kind)
  const pattern = isFractional ? /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i : /^[+-]?\d+$/
  if (pattern.test(text)) return text
  throw optionError(
    `Invalid value for option '${key}': '${text}' is not a ${typeToString(field.type)}.`,
    `Set '${key}' to a number.`,
  )
}

function readSequence(field: RowField, options: Options): FieldGenerator {
  const prefix = `fields.${field.name}`
  if (familyOf(field) === 'timestamp' || familyOf(field) === 'plain' || field.type.kind.endsWith('BINARY')) {
    throw optionError(
      `${typeToString(field.type)} does not support sequence generator (column '${field.name}').`,
      `Remove '${prefix}.kind' or use a number or STRING column.`,
    )
  }
  const bound = (name: 'start' | 'end'): string => {
    const key = `${prefix}.${name}`
    const text = options[key]?.trim()
    if (text === undefined) {
      throw optionError(
        `Could not find required property '${key}' for sequence generator.`,
        `Add '${key}' = '…' to the WITH clause.`,
      )
    }
    if (!/^[+-]?\d+$/.test(text)) {
      throw optionError(
        `Invalid value for option '${key}': '${text}' is not an integer.`,
        `Set '${key}' to an integer.`,
      )
    }
    return text
  }
  const [start, end] = [bound('start'), bound('end')]
  if (BigInt(start) > BigInt(end)) {
    throw optionError(
      `The start value (${start}) cannot be greater than the end value (${end}) (column '${field.name}').`,
      `Mend '${prefix}.start' or '${prefix}.end'.`,
    )
  }
  return { kind: 'sequence', start, end }
}

function readRandom(field: RowField, options: Options): FieldGenerator {
  const prefix = `fields.${field.name}`
  const nullRate = Number(options[`${prefix}.null-rate`] ?? 0)
  if (!(nullRate >= 0 && nullRate <= 1)) {
    throw optionError(`Invalid value for option '${prefix}.null-rate'.`, 'Set it to a number from 0 to 1.')
  }
  const declared = 'length' in field.type && field.type.length !== MAX_LENGTH ? field.type.length : undefined
  return {
    kind: 'random',
    min: readBound(options, `${prefix}.min`, field),
    max: readBound(options, `${prefix}.max`, field),
    length: readInteger(options, `${prefix}.length`, declared ?? DEFAULT_LENGTH, 1, MAX_LENGTH),
    varLen: readBoolean(options, `${prefix}.var-len`, false),
    maxPastMs: readDurationMs(options, `${prefix}.max-past`, 0),
    nullRate,
  }
}

export const datagenOptionKeys = (ofFields: readonly string[]): OptionKeys => ({
  identifier: 'datagen',
  required: [],
  optional: ['number-of-rows', 'rows-per-second', ...ofFields, ...sourceOptionKeys],
})

/** Every key that a column of some type and kind may have. */
export const datagenFieldKeys = (column: string): string[] =>
  ['kind', 'start', 'end', 'min', 'max', 'length', 'var-len', 'max-past', 'null-rate'].map(
    (name) => `fields.${column}.${name}`,
  )

function createSource(table: TableDescription): SourceSpec {
  const { options } = table
  const { fields } = table.physicalType
  checkOptionKeys(options, datagenOptionKeys(fields.flatMap((field) => fieldKeys(field, options))))
  checkMetadata(table, [], 'reading')
  const generators = fields.map((field) =>
    kindOf(field, options) === 'sequence' ? readSequence(field, options) : readRandom(field, options),
  )
  const settings: DatagenSettings = {
    rowsPerSecond: readInteger(options, 'rows-per-second', DEFAULT_ROWS_PER_SECOND, 1),
    numberOfRows: readInteger(options, 'number-of-rows', undefined, 0) ?? null,
    fields: generators,
  }
  const source: SourceSpec = {
    connector: 'datagen',
    tableName: table.name,
    producedType: table.physicalType,
    projection: [],
    physicalType: table.physicalType,
    metadata: [],
    bounded: settings.numberOfRows !== null || generators.some((generator) => generator.kind === 'sequence'),
    changelog: 'insert-only',
    settings: settings as unknown as Json,
    ignoredOptions: [],
  }
  return projectSource(
    source,
    fields.map((_, index) => index),
    [],
  )
}

export const datagenDefinition: ConnectorDefinition = {
  identifier: 'datagen',
  createSource,
  applyProjection: projectSource,
}
