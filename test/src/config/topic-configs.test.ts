import { expect, test } from 'vitest'
import { topicConfigs } from '../../../src/config/topic-configs.ts'

test.each([
  [{}, {}],
  [{ retention: '7d' }, { 'retention.ms': '604800000' }],
  [{ retention: -1 as const }, { 'retention.ms': '-1' }],
  [{ compaction: true }, { 'cleanup.policy': 'compact' }],
  [{ compaction: false }, { 'cleanup.policy': 'delete' }],
  [
    { compaction: true, retention: '1 h' },
    { 'cleanup.policy': 'compact,delete', 'retention.ms': '3600000' },
  ],
  [{ configs: { 'max.message.bytes': '1000' } }, { 'max.message.bytes': '1000' }],
])('%j in Kafka’s terms', (topic, expected) => {
  expect(topicConfigs({ partitions: 1, ...topic })).toEqual(expected)
})
