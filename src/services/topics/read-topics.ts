// What a Kafka says of its topics: offsets, times, sizes and configurations.
import {
  FlinktsError,
  listOffsets,
  nearestName,
  type KafkaCluster,
  type KafkaConnection,
  type TopicMetadata,
} from '../../../engine/host.ts'
import { openKafka } from '../kafka-connection.ts'
import { recordTimesAt } from '../record-times.ts'

export interface PartitionInfo {
  readonly partition: number
  /** Undefined where the partition has no leader at the moment, here and below. */
  readonly earliestOffset: number | undefined
  /** The offset that the next record gets. */
  readonly latestOffset: number | undefined
  /** Of the first record there is, ms since 1970; undefined where there is none, or it has none. */
  readonly firstRecordTimeMs: number | undefined
  /** The latest of all records' times; undefined where there is none, or the Kafka (before 3.0) does not tell. */
  readonly lastRecordTimeMs: number | undefined
  /** On the leader's disk; undefined where the Kafka does not tell. */
  readonly sizeBytes: number | undefined
}

export interface TopicInfo {
  readonly name: string
  readonly partitions: readonly PartitionInfo[]
  /** What was set for this topic, by Kafka's names. */
  readonly configs: Readonly<Record<string, string>>
}

/** ConfigResource.Type, and DescribeConfigsResponse.ConfigSource, of topics. */
const [TOPIC_RESOURCE, SET_FOR_TOPIC] = [2, 1] as const

/** Somebody waits for the answer. */
const RETRY_TIMEOUT_MS = 15_000

/** Runs `use` with a cluster that is closed whatever happens. */
export async function withCluster<T>(
  connection: KafkaConnection,
  use: (cluster: KafkaCluster) => Promise<T>,
): Promise<T> {
  const cluster = openKafka(connection, { retryTimeoutMs: RETRY_TIMEOUT_MS })
  try {
    return await use(cluster)
  } finally {
    cluster.close()
  }
}

/** All topics but internal ones, by name. Times of first records are left out: they would have to be read. */
export async function listTopics(connection: KafkaConnection): Promise<TopicInfo[]> {
  return withCluster(connection, async (cluster) => {
    const all = await cluster.topics(null)
    const topics = all.filter(({ name, internal }) => !internal && !name.startsWith('__'))
    return readTopics(
      cluster,
      topics.sort((a, b) => (a.name < b.name ? -1 : 1)),
    )
  })
}

/** Throws KAFKA_TOPIC_MISSING where there is none. */
export async function describeTopic(cluster: KafkaCluster, name: string): Promise<TopicInfo> {
  const topic = await expectTopic(cluster, name)
  const [info] = await readTopics(cluster, [topic])
  const partitions = info!.partitions
  const held = partitions.filter(({ earliestOffset, latestOffset }) => earliestOffset !== latestOffset)
  const times = await recordTimesAt(
    cluster,
    held.map(({ partition, earliestOffset }) => ({ topic: name, partition, offset: earliestOffset! })),
    held.map(({ latestOffset }) => latestOffset!),
  )
  return {
    ...info!,
    partitions: partitions.map((each) => {
      const index = held.indexOf(each)
      return index < 0 ? each : { ...each, firstRecordTimeMs: times[index] }
    }),
  }
}

/** With the nearest name where there is none: KAFKA_TOPIC_MISSING. */
export async function expectTopic(cluster: KafkaCluster, name: string): Promise<TopicMetadata> {
  const topics = await cluster.topics(null)
  const topic = topics.find((candidate) => candidate.name === name)
  if (topic !== undefined) return topic
  const near = nearestName(
    name,
    topics.map((candidate) => candidate.name),
  )
  throw new FlinktsError('KAFKA_TOPIC_MISSING', `there is no topic '${name}'`, {
    fix: near === undefined ? '`flinkts topics list` shows all' : `did you mean '${near}'?`,
  })
}

async function readTopics(cluster: KafkaCluster, topics: readonly TopicMetadata[]): Promise<TopicInfo[]> {
  const led = topics.flatMap(({ name, partitions }) =>
    partitions.flatMap(({ partition, leaderId }) => (leaderId < 0 ? [] : [{ topic: name, partition, leaderId }])),
  )
  const ask = (at: 'earliest' | 'latest' | 'max-timestamp') =>
    listOffsets(
      cluster,
      led.map(({ topic, partition }) => ({ topic, partition, at })),
    )
  const [earliest, latest, newest, sizes, configs] = await Promise.all([
    ask('earliest'),
    ask('latest'),
    ask('max-timestamp').catch(() => []),
    readSizes(cluster, led),
    readConfigs(cluster, topics),
  ])
  const infos = new Map(
    led.map(({ topic, partition }, index) => {
      const key = `${topic} ${partition}`
      const info: PartitionInfo = {
        partition,
        earliestOffset: earliest[index]!.offset ?? 0,
        latestOffset: latest[index]!.offset ?? 0,
        firstRecordTimeMs: undefined,
        lastRecordTimeMs: newest[index]?.timestamp,
        sizeBytes: sizes.get(key),
      }
      return [key, info] as const
    }),
  )
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partition }) => infos.get(`${name} ${partition}`) ?? leaderless(partition)),
    configs: configs.get(name) ?? {},
  }))
}

function leaderless(partition: number): PartitionInfo {
  return {
    partition,
    earliestOffset: undefined,
    latestOffset: undefined,
    firstRecordTimeMs: undefined,
    lastRecordTimeMs: undefined,
    sizeBytes: undefined,
  }
}

interface LedPartition {
  readonly topic: string
  readonly partition: number
  readonly leaderId: number
}

/** By `topic partition`, of the leaders' replicas. Empty where a broker does not say (a right is missing, another Kafka). */
async function readSizes(cluster: KafkaCluster, led: readonly LedPartition[]): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  const ofBroker = new Map<number, LedPartition[]>()
  for (const each of led) ofBroker.set(each.leaderId, [...(ofBroker.get(each.leaderId) ?? []), each])
  await Promise.all(
    [...ofBroker].map(async ([brokerId, partitions]) => {
      const connection = await cluster.connectionTo(brokerId, 'control')
      const topics = [...new Set(partitions.map(({ topic }) => topic))].map((topic) => ({
        topic,
        partitions: partitions.filter((each) => each.topic === topic).map(({ partition }) => partition),
      }))
      const { results } = await connection.request('DescribeLogDirs', { topics })
      for (const directory of results)
        for (const { name, partitions: found } of directory.topics)
          for (const { partitionIndex, partitionSize, isFutureKey } of found)
            if (!isFutureKey) sizes.set(`${name} ${partitionIndex}`, Number(partitionSize))
    }),
  ).catch(() => undefined)
  return sizes
}

async function readConfigs(
  cluster: KafkaCluster,
  topics: readonly TopicMetadata[],
): Promise<Map<string, Record<string, string>>> {
  if (topics.length === 0) return new Map()
  const { results } = await cluster.request('DescribeConfigs', {
    resources: topics.map(({ name }) => ({
      resourceType: TOPIC_RESOURCE,
      resourceName: name,
      configurationKeys: null,
    })),
  })
  return new Map(
    results.map(({ resourceName, configs }) => {
      const set = configs.filter(({ configSource }) => configSource === SET_FOR_TOPIC)
      return [resourceName, Object.fromEntries(set.map(({ name, value }) => [name, value ?? '']))]
    }),
  )
}
