// The tokens of a JSON document, read from UTF-8 bytes one by one: the grammar of Jackson's streaming parser as Flink
// sets it up (unescaped control characters allowed, nothing else beyond RFC 8259).
import { isUtf8 } from 'node:buffer'

export const Token = {
  END_OF_INPUT: 0,
  START_OBJECT: 1,
  END_OBJECT: 2,
  START_ARRAY: 3,
  END_ARRAY: 4,
  FIELD_NAME: 5,
  STRING: 6,
  INT: 7,
  FLOAT: 8,
  TRUE: 9,
  FALSE: 10,
  NULL: 11,
} as const
export type Token = (typeof Token)[keyof typeof Token]

/** The document breaks the grammar: nothing behind this point can be read. */
export class JsonSyntaxError extends Error {}

// Limits of Jackson's StreamReadConstraints.
const NESTING_DEPTH_MAX = 1000
const NUMBER_LENGTH_MAX = 1000

const IN_OBJECT = 1
const IN_ARRAY = 2

const QUOTE = 34
const BACKSLASH = 92

const isWhitespace = (byte: number): boolean => byte === 32 || byte === 10 || byte === 13 || byte === 9
const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57

/** Pull parser; `token` is the present token, `nextToken` moves on. */
export class JsonTokenizer {
  token: Token = Token.END_OF_INPUT
  /** Behind the present token. */
  position = 0
  /** The present token's bytes; for strings and names those between the quotes. */
  tokenStart = 0
  tokenEnd = 0
  #bytes: Buffer = Buffer.alloc(0)
  #end = 0
  #depth = 0
  readonly #contexts = new Uint8Array(NESTING_DEPTH_MAX + 1)
  #hasValue = false
  #hasEscape = false

  /** Begins a document at `start`; reading ends at `end` at the latest. */
  reset(bytes: Buffer, start: number, end: number): void {
    this.#bytes = bytes
    this.position = start
    this.#end = end
    this.#depth = 0
    this.#hasValue = false
    this.token = Token.END_OF_INPUT
  }

  get bytes(): Buffer {
    return this.#bytes
  }

  get depth(): number {
    return this.#depth
  }

  nextToken(): Token {
    return (this.token = this.#readToken())
  }

  #readToken(): Token {
    let byte = this.#skipWhitespace()
    const context = this.#depth === 0 ? 0 : this.#contexts[this.#depth]!
    if (byte === -1) {
      if (context === 0) return Token.END_OF_INPUT
      throw new JsonSyntaxError(`Unexpected end-of-input within ${context === IN_OBJECT ? 'Object' : 'Array'}`)
    }
    if (this.token === Token.FIELD_NAME) {
      if (byte !== 58) throw this.#unexpected(byte, 'was expecting a colon to separate field name and value')
      this.position++
      byte = this.#skipWhitespace()
      return this.#readValue(byte)
    }
    if (byte === 125 || byte === 93) return this.#closeContext(byte, context)
    if (context !== 0 && this.#hasValue) {
      if (byte !== 44) throw this.#unexpected(byte, `was expecting comma to separate ${contextEntries(context)}`)
      this.position++
      byte = this.#skipWhitespace()
    }
    return context === IN_OBJECT ? this.#readName(byte) : this.#readValue(byte)
  }

