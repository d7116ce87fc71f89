// What clients cannot do to the broker, nor to each other, however many they are and however badly they behave. Where
// memory is measured the broker is a process of its own (Linux only: /proc); the large numbers are in test/integration/broker-limits.
import { readdirSync, readlinkSync } from 'node:fs'
import { connect as connectSocket, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { connect as connectTls } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startBroker, type BrokerOptions } from '../../../../engine/broker.ts'
import { encodeRequest } from '../../../../engine/kafka/protocol/messages.ts'
import type { RequestInputByApi } from '../../../../engine/kafka/protocol/schemas.ts'
import { ManualClock } from '../../../../engine/testing/manual-clock.ts'
import { certificateFiles, TestAuthority } from '../../../helpers/certificates.ts'
import { abandonedReader, connectedSocket, crowd, fetchOf, frameHead, headOfHundredMiB } from './bad-clients.ts'
import { measuredBroker, mebibyte } from './measured-broker.ts'
import { batchOf, temporaryDirectory } from '../log/log-fixture.ts'
import { RawClient, testBroker } from './raw-client.ts'

const isLinux = process.platform === 'linux'
const metadataOf = (...names: string[]): RequestInputByApi['Metadata'] => ({
  topics: names.map((name) => ({ name })),
  allowAutoTopicCreation: false,
})
const batchOfBytes = (bytes: number): Buffer => batchOf([{ value: 'x'.repeat(bytes) }])

async function roundTrip(client: RawClient, topic: string): Promise<void> {
  const offset = await client.produceRecords(topic, [{ value: 'v' }])
  expect((await client.fetch(topic, offset)).records!.length).toBeGreaterThan(0)
}

describe('many connections', () => {
  test('1,000 at once are answered, in bounded memory, also where each announces 100 MiB and sends nothing', async () => {
    const broker = await measuredBroker({ topics: [{ name: 't' }] })
    const client = await RawClient.connect(broker)
    await roundTrip(client, 't')
    const before = broker.residentBytes()
    const clients = await Promise.all(Array.from({ length: 1000 }, () => RawClient.connect(broker)))
    for (let round = 0; round < 3; round++) {
      const answers = clients.map((one) => one.ask('Metadata', 12, metadataOf('t')))
      await roundTrip(client, 't')
      expect((await Promise.all(answers)).every(({ topics }) => topics[0]!.errorCode === 0)).toBe(true)
    }
    expect(broker.residentBytes() - before).toBeLessThan(150 * mebibyte)
    for (const one of clients) one.send([headOfHundredMiB, Buffer.alloc(500)])
    await roundTrip(client, 't')
    expect(broker.residentBytes() - before).toBeLessThan(200 * mebibyte)
    expect(broker.openFiles()).toBeLessThan(1000 + 200)
    for (const one of clients) one.close()
    await expect.poll(() => broker.openFiles(), { timeout: 10_000 }).toBeLessThan(200)
  }, 60_000)

  test('a crowd that asks for much does not keep others waiting until it is done', async () => {
    const broker = await testBroker({ topics: [{ name: 'wide', partitions: 1000 }, { name: 't' }] })
    const client = await RawClient.connect(broker)
    for (let i = 0; i < 20; i++) await client.ask('Metadata', 12, metadataOf('wide'))
    await roundTrip(client, 't')
    const request = encodeRequest('Metadata', 12, { correlationId: 1, clientId: null }, metadataOf('wide'))
    const asking = await crowd(broker, 50, 60, request)
    await roundTrip(client, 't')
    expect(asking.answered).toBeLessThan(50 * 60)
    await expect.poll(() => asking.answered, { timeout: 25_000 }).toBe(50 * 60)
  })

  test('max.connections: who comes when all are taken waits until another leaves, with TLS too', async () => {
    const { keyFile, certificateFile } = certificateFiles(temporaryDirectory(), new TestAuthority())
    const broker = await testBroker({
      listeners: [{ name: 'PLAIN' }, { name: 'ENCRYPTED', securityProtocol: 'SSL', tls: { keyFile, certificateFile } }],
      settings: { maxConnections: 2 },
      // A handshake that its client breaks off is told.
      log: () => {},
    })
    const [first, second] = [await RawClient.connect(broker), await RawClient.connect(broker)]
    const third = await RawClient.connect(broker)
    const answer = third.ask('Metadata', 12, metadataOf())
    const encrypted = connectTls({ port: broker.listeners[1]!.port, host: broker.host, rejectUnauthorized: false })
    onTestFinished(() => void encrypted.destroy())
    const handshake = new Promise((resolve) => encrypted.once('secureConnect', () => resolve('done')))
    for (const client of [first, second, first, second]) await client.ask('Metadata', 12, metadataOf())
    const waiting = Promise.resolve('waiting')
    expect(await Promise.race([answer, handshake, waiting])).toBe('waiting')
    first.close()
    expect((await answer).topics).toEqual([])
    expect(await Promise.race([handshake, waiting])).toBe('waiting')
    second.close()
    expect(await handshake).toBe('done')
    encrypted.destroy()
    await roundTrip(third, 't').catch(() => {})
    await (await RawClient.connect(broker)).ask('Metadata', 12, metadataOf())
  })

  test('max.connections.per.ip: one more is closed at once', async () => {
    const broker = await testBroker({ settings: { maxConnectionsPerIp: 2 } })
    const clients = [await RawClient.connect(broker), await RawClient.connect(broker)]
    expect(await (await RawClient.connect(broker)).closed).toBe('closed')
    for (const client of clients) await client.ask('Metadata', 12, metadataOf())
    clients[0]!.close()
    await expect
      .poll(async () => {
        const client = await RawClient.connect(broker)
        return Promise.race([
          client.closed,
          client.ask('Metadata', 12, metadataOf()).then(
            () => 'answered',
            () => 'closed',
          ),
        ])
      })
      .toBe('answered')
  })
})

