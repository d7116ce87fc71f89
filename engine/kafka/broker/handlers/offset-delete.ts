// OffsetDelete: forgets committed offsets of topics that the group does not read.
import { errorCode, type Handler } from '../broker-services.ts'

export const offsetDelete: Handler<'OffsetDelete'> = (services, request) => {
  const { groups } = services
  const { groupId } = request
  if (groups.get(groupId) === undefined) return { errorCode: errorCode('GROUP_ID_NOT_FOUND'), topics: [] }
  return {
    errorCode: 0,
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        const isKnown = services.topics.get(name)?.partitions[partitionIndex] !== undefined
        const error = isKnown ? groups.deleteOffset(groupId, name, partitionIndex) : 'UNKNOWN_TOPIC_OR_PARTITION'
        if (error === 'NONE')
          services.transactions.forgetOffsets(
            ({ groupId: group, topic, partition }) =>
              group === groupId && topic === name && partition === partitionIndex,
          )
        return { partitionIndex, errorCode: errorCode(error) }
      }),
    })),
  }
}
