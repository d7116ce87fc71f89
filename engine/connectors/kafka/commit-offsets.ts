// Commits positions to a consumer group. For monitoring only: a job goes on from its checkpoints, never from here.
import { kafkaErrorName } from '../../kafka/protocol/kafka-errors.ts'
import type { KafkaCluster } from '../../kafka/client/kafka-cluster.ts'
import type { KafkaSplitState } from './kafka-split.ts'

/** Throws where a broker refuses; one attempt. */
export async function commitOffsets(
  cluster: KafkaCluster,
  groupId: string,
  positions: readonly KafkaSplitState[],
  signal: AbortSignal,
): Promise<void> {
  const coordinator = await cluster.request(
    'FindCoordinator',
    { key: groupId, keyType: 0, coordinatorKeys: [groupId] },
    { signal },
  )
  const found = coordinator.coordinators[0] ?? coordinator
  if (found.errorCode !== 0) throw new Error(`no coordinator for group ${groupId}: ${kafkaErrorName(found.errorCode)}`)
  await cluster.describe(signal)
  const connection = await cluster.connectionTo(found.nodeId, 'control', signal)
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
    if (refused !== undefined) throw new Error(`group ${groupId}: ${kafkaErrorName(refused.errorCode)}`)
  }
}
