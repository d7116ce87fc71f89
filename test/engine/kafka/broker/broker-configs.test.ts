// Broker-level defaults of topics, what can be altered while the broker runs, and the configurations of groups: values,
// sources and codes as Kafka 4.1 gave them.
import { describe, expect, test } from 'vitest'
import { brokerSettingsOf } from '../../../../engine/broker.ts'
import { batchOf, temporaryDirectory } from '../log/log-fixture.ts'
import { RawClient, testBroker } from './raw-client.ts'

const [topicType, brokerType, loggerType, metricsType, groupType] = [2, 4, 8, 16, 32] as const
const [fromTopic, dynamicBroker, dynamicDefault, staticBroker, byDefault, ofMetrics, ofGroup] = [
  1, 2, 3, 4, 5, 7, 8,
] as const

/** Name to [value, source, synonyms as [name, value, source]]. */
async function describeConfigs(client: RawClient, resourceType: number, resourceName: string, ...names: string[]) {
  const resources = [{ resourceType, resourceName, configurationKeys: names.length === 0 ? null : names }]
  const { results } = await client.ask('DescribeConfigs', 4, { resources, includeSynonyms: true })
  if (results[0]!.errorCode !== 0) return results[0]!.errorCode
  return Object.fromEntries(
    results[0]!.configs.map(({ name, value, configSource, synonyms }) => [
      name,
      [value, configSource, synonyms.map((synonym) => [synonym.name, synonym.value, synonym.source])],
    ]),
  )
}

type Operation = readonly [name: string, value: string | null, configOperation?: number]

async function alter(client: RawClient, resourceType: number, resourceName: string, ...operations: Operation[]) {
  const configs = operations.map(([name, value, configOperation = 0]) => ({ name, value, configOperation }))
  const resources = [{ resourceType, resourceName, configs }]
  const { responses } = await client.ask('IncrementalAlterConfigs', 1, { resources, validateOnly: false })
  return responses[0]!.errorCode
}

describe('defaults that the broker was started with', () => {
  test('are those of topics that set nothing of their own', async () => {
    const settings = brokerSettingsOf({
      'log.segment.bytes': '2097152',
      'log.retention.minutes': '5',
      'message.max.bytes': '100',
      'min.insync.replicas': '2',
    })
    const client = await RawClient.connect(await testBroker({ settings }))
    await client.createTopic('t', 1, { 'retention.ms': '1000' })
    await client.createTopic('u', 1, { 'max.message.bytes': '1000', 'min.insync.replicas': '1' })
    expect(await describeConfigs(client, topicType, 't', 'segment.bytes', 'max.message.bytes', 'retention.ms')).toEqual(
      {
        'max.message.bytes': [
          '100',
          staticBroker,
          [
            ['message.max.bytes', '100', staticBroker],
            ['message.max.bytes', '1048588', byDefault],
          ],
        ],
        'retention.ms': ['1000', fromTopic, [['retention.ms', '1000', fromTopic]]],
        'segment.bytes': [
          '2097152',
          staticBroker,
          [
            ['log.segment.bytes', '2097152', staticBroker],
            ['log.segment.bytes', '1073741824', byDefault],
          ],
        ],
      },
    )
    expect(await describeConfigs(client, topicType, 'u', 'retention.ms')).toEqual({
      'retention.ms': ['300000', byDefault, []],
    })
    const tooLarge = [{ value: 'x'.repeat(100) }]
    await expect(client.produceRecords('t', [{ value: 'x' }])).rejects.toThrow('19')
    expect((await client.produce('t', batchOf(tooLarge), { acks: 1 })).errorCode).toBe(10)
    expect(await client.produceRecords('u', tooLarge)).toBe(0)
  })

  test('values that no topic could have are refused', () => {
    expect(() => brokerSettingsOf({ 'log.segment.bytes': '10' })).toThrow('at least 1048576')
    expect(() => brokerSettingsOf({ 'log.cleanup.policy': 'shrink' })).toThrow('compact, delete')
    expect(() => brokerSettingsOf({ 'group.consumer.migration.policy': 'x' })).toThrow('migration.policy')
  })

  test('delete.topic.enable=false: nothing is deleted', async () => {
    const client = await RawClient.connect(
      await testBroker({ settings: brokerSettingsOf({ 'delete.topic.enable': 'false' }) }),
    )
    await client.createTopic('t')
    const codes = async (version: number, asked: object) =>
      (await client.ask('DeleteTopics', version, { timeoutMs: 1000, ...asked })).responses.map(
        ({ errorCode }) => errorCode,
      )
    expect(await codes(5, { topicNames: ['t', 'u'] })).toEqual([73, 73])
    expect(await codes(2, { topicNames: ['t'] })).toEqual([42])
  })
})

