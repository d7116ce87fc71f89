// Moves a time in the spelling it has: epoch numbers in their own unit, ISO 8601 and SQL texts in their own layout.

const ISO = /^(\d{4}-\d\d-\d\d)(?:([T ])(\d\d:\d\d)(:\d\d)?(?:([.,])(\d{1,9}))?(\s?(?:Z|[+-]\d\d(?::?\d\d)?))?)?$/i
const EPOCH = /^(-?\d+)(?:\.(\d{1,9}))?$/

/** Units per ms of a whole number, by how large it is: seconds, ms, µs or ns since 1970 within the years 1973 to 5138. */
function unitsPerMs(value: bigint): number {
  const size = value < 0n ? -value : value
  if (size >= 100_000_000_000_000_000n) return 1e6
  if (size >= 100_000_000_000_000n) return 1e3
  return size >= 100_000_000_000n ? 1 : 1e-3
}

function shiftEpoch(whole: string, fraction: string | undefined, deltaMs: number): string | undefined {
  const value = BigInt(whole)
  const units = unitsPerMs(value)
  if (fraction !== undefined) {
    // seconds with digits behind the point: counted in the last of them
    if (units !== 1e-3) return undefined
    const scale = 10n ** BigInt(fraction.length)
    const sign = whole.startsWith('-') ? -1n : 1n
    const total = value * scale + sign * BigInt(fraction) + (BigInt(Math.round(deltaMs)) * scale) / 1000n
    const digits = String(total < 0n ? -total : total).padStart(fraction.length + 1, '0')
    return `${total < 0n ? '-' : ''}${digits.slice(0, -fraction.length)}.${digits.slice(-fraction.length)}`
  }
  return String(value + (units < 1 ? BigInt(Math.round(deltaMs / 1000)) : BigInt(Math.round(deltaMs)) * BigInt(units)))
}

function shiftIso(match: RegExpExecArray, deltaMs: number): string | undefined {
  const [, day, separator, minutes = '00:00', seconds, point, fraction = '', zone = ''] = match
  const wallClockMs = Date.parse(`${day}T${minutes}${seconds ?? ':00'}Z`)
  if (Number.isNaN(wallClockMs)) return undefined
  const nanos = Number(fraction.padEnd(9, '0'))
  const shiftedMs = wallClockMs + Math.floor(nanos / 1e6) + Math.round(deltaMs)
  if (!(Math.abs(shiftedMs) < 8.64e15)) return undefined
  const iso = new Date(shiftedMs).toISOString()
  if (!/^\d{4}-/.test(iso)) return undefined
  if (separator === undefined) return iso.slice(0, 10)
  const subsecond = iso.slice(20, 23) + String(nanos % 1e6).padStart(6, '0')
  const time = iso.slice(11, seconds === undefined ? 16 : 19)
  const digits = point === undefined ? '' : `${point}${subsecond.slice(0, fraction.length)}`
  return `${iso.slice(0, 10)}${separator}${time}${digits}${zone}`
}

/**
 * The JSON value (`1762000000000`, `"2025-11-01 10:00:00.123"`, `"1762000000"`) so many ms later; undefined where it is no
 * time. A text without a zone is moved as it stands.
 */
export function shiftTimeText(json: string, deltaMs: number): string | undefined {
  const isText = json.startsWith('"')
  const text = isText ? json.slice(1, -1) : json
  const epoch = EPOCH.exec(text)
  const iso = isText && epoch === null ? ISO.exec(text) : null
  const shifted =
    epoch !== null ? shiftEpoch(epoch[1]!, epoch[2], deltaMs) : iso === null ? undefined : shiftIso(iso, deltaMs)
  return shifted === undefined || !isText ? shifted : `"${shifted}"`
}
