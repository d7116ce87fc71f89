// Quantities as people read them. Pure text, no locale.

function scaled(value: number, base: number, units: readonly string[]): string {
  let unit = 0
  while (Math.abs(value) >= base && unit < units.length - 1) {
    value /= base
    unit++
  }
  const digits = unit === 0 || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return `${Number(value.toFixed(digits))}${units[unit]!}`
}

/** 1234 → `1.23k`. */
export function formatCount(value: number): string {
  return scaled(value, 1000, ['', 'k', 'M', 'G'])
}

/** Bytes in powers of 1024: `1.5 MB`. */
export function formatBytes(bytes: number): string {
  return scaled(bytes, 1024, [' B', ' kB', ' MB', ' GB', ' TB'])
}

/** `850 ms`, `12.3 s`, `4:05 min`, `2:00:09 h`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`
  if (durationMs < 60_000) return `${(durationMs / 1000).toFixed(1)} s`
  const seconds = Math.floor(durationMs / 1000)
  const two = (value: number): string => String(value).padStart(2, '0')
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)} min`
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)} h`
}

/** A point in event time, UTC: `2019-01-31 23:59:55`. */
export function formatTimestamp(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')
}

const DAY_MS = 86_400_000

/** How far two points in time are apart: as formatDuration, from two days on in days, from two years on in years. */
export function formatDistance(distanceMs: number): string {
  const days = distanceMs / DAY_MS
  if (days < 2) return formatDuration(Math.max(0, distanceMs))
  return days < 730 ? `${Math.round(days)} days` : `${(days / 365.25).toFixed(1)} years`
}
