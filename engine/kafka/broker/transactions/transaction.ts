// What the coordinator knows of one transactional id, as data. The rules are in transaction-machine.ts; they are those of
// Kafka 4.1 (TransactionMetadata, TransactionCoordinator; KIP-98, KIP-360, KIP-890).

/** Kafka's names and, by position, its numbers. Dead and PrepareEpochFence (6, 7) are never stored, nor seen: here every
 * change is made at once. */
export const transactionStates = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
] as const

export type TransactionState = (typeof transactionStates)[number]

export interface PartitionOfTransaction {
  readonly topic: string
  readonly partition: number
}

/** An offset that becomes the group's when the transaction is committed. */
export interface PendingOffset {
  readonly groupId: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string
}

export interface Transaction {
  readonly transactionalId: string
  readonly state: TransactionState
  readonly producerId: number
  /** Of the producer that this one replaced when its epochs were used up; -1 where there was none. */
  readonly previousProducerId: number
  /** What replaces `producerId` when the transaction is complete, its epochs being used up; -1: nothing. */
  readonly nextProducerId: number
  /** -1 before the first InitProducerId was answered. */
  readonly producerEpoch: number
  /** What a producer may still name that did not hear of its last bump; -1: nobody may. */
  readonly lastProducerEpoch: number
  readonly timeoutMs: number
  /** Of the transaction that is under way or prepared. Groups' offsets are a partition of `__consumer_offsets`. */
  readonly partitions: readonly PartitionOfTransaction[]
  readonly pendingOffsets: readonly PendingOffset[]
  /** -1 before the first transaction. */
  readonly startedAtMs: number
  readonly updatedAtMs: number
  /** The last one was ended by a client of KIP-890 part 2: the end brought a new epoch. */
  readonly isVersion2: boolean
}

export const noProducerId = -1
export const noProducerEpoch = -1
/** Clients never get the greatest epoch: it is kept to fence the one who has the last but one. */
const epochMax = 0x7fff

export function newTransaction(
  transactionalId: string,
  producerId: number,
  timeoutMs: number,
  nowMs: number,
): Transaction {
  return {
    transactionalId,
    state: 'Empty',
    producerId,
    previousProducerId: noProducerId,
    nextProducerId: noProducerId,
    producerEpoch: noProducerEpoch,
    lastProducerEpoch: noProducerEpoch,
    timeoutMs,
    partitions: [],
    pendingOffsets: [],
    startedAtMs: -1,
    updatedAtMs: nowMs,
    isVersion2: false,
  }
}

export function isEpochExhausted(epoch: number): boolean {
  return epoch >= epochMax - 1
}

export function isPrepared({ state }: Transaction): boolean {
  return state === 'PrepareCommit' || state === 'PrepareAbort'
}

export function isTimedOut({ state, startedAtMs, timeoutMs }: Transaction, nowMs: number): boolean {
  return state === 'Ongoing' && startedAtMs + timeoutMs < nowMs
}

/** Nothing was heard of it for so long that the id can be forgotten (`transactional.id.expiration.ms`). */
export function isExpired(transaction: Transaction, nowMs: number, expirationMs: number): boolean {
  const isIdle = transaction.state !== 'Ongoing' && !isPrepared(transaction)
  return isIdle && transaction.updatedAtMs <= nowMs - expirationMs
}

export function holdsPartition({ partitions }: Transaction, wanted: PartitionOfTransaction): boolean {
  return partitions.some(({ topic, partition }) => topic === wanted.topic && partition === wanted.partition)
}
