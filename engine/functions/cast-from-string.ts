// CAST of character strings to other types: BinaryStringDataUtil and DateTimeUtils of Flink.
import { daysFromCivil, daysInMonth } from './calendar.ts'
import { limitPrecision, parseDecimal, powerOfTen, rescale, type Unscaled } from './decimal.ts'
import { fail } from './evaluation-error.ts'
import { parseDouble } from './floating-point.ts'
import { toExact, type Int64 } from './int64.ts'
import { timestampOf, type Timestamp } from './timestamp.ts'

function badNumber(text: string, why: string): never {
  fail(`For input string: '${text}'. ${why}`)
}

const INTEGER_TEXT = /^([+-]?)(\d+)(?:\.\d*)?$/

/** Digits after a point are cut off, as in Flink. */
export function stringToInteger(text: string, bits: 8 | 16 | 32 | 64): Int64 {
  const trimmed = text.trim()
  if (trimmed === '') badNumber(text, 'Input is empty.')
  const match = INTEGER_TEXT.exec(trimmed)
  if (match === null) badNumber(text, 'Invalid character found.')
  const value = BigInt(match[2]!) * (match[1] === '-' ? -1n : 1n)
  if (BigInt.asIntN(bits, value) !== value) badNumber(text, 'Overflow.')
  return toExact(value)
}

/** Text that is no number gives NULL; a number that does not fit is an error. */
export function stringToDecimal(text: string, precision: number, scale: number): Unscaled | null {
  const parsed = parseDecimal(text.trim())
  if (parsed === undefined) return null
  const value = rescale(parsed.unscaled, parsed.scale, scale)
  const magnitude = value < 0n ? -value : value
  if (magnitude >= powerOfTen(precision)) badNumber(text, 'Overflow.')
  return limitPrecision(value, precision)
}

export function stringToDouble(text: string): number {
  return parseDouble(text) ?? fail(text.trim() === '' ? 'empty String' : `For input string: "${text.trim()}"`)
}

const TRUE_WORDS = new Set(['t', 'true', 'y', 'yes', '1'])
const FALSE_WORDS = new Set(['f', 'false', 'n', 'no', '0'])

export function stringToBoolean(text: string): boolean {
  const word = text.trim().toLowerCase()
  if (TRUE_WORDS.has(word)) return true
  return FALSE_WORDS.has(word) ? false : fail(`Cannot parse '${text}' as BOOLEAN.`)
}

const DATE_TEXT = /^(\d{1,4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/

/** Days since 1970 of `year[-month[-day]]`; undefined where there is no such day. */
export function parseDate(text: string): number | undefined {
  const [date = ''] = text.trim().split(' ')
  const match = DATE_TEXT.exec(date)
  if (match === null) return undefined
  const [year, month, day] = [Number(match[1]), Number(match[2] ?? 1), Number(match[3] ?? 1)]
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  return daysFromCivil(year, month, day)
}

export function stringToDate(text: string): number {
  return parseDate(text) ?? fail(`For input string: '${text}'.`)
}

const TIME_TEXT = /^(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?)?$/

/** Milliseconds of the day of `hour[:minute[:second[.fraction]]]`. */
export function parseTime(text: string): number | undefined {
  const match = TIME_TEXT.exec(text.trim())
  if (match === null) return undefined
  const [hour, minute, second] = [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)]
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const millis = Number((match[4] ?? '').padEnd(3, '0').slice(0, 3))
  return ((hour * 60 + minute) * 60 + second) * 1000 + millis
}

export function stringToTime(text: string): number {
  return parseTime(text) ?? fail(`For input string: '${text}'.`)
}

const TIMESTAMP_DATE = /^(\d{4,10})-(\d{1,2})-(\d{1,2})/
const TIMESTAMP_TIME = /^ (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{0,9}))?/

/**
 * A local timestamp `yyyy-M-d[ H:m:s[.f]]`, resolved leniently as Java does: day 31 of a short month is its last day,
 * 24:00:00 the next day. Text that does not match gives the index at which parsing stopped.
 */
export function parseTimestamp(text: string): Timestamp | { readonly failedAt: number } {
  const date = TIMESTAMP_DATE.exec(text)
  if (date === null) return { failedAt: 0 }
  const [year, month, day] = [Number(date[1]), Number(date[2]), Number(date[3])]
  if (month < 1 || month > 12 || day < 1 || day > 31) return { failedAt: 0 }
  const days = daysFromCivil(year, month, Math.min(day, daysInMonth(year, month)))
  const rest = text.slice(date[0].length)
  if (rest === '') return days * 86_400_000
  const time = TIMESTAMP_TIME.exec(rest)
  if (time === null || time[0].length !== rest.length) return { failedAt: date[0].length + (time?.[0].length ?? 0) }
  const [hour, minute, second] = [Number(time[1]), Number(time[2]), Number(time[3])]
  const nanoOfSecond = Number((time[4] ?? '').padEnd(9, '0'))
  const isEndOfDay = hour === 24 && minute === 0 && second === 0 && nanoOfSecond === 0
  if ((hour > 23 && !isEndOfDay) || minute > 59 || second > 59) return { failedAt: 0 }
  const millis = days * 86_400_000 + ((hour * 60 + minute) * 60 + second) * 1000
  return timestampOf(millis + Math.trunc(nanoOfSecond / 1_000_000), nanoOfSecond % 1_000_000)
}

export function stringToTimestamp(text: string): Timestamp {
  const trimmed = text.trim()
  const parsed = parseTimestamp(trimmed)
  if (typeof parsed === 'number' || 'millis' in parsed) return parsed
  if (parsed.failedAt === 0) return fail(`Text '${trimmed}' could not be parsed at index 0`)
  return fail(`Text '${trimmed}' could not be parsed, unparsed text found at index ${parsed.failedAt}`)
}
