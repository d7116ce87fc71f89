// Runs the transactions: asks the state machine, writes its decision down, then acts on it: markers into the partitions,
// offsets to the groups. All of it at once, so that a client never sees a prepared transaction; one that a crash or a full
// disk left prepared is completed at the start or by `completePrepared`.
import type { Clock } from '../../../time/clock.ts'
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import { groupOffsetsTopic } from '../topics.ts'
import {
  completed,
  fenced,
  onAdd,
  onEnd,
  onInit,
  verify,
  type Decision,
  type ProducerIdentity,
} from './transaction-machine.ts'
import type { TransactionRecord } from './transaction-records.ts'
import {
  isExpired,
  isPrepared,
  isTimedOut,
  newTransaction,
  type PartitionOfTransaction,
  type PendingOffset,
  type Transaction,
} from './transaction.ts'

/** Where transactions are kept. `append` returns when a kill of the process cannot lose them any more. */
export interface TransactionStore {
  append(records: readonly TransactionRecord[]): void
}

export interface TransactionCoordinatorOptions {
  readonly clock: Clock
  readonly store: TransactionStore
  readonly newProducerId: () => number
  /** `transaction.max.timeout.ms` */
  readonly timeoutMsMax: number
  /** `transactional.id.expiration.ms` */
  readonly idExpirationMs: number
  /**
   * Ends the transaction in a partition. One that does not exist any more is passed over; that it was done before does no
   * harm. Throws KAFKA_STORAGE.
   */
  readonly writeMarker: (partition: PartitionOfTransaction, transaction: Transaction) => void
  /** Makes pending offsets the groups' own. Throws KAFKA_STORAGE. */
  readonly commitOffsets: (offsets: readonly PendingOffset[]) => void
  /** Hears of failures that no client can be told of. */
  readonly onError: (error: unknown) => void
}

type Refused = { readonly error: Exclude<KafkaErrorName, 'NONE'> }
export type ProducerAnswer = ({ readonly error: 'NONE' } & ProducerIdentity) | Refused

/** One node: its coordinator never changes. */
export const coordinatorEpoch = 0

/** The partition of `__consumer_offsets` that a transaction with offsets takes part in. */
const offsetsPartition: PartitionOfTransaction = { topic: groupOffsetsTopic, partition: 0 }

export class TransactionCoordinator {
  private readonly options: TransactionCoordinatorOptions
  private readonly transactions = new Map<string, Transaction>()
  /** Those with pending offsets. */
  private readonly withOffsets = new Set<string>()

  constructor(options: TransactionCoordinatorOptions) {
    this.options = options
  }

  /** Takes over what the store holds; called for each record in order, before `completePrepared`. */
  load({ transactionalId, transaction }: TransactionRecord): void {
    if (transaction === null) this.transactions.delete(transactionalId)
    else this.transactions.set(transactionalId, transaction)
    if (transaction !== null && transaction.pendingOffsets.length > 0) this.withOffsets.add(transactionalId)
    else this.withOffsets.delete(transactionalId)
  }

  /** Everything that must be found after a restart, for a store that wants to begin anew. */
  *records(): Generator<TransactionRecord> {
    for (const [transactionalId, transaction] of this.transactions) yield { transactionalId, transaction }
  }

  /** What was decided is done: after the start, and again where the disk refused it. */
  completePrepared(): void {
    for (const transaction of this.transactions.values()) if (isPrepared(transaction)) this.tryComplete(transaction)
  }

  /** Aborts the transactions whose time-out is over. */
  abortTimedOut(): void {
    const nowMs = this.options.clock.now()
    for (const transaction of this.transactions.values())
      if (isTimedOut(transaction, nowMs)) this.take(fenced(transaction, { nowMs, newProducerId: this.newProducerId }))
    this.completePrepared()
  }

  /** Forgets ids that were not used for long. */
  expire(): void {
    const { clock, store, idExpirationMs } = this.options
    const expired = this.all.filter((transaction) => isExpired(transaction, clock.now(), idExpirationMs))
    const records = expired.map(({ transactionalId }) => ({ transactionalId, transaction: null }))
    if (records.length === 0) return
    store.append(records)
    for (const record of records) this.load(record)
  }

  get all(): Transaction[] {
    return [...this.transactions.values()]
  }

  get(transactionalId: string): Transaction | undefined {
    return this.transactions.get(transactionalId)
  }

  init(transactionalId: string, timeoutMs: number, expected: ProducerIdentity | undefined): ProducerAnswer {
    if (transactionalId === '') return { error: 'INVALID_REQUEST' }
    if (timeoutMs <= 0 || timeoutMs > this.options.timeoutMsMax) return { error: 'INVALID_TRANSACTION_TIMEOUT' }
    const nowMs = this.options.clock.now()
    const { newProducerId } = this
    const before =
      this.transactions.get(transactionalId) ?? newTransaction(transactionalId, newProducerId(), timeoutMs, nowMs)
    const decision = onInit(before, { expected, timeoutMs, nowMs, newProducerId })
    if (decision.kind === 'refused') return { error: decision.error }
    const after = this.carryOut(before, decision)
    if (before.state === 'Ongoing') return { error: 'CONCURRENT_TRANSACTIONS' }
    return { error: 'NONE', producerId: after.producerId, producerEpoch: after.producerEpoch }
  }

