// What one topic of a producer takes: records one by one, or many at once as ranges of one memory.
import { FlinktsError } from '../../common/errors.ts'
import type { RecordHeader } from '../protocol/record-index.ts'
import { partitionOfKey, StickyPartition } from './partitioner.ts'
import type { PartitionAccumulator } from './record-accumulator.ts'

/** Records as columns over one memory; the arrays may be longer than what is sent of them. */
export interface RecordRanges {
  readonly bytes: Uint8Array
  readonly keyStart: Int32Array
  /** -1 is null. */
  readonly keyLength: Int32Array
  readonly valueStart: Int32Array
  /** -1 is null. */
  readonly valueLength: Int32Array
  /** ms since 1970 */
  readonly timestamp: Float64Array
  readonly partition: Int32Array
  /** Undefined: none has any. */
  readonly headers?: readonly (readonly RecordHeader[] | undefined)[] | undefined
}

export interface TopicProducer {
  readonly topic: string
  readonly partitions: number
  /**
   * Copies a record into the batch of its partition: that of the key's hash, else a sticky one; `partition` overrides.
   * `timestamp` in ms since 1970. Never waits: ask `isAvailable()` first and respect it.
   */
  send(
    key: Uint8Array | null,
    value: Uint8Array | null,
    timestamp: number,
    headers?: readonly RecordHeader[],
    partition?: number,
  ): void
  /** As `send`, with key and value as ranges of larger memory; length -1 is null. */
  sendRange(
    keys: Uint8Array,
    keyStart: number,
    keyLength: number,
    values: Uint8Array,
    valueStart: number,
    valueLength: number,
    timestamp: number,
  ): void
  /**
   * As `send` for the records `from` (inclusive) to `to` (exclusive), each into the partition it names. The clock is read
   * once and nothing is allocated per record. Keep it to some hundred kilobytes at once.
   */
  sendRanges(records: RecordRanges, from: number, to: number): void
}

/** What a topic's producer needs of the whole. */
export interface ProducerSide {
  readonly random: () => number
  readonly monotonicMs: () => number
  /** Throws what failed the producer. */
  throwIfFailed(): void
  /** By so many bytes the memory in use grew; the accumulator has a batch that will be due. */
  appended(bytes: number, accumulator: PartitionAccumulator): void
}

const noBytes = new Uint8Array(0)

export class AccumulatingTopicProducer implements TopicProducer {
  readonly topic: string
  readonly partitions: number
  private readonly accumulators: readonly PartitionAccumulator[]
  private readonly side: ProducerSide
  private readonly sticky: StickyPartition

  constructor(topic: string, accumulators: readonly PartitionAccumulator[], side: ProducerSide) {
    this.topic = topic
    this.partitions = accumulators.length
    this.accumulators = accumulators
    this.side = side
    this.sticky = new StickyPartition(accumulators.length, side.random)
  }

  send(
    key: Uint8Array | null,
    value: Uint8Array | null,
    timestamp: number,
    headers?: readonly RecordHeader[],
    partition?: number,
  ): void {
    const [keyLength, valueLength] = [key?.length ?? -1, value?.length ?? -1]
    this.append(key ?? noBytes, 0, keyLength, value ?? noBytes, 0, valueLength, timestamp, headers, partition)
  }

  sendRange(
    keys: Uint8Array,
    keyStart: number,
    keyLength: number,
    values: Uint8Array,
    valueStart: number,
    valueLength: number,
    timestamp: number,
  ): void {
    this.append(keys, keyStart, keyLength, values, valueStart, valueLength, timestamp, undefined, undefined)
  }

  sendRanges(records: RecordRanges, from: number, to: number): void {
    this.side.throwIfFailed()
    const nowMs = this.side.monotonicMs()
    const { bytes, keyStart, keyLength, valueStart, valueLength, timestamp, partition, headers } = records
    for (let record = from; record < to; record++) {
      const accumulator = this.accumulatorOf(partition[record]!)
      const grown = accumulator.append(
        nowMs,
        bytes,
        keyStart[record]!,
        keyLength[record]!,
        bytes,
        valueStart[record]!,
        valueLength[record]!,
        timestamp[record]!,
        headers?.[record],
      )
      this.side.appended(grown, accumulator)
    }
  }

  private append(
    keys: Uint8Array,
    keyStart: number,
    keyLength: number,
    values: Uint8Array,
    valueStart: number,
    valueLength: number,
    timestamp: number,
    headers: readonly RecordHeader[] | undefined,
    partition: number | undefined,
  ): void {
    this.side.throwIfFailed()
    partition ??=
      keyLength < 0
        ? this.sticky.next(valueLength + 10)
        : partitionOfKey(keys, this.partitions, keyStart, keyStart + keyLength)
    const accumulator = this.accumulatorOf(partition)
    const nowMs = this.side.monotonicMs()
    const grown = accumulator.append(
      nowMs,
      keys,
      keyStart,
      keyLength,
      values,
      valueStart,
      valueLength,
      timestamp,
      headers,
    )
    this.side.appended(grown, accumulator)
  }

  private accumulatorOf(partition: number): PartitionAccumulator {
    const accumulator = this.accumulators[partition]
    if (accumulator !== undefined) return accumulator
    throw new FlinktsError('KAFKA_TOPIC_MISSING', `topic ${this.topic} has no partition ${partition}`)
  }
}
