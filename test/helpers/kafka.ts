// A Kafka for tests: our own broker in this process, or a real cluster whose address FLINKTS_KAFKA gives. Records are
// written and read by kafkajs, a client that is not ours.
import { Kafka, logLevel, type IHeaders, type Message } from 'kafkajs'
import { startBroker } from '../../engine/broker.ts'
import { createTopics, deleteTopics } from '../../engine/kafka/client/admin.ts'
import { parseBootstrapServers } from '../../engine/kafka/client/bootstrap-servers.ts'
import { KafkaCluster } from '../../engine/kafka/client/kafka-cluster.ts'
import { systemClock } from '../../engine/time/clock.ts'

export interface ReadRecord {
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  readonly value: string | null
  readonly timestamp: number
  readonly headers: Record<string, string>
}

export interface TestKafka {
  readonly bootstrap: string
  /** A topic nobody else uses. */
  createTopic(partitions?: number): Promise<string>
  produce(topic: string, records: readonly (Message & { partition?: number })[]): Promise<void>
  /** Every record up to the present end of the topic, in the order of partitions and offsets. */
  read(topic: string): Promise<ReadRecord[]>
  readonly admin: ReturnType<Kafka['admin']>
  stop(): Promise<void>
}

const unique = `${process.pid}-${Date.now()}`
let topicCount = 0

function headerTexts(headers: IHeaders | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([key, value]) => [key, String(value)]))
}

export async function startTestKafka(): Promise<TestKafka> {
  const external = process.env['FLINKTS_KAFKA']
  const broker = external === undefined ? await startBroker() : undefined
  const bootstrap = external ?? broker!.bootstrap
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING, retry: { retries: 8 } })
  const admin = kafka.admin()
  const producer = kafka.producer({
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
    idempotent: false,
  })
  const cluster = new KafkaCluster({
    bootstrapServers: parseBootstrapServers(bootstrap),
    clock: systemClock,
    random: Math.random,
  })
  const topics: string[] = []
  await admin.connect()
  await producer.connect()
  const read = async (topic: string): Promise<ReadRecord[]> => {
    const ends = await admin.fetchTopicOffsets(topic)
    const wanted = ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0)
    const records: ReadRecord[] = []
    if (wanted === 0) return records
    const consumer = kafka.consumer({ groupId: `read-${topic}-${Math.random()}`, maxWaitTimeInMs: 50 })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await new Promise<void>((resolve, reject) => {
      consumer.on('consumer.crash', ({ payload }) => reject(payload.error))
      void consumer.run({
        eachMessage: ({ partition, message }) => {
          records.push({
            partition,
            offset: Number(message.offset),
            key: message.key?.toString() ?? null,
            value: message.value?.toString() ?? null,
            timestamp: Number(message.timestamp),
            headers: headerTexts(message.headers),
          })
          if (records.length >= wanted) resolve()
          return Promise.resolve()
        },
      })
    })
    await consumer.disconnect()
    return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
  }
  return {
    bootstrap,
    admin,
    createTopic: async (partitions = 1) => {
      const topic = `test-${unique}-${topicCount++}`
      // records of tests carry old timestamps; kafkajs does not wait until a real cluster serves the topic
      await createTopics(cluster, [{ name: topic, partitions, configs: { 'retention.ms': '-1' } }])
      topics.push(topic)
      return topic
    },
    produce: async (topic, records) => {
      await producer.send({ topic, messages: records.map((record) => ({ partition: 0, ...record })) })
    },
    read,
    stop: async () => {
      await producer.disconnect()
      await admin.disconnect()
      if (external !== undefined) await deleteTopics(cluster, topics)
      cluster.close()
      await broker?.stop()
    },
  }
}