  #skipWhitespace(): number {
    const bytes = this.#bytes
    while (this.position < this.#end) {
      const byte = bytes[this.position]!
      if (!isWhitespace(byte)) return byte
      this.position++
    }
    return -1
  }

  #closeContext(byte: number, context: number): Token {
    if (context !== (byte === 125 ? IN_OBJECT : IN_ARRAY)) {
      throw new JsonSyntaxError(`Unexpected close marker '${String.fromCharCode(byte)}'`)
    }
    this.position++
    this.#depth--
    this.#hasValue = true
    return byte === 125 ? Token.END_OBJECT : Token.END_ARRAY
  }

  #openContext(context: number): void {
    this.position++
    if (this.#depth === NESTING_DEPTH_MAX) {
      throw new JsonSyntaxError(`Document nesting depth (${NESTING_DEPTH_MAX + 1}) exceeds the maximum allowed`)
    }
    this.#contexts[++this.#depth] = context
    this.#hasValue = false
  }

  #readName(byte: number): Token {
    if (byte !== QUOTE) throw this.#unexpected(byte, 'was expecting double-quote to start field name')
    this.#scanString('field name')
    return Token.FIELD_NAME
  }

  #readValue(byte: number): Token {
    if (byte === 123) {
      this.#openContext(IN_OBJECT)
      return Token.START_OBJECT
    }
    if (byte === 91) {
      this.#openContext(IN_ARRAY)
      return Token.START_ARRAY
    }
    this.#hasValue = true
    if (byte === QUOTE) {
      this.#scanString('a String value')
      return Token.STRING
    }
    if (byte === 45 || isDigit(byte)) return this.#scanNumber(byte)
    if (byte === 116) return this.#scanLiteral('true', Token.TRUE)
    if (byte === 102) return this.#scanLiteral('false', Token.FALSE)
    if (byte === 110) return this.#scanLiteral('null', Token.NULL)
    throw this.#unrecognized(byte)
  }

  #scanString(what: string): void {
    const bytes = this.#bytes
    const end = this.#end
    let position = this.position + 1
    let seen = 0
    this.tokenStart = position
    this.#hasEscape = false
    for (; position < end; position++) {
      const byte = bytes[position]!
      if (byte === QUOTE) {
        this.tokenEnd = position
        this.position = position + 1
        if (seen >= 128 && !isUtf8(bytes.subarray(this.tokenStart, position))) {
          throw new JsonSyntaxError(`Invalid UTF-8 in ${what}`)
        }
        if (this.#hasEscape) this.#checkEscapes()
        return
      }
      seen |= byte
      if (byte === BACKSLASH) {
        this.#hasEscape = true
        position++
      }
    }
    throw new JsonSyntaxError(`Unexpected end-of-input in ${what}`)
  }

  #checkEscapes(): void {
    const bytes = this.#bytes
    for (let position = this.tokenStart; position < this.tokenEnd; position++) {
      if (bytes[position] !== BACKSLASH) continue
      const escape = bytes[++position]!
      if (escape === 117) {
        for (let digit = 1; digit <= 4; digit++) {
          if (position + digit >= this.tokenEnd || hexValue(bytes[position + digit]!) < 0) {
            throw new JsonSyntaxError('expected a hex-digit for character escape sequence')
          }
        }
        position += 4
      } else if (!SIMPLE_ESCAPES.has(escape)) {
        throw new JsonSyntaxError(`Unrecognized character escape '${String.fromCharCode(escape)}' (code ${escape})`)
      }
    }
  }

  #scanNumber(first: number): Token {
    const bytes = this.#bytes
    const end = this.#end
    const start = this.position
    let position = start + (first === 45 ? 1 : 0)
    if (position >= end || !isDigit(bytes[position]!)) {
      throw new JsonSyntaxError('expected digit (0-9) to follow minus sign, for valid numeric value')
    }
    const leading = bytes[position]!
    position = scanDigits(bytes, position, end)
    if (leading === 48 && position - start > (first === 45 ? 2 : 1)) {
      throw new JsonSyntaxError('Invalid numeric value: Leading zeroes not allowed')
    }
    let token: Token = Token.INT
    if (position < end && bytes[position] === 46) {
      token = Token.FLOAT
      position = scanRequiredDigits(bytes, position + 1, end, 'Decimal point not followed by a digit')
    }
    if (position < end && (bytes[position]! | 32) === 101) {
      token = Token.FLOAT
      position++
      if (position < end && (bytes[position] === 43 || bytes[position] === 45)) position++
      position = scanRequiredDigits(bytes, position, end, 'Exponent indicator not followed by a digit')
    }
    if (position - start > NUMBER_LENGTH_MAX) {
      throw new JsonSyntaxError(`Number value length (${position - start}) exceeds the maximum allowed`)
    }
    this.tokenStart = start
    this.tokenEnd = this.position = position
    return token
  }

  #scanLiteral(literal: string, token: Token): Token {
    const start = this.position
    for (let index = 0; index < literal.length; index++) {
      if (start + index >= this.#end || this.#bytes[start + index] !== literal.charCodeAt(index)) {
        throw this.#unrecognized(this.#bytes[start]!)
      }
    }
    const behind = start + literal.length
    if (behind < this.#end && isIdentifierPart(this.#bytes[behind]!)) throw this.#unrecognized(this.#bytes[start]!)
    this.tokenStart = start
    this.tokenEnd = this.position = behind
    return token
  }

  #unexpected(byte: number, expectation: string): JsonSyntaxError {
    return new JsonSyntaxError(
      byte === -1
        ? `Unexpected end-of-input: ${expectation}`
        : `Unexpected character ('${String.fromCharCode(byte)}' (code ${byte})): ${expectation}`,
    )
  }

  #unrecognized(byte: number): JsonSyntaxError {
    if (byte === -1 || !isIdentifierPart(byte))
      return this.#unexpected(
        byte,
        `expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`,
      )
    let behind = this.position
    while (behind < this.#end && behind - this.position < 256 && isIdentifierPart(this.#bytes[behind]!)) behind++
    const word = this.#bytes.toString('latin1', this.position, behind)
    return new JsonSyntaxError(
      word === 'NaN' || word === 'INF' || word === 'Infinity'
        ? `Non-standard token '${word}': enable \`JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS\` to allow`
        : `Unrecognized token '${word}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`,
    )
  }

  /** The present token as text, as Jackson's `getText`: names and strings unescaped, everything else as spelled. */
  text(): string {
    switch (this.token) {
      case Token.START_OBJECT:
        return '{'
      case Token.END_OBJECT:
        return '}'
      case Token.START_ARRAY:
        return '['
      case Token.END_ARRAY:
        return ']'
      case Token.FIELD_NAME:
      case Token.STRING: {
        const raw = this.#bytes.toString('utf8', this.tokenStart, this.tokenEnd)
        return this.#hasEscape ? unescapeJson(raw) : raw
      }
      case Token.END_OF_INPUT:
        return ''
      default:
        return this.#bytes.toString('latin1', this.tokenStart, this.tokenEnd)
    }
  }

  /** Moves to the end of the present value: to the matching end token of an object or array. */
  skipChildren(): void {
    if (this.token !== Token.START_OBJECT && this.token !== Token.START_ARRAY) return
    const depth = this.#depth
    while (this.#depth >= depth) this.nextToken()
  }
}

