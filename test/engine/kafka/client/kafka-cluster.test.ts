import { afterEach, describe, expect, it } from 'vitest'
import { FlinktsError, isFlinktsError } from '../../../../engine/common/errors.ts'
import { createTopics, deleteTopics } from '../../../../engine/kafka/client/admin.ts'
import { Backoff, RetriableKafkaError, retrying } from '../../../../engine/kafka/client/backoff.ts'
import { formatAddress, parseBootstrapServers } from '../../../../engine/kafka/client/bootstrap-servers.ts'
import { committedOffsets, commitOffsets } from '../../../../engine/kafka/client/group-offsets.ts'
import { KafkaCluster, type KafkaClusterOptions } from '../../../../engine/kafka/client/kafka-cluster.ts'
import { kafkaError } from '../../../../engine/kafka/client/kafka-error.ts'
import { listOffsets } from '../../../../engine/kafka/client/list-offsets.ts'
import { systemClock } from '../../../../engine/time/clock.ts'
import { metadataOf, ScriptedBroker, type Handlers } from './scripted-broker.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(handlers: (broker: ScriptedBroker) => Handlers, options: Partial<KafkaClusterOptions> = {}) {
  const broker = await new ScriptedBroker({}).start()
  broker.handlers = handlers(broker)
  const cluster = new KafkaCluster({
    bootstrapServers: [{ host: '127.0.0.1', port: broker.port }],
    clock: systemClock,
    random: () => 0.5,
    retryBackoffMs: 2,
    retryBackoffMaxMs: 10,
    retryTimeoutMs: 3000,
    ...options,
  })
  cleanups.push(
    () => broker.stop(),
    () => cluster.close(),
  )
  return { broker, cluster }
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
/** Gives its answers one after the other, the last one for ever. */
const inTurn = <T>(...answers: T[]) => {
  let turn = 0
  return () => answers[Math.min(turn++, answers.length - 1)]!
}

describe('bootstrap.servers', () => {
  it('is read as Kafka reads it', () => {
    expect(parseBootstrapServers(' a:1, PLAINTEXT://b.c:65535 ,[::1]:9092,')).toEqual([
      { host: 'a', port: 1 },
      { host: 'b.c', port: 65535 },
      { host: '::1', port: 9092 },
    ])
    expect(formatAddress({ host: '::1', port: 9092 })).toBe('[::1]:9092')
  })

  it.each(['', 'localhost', 'a:0', 'a:65536', 'a:b', '::1:9092'])('refuses %j', (text) => {
    expect(() => parseBootstrapServers(text)).toThrow(/bootstrap.servers/)
  })
})

describe('retrying', () => {
  const options = { clock: systemClock, random: () => 0.5, retryBackoffMs: 1, retryBackoffMaxMs: 4, retryTimeoutMs: 60 }

  it('doubles its waits up to the limit, with jitter', () => {
    const backoff = new Backoff(100, 1000, () => 0.5)
    expect([1, 2, 3, 4, 5, 6].map(() => backoff.nextMs())).toEqual([100, 200, 400, 800, 1000, 1000])
    backoff.reset()
    expect(backoff.nextMs()).toBe(100)
    expect(new Backoff(100, 1000, () => 0).nextMs()).toBeCloseTo(80)
    expect(new Backoff(100, 1000, () => 1).nextMs()).toBeCloseTo(120)
  })

  it('goes on until it succeeds', async () => {
    let attempts = 0
    const attempt = async () => {
      if (attempts++ < 4) throw kafkaError(5, 'reading')
      return attempts
    }
    expect(await retrying(options, 'reading', attempt)).toBe(5)
  })

  it('throws at once what time does not heal', async () => {
    let attempts = 0
    const attempt = async () => {
      attempts++
      throw kafkaError(17, 'creating')
    }
    expect(await failureOf(retrying(options, 'creating', attempt))).toContain('INVALID_TOPIC_EXCEPTION')
    expect(attempts).toBe(1)
  })

  it('names the first cause when the time is over', async () => {
    let attempts = 0
    const attempt = async () => {
      throw attempts++ === 0
        ? new FlinktsError('KAFKA_UNREACHABLE', 'the first cause', { fix: 'mend it' })
        : new RetriableKafkaError('KAFKA_REFUSED', 'a later one')
    }
    const failure = await retrying(options, 'reading', attempt).catch((error: unknown) => error as FlinktsError)
    expect(failure).toMatchObject({ code: 'KAFKA_UNREACHABLE', fix: 'mend it' })
    expect(failure.message).toMatch(/^reading: given up after 0\.1 s: the first cause$/)
  })

  it('ends by signal', async () => {
    const abort = new AbortController()
    const waiting = retrying(
      { ...options, retryTimeoutMs: 60_000, retryBackoffMs: 5000, retryBackoffMaxMs: 5000 },
      'reading',
      async () => Promise.reject(kafkaError(5, 'x')),
      abort.signal,
    )
    setTimeout(() => abort.abort(new Error('enough')), 10)
    await expect(waiting).rejects.toThrow('enough')
  })
})

