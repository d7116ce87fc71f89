// What kafkajs expects of a Kafka, check by check. With FLINKTS_KAFKA=<address> the checks run against that one instead.
import {
  CompressionCodecs,
  CompressionTypes,
  ConfigResourceTypes,
  Kafka,
  logLevel,
  type Consumer,
  type KafkaMessage,
  type Message,
} from 'kafkajs'
import { randomUUID } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { decompress, loadCompressor } from '../../../../engine/kafka/protocol/compression.ts'
import { testBroker } from './raw-client.ts'

const soon = { timeout: 15_000 }
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'

for (const [code, type] of [
  [2, 'snappy'],
  [3, 'lz4'],
  [4, 'zstd'],
] as const)
  // prettier-ignore
  CompressionCodecs[code] = () => ({
    compress: async ({ buffer }: { buffer: Buffer }) => Buffer.from((await loadCompressor(type))!(buffer)),
    decompress: async (bytes: Buffer) => Buffer.from(decompress(code, bytes)),
  })

async function kafkajs(): Promise<Kafka> {
  const bootstrap = process.env.FLINKTS_KAFKA ?? (await testBroker()).bootstrap
  return new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING, retry: { retries: 4, initialRetryTime: 50 } })
}

async function connected<Client extends { connect(): Promise<void>; disconnect(): Promise<void> }>(client: Client) {
  await client.connect()
  onTestFinished(() => client.disconnect())
  return client
}

const name = (prefix: string) => `${prefix}-${randomUUID()}`

async function topicOf(kafka: Kafka, numPartitions = 1): Promise<string> {
  const topic = name('t')
  const admin = await connected(kafka.admin())
  await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true })
  await expect.poll(async () => (await admin.fetchTopicOffsets(topic)).length, soon).toBe(numPartitions)
  return topic
}

async function produce(kafka: Kafka, topic: string, messages: Message[], compression = CompressionTypes.None) {
  const producer = await connected(kafka.producer())
  await producer.send({ topic, messages, compression })
}

const numbered = (from: number, count: number, partitions = 1): Message[] =>
  Array.from({ length: count }, (_, i) => ({ value: String(from + i), partition: (from + i) % partitions }))

type Seen = KafkaMessage & { readonly partition: number; readonly topic: string }

async function member(kafka: Kafka, topics: string[], groupId: string) {
  const consumer = await connected(
    kafka.consumer({
      groupId,
      sessionTimeout: 10_000,
      rebalanceTimeout: 10_000,
      heartbeatInterval: 100,
      maxWaitTimeInMs: 50,
    }),
  )
  await consumer.subscribe({ topics, fromBeginning: true })
  const seen: Seen[] = []
  const run = () =>
    consumer.run({
      autoCommitInterval: 100,
      eachMessage: async ({ topic, partition, message }) => void seen.push({ ...message, topic, partition }),
    })
  return { consumer, seen, run }
}

async function read(kafka: Kafka, topics: string[], count: number): Promise<Seen[]> {
  const { seen, run } = await member(kafka, topics, name('g'))
  await run()
  await expect.poll(() => seen.length, soon).toBe(count)
  return seen
}

const valuesOf = (messages: readonly { value: Buffer | null }[]) => messages.map(({ value }) => value?.toString())

const assignmentOf = (consumer: Consumer) => {
  const state = { partitions: [] as number[] }
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    state.partitions = Object.values(payload.memberAssignment).flat()
  })
  return state
}

