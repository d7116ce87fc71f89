// Where a Kafka table is read from and to: every startup and bounded mode, and ends that are hard to reach.
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startBroker } from '../../../../engine/broker.ts'
import type { Split } from '../../../../engine/connectors/connector.ts'
import { kafkaDefinition } from '../../../../engine/connectors/kafka/definition.ts'
import { kafkaRuntime } from '../../../../engine/connectors/kafka/kafka-runtime.ts'
import { parseBootstrapServers } from '../../../../engine/kafka/client/bootstrap-servers.ts'
import { commitOffsets } from '../../../../engine/kafka/client/group-offsets.ts'
import { KafkaCluster } from '../../../../engine/kafka/client/kafka-cluster.ts'
import { ManualClock } from '../../../../engine/testing/manual-clock.ts'
import { systemClock } from '../../../../engine/time/clock.ts'
import { types } from '../../../../engine/types/logical-type.ts'
import { rowFromBatch, type RecordBatch } from '../../../../engine/types/record-batch.ts'
import { startTestKafka, type TestKafka } from '../../../helpers/kafka.ts'
import { createRuntimeContext } from '../../../helpers/runtime-context.ts'

let kafka: TestKafka
let cluster: KafkaCluster
beforeAll(async () => {
  kafka = await startTestKafka()
  cluster = new KafkaCluster({
    bootstrapServers: parseBootstrapServers(kafka.bootstrap),
    clock: systemClock,
    random: Math.random,
  })
})
afterAll(async () => {
  cluster.close()
  await kafka.stop()
})

function sourceOf(topic: string, options: Record<string, string>, settings: Record<string, unknown> = {}) {
  const source = kafkaDefinition.createSource!({
    name: 't',
    physicalType: types.row([{ name: 'a', type: types.int() }]),
    metadata: [],
    primaryKey: undefined,
    configuration: {},
    options: {
      connector: 'kafka',
      topic,
      'properties.bootstrap.servers': kafka.bootstrap,
      'scan.startup.mode': 'earliest-offset',
      'scan.bounded.mode': 'latest-offset',
      format: 'json',
      ...options,
    },
  })
  return { ...source, settings: { ...(source.settings as object), ...settings } as never }
}

type Ranges = Record<string, [number, number | null]>

/** From where to where each partition would be read. */
async function ranges(
  topic: string,
  options: Record<string, string>,
  restored?: Ranges,
  settings?: Record<string, unknown>,
): Promise<Ranges> {
  const enumerator = kafkaRuntime.createEnumerator!(sourceOf(topic, options, settings), createRuntimeContext())
  const former = Object.entries(restored ?? {}).map(([partition, [nextOffset, stoppingOffset]]): Split => {
    return { id: `${topic}-${partition}`, state: { topic, partition: Number(partition), nextOffset, stoppingOffset } }
  })
  try {
    const splits = await enumerator.start(restored === undefined ? undefined : former)
    return Object.fromEntries(
      splits.map(({ state }) => {
        const { partition, nextOffset, stoppingOffset } = state as Record<string, number>
        return [partition, [nextOffset, stoppingOffset]]
      }),
    ) as Ranges
  } finally {
    await enumerator.close()
  }
}

async function read(topic: string, options: Record<string, string>, whileReading?: () => Promise<void>) {
  const source = sourceOf(topic, options)
  const context = createRuntimeContext()
  const enumerator = kafkaRuntime.createEnumerator!(source, context)
  const reader = kafkaRuntime.createReader!(source, context)
  const rows: unknown[] = []
  const finished: string[] = []
  const output = {
    emit: (_: string, batch: RecordBatch) => {
      for (let row = 0; row < batch.rowCount; row++) rows.push(rowFromBatch(batch, row)[0])
    },
    splitFinished: (id: string) => void finished.push(id.slice(topic.length + 1)),
  }
  try {
    await reader.start(await enumerator.start(undefined))
    let waiting = whileReading
    for (let status = reader.poll(output); status !== 'end-of-input'; status = reader.poll(output)) {
      if (status !== 'nothing-available') continue
      const news = reader.available()
      await waiting?.()
      waiting = undefined
      await news
    }
    const offsets = reader.snapshot().map(({ state }) => (state as Record<string, number>)['nextOffset'])
    return { rows, finished: finished.sort(), offsets }
  } finally {
    await enumerator.close()
    await reader.close()
  }
}

const records = (partition: number, count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({ partition, value: `{"a":${from + index}}` }))

