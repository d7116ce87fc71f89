// Functions on dates, times, timestamps and intervals. Flink's arithmetic before 1970 is kept: where it rounds towards
// 1970, so do these (EXTRACT, CAST to DATE), where it rounds down, so do these (FLOOR to units up to a day).
import type { LogicalType } from '../types/logical-type.ts'
import {
  addMonths,
  civilFromDays,
  dayOfYear,
  daysFromCivil,
  isoDayOfWeek,
  isoWeek,
  MILLIS_PER_DAY,
  MILLIS_PER_HOUR,
  MILLIS_PER_MINUTE,
  MILLIS_PER_SECOND,
} from './calendar.ts'
import { parseTimestamp } from './cast-from-string.ts'
import { formatWithPattern, parsePattern, parseWithPattern } from './date-time-pattern.ts'
import { fail } from './evaluation-error.ts'
import { rememberLast, type CallInfo, type ScalarFunctions } from './function-context.ts'
import type { Int64 } from './int64.ts'
import {
  floorDays,
  millisOf,
  nanosOf,
  shiftTimestamp,
  timestampOf,
  truncateTimestamp,
  type Timestamp,
} from './timestamp.ts'
import { createTimeZone, type TimeZone } from './time-zone.ts'

const DEFAULT_PATTERN = 'yyyy-MM-dd HH:mm:ss'
const UNIT_MILLIS: Readonly<Record<string, number>> = {
  MILLISECOND: 1,
  SECOND: MILLIS_PER_SECOND,
  MINUTE: MILLIS_PER_MINUTE,
  HOUR: MILLIS_PER_HOUR,
  DAY: MILLIS_PER_DAY,
  WEEK: 7 * MILLIS_PER_DAY,
}
const UNIT_MONTHS: Readonly<Record<string, number>> = {
  MONTH: 1,
  QUARTER: 3,
  YEAR: 12,
  DECADE: 120,
  CENTURY: 1200,
  MILLENNIUM: 12000,
}

function sessionZone({ context }: CallInfo): TimeZone {
  return createTimeZone(context.sessionTimeZone)
}

/** Milliseconds of local time of any datetime cell. */
function toLocalMillis(type: LogicalType, zone: TimeZone): (value: never) => number {
  switch (type.kind) {
    case 'DATE':
      return (value: number) => value * MILLIS_PER_DAY
    case 'TIMESTAMP_LTZ':
      return (value: Timestamp) => {
        const millis = millisOf(value)
        return millis + zone.offsetAt(millis)
      }
    case 'TIMESTAMP':
      return millisOf
    default:
      return (value: number) => value
  }
}

function truncateDays(localMillis: number): number {
  return Math.trunc(localMillis / MILLIS_PER_DAY) + 0
}

function centuryOf(year: number, length: number): number {
  return year > 0 ? Math.trunc((year + length - 1) / length) : Math.trunc((year - length + 1) / length)
}

/** A field of a date. */
function extractFromDate(unit: string, days: number): number | undefined {
  const { year, month, day } = civilFromDays(days)
  switch (unit) {
    case 'YEAR':
      return year
    case 'QUARTER':
      return Math.trunc((month + 2) / 3)
    case 'MONTH':
      return month
    case 'DAY':
      return day
    case 'WEEK':
      return isoWeek(days).week
    case 'ISOYEAR':
      return isoWeek(days).year
    case 'DOW':
      return (isoDayOfWeek(days) % 7) + 1
    case 'ISODOW':
      return isoDayOfWeek(days)
    case 'DOY':
      return dayOfYear(days)
    case 'DECADE':
      return Math.floor(year / 10)
    case 'CENTURY':
      return centuryOf(year, 100)
    case 'MILLENNIUM':
      return centuryOf(year, 1000)
    default:
      return undefined
  }
}

function extractFromMillis(unit: string, localMillis: number, nanos: number): number {
  const ofMinute = localMillis % MILLIS_PER_MINUTE
  switch (unit) {
    case 'HOUR':
      return Math.trunc((localMillis % MILLIS_PER_DAY) / MILLIS_PER_HOUR)
    case 'MINUTE':
      return Math.trunc((localMillis % MILLIS_PER_HOUR) / MILLIS_PER_MINUTE)
    case 'SECOND':
      return Math.trunc(ofMinute / MILLIS_PER_SECOND)
    case 'MILLISECOND':
      return ofMinute % MILLIS_PER_SECOND
    case 'MICROSECOND':
      return (ofMinute % MILLIS_PER_SECOND) * 1000 + Math.trunc(nanos / 1000)
    case 'NANOSECOND':
      return (ofMinute % MILLIS_PER_SECOND) * 1_000_000 + nanos
    default:
      return Math.trunc(localMillis / MILLIS_PER_SECOND)
  }
}

