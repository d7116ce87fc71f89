// Topics and groups, for people: kafkajs as an ordinary client of whatever Kafka the project runs on.
import type { Admin } from 'kafkajs'
import { FlinktsError, type KafkaConnection } from '../../engine/host.ts'
import { kafkajsOptions } from './kafka-connection.ts'

const TIMEOUT_MS = 10_000

export interface TopicInfo {
  readonly name: string
  readonly partitions: readonly {
    readonly partition: number
    readonly earliestOffset: bigint
    /** The offset that the next record gets. */
    readonly latestOffset: bigint
  }[]
  /** What was set for this topic, by Kafka's names. */
  readonly configs: Readonly<Record<string, string>>
}

/** ConfigResource.Type, and DescribeConfigsResponse.ConfigSource, of topics. */
const [topicResource, setForTopic] = [2, 1] as const

async function withAdmin<T>(connection: KafkaConnection, use: (admin: Admin) => Promise<T>): Promise<T> {
  const { default: kafkajs } = await import('kafkajs')
  const kafka = new kafkajs.Kafka({
    clientId: 'flinkts',
    ...kafkajsOptions(connection),
    connectionTimeout: TIMEOUT_MS,
    requestTimeout: TIMEOUT_MS,
    retry: { retries: 3 },
    logCreator: () => () => undefined, // it would write to standard output and break --json
  })
  const admin = kafka.admin()
  try {
    await admin.connect()
  } catch (cause) {
    throw new FlinktsError(
      'KAFKA_UNREACHABLE',
      `no Kafka answers at ${connection.bootstrapServers}: ${(cause as Error).message}`,
      {
        fix: 'see `flinkts status`',
        cause,
      },
    )
  }
  try {
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}

/** All topics but internal ones, with their offsets. */
export async function listTopics(connection: KafkaConnection): Promise<TopicInfo[]> {
  return withAdmin(connection, async (admin) => {
    const names = (await admin.listTopics()).filter((name) => !name.startsWith('__')).sort()
    return topicInfos(admin, names)
  })
}

/** Throws KAFKA_TOPIC_MISSING where there is none. */
export async function describeTopic(connection: KafkaConnection, name: string): Promise<TopicInfo> {
  return withAdmin(connection, async (admin) => {
    await expectTopic(admin, name)
    return (await topicInfos(admin, [name]))[0]!
  })
}

async function topicInfos(admin: Admin, names: readonly string[]): Promise<TopicInfo[]> {
  if (names.length === 0) return []
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type: topicResource, name })),
  })
  return Promise.all(
    names.map(async (name) => ({
      name,
      partitions: (await admin.fetchTopicOffsets(name))
        .map((entry) => ({
          partition: entry.partition,
          earliestOffset: BigInt(entry.low),
          latestOffset: BigInt(entry.high),
        }))
        .sort((a, b) => a.partition - b.partition),
      configs: Object.fromEntries(
        resources
          .filter(({ resourceName }) => resourceName === name)
          .flatMap(({ configEntries }) => configEntries)
          .filter(({ configSource }) => Number(configSource) === setForTopic)
          .map(({ configName, configValue }) => [configName, configValue]),
      ),
    })),
  )
}

/** `key=value`, as written on a command line. Throws OPTION_INVALID. */
export function topicConfigsOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf('=')
      if (equals > 0) return [text.slice(0, equals).trim(), text.slice(equals + 1).trim()]
      throw new FlinktsError('OPTION_INVALID', `'${text}' is no configuration of a topic`, {
        fix: 'Write --config name=value, e.g. --config retention.ms=3600000',
      })
    }),
  )
}

/** Returns false where the topic exists already. Throws OPTION_INVALID for a configuration that Kafka refuses. */
export async function createTopic(
  connection: KafkaConnection,
  name: string,
  partitions: number,
  configs: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const configEntries = Object.entries(configs).map(([key, value]) => ({ name: key, value }))
  return withAdmin(connection, async (admin) => {
    try {
      return await admin.createTopics({
        topics: [{ topic: name, numPartitions: partitions, replicationFactor: 1, configEntries }],
        waitForLeaders: true,
      })
    } catch (cause) {
      const errors = (cause as { errors?: readonly { type?: string }[] }).errors ?? []
      if (!errors.some(({ type }) => type === 'INVALID_CONFIG')) throw cause
      const given = Object.entries(configs).map(([key, value]) => `${key}=${value}`)
      throw new FlinktsError(
        'OPTION_INVALID',
        `Kafka refuses a configuration of topic '${name}': ${given.join(', ')}`,
        {
          fix: "Names, values and limits are Kafka's: https://kafka.apache.org/41/configuration/topic-configs/",
          cause,
        },
      )
    }
  })
}

/** Throws KAFKA_TOPIC_MISSING where there is none. */
export async function deleteTopic(connection: KafkaConnection, name: string): Promise<void> {
  await withAdmin(connection, async (admin) => {
    await expectTopic(admin, name)
    await admin.deleteTopics({ topics: [name] })
  })
}

async function expectTopic(admin: Admin, name: string): Promise<void> {
  if ((await admin.listTopics()).includes(name)) return
  throw new FlinktsError('KAFKA_TOPIC_MISSING', `there is no topic '${name}'`, {
    fix: '`flinkts topics list` shows all',
  })
}
