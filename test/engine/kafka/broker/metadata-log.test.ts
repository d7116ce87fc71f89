import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { MetadataEvent } from '../../../../engine/kafka/broker/cluster-metadata.ts'
import { MetadataLog } from '../../../../engine/kafka/broker/metadata-log.ts'
import { temporaryDirectory } from '../log/log-fixture.ts'

const created = (name: string): MetadataEvent => ({
  kind: 'topic-created',
  topic: { name, topicId: `id of ${name}`, partitionCount: 1, configs: {} },
})

function journal(...events: MetadataEvent[]): { directory: string; file: string } {
  const directory = temporaryDirectory()
  const log = MetadataLog.open(directory)
  log.append(events)
  log.close()
  return { directory, file: join(directory, 'metadata.journal') }
}

function topicsIn(directory: string): string[] {
  const log = MetadataLog.open(directory)
  log.close()
  return [...log.image.topics.keys()]
}

test('events make the image again, in order', () => {
  const { directory } = journal(
    created('a'),
    created('b'),
    { kind: 'partitions-created', name: 'a', partitionCount: 4 },
    { kind: 'topic-configured', name: 'a', configs: { 'retention.ms': '1' } },
    { kind: 'topic-deleted', name: 'b' },
    { kind: 'producer-ids-reserved', nextProducerId: 1000 },
  )
  const log = MetadataLog.open(directory)
  log.close()
  expect(log.image.nextProducerId).toBe(1000)
  expect([...log.image.topics.values()]).toEqual([
    { name: 'a', topicId: 'id of a', partitionCount: 4, configs: { 'retention.ms': '1' } },
  ])
})

test('a last line torn at any byte is cut off, and the journal goes on behind it', () => {
  const { directory, file } = journal(created('a'), created('b'))
  const whole = readFileSync(file)
  const start = whole.indexOf('\n') + 1
  for (let size = start; size < whole.length; size++) {
    writeFileSync(file, whole)
    truncateSync(file, size)
    const log = MetadataLog.open(directory)
    log.append([created('c')])
    log.close()
    expect(topicsIn(directory)).toEqual(['a', 'c'])
  }
})

test('a damaged line before the end is refused by its number', () => {
  const { directory, file } = journal(created('a'), created('b'))
  writeFileSync(file, readFileSync(file, 'utf8').replace('id of a', 'id of x'))
  expect(() => MetadataLog.open(directory)).toThrow(/line 1 of .* is damaged/)
})

test('a journal with many stale lines is written anew', () => {
  const { directory, file } = journal(created('a'))
  const lines = readFileSync(file, 'utf8')
  for (let i = 0; i < 1100; i++) appendFileSync(file, lines)
  expect(topicsIn(directory)).toEqual(['a'])
  expect(readFileSync(file, 'utf8')).toBe(lines)
})
