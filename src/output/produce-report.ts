// What `produce` did, and is doing, as text.
import type { ProduceProgress, ProduceResult } from '../services/produce-events.ts'
import { formatBytes, formatCount, formatDuration } from './quantities.ts'

const BAR_WIDTH = 24

function bar(fraction: number): string {
  const full = Math.round(Math.min(1, fraction) * BAR_WIDTH)
  return `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${String(Math.floor(fraction * 100)).padStart(3)}%`
}

function perSecond(records: number, durationMs: number): string {
  return `${formatCount(records / Math.max(durationMs / 1000, 0.001))}/s`
}

const BAD_TITLES = { cut: 'cut off', wrongType: 'wrong type', empty: 'empty', notUtf8: 'not UTF-8' } as const

/** One line for a terminal that is `columns` wide. */
export function renderProduceProgress(topic: string, progress: ProduceProgress, columns: number): string {
  const { records, bytes, elapsedMs, fraction, late, outOfOrder, bad } = progress
  const parts = [
    ...(fraction === undefined ? [] : [bar(fraction)]),
    `${topic}: ${formatCount(records)} records`,
    perSecond(records, elapsedMs),
    formatBytes(bytes),
    formatDuration(elapsedMs),
    ...(outOfOrder === 0 ? [] : [`${formatCount(outOfOrder)} out of order`]),
    ...(late === 0 ? [] : [`${formatCount(late)} late`]),
    ...(bad === 0 ? [] : [`${formatCount(bad)} bad`]),
  ]
  return parts.join('  ').slice(0, Math.max(0, columns - 1))
}

function counted(count: number, what: string): string[] {
  return count === 0 ? [] : [`${count} ${what}`]
}

/** The summary. `repeat`: what would give the same events again. */
export function renderProduceResult(
  topic: string,
  result: ProduceResult,
  repeat: { readonly seed: number; readonly startMs: number } | undefined,
): string {
  const { records, bytes, durationMs, partitions, bad, firstEventMs, lastEventMs } = result
  const lines = [
    `Wrote ${records} ${records === 1 ? 'record' : 'records'} to ${topic} in ${formatDuration(durationMs)} (${perSecond(records, durationMs)}, ${formatBytes(bytes)}).`,
  ]
  const add = (title: string, text: string): unknown => lines.push(`  ${title.padEnd(12)} ${text}`)
  if (partitions.length > 1)
    add('partitions', partitions.map((count, partition) => `${partition}: ${count}`).join('  '))
  if (firstEventMs !== undefined && lastEventMs !== undefined)
    add('event time', `${new Date(firstEventMs).toISOString()} to ${new Date(lastEventMs).toISOString()}`)
  const kinds = (Object.keys(BAD_TITLES) as (keyof typeof BAD_TITLES)[]).flatMap((kind) =>
    counted(bad[kind], BAD_TITLES[kind]),
  )
  const badCount = Object.values(bad).reduce((sum, count) => sum + count, 0)
  const injected = [
    ...counted(result.outOfOrder, 'out of order'),
    ...counted(result.late, 'late'),
    ...(badCount === 0 ? [] : [`${badCount} bad (${kinds.join(', ')})`]),
    ...counted(result.tombstones, result.tombstones === 1 ? 'tombstone' : 'tombstones'),
  ]
  if (injected.length > 0) add('among them', injected.join(', '))
  if (repeat !== undefined) add('again', `--seed ${repeat.seed} --start ${new Date(repeat.startMs).toISOString()}`)
  return lines.join('\n')
}
