// Compares what flinkts answered with what Flink answered, as strictly as the case says (goldens' README).
import type { Expected, ExpectedError, ExpectedKafkaRecord, Value } from './recorded-case.ts'

export interface ActualRow {
  readonly op: string
  readonly cells: readonly Value[]
}
export interface ActualResult {
  readonly columns: readonly (readonly [string, string])[]
  readonly rows: readonly ActualRow[]
}

const TOLERANCE = 1e-9
const FLOAT_TOLERANCE = 1e-6

function isNear(left: string, right: string, tolerance = TOLERANCE): boolean {
  const [a, b] = [Number(left), Number(right)]
  if (Number.isNaN(a) || Number.isNaN(b)) return false
  return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b))
}

/** MAP and MULTISET entries have no order: compared as sorted pieces. */
function withoutOrder(text: string): string {
  return text.replaceAll(/\{([^{}]*)\}/g, (_, inner: string) => `{${inner.split(', ').sort().join(', ')}}`)
}

function sameCell(expected: Value, actual: Value, type: string): boolean {
  if (expected === null || actual === null) return expected === actual
  if (expected === actual) return true
  if (/^FLOAT/.test(type)) return isNear(expected, actual, FLOAT_TOLERANCE)
  if (/^DOUBLE/.test(type)) return isNear(expected, actual)
  return /MAP<|MULTISET</.test(type) && withoutOrder(expected) === withoutOrder(actual)
}

type Row = readonly Value[]

function sameRow(expected: Row, actual: Row, types: readonly string[]): boolean {
  return (
    expected.length === actual.length &&
    expected.every((cell, index) => sameCell(cell, actual[index]!, types[index] ?? ''))
  )
}

function show(rows: readonly Row[], limit = 12): string {
  const lines = rows.slice(0, limit).map((row) => `  ${JSON.stringify(row)}`)
  return lines.join('\n') + (rows.length > limit ? `\n  … ${rows.length} in all` : '')
}

function differ(expected: readonly Row[], actual: readonly Row[], what: string): string {
  return `${what} differ\nexpected:\n${show(expected)}\nactual:\n${show(actual)}`
}

function compareOrdered(
  expected: readonly Row[],
  actual: readonly Row[],
  types: readonly string[],
  what: string,
): string | undefined {
  const same = expected.length === actual.length && expected.every((row, index) => sameRow(row, actual[index]!, types))
  return same ? undefined : differ(expected, actual, what)
}

function compareMultiset(
  expected: readonly Row[],
  actual: readonly Row[],
  types: readonly string[],
  what: string,
): string | undefined {
  const rest = [...actual]
  const missing = expected.filter((row) => {
    const at = rest.findIndex((candidate) => sameRow(row, candidate, types))
    if (at >= 0) rest.splice(at, 1)
    return at < 0
  })
  return missing.length === 0 && rest.length === 0 ? undefined : differ(expected, actual, what)
}

/** `+I` and `+U` add the row, `-U` and `-D` take one equal row away; by key where the changelog has no -U. */
function materialise({ columns, rows }: ActualResult, key: readonly string[] | undefined): Row[] {
  if (key !== undefined) {
    const indexes = key.map((name) => columns.findIndex(([column]) => column === name))
    const byKey = new Map<string, Row>()
    for (const { op, cells } of rows) {
      const value = JSON.stringify(indexes.map((index) => cells[index]))
      if (op === '+I' || op === '+U') byKey.set(value, cells)
      else byKey.delete(value)
    }
    return [...byKey.values()]
  }
  const result: Row[] = []
  for (const { op, cells } of rows) {
    if (op === '+I' || op === '+U') result.push(cells)
    else {
      const at = result.findLastIndex((row) => JSON.stringify(row) === JSON.stringify(cells))
      if (at >= 0) result.splice(at, 1)
    }
  }
  return result
}

function compareColumns(expected: Expected, actual: ActualResult): string | undefined {
  const want = JSON.stringify(expected.columns)
  const got = JSON.stringify(actual.columns)
  return want === got ? undefined : `columns differ\nexpected: ${want}\nactual:   ${got}`
}

/** What differs, or undefined. */
export function compareResult(
  expected: Expected,
  actual: ActualResult,
  upsertKey?: readonly string[],
): string | undefined {
  if (expected.compare === 'none' || expected.columns === undefined) return undefined
  if (expected.columns.length === 0 && actual.rows.length === 0) return undefined
  const columns = compareColumns(expected, actual)
  if (columns !== undefined) return columns
  const types = expected.columns.map(([, type]) => type)
  const changes = actual.rows.map(({ op, cells }): Row => [op, ...cells])
  const changeTypes = ['', ...types]
  const final = (): string | undefined =>
    compareMultiset(expected.final ?? expected.rows ?? [], materialise(actual, upsertKey), types, 'final rows')
  switch (expected.compare) {
    case 'rows':
      return compareMultiset(
        (expected.rows ?? []).map((row) => ['+I', ...row]),
        changes,
        changeTypes,
        'rows',
      )
    case 'rows-ordered':
      return compareOrdered(
        (expected.rows ?? []).map((row) => ['+I', ...row]),
        changes,
        changeTypes,
        'ordered rows',
      )
    case 'changelog':
      return compareOrdered(expected.changelog ?? [], changes, changeTypes, 'changes') ?? final()
    case 'changelog-any-order':
      return compareMultiset(expected.changelog ?? [], changes, changeTypes, 'changes') ?? final()
    case 'final':
      return final()
    default:
      return undefined
  }
}

