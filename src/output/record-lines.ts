// Records of a topic as JSON lines, as plain values, or as a table as wide as the terminal.
import type { ConsumedRecord } from '../services/consume-records.ts'
import { formatTimestamp } from './quantities.ts'

const decoder = new TextDecoder('utf-8', { fatal: true })

/** UTF-8 text, or undefined where the bytes are none. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

/** `{"key": …}`, and `"keyEncoding": "base64"` where the bytes are no UTF-8. */
function jsonField(name: string, bytes: Uint8Array | null): Record<string, string | null> {
  if (bytes === null) return { [name]: null }
  const text = textOf(bytes)
  if (text !== undefined) return { [name]: text }
  return { [name]: Buffer.from(bytes).toString('base64'), [`${name}Encoding`]: 'base64' }
}

/** Partition, offset, timestamp (ms since 1970; null where there is none), key, value, and headers where there are any. */
export function recordToJson({ partition, offset, timestamp, key, value, headers }: ConsumedRecord): string {
  return JSON.stringify({
    partition,
    offset,
    timestamp: timestamp < 0 ? null : timestamp,
    ...jsonField('key', key),
    ...jsonField('value', value),
    ...(headers.length > 0
      ? { headers: headers.map((header) => ({ key: header.key, ...jsonField('value', header.value) })) }
      : {}),
  })
}

const newline = Buffer.from('\n')
const nullText = Buffer.from('null')

/** The values' own bytes, each with a newline behind it; a tombstone reads `null`. */
export function recordValues(records: readonly ConsumedRecord[]): Buffer {
  return Buffer.concat(records.flatMap(({ value }) => [value ?? nullText, newline]))
}

/** Control characters as `\n`, `\u001b` …: a value may not move the cursor or colour the screen. */
function shown(text: string): string {
  // eslint-disable-next-line no-control-regex -- exactly these
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    const named = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character]
    return named ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

const HEX_BYTES = 32

/** For a screen: text with control characters made visible, else how many bytes and the first of them. */
export function shownBytes(bytes: Uint8Array | null): string {
  if (bytes === null) return 'null'
  const text = textOf(bytes)
  if (text !== undefined) return shown(text)
  const hex = Buffer.from(bytes.subarray(0, HEX_BYTES)).toString('hex')
  return `<${bytes.length} bytes: ${hex}${bytes.length > HEX_BYTES ? '…' : ''}>`
}

function fieldText(value: unknown): string {
  return shown(typeof value === 'string' ? value : JSON.stringify(value))
}

/** For a screen, one line each. */
export function shownValues(records: readonly ConsumedRecord[]): string {
  return records.map(({ value }) => `${shownBytes(value)}\n`).join('')
}

interface Column {
  readonly name: string
  /** A column of numbers: set right, and never cut. */
  readonly right: boolean
  /** Grows with what comes, as far as there is room. */
  width: number
}

interface Row {
  /** By the column's name. */
  readonly cells: ReadonlyMap<string, string>
  /** Names of columns whose values are numbers. */
  readonly numeric: ReadonlySet<string>
}

const GAP = '  '
const WIDTH_MAX = 40
/** Of a column for which there is too little room. */
const WIDTH_MIN = 8
const VALUE = 'value'
const FIELD = 'field '

function rowOf({ partition, offset, timestamp, key, value, headers }: ConsumedRecord): Row {
  const cells = new Map<string, string>()
  const numeric = new Set(['partition', 'offset'])
  cells.set('partition', String(partition))
  cells.set('offset', String(offset))
  const time = timestamp < 0 ? '-' : `${formatTimestamp(timestamp)}.${String(timestamp % 1000).padStart(3, '0')}`
  cells.set('time (UTC)', time)
  if (key !== null) cells.set('key', shownBytes(key))
  if (headers.length > 0)
    cells.set('headers', headers.map((header) => `${shown(header.key)}=${shownBytes(header.value)}`).join(' '))
  const object = objectOf(value)
  if (object === undefined) cells.set(VALUE, value === null ? 'null (tombstone)' : shownBytes(value))
  for (const [name, field] of Object.entries(object ?? {})) {
    cells.set(FIELD + name, fieldText(field))
    if (typeof field === 'number') numeric.add(FIELD + name)
  }
  return { cells, numeric }
}