describe('what is altered while the broker runs', () => {
  test('holds for this node, else for all, at once and after a restart', async () => {
    const dataDirectory = temporaryDirectory()
    const broker = await testBroker({ dataDirectory })
    const client = await RawClient.connect(broker)
    await client.createTopic('t')
    expect(await alter(client, brokerType, '', ['message.max.bytes', '100'], ['log.retention.ms', '6000'])).toBe(0)
    await expect(client.produceRecords('t', [{ value: 'x'.repeat(100) }])).rejects.toThrow('10')
    expect(await alter(client, brokerType, '1', ['message.max.bytes', '1000'])).toBe(0)
    expect(await client.produceRecords('t', [{ value: 'x'.repeat(100) }])).toBe(0)
    const maxMessageBytes = [
      ['message.max.bytes', '1000', dynamicBroker],
      ['message.max.bytes', '100', dynamicDefault],
      ['message.max.bytes', '1048588', byDefault],
    ]
    const expected = {
      'max.message.bytes': ['1000', dynamicBroker, maxMessageBytes],
      'retention.ms': [
        '6000',
        dynamicDefault,
        [
          ['log.retention.ms', '6000', dynamicDefault],
          ['log.retention.hours', '168', byDefault],
        ],
      ],
    }
    expect(await describeConfigs(client, topicType, 't', 'max.message.bytes', 'retention.ms')).toEqual(expected)
    expect(await describeConfigs(client, brokerType, '1', 'message.max.bytes')).toEqual({
      'message.max.bytes': ['1000', dynamicBroker, maxMessageBytes],
    })
    expect(await describeConfigs(client, brokerType, '')).toEqual({
      'log.retention.ms': ['6000', dynamicDefault, [['log.retention.ms', '6000', dynamicDefault]]],
      'message.max.bytes': ['100', dynamicDefault, [['message.max.bytes', '100', dynamicDefault]]],
      'min.insync.replicas': ['1', dynamicDefault, [['min.insync.replicas', '1', dynamicDefault]]],
    })
    await broker.stop()
    const again = await RawClient.connect(await testBroker({ dataDirectory }))
    expect(await describeConfigs(again, topicType, 't', 'max.message.bytes', 'retention.ms')).toEqual(expected)
    expect(await alter(again, brokerType, '1', ['message.max.bytes', null, 1])).toBe(0)
    await expect(again.produceRecords('t', [{ value: 'x'.repeat(100) }])).rejects.toThrow('10')
  })

  test.each<[number, string, Operation, number]>([
    [brokerType, '1', ['log.retention.ms', 'abc'], 42],
    [brokerType, '1', ['log.retention.ms', null], 42],
    [brokerType, '1', ['num.partitions', '3'], 42],
    [brokerType, '1', ['log.retention.hours', '3'], 42],
    [brokerType, '1', ['auto.create.topics.enable', 'false'], 42],
    [brokerType, '1', ['log.segment.bytes', '10'], 42],
    [brokerType, '1', ['min.insync.replicas', '2'], 40],
    [brokerType, '', ['min.insync.replicas', '1'], 0],
    [brokerType, '', ['min.insync.replicas', null, 1], 40],
    [brokerType, '1', ['log.cleanup.policy', 'compact', 2], 0],
    [brokerType, '1', ['num.io.threads', '9'], 0],
    [brokerType, '1', ['nosuch', null, 1], 0],
    [brokerType, '7', ['log.retention.ms', '3'], 42],
    [brokerType, 'x', ['log.retention.ms', '3'], 42],
    [loggerType, '1', ['nosuchlogger', 'DEBUG'], 40],
    [topicType, '', ['retention.ms', '1'], 42],
    [3, '1', ['retention.ms', '1'], 42],
    [groupType, 'g', ['consumer.session.timeout.ms', '1'], 40],
    [groupType, 'g', ['consumer.heartbeat.interval.ms', '60000'], 40],
    [groupType, 'g', ['consumer.heartbeat.interval.ms', 'x'], 40],
    [groupType, 'g', ['nosuch', '1'], 40],
    [groupType, 'g', ['share.session.timeout.ms', '45001'], 0],
    [groupType, '', ['consumer.heartbeat.interval.ms', '6000'], 42],
    [metricsType, 'm', ['interval.ms', '1000'], 0],
    [metricsType, 'm', ['interval.ms', '1'], 42],
    [metricsType, 'm', ['match', 'client_id=['], 40],
    [metricsType, 'm', ['match', 'no_such=a'], 40],
    [groupType, 'g', ['share.auto.offset.reset', 'sometime'], 40],
    [groupType, 'g', ['share.auto.offset.reset', 'by_duration:PT1H'], 0],
    [topicType, 'a b', ['retention.ms', '1'], 17],
    [topicType, 't', ['retention.ms', '1', 9], -1],
  ])('type %i, %j: %j gives %i', async (type, name, operation, code) => {
    const client = await RawClient.connect(await testBroker())
    await client.createTopic('t')
    expect(await alter(client, type, name, operation)).toBe(code)
  })
})

