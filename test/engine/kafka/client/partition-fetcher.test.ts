import { afterEach, describe, expect, it } from 'vitest'
import { isFlinktsError } from '../../../../engine/common/errors.ts'
import { KafkaCluster, type KafkaClusterOptions } from '../../../../engine/kafka/client/kafka-cluster.ts'
import { PartitionFetcher, type PartitionFetcherOptions } from '../../../../engine/kafka/client/partition-fetcher.ts'
import { RecordBatchBuilder } from '../../../../engine/kafka/protocol/record-batch-builder.ts'
import { RecordIndex } from '../../../../engine/kafka/protocol/record-index.ts'
import type { FetchRequest, ResponseInputByApi } from '../../../../engine/kafka/protocol/schemas.ts'
import { systemClock } from '../../../../engine/time/clock.ts'
import { metadataOf, ScriptedBroker, type Answer } from './scripted-broker.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A log of batches of ten records each. */
const batchRecords = 10
const batchAt = (baseOffset: number, valueBytes = 20) => {
  const builder = new RecordBatchBuilder()
  for (let i = 0; i < batchRecords; i++)
    builder.append(null, Buffer.from(`${baseOffset + i} `.padEnd(valueBytes, '.')), baseOffset + i)
  const batch = builder.build()
  batch.writeBigInt64BE(BigInt(baseOffset), 0)
  return batch
}

type PartitionAnswer = ResponseInputByApi['Fetch']['responses'][number]['partitions'][number]
const dataOf = (partitionIndex: number, offset: bigint, end: number, valueBytes?: number): PartitionAnswer => {
  const base = Math.floor(Number(offset) / batchRecords) * batchRecords
  const records = base < end ? batchAt(base, valueBytes) : null
  return {
    partitionIndex,
    errorCode: 0,
    highWatermark: BigInt(end),
    lastStableOffset: BigInt(end),
    logStartOffset: 0n,
    abortedTransactions: null,
    records,
  }
}
const answerOf = (
  request: FetchRequest,
  partition: (index: number, offset: bigint) => PartitionAnswer,
): ResponseInputByApi['Fetch'] => ({
  responses: request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map((asked) => partition(asked.partition, asked.fetchOffset)),
  })),
})
/** Answers at once with what there is, and only after the long poll's time with nothing. */
const logOf =
  (end: number, valueBytes?: number) =>
  async (request: FetchRequest): Promise<Answer<'Fetch'>> => {
    const answer = answerOf(request, (index, offset) => dataOf(index, offset, end, valueBytes))
    if (answer.responses.every(({ partitions }) => partitions.every(({ records }) => records === null)))
      await new Promise((resolve) => setTimeout(resolve, request.maxWaitMs))
    return answer
  }

async function start(
  fetch: (request: FetchRequest) => Answer<'Fetch'> | Promise<Answer<'Fetch'>>,
  options: PartitionFetcherOptions = {},
  clusterOptions: Partial<KafkaClusterOptions> = {},
  partitions = 1,
) {
  const broker = await new ScriptedBroker({}).start()
  broker.handlers = {
    Metadata: () => metadataOf(broker.port, 'log', partitions),
    Fetch: fetch,
    ListOffsets: () => 'close',
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
  const fetcher = new PartitionFetcher(cluster, { fetchWaitMsMax: 30, ...options })
  cleanups.push(
    () => broker.stop(),
    () => cluster.close(),
    () => fetcher.close(),
  )
  return { broker, cluster, fetcher }
}

const index = new RecordIndex()
function valuesOf(fetched: Awaited<ReturnType<PartitionFetcher['poll']>>): number[] {
  const values: number[] = []
  for (const { bytes, batchStarts, fromOffset } of fetched)
    for (const at of batchStarts) {
      index.read(bytes, at, fromOffset)
      for (let i = 0; i < index.count; i++)
        values.push(
          Number.parseInt(Buffer.from(index.bytes.subarray(index.valueStart[i], index.valueStart[i]! + 8)).toString()),
        )
    }
  return values
}
async function readAll(fetcher: PartitionFetcher, count: number): Promise<number[]> {
  const values: number[] = []
  while (values.length < count) values.push(...valuesOf(await fetcher.poll(5000)))
  return values
}
const upTo = (end: number, start = 0) => Array.from({ length: end - start }, (_, i) => start + i)
async function failureOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (isFlinktsError(error)) return `${error.code} ${error.message}`
    throw error
  }
  return 'none'
}

