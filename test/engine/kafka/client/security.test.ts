import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startBroker, type ListenerOptions } from '../../../../engine/broker.ts'
import { isFlinktsError } from '../../../../engine/common/errors.ts'
import { parseBootstrapServers } from '../../../../engine/kafka/client/bootstrap-servers.ts'
import { KafkaCluster } from '../../../../engine/kafka/client/kafka-cluster.ts'
import type { KafkaSecurity } from '../../../../engine/kafka/client/kafka-security.ts'
import { listOffsets } from '../../../../engine/kafka/client/list-offsets.ts'
import { PartitionFetcher } from '../../../../engine/kafka/client/partition-fetcher.ts'
import { Producer } from '../../../../engine/kafka/client/producer.ts'
import type { SaslMechanism } from '../../../../engine/kafka/protocol/sasl-mechanisms.ts'
import { systemClock } from '../../../../engine/time/clock.ts'
import { certificateFiles, TestAuthority } from '../../../helpers/certificates.ts'
import { metadataOf, ScriptedBroker } from './scripted-broker.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const password = 'geheim, =und\\ "lang"'
const login = (mechanism: SaslMechanism, secret = password) => ({ mechanism, username: 'alice', password: secret })
let authority: TestAuthority
let folder: string

beforeEach(() => {
  authority = new TestAuthority()
  folder = mkdtempSync(join(tmpdir(), 'flinkts-security-'))
  cleanups.push(() => rmSync(folder, { recursive: true }))
})

async function startWith(listener: ListenerOptions, saslMechanisms?: readonly SaslMechanism[]): Promise<string> {
  const hasLogin = listener.securityProtocol?.startsWith('SASL') === true
  const broker = await startBroker({
    listeners: [listener],
    topics: [{ name: 'rides', partitions: 1 }],
    ...(hasLogin ? { users: [{ name: 'alice', password }] } : {}),
    ...(saslMechanisms === undefined ? {} : { saslMechanisms }),
  })
  cleanups.push(() => broker.stop())
  return broker.bootstrap
}

const tlsFiles = (options: Parameters<typeof certificateFiles>[3] = {}) => {
  const { keyFile, certificateFile } = certificateFiles(folder, authority, 'localhost', options)
  return { keyFile, certificateFile }
}

function clusterAt(bootstrap: string, security?: KafkaSecurity, retryTimeoutMs = 3000): KafkaCluster {
  const cluster = new KafkaCluster({
    bootstrapServers: parseBootstrapServers(bootstrap),
    security,
    clock: systemClock,
    random: () => 0.5,
    retryBackoffMs: 5,
    retryTimeoutMs,
  })
  cleanups.push(() => cluster.close())
  return cluster
}

async function failureAt(bootstrap: string, security?: KafkaSecurity): Promise<{ code: string; text: string }> {
  try {
    await clusterAt(bootstrap, security).describe()
  } catch (error) {
    if (!isFlinktsError(error)) throw error
    return { code: error.code, text: `${error.message} ${error.fix}` }
  }
  return { code: 'none', text: '' }
}

async function writeAndRead(cluster: KafkaCluster): Promise<number> {
  const producer = await Producer.open(cluster, {})
  const topic = await producer.topic('rides')
  const value = Buffer.alloc(1000, 'x')
  for (let i = 0; i < 2000; i++) {
    if (!producer.isAvailable()) await producer.available()
    topic.send(null, value, i)
  }
  await producer.flush()
  await producer.close()
  const [end] = await listOffsets(cluster, [{ topic: 'rides', partition: 0, at: 'latest' }])
  const fetcher = new PartitionFetcher(cluster)
  fetcher.assign([{ topic: 'rides', partition: 0, offset: 0 }])
  let bytes = 0
  for (let next = 0; next < end!.offset!;)
    for (const fetched of await fetcher.poll(1000)) {
      bytes += fetched.bytes.length
      next = fetched.nextOffset
    }
  fetcher.close()
  return bytes
}

