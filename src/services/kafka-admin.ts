// Topics and groups, for people: kafkajs as an ordinary client of whatever Kafka the project runs on.
import type { Admin } from 'kafkajs'
import { FlinktsError } from '../../engine/host.ts'

const TIMEOUT_MS = 10_000

export interface TopicInfo {
  readonly name: string
  readonly partitions: readonly {
    readonly partition: number
    readonly earliestOffset: bigint
    /** The offset that the next record gets. */
    readonly latestOffset: bigint
  }[]
}

async function withAdmin<T>(bootstrap: string, use: (admin: Admin) => Promise<T>): Promise<T> {
  const { default: kafkajs } = await import('kafkajs')
  const kafka = new kafkajs.Kafka({
    clientId: 'flinkts',
    brokers: bootstrap.split(','),
    connectionTimeout: TIMEOUT_MS,
    requestTimeout: TIMEOUT_MS,
    retry: { retries: 3 },
    logCreator: () => () => undefined, // it would write to standard output and break --json
  })
  const admin = kafka.admin()
  try {
    await admin.connect()
  } catch (cause) {
    throw new FlinktsError('KAFKA_UNREACHABLE', `no Kafka answers at ${bootstrap}: ${(cause as Error).message}`, {
      fix: 'see `flinkts status`',
      cause,
    })
  }
  try {
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}

/** All topics but internal ones, with their offsets. */
export async function listTopics(bootstrap: string): Promise<TopicInfo[]> {
  return withAdmin(bootstrap, async (admin) => {
    const names = (await admin.listTopics()).filter((name) => !name.startsWith('__')).sort()
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
      })),
    )
  })
}

/** Returns false where the topic exists already. */
export async function createTopic(bootstrap: string, name: string, partitions: number): Promise<boolean> {
  return withAdmin(bootstrap, (admin) =>
    admin.createTopics({
      topics: [{ topic: name, numPartitions: partitions, replicationFactor: 1 }],
      waitForLeaders: true,
    }),
  )
}

/** Throws KAFKA_TOPIC_MISSING where there is none. */
export async function deleteTopic(bootstrap: string, name: string): Promise<void> {
  await withAdmin(bootstrap, async (admin) => {
    if (!(await admin.listTopics()).includes(name)) {
      throw new FlinktsError('KAFKA_TOPIC_MISSING', `there is no topic '${name}'`, {
        fix: '`flinkts topics list` shows all',
      })
    }
    await admin.deleteTopics({ topics: [name] })
  })
}
