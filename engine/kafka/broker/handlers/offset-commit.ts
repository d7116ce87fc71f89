// OffsetCommit: what may be committed is, and the rest is named.
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import type { CommitRequest } from '../groups/classic-group.ts'
import type { OffsetToCommit } from '../groups/group-coordinator.ts'
import { isStorageError } from '../storage-errors.ts'

/** Kafka's offset.metadata.max.bytes */
export const metadataBytesMax = 4096

export const offsetCommit: Handler<'OffsetCommit'> = async (services, request, { version }) => {
  const offsets: OffsetToCommit[] = []
  const checked = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((asked) => {
      const offset: OffsetToCommit = {
        topic: name,
        partition: asked.partitionIndex,
        offset: Number(asked.committedOffset),
        leaderEpoch: asked.committedLeaderEpoch,
        metadata: asked.committedMetadata ?? '',
      }
      const error = offsetError(services, offset)
      if (error === undefined) offsets.push(offset)
      return { partitionIndex: asked.partitionIndex, error }
    }),
  }))
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generationId } = request
  // Where nothing is known of what is committed the group is not asked, and does not come to be.
  const isAnyKnown = checked.some(({ partitions }) =>
    partitions.some(({ error }) => error !== 'UNKNOWN_TOPIC_OR_PARTITION'),
  )
  const member = { memberId, groupInstanceId, generationId, version }
  const groupError = isAnyKnown ? await commit(services, groupId, member, offsets) : 'NONE'
  return {
    topics: checked.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, error }) => ({
        partitionIndex,
        errorCode: errorCode(error ?? groupError),
      })),
    })),
  }
}

function offsetError(services: BrokerServices, offset: OffsetToCommit): KafkaErrorName | undefined {
  if (services.topics.get(offset.topic)?.partitions[offset.partition] === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
  return Buffer.byteLength(offset.metadata) > metadataBytesMax ? 'OFFSET_METADATA_TOO_LARGE' : undefined
}

async function commit(
  services: BrokerServices,
  groupId: string,
  { version, ...member }: CommitRequest & { readonly version: number },
  offsets: readonly OffsetToCommit[],
): Promise<KafkaErrorName> {
  try {
    return await services.groups.commit(groupId, member, offsets, version)
  } catch (error) {
    if (!isStorageError(error)) throw error
    services.log(`committing offsets of group ${groupId} failed: ${error.message}`)
    return 'COORDINATOR_NOT_AVAILABLE'
  }
}
