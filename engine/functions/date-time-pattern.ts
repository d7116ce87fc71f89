// Java's DateTimeFormatter patterns: the letters that Flink SQL's functions are used with. Others are refused by name.
import {
  civilFromDays,
  dayOfYear,
  daysFromCivil,
  daysInMonth,
  isoDayOfWeek,
  MILLIS_PER_DAY,
  twoDigits,
} from './calendar.ts'
import { fail } from './evaluation-error.ts'
import { floorDays, millisOf, nanosOf, timestampOf, type Timestamp } from './timestamp.ts'

interface LiteralPart {
  readonly literal: string
}
interface FieldPart {
  readonly letter: string
  readonly count: number
}
export type PatternPart = LiteralPart | FieldPart

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const LETTERS = 'yuYMLdDEeahHkKmsSnAwQGqcXxzZVO'
const SUPPORTED = 'yuYMLdDEahHkKmsSnwQqGeXxzZVO'

/** Splits a pattern into fields and literals. */
export function parsePattern(pattern: string): readonly PatternPart[] {
  const parts: PatternPart[] = []
  let index = 0
  while (index < pattern.length) {
    const char = pattern[index]!
    if (char === "'") {
      const end = closingQuote(pattern, index)
      const literal = pattern.slice(index + 1, end).replaceAll("''", "'")
      parts.push({ literal: literal === '' ? "'" : literal })
      index = end + 1
    } else if (/[A-Za-z]/.test(char)) {
      let end = index
      while (pattern[end] === char) end++
      if (!LETTERS.includes(char)) fail(`Unknown pattern letter: ${char}`)
      if (!SUPPORTED.includes(char))
        fail(`The date-time pattern '${pattern}' uses the letter ${char}, which flinkts does not support.`)
      parts.push({ letter: char, count: end - index })
      index = end
    } else {
      // optional sections are always written; when parsing each is required
      if (char === '[' || char === ']' || char === '{' || char === '}' || char === '#') {
        fail(`The date-time pattern '${pattern}' uses ${char}, which flinkts does not support.`)
      }
      parts.push({ literal: char })
      index++
    }
  }
  return parts
}

function closingQuote(pattern: string, start: number): number {
  for (let index = start + 1; index < pattern.length; index++) {
    if (pattern[index] !== "'") continue
    if (pattern[index + 1] !== "'" || index === start) return index
    index++
  }
  return fail(`Pattern ends with an incomplete string literal: ${pattern}`)
}

interface Fields {
  readonly days: number
  readonly millisOfDay: number
  readonly nanos: number
  readonly offsetMillis: number
  readonly zoneId: string
}

function padded(value: number, count: number): string {
  const digits = String(Math.abs(value)).padStart(count, '0')
  return value < 0 ? `-${digits}` : digits
}

function formatYearField(year: number, count: number): string {
  return count === 2 ? twoDigits(((year % 100) + 100) % 100) : padded(year, count)
}

/** The week of a US calendar: weeks begin on Sunday, the first is the one with January 1st. */
function localWeek(days: number): { year: number; week: number } {
  const { year } = civilFromDays(days)
  const firstOf = (ofYear: number): number => {
    const newYear = daysFromCivil(ofYear, 1, 1)
    return newYear - (isoDayOfWeek(newYear) % 7)
  }
  const weekYear = days >= firstOf(year + 1) ? year + 1 : year
  return { year: weekYear, week: Math.floor((days - firstOf(weekYear)) / 7) + 1 }
}

function formatName(names: readonly string[], index: number, count: number): string {
  const name = names[index]!
  return count === 4 ? name : count === 5 ? name[0]! : name.slice(0, 3)
}

function formatOffset(offsetMillis: number, count: number, zeroText: string, colon: boolean): string {
  if (offsetMillis === 0 && zeroText !== '') return zeroText
  const minutes = Math.trunc(Math.abs(offsetMillis) / 60_000)
  const sign = offsetMillis < 0 ? '-' : '+'
  const hour = sign + twoDigits(Math.trunc(minutes / 60))
  if (count === 1 && minutes % 60 === 0) return hour
  return `${hour}${colon ? ':' : ''}${twoDigits(minutes % 60)}`
}

function formatTimeField(letter: string, count: number, millisOfDay: number, nanos: number): string {
  const hour = Math.trunc(millisOfDay / 3_600_000)
  const nanoOfSecond = (millisOfDay % 1000) * 1_000_000 + nanos
  switch (letter) {
    case 'H':
      return padded(hour, count)
    case 'k':
      return padded(hour === 0 ? 24 : hour, count)
    case 'h':
      return padded(hour % 12 === 0 ? 12 : hour % 12, count)
    case 'K':
      return padded(hour % 12, count)
    case 'a':
      return hour < 12 ? 'AM' : 'PM'
    case 'm':
      return padded(Math.trunc(millisOfDay / 60_000) % 60, count)
    case 's':
      return padded(Math.trunc(millisOfDay / 1000) % 60, count)
    case 'S':
      return String(nanoOfSecond).padStart(9, '0').slice(0, count).padEnd(count, '0')
    default:
      return padded(nanoOfSecond, count)
  }
}

