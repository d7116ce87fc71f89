// ElectLeaders (KIP-460): this node leads every partition already.
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import type { Refusal } from '../topics.ts'

const [preferred, unclean] = [0, 1] as const

export const electLeaders: Handler<'ElectLeaders'> = (services, request) => {
  if (request.electionType !== preferred && request.electionType !== unclean)
    return { throttleTimeMs: 0, errorCode: errorCode('INVALID_REQUEST'), replicaElectionResults: [] }
  // Asked for all, Kafka names the topics but not the partitions that need no election.
  const asked = request.topicPartitions ?? services.topics.all.map(({ name }) => ({ topic: name, partitions: [] }))
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    replicaElectionResults: asked.map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) => {
        const { error, message } = resultOf(services, topic, partitionId)
        return { partitionId, errorCode: errorCode(error), errorMessage: message }
      }),
    })),
  }
}

function resultOf(services: BrokerServices, name: string, partition: number): Refusal {
  const topic = services.topics.get(name)
  if (topic === undefined) return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: `No such topic as ${name}` }
  if (topic.partitions[partition] === undefined)
    return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: `No such partition as ${name}-${partition}` }
  return { error: 'ELECTION_NOT_NEEDED', message: 'Leader election not needed for topic partition.' }
}
