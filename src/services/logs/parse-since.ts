import { FlinktsError, parseDuration, systemClock } from '../../../engine/host.ts'

/** `10min` ago, or a time: ms since 1970. Throws OPTION_INVALID. */
export function parseSince(text: string, nowMs = systemClock.now()): number {
  const time = /^\d{4}-/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(time)) return time
  try {
    return nowMs - parseDuration(text.replace(/^-/, ''), '--since')
  } catch {
    throw new FlinktsError('OPTION_INVALID', `--since ${text} is neither a duration nor a time`, {
      fix: 'Write for example --since 10min or --since 2026-11-21T10:00:00Z.',
    })
  }
}