describe('kafkajs', { timeout: 40_000 }, () => {
  test.each(Object.entries(CompressionTypes))('produce_consume_%s', async (_, compression) => {
    const kafka = await kafkajs()
    const topic = await topicOf(kafka)
    await produce(kafka, topic, numbered(0, 500), compression as CompressionTypes)
    expect(valuesOf(await read(kafka, [topic], 500))).toEqual(numbered(0, 500).map(({ value }) => value))
  })

  test('headers_nulls_timestamps', async () => {
    const kafka = await kafkajs()
    const topic = await topicOf(kafka)
    const timestamp = '1700000000123'
    await produce(kafka, topic, [
      { key: 'k', value: 'v', headers: { h: ['1', '2'], empty: '' }, timestamp },
      { value: null },
      { key: '', value: '' },
    ])
    const [first, second, third] = await read(kafka, [topic], 3)
    expect([first!.key?.toString(), first!.timestamp]).toEqual(['k', timestamp])
    expect(first!.headers).toEqual({ h: [Buffer.from('1'), Buffer.from('2')], empty: Buffer.from('') })
    expect([second!.key, second!.value]).toEqual([null, null])
    expect([third!.key, third!.value]).toEqual([Buffer.from(''), Buffer.from('')])
  })

  test('sendBatch_multi_topic', async () => {
    const kafka = await kafkajs()
    const topics = [await topicOf(kafka), await topicOf(kafka, 2)]
    const producer = await connected(kafka.producer({ idempotent: true, maxInFlightRequests: 1 }))
    const topicMessages = topics.map((topic, i) => ({ topic, messages: numbered(0, 10, i + 1) }))
    const results = await producer.sendBatch({ topicMessages })
    expect(results.map(({ errorCode }) => errorCode)).toEqual([0, 0, 0])
    const seen = await read(kafka, topics, 20)
    for (const topic of topics)
      expect(
        valuesOf(seen.filter((each) => each.topic === topic))
          .map(Number)
          .sort((a, b) => a - b),
      ).toEqual([...Array(10).keys()])
  })

  test('commit_resume', async () => {
    const kafka = await kafkajs()
    const topic = await topicOf(kafka)
    const groupId = name('g')
    await produce(kafka, topic, numbered(0, 20))
    const first = await connected(kafka.consumer({ groupId, maxWaitTimeInMs: 50 }))
    await first.subscribe({ topic, fromBeginning: true })
    let seen = 0
    await first.run({ autoCommit: false, eachMessage: async () => void seen++ })
    await expect.poll(() => seen, soon).toBe(20)
    await first.commitOffsets([{ topic, partition: 0, offset: '8', metadata: 'note' }])
    await first.disconnect()
    const second = await member(kafka, [topic], groupId)
    await second.run()
    await expect.poll(() => second.seen.length, soon).toBe(12)
    expect(second.seen[0]!.offset).toBe('8')
  })

  test('seek_pause_resume', async () => {
    const kafka = await kafkajs()
    const topic = await topicOf(kafka, 2)
    await produce(kafka, topic, numbered(0, 20, 2))
    const { consumer, seen, run } = await member(kafka, [topic], name('g'))
    await run()
    await expect.poll(() => seen.length, soon).toBe(20)
    consumer.pause([{ topic, partitions: [1] }])
    consumer.seek({ topic, partition: 0, offset: '5' })
    await expect.poll(() => seen.length, soon).toBe(25)
    await produce(kafka, topic, numbered(20, 2, 2))
    await expect.poll(() => seen.length, soon).toBe(26)
    expect(consumer.paused()).toEqual([{ topic, partitions: [1] }])
    consumer.resume([{ topic }])
    await expect.poll(() => seen.length, soon).toBe(27)
    expect(valuesOf(seen.slice(20))).toEqual(['10', '12', '14', '16', '18', '20', '21'])
  })

  test('group_rebalance_3_members', async () => {
    const kafka = await kafkajs()
    const topic = await topicOf(kafka, 6)
    const groupId = name('g')
    const members = await Promise.all([0, 1, 2].map(() => member(kafka, [topic], groupId)))
    const assignments = members.map(({ consumer }) => assignmentOf(consumer))
    for (const { run } of members) await run()
    const shares = () =>
      assignments
        .map(({ partitions }) => partitions.length)
        .sort()
        .join()
    await expect.poll(shares, soon).toBe('2,2,2')
    expect(assignments.flatMap(({ partitions }) => partitions).sort()).toEqual([0, 1, 2, 3, 4, 5])
    const distinct = () => new Set(valuesOf(members.flatMap(({ seen }) => seen))).size
    await produce(kafka, topic, numbered(0, 60, 6))
    await expect.poll(distinct, soon).toBe(60)
    await members[0]!.consumer.disconnect()
    assignments.shift()
    await expect.poll(shares, soon).toBe('3,3')
    await produce(kafka, topic, numbered(60, 60, 6))
    await expect.poll(distinct, soon).toBe(120)
  })

  test('admin_configs', async () => {
    const kafka = await kafkajs()
    const resource = { type: ConfigResourceTypes.TOPIC, name: await topicOf(kafka) }
    const admin = await connected(kafka.admin())
    const alter = (value: string) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value }] }],
      })
    await alter('1000')
    const retention = async () =>
      (
        await admin.describeConfigs({
          includeSynonyms: true,
          resources: [{ ...resource, configNames: ['retention.ms'] }],
        })
      ).resources[0]!.configEntries[0]!
    await expect.poll(async () => (await retention()).configValue, soon).toBe('1000')
    expect((await retention()).isDefault).toBe(false)
    await expect(alter('x')).rejects.toMatchObject({ type: 'INVALID_CONFIG' })
  })

  test('admin_describeCluster', async () => {
    const kafka = await kafkajs()
    const admin = await connected(kafka.admin())
    const { brokers, controller, clusterId } = await admin.describeCluster()
    expect(brokers).toHaveLength(1)
    expect(controller).toBe(brokers[0]!.nodeId)
    expect(clusterId).toMatch(/^[\w-]{22}$/)
  })

  test('admin_groups', async () => {
    const kafka = await kafkajs()
    const topic = await topicOf(kafka)
    const groupId = name('g')
    const admin = await connected(kafka.admin())
    await produce(kafka, topic, numbered(0, 3))
    const { consumer, run } = await member(kafka, [topic], groupId)
    await run()
    await expect.poll(async () => (await admin.describeGroups([groupId])).groups[0]!.state, soon).toBe('Stable')
    const offset = async () => (await admin.fetchOffsets({ groupId, topics: [topic] }))[0]!.partitions[0]!.offset
    await expect.poll(offset, soon).toBe('3')
    const failed = (type: string) => ({ groups: [{ error: { type } }] })
    await expect(admin.deleteGroups([groupId])).rejects.toMatchObject(failed('NON_EMPTY_GROUP'))
    await consumer.disconnect()
    expect((await admin.listGroups()).groups).toContainEqual({ groupId, protocolType: 'consumer' })
    await admin.deleteGroups([groupId])
    expect(await offset()).toBe('-1')
    await expect(admin.deleteGroups([groupId])).rejects.toMatchObject(failed('GROUP_ID_NOT_FOUND'))
  })

  test('admin_offsets_by_timestamp_deleteRecords', async () => {
    const kafka = await kafkajs()
    const topic = await topicOf(kafka)
    const at = Date.now() - 3_600_000
    await produce(
      kafka,
      topic,
      numbered(0, 10).map((each, i) => ({ ...each, timestamp: String(at + 1000 * i) })),
    )
    const admin = await connected(kafka.admin())
    expect(await admin.fetchTopicOffsetsByTimestamp(topic, at + 3500)).toEqual([{ partition: 0, offset: '4' }])
    const remove = (offset: string) => admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] })
    await remove('6')
    expect(await admin.fetchTopicOffsets(topic)).toEqual([{ partition: 0, offset: '10', high: '10', low: '6' }])
    expect((await read(kafka, [topic], 4))[0]!.offset).toBe('6')
    await remove('-1')
    expect((await admin.fetchTopicOffsets(topic))[0]!.low).toBe('10')
  })

  test('error_types', async () => {
    const kafka = await kafkajs()
    const topic = await topicOf(kafka)
    const admin = await connected(kafka.admin())
    const large = produce(kafka, topic, [{ value: Buffer.alloc(2_000_000) }])
    await expect(large).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' })
    const unknown = name('unknown')
    await expect(admin.deleteTopics({ topics: [unknown] })).rejects.toMatchObject({
      cause: { type: 'UNKNOWN_TOPIC_OR_PARTITION' },
    })
    const create = (config: object) => admin.createTopics({ topics: [{ topic: name('t'), ...config }] })
    const failed = (type: string) => ({ errors: [{ type }] })
    await expect(create({ numPartitions: 0 })).rejects.toMatchObject(failed('INVALID_PARTITIONS'))
    await expect(create({ replicationFactor: 2 })).rejects.toMatchObject(failed('INVALID_REPLICATION_FACTOR'))
    await expect(create({ topic: 'in valid' })).rejects.toMatchObject(failed('INVALID_TOPIC_EXCEPTION'))
    await expect(admin.createPartitions({ topicPartitions: [{ topic, count: 1 }] })).rejects.toMatchObject({
      type: 'INVALID_PARTITIONS',
    })
    const resources = [{ type: ConfigResourceTypes.TOPIC, name: unknown }]
    await expect(admin.describeConfigs({ includeSynonyms: false, resources })).rejects.toMatchObject({
      type: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
  })
})
