// Reads records of a topic for people: from and until any offset or time, chosen by partition, key and condition.
import { listOffsets, type IsolationLevel, type KafkaCluster, type KafkaConnection } from '../../engine/host.ts'
import { openKafka } from './kafka-connection.ts'
import type { OffsetSpec } from './offset-spec.ts'
import { loadFilter, type RecordFilter } from './record-filter.ts'
import { resolveRanges, TopicReader, type PartitionRange, type ReadBatch } from './topic-reader.ts'

export interface ConsumeOptions {
  readonly connection: KafkaConnection
  readonly topic: string
  readonly from: OffsetSpec
  /** Resolved once, at the start. undefined: until the signal. */
  readonly until?: OffsetSpec | undefined
  /** The consumer group that `committed` means. */
  readonly group?: string | undefined
  /** Default: all. */
  readonly partitions?: readonly number[] | undefined
  /** Only records with this key, as UTF-8. */
  readonly key?: string | undefined
  /** A condition of Flink SQL on the fields of JSON values. */
  readonly filter?: string | undefined
  /** Stop after so many records. */
  readonly count?: number | undefined
  /** Default read_committed: what aborted or open transactions wrote is left out. */
  readonly isolationLevel?: IsolationLevel | undefined
  readonly signal: AbortSignal
  /** What the reader of the records should know. */
  readonly notice: (line: string) => void
}

export interface ConsumedHeader {
  readonly key: string
  readonly value: Uint8Array | null
}

/** Bytes are views: valid until the next records are asked for. */
export interface ConsumedRecord {
  readonly partition: number
  readonly offset: number
  /** ms since 1970; -1 where the producer gave none */
  readonly timestamp: number
  readonly key: Uint8Array | null
  /** null: a tombstone. */
  readonly value: Uint8Array | null
  readonly headers: readonly ConsumedHeader[]
}

function view(bytes: Uint8Array, start: number, length: number): Uint8Array | null {
  return length < 0 ? null : bytes.subarray(start, start + length)
}

/** Which records of a batch are wanted. */
class Selection {
  readonly #topic: string
  readonly #key: Buffer | undefined
  readonly #filter: RecordFilter | undefined
  readonly #notice: (line: string) => void

  constructor(options: ConsumeOptions, filter: RecordFilter | undefined) {
    this.#topic = options.topic
    this.#key = options.key === undefined ? undefined : Buffer.from(options.key)
    this.#filter = filter
    this.#notice = options.notice
  }

  of({ partition, records, count }: ReadBatch): ConsumedRecord[] {
    const found: ConsumedRecord[] = []
    for (let record = 0; record < count; record++) {
      const key = view(records.bytes, records.keyStart[record]!, records.keyLength[record]!)
      if (this.#key !== undefined && (key === null || !this.#key.equals(key))) continue
      found.push({
        partition,
        offset: records.offsetOf(record),
        timestamp: records.timestampOf(record),
        key,
        value: view(records.bytes, records.valueStart[record]!, records.valueLength[record]!),
        headers: records.headersOf(record),
      })
    }
    if (this.#filter === undefined || found.length === 0) return found
    const selected = this.#filter.test(
      found.map(({ value }) => value),
      (index) => `${this.#topic}-${partition} offset ${found[index]!.offset}`,
    )
    const chosen = found.filter((_, index) => selected[index] === 1)
    // before the end: who waits for records wants to know that none can come
    const absent = chosen.length === 0 ? this.#filter.absentFields() : undefined
    if (absent !== undefined) this.#notice(absent)
    return chosen
  }
}

/** Records that nobody may see yet keep read_committed from what lies behind them. */
async function tellOpenTransactions(
  cluster: KafkaCluster,
  { topic, signal, notice }: ConsumeOptions,
  ranges: readonly PartitionRange[],
): Promise<void> {
  const queries = ranges.map(({ partition }) => ({ topic, partition, at: 'latest' as const }))
  const [written, committed] = await Promise.all([
    listOffsets(cluster, queries, { signal }),
    listOffsets(cluster, queries, { isolationLevel: 'read_committed', signal }),
  ])
  const held = written.reduce((sum, { offset }, index) => sum + offset! - committed[index]!.offset!, 0)
  if (held > 0) notice(`an open transaction holds back up to ${held} records; --isolation read_uncommitted shows them`)
}

/** Records in the order they arrive, in chunks; ends at `until`, after `count`, or when the signal aborts. */
export async function* consumeRecords(options: ConsumeOptions): AsyncGenerator<readonly ConsumedRecord[]> {
  const { connection, topic, signal, isolationLevel = 'read_committed', notice } = options
  const filter = await loadFilter(options.filter)
  const cluster = openKafka(connection)
  let reader: TopicReader | undefined
  let left = options.count ?? Infinity
  try {
    const { from, until, group, partitions } = options
    const ranges = await resolveRanges(cluster, { topic, from, until, group, partitions, isolationLevel }, signal)
    if (until?.kind === 'latest' && isolationLevel === 'read_committed')
      await tellOpenTransactions(cluster, options, ranges)
    reader = new TopicReader(cluster, topic, ranges, { isolationLevel, signal, notice })
    const selection = new Selection(options, filter)
    while (left > 0 && !reader.isDone && !signal.aborted) {
      for (const { batches } of await reader.poll()) {
        for (const batch of batches) {
          const records = selection.of(batch).slice(0, left)
          left -= records.length
          if (records.length > 0) yield records
          if (left <= 0) return
        }
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    reader?.close()
    cluster.close()
    for (const line of filter?.notices() ?? []) notice(line)
  }
}
