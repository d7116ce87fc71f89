// Options of the CSV format under Flink's keys, parsed and checked.
// Source: https://nightlies.apache.org/flink/flink-docs-release-2.2/docs/connectors/table/formats/csv/
// `ignore-first-line` and `empty-string-as-null` are of Flink's versions behind 2.2.
import { FlinktsError } from '../../common/errors.ts'
import { typeToString, type LogicalType } from '../../types/logical-type.ts'

/** Characters are single ASCII ones. */
export interface CsvFormatOptions {
  readonly fieldDelimiter: string
  /** null: quotes are ordinary characters. */
  readonly quoteCharacter: string | null
  readonly escapeCharacter: string | null
  /** Lines that begin with `#` and empty ones are passed over, and blanks at the beginning of a line do not count. */
  readonly allowComments: boolean
  /** Fields that cannot be read are NULL; rows with too many fields are dropped. */
  readonly ignoreParseErrors: boolean
  /** Between the elements of an ARRAY and the fields of a nested ROW. */
  readonly arrayElementDelimiter: string
  readonly nullLiteral: string | null
  /**
   * The first record of each file, behind comments, is its header. It is passed over and no more: fields belong to columns
   * by position. Flink looks for the end of the line there, in quotes too; here a quoted name may have lines of its own.
   */
  readonly ignoreFirstLine: boolean
  readonly emptyStringAsNull: boolean
}

export const defaultCsvFormatOptions: CsvFormatOptions = {
  fieldDelimiter: ',',
  quoteCharacter: '"',
  escapeCharacter: null,
  allowComments: false,
  ignoreParseErrors: false,
  arrayElementDelimiter: ';',
  nullLiteral: null,
  ignoreFirstLine: false,
  emptyStringAsNull: false,
}

/** The option keys without their prefix. */
export const csvFormatOptionKeys = [
  'allow-comments',
  'array-element-delimiter',
  'disable-quote-character',
  'empty-string-as-null',
  'escape-character',
  'field-delimiter',
  'ignore-first-line',
  'ignore-parse-errors',
  'null-literal',
  'quote-character',
  'write-bigdecimal-in-scientific-notation',
] as const

const BOOLEANS = ['true', 'false'] as const

/** What the keys can be set to, where it is one of a few. */
export const csvFormatOptionChoices: Partial<Record<CsvFormatOptionKey, readonly string[]>> = {
  'allow-comments': BOOLEANS,
  'disable-quote-character': BOOLEANS,
  'empty-string-as-null': BOOLEANS,
  'ignore-first-line': BOOLEANS,
  'ignore-parse-errors': BOOLEANS,
  'write-bigdecimal-in-scientific-notation': BOOLEANS,
}

type CsvFormatOptionKey = (typeof csvFormatOptionKeys)[number]
type Options = Readonly<Record<string, string>>

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', b: '\b', f: '\f', '\\': '\\' }

/** `\t`, `\u0001` … as people write them in SQL; Flink reads the delimiter so. */
function unescapeJava(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code: string | undefined, character: string) =>
    code === undefined ? (ESCAPES[character] ?? character) : String.fromCharCode(parseInt(code, 16)),
  )
}

function invalid(key: string, value: string, why: string, fix: string): FlinktsError {
  return new FlinktsError('OPTION_INVALID', `Invalid value for option '${key}': '${value}' ${why}.`, { fix })
}

/** `prefix`: what stands before the keys, e.g. `csv.`. Throws OPTION_INVALID naming the option. */
export function readCsvFormatOptions(options: Options, prefix: string): CsvFormatOptions {
  const boolean = (key: CsvFormatOptionKey): boolean => {
    const value = options[prefix + key]?.toLowerCase() ?? 'false'
    if (value === 'true' || value === 'false') return value === 'true'
    throw invalid(prefix + key, value, 'is neither true nor false', "Set it to 'true' or 'false'.")
  }
  const character = <Fallback extends string | null>(
    key: CsvFormatOptionKey,
    fallback: Fallback,
  ): string | Fallback => {
    const value = options[prefix + key]
    if (value === undefined) return fallback
    const text = key === 'field-delimiter' ? unescapeJava(value) : value
    if (text.length === 1 && text.charCodeAt(0) < 128 && text !== '\n' && text !== '\r') return text
    throw invalid(prefix + key, value, 'is not a single ASCII character', "Write one character, e.g. ';' or '\\t'.")
  }
  if (options[`${prefix}write-bigdecimal-in-scientific-notation`] !== undefined)
    boolean('write-bigdecimal-in-scientific-notation') // of writers only
  const quoteCharacter = character('quote-character', '"')
  const disableQuotes = boolean('disable-quote-character')
  if (disableQuotes && options[`${prefix}quote-character`] !== undefined) {
    throw new FlinktsError(
      'OPTION_INVALID',
      'Format cannot define a quote character and disabled quote character at the same time.',
      { fix: `Remove '${prefix}quote-character' or '${prefix}disable-quote-character'.` },
    )
  }
  return {
    fieldDelimiter: character('field-delimiter', ','),
    quoteCharacter: disableQuotes ? null : quoteCharacter,
    escapeCharacter: character('escape-character', null),
    allowComments: boolean('allow-comments'),
    ignoreParseErrors: boolean('ignore-parse-errors'),
    arrayElementDelimiter: options[`${prefix}array-element-delimiter`] ?? ';',
    nullLiteral: options[`${prefix}null-literal`] ?? null,
    ignoreFirstLine: boolean('ignore-first-line'),
    emptyStringAsNull: boolean('empty-string-as-null'),
  }
}

/** Refuses what CSV cannot carry: maps, and anything nested deeper than one level. */
export function checkCsvType(type: LogicalType, isNested = false): void {
  const isUnsupported =
    type.kind === 'MAP' || type.kind === 'MULTISET' || (isNested && (type.kind === 'ARRAY' || type.kind === 'ROW'))
  if (isUnsupported) {
    throw new FlinktsError('OPTION_INVALID', `The CSV format does not support the type ${typeToString(type)} here.`, {
      fix: 'Declare the column as STRING, or use JSON.',
    })
  }
  if (type.kind === 'TIME' && type.precision > 3) {
    throw new FlinktsError(
      'OPTION_INVALID',
      `Csv does not support TIME type with precision: ${type.precision}, it only supports precision 0 ~ 3.`,
      { fix: 'Declare the column as TIME(3).' },
    )
  }
  if (type.kind === 'ARRAY') checkCsvType(type.element, true)
  if (type.kind === 'ROW') type.fields.forEach((field) => checkCsvType(field.type, true))
}
