import { afterEach, describe, expect, it } from 'vitest'
import { isFlinktsError } from '../../../../engine/common/errors.ts'
import { KafkaCluster, type KafkaClusterOptions } from '../../../../engine/kafka/client/kafka-cluster.ts'
import { Producer, type ProducerOptions } from '../../../../engine/kafka/client/producer.ts'
import { readBatchHeader } from '../../../../engine/kafka/protocol/record-batch.ts'
import { RecordIndex } from '../../../../engine/kafka/protocol/record-index.ts'
import type { ProduceRequest, ResponseInputByApi } from '../../../../engine/kafka/protocol/schemas.ts'
import { systemClock } from '../../../../engine/time/clock.ts'
import { metadataOf, ScriptedBroker, type Answer } from './scripted-broker.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Written {
  readonly partition: number
  readonly producerId: number
  readonly sequence: number
  readonly values: string[]
}

const index = new RecordIndex()
function writtenIn(request: ProduceRequest): Written[] {
  return request.topicData.flatMap(({ partitionData }) =>
    partitionData.map(({ index: partition, records }) => {
      const header = readBatchHeader(records!, 0)
      index.read(records!, 0)
      const values = Array.from({ length: index.count }, (_, i) =>
        Buffer.from(index.bytes.subarray(index.valueStart[i], index.valueStart[i]! + index.valueLength[i]!)).toString(),
      )
      return { partition, producerId: header.producerId, sequence: header.baseSequence, values }
    }),
  )
}
const answerOf = (request: ProduceRequest, errorCode = 0): ResponseInputByApi['Produce'] => ({
  responses: request.topicData.map(({ name, partitionData }) => ({
    name,
    partitionResponses: partitionData.map(({ index: partition }) => ({ index: partition, errorCode, baseOffset: 0n })),
  })),
})

async function start(
  produce: (written: Written[], request: ProduceRequest) => Answer<'Produce'> | Promise<Answer<'Produce'>>,
  options: ProducerOptions = {},
  partitions = 1,
  clusterOptions: Partial<KafkaClusterOptions> = {},
) {
  const written: Written[] = []
  let nextProducerId = 100n
  const broker = await new ScriptedBroker({}).start()
  broker.handlers = {
    Metadata: () => metadataOf(broker.port, 'log', partitions),
    InitProducerId: () => ({ errorCode: 0, producerId: nextProducerId++, producerEpoch: 0 }),
    Produce: async (request) => {
      const batches = writtenIn(request)
      const answer = await produce(batches, request)
      if (answer !== 'close') written.push(...batches)
      return answer
    },
  }
  const cluster = new KafkaCluster({
    bootstrapServers: [{ host: '127.0.0.1', port: broker.port }],
    clock: systemClock,
    random: () => 0.5,
    retryBackoffMs: 5,
    retryBackoffMaxMs: 20,
    retryTimeoutMs: 5000,
    ...clusterOptions,
  })
  const producer = await Producer.open(cluster, options)
  cleanups.push(
    () => broker.stop(),
    () => cluster.close(),
  )
  return { broker, producer, log: await producer.topic('log'), written }
}
async function failureOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (isFlinktsError(error)) return `${error.code} ${error.message}`
    throw error
  }
  return 'none'
}
const value = (i: number) => Buffer.from(`v${i}`)
const upTo = (count: number) => Array.from({ length: count }, (_, i) => `v${i}`)

