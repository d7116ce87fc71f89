// The records of one partition on their way out: batches in order, one of them on the wire at most.
import type { Compressor, CompressionType } from '../protocol/compression.ts'
import { patchProducer, RecordBatchBuilder } from '../protocol/record-batch-builder.ts'
import type { RecordHeader } from '../protocol/record-index.ts'

export interface ProducerIdentity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

/** A batch that is complete and waits for its acknowledgement. */
export interface PendingBatch {
  readonly bytes: Buffer
  readonly count: number
  /** What it counts for in the producer's memory. */
  readonly bufferedBytes: number
  /** When its first record was appended. */
  readonly bornMs: number
  /** Of the identity it was last stamped with. */
  sequence: number
  stampedBy: ProducerIdentity | undefined
  /** First failure, for the error after the last retry. */
  firstFailure: unknown
  failures: number
}

export interface PartitionAccumulatorOptions {
  readonly batchBytesMax: number
  readonly compression: CompressionType
  readonly compressor: Compressor | undefined
}

/**
 * With one batch on the wire per partition, retries keep the order and sequence numbers have no gaps; what arrives
 * meanwhile makes the next batch larger.
 */
export class PartitionAccumulator {
  readonly topic: string
  readonly partition: number
  /** The first batch: on the wire, or about to be sent again. */
  private head: PendingBatch | undefined
  private onWire = false
  private retryAtMs = 0
  private appendedRecords = 0
  private acknowledgedRecords = 0
  private readonly options: PartitionAccumulatorOptions
  private readonly builder: RecordBatchBuilder
  private readonly full: PendingBatch[] = []
  private openedMs = 0
  private nextSequence = 0
  private identity: ProducerIdentity | undefined

  constructor(topic: string, partition: number, options: PartitionAccumulatorOptions) {
    this.topic = topic
    this.partition = partition
    this.options = options
    this.builder = new RecordBatchBuilder()
  }

  /** Records that were ever appended. They arrive in this order. */
  get appendedCount(): number {
    return this.appendedRecords
  }

  /** The first so many of them have arrived. */
  get acknowledgedCount(): number {
    return this.acknowledgedRecords
  }

  /** Why the first batch did not arrive yet; undefined: it has not failed. */
  get trouble(): unknown {
    return this.head?.firstFailure
  }

  /** Monotonic ms when the oldest record that has not arrived was appended; undefined: all have. */
  get oldestMs(): number | undefined {
    return this.head?.bornMs ?? this.full[0]?.bornMs ?? (this.builder.count > 0 ? this.openedMs : undefined)
  }

  /** As RecordBatchBuilder.appendRange. Returns by how many bytes the memory in use grew. */
  append(
    nowMs: number,
    keys: Uint8Array,
    keyStart: number,
    keyLength: number,
    values: Uint8Array,
    valueStart: number,
    valueLength: number,
    timestamp: number,
    headers: readonly RecordHeader[] | undefined,
  ): number {
    const bytes = RecordBatchBuilder.recordBytesMax(keyLength, valueLength, headers)
    if (this.builder.count > 0 && this.builder.sizeBytes + bytes > this.options.batchBytesMax) this.closeBatch()
    this.appendedRecords++
    const before = this.builder.count === 0 ? 0 : this.builder.sizeBytes
    if (this.builder.count === 0) this.openedMs = nowMs
    this.builder.appendRange(keys, keyStart, keyLength, values, valueStart, valueLength, timestamp, headers)
    return this.builder.sizeBytes - before
  }

  /** When the next batch may go out, in monotonic ms; Infinity if there is none or one is on the wire. */
  dueMs(lingerMs: number): number {
    if (this.onWire) return Infinity
    if (this.head !== undefined) return this.retryAtMs
    if (this.full.length > 0) return 0
    return this.builder.count > 0 ? this.openedMs + lingerMs : Infinity
  }

  /** The batch to send now; it is on the wire from here on. Sequences follow each other per identity (KIP-98). */
  takeBatch(identity: ProducerIdentity): PendingBatch | undefined {
    if (this.onWire) return undefined
    if (this.head === undefined) {
      if (this.full.length === 0 && this.builder.count > 0) this.closeBatch()
      this.head = this.full.shift()
    }
    if (this.head === undefined) return undefined
    this.onWire = true
    if (this.head.stampedBy !== identity) this.stamp(this.head, identity)
    return this.head
  }

  /** The batch on the wire has arrived. */
  acknowledge(): void {
    this.acknowledgedRecords += this.head!.count
    this.head = undefined
    this.onWire = false
  }

  /** The batch on the wire has failed and is to be sent again, not before `retryAtMs`. */
  sendAgain(retryAtMs: number): void {
    this.onWire = false
    this.retryAtMs = retryAtMs
  }

  private stamp(batch: PendingBatch, identity: ProducerIdentity): void {
    if (this.identity !== identity) this.nextSequence = 0
    this.identity = identity
    batch.stampedBy = identity
    batch.sequence = identity.producerId < 0n ? -1 : this.nextSequence
    patchProducer(batch.bytes, identity.producerId, identity.producerEpoch, batch.sequence)
    this.nextSequence = (this.nextSequence + batch.count) & 0x7fffffff
  }

  private closeBatch(): void {
    const { compression, compressor } = this.options
    const count = this.builder.count
    const bufferedBytes = this.builder.sizeBytes
    const bytes = this.builder.build({ compression, compressor, unsealed: true })
    this.full.push({
      bytes,
      count,
      bufferedBytes,
      bornMs: this.openedMs,
      sequence: -1,
      stampedBy: undefined,
      firstFailure: undefined,
      failures: 0,
    })
  }
}
