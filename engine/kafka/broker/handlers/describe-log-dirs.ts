// DescribeLogDirs: the one data folder and what each partition takes in it.
import { statfsSync } from 'node:fs'
import type { Handler } from '../broker-services.ts'

export const describeLogDirs: Handler<'DescribeLogDirs'> = (services, request) => {
  const { dataDirectory } = services.node
  const wanted = request.topics && new Map(request.topics.map(({ topic, partitions }) => [topic, new Set(partitions)]))
  const topics = services.topics.all
    .filter(({ name }) => wanted?.has(name) ?? true)
    .map(({ name, partitions }) => ({
      name,
      partitions: partitions
        .filter(({ index }) => wanted?.get(name)!.has(index) ?? true)
        .map(({ index, log }) => ({
          partitionIndex: index,
          partitionSize: BigInt(log.sizeBytes),
          offsetLag: 0n,
          isFutureKey: false,
        })),
    }))
    .filter(({ partitions }) => partitions.length > 0)
  const disk = statfsSync(dataDirectory, { bigint: true })
  return {
    throttleTimeMs: 0,
    results: [
      {
        errorCode: 0,
        logDir: dataDirectory,
        topics,
        totalBytes: disk.blocks * disk.bsize,
        usableBytes: disk.bavail * disk.bsize,
      },
    ],
  }
}
