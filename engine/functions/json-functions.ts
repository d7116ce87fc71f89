// SQL/JSON: queries by path, and construction. Source: Flink's SqlJsonUtils.
import type { LogicalType } from '../types/logical-type.ts'
import type { Cell } from '../types/record-batch.ts'
import { formatDate, formatTimeOfDay } from './calendar.ts'
import { decimalToString, type Unscaled } from './decimal.ts'
import { fail } from './evaluation-error.ts'
import { doubleToString, floatToString } from './floating-point.ts'
import { rememberLast, type CallInfo, type ScalarFunctions } from './function-context.ts'
import {
  isJsonScalar,
  JsonDouble,
  jsonScalarToText,
  JsonSyntaxError,
  parseJson,
  quoteJson,
  stringifyJson,
  type JsonScalar,
  type JsonValue,
} from './json-document.ts'
import {
  evaluateJsonPath,
  JsonPathNotFoundError,
  JsonPathSyntaxError,
  parseJsonPath,
  type JsonPath,
} from './json-path.ts'
import { floorDays, millisOf, nanosOf, type Timestamp } from './timestamp.ts'

type Found = { readonly value: JsonValue; readonly isStrict: boolean } | { readonly error: Error }

/** Looks the path up; what goes wrong in the document or path is a result, for ON ERROR to decide about. */
function pathReader(): (text: string, path: string) => Found {
  const pathOf = rememberLast((source: string): JsonPath | Error => {
    try {
      return parseJsonPath(source)
    } catch (error) {
      if (error instanceof JsonPathSyntaxError) return error
      throw error
    }
  })
  return (text, source) => {
    const path = pathOf(source)
    if (path instanceof Error) return { error: path }
    try {
      return { value: evaluateJsonPath(path, parseJson(text)), isStrict: path.mode === 'strict' }
    } catch (error) {
      if (error instanceof JsonPathNotFoundError && path.mode === 'lax') return { value: null, isStrict: false }
      if (error instanceof JsonSyntaxError || error instanceof JsonPathNotFoundError) return { error }
      throw error
    }
  }
}

function describeKind(value: JsonValue): string {
  if (typeof value === 'string') return 'String'
  if (typeof value === 'boolean') return 'Boolean'
  if (value instanceof JsonDouble) return 'Double'
  if (typeof value === 'number' && (value | 0) === value) return 'Integer'
  return 'Long'
}

function wrongClass(value: JsonValue, wanted: string): never {
  fail(`class java.lang.${describeKind(value)} cannot be cast to class java.lang.${wanted}`)
}

/** JSON_VALUE … RETURNING: no conversion, the value must be of that type. */
function returningScalar(type: LogicalType): (value: JsonScalar) => Cell {
  switch (type.kind) {
    case 'BOOLEAN':
      return (value) => (typeof value === 'boolean' ? value : wrongClass(value, 'Boolean'))
    case 'INTEGER':
      return (value) => (typeof value === 'number' && (value | 0) === value ? value : wrongClass(value, 'Integer'))
    case 'DOUBLE':
      return (value) => (value instanceof JsonDouble ? value.value : wrongClass(value, 'Double'))
    default:
      return jsonScalarToText
  }
}

/** `onEmpty`, `onError`: NULL, ERROR or DEFAULT, whose values are the last two operands. */
function jsonValue({
  options,
  resultType,
}: CallInfo): (text: string, path: string, ifEmpty?: Cell, ifError?: Cell) => Cell {
  const read = pathReader()
  const convert = returningScalar(resultType)
  return (text, path, ifEmpty = null, ifError = null) => {
    const found = read(text, path)
    let error: Error | undefined
    if ('error' in found) error = found.error
    else if (found.value === null || (!found.isStrict && !isJsonScalar(found.value))) {
      if (options.onEmpty === 'ERROR') fail('Empty result of JSON_VALUE function is not allowed')
      return ifEmpty
    } else if (!isJsonScalar(found.value)) error = new Error('Strict jsonpath mode requires scalar value')
    else return convert(found.value)
    if (options.onError === 'ERROR') fail(error.message)
    return ifError
  }
}

function jsonQuery({ options, resultType }: CallInfo): (text: string, path: string) => Cell {
  const read = pathReader()
  const convert = returningQuery(resultType)
  const empty = (behaviour: unknown, message: string): Cell => {
    if (behaviour === 'ERROR') fail(message)
    if (behaviour === 'EMPTY ARRAY') return convert([])
    return behaviour === 'EMPTY OBJECT' ? convert(new Map()) : null
  }
  return (text, path) => {
    const found = read(text, path)
    if ('error' in found) return empty(options.onError, found.error.message)
    let { value } = found
    const isWrapped =
      options.wrapper === 'UNCONDITIONAL' || (options.wrapper === 'CONDITIONAL' && !Array.isArray(value))
    if (value !== null && isWrapped) value = [value]
    if (value === null || (!found.isStrict && isJsonScalar(value))) {
      return empty(options.onEmpty, 'Empty result of JSON_QUERY function is not allowed')
    }
    if (isJsonScalar(value)) return empty(options.onError, 'Strict jsonpath mode requires array or object value')
    return convert(value)
  }
}

function returningQuery(type: LogicalType): (value: JsonValue) => Cell {
  if (type.kind !== 'ARRAY') return stringifyJson
  return (value) => {
    if (!Array.isArray(value)) return null
    return value.map((element) => {
      if (element === null) return null
      return isJsonScalar(element) ? jsonScalarToText(element) : stringifyJson(element)
    })
  }
}

