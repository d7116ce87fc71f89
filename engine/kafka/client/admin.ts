// The few administrative requests that the engine itself needs.
import { FlinktsError } from '../../common/errors.ts'
import { kafkaErrorCodes } from '../protocol/kafka-errors.ts'
import { retrying } from './backoff.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import { kafkaError } from './kafka-error.ts'
import { listOffsets } from './list-offsets.ts'

export interface NewTopic {
  readonly name: string
  /** Default: the broker's `num.partitions`. */
  readonly partitions?: number
  /** Default: the broker's `default.replication.factor`. */
  readonly replicationFactor?: number
  readonly configs?: Readonly<Record<string, string>>
}

/**
 * Creates topics and waits until every partition serves. A topic that exists already is left as it is; `created` tells.
 * Retries (see KafkaCluster).
 */
export async function createTopics(
  cluster: KafkaCluster,
  topics: readonly NewTopic[],
  signal?: AbortSignal,
): Promise<{ name: string; created: boolean }[]> {
  const request = {
    topics: topics.map(({ name, partitions = -1, replicationFactor = -1, configs = {} }) => ({
      name,
      numPartitions: partitions,
      replicationFactor,
      assignments: [],
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    })),
    timeoutMs: cluster.requestTimeoutMs,
  }
  const create = async () => {
    const connection = await controllerConnection(cluster, signal)
    const answer = await connection.request('CreateTopics', request, { signal })
    return answer.topics.map(({ name, errorCode, errorMessage }) => {
      if (errorCode !== 0 && errorCode !== kafkaErrorCodes.TOPIC_ALREADY_EXISTS)
        throw kafkaError(errorCode, `creating topic ${name}`, errorMessage)
      return { name, created: errorCode === 0 }
    })
  }
  const results = await retrying(cluster.retry, 'creating topics', create, signal)
  await waitUntilServing(
    cluster,
    topics.map((topic) => topic.name),
    signal,
  )
  return results
}

/** Right after CreateTopics a partition may be listed before it serves, and a broker may not know the topic yet. */
async function waitUntilServing(
  cluster: KafkaCluster,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const wait = async () => {
    const topics = await cluster.topicsOnce(names, signal).catch((error: unknown) => {
      throw error instanceof FlinktsError && error.code === 'KAFKA_TOPIC_MISSING'
        ? kafkaError(kafkaErrorCodes.UNKNOWN_TOPIC_OR_PARTITION, error.message)
        : error
    })
    const queries = topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partition }) => ({ topic: name, partition, at: 'latest' as const })),
    )
    await listOffsets(cluster, queries, { signal })
  }
  await retrying(cluster.retry, `waiting for ${names.join(', ')} to serve`, wait, signal)
}

/** Deletes topics; one that does not exist is no error. Retries (see KafkaCluster). */
export async function deleteTopics(
  cluster: KafkaCluster,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<{ name: string; deleted: boolean }[]> {
  const request = { topics: names.map((name) => ({ name })), topicNames: names, timeoutMs: cluster.requestTimeoutMs }
  const remove = async () => {
    const connection = await controllerConnection(cluster, signal)
    const newest = (connection.versionOf('DeleteTopics') ?? 0) >= 6
    const answer = await connection.request(
      'DeleteTopics',
      newest ? { ...request, topicNames: [] } : { ...request, topics: [] },
      { signal },
    )
    return answer.responses.map(({ name, errorCode, errorMessage }) => {
      if (errorCode !== 0 && errorCode !== kafkaErrorCodes.UNKNOWN_TOPIC_OR_PARTITION)
        throw kafkaError(errorCode, `deleting topic ${name}`, errorMessage)
      return { name: name ?? '', deleted: errorCode === 0 }
    })
  }
  return retrying(cluster.retry, 'deleting topics', remove, signal)
}

async function controllerConnection(cluster: KafkaCluster, signal: AbortSignal | undefined) {
  const { controllerId, brokers } = await cluster.describe(signal)
  if (brokers.some(({ brokerId }) => brokerId === controllerId))
    return cluster.connectionTo(controllerId, 'control', signal)
  return cluster.anyConnection(signal)
}
