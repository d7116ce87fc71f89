// JSON documents as Jackson reads and writes them: whole numbers exact at any size, others as Java doubles.
import { doubleToString } from './floating-point.ts'
import { toExact } from './int64.ts'

/** A number with a fraction or exponent: printed as Java prints doubles. */
export class JsonDouble {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}
export type JsonObject = Map<string, JsonValue>
export type JsonValue = null | boolean | number | bigint | string | JsonDouble | JsonValue[] | JsonObject

/** The text is no JSON; the message begins as Jackson's does. */
export class JsonSyntaxError extends Error {}

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
// what ends a run of plain characters in a string
// eslint-disable-next-line no-control-regex -- JSON forbids control characters in strings
const STRING_END = /["\\\u0000-\u001f]/g
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

class JsonReader {
  private readonly text: string
  private position = 0

  constructor(text: string) {
    this.text = text
  }

  readDocument(): JsonValue {
    const value = this.readValue()
    this.skipBlanks()
    if (this.position < this.text.length) this.unexpected()
    return value
  }

  private skipBlanks(): void {
    while (' \t\n\r'.includes(this.text[this.position] ?? '-')) this.position++
  }

  private unexpected(): never {
    const char = this.text[this.position]
    if (char === undefined) throw new JsonSyntaxError('Unexpected end-of-input')
    const word = /^[\p{L}\p{N}_$]+/u.exec(this.text.slice(this.position))
    if (word !== null) {
      throw new JsonSyntaxError(
        `Unrecognized token '${word[0]}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`,
      )
    }
    throw new JsonSyntaxError(
      `Unexpected character ('${char}' (code ${char.charCodeAt(0)})) at column ${this.position + 1}`,
    )
  }

  private readValue(): JsonValue {
    this.skipBlanks()
    switch (this.text[this.position]) {
      case '{':
        return this.readObject()
      case '[':
        return this.readArray()
      case '"':
        return this.readString()
      case 't':
        return this.readWord('true', true)
      case 'f':
        return this.readWord('false', false)
      case 'n':
        return this.readWord('null', null)
      default:
        return this.readNumber()
    }
  }

  private readWord<T>(word: string, value: T): T {
    if (
      !this.text.startsWith(word, this.position) ||
      /[\p{L}\p{N}_]/u.test(this.text[this.position + word.length] ?? '')
    ) {
      this.unexpected()
    }
    this.position += word.length
    return value
  }

  private readNumber(): JsonValue {
    NUMBER.lastIndex = this.position
    const match = NUMBER.exec(this.text)
    if (match === null) this.unexpected()
    this.position += match[0].length
    if (match[1] !== undefined || match[2] !== undefined) return new JsonDouble(Number(match[0]))
    const number = Number(match[0])
    return Number.isSafeInteger(number) ? number + 0 : toExact(BigInt(match[0]))
  }

  private readString(): string {
    let result = ''
    let start = ++this.position
    for (;;) {
      STRING_END.lastIndex = start
      const found = STRING_END.exec(this.text)
      if (found === null)
        throw new JsonSyntaxError('Unexpected end-of-input: was expecting closing quote for a string value')
      result += this.text.slice(start, found.index)
      this.position = found.index + 1
      if (found[0] === '"') return result
      if (found[0] !== '\\')
        throw new JsonSyntaxError(`Illegal unquoted character (code ${found[0].charCodeAt(0)}) in a string`)
      result += this.readEscape()
      start = this.position
    }
  }

  private readEscape(): string {
    const char = this.text[this.position++] ?? ''
    if (char === 'u') {
      const digits = this.text.slice(this.position, this.position + 4)
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new JsonSyntaxError(`Unexpected escape \\u${digits}`)
      this.position += 4
      return String.fromCharCode(parseInt(digits, 16))
    }
    const escaped = ESCAPES[char]
    if (escaped === undefined) throw new JsonSyntaxError(`Unrecognized character escape '${char}'`)
    return escaped
  }

  private readArray(): JsonValue[] {
    const result: JsonValue[] = []
    this.position++
    this.skipBlanks()
    if (this.takes(']')) return result
    for (;;) {
      result.push(this.readValue())
      this.skipBlanks()
      if (this.takes(']')) return result
      if (!this.takes(',')) this.unexpected()
    }
  }

  private readObject(): JsonObject {
    const result: JsonObject = new Map()
    this.position++
    this.skipBlanks()
    if (this.takes('}')) return result
    for (;;) {
      this.skipBlanks()
      if (this.text[this.position] !== '"') this.unexpected()
      const key = this.readString()
      this.skipBlanks()
      if (!this.takes(':')) this.unexpected()
      result.set(key, this.readValue())
      this.skipBlanks()
      if (this.takes('}')) return result
      if (!this.takes(',')) this.unexpected()
    }
  }

  private takes(char: string): boolean {
    if (this.text[this.position] !== char) return false
    this.position++
    return true
  }
}

/** Throws JsonSyntaxError. */
export function parseJson(text: string): JsonValue {
  return new JsonReader(text).readDocument()
}

/** A JSON string literal as Jackson writes it: only what must be is escaped, hexadecimal digits upper case. */
export function quoteJson(text: string): string {
  return JSON.stringify(text).replace(/\\u([0-9a-f]{4})/g, (_, digits: string) =>
    digits.startsWith('d') ? String.fromCharCode(parseInt(digits, 16)) : `\\u${digits.toUpperCase()}`,
  )
}

export type JsonScalar = null | boolean | number | bigint | string | JsonDouble

export function isJsonScalar(value: JsonValue): value is JsonScalar {
  return !Array.isArray(value) && !(value instanceof Map)
}

/** A scalar without quotes. */
export function jsonScalarToText(value: JsonScalar): string {
  return value instanceof JsonDouble ? doubleToString(value.value) : String(value)
}

export function stringifyJson(value: JsonValue): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return quoteJson(value)
  if (Array.isArray(value)) return `[${value.map(stringifyJson).join(',')}]`
  if (value instanceof Map) {
    return `{${[...value].map(([key, member]) => `${quoteJson(key)}:${stringifyJson(member)}`).join(',')}}`
  }
  return jsonScalarToText(value)
}
