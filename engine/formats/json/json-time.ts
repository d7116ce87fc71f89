// Dates and times in JSON strings, as Flink's JSON format reads and writes them.
// Source: Flink's TimeFormats (SQL_TIMESTAMP_FORMAT, ISO8601_TIMESTAMP_FORMAT … java.time formatters).
import {
  daysFromCivil,
  daysInMonth,
  formatTimeOfDay,
  MILLIS_PER_DAY,
  twoDigits,
  civilFromDays,
} from '../../functions/calendar.ts'
import { floorDays, millisOf, nanosOf, timestampOf, type Timestamp } from '../../functions/timestamp.ts'
import type { JsonTimestampFormat } from './json-format-options.ts'

const DATE = /^([+-]?)(\d{4,10})-(\d\d)-(\d\d)/
const SQL_TIME = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{0,9}))?/
const ISO_TIME = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{0,9}))?)?/

/** `strict` refuses day 31 of a short month, `smart` takes its last day: java.time's ResolverStyle. */
type ResolverStyle = 'strict' | 'smart'

function resolveDate(match: RegExpExecArray, style: ResolverStyle): number | undefined {
  const [, sign, digits = '', monthText, dayText] = match
  // SignStyle.EXCEEDS_PAD: a plus sign goes with more than four digits, and only then.
  if ((sign === '+') !== digits.length > 4 && sign !== '-') return undefined
  const year = sign === '-' ? -Number(digits) : Number(digits)
  const month = Number(monthText)
  const day = Number(dayText)
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined
  const last = daysInMonth(year, month)
  if (day > last && style === 'strict') return undefined
  return daysFromCivil(year, month, Math.min(day, last))
}

/** ISO_LOCAL_DATE as days since 1970; undefined where the text is none. */
export function parseJsonDate(text: string): number | undefined {
  const match = DATE.exec(text)
  return match === null || match[0].length !== text.length ? undefined : resolveDate(match, 'strict')
}

function resolveTime(match: RegExpExecArray): { millis: number; nanos: number } | undefined {
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)]
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const nanoOfSecond = Number((match[4] ?? '').padEnd(9, '0'))
  const millis = ((hour * 60 + minute) * 60 + second) * 1000 + Math.trunc(nanoOfSecond / 1_000_000)
  return { millis, nanos: nanoOfSecond % 1_000_000 }
}

/** `HH:mm:ss[.fffffffff]` as ms of the day. */
export function parseJsonTime(text: string): number | undefined {
  const match = SQL_TIME.exec(text)
  return match === null || match[0].length !== text.length ? undefined : resolveTime(match)?.millis
}

/**
 * A timestamp in the format's standard; `withZone` asks for the trailing `Z` of TIMESTAMP_LTZ. Digits below the
 * millisecond are kept where the declared precision has room for any.
 */
export function parseJsonTimestamp(
  text: string,
  format: JsonTimestampFormat,
  withZone: boolean,
  precision: number,
): Timestamp | undefined {
  const date = DATE.exec(text)
  if (date === null) return undefined
  const isoLocal = format === 'ISO-8601' && !withZone
  const separator = text[date[0].length]
  if (separator !== (format === 'SQL' ? ' ' : 'T') && !(isoLocal && separator === 't')) return undefined
  const rest = text.slice(date[0].length + 1)
  const time = (format === 'SQL' ? SQL_TIME : ISO_TIME).exec(rest)
  if (time === null || rest.slice(time[0].length) !== (withZone ? 'Z' : '')) return undefined
  // ISO_LOCAL_DATE_TIME resolves strictly, the formatters that Flink builds itself do not
  const days = resolveDate(date, isoLocal ? 'strict' : 'smart')
  const ofDay = resolveTime(time)
  if (days === undefined || ofDay === undefined) return undefined
  return timestampOf(days * MILLIS_PER_DAY + ofDay.millis, precision > 3 ? ofDay.nanos : 0)
}

function formatJsonYear(year: number): string {
  const digits = String(Math.abs(year)).padStart(4, '0')
  return year < 0 ? `-${digits}` : digits.length > 4 ? `+${digits}` : digits
}

export function formatJsonDate(days: number): string {
  const { year, month, day } = civilFromDays(days)
  return `${formatJsonYear(year)}-${twoDigits(month)}-${twoDigits(day)}`
}

/** Trailing zeros of the fraction are left out, seconds are always there. */
export function formatJsonTimestamp(timestamp: Timestamp, format: JsonTimestampFormat, withZone: boolean): string {
  const millis = millisOf(timestamp)
  const days = floorDays(millis)
  const ofDay = millis - days * MILLIS_PER_DAY
  const nanoOfSecond = (ofDay % 1000) * 1_000_000 + nanosOf(timestamp)
  const fraction = nanoOfSecond === 0 ? '' : `.${String(nanoOfSecond).padStart(9, '0').replace(/0+$/, '')}`
  const separator = format === 'SQL' ? ' ' : 'T'
  return `${formatJsonDate(days)}${separator}${formatTimeOfDay(ofDay)}${fraction}${withZone ? 'Z' : ''}`
}
