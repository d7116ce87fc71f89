// The times of the records at given offsets: what makes an offset mean something to people.
import { PartitionFetcher, RecordIndex, type IsolationLevel, type KafkaCluster } from '../../engine/host.ts'

interface Position {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** One record is wanted of each partition; a larger batch comes through anyway. */
const FETCH_BYTES = 64 * 1024
const POLL_MS = 1000

/**
 * For each position the time of the first record at or behind it, ms since 1970; undefined where there is none before
 * `ends` (gaps, transactions that were aborted), or it has no time.
 */
export async function recordTimesAt(
  cluster: KafkaCluster,
  positions: readonly Position[],
  ends: readonly number[],
  options: { readonly isolationLevel?: IsolationLevel; readonly signal?: AbortSignal | undefined } = {},
): Promise<(number | undefined)[]> {
  const times = new Array<number | undefined>(positions.length).fill(undefined)
  const open = new Map<string, number>()
  positions.forEach(({ topic, partition, offset }, index) => {
    if (offset < ends[index]!) open.set(`${topic}-${partition}`, index)
  })
  if (open.size === 0) return times
  const { isolationLevel = 'read_uncommitted', signal } = options
  const fetcher = new PartitionFetcher(cluster, {
    isolationLevel,
    fetchBytesMax: FETCH_BYTES * open.size,
    partitionBytesMax: FETCH_BYTES,
  })
  const records = new RecordIndex({ timestamps: true })
  try {
    fetcher.assign([...open.values()].map((index) => positions[index]!))
    while (open.size > 0) {
      for (const fetched of await fetcher.poll(POLL_MS, signal)) {
        const place = `${fetched.topic}-${fetched.partition}`
        const index = open.get(place)
        if (index === undefined) continue
        for (const start of fetched.batchStarts) {
          records.read(fetched.bytes, start, fetched.fromOffset)
          if (records.count === 0) continue
          const time = records.timestampOf(0)
          if (records.offsetOf(0) < ends[index]! && time >= 0) times[index] = time
          open.delete(place)
          break
        }
        if (fetched.nextOffset >= ends[index]!) open.delete(place)
        if (!open.has(place)) fetcher.unassign(fetched.topic, fetched.partition)
      }
    }
    return times
  } finally {
    fetcher.close()
  }
}
