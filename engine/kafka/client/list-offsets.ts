// Offsets by position or time (ListOffsets).
import { FlinktsError } from '../../common/errors.ts'
import { kafkaError } from './kafka-error.ts'
import { retrying } from './backoff.ts'
import type { KafkaCluster } from './kafka-cluster.ts'

/** `latest`: behind the last record that the isolation level shows. A number: ms since 1970. */
export type OffsetSpec = 'earliest' | 'latest' | 'max-timestamp' | number

export interface OffsetQuery {
  readonly topic: string
  readonly partition: number
  readonly at: OffsetSpec
}

export interface OffsetAnswer {
  readonly topic: string
  readonly partition: number
  /** Of the first record at or behind the asked time; undefined where there is none. */
  readonly offset: number | undefined
  /** Of that record; undefined for `earliest` and `latest`. */
  readonly timestamp: number | undefined
}

export type IsolationLevel = 'read_uncommitted' | 'read_committed'

const timestampOf = (at: OffsetSpec) =>
  BigInt(at === 'latest' ? -1 : at === 'earliest' ? -2 : at === 'max-timestamp' ? -3 : at)

/** Answers in the order of the queries. Retries (see KafkaCluster). */
export async function listOffsets(
  cluster: KafkaCluster,
  queries: readonly OffsetQuery[],
  options: { readonly isolationLevel?: IsolationLevel; readonly signal?: AbortSignal | undefined } = {},
): Promise<OffsetAnswer[]> {
  if (queries.length === 0) return []
  const what = `looking up offsets of ${[...new Set(queries.map((query) => query.topic))].join(', ')}`
  return retrying(
    cluster.retry,
    what,
    () => listOffsetsOnce(cluster, queries, options.isolationLevel ?? 'read_uncommitted', options.signal),
    options.signal,
  )
}

async function listOffsetsOnce(
  cluster: KafkaCluster,
  queries: readonly OffsetQuery[],
  isolationLevel: IsolationLevel,
  signal: AbortSignal | undefined,
): Promise<OffsetAnswer[]> {
  const topics = await cluster.topicsOnce([...new Set(queries.map((query) => query.topic))], signal)
  const answers = new Array<OffsetAnswer>(queries.length)
  const indexesOfLeader = new Map<number, number[]>()
  queries.forEach(({ topic, partition }, index) => {
    const known = topics
      .find(({ name }) => name === topic)
      ?.partitions.find((candidate) => candidate.partition === partition)
    if (known === undefined)
      throw new FlinktsError('KAFKA_TOPIC_MISSING', `topic ${topic} has no partition ${partition}`)
    if (known.leaderId < 0) throw kafkaError(5, `${topic}-${partition}`)
    indexesOfLeader.set(known.leaderId, [...(indexesOfLeader.get(known.leaderId) ?? []), index])
  })
  const ask = async (leaderId: number, indexes: readonly number[]) => {
    const connection = await cluster.connectionTo(leaderId, 'control', signal)
    // an older broker would take it for a time in 1969
    if (
      indexes.some((index) => queries[index]!.at === 'max-timestamp') &&
      (connection.versionOf('ListOffsets') ?? 0) < 7
    )
      throw new FlinktsError('KAFKA_UNSUPPORTED', 'a Kafka before 3.0 does not tell the latest time of a partition')
    // One partition may be asked for twice in one call, but not in one request.
    for (let round = indexes; round.length > 0;) {
      const asked = new Map(round.map((index) => [`${queries[index]!.topic} ${queries[index]!.partition}`, index]))
      const request = {
        replicaId: -1,
        isolationLevel: isolationLevel === 'read_committed' ? 1 : 0,
        topics: topicsOf([...asked.values()], queries),
      }
      const answer = await connection.request('ListOffsets', request, { signal })
      for (const topic of answer.topics)
        for (const found of topic.partitions) {
          const index = asked.get(`${topic.name} ${found.partitionIndex}`)
          if (found.errorCode !== 0) throw kafkaError(found.errorCode, `${topic.name}-${found.partitionIndex}`)
          if (index !== undefined) answers[index] = answerOf(topic.name, found)
        }
      const done = new Set(asked.values())
      round = round.filter((index) => !done.has(index))
    }
  }
  await Promise.all([...indexesOfLeader].map(([leaderId, indexes]) => ask(leaderId, indexes)))
  if (answers.includes(undefined as never))
    throw new FlinktsError('KAFKA_PROTOCOL', 'a broker left out a partition from its ListOffsets answer')
  return answers
}

function topicsOf(indexes: readonly number[], queries: readonly OffsetQuery[]) {
  const topics = new Map<string, { partitionIndex: number; timestamp: bigint }[]>()
  for (const index of indexes) {
    const { topic, partition, at } = queries[index]!
    topics.set(topic, [...(topics.get(topic) ?? []), { partitionIndex: partition, timestamp: timestampOf(at) }])
  }
  return [...topics].map(([name, partitions]) => ({ name, partitions }))
}

function answerOf(topic: string, found: { partitionIndex: number; offset: bigint; timestamp: bigint }): OffsetAnswer {
  return {
    topic,
    partition: found.partitionIndex,
    offset: found.offset < 0n ? undefined : Number(found.offset),
    timestamp: found.timestamp < 0n ? undefined : Number(found.timestamp),
  }
}