function objectOf(value: Uint8Array | null): Record<string, unknown> | undefined {
  if (value?.[0] !== 0x7b) return undefined
  try {
    return JSON.parse(textOf(value) ?? '') as Record<string, unknown>
  } catch {
    return undefined
  }
}

function titleOf(column: string): string {
  return column.startsWith(FIELD) ? shown(column.slice(FIELD.length)) : column
}

function lengthOf(text: string): number {
  return [...text].length
}

function cut(text: string, width: number): string {
  const characters = [...text]
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`
}

/**
 * The columns follow from the first records. Fields that come up later, and those for which the screen has no room, stand
 * behind the row as `name=value` as far as there is room; a title line is printed again where none of a record's fields
 * has a column.
 */
export class RecordTable {
  readonly #width: number
  #columns: readonly Column[] = []

  /** `width`: characters of a line. */
  constructor(width: number) {
    this.#width = width
  }

  /** Lines for the next records. */
  add(records: readonly ConsumedRecord[]): string[] {
    const rows = records.map(rowOf)
    const lines: string[] = []
    rows.forEach((row, index) => {
      if (!this.#fits(row)) {
        this.#columns = this.#layOut(rows.slice(index))
        if (lines.length > 0) lines.push('')
        lines.push(this.#title())
      }
      this.#widen(row)
      lines.push(this.#line(row))
    })
    return lines
  }

  /** Whether one of the columns is of the record's own. */
  #fits({ cells }: Row): boolean {
    return this.#columns.some(({ name }) => (name === VALUE || name.startsWith(FIELD)) && cells.has(name))
  }

  #layOut(rows: readonly Row[]): Column[] {
    // the first row's kind of value decides: others behind it get their own title
    const first = rows[0]!
    const alike = rows.filter(({ cells }) => cells.has(VALUE) === first.cells.has(VALUE))
    const names = new Set(['partition', 'offset', 'time (UTC)'])
    for (const name of ['key', 'headers']) if (alike.some(({ cells }) => cells.has(name))) names.add(name)
    for (const { cells } of alike) for (const name of cells.keys()) names.add(name)
    const columns = [...names].map((name): Column => {
      const widest = Math.max(lengthOf(titleOf(name)), ...alike.map(({ cells }) => lengthOf(cells.get(name) ?? '')))
      const isNumeric = alike.some(({ numeric }) => numeric.has(name))
      const limit = name === VALUE ? this.#width : WIDTH_MAX
      return { name, right: isNumeric, width: Math.min(widest, limit) }
    })
    // headers last: they are the widest and the rarest
    const ordered = [
      ...columns.filter(({ name }) => name !== 'headers'),
      ...columns.filter(({ name }) => name === 'headers'),
    ]
    return this.#asFarAsRoom(ordered)
  }

  #asFarAsRoom(columns: readonly Column[]): Column[] {
    const kept: Column[] = []
    let left = this.#width
    for (const column of columns) {
      const own = kept.some(({ name }) => name === VALUE || name.startsWith(FIELD))
      if (column.width > left && own) continue
      kept.push({ ...column, width: column.width > left ? Math.max(WIDTH_MIN, left) : column.width })
      left -= column.width + GAP.length
    }
    return kept
  }

  #widen({ cells }: Row): void {
    let room = this.#width + GAP.length
    for (const { width } of this.#columns) room -= width + GAP.length
    for (const column of this.#columns) {
      const missing = Math.min(lengthOf(cells.get(column.name) ?? ''), WIDTH_MAX) - column.width
      const added = Math.max(0, Math.min(missing, room))
      column.width += added
      room -= added
    }
  }

  #title(): string {
    return this.#join(this.#columns.map(({ name }) => titleOf(name)))
  }

  #line({ cells }: Row): string {
    const names = new Set(this.#columns.map(({ name }) => name))
    const rest = [...cells].filter(([name]) => !names.has(name)).map(([name, text]) => `${titleOf(name)}=${text}`)
    const line = this.#join(this.#columns.map(({ name }) => cells.get(name) ?? ''))
    return rest.length === 0 ? line : cut(`${line}${GAP}${rest.join(' ')}`, this.#width)
  }

  #join(texts: readonly string[]): string {
    const padded = texts.map((text, index) => {
      const { width, right } = this.#columns[index]!
      const short = right ? text : cut(text, width)
      const space = ' '.repeat(Math.max(0, width - lengthOf(short)))
      return right ? space + short : short + space
    })
    return cut(padded.join(GAP).trimEnd(), this.#width)
  }
}
