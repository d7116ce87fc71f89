// Listeners: several at once, encrypted ones, and what kafkajs makes of them.
import { Kafka, logLevel, type SASLOptions } from 'kafkajs'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startBroker, type BrokerListener, type BrokerOptions } from '../../../../../engine/broker.ts'
import { certificateFiles, TestAuthority } from '../../../../helpers/certificates.ts'
import { temporaryDirectory } from '../../log/log-fixture.ts'
import { RawClient, testBroker } from '../raw-client.ts'

process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'

const authority = new TestAuthority()
const users = [{ name: 'alice', password: 'alice-secret' }]

function newFiles() {
  const { keyFile, certificateFile, caFile } = certificateFiles(temporaryDirectory(), authority)
  return { tls: { keyFile, certificateFile }, caFile }
}

async function roundTrip(listener: BrokerListener, sasl?: SASLOptions): Promise<string[]> {
  const kafka = new Kafka({
    brokers: [`${listener.host}:${listener.port}`],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    ...(listener.securityProtocol.endsWith('SSL') ? { ssl: { ca: [authority.certificate] } } : {}),
    ...(sasl === undefined ? {} : { sasl }),
  })
  const producer = kafka.producer()
  const consumer = kafka.consumer({ groupId: 'g', maxWaitTimeInMs: 50 })
  onTestFinished(() => Promise.all([producer.disconnect(), consumer.disconnect()]).then(() => {}))
  await producer.connect()
  await producer.send({ topic: 't', messages: [{ value: 'a' }, { value: 'b' }] })
  await consumer.connect()
  await consumer.subscribe({ topic: 't', fromBeginning: true })
  const seen: string[] = []
  await consumer.run({
    eachMessage: ({ message }) => {
      seen.push(message.value!.toString())
      return Promise.resolve()
    },
  })
  await expect.poll(() => seen.length, { timeout: 15_000 }).toBe(2)
  return seen
}

/** What the broker says first, or how the handshake failed. */
function handshake(port: number, options: ConnectionOptions): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTls({ host: '127.0.0.1', port, ca: [authority.certificate], ...options })
    onTestFinished(() => void socket.destroy())
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    socket.once('close', () => resolve('closed'))
    socket.once('data', () => resolve('answered'))
    // ApiVersions v0 , no client id
    socket.once('secureConnect', () => socket.write(Buffer.from('0000000a0012000000000001ffff', 'hex')))
  })
}

describe('kafkajs, produce and consume in a group', () => {
  test.each<['SASL_SSL' | 'SASL_PLAINTEXT', SASLOptions]>([
    ['SASL_SSL', { mechanism: 'plain', username: 'alice', password: 'alice-secret' }],
    ['SASL_SSL', { mechanism: 'scram-sha-256', username: 'alice', password: 'alice-secret' }],
    ['SASL_SSL', { mechanism: 'scram-sha-512', username: 'alice', password: 'alice-secret' }],
    ['SASL_PLAINTEXT', { mechanism: 'scram-sha-512', username: 'alice', password: 'alice-secret' }],
  ])('over %s with %j', async (securityProtocol, sasl) => {
    const tls = securityProtocol === 'SASL_SSL' ? { tls: newFiles().tls } : {}
    const broker = await testBroker({ listeners: [{ securityProtocol, ...tls }], users })
    // before kafkajs puts its own things into the object
    const wrong = { ...sasl, password: 'wrong' } as SASLOptions
    expect(await roundTrip(broker.listeners[0]!, sasl)).toEqual(['a', 'b'])
    await expect(roundTrip(broker.listeners[0]!, wrong)).rejects.toThrow(/SASL|[Aa]uthentication/)
  })

  test('over SSL', async () => {
    const broker = await testBroker({ listeners: [{ securityProtocol: 'SSL', tls: newFiles().tls }] })
    expect(await roundTrip(broker.listeners[0]!)).toEqual(['a', 'b'])
  })
})

describe('several listeners', () => {
  test('each tells its clients its own address; both are shown among the configurations', async () => {
    const broker = await testBroker({
      listeners: [
        { name: 'INTERNAL' },
        { name: 'EXTERNAL', host: '0.0.0.0', advertisedHost: 'kafka.example', advertisedPort: 19092 },
      ],
    })
    const [internal, external] = broker.listeners as [BrokerListener, BrokerListener]
    expect(broker.bootstrap).toBe(`127.0.0.1:${internal.port}`)
    for (const [port, address] of [
      [internal.boundPort, { host: '127.0.0.1', port: internal.boundPort }],
      [external.boundPort, { host: 'kafka.example', port: 19092 }],
    ] as const) {
      const client = await RawClient.connect({ host: '127.0.0.1', port })
      expect((await client.ask('Metadata', 12, { topics: null })).brokers).toMatchObject([address])
      expect(
        (await client.ask('DescribeCluster', 2, { includeClusterAuthorizedOperations: false })).brokers,
      ).toMatchObject([address])
      expect((await client.ask('FindCoordinator', 4, { coordinatorKeys: ['g'] })).coordinators).toMatchObject([address])
      const { results } = await client.ask('DescribeConfigs', 4, {
        resources: [{ resourceType: 4, resourceName: '1', configurationKeys: ['listeners', 'advertised.listeners'] }],
      })
      expect(Object.fromEntries(results[0]!.configs.map(({ name, value }) => [name, value]))).toEqual({
        listeners: `INTERNAL://127.0.0.1:${internal.boundPort},EXTERNAL://0.0.0.0:${external.boundPort}`,
        'advertised.listeners': `INTERNAL://127.0.0.1:${internal.port},EXTERNAL://kafka.example:19092`,
      })
    }
  })

  test('where one address is taken none is opened, and the folder is free again', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void other.close())
    const { port } = other.address() as AddressInfo
    const dataDirectory = temporaryDirectory()
    const listeners = [{ name: 'A' }, { name: 'B', port }]
    await expect(startBroker({ dataDirectory, listeners })).rejects.toMatchObject({
      code: 'KAFKA_LISTEN_FAILED',
      message: `port ${port} on 127.0.0.1 is taken`,
    })
    await testBroker({ dataDirectory })
  })
})

