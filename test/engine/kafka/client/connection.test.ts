import { createServer, type AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { isFlinktsError } from '../../../../engine/common/errors.ts'
import { Connection } from '../../../../engine/kafka/client/connection.ts'
import { systemClock } from '../../../../engine/time/clock.ts'
import { ScriptedBroker, metadataOf, type Handlers } from './scripted-broker.ts'

const brokers: ScriptedBroker[] = []
const connections: Connection[] = []
afterEach(async () => {
  for (const connection of connections.splice(0)) connection.close()
  for (const broker of brokers.splice(0)) await broker.stop()
})

const options = {
  clock: systemClock,
  clientId: 'test',
  random: () => 0.5,
  connectTimeoutMs: 2000,
  requestTimeoutMs: 2000,
  inFlightMax: 3,
}

async function open(
  handlers: Handlers,
  more: Partial<typeof options> = {},
): Promise<{ broker: ScriptedBroker; connection: Connection }> {
  const broker = await new ScriptedBroker(handlers).start()
  brokers.push(broker)
  const connection = await Connection.open({ host: '127.0.0.1', port: broker.port }, { ...options, ...more })
  connections.push(connection)
  return { broker, connection }
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

const ask = (connection: Connection, topic = 't') =>
  connection.request('Metadata', { topics: [{ name: topic }] }, { versionMax: 12 })

describe('Connection', () => {
  it('asks again in version 0 when the broker does not know its ApiVersions', async () => {
    const { broker, connection } = await open({
      ApiVersions: (_, version) => ({
        errorCode: version > 0 ? 35 : 0,
        apiKeys: [{ apiKey: 3, minVersion: 1, maxVersion: 5 }],
      }),
      Metadata: () => metadataOf(1, 't'),
    })
    expect(broker.asked.map(({ version }) => version)).toEqual([4, 0])
    expect(connection.versionOf('Metadata')).toBe(5)
    expect(connection.versionOf('Metadata', 3)).toBe(3)
    expect(connection.versionOf('Metadata', 0)).toBeUndefined()
    expect((await ask(connection)).topics[0]!.name).toBe('t')
    expect(await failureOf(connection.request('ListGroups', {}))).toContain('KAFKA_UNSUPPORTED')
  })

  it('has requests on the wire at once up to its limit, and answers each with its own', async () => {
    let open_ = 0
    let most = 0
    const { connection } = await open({
      Metadata: async (request) => {
        most = Math.max(most, ++open_)
        await new Promise((resolve) => setImmediate(resolve))
        open_--
        return metadataOf(1, request.topics![0]!.name!)
      },
    })
    const names = Array.from({ length: 50 }, (_, i) => `topic-${i}`)
    const answers = await Promise.all(names.map((name) => ask(connection, name)))
    expect(answers.map((answer) => answer.topics[0]!.name)).toEqual(names)
  })

  it('reads answers of many megabytes into the memory it is given', async () => {
    const records = Buffer.alloc(5_000_000, 7)
    const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 1n, abortedTransactions: null, records }
    const { connection } = await open({ Fetch: () => ({ responses: [{ topic: 't', partitions: [partition] }] }) })
    const memory = Buffer.alloc(6_000_000)
    const request = { maxWaitMs: 1, minBytes: 1, topics: [] }
    const answer = await connection.request('Fetch', request, {
      versionMax: 12,
      allocate: (size) => memory.subarray(0, size),
    })
    const received = answer.responses[0]!.partitions[0]!.records!
    expect(received.buffer).toBe(memory.buffer)
    expect(records.equals(received)).toBe(true)
  })

  it('closes, by name, when an answer does not come', async () => {
    const { connection } = await open({ Metadata: () => 'silence' }, { requestTimeoutMs: 60 })
    const [first, second] = [failureOf(ask(connection)), failureOf(ask(connection))]
    expect(await first).toMatch(/^KAFKA_UNREACHABLE Kafka at 127.0.0.1:\d+: no answer to Metadata within 60 ms$/)
    expect(await second).toBe(await first)
    expect(connection.isClosed).toBe(true)
    expect(await failureOf(ask(connection))).toBe(await first)
  })

  it('fails everything that waits when the broker goes', async () => {
    const { broker, connection } = await open({ Metadata: () => 'silence' })
    const waiting = [1, 2, 3, 4, 5].map(() => failureOf(ask(connection)))
    await broker.stop()
    for (const failure of await Promise.all(waiting)) expect(failure).toContain('KAFKA_UNREACHABLE')
  })

  it('gives up an aborted request but reads its answer, so that the next one is right', async () => {
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const { connection } = await open({
      Metadata: async (request) => held.then(() => metadataOf(1, request.topics![0]!.name!)),
    })
    const abort = new AbortController()
    const first = connection.request('Metadata', { topics: [{ name: 'a' }] }, { versionMax: 12, signal: abort.signal })
    const second = ask(connection, 'b')
    abort.abort(new Error('no longer'))
    await expect(first).rejects.toThrow('no longer')
    release()
    expect((await second).topics[0]!.name).toBe('b')
  })

  it('says that nobody listens', async () => {
    const broker = await new ScriptedBroker({}).start()
    await broker.stop()
    const failure = await failureOf(Connection.open({ host: '127.0.0.1', port: broker.port }, options))
    expect(failure).toMatch(/^KAFKA_UNREACHABLE .*ECONNREFUSED/)
  })

  it('is not impressed by what is no Kafka', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const failure = await failureOf(
      Connection.open({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }, options),
    )
    expect(failure).toMatch(/^KAFKA_(PROTOCOL|UNREACHABLE)/)
    server.close()
  })

  it.each([
    ['a frame with another correlation id', Buffer.from('0000000600000bad0000', 'hex')],
    ['a negative length', Buffer.from('ffffffff00000000', 'hex')],
    ['an answer that is cut off', Buffer.from('0000000600000002ffff', 'hex')],
  ])('closes on %s', async (_, bytes) => {
    const { connection } = await open({
      Metadata: (_request, _version, socket) => {
        socket.write(bytes)
        return 'silence'
      },
    })
    expect(await failureOf(ask(connection))).toContain('KAFKA_PROTOCOL')
    expect(connection.isClosed).toBe(true)
  })
})
