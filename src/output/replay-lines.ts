// What a replay does, and how it went on, as text.
import type { ReplayProgress, ReplayResult } from '../services/replay/replay-topic.ts'
import { formatCount, formatDuration, formatTimestamp } from './quantities.ts'

/** One line, to be written again and again; `elapsedMs` since the start. */
export function renderReplayProgress(progress: ReplayProgress, elapsedMs: number): string {
  const { total, passed, written, recordTimeMs, waitMs } = progress
  if (total === undefined) return 'looking up offsets …'
  const share = total === 0 ? 100 : Math.floor((100 * passed) / total)
  const parts = [
    `${formatCount(written)} records written`,
    `${share} % of ${formatCount(total)} done`,
    `${formatCount((1000 * written) / Math.max(1, elapsedMs))}/s`,
  ]
  if (recordTimeMs !== undefined) parts.push(`at ${formatTimestamp(recordTimeMs)} UTC`)
  if (waitMs >= 1000) parts.push(`next in ${formatDuration(waitMs)}`)
  return parts.join(', ')
}

export interface ReplayFlags {
  readonly into: string | undefined
  readonly speed: string
  readonly filter: string | undefined
  readonly partition: readonly number[] | undefined
  readonly 'shift-field': readonly string[] | undefined
  readonly isolation: string
}

function quoted(text: string): string {
  return /^[\w.:,=/+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** The command that does the rest, with the flags of this one. */
export function restCommand({ topic, rest }: ReplayResult, flags: ReplayFlags): string {
  const words = ['flinkts', 'replay', topic, '--from', rest.from, '--until', rest.until]
  for (const partition of flags.partition ?? []) words.push('--partition', String(partition))
  if (flags.into !== undefined) words.push('--into', flags.into)
  words.push('--speed', flags.speed)
  if (flags.filter !== undefined) words.push('--filter', flags.filter)
  if (rest.shiftTo !== undefined) words.push('--shift-to', rest.shiftTo)
  for (const field of flags['shift-field'] ?? []) words.push('--shift-field', field)
  if (flags.isolation !== 'read_committed') words.push('--isolation', flags.isolation)
  return words.map(quoted).join(' ')
}

/** What was written, in one line. */
export function renderReplayed({ topic, into, written, read, durationMs, isComplete }: ReplayResult): string {
  const rate = formatCount((1000 * written) / Math.max(1, durationMs))
  const of = read === written || !isComplete ? '' : ` of ${read}`
  const records = written === 1 && of === '' ? 'record' : 'records'
  return `Wrote ${written}${of} ${records} of ${topic} to ${into} in ${formatDuration(durationMs)} (${rate}/s).`
}

export function renderReplay(result: ReplayResult, flags: ReplayFlags): string {
  const line = renderReplayed(result)
  return result.isComplete ? line : `${line}\nStopped before the end. To go on:\n  ${restCommand(result, flags)}`
}