describe('clients that stand still', () => {
  test('connections.max.idle.ms closes those that are silent, also inside of a frame, and not those that wait or speak', async () => {
    const clock = new ManualClock(1_700_000_000_000)
    const broker = await testBroker({ clock, topics: [{ name: 't' }], settings: { connectionsMaxIdleMs: 60_000 } })
    const [silent, halfway, speaking, waiting] = await Promise.all(
      Array.from({ length: 4 }, () => RawClient.connect(broker)),
    )
    await silent!.ask('Metadata', 12, metadataOf())
    halfway!.send([headOfHundredMiB, Buffer.alloc(1000)])
    const polled = waiting!.fetch('t', 0, { maxWaitMs: 1_000_000 })
    for (let elapsedMs = 0; elapsedMs < 80_000; elapsedMs += 10_000) {
      await speaking!.ask('Metadata', 12, metadataOf())
      clock.advanceBy(10_000)
    }
    expect(await Promise.all([silent!.closed, halfway!.closed])).toEqual(['closed', 'closed'])
    await speaking!.produceRecords('t', [{ value: 'v' }])
    expect((await polled).records!.length).toBeGreaterThan(0)
    await speaking!.ask('Metadata', 12, metadataOf())
  })

  test.runIf(isLinux)(
    'readers that ask for everything and never read cost bounded memory and hold up nobody',
    async () => {
      const broker = await measuredBroker({
        topics: [{ name: 't', configs: { 'max.message.bytes': '2000000' } }, { name: 'u' }],
      })
      const client = await RawClient.connect(broker)
      const batch = batchOfBytes(1_000_000)
      for (let i = 0; i < 56; i++) await client.produce('t', batch)
      const before = broker.residentBytes()
      // The first comes alone: its answer is larger than what the sockets take.
      const first = await abandonedReader(broker, fetchOf('t', 55 * mebibyte))
      await roundTrip(client, 'u')
      await Promise.all(Array.from({ length: 100 }, () => abandonedReader(broker, fetchOf('t', 55 * mebibyte))))
      for (let i = 0; i < 20; i++) await roundTrip(client, 'u')
      let offset = 0
      while (offset < 56) offset += (await client.fetch('t', offset)).records!.length / batch.length
      expect(offset).toBe(56)
      expect(broker.residentBytes() - before).toBeLessThan(400 * mebibyte)
      // The broker stopped listening to it: what it goes on to send lies with it.
      const more = Buffer.concat(
        encodeRequest('Metadata', 12, { correlationId: 2, clientId: 'x'.repeat(1000) }, metadataOf('u')),
      )
      for (let i = 0; i < 40_000; i++) first.socket.write(more)
      for (let i = 0; i < 20; i++) await roundTrip(client, 'u')
      expect(first.socket.writableLength).toBeGreaterThan(0)
      expect(broker.residentBytes() - before).toBeLessThan(450 * mebibyte)
      first.socket.resume()
      await expect.poll(() => first.frames, { timeout: 20_000 }).toBeGreaterThan(1)
    },
    60_000,
  )
})