describe('a broker with logins and encryption', () => {
  const cases: [KafkaSecurity['protocol'], SaslMechanism | undefined][] = [
    ['SSL', undefined],
    ['SASL_PLAINTEXT', 'PLAIN'],
    ['SASL_PLAINTEXT', 'SCRAM-SHA-256'],
    ['SASL_PLAINTEXT', 'SCRAM-SHA-512'],
    ['SASL_SSL', 'PLAIN'],
    ['SASL_SSL', 'SCRAM-SHA-256'],
    ['SASL_SSL', 'SCRAM-SHA-512'],
  ]
  it.each(cases)('%s %s: megabytes are written and read', async (securityProtocol, mechanism) => {
    const tls = securityProtocol.endsWith('SSL') ? { tls: tlsFiles() } : {}
    const bootstrap = await startWith({ securityProtocol, ...tls })
    const security: KafkaSecurity = {
      protocol: securityProtocol,
      ...(mechanism === undefined ? {} : { sasl: login(mechanism) }),
      tls: { ca: authority.certificate },
    }
    expect(await writeAndRead(clusterAt(bootstrap, security))).toBeGreaterThan(2_000_000)
  })

  it('sees whom a client is by its certificate', async () => {
    const { keyFile, certificateFile, caFile } = certificateFiles(folder, authority)
    const tls = { keyFile, certificateFile, clientCaFile: caFile }
    const bootstrap = await startWith({ securityProtocol: 'SSL', tls })
    const client = authority.issue('client')
    const ca = authority.certificate
    const known = { ca, certificate: client.certificate, key: client.key }
    await clusterAt(bootstrap, { protocol: 'SSL', tls: known }).describe()
    const without = await failureAt(bootstrap, { protocol: 'SSL', tls: { ca } })
    expect(without.code).toBe('KAFKA_TLS_FAILED')
    expect(without.text).toContain('asks for a certificate of this client')
    const stranger = new TestAuthority().issue('stranger')
    const other = { ca, certificate: stranger.certificate, key: stranger.key }
    const refused = await failureAt(bootstrap, { protocol: 'SSL', tls: other })
    expect(refused.code).toBe('KAFKA_TLS_FAILED')
    expect(refused.text).toContain('not accept the certificate of this client')
  })
})

describe('what does not fit is told by name, at once', () => {
  const ssl = (tls: KafkaSecurity['tls'] = { ca: authority.certificate }): KafkaSecurity => ({ protocol: 'SSL', tls })

  it.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('a wrong password (%s)', async (mechanism) => {
    const bootstrap = await startWith({ securityProtocol: 'SASL_PLAINTEXT' })
    const { code, text } = await failureAt(bootstrap, {
      protocol: 'SASL_PLAINTEXT',
      sasl: login(mechanism, 'wrong-secret'),
    })
    expect(code).toBe('KAFKA_LOGIN_FAILED')
    expect(text).toContain(`refuses the login of user 'alice' by ${mechanism}`)
    expect(text).not.toContain('wrong-secret')
  })

  it('a mechanism that the server does not offer, with those it does', async () => {
    const bootstrap = await startWith({ securityProtocol: 'SASL_PLAINTEXT' }, ['SCRAM-SHA-512'])
    const { code, text } = await failureAt(bootstrap, { protocol: 'SASL_PLAINTEXT', sasl: login('PLAIN') })
    expect(code).toBe('KAFKA_LOGIN_FAILED')
    expect(text).toContain('does not offer the SASL mechanism PLAIN; it offers SCRAM-SHA-512')
  })

  it.each([
    ['an authority nobody knows', {}, () => new TestAuthority().certificate, 'not signed by a certificate authority'],
    ['no authority of its own', {}, () => undefined, 'not signed by a certificate authority'],
    ['an expired certificate', { validUntil: '20200201000000Z' }, undefined, 'has expired'],
    ['a certificate for another host', { host: 'elsewhere.example' }, undefined, 'for another host name'],
  ])('%s', async (_what, issued, caOf, expected) => {
    const bootstrap = await startWith({ securityProtocol: 'SSL', tls: tlsFiles(issued) })
    const ca = caOf === undefined ? authority.certificate : caOf()
    const { code, text } = await failureAt(bootstrap, ssl(ca === undefined ? {} : { ca }))
    expect(code).toBe('KAFKA_TLS_FAILED')
    expect(text).toContain(expected)
  })

  it('another host is fine where the name is not verified', async () => {
    const bootstrap = await startWith({ securityProtocol: 'SSL', tls: tlsFiles({ host: 'elsewhere.example' }) })
    await clusterAt(bootstrap, ssl({ ca: authority.certificate, verifiesHostName: false })).describe()
  })

  it('a client without TLS at a port with it', async () => {
    const bootstrap = await startWith({ securityProtocol: 'SSL', tls: tlsFiles() })
    const { code, text } = await failureAt(bootstrap)
    expect(code).toBe('KAFKA_TLS_FAILED')
    expect(text).toContain('this port speaks TLS, and the client came without it')
  })

  it('a client with TLS at a port without it', async () => {
    const bootstrap = await startWith({})
    const { code, text } = await failureAt(bootstrap, ssl())
    expect(code).toBe('KAFKA_TLS_FAILED')
    expect(text).toContain('this port does not speak TLS, and the client asks for it')
  })

  it('a client without a login where one is asked for, and one with it where nobody logs in', async () => {
    const asking = await startWith({ securityProtocol: 'SASL_PLAINTEXT' })
    const without = await failureAt(asking)
    expect(without.code).toBe('KAFKA_LOGIN_FAILED')
    expect(without.text).toContain('asks for a login (SASL PLAIN, SCRAM-SHA-256, SCRAM-SHA-512)')
    const open = await startWith({})
    const needless = await failureAt(open, { protocol: 'SASL_PLAINTEXT', sasl: login('PLAIN') })
    expect(needless.code).toBe('KAFKA_LOGIN_FAILED')
    expect(needless.text).toContain('nobody logs in at this port')
  })

  it('certificates, keys and logins that cannot be used', () => {
    const { key, certificate } = authority.issue('client')
    const other = authority.issue('other')
    expect(() => clusterAt('localhost:1', ssl({ ca: 'no certificate', certificate }))).toThrow(/belong together/)
    expect(() => clusterAt('localhost:1', ssl({ certificate: 'none', key }))).toThrow(/cannot be used/)
    expect(() => clusterAt('localhost:1', ssl({ certificate, key: other.key }))).toThrow(/cannot be used/)
    expect(() => clusterAt('localhost:1', { protocol: 'SASL_SSL' })).toThrow(/user name and a password/)
  })

  it('a broker that cannot prove to know the password', async () => {
    const broker = await new ScriptedBroker({}).start()
    cleanups.push(() => broker.stop())
    broker.handlers = {
      SaslHandshake: () => ({ errorCode: 0, mechanisms: ['SCRAM-SHA-256'] }),
      SaslAuthenticate: ({ authBytes }) => {
        const text = Buffer.from(authBytes).toString()
        const nonce = /r=([^,]+)/.exec(text)![1]!
        const answer = text.includes('p=') ? 'v=AAAA' : `r=${nonce}more,s=c2FsdA==,i=4096`
        return { errorCode: 0, errorMessage: null, authBytes: Buffer.from(answer), sessionLifetimeMs: 0n }
      },
    }
    const { code, text } = await failureAt(`127.0.0.1:${broker.port}`, {
      protocol: 'SASL_PLAINTEXT',
      sasl: login('SCRAM-SHA-256'),
    })
    expect(code).toBe('KAFKA_LOGIN_FAILED')
    expect(text).toContain('does not know the password either')
  })

  it('a port where nobody answers: no longer than its limits', async () => {
    const sockets: Socket[] = []
    const silent = createServer((socket) => void sockets.push(socket))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    cleanups.push(() => (sockets.forEach((socket) => socket.destroy()), silent.close()))
    const cluster = new KafkaCluster({
      bootstrapServers: [{ host: '127.0.0.1', port: (silent.address() as AddressInfo).port }],
      security: ssl(),
      clock: systemClock,
      random: () => 0.5,
      connectTimeoutMs: 50,
      retryTimeoutMs: 100,
    })
    cleanups.push(() => cluster.close())
    await expect(cluster.describe()).rejects.toMatchObject({ code: 'KAFKA_UNREACHABLE' })
  })
})