function formatZoneField(letter: string, count: number, fields: Fields): string {
  const { offsetMillis } = fields
  switch (letter) {
    case 'X':
      return formatOffset(offsetMillis, count, 'Z', count === 3 || count === 5)
    case 'x':
      return formatOffset(offsetMillis, count, '', count === 3 || count === 5)
    case 'Z':
      return count === 4
        ? `GMT${offsetMillis === 0 ? '' : formatOffset(offsetMillis, 2, '', true)}`
        : formatOffset(offsetMillis, 2, '', count === 5)
    case 'O':
      return `GMT${offsetMillis === 0 ? '' : formatOffset(offsetMillis, 2, '', true)}`
    default:
      return fields.zoneId
  }
}

function formatField({ letter, count }: FieldPart, fields: Fields): string {
  const { days } = fields
  const { year, month, day } = civilFromDays(days)
  switch (letter) {
    case 'y':
    case 'u':
      return formatYearField(year, count)
    case 'Y':
      return formatYearField(localWeek(days).year, count)
    case 'M':
    case 'L':
      return count <= 2 ? padded(month, count) : formatName(MONTHS, month - 1, count)
    case 'd':
      return padded(day, count)
    case 'D':
      return padded(dayOfYear(days), count)
    case 'E':
      return formatName(WEEKDAYS, isoDayOfWeek(days) - 1, count)
    case 'e':
      return count <= 2
        ? padded((isoDayOfWeek(days) % 7) + 1, count)
        : formatName(WEEKDAYS, isoDayOfWeek(days) - 1, count)
    case 'w':
      return padded(localWeek(days).week, count)
    case 'Q':
    case 'q':
      return count <= 2 ? padded(Math.trunc((month + 2) / 3), count) : `Q${Math.trunc((month + 2) / 3)}`
    case 'G':
      return year > 0 ? 'AD' : 'BC'
    case 'X':
    case 'x':
    case 'z':
    case 'Z':
    case 'V':
    case 'O':
      return formatZoneField(letter, count, fields)
    default:
      return formatTimeField(letter, count, fields.millisOfDay, fields.nanos)
  }
}

/** The text of a local timestamp; the zone is for the zone letters only. */
export function formatWithPattern(
  parts: readonly PatternPart[],
  local: Timestamp,
  zoneId = 'UTC',
  offsetMillis = 0,
): string {
  const millis = millisOf(local)
  const days = floorDays(millis)
  const fields = { days, millisOfDay: millis - days * MILLIS_PER_DAY, nanos: nanosOf(local), offsetMillis, zoneId }
  return parts.map((part) => ('literal' in part ? part.literal : formatField(part, fields))).join('')
}

// ---- parsing --------------------------------------------------------------------------------------------------------

interface Parsed {
  year?: number
  month?: number
  day?: number
  dayOfYear?: number
  hour?: number
  hourOfHalf?: number
  isAfternoon?: boolean
  minute?: number
  second?: number
  nanoOfSecond?: number
  offsetMillis?: number
}

/** Where in `text` a field ends, with its value stored; -1 where it does not match. */
function parseField(
  parts: readonly PatternPart[],
  index: number,
  text: string,
  position: number,
  parsed: Parsed,
): number {
  const { letter, count } = parts[index] as FieldPart
  if (letter === 'a') return parseHalfOfDay(text, position, parsed)
  if ((letter === 'M' || letter === 'L') && count > 2)
    return parseName(MONTHS, count, text, position, (at) => (parsed.month = at + 1))
  if (letter === 'E') return parseName(WEEKDAYS, count, text, position, () => undefined)
  if ('XxZ'.includes(letter)) return parseOffset(text, position, parsed)
  const [min, max] = digitRange(letter, count)
  const digits = /^\d*/.exec(text.slice(position, position + max))![0]
  let length = digits.length
  // fields without text between them: the first gives way to the fixed widths that follow
  if (max > count && length > min) length = Math.max(min, Math.min(length, digitsBefore(parts, index, text, position)))
  if (length < min) return -1
  return storeField(letter, Number(digits.slice(0, length)), length, parsed) ? position + length : -1
}

function digitRange(letter: string, count: number): [number, number] {
  if (letter === 'S') return [count, count]
  if (letter === 'y' || letter === 'u') return count === 2 ? [2, 2] : [count, count < 4 ? 19 : 15]
  return count === 1 ? [1, 19] : [count, count]
}

