// Offsets that a run begins and ends at, as text and as JSON.
import type { PartitionRange } from '../services/override-offsets.ts'

const isoTime = (timeMs: number | undefined): string | null =>
  timeMs === undefined ? null : new Date(timeMs).toISOString()

/** `rides[0] from 120 (2025-11-01T10:00:00.000Z) until 400` */
function renderRange({ topic, partition, from, until }: PartitionRange): string {
  const begin = from === undefined ? '' : ` from ${from.offset} (${isoTime(from.recordTimeMs) ?? 'no record there'})`
  return `${topic}[${partition}]${begin}${until === undefined ? '' : ` until ${until.offset}`}`
}

/** One line of `run --json`. Times are of the first record at or behind the offset; null where there is none. */
function rangeToJson(job: string, { topic, partition, from, until }: PartitionRange): object {
  const side = (at: PartitionRange['from']): object | undefined =>
    at === undefined ? undefined : { offset: at.offset, recordTime: isoTime(at.recordTimeMs) }
  return { job, kind: 'offsets', topic, partition, from: side(from), until: side(until) }
}

/** A line for each partition of which `--from` or `--until` was resolved. */
export function offsetLines(
  jobs: readonly { readonly name: string; readonly ranges: readonly PartitionRange[] }[],
  json: boolean,
): string[] {
  return jobs.flatMap(({ name, ranges }) =>
    ranges.map((range) => (json ? JSON.stringify(rangeToJson(name, range)) : renderRange(range))),
  )
}
