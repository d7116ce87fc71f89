// What becomes of a transactional id: (transaction, event) → the next transaction, or why there is none. Pure; the caller
// writes `next` down before it acts on it. A producer with a transaction goes through
//
//   Empty → Ongoing → PrepareCommit → CompleteCommit → Ongoing …       Prepare: decided, the markers are not all written
//                   → PrepareAbort  → CompleteAbort  → Ongoing …
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import {
  holdsPartition,
  isEpochExhausted,
  isPrepared,
  noProducerEpoch,
  noProducerId,
  type PartitionOfTransaction,
  type PendingOffset,
  type Transaction,
} from './transaction.ts'

export type Decision =
  | { readonly kind: 'refused'; readonly error: Exclude<KafkaErrorName, 'NONE'> }
  /** It was done before: the client asks again. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'next'; readonly next: Transaction }

export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

export interface InitEvent {
  /** What the producer was until now (KIP-360); undefined for a new one, which fences the one before. */
  readonly expected: ProducerIdentity | undefined
  readonly timeoutMs: number
  readonly nowMs: number
  readonly newProducerId: () => number
}

export interface EndEvent extends ProducerIdentity {
  readonly isCommit: boolean
  /** The client knows KIP-890 part 2: every end brings a new epoch. */
  readonly isVersion2: boolean
  readonly nowMs: number
  readonly newProducerId: () => number
}

const refused = (error: Exclude<KafkaErrorName, 'NONE'>): Decision => ({ kind: 'refused', error })
const unchanged: Decision = { kind: 'unchanged' }

/**
 * InitProducerId. An ongoing transaction is aborted first (`next` is PrepareAbort then, with an epoch that nobody is told):
 * the client is sent away with CONCURRENT_TRANSACTIONS and gets its epoch when it comes again.
 */
export function onInit(transaction: Transaction, event: InitEvent): Decision {
  const { expected } = event
  if (expected !== undefined && !mayContinue(transaction, expected)) return refused('PRODUCER_FENCED')
  if (isPrepared(transaction)) return refused('CONCURRENT_TRANSACTIONS')
  if (transaction.state === 'Ongoing') return { kind: 'next', next: fenced(transaction, event) }
  const { producerEpoch, lastProducerEpoch } = transaction
  if (isEpochExhausted(producerEpoch) && (expected === undefined || expected.producerEpoch === producerEpoch)) {
    const last = expected === undefined ? noProducerEpoch : producerEpoch
    return { kind: 'next', next: initialized(transaction, event, [event.newProducerId(), 0, last]) }
  }
  const epochs = nextEpochs(producerEpoch, lastProducerEpoch, expected?.producerEpoch)
  if (epochs === undefined) return refused('PRODUCER_FENCED')
  return { kind: 'next', next: initialized(transaction, event, [transaction.producerId, ...epochs]) }
}

/** A producer that names an id may go on if it is the present one, or the last one before the epochs were used up. */
function mayContinue(transaction: Transaction, expected: ProducerIdentity): boolean {
  return (
    transaction.producerEpoch === noProducerEpoch ||
    expected.producerId === transaction.producerId ||
    (expected.producerId === transaction.previousProducerId && isEpochExhausted(expected.producerEpoch))
  )
}

/** Present and last epoch; undefined for a producer that was fenced. */
function nextEpochs(present: number, last: number, expected: number | undefined): [number, number] | undefined {
  if (expected === undefined) return [present + 1, noProducerEpoch]
  if (present === noProducerEpoch || expected === present) return [present + 1, present]
  // The answer to its last request was lost.
  return expected === last ? [present, last] : undefined
}

function initialized(
  transaction: Transaction,
  { timeoutMs, nowMs }: InitEvent,
  [producerId, producerEpoch, lastProducerEpoch]: [number, number, number],
): Transaction {
  return {
    ...transaction,
    state: 'Empty',
    producerId,
    previousProducerId: transaction.producerId,
    nextProducerId: noProducerId,
    producerEpoch,
    lastProducerEpoch,
    timeoutMs,
    partitions: [],
    pendingOffsets: [],
    startedAtMs: -1,
    updatedAtMs: nowMs,
    isVersion2: false,
  }
}

/** The ongoing transaction is to be aborted, and what its producer still sends to it is refused. */
export function fenced(
  transaction: Transaction,
  { nowMs, newProducerId }: Pick<EndEvent, 'nowMs' | 'newProducerId'>,
): Transaction {
  return prepared(transaction, { isCommit: false, isVersion2: true, nowMs, newProducerId })
}

function identityError(transaction: Transaction, producer: ProducerIdentity): Decision | undefined {
  if (transaction.producerId !== producer.producerId) return refused('INVALID_PRODUCER_ID_MAPPING')
  if (transaction.producerEpoch !== producer.producerEpoch) return refused('PRODUCER_FENCED')
  return isPrepared(transaction) ? refused('CONCURRENT_TRANSACTIONS') : undefined
}

