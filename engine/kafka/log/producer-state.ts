// What a partition remembers of its producers (KIP-98): the last five batches of each, to tell a repeated batch from a
// lost one, and the transactions that are not decided yet. Pure: (state, batch) → answer; the log keeps it beside the
// segments as snapshots.

import { isTransactional, type RecordBatchHeader } from '../protocol/record-batch.ts'
import type { TransactionMarker } from './transaction-marker.ts'

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
  readonly isTransactional: boolean
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
  /** Of the last batch or marker, ms. */
  readonly lastTimestamp: number
  /** Of the coordinator that wrote the last marker; -1 before the first. */
  readonly coordinatorEpoch: number
  /** Where the transaction begins that is not decided yet; -1 where there is none. */
  readonly transactionStartOffset: number
  /** Of the present epoch, oldest first, at most five. */
  readonly batches: readonly RememberedBatch[]
}

/** A transaction that had records in the partition, and whose marker is in the log now. */
export interface DecidedTransaction {
  readonly producerId: number
  readonly firstOffset: number
  /** Of the marker. */
  readonly lastOffset: number
  readonly isCommit: boolean
}

interface FirstAttempt {
  readonly producerEpoch: number
  readonly leastSequence: number
  /** Of KIP-890: what is lost to it here was never written, so that it can only begin with sequence 0. */
  readonly isVersion2: boolean
}

export type SequenceVerdict =
  | { readonly kind: 'in-order' }
  /** The batch is in the log already, here. */
  | { readonly kind: 'duplicate'; readonly baseOffset: number; readonly lastOffset: number; readonly timestamp: number }
  | {
      readonly kind: 'refused'
      readonly error:
        | 'OUT_OF_ORDER_SEQUENCE_NUMBER'
        | 'INVALID_PRODUCER_EPOCH'
        | 'INVALID_TXN_STATE'
        | 'TRANSACTION_COORDINATOR_FENCED'
      readonly message: string
    }

const batchesRememberedMax = 5
/** Producers that began nothing are forgotten, the oldest first. */
const attemptsMax = 1000
const noProducerEpoch = -1
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
    isTransactional: isTransactional(header),
  }
}

export class ProducerState {
  private readonly producers = new Map<number, ProducerEntry>()
  /** First offset of each undecided transaction by producer id, the least first: offsets only grow. */
  private readonly undecided = new Map<number, number>()
  /** Of producers about to begin a transaction here, by id: the least sequence that was tried. Only in memory. */
  private readonly attempts = new Map<number, FirstAttempt>()

  /** Where the first transaction begins that is not decided yet. */
  get firstUndecidedOffset(): number | undefined {
    for (const offset of this.undecided.values()) return offset
    return undefined
  }

  /** The same, were the producer's own transaction decided. */
  firstUndecidedOffsetWithout(producerId: number): number | undefined {
    for (const [other, offset] of this.undecided) if (other !== producerId) return offset
    return undefined
  }

  get entries(): readonly ProducerEntry[] {
    return [...this.producers.values()]
  }

  get(producerId: number): ProducerEntry | undefined {
    return this.producers.get(producerId)
  }

  /** Is a transaction of this producer, in this epoch, under way here? */
  hasTransaction(producerId: number, producerEpoch: number): boolean {
    return this.undecided.has(producerId) && this.producers.get(producerId)!.producerEpoch === producerEpoch
  }

  /**
   * A batch is about to begin a transaction here. Until one does, none with a later sequence may: it would stand before
   * the one that is tried again.
   */
  firstAttempt(
    { producerId, producerEpoch, baseSequence }: Pick<ProducerBatch, 'producerId' | 'producerEpoch' | 'baseSequence'>,
    isVersion2: boolean,
  ): void {
    const known = this.attempts.get(producerId)
    const isFirst = known === undefined || producerEpoch > known.producerEpoch
    if (!isFirst && (producerEpoch < known.producerEpoch || baseSequence >= known.leastSequence)) return
    const attempt = { producerEpoch, leastSequence: baseSequence, isVersion2: known?.isVersion2 ?? isVersion2 }
    this.attempts.set(producerId, attempt)
    if (this.attempts.size <= attemptsMax) return
    for (const oldest of this.attempts.keys()) {
      this.attempts.delete(oldest)
      return
    }
  }

  /** May this batch be appended? An unknown producer may begin anywhere: its history may have been deleted. */
  judge(batch: Omit<ProducerBatch, 'baseOffset' | 'lastOffset' | 'timestamp'>): SequenceVerdict {
    const entry = this.producers.get(batch.producerId)
    const attempt = this.attempts.get(batch.producerId)
    const isNew = (entry?.batches.length ?? 0) === 0
    const isAhead =
      attempt !== undefined &&
      (batch.baseSequence > attempt.leastSequence || (attempt.isVersion2 && isNew && batch.baseSequence !== 0))
    if (entry === undefined)
      return isAhead ? outOfOrder(batch, `${attempt.leastSequence} was sent before`) : { kind: 'in-order' }
    const stale = epochRefusal(entry, batch.producerEpoch)
    if (stale !== undefined) return stale
    const verdict = judgeSequence(entry, batch)
    if (verdict.kind === 'in-order' && isAhead) return outOfOrder(batch, `${attempt.leastSequence} was sent before`)
    if (verdict.kind !== 'in-order' || batch.isTransactional || entry.transactionStartOffset < 0) return verdict
    return {
      kind: 'refused',
      error: 'INVALID_TXN_STATE',
      message: `producer ${batch.producerId} has a transaction under way and sent a batch outside of it`,
    }
  }

