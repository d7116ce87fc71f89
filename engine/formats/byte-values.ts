// Values read straight from bytes in the same way whatever the format. Each class is used by composition, not inherited:
// a method that saw the hidden classes of two formats would be slower for both.
import { daysFromCivil, daysInMonth } from '../functions/calendar.ts'

/** Strings up to this many bytes are looked up before they are built: most repeat. */
export const CACHED_LENGTH_MAX_BYTES = 32
const CACHE_SLOTS = 4096

interface SlicingBuffer {
  latin1Slice(start: number, end: number): string
  utf8Slice(start: number, end: number): string
}

/** As `bytes.toString('latin1', start, end)`, without looking at its arguments. */
export function latin1Slice(bytes: Buffer, start: number, end: number): string {
  return (bytes as unknown as SlicingBuffer).latin1Slice(start, end)
}

/** As `bytes.toString('utf8', start, end)`, without looking at its arguments. */
export function utf8Slice(bytes: Buffer, start: number, end: number): string {
  return (bytes as unknown as SlicingBuffer).utf8Slice(start, end)
}

/** NaN where there are no two digits. */
function twoDigitsAt(bytes: Buffer, start: number): number {
  const tens = bytes[start]! - 48
  const ones = bytes[start + 1]! - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN
}

/** `HH:mm:ss` as seconds of the day; NaN where there is anything else. */
export function secondOfDayAt(bytes: Buffer, start: number): number {
  const hour = twoDigitsAt(bytes, start)
  const minute = twoDigitsAt(bytes, start + 3)
  const second = twoDigitsAt(bytes, start + 6)
  const hasColons = bytes[start + 2] === 58 && bytes[start + 5] === 58
  return hasColons && hour <= 23 && minute <= 59 && second <= 59 ? (hour * 60 + minute) * 60 + second : NaN
}

function equalsLatin1(text: string, bytes: Buffer, start: number): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) !== bytes[start + index]) return false
  return true
}

/** Short ASCII strings that were read before. */
export class StringCache {
  readonly #strings = new Array<string | undefined>(CACHE_SLOTS).fill(undefined)

  /**
   * The ASCII string of these bytes, of at most CACHED_LENGTH_MAX_BYTES.
   *
   * @param hash - of the bytes: for each, from 0 on, `hash = (Math.imul(hash, 31) + byte) | 0`. The caller looks at each
   *   byte anyhow.
   */
  stringAt(bytes: Buffer, start: number, end: number, hash: number): string {
    const length = end - start
    const slot = (hash ^ (hash >>> 13) ^ length) & (CACHE_SLOTS - 1)
    const cached = this.#strings[slot]
    if (cached !== undefined && cached.length === length && equalsLatin1(cached, bytes, start)) return cached
    return (this.#strings[slot] = latin1Slice(bytes, start, end))
  }
}

/** Remembers the date read last: times of one day stand together. */
export class DateCache {
  #key = -1
  #days = 0

  /** `yyyy-MM-dd` as days since 1970; NaN where there is anything else. */
  daysAt(bytes: Buffer, start: number): number {
    const year = twoDigitsAt(bytes, start) * 100 + twoDigitsAt(bytes, start + 2)
    const month = twoDigitsAt(bytes, start + 5)
    const day = twoDigitsAt(bytes, start + 8)
    const key = year * 10_000 + month * 100 + day
    if (bytes[start + 4] !== 45 || bytes[start + 7] !== 45) return NaN
    if (key === this.#key) return this.#days
    if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) return NaN
    this.#key = key
    return (this.#days = daysFromCivil(year, month, day))
  }
}
