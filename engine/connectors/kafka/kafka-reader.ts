// Reads partitions of Kafka topics into batches. Fetching runs ahead: the next answer is on the wire while this one is
// decoded. Positions move with what was emitted, so a snapshot covers exactly that.
import { localTimeZone } from '../../common/local-time-zone.ts'
import { RecordIndex } from '../../kafka/protocol/record-index.ts'
import { readInt32 } from '../../kafka/protocol/record-batch.ts'
import type { KafkaCluster } from '../../kafka/client/kafka-cluster.ts'
import { commitOffsets } from '../../kafka/client/group-offsets.ts'
import { PartitionFetcher, type FetchedPartition } from '../../kafka/client/partition-fetcher.ts'
import type { Counter } from '../../metrics/metric-group.ts'
import type {
  ReaderOutput,
  ReaderStatus,
  RuntimeContext,
  SourceReader,
  SourceSpec,
  Split,
  SplitPosition,
} from '../connector.ts'
import type { KafkaSourceSettings } from './kafka-settings.ts'
import { createSplit, isFinished, positionOf, splitId, splitState, type KafkaSplitState } from './kafka-split.ts'
import { openCluster } from './open-cluster.ts'
import { RecordDecoder } from './record-decoder.ts'

/** Rows per batch: large enough that the cost per batch vanishes, small enough to stay in the processor's cache. */
export const KAFKA_BATCH_ROWS = 8192
/** How long one wait for news may take before it is asked again whether anything is wrong. */
const POLL_TIMEOUT_MS = 30_000
const LEADER_EPOCH_AT = 12

interface ReaderSplit {
  state: KafkaSplitState
  isFinished: boolean
}

/** How far the present answer of a broker is worked through. */
interface Cursor {
  readonly fetched: readonly FetchedPartition[]
  partition: number
  /** Index into batchStarts. */
  batch: number
  /** Record of that batch, -1: the batch is not opened yet. */
  record: number
}

export class KafkaReader implements SourceReader {
  readonly #settings: KafkaSourceSettings
  readonly #context: RuntimeContext
  readonly #cluster: KafkaCluster
  readonly #fetcher: PartitionFetcher
  readonly #decoder: RecordDecoder
  readonly #records: RecordIndex
  readonly #splits = new Map<string, ReaderSplit>()
  readonly #ignored: Counter
  readonly #failedCommits: Counter
  readonly #isBounded: boolean
  #cursor: Cursor | undefined
  #fetching: Promise<void> | undefined
  #failure: Error | undefined