async function topicOf(...counts: number[]): Promise<string> {
  const topic = await kafka.createTopic(counts.length)
  const all = counts.flatMap((count, partition) => records(partition, count))
  if (all.length > 0) await kafka.produce(topic, all)
  return topic
}

const commit = (group: string, topic: string, offsets: Record<number, number>) =>
  commitOffsets(
    cluster,
    group,
    Object.entries(offsets).map(([partition, offset]) => ({ topic, partition: Number(partition), offset })),
  )

const specific = (which: 'startup' | 'bounded', offsets: Record<number, number>) => ({
  [`scan.${which}.mode`]: 'specific-offsets',
  [`scan.${which}.specific-offsets`]: Object.entries(offsets)
    .map(([partition, offset]) => `partition:${partition},offset:${offset}`)
    .join(';'),
})

describe('group offsets', () => {
  const group = { 'properties.group.id': 'readers', 'scan.startup.mode': 'group-offsets' }

  it('begin where the group has committed', async () => {
    const topic = await topicOf(5, 3)
    await commit('readers', topic, { 0: 2, 1: 3 })
    expect(await ranges(topic, group)).toEqual({ 0: [2, 5], 1: [3, 3] })
    expect((await read(topic, group)).rows).toEqual([2, 3, 4])
  })

  it('fail where the group has committed nothing, unless told where to begin then', async () => {
    const topic = await topicOf(5, 3)
    await commit('readers', topic, { 0: 2 })
    await expect(ranges(topic, group)).rejects.toMatchObject({
      code: 'KAFKA_OFFSET_NOT_COMMITTED',
      message: expect.stringContaining(`group readers has committed no offset of ${topic}-1`),
    })
    const reset = (to: string) => ranges(topic, { ...group, 'properties.auto.offset.reset': to })
    expect(await reset('earliest')).toEqual({ 0: [2, 5], 1: [0, 3] })
    expect(await reset('latest')).toEqual({ 0: [2, 5], 1: [3, 3] })
    await expect(reset('none')).rejects.toMatchObject({ code: 'KAFKA_OFFSET_NOT_COMMITTED' })
  })

  it('end where the group has committed; that it has not is an error whatever the reset', async () => {
    const topic = await topicOf(5, 3)
    const until = {
      'properties.group.id': 'enders',
      'properties.auto.offset.reset': 'earliest',
      'scan.bounded.mode': 'group-offsets',
    }
    await commit('enders', topic, { 0: 2 })
    await expect(ranges(topic, until)).rejects.toMatchObject({ code: 'KAFKA_OFFSET_NOT_COMMITTED' })
    await commit('enders', topic, { 1: 1 })
    expect(await ranges(topic, until)).toEqual({ 0: [0, 2], 1: [0, 1] })
    expect((await read(topic, until)).rows.sort()).toEqual([0, 0, 1])
  })

  it('are never reset when the topic does not hold them', async () => {
    const topic = await topicOf(5)
    await commit('readers', topic, { 0: 9 })
    const options = { ...group, 'properties.auto.offset.reset': 'earliest', ...specific('bounded', { 0: 20 }) }
    await expect(read(topic, options)).rejects.toMatchObject({ code: 'KAFKA_OFFSET_OUT_OF_RANGE' })
  })
})

describe('specific offsets', () => {
  it('leave other partitions to the group, else to the earliest offset', async () => {
    const topic = await topicOf(5, 3, 4)
    expect(await ranges(topic, specific('startup', { 0: 4 }))).toEqual({ 0: [4, 5], 1: [0, 3], 2: [0, 4] })
    await commit('some', topic, { 1: 2 })
    const options = { ...specific('startup', { 0: 4 }), 'properties.group.id': 'some' }
    expect(await ranges(topic, options)).toEqual({ 0: [4, 5], 1: [2, 3], 2: [0, 4] })
  })

  it('do not read the other partitions when they are the end', async () => {
    const topic = await topicOf(5, 3)
    expect((await read(topic, specific('bounded', { 0: 2 }))).rows).toEqual([0, 1])
    await expect(ranges(topic, specific('bounded', { 7: 2 }))).rejects.toThrow("'scan.bounded.specific-offsets' names")
  })
})

