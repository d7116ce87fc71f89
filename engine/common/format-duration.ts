// Durations as people read them: on screens, in findings and reports. Pure text, no locale.

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const YEAR_MS = 365.25 * DAY_MS

/** `850 ms`, `12.3 s`, `4 min 5 s`, `2 h 3 min`, `3 d 4 h`, from two years on `6.8 years`; never more than it is, but in years. */
export function formatDuration(durationMs: number): string {
  if (!Number.isFinite(durationMs)) return 'for ever'
  const ms = Math.max(0, durationMs)
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < MINUTE_MS) return `${Math.floor(ms / 100) / 10} s`
  if (ms >= 2 * YEAR_MS) return `${(ms / YEAR_MS).toFixed(1)} years`
  const [large, largeMs, small, smallMs] =
    ms < HOUR_MS
      ? (['min', MINUTE_MS, 's', 1000] as const)
      : ms < DAY_MS
        ? (['h', HOUR_MS, 'min', MINUTE_MS] as const)
        : (['d', DAY_MS, 'h', HOUR_MS] as const)
  const rest = Math.floor((ms % largeMs) / smallMs)
  return `${Math.floor(ms / largeMs)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`
}