describe('large and many', () => {
  test('a frame of socket.request.max.bytes is stored and read in bounded memory, one byte more closes the connection', async () => {
    const broker = await measuredBroker({
      topics: [{ name: 'large', configs: { 'max.message.bytes': String(100 * mebibyte) } }, { name: 't' }],
    })
    const client = await RawClient.connect(broker)
    const request = (records: Buffer) =>
      encodeRequest(
        'Produce',
        9,
        { correlationId: 1, clientId: 'raw' },
        {
          transactionalId: null,
          acks: -1,
          timeoutMs: 60_000,
          topicData: [{ name: 'large', partitionData: [{ index: 0, records }] }],
        },
      )
    const sizeOf = (chunks: readonly Uint8Array[]) => chunks.reduce((sum, { length }) => sum + length, 0) - 4
    const overhead = sizeOf(request(batchOfBytes(90 * mebibyte))) - 90 * mebibyte
    const largest = request(batchOfBytes(100 * mebibyte - overhead))
    expect(sizeOf(largest)).toBe(100 * mebibyte)
    const other = await RawClient.connect(broker)
    const before = broker.residentBytes()
    const answered = client.nextFrame()
    client.send(largest)
    for (let i = 0; i < 10; i++) await roundTrip(other, 't')
    await answered
    expect(Number((await client.fetch('large', 0, { maxBytes: 1 })).records!.length)).toBeGreaterThan(99 * mebibyte)
    expect(broker.residentBytes() - before).toBeLessThan(350 * mebibyte)
    client.send([frameHead(100 * mebibyte + 1)])
    expect(await client.closed).toBe('closed')
    await roundTrip(other, 't')
  }, 60_000)

  test('1,000 topics: made, listed, and there again after a restart, with bounded files and memory', async () => {
    const dataDirectory = temporaryDirectory()
    let broker = await measuredBroker({ dataDirectory })
    const client = await RawClient.connect(broker)
    const working = await RawClient.connect(broker)
    await working.createTopic('working')
    for (let from = 0; from < 1000; from += 500) {
      const topics = Array.from({ length: 500 }, (_, i) => ({
        name: `topic-${from + i}`,
        numPartitions: 1,
        replicationFactor: 1,
        assignments: [],
        configs: [],
      }))
      const made = client.ask('CreateTopics', 7, { topics, timeoutMs: 60_000 })
      await roundTrip(working, 'working')
      expect((await made).topics.every(({ errorCode }) => errorCode === 0)).toBe(true)
    }
    expect((await client.ask('Metadata', 12, { topics: null })).topics.length).toBe(1001)
    if (isLinux) expect(broker.openFiles()).toBeLessThan(1100)
    await broker.stop()
    broker = await measuredBroker({ dataDirectory })
    const after = await RawClient.connect(broker)
    expect((await after.ask('Metadata', 12, { topics: null })).topics.length).toBe(1001)
    if (isLinux) expect([broker.openFiles() < 100, broker.residentBytes() < 250 * mebibyte]).toEqual([true, true])
    await roundTrip(after, 'topic-999')
  }, 60_000)

  test('2,000 partitions in one fetch: in full, in a session that tells only news, and waking from a long poll', async () => {
    const broker = await testBroker({ topics: [{ name: 'wide', partitions: 2000 }] })
    const [client, producer] = [await RawClient.connect(broker), await RawClient.connect(broker)]
    const ask = (request: Partial<RequestInputByApi['Fetch']>) =>
      client.ask('Fetch', 11, { ...fetchOf('wide', 50 * mebibyte), topics: [], ...request })
    const wide = (partitionMaxBytes: number) => [
      {
        topic: 'wide',
        partitions: Array.from({ length: 2000 }, (_, partition) => ({
          partition,
          fetchOffset: 0n,
          partitionMaxBytes,
          currentLeaderEpoch: -1,
        })),
      },
    ]
    const first = await ask({ sessionEpoch: 0, topics: wide(mebibyte) })
    expect([first.errorCode, first.responses[0]!.partitions.length]).toEqual([0, 2000])
    const { sessionId } = first
    expect((await ask({ sessionId, sessionEpoch: 1 })).responses).toEqual([])
    const polled = ask({ sessionId, sessionEpoch: 2, maxWaitMs: 20_000, minBytes: 1 })
    await producer.produceRecords('wide', [{ value: 'v' }], 1234)
    const news = await polled
    expect(news.responses.flatMap(({ partitions }) => partitions.map(({ partitionIndex }) => partitionIndex))).toEqual([
      1234,
    ])
    const records = batchOfBytes(10_000)
    const { responses } = await producer.ask('Produce', 9, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 10_000,
      topicData: [{ name: 'wide', partitionData: Array.from({ length: 300 }, (_, index) => ({ index, records })) }],
    })
    expect(responses[0]!.partitionResponses.every(({ errorCode }) => errorCode === 0)).toBe(true)
    const full = await ask({ topics: wide(mebibyte) })
    expect(full.responses[0]!.partitions.filter(({ records: read }) => read!.length >= records.length).length).toBe(300)
    const little = await ask({ topics: wide(mebibyte), maxBytes: 5 * records.length })
    expect(little.responses[0]!.partitions.filter(({ records: read }) => read!.length > 0).length).toBeLessThanOrEqual(
      6,
    )
  })
})

