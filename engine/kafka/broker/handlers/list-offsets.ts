// ListOffsets: the first offset, the last, the one of the greatest timestamp, or the first at a time.
import { leaderEpoch, type PartitionLog } from '../../log/partition-log.ts'
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import type { ListOffsetsResponseListOffsetsPartitionResponseInput } from '../../protocol/schemas.ts'
import { errorCode, type Handler } from '../broker-services.ts'
import { isStorageError } from '../storage-errors.ts'

type PartitionAnswer = ListOffsetsResponseListOffsetsPartitionResponseInput

const [latest, earliest, maxTimestamp, earliestLocal, latestTiered] = [-1, -2, -3, -4, -5] as const
const readCommitted = 1
/** The first version that may ask for it. */
const versionsOf: Readonly<Record<number, number>> = { [maxTimestamp]: 7, [earliestLocal]: 8, [latestTiered]: 9 }

export const listOffsets: Handler<'ListOffsets'> = (services, request, { version }) => ({
  topics: request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, currentLeaderEpoch, timestamp }): PartitionAnswer => {
      const wanted = Number(timestamp)
      if (wanted < latestTiered || version < (versionsOf[wanted] ?? 0))
        return failure(partitionIndex, 'UNSUPPORTED_VERSION')
      const log = services.topics.get(name)?.partitions[partitionIndex]?.log
      if (log === undefined) return failure(partitionIndex, 'UNKNOWN_TOPIC_OR_PARTITION')
      if (currentLeaderEpoch > leaderEpoch) return failure(partitionIndex, 'UNKNOWN_LEADER_EPOCH')
      try {
        const found = find(log, wanted, request.isolationLevel === readCommitted)
        return {
          partitionIndex,
          errorCode: 0,
          timestamp: BigInt(found.timestamp),
          offset: BigInt(found.offset),
          ...(version >= 4 && found.offset >= 0 ? { leaderEpoch } : {}),
        }
      } catch (error) {
        if (!isStorageError(error)) throw error
        services.log(`looking up an offset of ${name}-${partitionIndex} failed: ${error.message}`)
        return failure(partitionIndex, 'KAFKA_STORAGE_ERROR')
      }
    }),
  })),
})

function find(log: PartitionLog, wanted: number, isCommittedOnly: boolean): { timestamp: number; offset: number } {
  const nothing = { timestamp: -1, offset: -1 }
  const endOffset = isCommittedOnly ? log.lastStableOffset : log.logEndOffset
  const visible = (found: { timestamp: number; offset: number } | undefined) =>
    found !== undefined && found.offset < endOffset ? found : nothing
  switch (wanted) {
    case latest:
      return { timestamp: -1, offset: endOffset }
    case earliest:
    case earliestLocal:
      return { timestamp: -1, offset: log.logStartOffset }
    case maxTimestamp:
      return visible(log.findMaxTimestamp())
    case latestTiered:
      return nothing
    default:
      return visible(log.findTimestamp(wanted))
  }
}

function failure(partitionIndex: number, error: KafkaErrorName): PartitionAnswer {
  return { partitionIndex, errorCode: errorCode(error) }
}