function extractFromInterval(unit: string, type: LogicalType): (value: number) => number {
  if (type.kind === 'INTERVAL_YEAR_MONTH') {
    if (unit === 'YEAR') return (months) => Math.trunc(months / 12) + 0
    if (unit === 'MONTH') return (months) => (months % 12) + 0
    return (months) => Math.trunc((months % 12) / 3) + 1
  }
  if (unit === 'DAY') return (millis) => truncateDays(millis)
  if (unit === 'EPOCH') return (millis) => Math.trunc(millis / MILLIS_PER_SECOND) + 0
  return (millis) => extractFromMillis(unit, millis, 0) + 0
}

function extract(call: CallInfo): (value: never) => number {
  const unit = call.options.unit as string
  const type = call.operandTypes[0]!
  if (type.kind === 'INTERVAL_DAY_TIME' || type.kind === 'INTERVAL_YEAR_MONTH') return extractFromInterval(unit, type)
  const local = toLocalMillis(type, sessionZone(call))
  if (extractFromDate(unit, 0) !== undefined) return (value) => extractFromDate(unit, truncateDays(local(value)))!
  return (value: never) => extractFromMillis(unit, local(value), nanosOf(value)) + 0
}

// ---- FLOOR and CEIL -------------------------------------------------------------------------------------------------

/** The first day of the unit that holds the day. */
function floorDay(unit: string, days: number): number {
  if (unit === 'WEEK') return days - (isoDayOfWeek(days) % 7)
  const { year, month } = civilFromDays(days)
  switch (unit) {
    case 'MONTH':
      return daysFromCivil(year, month, 1)
    case 'QUARTER':
      return daysFromCivil(year, month - ((month - 1) % 3), 1)
    case 'YEAR':
      return daysFromCivil(year, 1, 1)
    case 'DECADE':
      return daysFromCivil(Math.floor(year / 10) * 10, 1, 1)
    case 'CENTURY':
      return daysFromCivil((centuryOf(year, 100) - 1) * 100 + 1, 1, 1)
    case 'MILLENNIUM':
      return daysFromCivil((centuryOf(year, 1000) - 1) * 1000 + 1, 1, 1)
    default:
      return days
  }
}

function ceilDay(unit: string, days: number): number {
  const floor = floorDay(unit, days)
  if (floor === days) return days
  return unit === 'WEEK' ? floor + 7 : addMonths(floor, UNIT_MONTHS[unit]!)
}

function roundLocalMillis(unit: string, direction: 'floor' | 'ceil'): (localMillis: number) => number {
  const span = unit === 'WEEK' ? undefined : UNIT_MILLIS[unit]
  const round = direction === 'floor' ? Math.floor : Math.ceil
  if (span !== undefined) return (millis) => round(millis / span) * span + 0
  if (direction === 'floor') return (millis) => floorDay(unit, truncateDays(millis)) * MILLIS_PER_DAY
  return (millis) => {
    const days = truncateDays(millis)
    const ceiling = ceilDay(unit, days)
    // the first day of a unit is its own ceiling only at midnight
    if (ceiling !== days || millis === days * MILLIS_PER_DAY) return ceiling * MILLIS_PER_DAY
    return (unit === 'WEEK' ? days + 7 : addMonths(days, UNIT_MONTHS[unit]!)) * MILLIS_PER_DAY
  }
}

function roundTemporal(direction: 'floor' | 'ceil'): (call: CallInfo) => (value: never) => Timestamp {
  return (call) => {
    const unit = call.options.unit as string
    const type = call.operandTypes[0]!
    const round = roundLocalMillis(unit, direction)
    if (type.kind === 'DATE') {
      return direction === 'floor' ? (days: number) => floorDay(unit, days) : (days: number) => ceilDay(unit, days)
    }
    if (type.kind === 'TIMESTAMP_LTZ') {
      const zone = sessionZone(call)
      const local = toLocalMillis(type, zone)
      return (value) => zone.toUtc(round(local(value)))
    }
    return (value: Timestamp) => round(millisOf(value))
  }
}

// ---- arithmetic -----------------------------------------------------------------------------------------------------

/** datetime + interval of months; `sign` -1 subtracts. */
function addMonthsTo(type: LogicalType, sign: number, zone: TimeZone): (value: never, months: number) => Timestamp {
  if (type.kind === 'DATE') return (days: number, months) => addMonths(days, sign * months)
  const move = (millis: number, months: number): number => {
    const days = floorDays(millis)
    return addMonths(days, sign * months) * MILLIS_PER_DAY + (millis - days * MILLIS_PER_DAY)
  }
  if (type.kind !== 'TIMESTAMP_LTZ') {
    return (value: Timestamp, months) => timestampOf(move(millisOf(value), months), nanosOf(value))
  }
  return (value: Timestamp, months) => {
    const millis = millisOf(value)
    return timestampOf(zone.toUtc(move(millis + zone.offsetAt(millis), months)), nanosOf(value))
  }
}

