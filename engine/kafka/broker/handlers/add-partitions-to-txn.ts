// AddPartitionsToTxn: partitions that a transaction will write to; from version 4 on for several transactions, and also to
// verify only. What cannot be added wholly is not added at all.
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import type {
  AddPartitionsToTxnRequestAddPartitionsToTxnTransaction,
  AddPartitionsToTxnResponseAddPartitionsToTxnTopicResultInput,
} from '../../protocol/schemas.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import { isStorageError } from '../storage-errors.ts'
import type { PartitionOfTransaction } from '../transactions/transaction.ts'
import { errorForVersion, producerOf } from './transaction-producer.ts'

type TransactionToExtend = AddPartitionsToTxnRequestAddPartitionsToTxnTransaction
type TopicResult = AddPartitionsToTxnResponseAddPartitionsToTxnTopicResultInput

const batchedFrom = 4
const fencedKnownFrom = 2

export const addPartitionsToTxn: Handler<'AddPartitionsToTxn'> = (services, request, { version }) => {
  if (version >= batchedFrom) {
    const resultsByTransaction = request.transactions.map((transaction) => ({
      transactionalId: transaction.transactionalId,
      topicResults: topicResultsOf(services, transaction, version),
    }))
    return { throttleTimeMs: 0, errorCode: 0, resultsByTransaction }
  }
  const transaction = {
    transactionalId: request.v3AndBelowTransactionalId,
    producerId: request.v3AndBelowProducerId,
    producerEpoch: request.v3AndBelowProducerEpoch,
    verifyOnly: false,
    topics: request.v3AndBelowTopics,
  }
  return { throttleTimeMs: 0, resultsByTopicV3AndBelow: topicResultsOf(services, transaction, version) }
}

function topicResultsOf(services: BrokerServices, transaction: TransactionToExtend, version: number): TopicResult[] {
  const partitions = transaction.topics.flatMap(({ name, partitions: indexes }) =>
    indexes.map((partition) => ({ topic: name, partition })),
  )
  const errorOf = resultOf(services, transaction, partitions)
  return transaction.topics.map(({ name, partitions: indexes }) => ({
    name,
    resultsByPartition: indexes.map((partition) => {
      const error = errorForVersion(errorOf({ topic: name, partition }), version >= fencedKnownFrom)
      return { partitionIndex: partition, partitionErrorCode: errorCode(error) }
    }),
  }))
}

function resultOf(
  services: BrokerServices,
  transaction: TransactionToExtend,
  partitions: readonly PartitionOfTransaction[],
): (partition: PartitionOfTransaction) => KafkaErrorName {
  const isThere = ({ topic, partition }: PartitionOfTransaction): boolean =>
    services.topics.get(topic)?.partitions[partition] !== undefined
  if (!partitions.every(isThere))
    return (partition) => (isThere(partition) ? 'OPERATION_NOT_ATTEMPTED' : 'UNKNOWN_TOPIC_OR_PARTITION')
  const { transactions } = services
  const producer = producerOf(transaction)
  if (transaction.verifyOnly)
    return (partition) => transactions.verify(transaction.transactionalId, producer, partition)
  const error = addTo(services, transaction, partitions)
  return () => error
}

function addTo(
  services: BrokerServices,
  transaction: TransactionToExtend,
  partitions: readonly PartitionOfTransaction[],
): KafkaErrorName {
  try {
    return services.transactions.addPartitions(transaction.transactionalId, producerOf(transaction), partitions)
  } catch (error) {
    if (!isStorageError(error)) throw error
    services.log(`transaction coordinator: ${error.message}`)
    return 'COORDINATOR_NOT_AVAILABLE'
  }
}
