// Values read straight from the bytes of a document, without tokens: what generated decoders call.
//
// Each method starts at the first byte of a value and leaves `position` behind it, or -1 where the value is anything out
// of the ordinary; the record then goes to the general decoder, which knows every case and every error.
import { CACHED_LENGTH_MAX_BYTES, DateCache, latin1Slice, secondOfDayAt, StringCache } from '../byte-values.ts'
import { parseFloat32, parseInteger } from './json-numbers.ts'
import { JsonConversionError, type CellReader } from './json-cell-readers.ts'
import { JsonSyntaxError, JsonTokenizer, Token } from './json-tokenizer.ts'
import type { Cell } from '../../types/record-batch.ts'

export class JsonByteValues {
  position = 0
  /** Nanoseconds within the millisecond of the timestamp read last. */
  nanos = 0
  /** Bumped at each NULL written, so that a decoder that gives up knows whether to take any back. */
  nullCount = 0
  readonly #tokens = new JsonTokenizer()
  readonly #strings = new StringCache()
  readonly #dates = new DateCache()

  string(bytes: Buffer, start: number, end: number): string {
    let hash = 0
    let position = start + 1
    for (; position < end; position++) {
      const byte = bytes[position]!
      if (byte === 34) break
      if (byte === 92 || byte >= 128) return this.#escapedString(bytes, start, end)
      hash = (Math.imul(hash, 31) + byte) | 0
    }
    if (position >= end) {
      this.position = -1
      return ''
    }
    this.position = position + 1
    if (position - start - 1 > CACHED_LENGTH_MAX_BYTES) return latin1Slice(bytes, start + 1, position)
    return this.#strings.stringAt(bytes, start + 1, position, hash)
  }

  #escapedString(bytes: Buffer, start: number, end: number): string {
    return this.#read(bytes, start, end, (tokens) => tokens.text()) as string
  }

  /** Any value through the tokenizer, e.g. an array or a nested row. */
  cell(bytes: Buffer, start: number, end: number, read: CellReader): Cell {
    return this.#read(bytes, start, end, read)
  }

  #read(bytes: Buffer, start: number, end: number, read: CellReader): Cell {
    const tokens = this.#tokens
    try {
      tokens.reset(bytes, start, end)
      tokens.nextToken()
      const cell = read(tokens)
      this.position = tokens.position
      return cell
    } catch (error) {
      if (!(error instanceof JsonSyntaxError || error instanceof JsonConversionError)) throw error
      this.position = -1
      return null
    }
  }

  /** A number with more digits than a double surely holds, or with an exponent: correctly rounded. */
  double(bytes: Buffer, start: number, end: number): number {
    this.#number(bytes, start, end)
    return this.position < 0 ? 0 : Number(latin1Slice(bytes, start, this.position))
  }

  float(bytes: Buffer, start: number, end: number): number {
    this.#number(bytes, start, end)
    return this.position < 0 ? 0 : parseFloat32(latin1Slice(bytes, start, this.position))!
  }

  /** An integer of any length; a bigint beyond 2^53. */
  bigint(bytes: Buffer, start: number, end: number): number | bigint {
    const token = this.#number(bytes, start, end)
    const value = token === Token.INT ? parseInteger(latin1Slice(bytes, start, this.position), 64) : undefined
    if (value !== undefined) return value
    this.position = -1
    return 0
  }

  #number(bytes: Buffer, start: number, end: number): Token {
    const token = this.#read(bytes, start, end, (tokens) => tokens.token) as Token
    if (token !== Token.INT && token !== Token.FLOAT) this.position = -1
    return token
  }

  /** Passes over a value of any kind, checking its grammar. */
  skip(bytes: Buffer, start: number, end: number): number {
    const first = bytes[start]
    if (first === 34) return skipString(bytes, start, end) ?? this.#skipAny(bytes, start, end)
    if (first !== undefined && first >= 48 && first <= 57) {
      const behind = skipPlainNumber(bytes, start, end)
      if (behind >= 0) return behind
    }
    return this.#skipAny(bytes, start, end)
  }

  #skipAny(bytes: Buffer, start: number, end: number): number {
    this.#read(bytes, start, end, (tokens) => {
      tokens.skipChildren()
      return null
    })
    return this.position
  }

  /** `"yyyy-MM-dd"` as days since 1970. */
  date(bytes: Buffer, start: number, end: number): number {
    const days = this.#dates.daysAt(bytes, start + 1)
    this.position = start + 12 <= end && bytes[start + 11] === 34 && days === days ? start + 12 : -1
    return days
  }

  /** `"HH:mm:ss[.f…]"` as ms of the day. */
  time(bytes: Buffer, start: number, end: number): number {
    return this.#timeOfDay(bytes, start + 1, end, 34)
  }

  /** `"yyyy-MM-dd HH:mm:ss[.f…]"` with the given separator and, where asked for, a trailing Z: ms since 1970. */
  timestamp(bytes: Buffer, start: number, end: number, separator: number, withZone: boolean): number {
    const days = this.#dates.daysAt(bytes, start + 1)
    if (days !== days || bytes[start + 11] !== separator) {
      this.position = -1
      return 0
    }
    const ofDay = this.#timeOfDay(bytes, start + 12, end, withZone ? 90 : 34)
    if (withZone && this.position >= 0) this.position = bytes[this.position] === 34 ? this.position + 1 : -1
    return days * 86_400_000 + ofDay
  }

  #timeOfDay(bytes: Buffer, start: number, end: number, terminator: number): number {
    const secondOfDay = secondOfDayAt(bytes, start)
    this.position = -1
    this.nanos = 0
    if (secondOfDay !== secondOfDay) return 0
    let position = start + 8
    let millis = secondOfDay * 1000
    if (bytes[position] === 46) {
      position++
      let unit = 100_000_000
      let nanoOfSecond = 0
      for (; unit >= 1; position++, unit /= 10) {
        const digit = bytes[position]! - 48
        if (!(digit >= 0 && digit <= 9)) break
        nanoOfSecond += digit * unit
      }
      const millisOfSecond = Math.floor(nanoOfSecond / 1_000_000)
      this.nanos = nanoOfSecond - millisOfSecond * 1_000_000
      millis += millisOfSecond
    }
    if (position < end && bytes[position] === terminator) this.position = position + 1
    return millis
  }
}

/** Behind the closing quote; undefined where there is something to decode or check. */
function skipString(bytes: Buffer, start: number, end: number): number | undefined {
  for (let position = start + 1; position < end; position++) {
    const byte = bytes[position]!
    if (byte === 34) return position + 1
    if (byte === 92 || byte >= 128) return undefined
  }
  return undefined
}

/** Behind `123` or `12.5`; -1 for leading zeros, exponents and everything else. */
function skipPlainNumber(bytes: Buffer, start: number, end: number): number {
  let position = start
  while (position < end && bytes[position]! >= 48 && bytes[position]! <= 57) position++
  if (position - start > 1 && bytes[start] === 48) return -1
  if (bytes[position] === 46) {
    const fraction = ++position
    while (position < end && bytes[position]! >= 48 && bytes[position]! <= 57) position++
    if (position === fraction) return -1
  }
  return position - start < 400 && (bytes[position]! | 32) !== 101 ? position : -1
}
