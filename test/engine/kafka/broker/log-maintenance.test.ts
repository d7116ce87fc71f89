import { Kafka, logLevel } from 'kafkajs'
import { cpSync, readdirSync, writeSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { topicConfigDefinitions } from '../../../../engine/kafka/broker/topic-config.ts'
import { ManualClock } from '../../../../engine/testing/manual-clock.ts'
import { batchOf, recordsIn, temporaryDirectory } from '../log/log-fixture.ts'
import { RawClient, testBroker } from './raw-client.ts'

process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'

const minuteMs = 60 * 1000
const hourMs = 60 * minuteMs

async function earliest(client: RawClient, topic: string): Promise<number> {
  const { topics } = await client.ask('ListOffsets', 5, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -2n }] }],
  })
  return Number(topics[0]!.partitions[0]!.offset)
}

async function alter(client: RawClient, topic: string, configs: Record<string, string>): Promise<number> {
  const { responses } = await client.ask('IncrementalAlterConfigs', 1, {
    resources: [
      {
        resourceType: 2,
        resourceName: topic,
        configs: Object.entries(configs).map(([name, value]) => ({ name, configOperation: 0, value })),
      },
    ],
    validateOnly: false,
  })
  return responses[0]!.errorCode
}

describe('retention in virtual time', () => {
  test('retention.ms and retention.bytes, also when they are changed while the broker runs', async () => {
    const clock = new ManualClock(Date.now())
    const client = await RawClient.connect(await testBroker({ clock }))
    await client.createTopic('t', 1, { 'retention.ms': String(24 * hourMs), 'internal.segment.bytes': '2000' })
    const produceHourly = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const records = [{ value: 'x'.repeat(1000), timestamp: clock.now() }]
        expect((await client.produce('t', batchOf(records))).errorCode).toBe(0)
        clock.advanceBy(hourMs)
      }
    }
    await produceHourly(30)
    await expect.poll(() => earliest(client, 't')).toBeGreaterThan(3)
    expect(await earliest(client, 't')).toBeLessThan(8)
    expect(await alter(client, 't', { 'retention.ms': '-1' })).toBe(0)
    const before = await earliest(client, 't')
    clock.advanceBy(7 * 24 * hourMs)
    expect(await earliest(client, 't')).toBe(before)
    expect(await alter(client, 't', { 'retention.bytes': '5000' })).toBe(0)
    clock.advanceBy(5 * minuteMs)
    await expect.poll(() => earliest(client, 't')).toBeGreaterThan(20)
    expect((await client.fetch('t', 0)).errorCode).toBe(1)
    expect(await alter(client, 't', { 'retention.ms': '1000' })).toBe(0)
    clock.advanceBy(5 * minuteMs)
    await expect.poll(() => earliest(client, 't')).toBe(30)
    expect(Number((await client.produce('t', batchOf([{ value: 'on', timestamp: clock.now() }]))).baseOffset)).toBe(30)
  })
})

describe('cleanup.policy=compact, through kafkajs', () => {
  test('a new consumer sees the last value of each key, at its offset; keyless records are refused', async () => {
    const clock = new ManualClock(Date.now())
    const broker = await testBroker({ clock })
    const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING, retry: { retries: 1 } })
    const admin = kafka.admin()
    await admin.connect()
    onTestFinished(() => admin.disconnect())
    const configEntries = Object.entries({
      'cleanup.policy': 'compact',
      'internal.segment.bytes': '3000',
      'min.cleanable.dirty.ratio': '0.01',
      'delete.retention.ms': '0',
    }).map(([name, value]) => ({ name, value }))
    await admin.createTopics({ topics: [{ topic: 't', configEntries }] })
    const producer = kafka.producer()
    await producer.connect()
    onTestFinished(() => producer.disconnect())
    const send = (key: string | null, value: string | null, compression = 0): Promise<unknown> =>
      producer.send({ topic: 't', compression, messages: [{ key, value, timestamp: String(clock.now()) }] })
    await expect(send(null, 'no key')).rejects.toThrow(/record/i)
    await send('gone', 'value')
    await send('gone', null)
    for (let i = 0; i < 100; i++) await send(`k${i % 10}`, `${i}`.padStart(200, '0'), i % 2)
    // Two rounds: a tombstone goes one round after it was met.
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 20; i++) await send(`k${i % 10}`, `${100 + round * 20 + i}`.padStart(200, '0'))
      const before = await admin.fetchTopicOffsets('t')
      clock.advanceBy(15_000)
      expect(before[0]!.high).toBe(String(122 + round * 20))
      const client = await RawClient.connect(broker)
      // The count is small before the second round, too: that one is over when the tombstone is gone.
      const keys = async (): Promise<readonly (string | null)[]> =>
        recordsIn((await client.fetch('t', 0)).records as Buffer).map(({ key }) => key)
      await expect.poll(async () => (await keys()).length).toBeLessThan(60)
      if (round === 1) await expect.poll(keys).not.toContain('gone')
    }
    const consumer = kafka.consumer({ groupId: 'g', maxWaitTimeInMs: 100 })
    await consumer.connect()
    onTestFinished(() => consumer.disconnect())
    await consumer.subscribe({ topic: 't', fromBeginning: true })
    const last = new Map<string, string>()
    const offsets: number[] = []
    await consumer.run({
      eachMessage: ({ message: { key, value, offset } }) => {
        last.set(key!.toString(), value!.toString())
        offsets.push(Number(offset))
        return Promise.resolve()
      },
    })
    const lastOffset = (): number | undefined => {
      clock.advanceBy(100) // groups and fetches wait in the broker's time
      return offsets.at(-1)
    }
    await expect.poll(lastOffset, { timeout: 15_000 }).toBe(141)
    expect(Object.fromEntries(last)).toEqual(
      Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`k${i}`, `${130 + i}`.padStart(200, '0')])),
    )
    expect(offsets.length).toBeLessThan(60)
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b))
  })
})