describe('TLS', () => {
  const log = () => {}

  test('clients with a certificate only: required', async () => {
    const { tls, caFile } = newFiles()
    const listener = { securityProtocol: 'SSL' as const, tls: { ...tls, clientCaFile: caFile } }
    const { port } = await testBroker({ listeners: [listener], log })
    const { key, certificate: cert } = authority.issue('client')
    expect(await handshake(port, { key, cert })).toBe('answered')
    expect(await handshake(port, {})).not.toBe('answered')
    const stranger = new TestAuthority('somebody else').issue('client')
    expect(await handshake(port, { key: stranger.key, cert: stranger.certificate })).not.toBe('answered')
  })

  test('clients with a good certificate or none: requested', async () => {
    const { tls, caFile } = newFiles()
    const clientAuthentication = 'requested' as const
    const listener = { securityProtocol: 'SSL' as const, tls: { ...tls, clientCaFile: caFile, clientAuthentication } }
    const { port } = await testBroker({ listeners: [listener], log })
    const { key, certificate: cert } = authority.issue('client')
    expect(await handshake(port, { key, cert })).toBe('answered')
    expect(await handshake(port, {})).toBe('answered')
    const stranger = new TestAuthority('somebody else').issue('client')
    expect(await handshake(port, { key: stranger.key, cert: stranger.certificate })).not.toBe('answered')
  })

  test('who speaks no TLS is sent away with a line in the log; a stop waits for nobody', async () => {
    const lines: string[] = []
    const broker = await testBroker({
      listeners: [{ securityProtocol: 'SSL', tls: newFiles().tls }],
      log: (line) => void lines.push(line),
    })
    const client = await RawClient.connect(broker)
    await expect(client.ask('ApiVersions', 0, {})).rejects.toThrow('closed')
    await expect.poll(() => lines).toEqual([expect.stringMatching(/^listener SSL: TLS handshake .* failed: /)])
    await RawClient.connect(broker) // says nothing
    await broker.stop()
  })
})

describe('options that do not fit are refused by name', () => {
  const sasl = { securityProtocol: 'SASL_PLAINTEXT' as const }
  test.each<[string, BrokerOptions]>([
    ['port and listeners are both given', { port: 1, listeners: [{}] }],
    ['there is no listener', { listeners: [] }],
    ['two listeners have the same name', { listeners: [{}, {}] }],
    ['listener SSL has no key and no certificate', { listeners: [{ securityProtocol: 'SSL' }] }],
    ['there are users but no listener that they log in at', { users }],
    ['the user alice is there twice', { listeners: [sasl], users: [...users, ...users] }],
    ['the user bob has no password', { listeners: [sasl], users: [{ name: 'bob', password: '' }] }],
    ['the SASL mechanism GSSAPI is not supported', { listeners: [sasl], saslMechanisms: ['GSSAPI' as never] }],
    ['security protocol TLS', { listeners: [{ securityProtocol: 'TLS' as never }] }],
  ])('%s', async (message, options) => {
    await expect(startBroker(options)).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringContaining(message) as string,
      fix: expect.any(String) as string,
    })
  })

  test('key files: missing, no key at all, of another certificate', async () => {
    const { tls } = newFiles()
    const other = newFiles()
    const noKey = join(temporaryDirectory(), 'no.key')
    writeFileSync(noKey, 'hello')
    for (const keyFile of ['/nowhere/x.key', noKey, other.tls.keyFile]) {
      const listeners = [{ securityProtocol: 'SSL' as const, tls: { ...tls, keyFile } }]
      await expect(startBroker({ listeners })).rejects.toMatchObject({
        code: 'OPTION_INVALID',
        message: expect.stringContaining(keyFile) as string,
      })
    }
    const asking = { ...tls, clientAuthentication: 'required' as const }
    await expect(startBroker({ listeners: [{ securityProtocol: 'SSL', tls: asking }] })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringContaining("trusts nobody's") as string,
    })
  })
})

test('a password of a user is nowhere in the data folder', async () => {
  const dataDirectory = temporaryDirectory()
  const broker = await testBroker({ dataDirectory, listeners: [{ securityProtocol: 'SASL_PLAINTEXT' }], users })
  await roundTrip(broker.listeners[0]!, { mechanism: 'scram-sha-256', username: 'alice', password: 'alice-secret' })
  expect(readFileSync(join(dataDirectory, 'metadata.journal'), 'utf8')).not.toContain('alice')
})
