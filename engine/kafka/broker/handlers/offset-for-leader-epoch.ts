// OffsetForLeaderEpoch: where an epoch ended. There is one epoch, and it goes on.
import { leaderEpoch } from '../../log/partition-log.ts'
import { errorCode, type Handler } from '../broker-services.ts'

export const offsetForLeaderEpoch: Handler<'OffsetForLeaderEpoch'> = (services, request) => ({
  topics: request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map((asked) => {
      const { partition } = asked
      const log = services.topics.get(topic)?.partitions[partition]?.log
      if (log === undefined) return { partition, errorCode: errorCode('UNKNOWN_TOPIC_OR_PARTITION') }
      if (asked.currentLeaderEpoch > leaderEpoch) return { partition, errorCode: errorCode('UNKNOWN_LEADER_EPOCH') }
      if (asked.leaderEpoch !== leaderEpoch) return { partition, errorCode: 0 }
      return { partition, errorCode: 0, leaderEpoch, endOffset: BigInt(log.logEndOffset) }
    }),
  })),
})
