// produceEvents against our own broker in this process; what arrived is read by a client that is not ours.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBroker } from '../../../engine/broker.ts'
import { generators } from '../../../src/generators/index.ts'
import { produceEvents, type ProduceOptions } from '../../../src/services/produce-events.ts'
import { planProduce, type ProduceFlags } from '../../../src/services/produce/plan-produce.ts'
import { startTestKafka, type ReadRecord, type TestKafka } from '../../helpers/kafka.ts'

let kafka: TestKafka
let folder: string
beforeAll(async () => {
  kafka = await startTestKafka()
  folder = mkdtempSync(join(tmpdir(), 'flinkts-produce-'))
})
afterAll(async () => {
  await kafka.stop()
  rmSync(folder, { recursive: true })
})

const START = Date.UTC(2025, 10, 1)

async function produce(topic: string, flags: ProduceFlags, more: Partial<ProduceOptions> = {}) {
  const { repeat: _repeat, ...plan } = await planProduce(flags, { topic, topicKey: undefined })
  return produceEvents({
    ...plan,
    connection: { bootstrapServers: kafka.bootstrap },
    signal: new AbortController().signal,
    ...more,
  })
}
const bytesOf = (records: readonly ReadRecord[]) =>
  records.map(({ partition, key, value, timestamp }) => ({ partition, key, value, timestamp }))
function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

describe('generators', () => {
  it('write the same bytes to the same partitions at the same times for the same seed', async () => {
    const topics = [await kafka.createTopic(3), await kafka.createTopic(3), await kafka.createTopic(3)]
    const flags = { generator: 'rides', count: 3000, bad: '1%', late: '2%:30s..5m', 'out-of-order': '5s' }
    const results = []
    for (const [index, topic] of topics.entries())
      results.push(await produce(topic, { ...flags, seed: index < 2 ? 7 : 8 }))
    const [first, again, other] = await Promise.all(topics.map(async (topic) => bytesOf(await kafka.read(topic))))
    expect(first!.length).toBe(3000)
    expect(again).toEqual(first)
    expect(other).not.toEqual(first)
    const { durationMs: _first, ...result } = results[0]!
    expect(results[1]).toMatchObject(result)
    expect(result.partitions.reduce((sum, count) => sum + count)).toBe(3000)
    expect(result.late / 3000).toBeCloseTo(0.02, 1)
    expect(Object.values(result.bad).reduce((sum, count) => sum + count)).toBeGreaterThan(10)
  })

  it('give records the time of their event', async () => {
    const topic = await kafka.createTopic()
    await produce(topic, { generator: 'sensors', count: 100, seed: 1, rate: 'max' })
    for (const { value, timestamp } of await kafka.read(topic))
      expect((JSON.parse(value!) as { measured_at: number }).measured_at).toBe(timestamp)
  })

  it('write the time of writing where Kafka would delete or refuse the event’s, and say so', async () => {
    const topic = await kafka.createTopic()
    await kafka.admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: 2, name: topic, configEntries: [{ name: 'retention.ms', value: '604800000' }] }],
    })
    const before = Date.now()
    const old = await produce(topic, { generator: 'rides', count: 10, seed: 1 })
    expect(old.notices.join()).toMatch(/10 records are the time of writing: .* would delete them .*retention: -1/)
    const future = await produce(topic, { generator: 'rides', count: 10, start: '2100-01-01' })
    expect(future.notices.join()).toMatch(/10 records are the time of writing: .*message\.timestamp\.after\.max\.ms/)
    const asked = await produce(topic, { generator: 'rides', count: 10, seed: 1, 'record-time': 'now' })
    expect(asked.notices).toEqual([])
    for (const { timestamp } of await kafka.read(topic)) expect(timestamp).toBeGreaterThanOrEqual(before)
  })

  it('keep to their rate, event time with them, and end with the signal, everything acknowledged', async () => {
    const topic = await kafka.createTopic()
    const stop = new AbortController()
    const told: number[] = []
    const startedMs = performance.now()
    const running = produce(
      topic,
      { generator: 'sensors', rate: '2000', seed: 1 },
      {
        signal: stop.signal,
        progress: ({ records }) => {
          told.push(records)
          if (told.length === 3) stop.abort()
        },
      },
    )
    const result = await running
    const elapsedMs = performance.now() - startedMs
    expect(result.records).toBeGreaterThanOrEqual(told[2]!)
    expect(result.records).toBeLessThanOrEqual(elapsedMs * 2 + 1)
    expect(result.lastEventMs! - START).toBeLessThanOrEqual(elapsedMs)
    expect((await kafka.read(topic)).length).toBe(result.records)
  })

  it('spread keys as asked for, and leave partitions idle', async () => {
    const topic = await kafka.createTopic(4)
    const result = await produce(topic, {
      generator: 'rides',
      count: 5000,
      seed: 1,
      skew: 'zipf:1.5',
      'idle-partition': [2, 0],
    })
    expect(result.partitions[0]).toBe(0)
    expect(result.partitions[2]).toBe(0)
    const records = await kafka.read(topic)
    expect(records.filter(({ key }) => key === '1').length / 5000).toBeGreaterThan(0.3)
    const ofKey = new Map<string, Set<number>>()
    for (const { key, partition } of records) ofKey.set(key!, (ofKey.get(key!) ?? new Set()).add(partition))
    expect([...ofKey.values()].every(({ size }) => size === 1)).toBe(true)
  })

  it('with fields set, headers, one partition and a key of choice', async () => {
    const topic = await kafka.createTopic(2)
    await produce(topic, {
      generator: 'orders',
      count: 50,
      set: ['amount=0', 'country=XX'],
      key: 'order_id',
      partition: 1,
      header: ['source=test', 'empty='],
    })
    const records = await kafka.read(topic)
    expect(records.length).toBe(50)
    for (const [index, { partition, key, value, headers }] of records.entries()) {
      expect([partition, key, headers]).toEqual([1, String(index + 1), { source: 'test', empty: '' }])
      expect(JSON.parse(value!)).toMatchObject({ amount: 0, country: 'XX' })
    }
  })

  it('write nothing where a field to set is not there', async () => {
    const topic = await kafka.createTopic()
    await expect(produce(topic, { generator: 'rides', count: 5, set: ['total=0'] })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
    })
    expect(await kafka.read(topic)).toEqual([])
  })
})