describe('what is left, and who is let in', () => {
  const otherAddress = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

  test.skipIf(otherAddress === undefined)('listens on loopback unless told otherwise', async () => {
    const attempt = (port: number): Promise<string> =>
      new Promise((resolve) => {
        const socket: Socket = connectSocket(port, otherAddress)
        onTestFinished(() => void socket.destroy())
        socket.once('connect', () => resolve('connected'))
        socket.once('error', () => resolve('refused'))
      })
    const [loopback, all] = [await testBroker(), await testBroker({ host: '0.0.0.0' })]
    expect(loopback.host).toBe('127.0.0.1')
    expect([await attempt(loopback.port), await attempt(all.port)]).toEqual(['refused', 'connected'])
  })

  test('a data folder in use is refused, and free again after the stop', async () => {
    const dataDirectory = temporaryDirectory()
    const broker = await startBroker({ dataDirectory })
    await expect(startBroker({ dataDirectory })).rejects.toMatchObject({ code: 'FOLDER_IN_USE' })
    await broker.stop()
    await (await startBroker({ dataDirectory })).stop()
  })

  test.runIf(isLinux)('stop leaves no file and no socket open, whatever clients are doing', async () => {
    const open = (): string[] =>
      readdirSync('/proc/self/fd').flatMap((name) => {
        try {
          const target = readlinkSync(`/proc/self/fd/${name}`)
          return /^(\/|socket:)/.test(target) ? [target] : []
        } catch {
          return []
        }
      })
    const dataDirectory = temporaryDirectory()
    const options: BrokerOptions = { dataDirectory, topics: [{ name: 't', partitions: 50 }] }
    // Once before: what the process itself opens at the first time counts for nothing.
    await (await startBroker(options)).stop()
    const before = open()
    const broker = await startBroker(options)
    const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.connect(broker)))
    for (let partition = 0; partition < 50; partition++)
      await clients[0]!.produceRecords('t', [{ value: 'v' }], partition)
    for (const client of clients.slice(0, 5)) client.fetch('t', 1, { maxWaitMs: 1_000_000 }).catch(() => undefined)
    for (const client of clients.slice(5, 10)) client.send([headOfHundredMiB])
    const reader = await abandonedReader(broker, fetchOf('t', mebibyte))
    await clients.at(-1)!.ask('Metadata', 12, metadataOf('t'))
    expect(open().filter((path) => path.startsWith(dataDirectory)).length).toBeGreaterThanOrEqual(50)
    await broker.stop()
    for (const client of clients) client.close()
    reader.socket.destroy()
    await Promise.all(clients.map(({ closed }) => closed))
    await expect.poll(() => open().length).toBe(before.length)
    expect(open().filter((path) => path.startsWith(dataDirectory))).toEqual([])
    await expect(connectedSocket(broker)).rejects.toThrow('ECONNREFUSED')
  })
})
