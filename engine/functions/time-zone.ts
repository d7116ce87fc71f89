// Offsets of a time zone from UTC, with the transitions found once and remembered, so that rows pay for a look-up only.
import { fail } from './evaluation-error.ts'
import { MILLIS_PER_DAY, MILLIS_PER_HOUR } from './calendar.ts'

export interface TimeZone {
  readonly id: string
  /** Offset of local time from UTC at an instant, ms. */
  offsetAt(utcMillis: number): number
  /** The instant of a local time. In a gap: later by its length; in an overlap: the earlier instant. Java's rules. */
  toUtc(localMillis: number): number
}

/** Offsets are constant within such a span except where a transition was found. */
const SPAN_MILLIS = 90 * MILLIS_PER_DAY

const FIXED_OFFSET = /^(?:(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?)$/

function fixedOffset(id: string): number | undefined {
  if (id === 'UTC' || id === 'GMT' || id === 'Z' || id === 'UT') return 0
  const match = FIXED_OFFSET.exec(id)
  if (match === null) return undefined
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = match
  const seconds1970 = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  return (sign === '-' ? -seconds1970 : seconds1970) * 1000
}

function readOffset(format: Intl.DateTimeFormat, utcMillis: number): number {
  const parts: Record<string, number> = {}
  let beforeChrist = false
  for (const part of format.formatToParts(utcMillis)) {
    if (part.type === 'era') beforeChrist = part.value.startsWith('B')
    else if (part.type !== 'literal') parts[part.type] = Number(part.value)
  }
  const year = beforeChrist ? 1 - parts.year! : parts.year!
  const local = new Date(0)
  local.setUTCFullYear(year, parts.month! - 1, parts.day)
  local.setUTCHours(parts.hour! % 24, parts.minute, parts.second)
  return local.getTime() - Math.floor(utcMillis / 1000) * 1000
}

class RegionTimeZone implements TimeZone {
  readonly id: string
  private readonly format: Intl.DateTimeFormat
  /** Per span: its offset, or the instants at which it changes. */
  private readonly spans = new Map<number, { offset: number; changes: { at: number; offset: number }[] }>()
  private lastSpan = NaN
  private lastOffset = 0

  constructor(id: string) {
    this.id = id
    this.format = new Intl.DateTimeFormat('en-US', {
      timeZone: id,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  }

  offsetAt(utcMillis: number): number {
    const span = Math.floor(utcMillis / SPAN_MILLIS)
    if (span === this.lastSpan) return this.lastOffset
    let known = this.spans.get(span)
    if (known === undefined) {
      known = this.readSpan(span)
      this.spans.set(span, known)
    }
    if (known.changes.length === 0) {
      this.lastSpan = span
      this.lastOffset = known.offset
      return known.offset
    }
    let offset = known.offset
    for (const change of known.changes) if (utcMillis >= change.at) offset = change.offset
    return offset
  }

  private readSpan(span: number): { offset: number; changes: { at: number; offset: number }[] } {
    const start = span * SPAN_MILLIS
    const end = start + SPAN_MILLIS
    const offset = readOffset(this.format, start)
    const changes: { at: number; offset: number }[] = []
    // no zone changes twice within ten days often enough to matter here; each step is searched for its change
    let left = start
    let current = offset
    for (let right = start + 10 * MILLIS_PER_DAY; left < end; right += 10 * MILLIS_PER_DAY) {
      const stop = Math.min(right, end)
      const next = readOffset(this.format, stop === end ? end - 1000 : stop)
      if (next !== current) {
        changes.push({ at: this.findChange(left, stop, current), offset: next })
        current = next
      }
      left = stop
    }
    return { offset, changes }
  }

  private findChange(from: number, to: number, before: number): number {
    let low = from
    let high = to
    while (high - low > 1000) {
      const middle = Math.floor((low + high) / 2000) * 1000
      if (readOffset(this.format, middle) === before) low = middle
      else high = middle
    }
    return high
  }

  toUtc(localMillis: number): number {
    const earlier = localMillis - this.offsetAt(localMillis - 26 * MILLIS_PER_HOUR)
    const later = localMillis - this.offsetAt(localMillis + 26 * MILLIS_PER_HOUR)
    if (earlier === later) return earlier
    // gap: neither guess maps back; Java then uses the offset before the transition
    if (earlier + this.offsetAt(earlier) === localMillis) return earlier
    if (later + this.offsetAt(later) === localMillis) return later
    return earlier
  }
}

/** The zone of a name Java knows: IANA regions, UTC, GMT, offsets. Fails with the name where there is none. */
export function createTimeZone(id: string): TimeZone {
  const offset = fixedOffset(id)
  if (offset !== undefined) return { id, offsetAt: () => offset, toUtc: (localMillis) => localMillis - offset }
  try {
    return new RegionTimeZone(id)
  } catch {
    return fail(`Unknown time-zone ID: ${id}`)
  }
}
