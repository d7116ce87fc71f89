// CreatePartitions: a topic only ever grows.
import type { CreatePartitionsRequestCreatePartitionsTopic } from '../../protocol/schemas.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import type { Refusal } from '../topics.ts'
import { partitionsPerRequestMax, tooManyPartitions } from './create-topics.ts'

export const createPartitions: Handler<'CreatePartitions'> = (services, request) => {
  let added = 0
  const byName = new Map(request.topics.map((asked) => [asked.name, asked]))
  const repeated = new Set(request.topics.filter((asked) => byName.get(asked.name) !== asked).map(({ name }) => name))
  const results = [...byName.values()].map((asked) => {
    let refusal = repeated.has(asked.name) ? duplicate : refusalOf(services, asked)
    if (refusal === undefined) {
      const topic = services.topics.get(asked.name)!
      const additional = asked.count - topic.partitionCount
      if (added + additional > partitionsPerRequestMax) refusal = tooManyPartitions
      else {
        added += additional
        if (!request.validateOnly) services.topics.addPartitions(topic, asked.count)
      }
    }
    return {
      name: asked.name,
      errorCode: errorCode(refusal?.error ?? 'NONE'),
      errorMessage: refusal?.message ?? null,
    }
  })
  return { throttleTimeMs: 0, results }
}

const duplicate: Refusal = { error: 'INVALID_REQUEST', message: 'Duplicate topic in request.' }

function refusalOf(services: BrokerServices, asked: CreatePartitionsRequestCreatePartitionsTopic): Refusal | undefined {
  const topic = services.topics.get(asked.name)
  if (topic === undefined) return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: 'There is no such topic.' }
  const { partitionCount } = topic
  if (asked.count <= partitionCount)
    return {
      error: 'INVALID_PARTITIONS',
      message: `The topic has ${partitionCount} partition(s); ${asked.count} would not be an increase.`,
    }
  if (asked.assignments === null) return undefined
  const { nodeId } = services.node
  const areHere = asked.assignments.every(({ brokerIds }) => brokerIds.length === 1 && brokerIds[0] === nodeId)
  if (areHere && asked.assignments.length === asked.count - partitionCount) return undefined
  return {
    error: 'INVALID_REPLICA_ASSIGNMENT',
    message: `Expected ${asked.count - partitionCount} assignment(s), each to broker ${nodeId} only.`,
  }
}
