// DeleteTopics: by name, from version 6 on also by id.
import { zeroUuid } from '../../protocol/message-schema.ts'
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import type { DeleteTopicsResponseDeletableTopicResultInput } from '../../protocol/schemas.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import { isStorageError } from '../storage-errors.ts'
import type { Topic } from '../topics.ts'

type TopicAnswer = DeleteTopicsResponseDeletableTopicResultInput

const disabledKnownFrom = 3

export const deleteTopics: Handler<'DeleteTopics'> = (services, request, { version }) => {
  const asked = version >= 6 ? request.topics : request.topicNames.map((name) => ({ name: name, topicId: zeroUuid }))
  if (!services.settings.deleteTopics) {
    const error = version < disabledKnownFrom ? 'INVALID_REQUEST' : 'TOPIC_DELETION_DISABLED'
    const message = 'Topic deletion is disabled (delete.topic.enable=false).'
    return { responses: asked.map(({ name, topicId }) => failure(name, topicId, error, message)) }
  }
  // Who is named twice is not deleted, and has one answer.
  const byKey = new Map(asked.map((each) => [`${each.name ?? ''} ${each.topicId}`, each]))
  const repeated = new Set(
    asked.filter((each) => !new Set(byKey.values()).has(each)).map(({ name, topicId }) => `${name ?? ''} ${topicId}`),
  )
  return {
    responses: [...byKey].map(([key, { name, topicId }]) =>
      repeated.has(key)
        ? failure(name, topicId, 'INVALID_REQUEST', 'Duplicate topic name or id.')
        : deleteOne(services, name, topicId),
    ),
  }
}

function deleteOne(services: BrokerServices, name: string | null, topicId: string): TopicAnswer {
  if (name !== null && topicId !== zeroUuid)
    return failure(name, topicId, 'INVALID_REQUEST', 'You may not specify both topic name and topic id.')
  if (name === null && topicId === zeroUuid)
    return failure(name, topicId, 'INVALID_REQUEST', 'Neither topic name nor id were specified.')
  const topic = name === null ? services.topics.byId(topicId) : services.topics.get(name)
  if (topic === undefined) {
    const error = name === null ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION'
    return failure(name, topicId, error, 'There is no such topic.')
  }
  if (topic.isInternal)
    return failure(
      topic.name,
      topic.topicId,
      'INVALID_REQUEST',
      'Group offsets live in this topic; it cannot be deleted.',
    )
  return remove(services, topic)
}

function remove(services: BrokerServices, topic: Topic): TopicAnswer {
  try {
    services.topics.delete(topic)
    return { name: topic.name, topicId: topic.topicId, errorCode: 0 }
  } catch (error) {
    if (!isStorageError(error)) throw error
    return failure(topic.name, topic.topicId, 'KAFKA_STORAGE_ERROR', error.message)
  }
}

function failure(name: string | null, topicId: string, error: KafkaErrorName, message: string): TopicAnswer {
  return { name, topicId, errorCode: errorCode(error), errorMessage: message }
}
