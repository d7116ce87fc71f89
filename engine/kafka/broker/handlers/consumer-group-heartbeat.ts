// ConsumerGroupHeartbeat (KIP-848): a member of a group of the new protocol joins, stays or leaves, and hears what it has
// to read. From version 1 on members bring their own id.
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import type { ResponseInputByApi } from '../../protocol/schemas.ts'
import { errorCode, type Handler } from '../broker-services.ts'
import type { ConsumerHeartbeatReply } from '../groups/consumer-group.ts'
import { isStorageError } from '../storage-errors.ts'

export const consumerGroupHeartbeat: Handler<'ConsumerGroupHeartbeat'> = (services, request, context) => {
  const { groupId, memberId, topicPartitions, ...fields } = request
  if (groupId === '') return refused('INVALID_REQUEST', "GroupId can't be empty.")
  if (memberId === '' && context.version >= 1) return refused('INVALID_REQUEST', "MemberId can't be empty.")
  try {
    return responseOf(
      services.groups.consumerHeartbeat(groupId, {
        ...fields,
        memberId,
        topicPartitions: topicPartitions && topicPartitions.map(({ topicId, partitions }) => ({ topicId, partitions })),
        clientId: context.clientId,
        clientHost: context.clientHost,
      }),
    )
  } catch (error) {
    if (!isStorageError(error)) throw error
    services.log(`heartbeat of group ${groupId} failed: ${error.message}`)
    return refused('COORDINATOR_NOT_AVAILABLE', error.message)
  }
}

function refused(error: KafkaErrorName, errorMessage: string): ResponseInputByApi['ConsumerGroupHeartbeat'] {
  const nothing = { memberId: null, memberEpoch: 0, heartbeatIntervalMs: 0, assignment: null }
  return responseOf({ error, errorMessage, ...nothing })
}

function responseOf({
  error,
  errorMessage,
  assignment,
  ...fields
}: ConsumerHeartbeatReply): ResponseInputByApi['ConsumerGroupHeartbeat'] {
  return {
    throttleTimeMs: 0,
    errorCode: errorCode(error),
    errorMessage,
    memberId: fields.memberId,
    memberEpoch: fields.memberEpoch,
    heartbeatIntervalMs: fields.heartbeatIntervalMs,
    assignment: assignment && { topicPartitions: assignment },
  }
}