describe('files', () => {
  it('go as they are, with times and keys of their columns', async () => {
    const topic = await kafka.createTopic()
    const path = file('a.csv', 'id,at,x\n1,2025-11-01 00:00:00,a\n2,2025-11-01 00:00:05,\n')
    const result = await produce(topic, { file: path, 'time-column': 'at', key: 'id' })
    expect(result).toMatchObject({ records: 2, firstEventMs: START, lastEventMs: START + 5000 })
    expect(bytesOf(await kafka.read(topic))).toEqual([
      { partition: 0, key: '1', value: '{"id":1,"at":"2025-11-01 00:00:00","x":"a"}', timestamp: START },
      { partition: 0, key: '2', value: '{"id":2,"at":"2025-11-01 00:00:05","x":null}', timestamp: START + 5000 },
    ])
  })

  it('are paced by their times', async () => {
    const topic = await kafka.createTopic()
    const lines = Array.from({ length: 5 }, (_, index) => JSON.stringify({ t: START / 1000 + index * 10 }))
    const startedMs = performance.now()
    await produce(topic, { file: file('paced.jsonl', lines.join('\n')), 'time-column': 't', speed: '100x' })
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(400) // 40 s at 100x
    expect((await kafka.read(topic)).length).toBe(5)
  })

  it('tell what is wrong with its line; what stood before it is there and counted', async () => {
    const topic = await kafka.createTopic()
    const good = Array.from({ length: 30_000 }, (_, index) => `{"n":${index},"t":${START + index}}`)
    const path = file('bad.jsonl', [...good, '{"n":1,"t":"soon"}', ...good].join('\n'))
    const failed = produce(topic, { file: path, 'time-column': 't' })
    await expect(failed).rejects.toMatchObject({
      code: 'FILE_INVALID',
      message: expect.stringMatching(/^\d+ records were acknowledged/) as string,
      cause: { message: `${path} line 30001 has "soon" in 't': a time is needed there` },
    })
    const written = await kafka.read(topic)
    const { message } = (await failed.catch((error: Error) => error)) as Error
    expect(Number.parseInt(message)).toBe(written.length)
    expect(written.length).toBeGreaterThan(20_000)
    await expect(produce(topic, { file: file('cut.jsonl', '{"n":1}\n{"n":'), count: 5 })).rejects.toMatchObject({
      cause: { code: 'FILE_INVALID', location: { line: 2 } },
    })
  })

  it('get disorder from their delays', async () => {
    const topic = await kafka.createTopic()
    const lines = Array.from({ length: 2000 }, (_, index) => `{"n":${index},"t":${START + index * 10}}`)
    const result = await produce(topic, {
      file: file('ordered.jsonl', lines.join('\n')),
      'time-column': 't',
      'out-of-order': '1s',
      late: '5%:30s..60s',
    })
    expect(result.late / 2000).toBeCloseTo(0.05, 1)
    expect(result.outOfOrder).toBeGreaterThan(500)
    const numbers = (await kafka.read(topic)).map(({ value }) => (JSON.parse(value!) as { n: number }).n)
    expect([...numbers].sort((a, b) => a - b)).toEqual(lines.map((_, index) => index))
  })
})

