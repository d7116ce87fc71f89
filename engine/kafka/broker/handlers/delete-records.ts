// DeleteRecords: moves the start of a log. -1 stands for its end.
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import type { DeleteRecordsResponseDeleteRecordsPartitionResultInput } from '../../protocol/schemas.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'
import { logConfigOf } from '../topic-config.ts'
import type { Topic } from '../topics.ts'

type PartitionAnswer = DeleteRecordsResponseDeleteRecordsPartitionResultInput

export const deleteRecords: Handler<'DeleteRecords'> = (services, request) => {
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, offset }) =>
      deleteBefore(services, services.topics.get(name), partitionIndex, Number(offset)),
    ),
  }))
  services.directory.writeLogStartOffsets()
  return { throttleTimeMs: 0, topics }
}

function deleteBefore(
  services: BrokerServices,
  topic: Topic | undefined,
  partitionIndex: number,
  offset: number,
): PartitionAnswer {
  const partition = topic?.partitions[partitionIndex]
  if (topic === undefined || partition === undefined) return failure(partitionIndex, 'UNKNOWN_TOPIC_OR_PARTITION')
  if (!logConfigOf(services.topics.configsOf(topic)).delete) return failure(partitionIndex, 'POLICY_VIOLATION')
  const { log } = partition
  const target = offset === -1 ? log.logEndOffset : offset
  if (target < 0 || target > log.logEndOffset) return failure(partitionIndex, 'OFFSET_OUT_OF_RANGE')
  log.deleteRecordsBefore(target, services.clock.now())
  partition.changed()
  return { partitionIndex, lowWatermark: BigInt(log.logStartOffset), errorCode: 0 }
}

function failure(partitionIndex: number, error: KafkaErrorName): PartitionAnswer {
  return { partitionIndex, lowWatermark: -1n, errorCode: errorCode(error) }
}
