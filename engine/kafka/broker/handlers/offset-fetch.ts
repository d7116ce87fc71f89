// OffsetFetch: committed offsets of one group up to version 7, of several from 8 on; of all topics where none is named.
import type { OffsetFetchRequestOffsetFetchRequestTopics } from '../../protocol/schemas.ts'
import type { BrokerServices, Handler } from '../broker-services.ts'
import type { CommittedOffset } from '../groups/group-records.ts'

interface PartitionAnswer {
  readonly partitionIndex: number
  readonly committedOffset: bigint
  readonly committedLeaderEpoch: number
  readonly metadata: string
  readonly errorCode: number
}

interface TopicAnswer {
  readonly name: string
  readonly partitions: readonly PartitionAnswer[]
}

type AskedTopic = Pick<OffsetFetchRequestOffsetFetchRequestTopics, 'name' | 'partitionIndexes'>

export const offsetFetch: Handler<'OffsetFetch'> = (services, request, { version }) => {
  if (version < 8) return { topics: committedOf(services, request.groupId, request.topics), errorCode: 0 }
  return {
    groups: request.groups.map(({ groupId, topics }) => ({
      groupId,
      topics: committedOf(services, groupId, topics),
      errorCode: 0,
    })),
  }
}

function committedOf(services: BrokerServices, groupId: string, topics: readonly AskedTopic[] | null): TopicAnswer[] {
  const { groups } = services
  if (topics === null)
    return groups.allCommitted(groupId).map(({ topic, partitions }) => ({
      name: topic,
      partitions: partitions.map(({ partition, committed }) => answer(partition, committed)),
    }))
  return topics.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partition) => answer(partition, groups.committed(groupId, name, partition))),
  }))
}

function answer(partitionIndex: number, committed: CommittedOffset | undefined): PartitionAnswer {
  return {
    partitionIndex,
    committedOffset: BigInt(committed?.offset ?? -1),
    committedLeaderEpoch: committed?.leaderEpoch ?? -1,
    metadata: committed?.metadata ?? '',
    errorCode: 0,
  }
}