describe('topics', () => {
  it('are copied with keys, null values, headers and times; a range of them where asked for', async () => {
    const [from, to, part] = [await kafka.createTopic(), await kafka.createTopic(2), await kafka.createTopic()]
    await kafka.produce(from, [
      { key: 'a', value: '{"x":1}', timestamp: String(START), headers: { h: 'v' } },
      { key: 'b', value: null, timestamp: String(START + 1000) },
      { key: null, value: '{"x":3}', timestamp: String(START + 2000) },
    ])
    const result = await produce(to, { 'from-topic': from, header: ['copied=yes'] })
    expect(result).toMatchObject({ records: 3, tombstones: 1 })
    const records = (await kafka.read(to)).sort((a, b) => a.timestamp - b.timestamp)
    expect(records.map(({ key, value, timestamp, headers }) => [key, value, timestamp - START, headers])).toEqual([
      ['a', '{"x":1}', 0, { h: 'v', copied: 'yes' }],
      ['b', null, 1000, { copied: 'yes' }],
      [null, '{"x":3}', 2000, { copied: 'yes' }],
    ])
    await produce(part, { 'from-topic': from, from: '0=1', until: '0=2' })
    expect((await kafka.read(part)).map(({ key }) => key)).toEqual(['b'])
  })

  it('keep their pace across partitions, in the order of time', async () => {
    const [from, to] = [await kafka.createTopic(3), await kafka.createTopic()]
    const records = Array.from({ length: 60 }, (_, index) => ({
      partition: index % 3,
      value: `{"n":${index}}`,
      timestamp: String(START + index * 100),
    }))
    await kafka.produce(from, records)
    const startedMs = performance.now()
    await produce(to, { 'from-topic': from, speed: '20x' })
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(295) // 5.9 s at 20x
    const numbers = (await kafka.read(to)).map(({ value }) => (JSON.parse(value!) as { n: number }).n)
    expect(numbers).toEqual(records.map((_, index) => index))
  })

  it('named by nobody are made by the broker, and that is said', async () => {
    const notices: string[] = []
    const topic = `made-${process.pid}-${Date.now()}`
    await produce(topic, { generator: 'rides', count: 5 }, { notice: (line) => notices.push(line) })
    expect(notices).toEqual([`topic ${topic} did not exist: Kafka made it, with one partition`])
    expect((await kafka.read(topic)).length).toBe(5)
    await kafka.admin.deleteTopics({ topics: [topic] })
  })
})

describe('tombstones', () => {
  it('are records of a key without a value', async () => {
    const topic = await kafka.createTopic()
    expect(await produce(topic, { tombstone: ['1', 'ü'] })).toMatchObject({ records: 2, tombstones: 2 })
    expect((await kafka.read(topic)).map(({ key, value }) => [key, value])).toEqual([
      ['1', null],
      ['ü', null],
    ])
  })
})

it.each(Object.keys(generators))('%s: what was written is what the result says', async (generator) => {
  const topic = await kafka.createTopic(2)
  const result = await produce(topic, { generator, count: 2500, seed: 11 })
  const records = await kafka.read(topic)
  expect(records.length).toBe(result.records)
  expect(result.partitions).toEqual(
    [0, 1].map((wanted) => records.filter(({ partition }) => partition === wanted).length),
  )
  expect(result.bytes).toBe(records.reduce((sum, { key, value }) => sum + key!.length + value!.length, 0))
  expect(Math.min(...records.map(({ timestamp }) => timestamp))).toBe(result.firstEventMs)
})

it('ends five seconds after it was asked to where Kafka has gone, and counts what is not acknowledged', async () => {
  const broker = await startBroker()
  const stop = new AbortController()
  const notices: string[] = []
  let abortedMs = NaN
  let gone: Promise<void> | undefined
  const sentBefore: number[] = []
  const running = produce(
    'lost',
    { generator: 'rides', rate: '2000', seed: 1 },
    {
      connection: { bootstrapServers: broker.bootstrap },
      signal: stop.signal,
      notice: (line) => notices.push(line),
      progress: ({ records }) => {
        if (records > 500) gone ??= broker.stop().then(() => void sentBefore.push(records))
        if (stop.signal.aborted || sentBefore.length === 0 || records < sentBefore[0]! + 1000) return
        abortedMs = performance.now()
        stop.abort()
      },
    },
  )
  await expect(running).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
  const elapsedMs = performance.now() - abortedMs
  expect(elapsedMs).toBeGreaterThan(4900)
  expect(elapsedMs).toBeLessThan(10_000)
  const counts =
    /^Kafka did not acknowledge in 5 s: (\d+) records were acknowledged: they are in topic lost; (\d+) more/
  const [, acknowledged, open] = counts.exec(notices.at(-1)!)!.map(Number)
  expect(acknowledged).toBeGreaterThan(0)
  expect(open).toBeGreaterThanOrEqual(1000)
}, 30_000)
