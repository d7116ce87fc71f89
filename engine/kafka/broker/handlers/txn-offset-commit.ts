// TxnOffsetCommit: offsets that become the group's own when the transaction is committed (KIP-98, KIP-447). From version 5
// on it needs no AddOffsetsToTxn before it (KIP-890).
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import type { TxnOffsetCommitRequest } from '../../protocol/schemas.ts'
import type { BrokerServices, Handler } from '../broker-services.ts'
import type { PendingOffset } from '../transactions/transaction.ts'
import { checkOffsets } from './offsets-to-commit.ts'
import { orUnavailable, producerOf } from './transaction-producer.ts'

const implicitAddFrom = 5
const abortableKnownFrom = 4

export const txnOffsetCommit: Handler<'TxnOffsetCommit'> = (services, request, { version }) => {
  const { groupId } = request
  const { offsets, answer } = checkOffsets(services, request.topics)
  const pending = offsets.map((offset) => ({ groupId, ...offset }))
  const error = pending.length === 0 ? 'NONE' : commit(services, request, pending, version)
  return { throttleTimeMs: 0, topics: answer(error) }
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
