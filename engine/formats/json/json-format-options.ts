// Options of the JSON format under Flink's keys, parsed and checked.
// Source: https://nightlies.apache.org/flink/flink-docs-release-2.2/docs/connectors/table/formats/json/
import { FlinktsError } from '../../common/errors.ts'
import type { LogicalType } from '../../types/logical-type.ts'
import { typeToString } from '../../types/logical-type.ts'

export type JsonTimestampFormat = 'SQL' | 'ISO-8601'
export type MapNullKeyMode = 'FAIL' | 'DROP' | 'LITERAL'

export interface JsonFormatOptions {
  readonly failOnMissingField: boolean
  readonly ignoreParseErrors: boolean
  readonly timestampFormat: JsonTimestampFormat
  readonly mapNullKeyMode: MapNullKeyMode
  readonly mapNullKeyLiteral: string
  readonly encodeDecimalAsPlainNumber: boolean
  readonly encodeIgnoreNullFields: boolean
}

export const defaultJsonFormatOptions: JsonFormatOptions = {
  failOnMissingField: false,
  ignoreParseErrors: false,
  timestampFormat: 'SQL',
  mapNullKeyMode: 'FAIL',
  mapNullKeyLiteral: 'null',
  encodeDecimalAsPlainNumber: false,
  encodeIgnoreNullFields: false,
}

/** The option keys without their prefix (`json.`, `key.json.`, `value.json.`). */
export const jsonFormatOptionKeys = [
  'decode.json-parser.enabled',
  'encode.decimal-as-plain-number',
  'encode.ignore-null-fields',
  'fail-on-missing-field',
  'ignore-parse-errors',
  'map-null-key.literal',
  'map-null-key.mode',
  'timestamp-format.standard',
] as const

const TIMESTAMP_FORMATS: readonly JsonTimestampFormat[] = ['SQL', 'ISO-8601']
const MAP_NULL_KEY_MODES: readonly MapNullKeyMode[] = ['FAIL', 'DROP', 'LITERAL']
const BOOLEANS = ['true', 'false'] as const

/** What the keys can be set to, where it is one of a few. */
export const jsonFormatOptionChoices: Partial<Record<JsonFormatOptionKey, readonly string[]>> = {
  'decode.json-parser.enabled': BOOLEANS,
  'encode.decimal-as-plain-number': BOOLEANS,
  'encode.ignore-null-fields': BOOLEANS,
  'fail-on-missing-field': BOOLEANS,
  'ignore-parse-errors': BOOLEANS,
  'map-null-key.mode': MAP_NULL_KEY_MODES,
  'timestamp-format.standard': TIMESTAMP_FORMATS,
}

type JsonFormatOptionKey = (typeof jsonFormatOptionKeys)[number]

function parseBoolean(key: string, value: string): boolean {
  const lower = value.toLowerCase()
  if (lower === 'true' || lower === 'false') return lower === 'true'
  throw new FlinktsError(
    'OPTION_INVALID',
    `Invalid value for option '${key}': Unrecognized option for boolean: ${value}. Expected either true or false(case insensitive)`,
    { fix: `Set '${key}' to 'true' or 'false'.` },
  )
}

function parseChoice<T extends string>(key: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value || choice === value.toUpperCase())
  if (found !== undefined) return found
  throw new FlinktsError(
    'OPTION_INVALID',
    `Unsupported value '${value}' for option '${key}'. Supported values are [${choices.join(', ')}].`,
    { fix: `Set '${key}' to one of ${choices.map((choice) => `'${choice}'`).join(', ')}.` },
  )
}

/**
 * Reads the format's options.
 *
 * @param options - option values by full key
 * @param prefix - `json.`, `value.json.` or `key.json.`
 */
export function readJsonFormatOptions(options: Readonly<Record<string, string>>, prefix: string): JsonFormatOptions {
  const boolean = (key: JsonFormatOptionKey, fallback: boolean): boolean => {
    const value = options[prefix + key]
    return value === undefined ? fallback : parseBoolean(prefix + key, value)
  }
  const choice = <T extends string>(key: JsonFormatOptionKey, choices: readonly T[], fallback: T): T => {
    const value = options[prefix + key]
    return value === undefined ? fallback : parseChoice(prefix + key, value, choices)
  }
  // Flink's two decoders differ only in speed; the option is checked and has no effect here.
  boolean('decode.json-parser.enabled', true)
  const result: JsonFormatOptions = {
    failOnMissingField: boolean('fail-on-missing-field', false),
    ignoreParseErrors: boolean('ignore-parse-errors', false),
    timestampFormat: choice('timestamp-format.standard', TIMESTAMP_FORMATS, 'SQL'),
    mapNullKeyMode: choice('map-null-key.mode', MAP_NULL_KEY_MODES, 'FAIL'),
    mapNullKeyLiteral: options[`${prefix}map-null-key.literal`] ?? 'null',
    encodeDecimalAsPlainNumber: boolean('encode.decimal-as-plain-number', false),
    encodeIgnoreNullFields: boolean('encode.ignore-null-fields', false),
  }
  if (result.failOnMissingField && result.ignoreParseErrors) {
    throw new FlinktsError('OPTION_INVALID', "fail-on-missing-field and ignore-parse-errors shouldn't both be true.", {
      fix: `Remove '${prefix}fail-on-missing-field' or '${prefix}ignore-parse-errors'.`,
    })
  }
  return result
}

/** Refuses what JSON cannot carry: maps whose keys are not strings. */
export function checkJsonType(type: LogicalType): void {
  switch (type.kind) {
    case 'ARRAY':
      return checkJsonType(type.element)
    case 'ROW':
      return type.fields.forEach((field) => checkJsonType(field.type))
    case 'MAP':
    case 'MULTISET': {
      const key = type.kind === 'MAP' ? type.key : type.element
      if (key.kind !== 'CHAR' && key.kind !== 'VARCHAR') {
        throw new FlinktsError(
          'OPTION_INVALID',
          `JSON format doesn't support non-string as key type of map. The type is: ${typeToString(type)}`,
          { fix: 'Declare the map with STRING keys and cast them in the query.' },
        )
      }
      if (type.kind === 'MAP') checkJsonType(type.value)
      return
    }
    default:
      return
  }
}
