// Reads ranges of a topic's partitions, record batch by record batch, for consume and replay. A broker that goes away is
// borne as long as the cluster's client does, and said; reading goes on where it stopped: no record twice, none left out.
import {
  FlinktsError,
  PartitionFetcher,
  RecordIndex,
  type IsolationLevel,
  type KafkaCluster,
} from '../../engine/host.ts'
import { resolveOffsets, type OffsetSpec } from './offset-spec.ts'

export interface PartitionRange {
  readonly partition: number
  readonly from: number
  /** The first offset that is not read any more; undefined: none. */
  readonly until: number | undefined
  /** Of the first record, ms since 1970; undefined where there is none, or it has none. */
  readonly timeMs: number | undefined
}

export interface TopicRange {
  readonly topic: string
  readonly from: OffsetSpec
  /** undefined: goes on for ever. Resolved once. */
  readonly until: OffsetSpec | undefined
  /** The consumer group that `committed` means. */
  readonly group: string | undefined
  /** undefined: all. */
  readonly partitions: readonly number[] | undefined
  readonly isolationLevel: IsolationLevel
}

/** As resolveOffsets; an unknown partition is OPTION_INVALID. */
export async function resolveRanges(
  cluster: KafkaCluster,
  range: TopicRange,
  signal: AbortSignal,
): Promise<PartitionRange[]> {
  const { topic, until, partitions } = range
  const options = { group: range.group, isolationLevel: range.isolationLevel, signal }
  const [from, to] = await Promise.all([
    resolveOffsets(cluster, topic, range.from, options),
    until === undefined ? undefined : resolveOffsets(cluster, topic, until, { ...options, use: 'until', times: false }),
  ])
  const unknown = partitions?.find((wanted) => !from.some(({ partition }) => partition === wanted))
  if (unknown !== undefined) {
    throw new FlinktsError('OPTION_INVALID', `topic ${topic} has no partition ${unknown}`, {
      fix: from.length === 1 ? 'It has partition 0 only.' : `It has partitions 0 to ${from.length - 1}.`,
    })
  }
  return from
    .map(({ partition, offset, recordTimeMs }, index) => {
      const end = to?.[index]!.offset
      return { partition, from: offset, until: end, timeMs: offset < (end ?? Infinity) ? recordTimeMs : undefined }
    })
    .filter(({ partition }) => partitions === undefined || partitions.includes(partition))
}

/** One batch of one partition. */
export interface ReadBatch {
  readonly partition: number
  /** Valid until the next batch or poll. */
  readonly records: RecordIndex
  /** Records of `records` that lie in the range: the first so many. */
  readonly count: number
}

/** What was read of one partition. */
export interface ReadPartition {
  readonly partition: number
  /** Batches with records in the range, as the broker has them. Each is read when it is asked for. */
  readonly batches: Iterable<ReadBatch>
  /** Where reading goes on once the batches are worked through. */
  readonly nextOffset: number
}

const POLL_MS = 500

export class TopicReader {
  readonly #fetcher: PartitionFetcher
  readonly #topic: string
  readonly #ranges: ReadonlyMap<number, PartitionRange>
  readonly #open: Set<number>
  readonly #records = new RecordIndex({ keys: true, timestamps: true, headers: true })
  readonly #signal: AbortSignal
  readonly #notice: (line: string) => void
  #isTroubled = false

  constructor(
    cluster: KafkaCluster,
    topic: string,
    ranges: readonly PartitionRange[],
    options: {
      readonly isolationLevel: IsolationLevel
      readonly fetchBytesMax?: number
      readonly partitionBytesMax?: number
      readonly signal: AbortSignal
      /** Kafka does not answer; it answers again. */
      readonly notice: (line: string) => void
    },
  ) {
    const { signal, notice, ...fetcherOptions } = options
    this.#topic = topic
    this.#signal = signal
    this.#notice = notice
    this.#ranges = new Map(ranges.map((range) => [range.partition, range]))
    const open = ranges.filter(({ from, until }) => until === undefined || from < until)
    this.#open = new Set(open.map(({ partition }) => partition))
    this.#fetcher = new PartitionFetcher(cluster, fetcherOptions)
    this.#fetcher.assign(open.map(({ partition, from }) => ({ topic, partition, offset: from })))
  }

  /** Everything up to the ends of the ranges was handed out. */
  get isDone(): boolean {
    return this.#open.size === 0
  }

  /** Partitions of which there is more to come. */
  get open(): ReadonlySet<number> {
    return this.#open
  }

  /** Nothing where nothing came for half a second. Rejects with the signal's reason. What it returns is valid until the next call. */
  async poll(): Promise<ReadPartition[]> {
    const fetched = await this.#fetcher.poll(POLL_MS, this.#signal)
    this.#tellTrouble(fetched.length > 0)
    return fetched.flatMap(({ partition, bytes, batchStarts, fromOffset, nextOffset }) => {
      if (!this.#open.has(partition)) return []
      const until = this.#ranges.get(partition)!.until
      const isLast = until !== undefined && nextOffset >= until
      if (isLast) {
        this.#open.delete(partition)
        this.#fetcher.unassign(this.#topic, partition)
      }
      const batches = this.#batches(partition, bytes, batchStarts, fromOffset, until)
      return [{ partition, batches, nextOffset: isLast ? until : nextOffset }]
    })
  }

  /** A paused partition is not asked for; what was fetched of it before still comes. */
  setPaused(partition: number, paused: boolean): void {
    this.#fetcher.setPaused(this.#topic, partition, paused)
  }

  close(): void {
    this.#fetcher.close()
  }

  *#batches(
    partition: number,
    bytes: Uint8Array,
    starts: readonly number[],
    fromOffset: number,
    until: number | undefined,
  ): Generator<ReadBatch> {
    const records = this.#records
    for (const start of starts) {
      records.read(bytes, start, fromOffset)
      let { count } = records
      while (until !== undefined && count > 0 && records.offsetOf(count - 1) >= until) count--
      if (count > 0) yield { partition, records, count }
    }
  }

  #tellTrouble(hasNews: boolean): void {
    const { trouble } = this.#fetcher
    if (trouble !== undefined && !this.#isTroubled) {
      this.#isTroubled = true
      const reason = trouble instanceof Error ? trouble.message : 'Kafka does not answer'
      this.#notice(`${reason}; waiting for Kafka to come back`)
    } else if (trouble === undefined && hasNews && this.#isTroubled) {
      this.#isTroubled = false
      this.#notice('Kafka is back; going on where it stopped')
    }
  }
}
