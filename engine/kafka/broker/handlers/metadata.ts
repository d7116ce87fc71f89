// Metadata: brokers, topics, leaders. Asking for a topic that does not exist makes it, where that is on.
import { leaderEpoch } from '../../log/partition-log.ts'
import { zeroUuid } from '../../protocol/message-schema.ts'
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import type { MetadataRequest, MetadataResponseMetadataResponseTopicInput } from '../../protocol/schemas.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import { isInternalTopic, type Topic } from '../topics.ts'
import { isValidTopicName } from '../topic-name.ts'
import { clusterOperations, operationsUnknown, topicOperations } from './authorized-operations.ts'

type TopicAnswer = MetadataResponseMetadataResponseTopicInput

export const metadata: Handler<'Metadata'> = (services, request, { version, listener }) => {
  const { node } = services
  return {
    brokers: [{ nodeId: node.nodeId, host: listener.host, port: listener.port, rack: null }],
    clusterId: node.clusterId,
    controllerId: node.nodeId,
    topics: topicAnswers(services, request, version),
    ...(version >= 8 && version <= 10
      ? {
          clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
            ? clusterOperations
            : operationsUnknown,
        }
      : {}),
  }
}

function topicAnswers(services: BrokerServices, request: MetadataRequest, version: number): TopicAnswer[] {
  const { topics } = services
  const operations = version >= 8 && request.includeTopicAuthorizedOperations ? topicOperations : operationsUnknown
  const answer = (topic: Topic): TopicAnswer => topicAnswer(topic, services.node.nodeId, operations)
  const wantsAll = request.topics === null || (version === 0 && request.topics.length === 0)
  if (wantsAll) return topics.all.map(answer)
  const answered = new Set<string>()
  const answers: TopicAnswer[] = []
  for (const { name, topicId } of request.topics) {
    const key = name ?? topicId
    if (answered.has(key)) continue
    answered.add(key)
    if (name === null || topicId !== zeroUuid) {
      const topic = topics.byId(topicId)
      answers.push(topic ? answer(topic) : failure('UNKNOWN_TOPIC_ID', version < 12 ? '' : null, topicId))
      continue
    }
    const found = topics.get(name) ?? autoCreate(services, name, request.allowAutoTopicCreation)
    answers.push(typeof found === 'string' ? failure(found, name, zeroUuid) : answer(found))
  }
  return answers
}

function autoCreate(services: BrokerServices, name: string, isAllowed: boolean): Topic | KafkaErrorName {
  if (!isValidTopicName(name)) return 'INVALID_TOPIC_EXCEPTION'
  if (!isAllowed || !services.settings.autoCreateTopics || isInternalTopic(name)) return 'UNKNOWN_TOPIC_OR_PARTITION'
  const topic = { name, partitionCount: services.settings.numPartitions, configs: {} }
  return services.topics.refusal(topic)?.error ?? services.topics.create(topic)
}

function topicAnswer(topic: Topic, nodeId: number, topicAuthorizedOperations: number): TopicAnswer {
  return {
    errorCode: 0,
    name: topic.name,
    topicId: topic.topicId,
    isInternal: topic.isInternal,
    partitions: topic.partitions.map(({ index }) => ({
      errorCode: 0,
      partitionIndex: index,
      leaderId: nodeId,
      leaderEpoch,
      replicaNodes: [nodeId],
      isrNodes: [nodeId],
      offlineReplicas: [],
    })),
    topicAuthorizedOperations,
  }
}

function failure(error: KafkaErrorName, name: string | null, topicId: string): TopicAnswer {
  return { errorCode: errorCode(error), name, topicId, partitions: [] }
}