describe('a full disk', () => {
  test('is answered with KAFKA_STORAGE_ERROR; nothing is damaged, and all goes on when there is room', async () => {
    let bytesLeft = Infinity
    const lines: string[] = []
    const broker = await testBroker({
      log: (line) => lines.push(line),
      writeFile: (descriptor, bytes, offset, length, position) => {
        const count = Math.min(length, bytesLeft)
        if (count <= 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { syscall: 'write' })
        bytesLeft -= count
        return writeSync(descriptor, bytes, offset, count, position)
      },
    })
    const client = await RawClient.connect(broker)
    await client.createTopic('t')
    const produce = async (value: string): Promise<number> =>
      (await client.produce('t', batchOf([{ value }]))).errorCode
    expect(await produce('a')).toBe(0)
    for (const room of [0, 1, 50]) {
      bytesLeft = room
      expect(await produce('refused')).toBe(56)
      expect(lines.at(-1)).toContain('no space left')
      bytesLeft = Infinity
      expect(await produce(`after ${room}`)).toBe(0)
    }
    const { records, highWatermark } = await client.fetch('t', 0)
    expect(recordsIn(records as Buffer).map(({ value }) => value)).toEqual(['a', 'after 0', 'after 1', 'after 50'])
    expect(Number(highWatermark)).toBe(4)
  })
})

describe('topic configurations', () => {
  test('what Kafka takes is taken; what it refuses is refused', async () => {
    const client = await RawClient.connect(await testBroker())
    await client.createTopic('t')
    for (const [name, value] of Object.entries({
      'compression.type': 'zstd',
      'segment.jitter.ms': '100',
      preallocate: 'true',
      'remote.log.copy.disable': 'true',
      'local.retention.ms': '1000',
      'unclean.leader.election.enable': 'true',
      'internal.segment.bytes': '100',
      'segment.bytes': '1048576',
    }))
      expect([name, await alter(client, 't', { [name]: value })]).toEqual([name, 0])
    for (const [name, value] of Object.entries({
      'segment.bytes': '1048575',
      'remote.storage.enable': 'true',
      'min.cleanable.dirty.ratio': '1.5',
      'max.compaction.lag.ms': '0',
      'delete.retention.ms': '-1',
      'retention.ms': '-2',
    }))
      expect([name, await alter(client, 't', { [name]: value })]).toEqual([name, 40])
  })

  test('each is either honoured or says why it has no effect', () => {
    const without = Object.entries(topicConfigDefinitions).filter(
      ([, { withoutEffect, refusal }]) => (withoutEffect ?? refusal) !== undefined,
    )
    expect(without.map(([name]) => name)).toEqual([
      'compression.gzip.level',
      'compression.lz4.level',
      'compression.zstd.level',
      'follower.replication.throttled.replicas',
      'leader.replication.throttled.replicas',
      'local.retention.bytes',
      'local.retention.ms',
      'preallocate',
      'remote.log.copy.disable',
      'remote.log.delete.on.disable',
      'remote.storage.enable',
      'segment.jitter.ms',
      'unclean.leader.election.enable',
    ])
  })
})

test('the files of a deleted topic stay under another name until file.delete.delay.ms is over', async () => {
  const clock = new ManualClock(1_700_000_000_000)
  const dataDirectory = temporaryDirectory()
  const broker = await testBroker({ clock, dataDirectory })
  const client = await RawClient.connect(broker)
  const folders = (): string[] => readdirSync(dataDirectory).filter((name) => /^t-|deleted$/.test(name))
  const deleteTopic = async () => {
    const { responses } = await client.ask('DeleteTopics', 5, { topicNames: ['t'], timeoutMs: 1000 })
    expect(responses[0]!.errorCode).toBe(0)
  }
  await client.createTopic('t', 2, { 'file.delete.delay.ms': '5000' })
  await deleteTopic()
  await client.createTopic('t', 1, { 'file.delete.delay.ms': '5000' })
  expect(folders().sort()).toEqual(['0.deleted', '1.deleted', 't-0'])
  clock.advanceTo(clock.now() + 4000)
  await deleteTopic()
  expect(folders().sort()).toEqual(['0.deleted', '1.deleted', '2.deleted'])
  clock.advanceTo(clock.now() + 1000)
  expect(folders()).toEqual(['2.deleted'])
  // As a killed process would leave it.
  const copy = temporaryDirectory()
  cpSync(dataDirectory, copy, { recursive: true, filter: (source) => !source.endsWith('.lock') })
  await testBroker({ dataDirectory: copy })
  expect(readdirSync(copy).filter((name) => name.endsWith('deleted'))).toEqual([])
  await broker.stop()
  expect(folders()).toEqual([])
})