function addMillisTo(type: LogicalType, sign: number): (value: never, millis: number) => Timestamp {
  if (type.kind === 'DATE') return (days: number, millis) => days + sign * truncateDays(millis)
  if (type.kind === 'TIME') {
    return (value: number, millis) => {
      const moved = (value + sign * millis) % MILLIS_PER_DAY
      return moved < 0 ? moved + MILLIS_PER_DAY : moved
    }
  }
  return (value: Timestamp, millis) => shiftTimestamp(value, sign * millis)
}

function addInterval(sign: 1 | -1): (call: CallInfo) => (value: never, interval: number) => Timestamp {
  return (call) => {
    const [type, interval] = call.operandTypes
    if (interval!.kind === 'INTERVAL_YEAR_MONTH') return addMonthsTo(type!, sign, sessionZone(call))
    return addMillisTo(type!, sign)
  }
}

/** Whole months from `from` to `to`; a month counts once its day and time of day are reached. */
function monthsBetween(from: number, to: number): number {
  if (to < from) return 0 - monthsBetween(to, from)
  const start = civilFromDays(floorDays(from))
  const end = civilFromDays(floorDays(to))
  const months = (end.year - start.year) * 12 + end.month - start.month
  const moved = addMonths(floorDays(from), months) * MILLIS_PER_DAY + (from - floorDays(from) * MILLIS_PER_DAY)
  return moved > to ? months - 1 : months
}

function timestampDifference(call: CallInfo): (from: never, to: never) => number {
  const unit = call.options.unit as string
  const zone = sessionZone(call)
  const [fromType, toType] = call.operandTypes
  const bothZoned = fromType!.kind === 'TIMESTAMP_LTZ' && toType!.kind === 'TIMESTAMP_LTZ'
  const months = UNIT_MONTHS[unit]
  const fromMillis = bothZoned && months === undefined ? millisOf : toLocalMillis(fromType!, zone)
  const toMillis = bothZoned && months === undefined ? millisOf : toLocalMillis(toType!, zone)
  if (months !== undefined) return (from, to) => Math.trunc(monthsBetween(fromMillis(from), toMillis(to)) / months) + 0
  const span = UNIT_MILLIS[unit]!
  // an INT: wraps around like Java's cast
  return (from, to) => Number(BigInt.asIntN(32, BigInt(Math.trunc((toMillis(to) - fromMillis(from)) / span))))
}

// ---- text and epoch -------------------------------------------------------------------------------------------------

function rememberPattern(): (pattern: string) => ReturnType<typeof parsePattern> {
  return rememberLast(parsePattern)
}

function dateFormat(call: CallInfo): (value: never, pattern: string) => string | null {
  const zone = sessionZone(call)
  const patternOf = rememberPattern()
  const type = call.operandTypes[0]!
  if (type.kind === 'CHAR' || type.kind === 'VARCHAR') {
    return (text: string, pattern) => {
      const parsed = parseTimestamp(text)
      if (typeof parsed !== 'number' && 'failedAt' in parsed) return null
      return formatWithPattern(patternOf(pattern), parsed)
    }
  }
  if (type.kind === 'TIMESTAMP_LTZ') {
    return (value: Timestamp, pattern) => {
      const offset = zone.offsetAt(millisOf(value))
      return formatWithPattern(patternOf(pattern), shiftTimestamp(value, offset), zone.id, offset)
    }
  }
  return (value: Timestamp, pattern) => formatWithPattern(patternOf(pattern), value)
}

function parseText(): (text: string, pattern?: string) => Timestamp | null {
  const patternOf = rememberPattern()
  return (text, pattern) => {
    if (pattern !== undefined) return parseWithPattern(patternOf(pattern), text)?.local ?? null
    const parsed = parseTimestamp(text)
    return typeof parsed !== 'number' && 'failedAt' in parsed ? null : parsed
  }
}

function toTimestamp({ resultType }: CallInfo): (text: string, pattern?: string) => Timestamp | null {
  const parse = parseText()
  const { precision } = resultType as LogicalType & { precision: number }
  return (text, pattern) => {
    const parsed = parse(text, pattern)
    return parsed === null ? null : truncateTimestamp(parsed, precision)
  }
}