/** How many digits are left for a field once the adjacent fixed-width fields after it have theirs. */
function digitsBefore(parts: readonly PatternPart[], index: number, text: string, position: number): number {
  let reserved = 0
  for (let next = index + 1; next < parts.length; next++) {
    const part = parts[next]!
    if ('literal' in part || part.count < 2 || 'aE'.includes(part.letter)) break
    reserved += part.count
  }
  return /^\d*/.exec(text.slice(position))![0].length - reserved
}

function storeField(letter: string, value: number, digits: number, parsed: Parsed): boolean {
  const store = (field: keyof Parsed, min: number, max: number, stored = value): boolean => {
    if (value < min || value > max) return false
    ;(parsed as Record<string, number>)[field] = stored
    return true
  }
  switch (letter) {
    case 'y':
    case 'u':
    case 'Y':
      return store('year', 0, 999_999_999, digits === 2 ? 2000 + value : value)
    case 'M':
    case 'L':
      return store('month', 1, 12)
    case 'd':
      return store('day', 1, 31)
    case 'D':
      return store('dayOfYear', 1, 366)
    case 'H':
      return store('hour', 0, 24)
    case 'k':
      return store('hour', 1, 24, value % 24)
    case 'h':
      return store('hourOfHalf', 1, 12, value % 12)
    case 'K':
      return store('hourOfHalf', 0, 11)
    case 'm':
      return store('minute', 0, 59)
    case 's':
      return store('second', 0, 59)
    case 'S':
      return store('nanoOfSecond', 0, Infinity, Number(String(value).padStart(digits, '0').padEnd(9, '0').slice(0, 9)))
    case 'n':
      return store('nanoOfSecond', 0, 999_999_999)
    default:
      return fail(`The date-time pattern letter ${letter} cannot be parsed by flinkts.`)
  }
}

function parseHalfOfDay(text: string, position: number, parsed: Parsed): number {
  const word = text.slice(position, position + 2)
  if (word !== 'AM' && word !== 'PM') return -1
  parsed.isAfternoon = word === 'PM'
  return position + 2
}

function parseName(
  names: readonly string[],
  count: number,
  text: string,
  position: number,
  found: (index: number) => void,
): number {
  const shown = names.map((name) => (count === 4 ? name : name.slice(0, 3)))
  const index = shown.findIndex((name) => text.startsWith(name, position))
  if (index < 0) return -1
  found(index)
  return position + shown[index]!.length
}

function parseOffset(text: string, position: number, parsed: Parsed): number {
  const match = /^(?:Z|([+-])(\d{2}):?(\d{2})?)/.exec(text.slice(position))
  if (match === null) return -1
  const [whole, sign, hours = '0', minutes = '0'] = match
  const millis = (Number(hours) * 60 + Number(minutes)) * 60_000
  parsed.offsetMillis = sign === '-' ? -millis : millis
  return position + whole.length
}

export interface ParsedTimestamp {
  readonly local: Timestamp
  /** Where the pattern has an offset and the text gives one. */
  readonly offsetMillis: number | undefined
}

/**
 * Reads a local timestamp, resolving as Java's SMART style does: day 31 of a short month is its last day, 24:00 the
 * next day. Fields that the pattern lacks are those of 1970-01-01 00:00. Undefined where the text does not match.
 */
export function parseWithPattern(
  parts: readonly PatternPart[],
  text: string,
  mayHaveMore = false,
): ParsedTimestamp | undefined {
  const parsed: Parsed = {}
  let position = 0
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index]!
    if ('literal' in part) {
      if (!text.startsWith(part.literal, position)) return undefined
      position += part.literal.length
    } else {
      position = parseField(parts, index, text, position, parsed)
      if (position < 0) return undefined
    }
  }
  if (position < text.length && !mayHaveMore) return undefined
  const local = resolveFields(parsed)
  return local === undefined ? undefined : { local, offsetMillis: parsed.offsetMillis }
}

function resolveFields(parsed: Parsed): Timestamp | undefined {
  const { year = 1970, month = 1, day = 1, minute = 0, second = 0, nanoOfSecond = 0 } = parsed
  let hour = parsed.hour ?? 0
  if (parsed.hourOfHalf !== undefined) {
    // Java needs AM or PM to make an hour of the day of it
    hour = parsed.isAfternoon === undefined ? 0 : parsed.hourOfHalf + (parsed.isAfternoon ? 12 : 0)
  }
  if (hour === 24 && (minute !== 0 || second !== 0 || nanoOfSecond !== 0)) return undefined
  const days =
    parsed.dayOfYear === undefined
      ? daysFromCivil(year, month, Math.min(day, daysInMonth(year, month)))
      : daysFromCivil(year, 1, 1) + parsed.dayOfYear - 1
  const millis = days * MILLIS_PER_DAY + ((hour * 60 + minute) * 60 + second) * 1000
  return timestampOf(millis + Math.trunc(nanoOfSecond / 1_000_000), nanoOfSecond % 1_000_000)
}