function jsonExists({ options }: CallInfo): (text: string, path: string) => Cell {
  const read = pathReader()
  return (text, path) => {
    const found = read(text, path)
    if (!('error' in found)) return found.value !== null
    if (options.onError === 'ERROR') fail(found.error.message)
    return options.onError === 'TRUE' ? true : options.onError === 'UNKNOWN' ? null : false
  }
}

function isJson({ options }: CallInfo): (text: string) => boolean {
  return (text) => {
    try {
      const value = parseJson(text)
      if (options.test === 'OBJECT') return value instanceof Map
      if (options.test === 'ARRAY') return Array.isArray(value)
      return options.test === 'SCALAR' ? isJsonScalar(value) : true
    } catch {
      return false
    }
  }
}

// ---- construction ---------------------------------------------------------------------------------------------------

function formatIso(timestamp: Timestamp, suffix: string): string {
  const millis = millisOf(timestamp)
  const days = floorDays(millis)
  const ofDay = millis - days * 86_400_000
  const nano = (ofDay % 1000) * 1_000_000 + nanosOf(timestamp)
  const digits = nano === 0 ? 0 : nano % 1_000_000 === 0 ? 3 : nano % 1000 === 0 ? 6 : 9
  const fraction = digits === 0 ? '' : `.${String(nano).padStart(9, '0').slice(0, digits)}`
  return `"${formatDate(days)}T${formatTimeOfDay(ofDay)}${fraction}${suffix}"`
}

function finiteOrQuoted(value: number, text: string): string {
  return Number.isFinite(value) ? text : `"${text}"`
}

/** The JSON text of non-null cells. */
export function jsonOfCells(type: LogicalType): (cell: Cell) => string {
  const nested = (inner: LogicalType): ((cell: Cell) => string) => {
    const toJson = jsonOfCells(inner)
    return (cell) => (cell === null ? 'null' : toJson(cell))
  }
  const entries = (value: LogicalType): ((cell: Cell) => string) => {
    const toJson = nested(value)
    return (cell) =>
      `{${[...(cell as ReadonlyMap<Cell, Cell>)].map(([k, v]) => `${quoteJson(String(k as string))}:${toJson(v)}`).join(',')}}`
  }
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return (cell) => quoteJson(cell as string)
    case 'DECIMAL':
      return (cell) => decimalToString(cell as Unscaled, type.scale)
    case 'FLOAT':
      return (cell) => finiteOrQuoted(cell as number, floatToString(cell as number))
    case 'DOUBLE':
      return (cell) => finiteOrQuoted(cell as number, doubleToString(cell as number))
    case 'TIMESTAMP':
      return (cell) => formatIso(cell as Timestamp, '')
    case 'TIMESTAMP_LTZ':
      return (cell) => formatIso(cell as Timestamp, 'Z')
    case 'BINARY':
    case 'VARBINARY':
      return (cell) => `"${Buffer.from(cell as Uint8Array).toString('base64')}"`
    case 'ARRAY': {
      const element = nested(type.element)
      return (cell) => `[${(cell as readonly Cell[]).map(element).join(',')}]`
    }
    case 'MAP':
      return entries(type.value)
    case 'MULTISET':
      return entries({ kind: 'INTEGER', nullable: false })
    case 'ROW': {
      const fields = type.fields.map((field) => [quoteJson(field.name), nested(field.type)] as const)
      return (cell) =>
        `{${(cell as readonly Cell[]).map((value, index) => `${fields[index]![0]}:${fields[index]![1](value)}`).join(',')}}`
    }
    default:
      return String
  }
}

/** Members as JSON text; `raw` operands (nested JSON_OBJECT, JSON_ARRAY, JSON) already are. */
function membersOf({ operandTypes, options }: CallInfo): ((cell: Cell) => string)[] {
  const raw = options.raw as readonly boolean[]
  return operandTypes.map((type, index) => (raw[index] ? (cell: Cell) => cell as string : jsonOfCells(type)))
}

function jsonObject(call: CallInfo): (...operands: Cell[]) => Cell {
  const members = membersOf(call)
  const skipsNulls = call.options.onNull === 'ABSENT ON NULL'
  return (...operands) => {
    const parts: string[] = []
    for (let index = 0; index < operands.length; index += 2) {
      const key = operands[index]!
      const value = operands[index + 1]!
      if (value === null && skipsNulls) continue
      parts.push(`${quoteJson(key as string)}:${value === null ? 'null' : members[index + 1]!(value)}`)
    }
    return `{${parts.join(',')}}`
  }
}

function jsonArray(call: CallInfo): (...operands: Cell[]) => Cell {
  const members = membersOf(call)
  const skipsNulls = call.options.onNull !== 'NULL ON NULL'
  return (...operands) => {
    const parts = operands.map((value, index) =>
      value === null ? (skipsNulls ? undefined : 'null') : members[index]!(value),
    )
    return `[${parts.filter((part) => part !== undefined).join(',')}]`
  }
}

/** Escapes as JSON_QUOTE does: the solidus too. */
function quote(text: string): string {
  return quoteJson(text).replaceAll('/', '\\/')
}

function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text
  try {
    const value = parseJson(text)
    return typeof value === 'string' ? value : text
  } catch (error) {
    if (error instanceof JsonSyntaxError) return text
    throw error
  }
}

export const jsonFunctions: ScalarFunctions = {
  jsonValue,
  jsonQuery,
  jsonExists,
  isJson,
  jsonObject,
  jsonArray,
  jsonString: ({ operandTypes }) => jsonOfCells(operandTypes[0]!),
  jsonQuote: () => quote,
  jsonUnquote: () => unquote,
  json: () => (text: string) => {
    try {
      return stringifyJson(parseJson(text))
    } catch (error) {
      return fail((error as Error).message)
    }
  },
}
