import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startBroker } from '../../../engine/broker.ts'
import { consumeRecords, type ConsumeOptions } from '../../../src/services/consume-records.ts'
import { parseOffsetSpec } from '../../../src/services/offset-spec.ts'
import { startTestKafka, type TestKafka } from '../../helpers/kafka.ts'

let kafka: TestKafka
beforeAll(async () => {
  kafka = await startTestKafka()
})
afterAll(() => kafka.stop())

const until = parseOffsetSpec('now')
const at = (minute: number): string => String(Date.parse(`2025-11-01T10:${String(minute).padStart(2, '0')}:00Z`))

interface Consumed {
  readonly values: (string | null)[]
  readonly notices: string[]
}

async function consume(topic: string, options: Partial<ConsumeOptions> = {}): Promise<Consumed> {
  const values: (string | null)[] = []
  const notices: string[] = []
  const chunks = consumeRecords({
    connection: { bootstrapServers: kafka.bootstrap },
    topic,
    from: parseOffsetSpec('earliest'),
    until,
    signal: AbortSignal.timeout(20_000),
    notice: (line) => notices.push(line),
    ...options,
  })
  for await (const chunk of chunks)
    for (const { partition, offset, value } of chunk)
      values.push(`${partition}:${offset} ${value === null ? 'null' : Buffer.from(value).toString()}`)
  return { values: values.sort(), notices }
}

/** Five records a minute apart in partition 0, two in partition 1. */
async function sampleTopic(): Promise<string> {
  const topic = await kafka.createTopic(2)
  const amounts = [0, 1, 2, 3, 4].map((n) => ({ key: `k${n % 2}`, value: `{"amount":${n * 10}}`, timestamp: at(n) }))
  await kafka.produce(topic, amounts)
  await kafka.produce(topic, [
    { partition: 1, key: 'k1', value: null, timestamp: at(1) },
    { partition: 1, value: 'no JSON', timestamp: at(3) },
  ])
  return topic
}

test('reads from and until offsets and times, chosen by partition, key and count', async () => {
  const topic = await sampleTopic()
  expect((await consume(topic)).values).toEqual([
    '0:0 {"amount":0}',
    '0:1 {"amount":10}',
    '0:2 {"amount":20}',
    '0:3 {"amount":30}',
    '0:4 {"amount":40}',
    '1:0 null',
    '1:1 no JSON',
  ])
  const from = parseOffsetSpec('2025-11-01T10:03:00Z')
  expect((await consume(topic, { from })).values).toEqual(['0:3 {"amount":30}', '0:4 {"amount":40}', '1:1 no JSON'])
  expect((await consume(topic, { until: from, partitions: [1] })).values).toEqual(['1:0 null'])
  const range = { from: parseOffsetSpec('0=1,1=1'), until: parseOffsetSpec('0=3,1=1') }
  expect((await consume(topic, range)).values).toEqual(['0:1 {"amount":10}', '0:2 {"amount":20}'])
  expect((await consume(topic, { key: 'k1' })).values).toEqual(['0:1 {"amount":10}', '0:3 {"amount":30}', '1:0 null'])
  expect((await consume(topic, { partitions: [0], count: 2 })).values).toHaveLength(2)
  await expect(consume(topic, { partitions: [2] })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  await expect(consume('nowhere')).rejects.toMatchObject({ code: 'KAFKA_TOPIC_MISSING' })
})

test('filters by a condition, and says what it left out for other reasons', async () => {
  const topic = await sampleTopic()
  const { values, notices } = await consume(topic, { filter: 'amount BETWEEN 15 AND 35' })
  expect(values).toEqual(['0:2 {"amount":20}', '0:3 {"amount":30}'])
  expect(notices).toEqual(['not JSON objects, so left out by --filter: 2'])
  const misspelt = await consume(topic, { filter: 'amont > 1', partitions: [0] })
  expect(misspelt).toEqual({
    values: [],
    notices: [expect.stringContaining("no record has the field 'amont' (did you mean 'amount'?)")],
  })
  await expect(consume(topic, { filter: 'LOWER(amount) > TRUE' })).rejects.toMatchObject({ code: 'SQL_VALIDATION' })
  await expect(consume(topic, { filter: '1 / CAST(amount AS INT) >= 0' })).rejects.toMatchObject({
    code: 'EXPRESSION_FAILED',
    message: expect.stringContaining(`${topic}-0 offset 0`) as string,
  })
})

test('leaves out what a transaction aborted, and tells of one that is open', async () => {
  const topic = await kafka.createTopic()
  const client = new Kafka({ brokers: [kafka.bootstrap], logLevel: logLevel.NOTHING })
  const producer = client.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true })
  await producer.connect()
  onTestFinished(() => producer.disconnect())
  const write = async (value: string, end: 'commit' | 'abort' | 'open') => {
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ partition: 0, value }] })
    if (end !== 'open') await transaction[end]()
    return transaction
  }
  await write('a', 'commit')
  await write('b', 'abort')
  await write('c', 'commit')
  expect((await consume(topic)).values).toEqual(['0:0 a', '0:4 c'])
  expect((await consume(topic, { isolationLevel: 'read_uncommitted' })).values).toEqual(['0:0 a', '0:2 b', '0:4 c'])
  const open = await write('d', 'open')
  const { values, notices } = await consume(topic)
  expect(values).toEqual(['0:0 a', '0:4 c'])
  expect(notices).toEqual([expect.stringContaining('an open transaction holds back up to 1 records')])
  await open.abort()
})

test('goes on where it stopped when the broker comes back, and says so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flinkts-consume-'))
  let broker = await startBroker({ dataDirectory: folder })
  const port = Number(broker.bootstrap.split(':')[1])
  onTestFinished(async () => {
    await broker.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const client = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING })
  const admin = client.admin()
  const producer = client.producer()
  await Promise.all([admin.connect(), producer.connect()])
  await admin.createTopics({ topics: [{ topic: 'numbers', numPartitions: 1 }] })
  const write = (from: number, to: number) =>
    producer.send({
      topic: 'numbers',
      messages: Array.from({ length: to - from }, (_, index) => ({ value: String(from + index) })),
    })
  await write(0, 100)
  const stop = new AbortController()
  const [seen, notices] = [[] as number[], [] as string[]]
  const done = (async () => {
    for await (const chunk of consumeRecords({
      connection: { bootstrapServers: broker.bootstrap },
      topic: 'numbers',
      from: parseOffsetSpec('earliest'),
      signal: stop.signal,
      notice: (line) => notices.push(line),
    })) {
      for (const { value } of chunk) seen.push(Number(Buffer.from(value!).toString()))
    }
  })()
  await expect.poll(() => seen.length).toBe(100)
  await broker.stop()
  await expect.poll(() => notices.length, { timeout: 10_000 }).toBe(1)
  broker = await startBroker({ dataDirectory: folder, port })
  await write(100, 200)
  await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(200)
  expect(seen).toEqual(Array.from({ length: 200 }, (_, index) => index))
  expect(notices).toEqual([expect.stringContaining('waiting for Kafka'), expect.stringContaining('Kafka is back')])
  stop.abort()
  await done
  await Promise.all([admin.disconnect(), producer.disconnect()])
}, 40_000)