test('a group has a session and an interval of heartbeats of its own', async () => {
  const client = await RawClient.connect(await testBroker())
  expect(await alter(client, groupType, 'g', ['consumer.heartbeat.interval.ms', '6000'])).toBe(0)
  const beat = async (groupId: string) => {
    const request = { groupId, memberId: 'm', memberEpoch: 0, rebalanceTimeoutMs: 1000, subscribedTopicNames: ['t'] }
    const answer = await client.ask('ConsumerGroupHeartbeat', 1, { ...request, topicPartitions: [] })
    return [answer.errorCode, answer.heartbeatIntervalMs]
  }
  expect([await beat('g'), await beat('other')]).toEqual([
    [0, 6000],
    [0, 5000],
  ])
  expect(
    await describeConfigs(client, groupType, 'g', 'consumer.heartbeat.interval.ms', 'consumer.session.timeout.ms'),
  ).toEqual({
    'consumer.heartbeat.interval.ms': ['6000', ofGroup, [['consumer.heartbeat.interval.ms', '6000', ofGroup]]],
    'consumer.session.timeout.ms': ['45000', byDefault, [['consumer.session.timeout.ms', '45000', byDefault]]],
  })
  expect(await describeConfigs(client, groupType, '')).toBe(42)
  await alter(client, metricsType, 'm', ['metrics', 'a,b'])
  expect(await describeConfigs(client, metricsType, 'm')).toEqual({
    'interval.ms': ['300000', byDefault, []],
    match: ['', byDefault, []],
    metrics: ['a,b', ofMetrics, [['metrics', 'a,b', ofMetrics]]],
  })
  const { configResources } = await client.ask('ListConfigResources', 1, { resourceTypes: [metricsType, groupType] })
  expect(configResources).toEqual([
    { resourceName: 'm', resourceType: metricsType },
    { resourceName: 'g', resourceType: groupType },
  ])
})
