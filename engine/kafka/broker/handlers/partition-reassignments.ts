// AlterPartitionReassignments and ListPartitionReassignments (KIP-455): every replica is on this node already, and none is
// ever on its way.
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import type { Refusal } from '../topics.ts'

export const listPartitionReassignments: Handler<'ListPartitionReassignments'> = () => ({
  throttleTimeMs: 0,
  errorCode: 0,
  errorMessage: null,
  topics: [],
})

export const alterPartitionReassignments: Handler<'AlterPartitionReassignments'> = (services, request) => ({
  throttleTimeMs: 0,
  errorCode: 0,
  errorMessage: null,
  responses: request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, replicas }) => {
      const refusal = refusalOf(services, name, partitionIndex, replicas)
      return { partitionIndex, errorCode: errorCode(refusal?.error ?? 'NONE'), errorMessage: refusal?.message ?? null }
    }),
  })),
})

function refusalOf(
  services: BrokerServices,
  name: string,
  partition: number,
  replicas: readonly number[] | null,
): Refusal | undefined {
  const { nodeId } = services.node
  const topic = services.topics.get(name)
  if (topic === undefined)
    return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: `Unable to find a topic named ${name}.` }
  if (topic.partitions[partition] === undefined)
    return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: `Unable to find partition ${name}:${partition}.` }
  if (replicas === null)
    return { error: 'NO_REASSIGNMENT_IN_PROGRESS', message: 'No partition reassignment is in progress.' }
  if (replicas.length === 1 && replicas[0] === nodeId) return undefined
  return {
    error: 'INVALID_REPLICA_ASSIGNMENT',
    message: `The only broker is ${nodeId}: a partition has one replica, and it is there.`,
  }
}
