// Values of ordinary fields, read straight from their bytes. Each method gives NaN where the field is anything out of the
// ordinary; it is then read as text, which knows every case.
import { CACHED_LENGTH_MAX_BYTES, DateCache, secondOfDayAt, StringCache, utf8Slice } from '../byte-values.ts'

/** A double holds every integer of so many digits, and divides it by such a power of ten with one rounding. */
const EXACT_DIGITS = 15
const POWERS_OF_TEN = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent)

/** `-12`, at most 15 digits. */
export function readInteger(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === 45
  let position = isNegative ? start + 1 : start
  if (position === end || end - position > EXACT_DIGITS) return NaN
  let value = 0
  for (; position < end; position++) {
    const digit = bytes[position]! - 48
    if (!(digit >= 0 && digit <= 9)) return NaN
    value = value * 10 + digit
  }
  return isNegative ? 0 - value : value
}

/** `-12.5`, at most 15 digits. */
export function readDouble(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === 45
  let position = isNegative ? start + 1 : start
  if (position === end || end - position > EXACT_DIGITS + 1) return NaN
  let value = 0
  let digits = 0
  let point = -1
  for (; position < end; position++) {
    const digit = bytes[position]! - 48
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit
      digits++
    } else if (digit === -2 && point < 0) point = digits
    else return NaN
  }
  if (digits === 0 || digits > EXACT_DIGITS) return NaN
  if (point >= 0) value /= POWERS_OF_TEN[digits - point]!
  return isNegative ? -value : value
}

export class CsvByteValues {
  readonly #strings = new StringCache()
  readonly #dates = new DateCache()

  string(bytes: Buffer, start: number, end: number): string {
    if (end - start > CACHED_LENGTH_MAX_BYTES) return utf8Slice(bytes, start, end)
    let hash = 0
    for (let position = start; position < end; position++) {
      const byte = bytes[position]!
      if (byte >= 128) return utf8Slice(bytes, start, end)
      hash = (Math.imul(hash, 31) + byte) | 0
    }
    return this.#strings.stringAt(bytes, start, end, hash)
  }

  /** `yyyy-MM-dd` as days since 1970. */
  date(bytes: Buffer, start: number, end: number): number {
    return end - start === 10 ? this.#dates.daysAt(bytes, start) : NaN
  }

  /** `yyyy-MM-dd HH:mm:ss[.fff]` as ms since 1970. */
  timestamp(bytes: Buffer, start: number, end: number): number {
    const length = end - start
    if (length !== 19 && !(length > 20 && length <= 23 && bytes[start + 19] === 46)) return NaN
    if (bytes[start + 10] !== 32) return NaN
    let millis = 0
    for (let position = start + 20, unit = 100; position < end; position++, unit /= 10) {
      const digit = bytes[position]! - 48
      if (!(digit >= 0 && digit <= 9)) return NaN
      millis += digit * unit
    }
    return this.#dates.daysAt(bytes, start) * 86_400_000 + secondOfDayAt(bytes, start + 11) * 1000 + millis
  }
}
