// Our client against a real Kafka.
import { execFileSync } from 'node:child_process'
import { afterAll, describe, expect, it } from 'vitest'
import { isFlinktsError } from '../../../engine/common/errors.ts'
import { createTopics, deleteTopics } from '../../../engine/kafka/client/admin.ts'
import { committedOffsets, commitOffsets } from '../../../engine/kafka/client/group-offsets.ts'
import { listOffsets } from '../../../engine/kafka/client/list-offsets.ts'
import { PartitionFetcher, type PartitionFetcherOptions } from '../../../engine/kafka/client/partition-fetcher.ts'
import { partitionOfKey } from '../../../engine/kafka/client/partitioner.ts'
import { Producer, type ProducerOptions } from '../../../engine/kafka/client/producer.ts'
import { compressionTypes } from '../../../engine/kafka/protocol/compression.ts'
import { RecordIndex } from '../../../engine/kafka/protocol/record-index.ts'
import { newTopicName, openCluster, realKafka } from './real-kafka.ts'

const utf8 = (text: string) => Buffer.from(text)
const kcat = (args: string[], input?: string) =>
  execFileSync('kcat', ['-b', realKafka!, ...args], { input, encoding: 'utf8' })

interface Read {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: Record<string, string | null>
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (isFlinktsError(error)) return error.code
    throw error
  }
  return 'none'
}