describe('PartitionFetcher', () => {
  it('reads every record once and in order, from the middle of a batch on', async () => {
    const { fetcher } = await start(logOf(200))
    fetcher.assign([{ topic: 'log', partition: 0, offset: 13 }])
    expect(await readAll(fetcher, 187)).toEqual(upTo(200, 13))
    expect(await fetcher.poll(50)).toEqual([])
  })

  it('has the next fetch on the wire while the last answer is held, and not more', async () => {
    const { broker, fetcher } = await start(logOf(1000))
    fetcher.assign([{ topic: 'log', partition: 0, offset: 0 }])
    await fetcher.poll(5000)
    await expect.poll(() => broker.count('Fetch')).toBe(2)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(broker.count('Fetch')).toBe(2)
    await fetcher.poll(5000)
    await expect.poll(() => broker.count('Fetch')).toBe(3)
  })

  it('leaves the bytes of an answer alone until the next poll, also large ones', async () => {
    const { fetcher } = await start(logOf(300, 20_000))
    fetcher.assign([{ topic: 'log', partition: 0, offset: 0 }])
    for (let base = 0; base < 300; base += batchRecords) {
      const fetched = await fetcher.poll(5000)
      expect(fetched[0]!.bytes.length).toBeGreaterThan(200_000)
      const before = Buffer.from(fetched[0]!.bytes)
      await new Promise((resolve) => setTimeout(resolve, 2)) // the read-ahead arrives meanwhile
      expect(before.equals(fetched[0]!.bytes)).toBe(true)
      expect(valuesOf(fetched)).toEqual(upTo(base + batchRecords, base))
    }
  })

  it('survives a broker that goes and comes back', async () => {
    const { broker, fetcher } = await start(logOf(100))
    fetcher.assign([{ topic: 'log', partition: 0, offset: 0 }])
    const values = valuesOf(await fetcher.poll(5000))
    await broker.stop()
    const rest = readAll(fetcher, 90)
    await new Promise((resolve) => setTimeout(resolve, 80))
    await broker.start()
    expect([...values, ...(await rest)]).toEqual(upTo(100))
  })

  it('gives up after the stated time, naming the first cause', async () => {
    const { broker, fetcher } = await start(logOf(10), {}, { retryTimeoutMs: 150 })
    fetcher.assign([{ topic: 'log', partition: 0, offset: 0 }])
    await readAll(fetcher, 10)
    await broker.stop()
    expect(await failureOf(fetcher.poll(5000))).toMatch(
      /^KAFKA_UNREACHABLE reading log-0: given up after 0\.\d s: Kafka at .*: the broker closed the connection$/,
    )
    expect(await failureOf(fetcher.poll(5000))).toContain('KAFKA_UNREACHABLE')
  })

  it('looks the leader up anew when it has moved', async () => {
    let moved = false
    const { broker, fetcher } = await start((request) => {
      if (moved) return answerOf(request, (partition, offset) => dataOf(partition, offset, 50))
      moved = true
      return answerOf(request, (partitionIndex) => ({
        partitionIndex,
        errorCode: 6,
        highWatermark: -1n,
        abortedTransactions: null,
        records: null,
      }))
    })
    fetcher.assign([{ topic: 'log', partition: 0, offset: 0 }])
    expect(await readAll(fetcher, 50)).toEqual(upTo(50))
    expect(broker.count('Metadata')).toBe(2)
  })

  it('stops at an offset that is out of range, whatever else goes on', async () => {
    const { fetcher } = await start(
      (request) =>
        answerOf(request, (partitionIndex, offset) =>
          partitionIndex === 1
            ? { partitionIndex, errorCode: 1, highWatermark: -1n, abortedTransactions: null, records: null }
            : dataOf(0, offset, 1000),
        ),
      {},
      { retryTimeoutMs: 100 },
      2,
    )
    fetcher.assign([0, 1].map((partition) => ({ topic: 'log', partition, offset: 40 })))
    const reading = (async () => {
      for (;;) await fetcher.poll(5000)
    })()
    expect(await failureOf(reading)).toMatch(
      /^KAFKA_OFFSET_OUT_OF_RANGE log-1 does not hold offset 40: its range is not known/,
    )
    await expect(reading).rejects.toMatchObject({ fix: expect.stringContaining('--fresh') as string })
  })

  it('drops what was under way for an old position', async () => {
    const { fetcher } = await start(logOf(100))
    fetcher.assign([{ topic: 'log', partition: 0, offset: 0 }])
    expect(valuesOf(await fetcher.poll(5000))).toEqual(upTo(10))
    fetcher.assign([{ topic: 'log', partition: 0, offset: 75 }])
    expect(await readAll(fetcher, 25)).toEqual(upTo(100, 75))
  })

  it('does not ask for paused or unassigned partitions', async () => {
    const { broker, fetcher } = await start(logOf(1000), {}, {}, 3)
    fetcher.assign([0, 1, 2].map((partition) => ({ topic: 'log', partition, offset: 0 })))
    await fetcher.poll(5000)
    fetcher.setPaused('log', 0, true)
    fetcher.unassign('log', 1)
    await fetcher.poll(5000)
    await fetcher.poll(5000)
    await expect.poll(() => broker.count('Fetch')).toBe(4)
    const last = broker.asked.at(-1)!.request as FetchRequest
    expect(last.topics[0]!.partitions.map(({ partition }) => partition)).toEqual([2])
    fetcher.setPaused('log', 0, false)
    await fetcher.poll(5000)
    await expect.poll(() => (broker.asked.at(-1)!.request as FetchRequest).topics[0]!.partitions.length).toBe(2)
  })

  it('reports damage with its place', async () => {
    const { fetcher } = await start((request) =>
      answerOf(request, (partitionIndex, offset) => {
        const data = dataOf(partitionIndex, offset, 10)
        const records = Buffer.from(data.records!)
        records.writeInt32BE(3, 8)
        return { ...data, records }
      }),
    )
    fetcher.assign([{ topic: 'log', partition: 0, offset: 0 }])
    expect(await failureOf(fetcher.poll(5000))).toMatch(
      /^KAFKA_BATCH_CORRUPT log-0: a record batch of 15 bytes at offset 0/,
    )
  })

  it('never sits in an endless loop over batches that do not move on', async () => {
    const { fetcher } = await start((request) => answerOf(request, (partitionIndex) => dataOf(partitionIndex, 0n, 10)))
    fetcher.assign([{ topic: 'log', partition: 0, offset: 50 }])
    expect(await failureOf(fetcher.poll(5000))).toMatch(/^KAFKA_PROTOCOL log-0: asked for offset 50/)
  })

  it('ends a waiting poll by signal and by close', async () => {
    const { fetcher } = await start(logOf(0), { fetchWaitMsMax: 5000 })
    fetcher.assign([{ topic: 'log', partition: 0, offset: 0 }])
    const abort = new AbortController()
    const aborted = fetcher.poll(5000, abort.signal)
    abort.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
    const closed = fetcher.poll(5000)
    fetcher.close()
    await expect(closed).rejects.toThrow('closed')
  })
})