describe('an end', () => {
  it('before the beginning gives nothing, and asks for no offset that is not there', async () => {
    const topic = await topicOf(5, 0)
    const options = { ...specific('startup', { 0: 99 }), ...specific('bounded', { 0: 50, 1: 0 }) }
    expect(await read(topic, options)).toEqual({ rows: [], finished: ['0', '1'], offsets: [99, 0] })
  })

  it('beyond the last record is waited for', async () => {
    const topic = await topicOf(2)
    const more = () => kafka.produce(topic, records(0, 5, 2))
    const { rows, offsets } = await read(topic, specific('bounded', { 0: 4 }), more)
    expect(rows).toEqual([0, 1, 2, 3])
    expect(offsets).toEqual([4])
  })

  it('before the first record that is left is empty', async () => {
    const topic = await topicOf(3)
    await kafka.admin.fetchTopicMetadata({ topics: [topic] }) // kafkajs wants to know it
    await kafka.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] })
    expect((await read(topic, specific('bounded', { 0: 1 }))).rows).toEqual([])
    expect((await read(topic, {})).rows).toEqual([2])
  })

  it('in a gap that compaction left is reached', async () => {
    const clock = new ManualClock(Date.now())
    const configs = {
      'cleanup.policy': 'compact',
      'internal.segment.bytes': '3000',
      'min.cleanable.dirty.ratio': '0.01',
    }
    const broker = await startBroker({ clock, topics: [{ name: 't', configs }] })
    onTestFinished(() => broker.stop())
    const client = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING })
    const producer = client.producer({ createPartitioner: () => () => 0 })
    await producer.connect()
    const document = (a: number) => JSON.stringify({ a, padding: 'x'.repeat(500) })
    for (let a = 0; a < 30; a++)
      await producer.send({ topic: 't', messages: [{ key: String(a % 2), value: document(a) }] })
    await producer.disconnect()
    const to = (end: number) =>
      read('t', { 'properties.bootstrap.servers': broker.bootstrap, ...specific('bounded', { 0: end }) })
    await expect.poll(async () => (clock.advanceBy(15_000), (await to(30)).rows.length)).toBeLessThan(15)
    const left = (await to(30)).rows as number[]
    expect(left).not.toContain(3)
    for (const end of [1, 3, 4, left[0]!, left[0]! + 1]) {
      const { rows, offsets } = await to(end)
      expect(rows).toEqual(left.filter((a) => a < end))
      expect(offsets).toEqual([end])
    }
  })

  it.each(['read_committed', 'read_uncommitted'])('behind an aborted transaction is reached, %s', async (level) => {
    const topic = await topicOf(1)
    const producer = new Kafka({ brokers: [kafka.bootstrap], logLevel: logLevel.NOTHING }).producer({
      transactionalId: `ends-${topic}`,
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: () => () => 0,
    })
    await producer.connect()
    const committed = await producer.transaction()
    await committed.send({ topic, messages: [{ value: '{"a":1}' }] })
    await committed.commit()
    const aborted = await producer.transaction()
    await aborted.send({ topic, messages: [{ value: '{"a":2}' }, { value: '{"a":3}' }] })
    await aborted.abort()
    await producer.disconnect()
    // a record, one and its marker, two and theirs
    const { rows, offsets } = await read(topic, { 'properties.isolation.level': level })
    expect(rows).toEqual(level === 'read_committed' ? [0, 1] : [0, 1, 2, 3])
    expect(offsets).toEqual([6])
    for (const end of [2, 3, 4, 5]) {
      const inside = { 'properties.isolation.level': level, ...specific('bounded', { 0: end }) }
      expect((await read(topic, inside)).offsets).toEqual([end])
    }
  })
})

describe('a restored job', () => {
  it('that is unbounded now reads on, though it was to end before', async () => {
    const topic = await topicOf(5, 3)
    const now = { 'scan.bounded.mode': 'unbounded' }
    expect(await ranges(topic, now, { 0: [2, 4] })).toEqual({ 0: [2, null], 1: [0, null] })
  })

  it('that is bounded ends where it was to end', async () => {
    const topic = await topicOf(5, 3)
    expect(await ranges(topic, {}, { 0: [2, 4] })).toEqual({ 0: [2, 4] })
  })

  it('that has become bounded ends, in new partitions too', async () => {
    const topic = await topicOf(5, 3)
    expect(await ranges(topic, {}, { 0: [2, null] })).toEqual({ 0: [2, 5], 1: [0, 3] })
  })

  it('ends elsewhere when it is told so', async () => {
    const topic = await topicOf(5, 3)
    const options = specific('bounded', { 0: 3, 1: 2 })
    expect(await ranges(topic, options, { 0: [2, 5], 1: [1, 3] }, { stopsRestored: true })).toEqual({
      0: [2, 3],
      1: [1, 2],
    })
  })
})
