import { expect, test } from 'vitest'
import { brokerConfigNames, brokerSettingsOf } from '../../../../engine/broker.ts'
import { RawClient, testBroker } from './raw-client.ts'

test("settings by Kafka's names, in our units", () => {
  expect(
    brokerSettingsOf({
      'num.partitions': ' 3 ',
      'auto.create.topics.enable': 'false',
      'offsets.retention.minutes': '2',
    }),
  ).toEqual({ numPartitions: 3, autoCreateTopics: false, offsetsRetentionMs: 120_000 })
})

test.each([
  ['num.partitons', '3', 'Did you mean num.partitions?'],
  ['zookeeper.connect', 'x', 'What can be set: '],
  ['num.partitions', '0', 'a whole number from 1'],
  ['num.partitions', 'many', 'a whole number from 1'],
  ['num.partitions', '', 'a whole number from 1'],
  ['auto.create.topics.enable', 'yes', 'true or false'],
])('%s=%s is refused: %s', (name, value, fix) => {
  expect(() => brokerSettingsOf({ [name]: value })).toThrow(
    expect.objectContaining({ code: 'OPTION_INVALID', fix: expect.stringContaining(fix) as string }) as Error,
  )
})

test('all that can be set is shown by DescribeConfigs under the same name', async () => {
  const client = await RawClient.connect(await testBroker())
  const resource = { resourceType: 4, resourceName: '1', configurationKeys: null }
  const { results } = await client.ask('DescribeConfigs', 4, { resources: [resource] })
  expect(results[0]!.configs.map(({ name }) => name)).toEqual(expect.arrayContaining([...brokerConfigNames]))
})
