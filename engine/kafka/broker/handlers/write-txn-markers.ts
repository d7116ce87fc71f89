// WriteTxnMarkers: ends a producer's transaction in single partitions. Brokers ask it of each other; of a single node only
// an administrator does, to abort what hangs (Admin.abortTransaction, KIP-664). The transactional id keeps its state.
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import type {
  WriteTxnMarkersRequestWritableTxnMarker,
  WriteTxnMarkersResponseWritableTxnMarkerResultInput,
} from '../../protocol/schemas.ts'
import type { TransactionMarker } from '../../log/transaction-marker.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import { isStorageError } from '../storage-errors.ts'
import { groupOffsetsTopic } from '../topics.ts'
import { producerOf } from './transaction-producer.ts'

type Asked = WriteTxnMarkersRequestWritableTxnMarker
type Result = WriteTxnMarkersResponseWritableTxnMarkerResultInput

export const writeTxnMarkers: Handler<'WriteTxnMarkers'> = (services, request) => {
  // A producer that is named twice has one result: per partition the last one.
  const codes = new Map<bigint, Map<string, Map<number, number>>>()
  for (const asked of request.markers) {
    const ofProducer = entryOf(codes, asked.producerId)
    for (const { name, partitionIndexes } of asked.topics)
      for (const index of partitionIndexes)
        entryOf(ofProducer, name).set(index, errorCode(writeMarker(services, asked, name, index)))
  }
  return {
    markers: [...codes].map(([producerId, topics]): Result => ({
      producerId,
      topics: [...topics].map(([name, partitions]) => ({
        name,
        partitions: [...partitions].map(([partitionIndex, code]) => ({ partitionIndex, errorCode: code })),
      })),
    })),
  }
}

function entryOf<Key, OfKey, OfValue>(map: Map<Key, Map<OfKey, OfValue>>, key: Key): Map<OfKey, OfValue> {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = new Map<OfKey, OfValue>()
  map.set(key, made)
  return made
}

function writeMarker(services: BrokerServices, asked: Asked, topic: string, index: number): KafkaErrorName {
  const partition = services.topics.get(topic)?.partitions[index]
  if (partition === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
  const producer = producerOf(asked)
  // Kafka does not get as far as making the batch.
  if (producer.producerId < 0 || producer.producerEpoch < 0) return 'UNKNOWN_SERVER_ERROR'
  const isCommit = asked.transactionResult
  const marker: TransactionMarker = { ...producer, coordinatorEpoch: asked.coordinatorEpoch, isCommit }
  try {
    const appended = partition.log.appendMarker(marker, services.clock.now())
    if (appended.error !== 'NONE') return appended.error
    partition.changed()
    if (topic === groupOffsetsTopic) services.transactions.endOffsets(producer, isCommit)
    return 'NONE'
  } catch (error) {
    if (!isStorageError(error)) throw error
    return 'KAFKA_STORAGE_ERROR'
  }
}