describe('Producer', () => {
  it('writes in batches, with sequence numbers that follow each other', async () => {
    const { producer, log, written } = await start((_, request) => answerOf(request), { batchBytesMax: 300 })
    for (let i = 0; i < 100; i++) log.send(null, value(i), i)
    await producer.flush()
    expect(written.flatMap(({ values }) => values)).toEqual(upTo(100))
    expect(written.length).toBeGreaterThan(3)
    let sequence = 0
    for (const batch of written) {
      expect([batch.producerId, batch.sequence]).toEqual([100, sequence])
      sequence += batch.values.length
    }
  })

  it('waits for company up to linger.ms, flush does not wait', async () => {
    const { broker, producer, log, written } = await start((_, request) => answerOf(request), { lingerMs: 60_000 })
    log.send(null, value(0), 0)
    log.send(null, value(1), 0)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(broker.count('Produce')).toBe(0)
    await producer.flush()
    expect(written.map(({ values }) => values)).toEqual([['v0', 'v1']])
  })

  it('flush waits for what was sent before, not for what is sent meanwhile', async () => {
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const { producer, log, written } = await start(async ([first], request) => {
      if (first!.values.includes('v2')) await held
      return answerOf(request)
    })
    log.send(null, value(0), 0)
    log.send(null, value(1), 0)
    const flushed = producer.flush()
    log.send(null, value(2), 0)
    await flushed
    expect(written.map(({ values }) => values)).toEqual([['v0', 'v1']])
    release()
    await producer.flush()
    expect(written.map(({ values }) => values)).toEqual([['v0', 'v1'], ['v2']])
  })

  it('sends by itself once linger.ms is over', async () => {
    const { written, log } = await start((_, request) => answerOf(request), { lingerMs: 10 })
    log.send(null, value(0), 0)
    await expect.poll(() => written.length).toBe(1)
  })

  it('sends again what failed, with the same sequence, keeping the order', async () => {
    let failures = 0
    const seen: Written[] = []
    const troubles: boolean[] = []
    const { producer, log, written } = await start(
      (batches, request) => {
        seen.push(...batches)
        troubles.push(producer.trouble !== undefined)
        if (failures++ % 3 === 0) return 'close'
        return answerOf(request, failures % 3 === 2 ? 7 : 0)
      },
      { batchBytesMax: 200 },
    )
    for (let i = 0; i < 60; i++) log.send(null, value(i), i)
    await producer.flush()
    expect(troubles.slice(0, 6)).toEqual([false, true, true, false, true, true]) // until it has arrived
    expect(producer.trouble).toBeUndefined()
    expect(seen.length).toBeGreaterThan(written.length)
    const sequences = new Map<number, string[]>()
    for (const { sequence, values } of seen) {
      expect(sequences.get(sequence) ?? values).toEqual(values)
      sequences.set(sequence, values)
    }
    expect([...sequences.values()].flat()).toEqual(upTo(60))
  })

  it('takes a duplicate for arrived', async () => {
    const { producer, log, broker } = await start((_, request) => answerOf(request, 46))
    log.send(null, value(0), 0)
    await producer.flush()
    expect(broker.count('Produce')).toBe(1)
  })

  it('gets a new producer id when the broker has lost it, and begins again at sequence 0', async () => {
    const { producer, log, written } = await start(
      (batches, request) => answerOf(request, batches[0]!.producerId === 100 && batches[0]!.sequence > 0 ? 59 : 0),
      { batchBytesMax: 200 },
    )
    for (let i = 0; i < 30; i++) log.send(null, value(i), i)
    await producer.flush()
    const arrived = written.filter(({ producerId, sequence }) => producerId !== 100 || sequence === 0)
    expect(arrived.flatMap(({ values }) => values)).toEqual(upTo(30))
    expect(arrived[1]).toMatchObject({ producerId: 101, sequence: 0 })
  })

  it('fails for good, by name, on what time does not heal', async () => {
    const { producer, log } = await start((_, request) => answerOf(request, 10))
    log.send(null, value(0), 0)
    expect(await failureOf(producer.flush())).toMatch(
      /^KAFKA_REFUSED writing to log-0: the broker says MESSAGE_TOO_LARGE/,
    )
    expect(() => log.send(null, value(1), 0)).toThrow('MESSAGE_TOO_LARGE')
    expect(await failureOf(producer.available())).toContain('MESSAGE_TOO_LARGE')
    expect(await failureOf(producer.close())).toContain('MESSAGE_TOO_LARGE')
  })

  it('gives up after delivery.timeout.ms, naming the first cause', async () => {
    const { broker, producer, log } = await start((_, request) => answerOf(request), { deliveryTimeoutMs: 150 })
    await broker.stop()
    log.send(null, value(0), 0)
    expect(await failureOf(producer.flush())).toMatch(
      /^KAFKA_UNREACHABLE writing to log-0: given up after 0\.\d s: Kafka at .*ECONNREFUSED/,
    )
  })

  it('survives a broker that goes and comes back', async () => {
    const { broker, producer, log, written } = await start((_, request) => answerOf(request))
    log.send(null, value(0), 0)
    await producer.flush()
    await broker.stop()
    log.send(null, value(1), 0)
    const flushed = producer.flush()
    await new Promise((resolve) => setTimeout(resolve, 60))
    await broker.start()
    await flushed
    expect(written.flatMap(({ values }) => values)).toEqual(['v0', 'v1'])
  })

  it('pushes back at its memory limit until batches have arrived', async () => {
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const { producer, log, written } = await start(async (_, request) => held.then(() => answerOf(request)), {
      bufferBytesMax: 5000,
      batchBytesMax: 1000,
      lingerMs: 0,
    })
    let sent = 0
    while (producer.isAvailable()) log.send(null, Buffer.alloc(100, 65), sent++)
    expect(sent).toBeGreaterThan(30)
    expect(sent).toBeLessThan(60)
    let available = false
    const waiting = producer.available().then(() => (available = true))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(available).toBe(false)
    release()
    await waiting
    await producer.flush()
    expect(written.flatMap(({ values }) => values).length).toBe(sent)
  })

  it('writes without waiting for answers under acks 0', async () => {
    const { producer, log, written } = await start(() => 'silence', { acks: 0 })
    for (let i = 0; i < 10; i++) log.send(null, value(i), i)
    await producer.flush()
    await expect.poll(() => written.flatMap(({ values }) => values)).toEqual(upTo(10))
    expect(written[0]!.producerId).toBe(-1)
  })

  it('spreads keys as Java does and names partitions it is told to', async () => {
    const { producer, log, written } = await start((_, request) => answerOf(request), {}, 4)
    log.send(Buffer.from('foobar'), value(0), 0)
    log.send(null, value(1), 0, [], 3)
    await producer.flush()
    expect(written.find(({ values }) => values.includes('v0'))!.partition).toBe((-790332482 & 0x7fffffff) % 4)
    expect(written.find(({ values }) => values.includes('v1'))!.partition).toBe(3)
    expect(() => log.send(null, value(2), 0, [], 4)).toThrow('no partition 4')
  })

  it('takes many records at once, each into the partition it names, null keys and values and headers included', async () => {
    const seen: (string | null)[][] = []
    const { producer, log } = await start(
      (_, request) => {
        const records = new RecordIndex({ keys: true, timestamps: true, headers: true })
        for (const { index: partition, records: bytes } of request.topicData[0]!.partitionData) {
          records.read(bytes!, 0)
          for (let i = 0; i < records.count; i++) {
            const text = (from: number, length: number) =>
              length < 0 ? null : Buffer.from(records.bytes.subarray(from, from + length)).toString()
            const headers = records
              .headersOf(i)
              .map(({ key, value }) => `${key}=${value === null ? '' : Buffer.from(value).toString()}`)
            seen.push([
              String(partition),
              text(records.keyStart[i]!, records.keyLength[i]!),
              text(records.valueStart[i]!, records.valueLength[i]!),
              String(records.timestampOf(i)),
              headers.join(),
            ])
          }
        }
        return answerOf(request)
      },
      { lingerMs: 1000 },
      2,
    )
    const records = {
      bytes: Buffer.from('-onefirsttwo'),
      keyStart: Int32Array.of(0, 1, 0, 9, 0),
      keyLength: Int32Array.of(1, 3, -1, 3, 1),
      valueStart: Int32Array.of(0, 4, 4, 0, 0),
      valueLength: Int32Array.of(1, 5, 5, -1, 1),
      timestamp: Float64Array.of(0, 10, 20, 30, 0),
      partition: Int32Array.of(9, 1, 0, 1, 9),
      headers: [undefined, undefined, [{ key: 'h', value: Buffer.from('x') }], undefined, undefined],
    }
    log.sendRanges(records, 1, 4)
    await producer.flush()
    expect(producer.acknowledgedCount).toBe(3)
    expect(seen.sort()).toEqual([
      ['0', null, 'first', '20', 'h=x'],
      ['1', 'one', 'first', '10', ''],
      ['1', 'two', null, '30', ''],
    ])
    expect(() => log.sendRanges(records, 0, 1)).toThrow('has no partition 9')
  })

  it('refuses idempotence without acks all', async () => {
    const cluster = new KafkaCluster({
      bootstrapServers: [{ host: '127.0.0.1', port: 1 }],
      clock: systemClock,
      random: Math.random,
    })
    expect(await failureOf(Producer.open(cluster, { acks: 1, idempotent: true }))).toContain('OPTION_INVALID')
  })
})
