// Puts the transaction coordinator together: its log, the partitions it writes markers to, the groups it commits offsets to.
import { FlinktsError } from '../../../common/errors.ts'
import type { BrokerServices } from '../broker-services.ts'
import { StateLog } from '../state-log.ts'
import { transactionStateTopic } from '../topics.ts'
import { coordinatorEpoch, TransactionCoordinator } from './transaction-coordinator.ts'
import { decodeTransactionRecord, encodeTransactionRecord, type TransactionRecord } from './transaction-records.ts'
import type { PartitionOfTransaction, Transaction } from './transaction.ts'

type Parts = Pick<BrokerServices, 'settings' | 'clock' | 'log' | 'topics' | 'groups' | 'producerIds'>

/** With what was decided before the last end of the process already done. */
export async function openTransactions(parts: Parts): Promise<TransactionCoordinator> {
  const { settings, clock, log, topics, groups, producerIds } = parts
  const store = new StateLog<TransactionRecord>({
    topic: transactionStateTopic,
    topics,
    clock,
    encode: encodeTransactionRecord,
    decode: decodeTransactionRecord,
    alive: () => transactions.records(),
  })
  const transactions: TransactionCoordinator = new TransactionCoordinator({
    clock,
    store,
    newProducerId: () => producerIds.allocate(),
    timeoutMsMax: settings.transactionMaxTimeoutMs,
    idExpirationMs: settings.transactionalIdExpirationMs,
    writeMarker: (partition, transaction) => writeMarker(parts, partition, transaction),
    commitOffsets: (offsets) =>
      groups.commitDecided(
        offsets.filter(({ topic, partition }) => topics.get(topic)?.partitions[partition] !== undefined),
      ),
    onError: (error) => log(`transaction coordinator: ${error instanceof Error ? error.message : String(error)}`),
  })
  await store.load((record) => transactions.load(record))
  transactions.completePrepared()
  return transactions
}

function writeMarker(
  { topics, clock, log }: Parts,
  { topic, partition: index }: PartitionOfTransaction,
  { transactionalId, producerId, producerEpoch, state }: Transaction,
): void {
  const partition = topics.get(topic)?.partitions[index]
  if (partition === undefined) return
  const marker = { producerId, producerEpoch, coordinatorEpoch, isCommit: state === 'PrepareCommit' }
  const appended = partition.log.appendMarker(marker, clock.now())
  if (appended.error === 'KAFKA_STORAGE_ERROR') throw new FlinktsError('KAFKA_STORAGE', appended.message)
  if (appended.error === 'NONE') partition.changed()
  // A later epoch was there: whoever wrote it has ended this transaction.
  else log(`no marker of ${transactionalId} in ${topic}-${index}: ${appended.message}`)
}
