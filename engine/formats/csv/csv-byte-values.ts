// Values of ordinary fields, read straight from their bytes. Each method gives NaN where the field is anything out of the
// ordinary; it is then read as text, which knows every case.
import { daysFromCivil, daysInMonth } from '../../functions/calendar.ts'

/** Strings up to this length are looked up before they are built: most repeat. */
const CACHED_LENGTH_MAX = 32
const CACHE_SLOTS = 4096
/** A double holds every integer of so many digits, and divides it by such a power of ten with one rounding. */
const EXACT_DIGITS = 15
const POWERS_OF_TEN = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent)

interface SlicingBuffer {
  latin1Slice(start: number, end: number): string
  utf8Slice(start: number, end: number): string
}

/** NaN where there are no two digits. */
function twoDigitsAt(bytes: Uint8Array, start: number): number {
  const tens = bytes[start]! - 48
  const ones = bytes[start + 1]! - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN
}

function equalsLatin1(text: string, bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) !== bytes[start + index]) return false
  return true
}

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
  readonly #cache = new Array<string | undefined>(CACHE_SLOTS).fill(undefined)
  #cachedDateKey = -1
  #cachedDays = 0

  string(bytes: Buffer, start: number, end: number): string {
    const length = end - start
    if (length > CACHED_LENGTH_MAX) return (bytes as unknown as SlicingBuffer).utf8Slice(start, end)
    let hash = 0
    for (let position = start; position < end; position++) {
      const byte = bytes[position]!
      if (byte >= 128) return (bytes as unknown as SlicingBuffer).utf8Slice(start, end)
      hash = (Math.imul(hash, 31) + byte) | 0
    }
    const slot = (hash ^ (hash >>> 13) ^ length) & (CACHE_SLOTS - 1)
    const cached = this.#cache[slot]
    if (cached !== undefined && cached.length === length && equalsLatin1(cached, bytes, start)) return cached
    return (this.#cache[slot] = (bytes as unknown as SlicingBuffer).latin1Slice(start, end))
  }

  /** `yyyy-MM-dd` as days since 1970. */
  date(bytes: Uint8Array, start: number, end: number): number {
    return end - start === 10 ? this.#days(bytes, start) : NaN
  }

  /** `yyyy-MM-dd HH:mm:ss[.fff]` as ms since 1970. */
  timestamp(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start
    if (length !== 19 && !(length > 20 && length <= 23 && bytes[start + 19] === 46)) return NaN
    if (bytes[start + 10] !== 32 || bytes[start + 13] !== 58 || bytes[start + 16] !== 58) return NaN
    const hour = twoDigitsAt(bytes, start + 11)
    const minute = twoDigitsAt(bytes, start + 14)
    const second = twoDigitsAt(bytes, start + 17)
    if (!(hour <= 23 && minute <= 59 && second <= 59)) return NaN
    let millis = 0
    for (let position = start + 20, unit = 100; position < end; position++, unit /= 10) {
      const digit = bytes[position]! - 48
      if (!(digit >= 0 && digit <= 9)) return NaN
      millis += digit * unit
    }
    return this.#days(bytes, start) * 86_400_000 + ((hour * 60 + minute) * 60 + second) * 1000 + millis
  }

  #days(bytes: Uint8Array, start: number): number {
    const year = twoDigitsAt(bytes, start) * 100 + twoDigitsAt(bytes, start + 2)
    const month = twoDigitsAt(bytes, start + 5)
    const day = twoDigitsAt(bytes, start + 8)
    const key = year * 10_000 + month * 100 + day
    if (bytes[start + 4] !== 45 || bytes[start + 7] !== 45) return NaN
    if (key === this.#cachedDateKey) return this.#cachedDays
    if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) return NaN
    this.#cachedDateKey = key
    return (this.#cachedDays = daysFromCivil(year, month, day))
  }
}
