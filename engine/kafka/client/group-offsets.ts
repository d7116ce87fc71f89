// Offsets that a consumer group has committed, read and written without being a member of it: how Flink uses groups.
import { kafkaErrorCodes } from '../protocol/kafka-errors.ts'
import { retrying } from './backoff.ts'
import type { Connection } from './connection.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import { kafkaError } from './kafka-error.ts'
import type { PartitionPosition } from './partition-fetcher.ts'

export interface CommittedOffset {
  readonly topic: string
  readonly partition: number
  /** Of the next record to read; undefined where the group has committed nothing. */
  readonly offset: number | undefined
}

interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** The last version that names topics by name; 10 names them by id. */
const namedTopicsMax = 9
/** Later versions ask for several groups at once. */
const singleGroupFetchMax = 7
const singleKeyFindMax = 3

/** Retries (see KafkaCluster). A group that does not exist has committed nothing. */
export async function committedOffsets(
  cluster: KafkaCluster,
  groupId: string,
  partitions: readonly TopicPartition[],
  signal?: AbortSignal,
): Promise<CommittedOffset[]> {
  const topics = [...byTopic(partitions)].map(([name, ofTopic]) => ({
    name,
    partitionIndexes: ofTopic.map(({ partition }) => partition),
  }))
  const what = `reading the offsets of group ${groupId}`
  const ask = async () => {
    const connection = await coordinatorOf(cluster, groupId, signal)
    const answer = await connection.request(
      'OffsetFetch',
      { groupId, topics },
      { versionMax: singleGroupFetchMax, signal },
    )
    if (answer.errorCode !== 0) throw kafkaError(answer.errorCode, what)
    return answer.topics.flatMap((topic) =>
      topic.partitions.map((found) => {
        if (found.errorCode !== 0) throw kafkaError(found.errorCode, what)
        const offset = found.committedOffset < 0n ? undefined : Number(found.committedOffset)
        return { topic: topic.name, partition: found.partitionIndex, offset }
      }),
    )
  }
  return retrying(cluster.retry, what, ask, signal)
}

/** Retries. Fails with KAFKA_REFUSED where the group has members: they own its offsets then. */
export async function commitOffsets(
  cluster: KafkaCluster,
  groupId: string,
  positions: readonly PartitionPosition[],
  signal?: AbortSignal,
): Promise<void> {
  if (positions.length === 0) return
  const topics = [...byTopic(positions)].map(([name, ofTopic]) => ({
    name,
    partitions: ofTopic.map(({ partition, offset }) => ({
      partitionIndex: partition,
      committedOffset: BigInt(offset),
      committedMetadata: '',
    })),
  }))
  const what = `committing the offsets of group ${groupId}`
  const ask = async () => {
    const connection = await coordinatorOf(cluster, groupId, signal)
    const request = { groupId, generationIdOrMemberEpoch: -1, memberId: '', topics }
    const answer = await connection.request('OffsetCommit', request, { versionMax: namedTopicsMax, signal })
    for (const topic of answer.topics)
      for (const { partitionIndex, errorCode } of topic.partitions)
        if (errorCode !== 0) throw kafkaError(errorCode, `${what} (${topic.name}-${partitionIndex})`)
  }
  await retrying(cluster.retry, what, ask, signal)
}

/** Looked up each time: commits are as rare as checkpoints, and a coordinator may move. */
async function coordinatorOf(
  cluster: KafkaCluster,
  groupId: string,
  signal: AbortSignal | undefined,
): Promise<Connection> {
  await cluster.describe(signal) // the coordinator's address is among the brokers'
  const connection = await cluster.anyConnection(signal)
  const found = await connection.request(
    'FindCoordinator',
    { key: groupId, keyType: 0 },
    { versionMax: singleKeyFindMax, signal },
  )
  if (found.errorCode !== 0)
    throw kafkaError(found.errorCode, `looking for the coordinator of group ${groupId}`, found.errorMessage)
  if (found.nodeId < 0)
    throw kafkaError(kafkaErrorCodes.COORDINATOR_NOT_AVAILABLE, `looking for the coordinator of group ${groupId}`)
  return cluster.connectionTo(found.nodeId, 'control', signal)
}

function byTopic<P extends TopicPartition>(partitions: readonly P[]): Map<string, P[]> {
  const topics = new Map<string, P[]>()
  for (const partition of partitions) topics.set(partition.topic, [...(topics.get(partition.topic) ?? []), partition])
  return topics
}