  addPartitions(
    transactionalId: string,
    producer: ProducerIdentity,
    partitions: readonly PartitionOfTransaction[],
  ): KafkaErrorName {
    return this.add(transactionalId, producer, partitions, [])
  }

  /** Offsets will follow (AddOffsetsToTxn). */
  addOffsetsPartition(transactionalId: string, producer: ProducerIdentity): KafkaErrorName {
    return this.add(transactionalId, producer, [offsetsPartition], [])
  }

  /** Offsets that the transaction will commit; as part of it from now on. */
  addOffsets(transactionalId: string, producer: ProducerIdentity, offsets: readonly PendingOffset[]): KafkaErrorName {
    return this.add(transactionalId, producer, [offsetsPartition], offsets)
  }

  /** Is the partition (default: that of offsets) part of the producer's ongoing transaction? */
  verify(
    transactionalId: string,
    producer: ProducerIdentity,
    partition: PartitionOfTransaction = offsetsPartition,
  ): KafkaErrorName {
    if (transactionalId === '') return 'INVALID_REQUEST'
    const transaction = this.transactions.get(transactionalId)
    if (transaction === undefined) return 'INVALID_PRODUCER_ID_MAPPING'
    return verify(transaction, producer, partition) ?? 'NONE'
  }

  end(transactionalId: string, producer: ProducerIdentity, isCommit: boolean, isVersion2: boolean): ProducerAnswer {
    if (transactionalId === '') return { error: 'INVALID_REQUEST' }
    const before = this.transactions.get(transactionalId)
    if (before === undefined) return { error: 'INVALID_PRODUCER_ID_MAPPING' }
    const { newProducerId } = this
    const nowMs = this.options.clock.now()
    const decision = onEnd(before, { ...producer, isCommit, isVersion2, nowMs, newProducerId })
    if (decision.kind === 'refused') return { error: decision.error }
    const { producerId, producerEpoch } = this.carryOut(before, decision)
    return { error: 'NONE', producerId, producerEpoch }
  }

  /** Is there an offset of the group that a transaction may still change? */
  hasPendingOffset(groupId: string, topic: string, partition: number): boolean {
    return this.pendingOffsets().some(
      (offset) => offset.groupId === groupId && offset.topic === topic && offset.partition === partition,
    )
  }

  /** Offsets that were deleted do not come back with the end of a transaction. */
  forgetOffsets(isDeleted: (offset: PendingOffset) => boolean): void {
    for (const transactionalId of this.withOffsets) {
      const transaction = this.transactions.get(transactionalId)!
      const pendingOffsets = transaction.pendingOffsets.filter((offset) => !isDeleted(offset))
      if (pendingOffsets.length < transaction.pendingOffsets.length) this.take({ ...transaction, pendingOffsets })
    }
  }

  /** The pending offsets of the producer's ongoing transaction are committed or dropped now; the rest of it stays. */
  endOffsets({ producerId, producerEpoch }: ProducerIdentity, isCommit: boolean): void {
    for (const transactionalId of [...this.withOffsets]) {
      const transaction = this.transactions.get(transactionalId)!
      if (transaction.producerId !== producerId || transaction.producerEpoch > producerEpoch) continue
      if (isCommit) this.options.commitOffsets(transaction.pendingOffsets)
      this.take({ ...transaction, pendingOffsets: [] })
    }
  }

  private readonly newProducerId = (): number => this.options.newProducerId()

  private pendingOffsets(): PendingOffset[] {
    return [...this.withOffsets].flatMap((transactionalId) => this.transactions.get(transactionalId)!.pendingOffsets)
  }

  private add(
    transactionalId: string,
    producer: ProducerIdentity,
    partitions: readonly PartitionOfTransaction[],
    offsets: readonly PendingOffset[],
  ): KafkaErrorName {
    if (transactionalId === '') return 'INVALID_REQUEST'
    const before = this.transactions.get(transactionalId)
    if (before === undefined) return 'INVALID_PRODUCER_ID_MAPPING'
    const decision = onAdd(before, producer, partitions, this.options.clock.now(), offsets)
    if (decision.kind === 'refused') return decision.error
    this.carryOut(before, decision)
    return 'NONE'
  }

  /** The transaction as it is afterwards. */
  private carryOut(before: Transaction, decision: Exclude<Decision, { kind: 'refused' }>): Transaction {
    if (decision.kind === 'unchanged') return before
    this.take(decision.next)
    return isPrepared(decision.next) ? this.tryComplete(decision.next) : decision.next
  }

  /** First written, then remembered. */
  private take(transaction: Transaction): void {
    const record = { transactionalId: transaction.transactionalId, transaction }
    this.options.store.append([record])
    this.load(record)
  }

  /** The decision is written, so it stands: what the disk refuses now is done later, and may be done twice. */
  private tryComplete(transaction: Transaction): Transaction {
    const { writeMarker, commitOffsets, clock, onError } = this.options
    const after = completed(transaction, clock.now())
    try {
      for (const partition of transaction.partitions)
        if (partition.topic !== groupOffsetsTopic) writeMarker(partition, transaction)
      if (transaction.state === 'PrepareCommit') commitOffsets(transaction.pendingOffsets)
      this.take(after)
    } catch (error) {
      onError(error)
    }
    return after
  }
}
