// What OffsetCommit and TxnOffsetCommit check of each offset, and how both answer: what may be committed is, the rest is
// named.
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import { errorCode, type BrokerServices } from '../broker-services.ts'
import type { OffsetToCommit } from '../groups/group-coordinator.ts'

/** Kafka's offset.metadata.max.bytes */
const metadataBytesMax = 4096

/** The part of both requests, in all versions. */
interface TopicToCommit {
  readonly name: string
  readonly partitions: readonly {
    readonly partitionIndex: number
    readonly committedOffset: bigint
    readonly committedLeaderEpoch: number
    readonly committedMetadata: string | null
  }[]
}

interface TopicAnswer {
  readonly name: string
  readonly partitions: { readonly partitionIndex: number; readonly errorCode: number }[]
}

export interface CheckedOffsets {
  /** Those that may be committed. */
  readonly offsets: readonly OffsetToCommit[]
  /** One at least is of a partition that exists. */
  readonly isAnyKnown: boolean
  /** `error`: what became of those that might be committed. */
  readonly answer: (error: KafkaErrorName) => TopicAnswer[]
}

export function checkOffsets(services: BrokerServices, topics: readonly TopicToCommit[]): CheckedOffsets {
  const offsets: OffsetToCommit[] = []
  const checked = topics.map(({ name, partitions }) => ({
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
  return {
    offsets,
    isAnyKnown: checked.some(({ partitions }) =>
      partitions.some(({ error }) => error !== 'UNKNOWN_TOPIC_OR_PARTITION'),
    ),
    answer: (others) =>
      checked.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, error }) => ({
          partitionIndex,
          errorCode: errorCode(error ?? others),
        })),
      })),
  }
}

function offsetError(services: BrokerServices, offset: OffsetToCommit): KafkaErrorName | undefined {
  if (services.topics.get(offset.topic)?.partitions[offset.partition] === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
  return Buffer.byteLength(offset.metadata) > metadataBytesMax ? 'OFFSET_METADATA_TOO_LARGE' : undefined
}
