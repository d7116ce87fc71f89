// What `produce` takes on the command line, one flag at a time: text in, values out. Errors are OPTION_INVALID.
import { FlinktsError, parseDuration } from '../../../engine/host.ts'
import type { DisorderOptions, EventHeader } from '../../generators/index.ts'
import type { FieldOverride } from './change-records.ts'
import { parseEventTime } from './event-time.ts'

function invalid(flag: string, text: string, why: string, fix: string): FlinktsError {
  return new FlinktsError('OPTION_INVALID', `--${flag} '${text}' ${why}`, { fix })
}

function duration(flag: string, text: string): number {
  try {
    if (/[a-z]/i.test(text)) return parseDuration(text, flag)
  } catch {
    // said below
  }
  throw invalid(flag, text, 'is not a duration', 'Write a number and a unit: 500ms, 5s, 2m, 1h.')
}

/** `2%` is 0.02. */
export function parseShare(flag: string, text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(text)
  const share = match === null ? NaN : Number(match[1]) / 100
  if (share >= 0 && share <= 1) return share
  throw invalid(flag, text, 'is not a share', 'Write percent from 0% to 100%, e.g. 0.1% or 2%.')
}

/** `2%:30s..5m`, or `2%:30s` for one delay. */
export function parseLate(text: string): NonNullable<DisorderOptions['late']> {
  const match = /^([^:]+):([^:.]+)(?:\.\.([^:.]+))?$/.exec(text)
  if (match === null)
    throw invalid('late', text, 'is not a share with a range of delays', 'Write for example 2%:30s..5m.')
  const share = parseShare('late', match[1]!)
  const minMs = duration('late', match[2]!)
  const maxMs = match[3] === undefined ? minMs : duration('late', match[3])
  if (minMs > maxMs) throw invalid('late', text, 'begins behind its end', 'Write the shorter delay first.')
  return { share, minMs, maxMs }
}

/** Undefined where neither flag was given: a generator's own disorder. */
export function parseDisorder(outOfOrder: string | undefined, late: string | undefined): DisorderOptions | undefined {
  if (outOfOrder === undefined && late === undefined) return undefined
  return {
    outOfOrder: outOfOrder === undefined ? undefined : { maxMs: duration('out-of-order', outOfOrder) },
    late: late === undefined ? undefined : parseLate(late),
  }
}

/** The exponent of `zipf:1.2`. */
export function parseSkew(text: string): number {
  const match = /^zipf:(\d+(?:\.\d+)?)$/i.exec(text)
  const exponent = Number(match?.[1])
  if (exponent > 0 && exponent <= 10) return exponent
  throw invalid('skew', text, 'is no distribution', 'Write zipf: and its exponent, e.g. zipf:1.2; more is more uneven.')
}

/** `a.b=1`: JSON, or a text where it is none. */
export function parseSet(text: string): FieldOverride {
  const equals = text.indexOf('=')
  if (equals <= 0) throw invalid('set', text, 'sets nothing', 'Write field=value, e.g. total_amount=0.')
  const value = text.slice(equals + 1)
  try {
    return { field: text.slice(0, equals).trim(), value: JSON.stringify(JSON.parse(value)) }
  } catch {
    return { field: text.slice(0, equals).trim(), value: JSON.stringify(value) }
  }
}

export function parseHeader(text: string): EventHeader {
  const equals = text.indexOf('=')
  if (equals <= 0) throw invalid('header', text, 'is no header', 'Write name=value, e.g. source=test.')
  return { key: text.slice(0, equals), value: Buffer.from(text.slice(equals + 1)) }
}

/** Records per second; `max` is Infinity. */
export function parseRate(text: string): number {
  if (text === 'max') return Infinity
  const match = /^(\d+(?:\.\d+)?)\s*(k|m)?(?:\/s)?$/i.exec(text)
  const scale = { k: 1000, m: 1_000_000 }[match?.[2]?.toLowerCase() ?? ''] ?? 1
  const rate = Number(match?.[1]) * scale
  if (rate > 0) return rate
  throw invalid('rate', text, 'is no rate', 'Write records per second, e.g. 1000, 50k, 0.5, or max.')
}

/** Times the original pace; `max` is Infinity. */
export function parseSpeed(text: string): number {
  if (text === 'max') return Infinity
  const speed = Number(/^(\d+(?:\.\d+)?)x?$/i.exec(text)?.[1])
  if (speed > 0) return speed
  throw invalid('speed', text, 'is no speed', 'Write how many times the original pace, e.g. 1x or 60x, or max.')
}

/** ms since 1970; undefined: now. */
export function parseStart(text: string): number | undefined {
  if (text === 'now') return undefined
  const startMs = parseEventTime(text)
  if (startMs !== undefined) return startMs
  throw invalid('start', text, 'is no time', 'Write ISO 8601, e.g. 2025-11-01T00:00:00Z, or now.')
}
