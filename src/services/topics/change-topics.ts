// Makes, alters and deletes topics. What Kafka refuses is told in its own words.
import { createTopics, deleteTopics, FlinktsError, kafkaError, type KafkaConnection } from '../../../engine/host.ts'
import { expectTopic, withCluster } from './read-topics.ts'

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

export interface NewTopicOptions {
  readonly configs?: Readonly<Record<string, string>>
  /** A topic of that name is left as it is, and is no error. */
  readonly ifNotExists?: boolean
}

/**
 * Returns false where the topic existed. Throws KAFKA_TOPIC_EXISTS, OPTION_INVALID for a name, a number or a
 * configuration that Kafka refuses.
 */
export async function createTopic(
  connection: KafkaConnection,
  name: string,
  partitions: number,
  { configs = {}, ifNotExists = false }: NewTopicOptions = {},
): Promise<boolean> {
  return withCluster(connection, async (cluster) => {
    const [result] = await createTopics(cluster, [{ name, partitions, configs }])
    if (result!.created || ifNotExists) return result!.created
    throw new FlinktsError('KAFKA_TOPIC_EXISTS', `there is a topic '${name}' already`, {
      fix: `Choose another name, or leave it at that with --if-not-exists; \`flinkts topics alter ${name}\` changes it.`,
    })
  })
}

export interface TopicChange {
  /** How many there shall be. */
  readonly partitions: number | undefined
  readonly set: Readonly<Record<string, string>>
  /** Names of configurations that go back to the broker's default. */
  readonly remove: readonly string[]
}

/** IncrementalAlterConfigs' AlterConfigOp. */
const [SET, DELETE] = [0, 1] as const
const TOPIC_RESOURCE = 2

/** Configurations first: where they are refused nothing has changed. Throws OPTION_INVALID, KAFKA_TOPIC_MISSING. */
export async function alterTopic(connection: KafkaConnection, name: string, change: TopicChange): Promise<void> {
  await withCluster(connection, async (cluster) => {
    const topic = await expectTopic(cluster, name)
    const present = topic.partitions.length
    if (change.partitions !== undefined && change.partitions < present) {
      throw new FlinktsError(
        'OPTION_INVALID',
        `topic '${name}' has ${present} partitions: ${change.partitions} are fewer`,
        {
          fix: 'Partitions can be added, but never taken away: make another topic, and `flinkts replay` into it.',
        },
      )
    }
    const configs = [
      ...Object.entries(change.set).map(([key, value]) => ({ name: key, configOperation: SET, value })),
      ...change.remove.map((key) => ({ name: key, configOperation: DELETE, value: null })),
    ]
    if (configs.length > 0) {
      const { responses } = await cluster.request('IncrementalAlterConfigs', {
        resources: [{ resourceType: TOPIC_RESOURCE, resourceName: name, configs }],
        validateOnly: false,
      })
      for (const { errorCode, errorMessage } of responses)
        if (errorCode !== 0) throw kafkaError(errorCode, `altering topic ${name}`, errorMessage)
    }
    if (change.partitions === undefined || change.partitions === present) return
    const { results } = await cluster.request('CreatePartitions', {
      topics: [{ name, count: change.partitions, assignments: null }],
      timeoutMs: cluster.requestTimeoutMs,
      validateOnly: false,
    })
    for (const { errorCode, errorMessage } of results)
      if (errorCode !== 0) throw kafkaError(errorCode, `adding partitions to ${name}`, errorMessage)
  })
}

/** Throws KAFKA_TOPIC_MISSING where there is none. */
export async function deleteTopic(connection: KafkaConnection, name: string): Promise<void> {
  await withCluster(connection, async (cluster) => {
    await expectTopic(cluster, name)
    await deleteTopics(cluster, [name])
  })
}
