// DescribeProducers: who has written to a partition, and whose transaction is under way there (KIP-664).
import type { DescribeProducersResponsePartitionResponseInput } from '../../protocol/schemas.ts'
import { errorCode, type Handler } from '../broker-services.ts'

type PartitionAnswer = DescribeProducersResponsePartitionResponseInput

export const describeProducers: Handler<'DescribeProducers'> = (services, request) => ({
  throttleTimeMs: 0,
  topics: request.topics.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex): PartitionAnswer => {
      const log = services.topics.get(name)?.partitions[partitionIndex]?.log
      if (log === undefined)
        return { partitionIndex, errorCode: errorCode('UNKNOWN_TOPIC_OR_PARTITION'), activeProducers: [] }
      const activeProducers = log.producerState.entries.map((entry) => ({
        producerId: BigInt(entry.producerId),
        producerEpoch: entry.producerEpoch,
        lastSequence: entry.batches.at(-1)?.lastSequence ?? -1,
        lastTimestamp: BigInt(entry.lastTimestamp),
        coordinatorEpoch: entry.coordinatorEpoch,
        currentTxnStartOffset: BigInt(entry.transactionStartOffset),
      }))
      return { partitionIndex, errorCode: 0, activeProducers }
    }),
  })),
})
