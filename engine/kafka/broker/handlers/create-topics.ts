// CreateTopics: one node, so one replica; partitions by count or by assignment.
import { zeroUuid } from '../../protocol/message-schema.ts'
import type {
  CreateTopicsRequestCreatableTopic,
  CreateTopicsResponseCreatableTopicResultInput,
} from '../../protocol/schemas.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import { isStorageError } from '../storage-errors.ts'
import { shownTopicConfigs } from '../topic-config.ts'
import type { Refusal, Topic, TopicToCreate } from '../topics.ts'
import { topicConfigEntry } from './config-entries.ts'

type TopicAnswer = CreateTopicsResponseCreatableTopicResultInput

/** As Kafka's controller: more in one request is a mistake, and the request is refused as a whole. */
export const partitionsPerRequestMax = 10_000

export const createTopics: Handler<'CreateTopics'> = async (services, request) => {
  const byName = new Map<string, CreateTopicsRequestCreatableTopic>()
  const repeated = new Set<string>()
  let partitions = 0
  for (const topic of request.topics) {
    if (byName.has(topic.name)) repeated.add(topic.name)
    byName.set(topic.name, topic)
    partitions += Math.max(partitionCountOf(topic, services.settings.numPartitions), 0)
  }
  const topics: TopicAnswer[] = []
  for (const [name, asked] of byName) {
    if (services.turns.isOver) await services.turns.next()
    if (partitions > partitionsPerRequestMax) topics.push(refused(name, tooManyPartitions))
    else if (repeated.has(name))
      topics.push(refused(name, { error: 'INVALID_REQUEST', message: 'Duplicate topic name.' }))
    else topics.push(createOne(services, asked, request.validateOnly))
  }
  return { topics }
}

export const tooManyPartitions: Refusal = {
  error: 'POLICY_VIOLATION',
  message: `More than ${partitionsPerRequestMax} partitions in one request.`,
}

function createOne(
  services: BrokerServices,
  asked: CreateTopicsRequestCreatableTopic,
  isValidateOnly: boolean,
): TopicAnswer {
  const topic: TopicToCreate = {
    name: asked.name,
    partitionCount: partitionCountOf(asked, services.settings.numPartitions),
    configs: Object.fromEntries(asked.configs.map(({ name, value }) => [name, value])),
  }
  const refusal =
    nameRefusal(services, topic) ?? placementRefusal(asked, services.node.nodeId) ?? services.topics.refusal(topic)
  if (refusal !== undefined) return refused(asked.name, refusal)
  if (isValidateOnly) return created(services, topic, zeroUuid)
  try {
    const made = services.topics.create(topic)
    return created(services, topic, made.topicId)
  } catch (error) {
    if (!isStorageError(error)) throw error
    return refused(asked.name, { error: 'KAFKA_STORAGE_ERROR', message: error.message })
  }
}

function partitionCountOf(asked: CreateTopicsRequestCreatableTopic, numPartitions: number): number {
  if (asked.assignments.length > 0) return asked.assignments.length
  return asked.numPartitions === -1 ? numPartitions : asked.numPartitions
}

/** Kafka looks at the name before it looks at partitions and replicas. */
function nameRefusal(services: BrokerServices, topic: TopicToCreate): Refusal | undefined {
  return services.topics.refusal({ name: topic.name, partitionCount: 1, configs: {} })
}

function placementRefusal(asked: CreateTopicsRequestCreatableTopic, nodeId: number): Refusal | undefined {
  const { assignments, replicationFactor, numPartitions } = asked
  if (assignments.length === 0)
    return replicationFactor === 1 || replicationFactor === -1
      ? undefined
      : { error: 'INVALID_REPLICATION_FACTOR', message: `Replication factor ${replicationFactor}; there is 1 broker.` }
  if (numPartitions !== -1 || replicationFactor !== -1)
    return {
      error: 'INVALID_REQUEST',
      message:
        'A manual partition assignment was specified, so number of partitions and replication factor must be -1.',
    }
  const partitions = assignments.map(({ partitionIndex }) => partitionIndex).sort((a, b) => a - b)
  const areConsecutive = partitions.every((partition, index) => partition === index)
  const areHere = assignments.every(({ brokerIds }) => brokerIds.length === 1 && brokerIds[0] === nodeId)
  if (areConsecutive && areHere) return undefined
  return {
    error: 'INVALID_REPLICA_ASSIGNMENT',
    message: `Partitions must be numbered from 0 without gaps, each on broker ${nodeId} only.`,
  }
}

function created({ configs: brokerConfigs }: BrokerServices, topic: TopicToCreate, topicId: string): TopicAnswer {
  const configs = topic.configs as Topic['configs']
  return {
    name: topic.name,
    topicId,
    errorCode: 0,
    errorMessage: null,
    numPartitions: topic.partitionCount,
    replicationFactor: 1,
    configs: shownTopicConfigs(configs).map((name) => {
      const { value, configSource } = topicConfigEntry(brokerConfigs, configs, name)
      return { name, value, readOnly: false, configSource, isSensitive: false }
    }),
  }
}

function refused(name: string, refusal: Refusal): TopicAnswer {
  return { name, topicId: zeroUuid, errorCode: errorCode(refusal.error), errorMessage: refusal.message, configs: [] }
}
