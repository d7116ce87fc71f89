// AlterReplicaLogDirs (KIP-113): there is one data folder, and every log is in it.
import { resolve } from 'node:path'
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import { errorCode, type BrokerServices, type Handler } from '../broker-services.ts'

export const alterReplicaLogDirs: Handler<'AlterReplicaLogDirs'> = (services, request) => ({
  throttleTimeMs: 0,
  results: request.dirs.flatMap(({ path, topics }) =>
    topics.map(({ name, partitions }) => ({
      topicName: name,
      partitions: partitions.map((partitionIndex) => ({
        partitionIndex,
        errorCode: errorCode(resultOf(services, path, name, partitionIndex)),
      })),
    })),
  ),
})

function resultOf({ node, topics }: BrokerServices, path: string, name: string, partition: number): KafkaErrorName {
  if (path !== resolve(node.dataDirectory) && path !== node.dataDirectory) return 'LOG_DIR_NOT_FOUND'
  return topics.get(name)?.partitions[partition] === undefined ? 'REPLICA_NOT_AVAILABLE' : 'NONE'
}