describe('KafkaCluster', () => {
  it('finds a broker that answers among several addresses', async () => {
    const gone = await new ScriptedBroker({}).start()
    await gone.stop()
    const { broker } = await start(() => ({}))
    broker.handlers = { Metadata: () => metadataOf(broker.port, 't', 2) }
    const bootstrapServers = [gone.port, broker.port].map((port) => ({ host: '127.0.0.1', port }))
    const cluster = new KafkaCluster({ bootstrapServers, clock: systemClock, random: () => 0.5 })
    cleanups.push(() => cluster.close())
    expect(
      (await cluster.topics(['t']))[0]!.partitions.map(({ partition, leaderId }) => [partition, leaderId]),
    ).toEqual([
      [0, 1],
      [1, 1],
    ])
    expect(await cluster.describe()).toEqual({
      clusterId: 'scripted',
      controllerId: 1,
      brokers: [{ brokerId: 1, host: '127.0.0.1', port: broker.port }],
    })
  })

  it('retries what is passing and says at once that a topic is missing', async () => {
    const { cluster } = await start((broker) => ({
      Metadata: inTurn(
        metadataOf(broker.port, 't', 1, 5),
        metadataOf(broker.port, 't', 1, 5),
        metadataOf(broker.port, 't'),
        metadataOf(broker.port, 't', 0, 3),
      ),
    }))
    expect((await cluster.topics(['t'])).length).toBe(1)
    expect(await failureOf(cluster.topics(['t']))).toMatch(/^KAFKA_TOPIC_MISSING topic t does not exist at 127.0.0.1:/)
  })

  it('gives up on a silent cluster after the stated time', async () => {
    const { broker, cluster } = await start(() => ({}), { retryTimeoutMs: 80 })
    await broker.stop()
    expect(await failureOf(cluster.topics(null))).toMatch(
      /^KAFKA_UNREACHABLE reading the metadata of topics: given up after 0\.\d s: .*ECONNREFUSED/,
    )
  })

  it('refuses everything once it is closed', async () => {
    const { cluster } = await start(() => ({ Metadata: () => 'silence' }))
    const waiting = failureOf(cluster.topicsOnce(null))
    await new Promise((resolve) => setTimeout(resolve, 20))
    cluster.close()
    expect(await waiting).toContain('KAFKA_UNREACHABLE')
    expect(await failureOf(cluster.topicsOnce(null))).toContain('the Kafka client was closed')
  })
})

describe('listOffsets', () => {
  const found = (offset: bigint, timestamp = -1n, errorCode = 0) => ({
    topics: [{ name: 't', partitions: [{ partitionIndex: 0, errorCode, timestamp, offset, leaderEpoch: 0 }] }],
  })

  it('answers in the order of the queries, one partition asked for several times', async () => {
    const { broker, cluster } = await start((scripted) => ({
      Metadata: () => metadataOf(scripted.port, 't'),
      ListOffsets: (request) => {
        const { timestamp } = request.topics[0]!.partitions[0]!
        return timestamp === -2n
          ? found(3n)
          : timestamp === -1n
            ? found(90n)
            : timestamp > 1000n
              ? found(-1n)
              : found(40n, 555n)
      },
    }))
    const specs = ['latest', 500, 2000, 'earliest'] as const
    const answers = await listOffsets(
      cluster,
      specs.map((at) => ({ topic: 't', partition: 0, at })),
    )
    expect(answers.map(({ offset, timestamp }) => [offset, timestamp])).toEqual([
      [90, undefined],
      [40, 555],
      [undefined, undefined],
      [3, undefined],
    ])
    expect(broker.count('ListOffsets')).toBe(4)
  })

  it('waits for a partition that does not serve yet', async () => {
    const { cluster } = await start((broker) => ({
      Metadata: () => metadataOf(broker.port, 't'),
      ListOffsets: inTurn(found(-1n, -1n, 6), found(-1n, -1n, 6), found(7n)),
    }))
    expect((await listOffsets(cluster, [{ topic: 't', partition: 0, at: 'latest' }]))[0]!.offset).toBe(7)
  })
})