function canonicalJson(text: Value): string {
  if (text === null) return 'null'
  try {
    return JSON.stringify(JSON.parse(text))
  } catch {
    return text
  }
}

function sameNumbers(left: unknown, right: unknown): boolean {
  if (typeof left === 'number' && typeof right === 'number') return isNear(String(left), String(right))
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return left === right
  const [a, b] = [Object.entries(left), Object.entries(right)]
  return (
    a.length === b.length && a.every(([key, value], index) => b[index]![0] === key && sameNumbers(value, b[index]![1]))
  )
}

/** Equal as text, else as JSON with numbers that are near. */
function sameText(left: Value, right: Value): boolean {
  if (left === right) return true
  if (left === null || right === null) return false
  const [a, b] = [canonicalJson(left), canonicalJson(right)]
  if (a === b) return true
  try {
    return sameNumbers(JSON.parse(a), JSON.parse(b))
  } catch {
    return false
  }
}

function sameRecord(expected: ExpectedKafkaRecord, actual: ExpectedKafkaRecord): boolean {
  return (
    sameText(expected.key, actual.key) &&
    sameText(expected.value, actual.value) &&
    JSON.stringify(expected.headers ?? {}) === JSON.stringify(actual.headers ?? {}) &&
    (expected.timestamp === undefined || expected.timestamp === actual.timestamp)
  )
}

export function compareTopic(
  topic: string,
  expected: readonly ExpectedKafkaRecord[],
  actual: readonly ExpectedKafkaRecord[],
  anyOrder: boolean,
): string | undefined {
  const rest = [...actual]
  const same =
    expected.length === actual.length &&
    expected.every((record, index) => {
      if (!anyOrder) return sameRecord(record, actual[index]!)
      const at = rest.findIndex((candidate) => sameRecord(record, candidate))
      if (at >= 0) rest.splice(at, 1)
      return at >= 0
    })
  const lines = (records: readonly ExpectedKafkaRecord[]): string =>
    records.map((record) => `  ${JSON.stringify(record)}`).join('\n')
  return same ? undefined : `topic ${topic} differs\nexpected:\n${lines(expected)}\nactual:\n${lines(actual)}`
}

/** Postgres gives everything as text; numbers compare as numbers. */
export function comparePostgresTable(
  table: string,
  expected: readonly Row[],
  actual: readonly Row[],
): string | undefined {
  const isNumber = (cell: Value): boolean => cell !== null && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(cell)
  const numeric = (expected[0] ?? []).map((_, column) =>
    expected.every((row) => row[column] === null || isNumber(row[column] ?? null)),
  )
  const types = numeric.map((each) => (each ? 'DOUBLE' : 'STRING'))
  return compareMultiset(expected, actual, types, `rows of table ${table}`)
}

const NOISE = new Set(
  'the a an of to is are in on by for and or not be with that this it as at from has have must should please can but got was which when supported support yet doesn does now'.split(
    ' ',
  ),
)

function words(text: string): Set<string> {
  const found = text.toLowerCase().match(/[a-z0-9_$.*+-]+/g) ?? []
  return new Set(
    found.map((word) => word.replace(/^[.*+-]+|[.*+-]+$/g, '')).filter((word) => word.length > 1 && !NOISE.has(word)),
  )
}

/** The part of Flink's message that says what is wrong, without lists of what would be right. */
function essence(message: string): string {
  return message
    .replace(/^\w+(Exception|Error): /, '')
    .replace(/SQL validation failed\.|SQL parse failed\.|From line .*?: /g, '')
    .split(/Was expecting one of|Supported form|Supported options|Available factory|Expected one of|\. You can set/)[0]!
    .replaceAll(/org\.apache\.[\w.$]+/g, '')
}

export interface ActualError {
  readonly phase: 'plan' | 'runtime'
  /** Message, fix and causes. */
  readonly text: string
  readonly line: number | undefined
  readonly column: number | undefined
}

/**
 * Whether two errors say the same, loosely: the same phase, and half of the telling words of one of Flink's messages, or
 * the very place that Flink's message names, or our own phrase for it (error-phrases.yaml).
 */
export function compareError(expected: ExpectedError, actual: ActualError, phrase?: string): string | undefined {
  const shown = `expected (${expected.phase}): ${expected.message.slice(0, 300)}\nactual (${actual.phase}): ${actual.text.slice(0, 600)}`
  if (expected.phase !== actual.phase) return `the error came in another phase\n${shown}`
  if (phrase !== undefined && actual.text.includes(phrase)) return undefined
  const place = /line (\d+), column (\d+)/.exec(expected.message)
  if (place !== null && Number(place[1]) === actual.line && Number(place[2]) === actual.column) return undefined
  const said = words(actual.text)
  const matches = [expected.message, ...(expected.chain ?? [])].some((message) => {
    const telling = [...words(essence(message))]
    return telling.length > 0 && telling.filter((word) => said.has(word)).length * 2 >= telling.length
  })
  return matches ? undefined : `the error says something else\n${shown}`
}
