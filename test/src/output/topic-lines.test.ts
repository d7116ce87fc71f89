import { expect, test } from 'vitest'
import { renderTopic, renderTopics, topicToJson } from '../../../src/output/topic-lines.ts'
import type { PartitionInfo } from '../../../src/services/topics/read-topics.ts'

const at = Date.parse('2025-11-01T10:00:00Z')
const first: PartitionInfo = {
  partition: 0,
  earliestOffset: 5,
  latestOffset: 25,
  firstRecordTimeMs: at,
  lastRecordTimeMs: at + 60_000,
  sizeBytes: 2048,
}
const leaderless: PartitionInfo = {
  partition: 1,
  earliestOffset: undefined,
  latestOffset: undefined,
  firstRecordTimeMs: undefined,
  lastRecordTimeMs: undefined,
  sizeBytes: undefined,
}
const topic = { name: 'rides', partitions: [first, leaderless], configs: { 'retention.ms': '-1' } }

test('topics as a table', () => {
  expect(renderTopics([])).toBe('No topics yet.')
  expect(renderTopics([topic]).split('\n')).toEqual([
    'topic  partitions  records  size  last record (UTC)    configs',
    '-----  ----------  -------  ----  -------------------  ---------------',
    'rides           2       20  2 kB  2025-11-01 10:01:00  retention.ms=-1',
  ])
})

test('one topic with who reads it', () => {
  const readers = [
    {
      kind: 'job' as const,
      name: 'revenue',
      state: 'STOPPED',
      source: 'checkpoint' as const,
      partitions: [{ partition: 0, offset: 20, lag: 5 }],
      lag: 5,
    },
  ]
  expect(renderTopic({ ...topic, readers }).split('\n')).toEqual([
    'partition  earliest  latest  records  first record (UTC)   last record (UTC)    size',
    '---------  --------  ------  -------  -------------------  -------------------  ----',
    '        0         5      25       20  2025-11-01 10:00:00  2025-11-01 10:01:00  2 kB',
    '        1         -       -        -  -                    -                       -',
    '',
    'retention.ms=-1',
    '',
    'reader       state                          lag  next offsets',
    '-----------  -----------------------------  ---  ------------',
    'job revenue  stopped, as of its checkpoint    5  0=20',
  ])
  expect(JSON.parse(topicToJson({ ...topic, readers }))).toEqual({
    ...topic,
    partitions: [
      first,
      {
        ...leaderless,
        earliestOffset: null,
        latestOffset: null,
        firstRecordTimeMs: null,
        lastRecordTimeMs: null,
        sizeBytes: null,
      },
    ],
    readers,
  })
})

test('a list says nothing of first records, which it does not ask for', () => {
  const listed = JSON.parse(topicToJson(topic)) as { readonly partitions: readonly object[] }
  expect(listed.partitions.some((partition) => 'firstRecordTimeMs' in partition)).toBe(false)
})
