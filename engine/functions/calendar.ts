// The proleptic Gregorian calendar on days since 1970, and the SQL text forms of dates and times.

export const MILLIS_PER_DAY = 86_400_000
export const MILLIS_PER_HOUR = 3_600_000
export const MILLIS_PER_MINUTE = 60_000
export const MILLIS_PER_SECOND = 1000

export interface CivilDate {
  readonly year: number
  /** 1 … 12 */
  readonly month: number
  readonly day: number
}

/** Howard Hinnant's civil_from_days. */
export function civilFromDays(days: number): CivilDate {
  const shifted = days + 719468
  const era = Math.floor(shifted / 146097)
  const dayOfEra = shifted - era * 146097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

/** Howard Hinnant's days_from_civil. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year
  const era = Math.floor(shiftedYear / 400)
  const yearOfEra = shiftedYear - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146097 + dayOfEra - 719468
}

export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Adds months to days since 1970; the day is cut to the length of the month reached. */
export function addMonths(days: number, months: number): number {
  const { year, month, day } = civilFromDays(days)
  const index = year * 12 + (month - 1) + months
  const newYear = Math.floor(index / 12)
  const newMonth = index - newYear * 12 + 1
  return daysFromCivil(newYear, newMonth, Math.min(day, daysInMonth(newYear, newMonth)))
}

/** Monday = 1 … Sunday = 7. */
export function isoDayOfWeek(days: number): number {
  return ((((days + 3) % 7) + 7) % 7) + 1
}

export function dayOfYear(days: number): number {
  return days - daysFromCivil(civilFromDays(days).year, 1, 1) + 1
}

/** ISO week number and its year. */
export function isoWeek(days: number): { week: number; year: number } {
  const thursday = days - (isoDayOfWeek(days) - 1) + 3
  const { year } = civilFromDays(thursday)
  return { week: Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) + 1, year }
}

export function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}

/** Four digits; Flink prints the year modulo 10,000. */
export function formatYear(year: number): string {
  return String(Math.abs(year) % 10000).padStart(4, '0')
}

export function formatDate(days: number): string {
  const { year, month, day } = civilFromDays(days)
  return `${formatYear(year)}-${twoDigits(month)}-${twoDigits(day)}`
}

/** `digits` of a fraction of a second given in nanoseconds, with the point; nothing for 0 digits. */
export function formatFraction(nanoOfSecond: number, digits: number): string {
  return digits === 0 ? '' : `.${String(nanoOfSecond).padStart(9, '0').slice(0, digits)}`
}

export function formatTimeOfDay(millisOfDay: number): string {
  const seconds = Math.trunc(millisOfDay / 1000)
  return `${twoDigits(Math.trunc(seconds / 3600))}:${twoDigits(Math.trunc(seconds / 60) % 60)}:${twoDigits(seconds % 60)}`
}
