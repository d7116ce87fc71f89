// DescribeTopicPartitions: as Metadata, in pages (KIP-966).
import { leaderEpoch } from '../../log/partition-log.ts'
import { zeroUuid } from '../../protocol/message-schema.ts'
import type {
  DescribeTopicPartitionsResponseDescribeTopicPartitionsResponseTopicInput,
  DescribeTopicPartitionsResponseInput,
} from '../../protocol/schemas.ts'
import { errorCode, type Handler } from '../broker-services.ts'
import { isValidTopicName } from '../topic-name.ts'
import { topicOperations } from './authorized-operations.ts'

const partitionLimitMax = 2000

export const describeTopicPartitions: Handler<'DescribeTopicPartitions'> = (services, request) => {
  const { topics, node } = services
  const { cursor } = request
  const asked = request.topics.length === 0 ? topics.all : request.topics
  const names = [...new Set(asked.map(({ name }) => name))].sort()
  let left = Math.min(Math.max(request.responsePartitionLimit, 1), partitionLimitMax)
  const answers: DescribeTopicPartitionsResponseDescribeTopicPartitionsResponseTopicInput[] = []
  let nextCursor: DescribeTopicPartitionsResponseInput['nextCursor'] = null
  for (const name of names) {
    if (cursor !== null && name < cursor.topicName) continue
    if (left === 0) {
      nextCursor = { topicName: name, partitionIndex: 0 }
      break
    }
    const topic = topics.get(name)
    if (topic === undefined) {
      const error = isValidTopicName(name) ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC_EXCEPTION'
      const nothing = { topicId: zeroUuid, partitions: [], topicAuthorizedOperations: topicOperations }
      answers.push({ errorCode: errorCode(error), name, ...nothing })
      continue
    }
    const first = cursor?.topicName === name ? Math.max(cursor.partitionIndex, 0) : 0
    const page = topic.partitions.slice(first, first + left)
    left -= page.length
    answers.push({
      errorCode: 0,
      name,
      topicId: topic.topicId,
      isInternal: topic.isInternal,
      partitions: page.map(({ index }) => ({
        errorCode: 0,
        partitionIndex: index,
        leaderId: node.nodeId,
        leaderEpoch,
        replicaNodes: [node.nodeId],
        isrNodes: [node.nodeId],
        eligibleLeaderReplicas: [],
        lastKnownElr: [],
        offlineReplicas: [],
      })),
      topicAuthorizedOperations: topicOperations,
    })
    if (first + page.length < topic.partitions.length) {
      nextCursor = { topicName: name, partitionIndex: first + page.length }
      break
    }
  }
  return { topics: answers, nextCursor }
}
