// Numbers, times and names as findings say them.
import { createTimeZone } from '../functions/time-zone.ts'

export { formatDuration as duration } from '../common/format-duration.ts'

/** `1,234,567` */
export function count(value: number): string {
  return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** `1 record`, `1,200 records` */
export function counted(value: number, singular: string, plural = `${singular}s`): string {
  return `${count(value)} ${Math.round(value) === 1 ? singular : plural}`
}

/** `12/s`, `0.4/s` */
export function rate(perSecond: number): string {
  return perSecond < 10 ? `${Number(perSecond.toFixed(1))}/s` : `${count(perSecond)}/s`
}

/** `87 %`; what is more than nothing is not `0 %`. */
export function percent(share: number): string {
  if (share > 0 && share < 0.01) return 'less than 1 %'
  return `${Math.round(Math.min(1, Math.max(0, share)) * 100)} %`
}

/** `rides-0, rides-1 and 4 more` */
export function list(names: readonly string[], shown = 3): string {
  if (names.length <= shown)
    return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
  return `${names.slice(0, shown).join(', ')} and ${names.length - shown} more`
}

/** A name without the number that plans add: `TumbleWindow[4]` → `TumbleWindow`. */
export function plainName(name: string): string {
  return name.replace(/\[\d+\]$/, '')
}

/** Local time as a date: ISO 8601 without zone; seconds and milliseconds only where there are any. */
export function localTime(localMs: number): string {
  if (!(Math.abs(localMs) <= 8.64e15)) return localMs > 0 ? 'the end of time' : 'the beginning of time'
  const text = new Date(localMs).toISOString()
  const [day, time] = text.split('T') as [string, string]
  const millis = time.slice(8, 12)
  const seconds = time.slice(5, 8)
  if (millis !== '.000') return `${day} ${time.slice(0, 12)}`
  return `${day} ${time.slice(0, 5)}${seconds === ':00' ? '' : seconds}`
}

/** Always with seconds, so that two of them can be compared at sight. */
function exactTime(localMs: number): string {
  const text = localTime(localMs)
  return /^\S+ \d\d:\d\d$/.test(text) ? `${text}:00` : text
}

/** Times further from 1970 have no place in a calendar of any zone: some 250,000 years. */
export const CALENDAR_MS_MAX = 8e15

/** Event times of one job as text. */
export class EventTimes {
  readonly #offsetAt: (instant: number) => number
  readonly #toUtc: (local: number) => number

  /** A zone that nobody knows is taken for UTC. */
  constructor(zone: string) {
    let rules = { offsetAt: (_instant: number) => 0, toUtc: (local: number) => local }
    try {
      const known = createTimeZone(zone)
      rules = { offsetAt: (instant) => known.offsetAt(instant), toUtc: (local) => known.toUtc(local) }
    } catch {
      // shown as UTC
    }
    this.#offsetAt = rules.offsetAt
    this.#toUtc = rules.toUtc
  }

  toLocal(instant: number): number {
    return Math.abs(instant) <= CALENDAR_MS_MAX ? instant + this.#offsetAt(instant) : instant
  }

  toInstant(local: number): number {
    return this.#toUtc(local)
  }

  /** `2025-11-01 10:00:00`; undefined is `none yet`. */
  text(instant: number | undefined): string {
    if (instant === undefined || instant === -Infinity) return 'none yet'
    if (instant === Infinity) return 'the end of the input'
    return exactTime(this.toLocal(instant))
  }
}

/** `[2025-11-01 10:00, 11:00)`: the day once where it is the same. */
export function windowText({ start, end }: { readonly start: number; readonly end: number }): string {
  const [from, to] = [localTime(start), localTime(end)]
  const sameDay = from.slice(0, 10) === to.slice(0, 10)
  return `[${from}, ${sameDay ? to.slice(11) : to})`
}

/** JSON has no infinities: a time or count that has none is left out. */
export function known(
  values: Readonly<Record<string, number | string | boolean | undefined>>,
): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(values).filter(
      (entry): entry is [string, string | number | boolean] =>
        entry[1] !== undefined && (typeof entry[1] !== 'number' || Number.isFinite(entry[1])),
    ),
  )
}
