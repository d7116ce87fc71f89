import { Kafka, logLevel, type KafkaConfig } from 'kafkajs'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startBroker, type RunningBroker } from '../../../../engine/broker.ts'
import { temporaryDirectory } from '../log/log-fixture.ts'
import { RawClient, testBroker } from './raw-client.ts'

process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'

function kafkajs(broker: RunningBroker, more: Partial<KafkaConfig> = {}): Kafka {
  return new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING, retry: { retries: 2 }, ...more })
}

async function consume(
  kafka: Kafka,
  options: {
    groupId: string
    topic: string
    onValue: (value: string, partition: number) => void
  },
): Promise<{ stop: () => Promise<void> }> {
  const consumer = kafka.consumer({
    groupId: options.groupId,
    sessionTimeout: 10_000,
    rebalanceTimeout: 10_000,
    heartbeatInterval: 200,
    maxWaitTimeInMs: 100,
  })
  await consumer.connect()
  await consumer.subscribe({ topic: options.topic, fromBeginning: true })
  await consumer.run({
    autoCommitThreshold: 1,
    eachMessage: ({ message, partition }) => {
      options.onValue(message.value!.toString(), partition)
      return Promise.resolve()
    },
  })
  return { stop: () => consumer.disconnect() }
}

describe('kafkajs against the broker', () => {
  test('produce and consume, plain and gzip, keys, headers and nulls, acks 0, 1 and all', async () => {
    const kafka = kafkajs(await testBroker())
    const producer = kafka.producer()
    await producer.connect()
    onTestFinished(() => producer.disconnect())
    const message = { key: 'k', value: 'v', headers: { h: 'x' }, timestamp: '1700000000000' }
    for (const acks of [0, 1, -1])
      for (const compression of [0, 1]) await producer.send({ topic: 't', acks, compression, messages: [message] })
    await producer.send({ topic: 't', messages: [{ key: null, value: null }] })
    const consumer = kafka.consumer({ groupId: 'g', maxWaitTimeInMs: 100 })
    await consumer.connect()
    onTestFinished(() => consumer.disconnect())
    await consumer.subscribe({ topic: 't', fromBeginning: true })
    const seen: [string | undefined, string | undefined, string | undefined][] = []
    await consumer.run({
      eachMessage: ({ message: { key, value, headers } }) => {
        seen.push([key?.toString(), value?.toString(), headers?.h?.toString()])
        return Promise.resolve()
      },
    })
    await expect.poll(() => seen.length, { timeout: 15_000 }).toBe(7)
    expect(seen.slice(0, 6)).toEqual(Array(6).fill(['k', 'v', 'x']))
    expect(seen[6]).toEqual([undefined, undefined, undefined])
  })

  test('an idempotent producer', async () => {
    const broker = await testBroker()
    const producer = kafkajs(broker).producer({ idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    onTestFinished(() => producer.disconnect())
    for (let i = 0; i < 5; i++) await producer.send({ topic: 't', messages: [{ value: String(i) }] })
    const client = await RawClient.connect(broker)
    expect(Number((await client.fetch('t', 0)).highWatermark)).toBe(5)
  })

  test('members share the partitions, and take over from one that leaves; offsets are kept', async () => {
    const broker = await testBroker({ topics: [{ name: 't', partitions: 4 }] })
    const kafka = kafkajs(broker)
    const producer = kafka.producer()
    await producer.connect()
    onTestFinished(() => producer.disconnect())
    const send = (from: number) =>
      producer.send({
        topic: 't',
        messages: Array.from({ length: 40 }, (_, i) => ({ value: String(from + i), partition: i % 4 })),
      })
    const owners: Set<number>[] = [new Set(), new Set()]
    const seen = new Set<string>()
    const start = (member: number) =>
      consume(kafka, {
        groupId: 'g',
        topic: 't',
        onValue: (value, partition) => {
          seen.add(value)
          owners[member]!.add(partition)
        },
      })
    const first = await start(0)
    const second = await start(1)
    onTestFinished(() => second.stop())
    const admin = kafka.admin()
    await admin.connect()
    onTestFinished(() => admin.disconnect())
    await expect
      .poll(async () => (await admin.describeGroups(['g'])).groups[0]!.members.length, { timeout: 20_000 })
      .toBe(2)
    await expect
      .poll(async () => (await admin.describeGroups(['g'])).groups[0]!.state, { timeout: 20_000 })
      .toBe('Stable')
    await send(0)
    await expect.poll(() => seen.size, { timeout: 20_000 }).toBe(40)
    expect([owners[0]!.size, owners[1]!.size]).toEqual([2, 2])
    await first.stop()
    await send(40)
    await expect.poll(() => seen.size, { timeout: 20_000 }).toBe(80)
    expect(owners[1]!.size).toBe(4)
    await expect
      .poll(async () => {
        const [offsets] = await admin.fetchOffsets({ groupId: 'g', topics: ['t'] })
        return offsets!.partitions.reduce((sum, { offset }) => sum + Number(offset), 0)
      })
      .toBe(80)
  })

  test('the admin client', async () => {
    const broker = await testBroker()
    const admin = kafkajs(broker).admin()
    await admin.connect()
    onTestFinished(() => admin.disconnect())
    expect(await admin.createTopics({ topics: [{ topic: 'a', numPartitions: 2 }] })).toBe(true)
    expect(await admin.createTopics({ topics: [{ topic: 'a' }] })).toBe(false)
    expect(await admin.listTopics()).toEqual(['a'])
    await admin.createPartitions({ topicPartitions: [{ topic: 'a', count: 3 }] })
    expect((await admin.fetchTopicMetadata({ topics: ['a'] })).topics[0]!.partitions.length).toBe(3)
    const { resources } = await admin.describeConfigs({ includeSynonyms: true, resources: [{ type: 2, name: 'a' }] })
    expect(resources[0]!.configEntries.find(({ configName }) => configName === 'retention.ms')!.configValue).toBe(
      '604800000',
    )
    const client = await RawClient.connect(broker)
    const partitions = [{ partitionIndex: 0, committedOffset: 0n, committedMetadata: null }]
    await client.ask('OffsetCommit', 8, { groupId: 'g', topics: [{ name: 'a', partitions }] })
    expect((await admin.listGroups()).groups.map(({ groupId }) => groupId)).toEqual(['g'])
    await admin.deleteGroups(['g'])
    await admin.deleteTopics({ topics: ['a'] })
    expect(await admin.listTopics()).toEqual(['__consumer_offsets'])
  })
})

describe('the broker itself', () => {
  test('topics, ids, configs, records, groups and offsets are there after a restart', async () => {
    const dataDirectory = temporaryDirectory()
    const first = await startBroker({ dataDirectory })
    const client = await RawClient.connect(first)
    const topicId = await client.createTopic('t', 2, { 'retention.ms': '12345' })
    await client.produceRecords('t', [{ value: 'kept', timestamp: Date.now() }])
    const { producerId } = await client.ask('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 0 })
    const joined = await client.ask('JoinGroup', 3, {
      groupId: 'g',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.from('m') }],
    })
    const { memberId } = joined
    const assignments = [{ memberId, assignment: Buffer.from('mine') }]
    await client.ask('SyncGroup', 3, { groupId: 'g', generationId: 1, memberId, assignments })
    await client.ask('OffsetCommit', 8, {
      groupId: 'g',
      generationIdOrMemberEpoch: 1,
      memberId,
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: '' }] }],
    })
    await first.stop()
    const second = await testBroker({ dataDirectory })
    expect(second.clusterId).toBe(first.clusterId)
    const again = await RawClient.connect(second)
    const { topics } = await again.ask('Metadata', 12, { topics: [{ name: 't' }] })
    expect([topics[0]!.topicId, topics[0]!.partitions.length]).toEqual([topicId, 2])
    expect(Number((await again.fetch('t', 0)).highWatermark)).toBe(1)
    expect((await again.ask('Heartbeat', 3, { groupId: 'g', generationId: 1, memberId })).errorCode).toBe(0)
    const fetched = await again.ask('OffsetFetch', 7, { groupId: 'g', topics: null })
    expect(Number(fetched.topics[0]!.partitions[0]!.committedOffset)).toBe(1)
    const next = await again.ask('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 0 })
    expect(next.producerId).toBeGreaterThan(producerId)
  })

  test('declared topics get at each start what is declared then; what else was set for them stays', async () => {
    const dataDirectory = temporaryDirectory()
    const made = { name: 't', partitions: 1, configs: { 'retention.ms': '1000', 'max.message.bytes': '5000' } }
    const first = await startBroker({ dataDirectory, topics: [made] })
    await first.stop()
    const second = await testBroker({
      dataDirectory,
      topics: [{ name: 't', partitions: 2, configs: { 'retention.ms': '2000', 'cleanup.policy': 'compact' } }],
    })
    const client = await RawClient.connect(second)
    const { results } = await client.ask('DescribeConfigs', 4, {
      resources: [
        {
          resourceType: 2,
          resourceName: 't',
          configurationKeys: ['retention.ms', 'cleanup.policy', 'max.message.bytes'],
        },
      ],
    })
    expect(Object.fromEntries(results[0]!.configs.map(({ name, value }) => [name, value]))).toEqual({
      'retention.ms': '2000',
      'cleanup.policy': 'compact',
      'max.message.bytes': '5000',
    })
    await second.stop()
    const refused = startBroker({ dataDirectory, topics: [{ name: 't', configs: { 'retention.ms': 'long' } }] })
    await expect(refused).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringContaining('long') as string,
    })
  })

  test('a second broker on the same folder is refused, naming the process', async () => {
    const broker = await testBroker()
    await expect(startBroker({ dataDirectory: broker.dataDirectory })).rejects.toMatchObject({
      code: 'FOLDER_IN_USE',
      message: expect.stringContaining(String(process.pid)) as string,
    })
  })

  test('a taken port is refused, and nothing stays locked', async () => {
    const broker = await testBroker()
    const dataDirectory = temporaryDirectory()
    const taken = startBroker({ port: broker.port, dataDirectory })
    await expect(taken).rejects.toMatchObject({ code: 'KAFKA_LISTEN_FAILED' })
    await testBroker({ dataDirectory })
  })

  test('a lock left by a process that is gone is taken over', async () => {
    const dataDirectory = temporaryDirectory()
    writeFileSync(join(dataDirectory, '.lock'), JSON.stringify({ pid: process.pid, started: 'another time' }))
    await testBroker({ dataDirectory })
  })

  test('a reader that does not read holds up nobody and costs a bounded amount of memory', async () => {
    const broker = await testBroker()
    const client = await RawClient.connect(broker)
    await client.createTopic('t')
    const value = 'x'.repeat(900_000)
    for (let i = 0; i < 20; i++) await client.produceRecords('t', [{ value, timestamp: Date.now() }])
    const { connect } = await import('node:net')
    const { encodeRequest } = await import('../../../../engine/kafka/protocol/messages.ts')
    const slow = connect(broker.port, broker.host)
    onTestFinished(() => void slow.destroy())
    slow.pause()
    const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 20_000_000 }]
    const request = encodeRequest(
      'Fetch',
      11,
      { correlationId: 1, clientId: 's' },
      { maxWaitMs: 0, minBytes: 1, topics: [{ topic: 't', partitions }], forgottenTopicsData: [] },
    )
    for (let i = 0; i < 100; i++) for (const chunk of request) slow.write(chunk)
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 50; i++) expect((await client.fetch('t', 0, { maxBytes: 1 })).errorCode).toBe(0)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(150_000_000)
  })
})
