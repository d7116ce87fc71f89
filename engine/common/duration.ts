// Durations as users write them in options. Source: Flink's TimeUtils.parseDuration (`10 s`, `5min`, `200 ms`, ISO `PT1H`).
import { FlinktsError } from './errors.ts'

const UNITS: readonly (readonly [number, readonly string[]])[] = [
  [86_400_000, ['d', 'day', 'days']],
  [3_600_000, ['h', 'hour', 'hours']],
  [60_000, ['min', 'm', 'minute', 'minutes']],
  [1000, ['s', 'sec', 'secs', 'second', 'seconds']],
  [1, ['', 'ms', 'milli', 'millis', 'millisecond', 'milliseconds']],
  [0.001, ['µs', 'micro', 'micros', 'microsecond', 'microseconds']],
  [0.000001, ['ns', 'nano', 'nanos', 'nanosecond', 'nanoseconds']],
]
const MS_PER_UNIT = new Map(UNITS.flatMap(([ms, names]) => names.map((name) => [name, ms] as const)))
const ISO = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/

function parseIso(text: string): number | undefined {
  const match = ISO.exec(text.toUpperCase())
  if (match === null || text.length < 3) return undefined
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match
  return Number(days) * 86_400_000 + Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000
}

/** Milliseconds of a duration; a bare number is ms. `key` names the option in the error (OPTION_INVALID). */
export function parseDuration(text: string, key: string): number {
  const trimmed = text.trim()
  const match = /^(\d+)\s*([a-zµ]*)$/i.exec(trimmed)
  const msPerUnit = match === null ? undefined : MS_PER_UNIT.get(match[2]!.toLowerCase())
  const result = msPerUnit === undefined ? parseIso(trimmed) : Number(match![1]) * msPerUnit
  if (result === undefined) {
    throw new FlinktsError('OPTION_INVALID', `option '${key}' has the value '${text}', which is not a duration`, {
      fix: `Write a number and a unit, e.g. ${key} = 10 s (units: d, h, min, s, ms).`,
    })
  }
  return result
}

/** `10 s`, `1 min`, `250 ms`: the largest unit that divides it. */
export function durationToString(ms: number): string {
  for (const [size, names] of UNITS.slice(0, 4)) if (ms !== 0 && ms % size === 0) return `${ms / size} ${names[0]}`
  return `${ms} ms`
}
