// What a partition remembers of its idempotent producers (KIP-98): the last five batches of each, to tell a repeated
// batch from a lost one. Pure: (state, batch) → answer; the log keeps it beside the segments as snapshots.

import type { RecordBatchHeader } from '../protocol/record-batch.ts'

/** A batch as its producer numbered it. Sequences wrap around after 2^31-1. */
export interface ProducerBatch {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly lastSequence: number
  readonly baseOffset: number
  readonly lastOffset: number
  /** Greatest timestamp of the batch, ms. */
  readonly timestamp: number
}

interface RememberedBatch {
  readonly baseSequence: number
  readonly lastSequence: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly timestamp: number
}

export interface ProducerEntry {
  readonly producerId: number
  readonly producerEpoch: number
  /** Wall-clock time of the last append, ms: producers silent for a day are forgotten. */
  readonly lastAppendedAt: number
  /** Oldest first, at most five. */
  readonly batches: readonly RememberedBatch[]
}

export type SequenceVerdict =
  | { readonly kind: 'in-order' }
  /** The batch is in the log already, here. */
  | { readonly kind: 'duplicate'; readonly baseOffset: number; readonly lastOffset: number; readonly timestamp: number }
  | {
      readonly kind: 'refused'
      readonly error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' | 'INVALID_PRODUCER_EPOCH'
      readonly message: string
    }

const batchesRememberedMax = 5
const sequenceMax = 0x7fffffff

/** The sequence number of the last record of a batch. */
export function lastSequenceOf(baseSequence: number, lastOffsetDelta: number): number {
  return baseSequence > sequenceMax - lastOffsetDelta
    ? lastOffsetDelta - (sequenceMax - baseSequence) - 1
    : baseSequence + lastOffsetDelta
}

/** The batch with the offsets it gets. */
export function producerBatchOf(header: RecordBatchHeader, baseOffset: number): ProducerBatch {
  return {
    producerId: header.producerId,
    producerEpoch: header.producerEpoch,
    baseSequence: header.baseSequence,
    lastSequence: lastSequenceOf(header.baseSequence, header.lastOffsetDelta),
    baseOffset,
    lastOffset: baseOffset + header.lastOffsetDelta,
    timestamp: header.maxTimestamp,
  }
}

export class ProducerState {
  private readonly producers = new Map<number, ProducerEntry>()

  get entries(): readonly ProducerEntry[] {
    return [...this.producers.values()]
  }

  get(producerId: number): ProducerEntry | undefined {
    return this.producers.get(producerId)
  }

  /** May this batch be appended? An unknown producer may begin anywhere: its history may have been deleted. */
  judge(batch: Omit<ProducerBatch, 'baseOffset' | 'lastOffset' | 'timestamp'>): SequenceVerdict {
    const entry = this.producers.get(batch.producerId)
    if (entry === undefined) return { kind: 'in-order' }
    if (batch.producerEpoch < entry.producerEpoch)
      return {
        kind: 'refused',
        error: 'INVALID_PRODUCER_EPOCH',
        message: `producer ${batch.producerId} has epoch ${entry.producerEpoch}, the batch has ${batch.producerEpoch}`,
      }
    if (batch.producerEpoch > entry.producerEpoch)
      return batch.baseSequence === 0 ? { kind: 'in-order' } : outOfOrder(batch, 'a new epoch begins with sequence 0')
    const same = entry.batches.find(
      (known) => known.baseSequence === batch.baseSequence && known.lastSequence === batch.lastSequence,
    )
    if (same !== undefined)
      return { kind: 'duplicate', baseOffset: same.baseOffset, lastOffset: same.lastOffset, timestamp: same.timestamp }
    const last = entry.batches.at(-1)
    if (last === undefined || batch.baseSequence === (last.lastSequence === sequenceMax ? 0 : last.lastSequence + 1))
      return { kind: 'in-order' }
    return outOfOrder(batch, `after ${last.lastSequence}`)
  }

  /** Remembers an appended batch; also used to make the state again from the log. */
  appended(batch: ProducerBatch, nowMs: number): void {
    const entry = this.producers.get(batch.producerId)
    const kept =
      entry === undefined || entry.producerEpoch !== batch.producerEpoch
        ? []
        : entry.batches.slice(1 - batchesRememberedMax)
    const { baseSequence, lastSequence, baseOffset, lastOffset, timestamp } = batch
    this.producers.set(batch.producerId, {
      producerId: batch.producerId,
      producerEpoch: batch.producerEpoch,
      lastAppendedAt: nowMs,
      batches: [...kept, { baseSequence, lastSequence, baseOffset, lastOffset, timestamp }],
    })
  }

  /** Forgets producers that appended nothing since `timeMs` (Kafka's producer.id.expiration.ms). */
  forgetBefore(timeMs: number): void {
    for (const entry of this.producers.values())
      if (entry.lastAppendedAt < timeMs) this.producers.delete(entry.producerId)
  }

  clear(): void {
    this.producers.clear()
  }

  restore(entries: readonly ProducerEntry[]): void {
    this.producers.clear()
    for (const entry of entries) this.producers.set(entry.producerId, entry)
  }
}

function outOfOrder(batch: { producerId: number; baseSequence: number }, expected: string): SequenceVerdict {
  return {
    kind: 'refused',
    error: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
    message: `producer ${batch.producerId} sent sequence ${batch.baseSequence}: ${expected}`,
  }
}