describe('a login that ends', () => {
  it('is made again before it does; requests in between wait, none is lost', async () => {
    const broker = await new ScriptedBroker({}).start()
    cleanups.push(() => broker.stop())
    let isLoggingIn = false
    let disturbed = 0
    let ended: () => void = () => undefined
    const fourLogins = new Promise<void>((resolve) => (ended = resolve))
    broker.handlers = {
      SaslHandshake: () => {
        isLoggingIn = true
        return { errorCode: 0, mechanisms: ['PLAIN'] }
      },
      SaslAuthenticate: () => {
        isLoggingIn = false
        if (broker.count('SaslAuthenticate') === 4) ended()
        return { errorCode: 0, errorMessage: null, authBytes: new Uint8Array(0), sessionLifetimeMs: 100n }
      },
      Metadata: () => {
        if (isLoggingIn) disturbed++
        return metadataOf(broker.port, 'rides')
      },
    }
    const cluster = clusterAt(`127.0.0.1:${broker.port}`, { protocol: 'SASL_PLAINTEXT', sasl: login('PLAIN') })
    const controller = new AbortController()
    const asking = Array.from({ length: 20 }, async () => {
      let answers = 0
      while (!controller.signal.aborted) {
        await cluster.describe()
        answers++
      }
      return answers
    })
    await fourLogins
    controller.abort()
    for (const answers of await Promise.all(asking)) expect(answers).toBeGreaterThan(0)
    expect(disturbed).toBe(0)
    expect(broker.count('ApiVersions')).toBe(1)
  })

  it('fails by name where it is refused the next time', async () => {
    const broker = await new ScriptedBroker({}).start()
    cleanups.push(() => broker.stop())
    broker.handlers = {
      SaslHandshake: () => ({ errorCode: 0, mechanisms: ['PLAIN'] }),
      SaslAuthenticate: () => {
        const isFirst = broker.count('SaslAuthenticate') === 1
        const errorMessage = isFirst ? null : `no such password: ${password}`
        return { errorCode: isFirst ? 0 : 58, errorMessage, authBytes: new Uint8Array(0), sessionLifetimeMs: 50n }
      },
      Metadata: () => metadataOf(broker.port, 'rides'),
    }
    const cluster = clusterAt(`127.0.0.1:${broker.port}`, { protocol: 'SASL_PLAINTEXT', sasl: login('PLAIN') })
    const asking = (async () => {
      for (;;) await cluster.describe()
    })()
    await expect(asking).rejects.toMatchObject({ code: 'KAFKA_LOGIN_FAILED' })
    await expect(asking).rejects.toThrow(/no such password: \*\*\*$/)
  })
})