function toTimestampLtz(call: CallInfo): (value: never, second?: never, zoneName?: string) => Timestamp | null {
  const type = call.operandTypes[0]!
  if (type.kind !== 'CHAR' && type.kind !== 'VARCHAR') return epochToTimestampLtz(type)
  const parse = parseText()
  const zoneOf = rememberLast(createTimeZone)
  // without a zone the text is UTC, not session time: Flink's TO_TIMESTAMP_LTZ(string)
  return (text: string, pattern?: string, zoneName = 'UTC') => {
    const parsed = parse(text, pattern)
    if (parsed === null) return null
    const millis = millisOf(parsed)
    return truncateTimestamp(shiftTimestamp(parsed, zoneOf(zoneName).toUtc(millis) - millis), 3)
  }
}

function epochToTimestampLtz(type: LogicalType): (value: never, precision?: never) => number {
  const scale = type.kind === 'DECIMAL' ? 10 ** type.scale : 1
  return (value: Int64, precision: number = 3) => {
    const epoch = Number(value) / scale
    if (precision === 3) return Math.trunc(epoch) + 0
    if (precision === 0) return Math.trunc(epoch * 1000) + 0
    return fail(
      `The precision value '${precision}' for function TO_TIMESTAMP_LTZ(numeric, precision) is unsupported, ` +
        `the supported value is '0' for second or '3' for millisecond.`,
    )
  }
}

function fromUnixTime(call: CallInfo): (seconds: Int64, pattern?: string) => string {
  const zone = sessionZone(call)
  const patternOf = rememberPattern()
  return (seconds, pattern = DEFAULT_PATTERN) => {
    const millis = Number(seconds) * 1000
    const offset = zone.offsetAt(millis)
    return formatWithPattern(patternOf(pattern), millis + offset, zone.id, offset)
  }
}

const LONG_MIN = -9223372036854775808n

/** Text that does not match gives Long.MIN_VALUE; text after the match is ignored, as SimpleDateFormat does. */
function unixTimestamp(call: CallInfo): (text?: string, pattern?: string) => Int64 {
  const zone = sessionZone(call)
  const patternOf = rememberPattern()
  const { clock } = call.context
  return (text, pattern = DEFAULT_PATTERN) => {
    if (text === undefined) return Math.floor(clock.now() / 1000)
    const parsed = parseWithPattern(patternOf(pattern), text, true)
    if (parsed === undefined) return LONG_MIN
    const local = millisOf(parsed.local)
    const utc = parsed.offsetMillis === undefined ? zone.toUtc(local) : local - parsed.offsetMillis
    return Math.floor(utc / 1000)
  }
}

function convertTimeZone(): (text: string, from: string, to: string) => string | null {
  const parse = parseText()
  const fromZone = rememberLast(zoneOrUtc)
  const toZone = rememberLast(zoneOrUtc)
  const parts = parsePattern(DEFAULT_PATTERN)
  return (text, from, to) => {
    const parsed = parse(text)
    if (parsed === null) return null
    const utc = fromZone(from).toUtc(millisOf(parsed))
    return formatWithPattern(parts, utc + toZone(to).offsetAt(utc))
  }
}

/** java.util.TimeZone.getTimeZone: unknown names, and offsets without GMT before them, are GMT. */
function zoneOrUtc(id: string): TimeZone {
  if (/^[+-]/.test(id)) return createTimeZone('UTC')
  try {
    return createTimeZone(id)
  } catch {
    return createTimeZone('UTC')
  }
}

/** `frozen`: the time of the first call, again and again. */
function currentTime(call: CallInfo): () => number {
  const zone = sessionZone(call)
  const { clock: running } = call.context
  let start: number | undefined
  const clock = call.options.frozen === true ? { now: () => (start ??= running.now()) } : running
  const local = (): number => {
    const now = clock.now()
    return now + zone.offsetAt(now)
  }
  switch (call.resultType.kind) {
    case 'DATE':
      return () => floorDays(local())
    case 'TIME':
      return () => {
        const millis = local()
        return millis - floorDays(millis) * MILLIS_PER_DAY
      }
    case 'TIMESTAMP':
      return local
    default:
      return () => clock.now()
  }
}

export const temporalFunctions: ScalarFunctions = {
  extract,
  floorTemporal: roundTemporal('floor'),
  ceilTemporal: roundTemporal('ceil'),
  addInterval: addInterval(1),
  subtractInterval: addInterval(-1),
  timestampDifference,
  dateFormat,
  toTimestamp,
  toTimestampLtz,
  toDate: () => {
    const parse = parseText()
    return (text: string, pattern?: string) => {
      const parsed = parse(text, pattern)
      return parsed === null ? null : floorDays(millisOf(parsed))
    }
  },
  fromUnixTime,
  unixTimestamp,
  convertTimeZone,
  currentTime,
  currentWatermark:
    ({ context }) =>
    () => {
      const watermark = context.currentWatermark()
      return watermark === -Infinity ? null : watermark
    },
  scaleInterval: () => (interval: number, factor: number | bigint) => Math.trunc(interval * Number(factor)) + 0,
}