  constructor(spec: SourceSpec, context: RuntimeContext) {
    this.#settings = spec.settings as unknown as KafkaSourceSettings
    this.#context = context
    this.#isBounded = spec.bounded
    this.#cluster = openCluster(this.#settings.connection, context)
    this.#fetcher = new PartitionFetcher(this.#cluster, { isolationLevel: this.#settings.isolationLevel })
    const zone = localTimeZone(context.configuration)
    this.#decoder = new RecordDecoder(spec, zone, KAFKA_BATCH_ROWS)
    const has = (key: string): boolean => spec.metadata.some((column) => column.key === key)
    this.#records = new RecordIndex({
      keys: this.#settings.key !== null,
      timestamps: has('timestamp') || has('timestamp-type'),
      headers: has('headers'),
    })
    this.#ignored = context.metrics.counter('numRecordsInErrors')
    this.#failedCommits = context.metrics.counter('commitsFailed')
    context.metrics.gauge('pendingRecords', () => this.#pendingRecords())
  }

  start(splits: readonly Split[]): Promise<void> {
    for (const split of splits) {
      const reading: ReaderSplit = { state: splitState(split), isFinished: false }
      this.#splits.set(split.id, reading)
      // Flink's name for it: the offset of the last record read
      const { topic, partition } = reading.state
      const name = `KafkaSourceReader.topic.${topic}.partition.${partition}.currentOffset`
      this.#context.metrics.gauge(name, () => reading.state.nextOffset - 1)
    }
    const positions = splits
      .map(splitState)
      .filter((state) => !isFinished(state))
      .map(({ topic, partition, nextOffset }) => ({ topic, partition, offset: nextOffset }))
    if (positions.length > 0) this.#fetcher.assign(positions)
    return Promise.resolve()
  }

  poll(output: ReaderOutput): ReaderStatus {
    if (this.#failure !== undefined) throw this.#failure
    this.#finishSplits(output)
    if (this.#cursor !== undefined) {
      try {
        this.#emitBatch(this.#cursor, output)
      } catch (error) {
        this.#failure = error as Error
        throw error
      }
      this.#finishSplits(output)
    }
    if (this.#isEnded()) return 'end-of-input'
    if (this.#cursor !== undefined) return 'more'
    this.#fetch()
    return 'nothing-available'
  }

  async available(): Promise<void> {
    if (this.#cursor !== undefined || this.#isEnded()) return
    this.#fetch()
    await this.#fetching
    if (this.#failure !== undefined) throw this.#failure
  }

  snapshot(): readonly Split[] {
    return [...this.#splits.values()].map(({ state }) => createSplit(state))
  }

  positions(): readonly SplitPosition[] {
    return [...this.#splits].flatMap(([id, { state, isFinished: ended }]) =>
      ended ? [] : [{ id, position: String(state.nextOffset), pendingRecords: this.#pendingIn(state) }],
    )
  }

  trouble(): unknown {
    return this.#fetcher.trouble
  }

  notifyCheckpointComplete(splits: readonly Split[]): void {
    const { groupId } = this.#settings
    if (groupId === null) return
    commitOffsets(this.#cluster, groupId, splits.map(positionOf), this.#context.signal).catch(() => {
      this.#failedCommits.count++
    })
  }

  close(): Promise<void> {
    this.#fetcher.close()
    this.#cluster.close()
    return Promise.resolve()
  }

  /** A bounded reader without splits has nothing to do; an unbounded one may get a checkpoint's splits later: it idles. */
  #isEnded(): boolean {
    if (this.#splits.size === 0) return this.#isBounded
    for (const split of this.#splits.values()) if (!split.isFinished) return false
    return true
  }

  #finishSplits(output: ReaderOutput): void {
    for (const [id, split] of this.#splits) {
      if (split.isFinished || !isFinished(split.state)) continue
      split.isFinished = true
      this.#fetcher.unassign(split.state.topic, split.state.partition)
      output.splitFinished(id)
    }
  }

  /** Waits for the next answer in the background; its memory is that of the last one, which is worked through. */
  #fetch(): void {
    if (this.#fetching !== undefined || this.#cursor !== undefined || this.#failure !== undefined) return
    this.#fetching = this.#fetcher
      .poll(POLL_TIMEOUT_MS, this.#context.signal)
      .then(
        (fetched) => {
          if (fetched.length > 0) this.#cursor = { fetched, partition: 0, batch: 0, record: -1 }
        },
        (error: unknown) => {
          this.#failure = error as Error
        },
      )
      .finally(() => {
        this.#fetching = undefined
      })
  }

  /** Decodes until a batch is full or the partition's answer is worked through. */
  #emitBatch(cursor: Cursor, output: ReaderOutput): void {
    const fetched = cursor.fetched[cursor.partition]!
    const split = this.#splits.get(splitId(fetched.topic, fetched.partition))!
    const decoder = this.#decoder
    decoder.reset()
    while (
      cursor.batch < fetched.batchStarts.length &&
      decoder.rowCount < KAFKA_BATCH_ROWS &&
      !isFinished(split.state)
    ) {
      this.#decodeRecords(cursor, fetched, split)
    }
    if (cursor.batch >= fetched.batchStarts.length || isFinished(split.state)) {
      // also past control batches, aborted transactions and what compaction took
      const reached = Math.max(split.state.nextOffset, fetched.nextOffset)
      moveTo(split, Math.min(reached, split.state.stoppingOffset ?? reached))
      this.#nextPartition(cursor)
    }
    this.#ignored.count = decoder.ignoredRecords
    const batch = decoder.takeBatch()
    if (batch !== undefined) output.emit(splitId(fetched.topic, fetched.partition), batch)
  }

  #decodeRecords(cursor: Cursor, fetched: FetchedPartition, split: ReaderSplit): void {
    const records = this.#records
    const at = fetched.batchStarts[cursor.batch]!
    if (cursor.record < 0) {
      records.read(fetched.bytes, at, fetched.fromOffset)
      cursor.record = 0
    }
    const end = recordsBefore(records, split.state.stoppingOffset)
    const place = {
      topic: fetched.topic,
      partition: fetched.partition,
      leaderEpoch: readInt32(fetched.bytes, at + LEADER_EPOCH_AT),
    }
    cursor.record = this.#decoder.decode(place, records, cursor.record, end, KAFKA_BATCH_ROWS)
    if (cursor.record > 0) moveTo(split, records.offsetOf(cursor.record - 1) + 1)
    if (cursor.record < end) return
    if (end < records.count) moveTo(split, split.state.stoppingOffset!)
    cursor.batch++
    cursor.record = -1
  }

  #nextPartition(cursor: Cursor): void {
    cursor.partition++
    cursor.batch = 0
    cursor.record = -1
    if (cursor.partition === cursor.fetched.length) this.#cursor = undefined
  }

  #pendingRecords(): number {
    let pending = 0
    for (const { state } of this.#splits.values()) pending += this.#pendingIn(state) ?? 0
    return pending
  }

  #pendingIn({ topic, partition, nextOffset }: KafkaSplitState): number | undefined {
    const highWatermark = this.#fetcher.highWatermarkOf(topic, partition)
    return highWatermark === undefined ? undefined : Math.max(0, highWatermark - nextOffset)
  }
}

function moveTo(split: ReaderSplit, nextOffset: number): void {
  split.state = { ...split.state, nextOffset }
}

/** How many records of the batch lie below the stopping offset. */
function recordsBefore(records: RecordIndex, stoppingOffset: number | null): number {
  if (stoppingOffset === null || records.count === 0) return records.count
  if (records.offsetOf(records.count - 1) < stoppingOffset) return records.count
  let count = 0
  while (records.offsetOf(count) < stoppingOffset) count++
  return count
}