  /** Remembers an appended batch; also used to make the state again from the log. */
  appended(batch: ProducerBatch, nowMs: number): void {
    const entry = this.producers.get(batch.producerId)
    const kept =
      entry === undefined || entry.producerEpoch !== batch.producerEpoch
        ? []
        : entry.batches.slice(1 - batchesRememberedMax)
    const { producerId, producerEpoch, baseSequence, lastSequence, baseOffset, lastOffset, timestamp } = batch
    if (batch.isTransactional) this.attempts.delete(producerId)
    const begins = batch.isTransactional && !this.undecided.has(producerId)
    if (begins) this.undecided.set(producerId, baseOffset)
    this.producers.set(producerId, {
      producerId,
      producerEpoch,
      lastAppendedAt: nowMs,
      lastTimestamp: timestamp,
      coordinatorEpoch: entry?.coordinatorEpoch ?? -1,
      transactionStartOffset: begins ? baseOffset : (entry?.transactionStartOffset ?? -1),
      batches: [...kept, { baseSequence, lastSequence, baseOffset, lastOffset, timestamp }],
    })
  }

  /** Why this marker must not be appended; undefined where it may. */
  judgeMarker(marker: TransactionMarker): Extract<SequenceVerdict, { kind: 'refused' }> | undefined {
    const entry = this.producers.get(marker.producerId)
    if (entry === undefined) return undefined
    if (marker.coordinatorEpoch < entry.coordinatorEpoch)
      return {
        kind: 'refused',
        error: 'TRANSACTION_COORDINATOR_FENCED',
        message: `coordinator epoch ${marker.coordinatorEpoch}; one with ${entry.coordinatorEpoch} was here`,
      }
    return epochRefusal(entry, marker.producerEpoch)
  }

  /** The marker is in the log, at `offset`. Undefined where the producer had no transaction here. */
  markerAppended(
    marker: TransactionMarker,
    offset: number,
    timestamp: number,
    nowMs: number,
  ): DecidedTransaction | undefined {
    const { producerId, producerEpoch, coordinatorEpoch, isCommit } = marker
    const entry = this.producers.get(producerId)
    const firstOffset = this.undecided.get(producerId)
    this.undecided.delete(producerId)
    this.attempts.delete(producerId)
    this.producers.set(producerId, {
      producerId,
      producerEpoch,
      lastAppendedAt: nowMs,
      lastTimestamp: timestamp,
      coordinatorEpoch,
      transactionStartOffset: -1,
      batches: entry?.producerEpoch === producerEpoch ? entry.batches : [],
    })
    return firstOffset === undefined ? undefined : { producerId, firstOffset, lastOffset: offset, isCommit }
  }

  /** Forgets producers that appended nothing since `timeMs` (Kafka's producer.id.expiration.ms). */
  forgetBefore(timeMs: number): void {
    for (const { producerId, lastAppendedAt } of this.producers.values())
      if (lastAppendedAt < timeMs && !this.undecided.has(producerId)) this.producers.delete(producerId)
  }

  restore(entries: readonly ProducerEntry[]): void {
    this.producers.clear()
    this.undecided.clear()
    for (const entry of entries) this.producers.set(entry.producerId, entry)
    const undecided = entries.filter(({ transactionStartOffset }) => transactionStartOffset >= 0)
    for (const entry of undecided.sort((a, b) => a.transactionStartOffset - b.transactionStartOffset))
      this.undecided.set(entry.producerId, entry.transactionStartOffset)
  }
}

function epochRefusal(
  entry: ProducerEntry,
  producerEpoch: number,
): Extract<SequenceVerdict, { kind: 'refused' }> | undefined {
  if (producerEpoch >= entry.producerEpoch) return undefined
  return {
    kind: 'refused',
    error: 'INVALID_PRODUCER_EPOCH',
    message: `producer ${entry.producerId} has epoch ${entry.producerEpoch}, the batch has ${producerEpoch}`,
  }
}

/** The epoch is the present one, or later. A marker may have brought an epoch without batches. */
function judgeSequence(
  entry: ProducerEntry,
  batch: Pick<ProducerBatch, 'producerId' | 'producerEpoch' | 'baseSequence' | 'lastSequence'>,
): SequenceVerdict {
  if (entry.producerEpoch === noProducerEpoch) return { kind: 'in-order' }
  const last = batch.producerEpoch > entry.producerEpoch ? undefined : entry.batches.at(-1)
  if (last === undefined)
    return batch.baseSequence === 0 ? { kind: 'in-order' } : outOfOrder(batch, 'a new epoch begins with sequence 0')
  const same = entry.batches.find(
    (known) => known.baseSequence === batch.baseSequence && known.lastSequence === batch.lastSequence,
  )
  if (same !== undefined)
    return { kind: 'duplicate', baseOffset: same.baseOffset, lastOffset: same.lastOffset, timestamp: same.timestamp }
  if (batch.baseSequence === (last.lastSequence === sequenceMax ? 0 : last.lastSequence + 1))
    return { kind: 'in-order' }
  return outOfOrder(batch, `after ${last.lastSequence}`)
}

function outOfOrder(batch: { producerId: number; baseSequence: number }, expected: string): SequenceVerdict {
  return {
    kind: 'refused',
    error: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
    message: `producer ${batch.producerId} sent sequence ${batch.baseSequence}: ${expected}`,
  }
}