function contextEntries(context: number): string {
  return context === IN_OBJECT ? 'Object entries' : 'Array entries'
}

function scanDigits(bytes: Buffer, start: number, end: number): number {
  let position = start
  while (position < end && isDigit(bytes[position]!)) position++
  return position
}

function scanRequiredDigits(bytes: Buffer, start: number, end: number, message: string): number {
  const position = scanDigits(bytes, start, end)
  if (position === start) throw new JsonSyntaxError(message)
  return position
}

function isIdentifierPart(byte: number): boolean {
  return (
    isDigit(byte) ||
    (byte >= 65 && byte <= 90) ||
    (byte >= 97 && byte <= 122) ||
    byte === 95 ||
    byte === 36 ||
    byte >= 128
  )
}

function hexValue(byte: number): number {
  if (isDigit(byte)) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

const SIMPLE_ESCAPES = new Set([34, 92, 47, 98, 102, 110, 114, 116])
const ESCAPED: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/** Replaces the escapes of a string that was checked. Lone surrogates become '?', as when Flink stores them as UTF-8. */
function unescapeJson(raw: string): string {
  return raw
    .replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, hex: string | undefined, simple: string) =>
      hex === undefined ? (ESCAPED[simple] ?? simple) : String.fromCharCode(parseInt(hex, 16)),
    )
    .replace(/\p{Surrogate}/gu, '?')
}
