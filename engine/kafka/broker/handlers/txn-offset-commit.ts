// TxnOffsetCommit: offsets that become the group's own when the transaction is committed (KIP-98, KIP-447). From version 5
// on it needs no AddOffsetsToTxn before it (KIP-890).
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import type { TxnOffsetCommitRequest } from '../../protocol/schemas.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import type { PendingOffset } from '../transactions/transaction.ts'
import { metadataBytesMax } from './offset-commit.ts'
import { orUnavailable, producerOf } from './transaction-producer.ts'

const implicitAddFrom = 5
const abortableKnownFrom = 4

export const txnOffsetCommit: Handler<'TxnOffsetCommit'> = (services, request, { version }) => {
  const { groupId } = request
  const offsets: PendingOffset[] = []
  const checked = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((asked) => {
      const offset: PendingOffset = {
        groupId,
        topic: name,
        partition: asked.partitionIndex,
        offset: Number(asked.committedOffset),
        leaderEpoch: asked.committedLeaderEpoch,
        metadata: asked.committedMetadata ?? '',
      }
      const error = offsetError(services, offset)
      if (error === undefined) offsets.push(offset)
      return { partitionIndex: asked.partitionIndex, error }
    }),
  }))
  const error = offsets.length === 0 ? 'NONE' : commit(services, request, offsets, version)
  return {
    throttleTimeMs: 0,
    topics: checked.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((partition) => ({
        partitionIndex: partition.partitionIndex,
        errorCode: errorCode(partition.error ?? error),
      })),
    })),
  }
}

function offsetError(services: BrokerServices, offset: PendingOffset): KafkaErrorName | undefined {
  if (services.topics.get(offset.topic)?.partitions[offset.partition] === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
  return Buffer.byteLength(offset.metadata) > metadataBytesMax ? 'OFFSET_METADATA_TOO_LARGE' : undefined
}

function commit(
  services: BrokerServices,
  request: TxnOffsetCommitRequest,
  offsets: readonly PendingOffset[],
  version: number,
): KafkaErrorName {
  const { groupId, transactionalId, memberId, groupInstanceId, generationId } = request
  const { transactions, groups } = services
  if (groupId === '') return 'INVALID_GROUP_ID'
  const producer = producerOf(request)
  if (version < implicitAddFrom) {
    const error = transactions.verify(transactionalId, producer)
    if (error === 'TRANSACTION_ABORTABLE' && version < abortableKnownFrom) return 'INVALID_TXN_STATE'
    if (error !== 'NONE') return asProducerError(error)
  } else {
    // Before the group is asked: one that does not exist comes to be by that.
    const { error } = orUnavailable(services, () => ({
      error: transactions.addOffsetsPartition(transactionalId, producer),
    }))
    if (error !== 'NONE') return asProducerError(error)
  }
  const memberError = groups.transactionalCommitError(groupId, { memberId, groupInstanceId, generationId })
  if (memberError !== 'NONE') return memberError
  const added = orUnavailable(services, () => ({ error: transactions.addOffsets(transactionalId, producer, offsets) }))
  return asProducerError(added.error)
}

/** Groups say it as partitions do. */
function asProducerError(error: KafkaErrorName): KafkaErrorName {
  return error === 'PRODUCER_FENCED' ? 'INVALID_PRODUCER_EPOCH' : error
}
