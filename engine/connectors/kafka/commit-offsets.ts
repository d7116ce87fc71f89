// Commits positions to a consumer group. For monitoring only: a job goes on from its checkpoints, never from here.
import { retrying } from '../../kafka/client/backoff.ts'
import type { KafkaCluster } from '../../kafka/client/kafka-cluster.ts'
import { kafkaError } from '../../kafka/client/kafka-error.ts'
import type { KafkaSplitState } from './kafka-split.ts'

/** Retries (see KafkaCluster): the coordinator of a new group may still be loading. */
export function commitOffsets(
  cluster: KafkaCluster,
  groupId: string,
  positions: readonly KafkaSplitState[],
  signal: AbortSignal,
): Promise<void> {
  const commit = (): Promise<void> => commitOnce(cluster, groupId, positions, signal)
  return retrying(cluster.retry, `committing offsets of group ${groupId}`, commit, signal)
}

async function commitOnce(
  cluster: KafkaCluster,
  groupId: string,
  positions: readonly KafkaSplitState[],
  signal: AbortSignal,
): Promise<void> {
  const coordinator = await cluster.request(
    'FindCoordinator',
    { key: groupId, keyType: 0 },
    // from version 4 on it asks for several groups at once
    { versionMax: 3, signal },
  )
  if (coordinator.errorCode !== 0)
    throw kafkaError(coordinator.errorCode, `looking up the coordinator of group ${groupId}`)
  await cluster.describe(signal)
  const connection = await cluster.connectionTo(coordinator.nodeId, 'control', signal)
  const topics = [...new Set(positions.map(({ topic }) => topic))].map((name) => ({
    name,
    partitions: positions
      .filter(({ topic }) => topic === name)
      .map(({ partition, nextOffset }) => ({
        partitionIndex: partition,
        committedOffset: BigInt(nextOffset),
        committedMetadata: '',
      })),
  }))
  const answer = await connection.request('OffsetCommit', { groupId, topics }, { versionMax: 9, signal })
  for (const { partitions } of answer.topics) {
    const refused = partitions.find(({ errorCode }) => errorCode !== 0)
    if (refused !== undefined) throw kafkaError(refused.errorCode, `committing offsets of group ${groupId}`)
  }
}
