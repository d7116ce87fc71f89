// Quantities as people read them. Pure text, no locale.
export { formatDuration } from '../../engine/client.ts'

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

/** A point in event time, UTC: `2019-01-31 23:59:55`. */
export function formatTimestamp(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')
}
