import { afterAll, beforeAll, expect, test } from 'vitest'
import { commitOffsets } from '../../../../engine/kafka/client/group-offsets.ts'
import { loadProject } from '../../../../src/config/project.ts'
import { alterTopic, createTopic, deleteTopic, topicConfigsOf } from '../../../../src/services/topics/change-topics.ts'
import { describeWithReaders } from '../../../../src/services/topics/describe-topic.ts'
import { listTopics, withCluster } from '../../../../src/services/topics/read-topics.ts'
import type { KafkaConnection } from '../../../../src/services/kafka-connection.ts'
import { startTestKafka, type TestKafka } from '../../../helpers/kafka.ts'

let kafka: TestKafka
let connection: KafkaConnection
const unique = `-${process.pid}-${Date.now()}`
const made: string[] = []
beforeAll(async () => {
  kafka = await startTestKafka()
  connection = { bootstrapServers: kafka.bootstrap }
})
afterAll(async () => {
  for (const name of made) await deleteTopic(connection, name).catch(() => undefined)
  await kafka.stop()
})

async function create(name: string, partitions = 1, configs: Record<string, string> = {}): Promise<string> {
  const topic = name + unique
  made.push(topic)
  await createTopic(connection, topic, partitions, { configs })
  return topic
}

const describe = (topic: string) => describeWithReaders(connection, topic, loadProject('/'), () => undefined)
const FIRST = Date.parse('2025-11-01T10:00:00Z')

test('topics are made with configurations, and shown with those that were set', async () => {
  const configs = { 'cleanup.policy': 'compact', 'retention.ms': '3600000' }
  const zones = await create('zones', 2, configs)
  expect((await describe(zones)).configs).toEqual(configs)
  expect((await listTopics(connection)).find(({ name }) => name === zones)).toMatchObject({
    configs,
    partitions: [0, 1].map((partition) => ({
      partition,
      earliestOffset: 0,
      latestOffset: 0,
      lastRecordTimeMs: undefined,
    })),
  })
  expect(await createTopic(connection, zones, 2, { ifNotExists: true })).toBe(false)
  await expect(createTopic(connection, zones, 2)).rejects.toMatchObject({ code: 'KAFKA_TOPIC_EXISTS' })
})

test('offsets, times and sizes of each partition', async () => {
  const topic = await create('rides', 2, { 'retention.ms': '-1' })
  const records = [5, 9, 7].map((seconds) => ({ value: 'x'.repeat(1000), timestamp: String(FIRST + seconds * 1000) }))
  await kafka.produce(topic, records)
  await kafka.admin.fetchTopicOffsets(topic) // else kafkajs does not know the topic
  await kafka.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '1' }] })
  const { partitions } = await describe(topic)
  expect(partitions).toEqual([
    {
      partition: 0,
      earliestOffset: 1,
      latestOffset: 3,
      firstRecordTimeMs: FIRST + 9000,
      lastRecordTimeMs: FIRST + 9000,
      sizeBytes: expect.any(Number) as number,
    },
    expect.objectContaining({
      partition: 1,
      earliestOffset: 0,
      latestOffset: 0,
      firstRecordTimeMs: undefined,
      sizeBytes: 0,
    }),
  ])
  expect(partitions[0]!.sizeBytes).toBeGreaterThan(3000)
})

test('the lag of a group is what it has not committed', async () => {
  const topic = await create('orders', 2)
  await kafka.produce(
    topic,
    Array.from({ length: 10 }, () => ({ value: 'x' })),
  )
  const groupId = `billing${unique}`
  await withCluster(connection, (cluster) => commitOffsets(cluster, groupId, [{ topic, partition: 0, offset: 4 }]))
  expect((await describe(topic)).readers).toEqual([
    {
      kind: 'group',
      name: groupId,
      state: 'Empty',
      source: 'committed',
      partitions: [{ partition: 0, offset: 4, lag: 6 }],
      lag: 6,
    },
  ])
})

test('partitions are added, configurations set and removed', async () => {
  const topic = await create('events', 2, { 'retention.ms': '1000000', 'cleanup.policy': 'compact' })
  await alterTopic(connection, topic, {
    partitions: 3,
    set: { 'max.message.bytes': '5000' },
    remove: ['cleanup.policy'],
  })
  const { partitions, configs } = await describe(topic)
  expect(partitions).toHaveLength(3)
  expect(configs).toEqual({ 'retention.ms': '1000000', 'max.message.bytes': '5000' })
  const nothing = { partitions: undefined, set: {}, remove: [] }
  await expect(alterTopic(connection, topic, { ...nothing, partitions: 2 })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringContaining('has 3 partitions: 2 are fewer') as string,
  })
  await expect(alterTopic(connection, topic, { ...nothing, set: { 'retention.ms': 'soon' } })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringContaining('retention.ms') as string,
  })
  expect((await describe(topic)).configs['retention.ms']).toBe('1000000')
})

test('what is not there, and what cannot be, is told by name', async () => {
  const topic = await create('payments')
  await expect(describe(topic.replace('payments', 'paymets'))).rejects.toMatchObject({
    code: 'KAFKA_TOPIC_MISSING',
    fix: `did you mean '${topic}'?`,
  })
  await expect(deleteTopic(connection, 'nowhere')).rejects.toMatchObject({ code: 'KAFKA_TOPIC_MISSING' })
  await expect(createTopic(connection, 'no name', 1)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  const bad = createTopic(connection, `bad${unique}`, 1, { configs: { 'retention.ms': 'soon' } })
  await expect(bad).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    fix: expect.stringContaining('kafka.apache.org') as string,
  })
  await deleteTopic(connection, topic)
  await expect(describe(topic)).rejects.toMatchObject({ code: 'KAFKA_TOPIC_MISSING' })
})

test('--config is name=value', () => {
  expect(topicConfigsOf(['a=b', 'c = d=e', 'f='])).toEqual({ a: 'b', c: 'd=e', f: '' })
  expect(() => topicConfigsOf(['retention.ms'])).toThrow('retention.ms')
  expect(() => topicConfigsOf(['=5'])).toThrow('=5')
})
