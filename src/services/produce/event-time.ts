// When an event happened, as its field says it.

/** 1e11 seconds are in the year 5138, 1e11 milliseconds were in 1973. */
const SECONDS_MAX = 1e11
const MILLIS_MAX = 1e14
const MICROS_MAX = 1e17
const NUMBER = /^\s*-?\d+(\.\d+)?\s*$/
/** The zone is optional: without one it is UTC, as for everything here. */
const DATE_TIME = /^\s*(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)?\s*(Z|[+-]\d\d:?\d\d)?)?\s*$/i

function ofNumber(value: number): number | undefined {
  const size = Math.abs(value)
  if (!Number.isFinite(value)) return undefined
  if (size < SECONDS_MAX) return Math.floor(value * 1000)
  return Math.floor(size < MILLIS_MAX ? value : size < MICROS_MAX ? value / 1000 : value / 1e6)
}

/**
 * ms since 1970 of a number (seconds, ms, µs or ns since 1970, told apart by their size) or a text (ISO 8601,
 * `YYYY-MM-DD HH:MM:SS`, a date, or such a number); undefined for anything else.
 */
export function parseEventTime(value: unknown): number | undefined {
  if (typeof value === 'number') return ofNumber(value)
  if (typeof value !== 'string') return undefined
  if (NUMBER.test(value)) return ofNumber(Number(value))
  const match = DATE_TIME.exec(value)
  if (match === null) return undefined
  const [, day, time = '00:00', zone = 'Z'] = match
  const [seconds, fraction = ''] = time.replace(',', '.').split('.')
  const millis = Number(fraction.slice(0, 3).padEnd(3, '0'))
  const zoneText = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone
  const atMs = Date.parse(`${day}T${seconds}${zoneText}`)
  const exists = !Number.isNaN(Date.parse(`${day}T00:00Z`)) && new Date(`${day}T00:00Z`).toISOString().startsWith(day!)
  return Number.isNaN(atMs) || !exists ? undefined : atMs + millis
}