describe('admin', () => {
  it('creates topics, takes an existing one for good, and waits until they serve', async () => {
    const result = (name: string, errorCode: number) => ({ name, errorCode, errorMessage: null })
    const { broker, cluster } = await start((scripted) => ({
      Metadata: inTurn(
        metadataOf(scripted.port, 'new'),
        metadataOf(scripted.port, 'new', 0, 3),
        metadataOf(scripted.port, 'new'),
      ),
      CreateTopics: () => ({ topics: [result('new', 0), result('old', 36)] }),
      ListOffsets: () => ({
        topics: [
          {
            name: 'new',
            partitions: [{ partitionIndex: 0, errorCode: 0, timestamp: -1n, offset: 0n, leaderEpoch: 0 }],
          },
        ],
      }),
    }))
    expect(await createTopics(cluster, [{ name: 'new', partitions: 1 }, { name: 'old' }])).toEqual([
      { name: 'new', created: true },
      { name: 'old', created: false },
    ])
    expect(broker.count('ListOffsets')).toBe(1)
  })

  it('passes on what the broker says of a bad topic', async () => {
    const { cluster } = await start((broker) => ({
      Metadata: () => metadataOf(broker.port, 't'),
      CreateTopics: () => ({ topics: [{ name: 'a b', errorCode: 17, errorMessage: 'no blanks' }] }),
    }))
    expect(await failureOf(createTopics(cluster, [{ name: 'a b' }]))).toBe(
      'OPTION_INVALID creating topic a b: the broker says INVALID_TOPIC_EXCEPTION (no blanks)',
    )
  })

  it('deletes topics; one that is not there is no error', async () => {
    const { cluster } = await start((broker) => ({
      Metadata: () => metadataOf(broker.port, 't'),
      DeleteTopics: (request) => ({
        responses: request.topics.map(({ name }) => ({ name, errorCode: name === 't' ? 0 : 3 })),
      }),
    }))
    expect(await deleteTopics(cluster, ['t', 'u'])).toEqual([
      { name: 't', deleted: true },
      { name: 'u', deleted: false },
    ])
  })
})

describe('group offsets', () => {
  it('are committed to the coordinator and read back', async () => {
    const stored = new Map<string, bigint>()
    const { cluster } = await start((broker) => ({
      Metadata: () => metadataOf(broker.port, 't'),
      FindCoordinator: inTurn<never>(
        { errorCode: 15, nodeId: -1, host: '', port: -1 } as never,
        { errorCode: 0, nodeId: 1, host: '127.0.0.1', port: broker.port } as never,
      ),
      OffsetCommit: (request) => ({
        topics: request.topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex, committedOffset }) => {
            stored.set(`${request.groupId} ${name} ${partitionIndex}`, committedOffset)
            return { partitionIndex, errorCode: 0 }
          }),
        })),
      }),
      OffsetFetch: (request) => ({
        topics: request.topics!.map(({ name, partitionIndexes }) => ({
          name,
          partitions: partitionIndexes.map((partitionIndex) => ({
            partitionIndex,
            errorCode: 0,
            metadata: '',
            committedOffset: stored.get(`${request.groupId} ${name} ${partitionIndex}`) ?? -1n,
          })),
        })),
      }),
    }))
    await commitOffsets(cluster, 'g', [{ topic: 't', partition: 0, offset: 42 }])
    expect(
      await committedOffsets(
        cluster,
        'g',
        [0, 1].map((partition) => ({ topic: 't', partition })),
      ),
    ).toEqual([
      { topic: 't', partition: 0, offset: 42 },
      { topic: 't', partition: 1, offset: undefined },
    ])
  })
})
