import { expect, onTestFinished, test } from 'vitest'
import { startBroker } from '../../../engine/broker.ts'
import { createTopic, describeTopic, listTopics, topicConfigsOf } from '../../../src/services/kafka-admin.ts'

test('topics are made with configurations, and shown with those that were set', async () => {
  const broker = await startBroker()
  onTestFinished(() => broker.stop())
  const connection = { bootstrapServers: broker.bootstrap }
  const configs = { 'cleanup.policy': 'compact', 'retention.ms': '3600000' }
  expect(await createTopic(connection, 'zones', 2, configs)).toBe(true)
  expect(await createTopic(connection, 'zones', 2, configs)).toBe(false)
  expect(await createTopic(connection, 'rides', 1)).toBe(true)
  const partitions = [0, 1].map((partition) => ({ partition, earliestOffset: 0n, latestOffset: 0n }))
  const zones = { name: 'zones', partitions, configs }
  expect(await describeTopic(connection, 'zones')).toEqual(zones)
  expect(await listTopics(connection)).toEqual([
    { name: 'rides', partitions: partitions.slice(0, 1), configs: {} },
    zones,
  ])
  await expect(createTopic(connection, 'bad', 1, { 'retention.ms': 'soon' })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringContaining('retention.ms=soon') as string,
  })
  await expect(describeTopic(connection, 'none')).rejects.toMatchObject({ code: 'KAFKA_TOPIC_MISSING' })
})

test('--config is name=value', () => {
  expect(topicConfigsOf(['a=b', 'c = d=e', 'f='])).toEqual({ a: 'b', c: 'd=e', f: '' })
  expect(() => topicConfigsOf(['retention.ms'])).toThrow('retention.ms')
  expect(() => topicConfigsOf(['=5'])).toThrow('=5')
})