describe.skipIf(realKafka === undefined)('our client on a real Kafka', () => {
  const cluster = openCluster()
  const made: string[] = []
  afterAll(async () => {
    await deleteTopics(cluster, made)
    cluster.close()
  })

  const topicOf = async (about: string, partitions = 1, configs: Record<string, string> = {}) => {
    const name = newTopicName(about)
    await createTopics(cluster, [{ name, partitions, configs }])
    made.push(name)
    return name
  }

  async function write(topic: string, count: number, options: ProducerOptions = {}) {
    const producer = await Producer.open(cluster, options)
    const to = await producer.topic(topic)
    for (let i = 0; i < count; i++) {
      if (!producer.isAvailable()) await producer.available()
      to.send(i % 3 === 0 ? null : utf8(`k${i}`), utf8(`value ${i}`), 1_700_000_000_000 + i, [
        { key: 'n', value: utf8(String(i)) },
      ])
    }
    await producer.close()
  }

  async function read(
    topic: string,
    partitions: number,
    count: number,
    options: PartitionFetcherOptions = {},
    offset = 0,
  ): Promise<Read[]> {
    const fetcher = new PartitionFetcher(cluster, options)
    fetcher.assign(Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset })))
    const index = new RecordIndex({ keys: true, timestamps: true, headers: true })
    const text = (start: number, length: number) =>
      length < 0 ? null : Buffer.from(index.bytes.subarray(start, start + length)).toString()
    const found: Read[] = []
    const deadline = Date.now() + 20_000
    while (found.length < count && Date.now() < deadline)
      for (const fetched of await fetcher.poll(1000))
        for (const at of fetched.batchStarts) {
          index.read(fetched.bytes, at, fetched.fromOffset)
          for (let i = 0; i < index.count; i++)
            found.push({
              partition: fetched.partition,
              offset: index.offsetOf(i),
              timestamp: index.timestampOf(i),
              key: text(index.keyStart[i]!, index.keyLength[i]!),
              value: text(index.valueStart[i]!, index.valueLength[i]!),
              headers: Object.fromEntries(
                index.headersOf(i).map(({ key, value }) => [key, value && Buffer.from(value).toString()]),
              ),
            })
        }
    fetcher.close()
    return found
  }

  it.each(compressionTypes)(
    'reads back what it wrote, compressed as %s, and kcat reads the same',
    async (compression) => {
      const topic = await topicOf(`written-${compression}`, 3)
      await write(topic, 5000, { compression })
      const found = await read(topic, 3, 5000)
      expect(found.length).toBe(5000)
      const byNumber = found.sort((a, b) => a.timestamp - b.timestamp)
      byNumber.forEach((record, i) => {
        expect(record).toMatchObject({
          timestamp: 1_700_000_000_000 + i,
          value: `value ${i}`,
          headers: { n: String(i) },
        })
        if (i % 3 !== 0) expect(record).toMatchObject({ key: `k${i}`, partition: partitionOfKey(utf8(`k${i}`), 3) })
      })
      const theirs = kcat(['-C', '-t', topic, '-e', '-q', '-f', '%T %p %o %k %s %h\n']).trim().split('\n')
      const ours = found.map(
        (record) =>
          `${record.timestamp} ${record.partition} ${record.offset} ${record.key ?? ''} ${record.value} n=${record.headers['n']}`,
      )
      expect(theirs.sort()).toEqual(ours.sort())
    },
  )

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('reads what kcat wrote with %s', async (codec) => {
    const topic = await topicOf(`kcat-${codec}`)
    const lines = Array.from({ length: 3000 }, (_, i) => `{"id":${i},"text":"${'x'.repeat(i % 50)}"}`)
    kcat(['-P', '-t', topic, '-z', codec], lines.join('\n'))
    const found = await read(topic, 1, 3000)
    expect(found.map((record) => record.value)).toEqual(lines)
  })

  it('begins in the middle of a batch, and goes on', async () => {
    const topic = await topicOf('middle')
    await write(topic, 1000)
    const found = await read(topic, 1, 300, {}, 700)
    expect(found[0]).toMatchObject({ offset: 700, value: 'value 700' })
    expect(found.length).toBe(300)
  })

  it('reads batches larger than the fetch limit', async () => {
    const topic = await topicOf('large')
    const producer = await Producer.open(cluster)
    const to = await producer.topic(topic)
    for (let i = 0; i < 5; i++) to.send(null, Buffer.alloc(900_000, 65 + i), i)
    await producer.close()
    const found = await read(topic, 1, 5, { fetchBytesMax: 10_000 })
    expect(found.map((record) => [record.value!.length, record.value![0]])).toEqual(
      [0, 1, 2, 3, 4].map((i) => [900_000, String.fromCharCode(65 + i)]),
    )
  })

  it('finds offsets by position and time', async () => {
    const topic = await topicOf('offsets')
    await write(topic, 100)
    const at = (...specs: ('earliest' | 'latest' | 'max-timestamp' | number)[]) =>
      listOffsets(
        cluster,
        specs.map((spec) => ({ topic, partition: 0, at: spec })),
      )
    const answers = await at('earliest', 'latest', 1_700_000_000_050, 1_800_000_000_000, 'max-timestamp')
    expect(answers.map(({ offset }) => offset)).toEqual([0, 100, 50, undefined, 99])
    expect(answers[2]!.timestamp).toBe(1_700_000_000_050)
    expect(await codeOf(listOffsets(cluster, [{ topic, partition: 7, at: 'latest' }]))).toBe('KAFKA_TOPIC_MISSING')
  })

  it('says which offset is out of range, and what there is', async () => {
    const topic = await topicOf('range')
    await write(topic, 10)
    const fetcher = new PartitionFetcher(cluster)
    fetcher.assign([{ topic, partition: 0, offset: 500 }])
    await expect(fetcher.poll(10_000)).rejects.toThrow(`${topic}-0 does not hold offset 500: it holds 0 up to 10`)
    fetcher.close()
  })

  it('says that a topic is missing', async () => {
    const missing = newTopicName('missing')
    expect(await codeOf(cluster.topics([missing]))).toBe('KAFKA_TOPIC_MISSING')
    const fetcher = new PartitionFetcher(cluster)
    fetcher.assign([{ topic: missing, partition: 0, offset: 0 }])
    expect(await codeOf(fetcher.poll(10_000))).toBe('KAFKA_TOPIC_MISSING')
    fetcher.close()
  })

  it('notices that a topic was deleted and created anew', async () => {
    const topic = await topicOf('recreated')
    await write(topic, 10)
    const fetcher = new PartitionFetcher(cluster)
    fetcher.assign([{ topic, partition: 0, offset: 0 }])
    expect((await fetcher.poll(10_000))[0]!.nextOffset).toBe(10)
    await deleteTopics(cluster, [topic])
    await createTopics(cluster, [{ name: topic }])
    const waiting = (async () => {
      for (;;) await fetcher.poll(10_000)
    })()
    expect(await codeOf(waiting)).toBe('KAFKA_TOPIC_MISSING')
    fetcher.close()
  })

  it('sees only committed records under read_committed, and no markers', async () => {
    const topic = await topicOf('transactions')
    const script = `
      const { Kafka, logLevel } = require('kafkajs');
      (async () => {
        const producer = new Kafka({ brokers: ['${realKafka}'], logLevel: logLevel.NOTHING }).producer({ transactionalId: '${topic}', maxInFlightRequests: 1, idempotent: true });
        await producer.connect();
        for (const end of ['commit', 'abort', 'commit']) {
          const transaction = await producer.transaction();
          await transaction.send({ topic: '${topic}', messages: [{ value: end + ' 1' }, { value: end + ' 2' }] });
          await transaction[end]();
        }
        await producer.disconnect();
      })()`
    execFileSync(process.execPath, ['-e', script], { env: { ...process.env, KAFKAJS_NO_PARTITIONER_WARNING: '1' } })
    const values = (found: Read[]) => found.map((record) => record.value)
    expect(values(await read(topic, 1, 4, { isolationLevel: 'read_committed' }))).toEqual([
      'commit 1',
      'commit 2',
      'commit 1',
      'commit 2',
    ])
    expect(values(await read(topic, 1, 6))).toEqual([
      'commit 1',
      'commit 2',
      'abort 1',
      'abort 2',
      'commit 1',
      'commit 2',
    ])
  })

  it('writes without acknowledgement and with one', async () => {
    for (const acks of [0, 1] as const) {
      const topic = await topicOf(`acks-${acks}`)
      await write(topic, 500, { acks })
      expect((await read(topic, 1, 500)).length).toBe(500)
    }
  })

  it('says that a record is too large for the topic', async () => {
    const topic = await topicOf('too-large', 1, { 'max.message.bytes': '1000' })
    const producer = await Producer.open(cluster)
    const to = await producer.topic(topic)
    to.send(null, Buffer.alloc(5000), 0)
    expect(await codeOf(producer.flush())).toBe('KAFKA_REFUSED')
    expect(() => to.send(null, utf8('x'), 0)).toThrow('MESSAGE_TOO_LARGE')
    expect(await codeOf(producer.close())).toBe('KAFKA_REFUSED')
  })

  it('commits offsets of a group without members, as a source does', async () => {
    const topic = await topicOf('group', 2)
    const group = newTopicName('group')
    const partitions = [0, 1].map((partition) => ({ topic, partition }))
    const offsets = async () =>
      (await committedOffsets(cluster, group, partitions)).map(({ partition, offset }) => [partition, offset]).sort()
    expect(await offsets()).toEqual([
      [0, undefined],
      [1, undefined],
    ])
    await write(topic, 20)
    await commitOffsets(cluster, group, [{ topic, partition: 1, offset: 5 }])
    expect(await offsets()).toEqual([
      [0, undefined],
      [1, 5],
    ])
  })

  it('tells the cluster from another one', async () => {
    const { clusterId, brokers } = await cluster.describe()
    expect(clusterId).toMatch(/^[\w-]{22}$/)
    expect(brokers.length).toBeGreaterThan(0)
    const [topic] = await cluster.topics([await topicOf('ids', 2)])
    expect(topic).toMatchObject({ internal: false, partitions: [{ partition: 0 }, { partition: 1 }] })
    expect(topic!.topicId).toMatch(/^[\w-]{22}$/)
  })

  it('wakes a waiting reader as soon as a record is there, and poll ends in time when there is none', async () => {
    const topic = await topicOf('latency')
    const fetcher = new PartitionFetcher(cluster)
    fetcher.assign([{ topic, partition: 0, offset: 0 }])
    expect(await fetcher.poll(50)).toEqual([])
    const producer = await Producer.open(cluster, { lingerMs: 0 })
    const to = await producer.topic(topic)
    const waits: number[] = []
    for (let i = 0; i < 20; i++) {
      const started = performance.now()
      to.send(null, utf8('now'), Date.now())
      expect((await fetcher.poll(5000)).length).toBe(1)
      waits.push(performance.now() - started)
    }
    expect(waits.sort((a, b) => a - b)[10]).toBeLessThan(100)
    const abort = new AbortController()
    setTimeout(() => abort.abort(new Error('enough')), 20)
    await expect(fetcher.poll(5000, abort.signal)).rejects.toThrow('enough')
    await producer.close()
    fetcher.close()
  })
})