/** Partitions to be written to, and offsets to be committed with the transaction; it begins with the first of them. */
export function onAdd(
  transaction: Transaction,
  producer: ProducerIdentity,
  partitions: readonly PartitionOfTransaction[],
  nowMs: number,
  offsets: readonly PendingOffset[] = [],
): Decision {
  const error = identityError(transaction, producer)
  if (error !== undefined) return error
  const isOngoing = transaction.state === 'Ongoing'
  const known = isOngoing ? transaction.partitions : []
  const added = partitions.filter((partition) => !holdsPartition({ ...transaction, partitions: known }, partition))
  if (isOngoing && added.length === 0 && offsets.length === 0) return unchanged
  const next: Transaction = {
    ...transaction,
    state: 'Ongoing',
    partitions: [...known, ...added],
    pendingOffsets: withOffsets(isOngoing ? transaction.pendingOffsets : [], offsets),
    startedAtMs: isOngoing ? transaction.startedAtMs : nowMs,
    updatedAtMs: nowMs,
  }
  return { kind: 'next', next }
}

/** The later offset of a partition is the one that counts. */
function withOffsets(known: readonly PendingOffset[], offsets: readonly PendingOffset[]): PendingOffset[] {
  const keyOf = ({ groupId, topic, partition }: PendingOffset): string => JSON.stringify([groupId, topic, partition])
  return [...new Map([...known, ...offsets].map((offset) => [keyOf(offset), offset])).values()]
}

/** Is the partition part of the producer's ongoing transaction? For clients that must have added it before. */
export function verify(
  transaction: Transaction,
  producer: ProducerIdentity,
  partition: PartitionOfTransaction,
): Exclude<KafkaErrorName, 'NONE'> | undefined {
  const error = identityError(transaction, producer)
  if (error?.kind === 'refused') return error.error
  const isHeld = transaction.state === 'Ongoing' && holdsPartition(transaction, partition)
  return isHeld ? undefined : 'TRANSACTION_ABORTABLE'
}

/** EndTxn. `unchanged` is a commit or abort that was heard before: the answer holds the present id and epoch. */
export function onEnd(transaction: Transaction, event: EndEvent): Decision {
  const isRetry = isRetryOf(transaction, event)
  const isOldId = isRetry && transaction.producerId !== event.producerId
  if (transaction.producerId !== event.producerId && !isOldId) return refused('INVALID_PRODUCER_ID_MAPPING')
  if (!isRetry && transaction.producerEpoch !== event.producerEpoch) return refused('PRODUCER_FENCED')
  const { state } = transaction
  const { isCommit, isVersion2 } = event
  if (state === 'Ongoing') return { kind: 'next', next: prepared(transaction, event) }
  if (isPrepared(transaction))
    return refused((state === 'PrepareCommit') === isCommit ? 'CONCURRENT_TRANSACTIONS' : 'INVALID_TXN_STATE')
  // With KIP-890 the present epoch means a new transaction, the one before it the last one once more.
  const isLastOnceMore = isVersion2 ? isRetry : true
  if (isLastOnceMore && state === (isCommit ? 'CompleteCommit' : 'CompleteAbort')) return unchanged
  const isEmptyAbort = isVersion2 && !isRetry && !isCommit
  return isEmptyAbort ? { kind: 'next', next: prepared(transaction, event) } : refused('INVALID_TXN_STATE')
}

/** A producer of KIP-890 ends once more what it ended, not knowing of the epoch or id that came of it. */
function isRetryOf(transaction: Transaction, { producerId, producerEpoch, isVersion2 }: EndEvent): boolean {
  if (!isVersion2 || transaction.state === 'Ongoing' || transaction.state === 'Empty') return false
  if (transaction.producerId === producerId) return transaction.producerEpoch === producerEpoch + 1
  return (
    transaction.previousProducerId === producerId && isEpochExhausted(producerEpoch) && transaction.producerEpoch === 0
  )
}

/** Also without an ongoing transaction, where a client of KIP-890 aborts what it never began: for the epoch's sake. */
function prepared(
  transaction: Transaction,
  { isCommit, isVersion2, nowMs, newProducerId }: Omit<EndEvent, keyof ProducerIdentity>,
): Transaction {
  const { producerEpoch, lastProducerEpoch } = transaction
  const isOngoing = transaction.state === 'Ongoing'
  return {
    ...transaction,
    state: isCommit ? 'PrepareCommit' : 'PrepareAbort',
    nextProducerId: isVersion2 && isEpochExhausted(producerEpoch) ? newProducerId() : noProducerId,
    producerEpoch: isVersion2 ? producerEpoch + 1 : producerEpoch,
    lastProducerEpoch: isVersion2 ? producerEpoch : lastProducerEpoch,
    partitions: isOngoing ? transaction.partitions : [],
    pendingOffsets: isOngoing ? transaction.pendingOffsets : [],
    startedAtMs: isOngoing ? transaction.startedAtMs : nowMs,
    updatedAtMs: nowMs,
    isVersion2,
  }
}

/** All markers are written. The caller has a prepared transaction. */
export function completed(transaction: Transaction, nowMs: number): Transaction {
  const { nextProducerId, producerId, producerEpoch } = transaction
  const isReplaced = nextProducerId !== noProducerId
  return {
    ...transaction,
    state: transaction.state === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort',
    producerId: isReplaced ? nextProducerId : producerId,
    previousProducerId: isReplaced ? producerId : transaction.previousProducerId,
    nextProducerId: noProducerId,
    producerEpoch: isReplaced ? 0 : producerEpoch,
    partitions: [],
    pendingOffsets: [],
    updatedAtMs: nowMs,
  }
}
