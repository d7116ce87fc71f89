// OffsetFetch: committed offsets of one group up to version 7, of several from 8 on; of all topics where none is named.
import type { OffsetFetchRequestOffsetFetchRequestTopics } from '../../protocol/schemas.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
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
  const { requireStable } = request
  if (version < 8)
    return {
      topics: committedOf(services, { groupId: request.groupId, topics: request.topics, requireStable }),
      errorCode: 0,
    }
  return {
    groups: request.groups.map(({ groupId, memberId, memberEpoch, topics }) => {
      const error = services.groups.fetchError(groupId, memberId, memberEpoch)
      if (error !== 'NONE') return { groupId, topics: [], errorCode: errorCode(error) }
      return { groupId, topics: committedOf(services, { groupId, topics, requireStable }), errorCode: 0 }
    }),
  }
}

interface Asked {
  readonly groupId: string
  readonly topics: readonly AskedTopic[] | null
  /** No offset of a transaction that may still change it. */
  readonly requireStable: boolean
}

function committedOf(services: BrokerServices, { groupId, topics, requireStable }: Asked): TopicAnswer[] {
  const { groups, transactions } = services
  const answerFor = (topic: string, partition: number, committed: CommittedOffset | undefined): PartitionAnswer =>
    requireStable && transactions.hasPendingOffset(groupId, topic, partition)
      ? { ...answer(partition, undefined), errorCode: errorCode('UNSTABLE_OFFSET_COMMIT') }
      : answer(partition, committed)
  if (topics === null)
    return groups.allCommitted(groupId).map(({ topic, partitions }) => ({
      name: topic,
      partitions: partitions.map(({ partition, committed }) => answerFor(topic, partition, committed)),
    }))
  return topics.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partition) =>
      answerFor(name, partition, groups.committed(groupId, name, partition)),
    ),
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
