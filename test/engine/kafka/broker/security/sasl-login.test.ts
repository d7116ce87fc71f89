// Logging in, on the socket: what is answered, what closes the connection.
import { describe, expect, test } from 'vitest'
import { decodeResponse, encodeRequest } from '../../../../../engine/kafka/protocol/messages.ts'
import { saslMechanisms } from '../../../../../engine/kafka/protocol/sasl-mechanisms.ts'
import { TurningClock } from '../../../../helpers/virtual-time.ts'
import { RawClient, testBroker } from '../raw-client.ts'
import { authenticate, logInPlain, logInScram, plainToken } from './sasl-client.ts'

const users = [{ name: 'alice', password: 'alice-secret' }]
const settings = { connectionFailedAuthenticationDelayMs: 1 }
const saslBroker = (more = {}) =>
  testBroker({ listeners: [{ securityProtocol: 'SASL_PLAINTEXT' }], users, settings, ...more })

async function connect(more = {}): Promise<RawClient> {
  return RawClient.connect(await saslBroker(more))
}

const software = { clientSoftwareName: 'raw', clientSoftwareVersion: '1' }

describe('a listener with login', () => {
  test('PLAIN: session lifetime 0, then everything is answered', async () => {
    const client = await connect()
    expect((await client.ask('ApiVersions', 3, software)).errorCode).toBe(0)
    const handshake = await client.ask('SaslHandshake', 1, { mechanism: 'PLAIN' })
    expect(handshake).toMatchObject({ errorCode: 0, mechanisms: [...saslMechanisms] })
    const answer = await authenticate(client, plainToken('alice', 'alice-secret'))
    expect(answer).toMatchObject({ errorCode: 0, errorMessage: null, sessionLifetimeMs: 0n })
    expect((await client.ask('Metadata', 12, { topics: null })).brokers).toHaveLength(1)
  })

  test.each(['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('%s', async (mechanism) => {
    const broker = await saslBroker()
    const client = await RawClient.connect(broker)
    expect((await logInScram(client, mechanism, 'alice', 'alice-secret')).errorCode).toBe(0)
    expect((await client.ask('Metadata', 12, { topics: null })).brokers).toHaveLength(1)
    for (const [user, password] of [
      ['alice', 'wrong'],
      ['nobody', 'alice-secret'],
    ] as const) {
      const refused = await RawClient.connect(broker)
      expect(await logInScram(refused, mechanism, user, password)).toMatchObject({
        errorCode: 58,
        errorMessage: `Authentication failed during authentication due to invalid credentials with SASL mechanism ${mechanism}`,
      })
      expect(await refused.closed).toBe('closed')
    }
  })

  test('a wrong password is answered with 58, late, and closes the connection', async () => {
    const clock = new TurningClock()
    const client = await connect({ clock, settings: {} })
    await client.ask('SaslHandshake', 1, { mechanism: 'PLAIN' })
    const from = clock.now()
    expect(await clock.untilSettled(authenticate(client, plainToken('alice', 'wrong')))).toMatchObject({
      errorCode: 58,
      errorMessage: 'Authentication failed: Invalid username or password',
    })
    expect(clock.now() - from).toBeGreaterThanOrEqual(100)
    expect(await client.closed).toBe('closed')
  })

  test('a mechanism that is off or unknown is answered with 33 and those that are on', async () => {
    const broker = await saslBroker({ saslMechanisms: ['SCRAM-SHA-512'] })
    for (const mechanism of ['PLAIN', 'GSSAPI', '']) {
      const client = await RawClient.connect(broker)
      expect(await client.ask('SaslHandshake', 1, { mechanism })).toMatchObject({
        errorCode: 33,
        mechanisms: ['SCRAM-SHA-512'],
      })
      expect(await client.closed).toBe('closed')
    }
  })

  test('nothing but ApiVersions and a login is looked at before: the connection is closed', async () => {
    const broker = await saslBroker()
    const request = { topics: null }
    const atOnce = await RawClient.connect(broker)
    await expect(atOnce.ask('Metadata', 12, request)).rejects.toThrow('closed')
    const afterVersions = await RawClient.connect(broker)
    await afterVersions.ask('ApiVersions', 3, software)
    await expect(afterVersions.ask('Metadata', 12, request)).rejects.toThrow('closed')
    const afterHandshake = await RawClient.connect(broker)
    await afterHandshake.ask('SaslHandshake', 1, { mechanism: 'PLAIN' })
    await expect(afterHandshake.ask('Metadata', 12, request)).rejects.toThrow('closed')
    const withoutHandshake = await RawClient.connect(broker)
    await expect(authenticate(withoutHandshake, plainToken('alice', 'alice-secret'))).rejects.toThrow('closed')
    const pipelined = await RawClient.connect(broker)
    const [handshake, refused] = [pipelined.nextFrame(), pipelined.nextFrame()]
    pipelined.send(encodeRequest('SaslHandshake', 1, { correlationId: 1, clientId: null }, { mechanism: 'PLAIN' }))
    const token = { authBytes: plainToken('alice', 'wrong') }
    pipelined.send(encodeRequest('SaslAuthenticate', 2, { correlationId: 2, clientId: null }, token))
    pipelined.send(encodeRequest('CreateTopics', 7, { correlationId: 3, clientId: null }, { topics: [], timeoutMs: 1 }))
    expect(decodeResponse('SaslHandshake', 1, await handshake).message.errorCode).toBe(0)
    expect(decodeResponse('SaslAuthenticate', 2, await refused).message.errorCode).toBe(58)
    expect(await pipelined.closed).toBe('closed')
  })

  test('ApiVersions is answered once; refused in one version it may be asked in another', async () => {
    const broker = await saslBroker()
    const twice = await RawClient.connect(broker)
    await twice.ask('ApiVersions', 3, software)
    await expect(twice.ask('ApiVersions', 3, software)).rejects.toThrow('closed')
    const invalid = await RawClient.connect(broker)
    expect((await invalid.ask('ApiVersions', 3, { ...software, clientSoftwareName: '-' })).errorCode).toBe(42)
    expect((await invalid.ask('ApiVersions', 0, {})).errorCode).toBe(0)
    expect((await logInPlain(invalid, 'alice', 'alice-secret')).errorCode).toBe(0)
  })

  test('a second handshake instead of a token is answered with 34 and closes the connection', async () => {
    const client = await connect()
    await client.ask('SaslHandshake', 1, { mechanism: 'PLAIN' })
    expect((await client.ask('SaslHandshake', 1, { mechanism: 'PLAIN' })).errorCode).toBe(34)
    expect(await client.closed).toBe('closed')
  })

  test('after SaslHandshake v0 tokens are bare frames; a refused one closes without an answer', async () => {
    const broker = await saslBroker()
    const frame = (token: Buffer): Buffer[] => {
      const size = Buffer.alloc(4)
      size.writeInt32BE(token.length)
      return [size, token]
    }
    const client = await RawClient.connect(broker)
    expect((await client.ask('SaslHandshake', 0, { mechanism: 'PLAIN' })).errorCode).toBe(0)
    const wrong = await RawClient.connect(broker)
    await wrong.ask('SaslHandshake', 0, { mechanism: 'PLAIN' })
    wrong.send(frame(plainToken('alice', 'wrong')))
    expect(await wrong.closed).toBe('closed')
    const scram = await RawClient.connect(broker)
    await scram.ask('SaslHandshake', 0, { mechanism: 'SCRAM-SHA-256' })
    const challenge = scram.nextFrame()
    scram.send(frame(Buffer.from('n,,n=alice,r=abc')))
    expect((await challenge).toString()).toMatch(/^r=abc.{24},s=.+,i=4096$/)
  })

  test('a request of more than 512 KiB is not taken from somebody unknown', async () => {
    const broker = await saslBroker()
    const stranger = await RawClient.connect(broker)
    await stranger.ask('SaslHandshake', 1, { mechanism: 'PLAIN' })
    const size = Buffer.alloc(4)
    size.writeInt32BE(512 * 1024 + 1)
    stranger.send([size])
    expect(await stranger.closed).toBe('closed')
    const known = await RawClient.connect(broker)
    await logInPlain(known, 'alice', 'alice-secret')
    await known.createTopic('t')
    expect(await known.produceRecords('t', [{ value: 'x'.repeat(900_000), timestamp: Date.now() }])).toBe(0)
  })

  test('logging in again: the same user and mechanism, once a second; SaslAuthenticate alone is 34', async () => {
    const clock = new TurningClock()
    const broker = await saslBroker({ clock, users: [...users, { name: 'bob', password: 'bob-secret' }] })
    const client = await RawClient.connect(broker)
    await logInPlain(client, 'alice', 'alice-secret')
    expect((await authenticate(client, plainToken('alice', 'alice-secret'))).errorCode).toBe(34)
    expect((await logInPlain(client, 'alice', 'alice-secret')).errorCode).toBe(0)
    expect((await client.ask('SaslHandshake', 1, { mechanism: 'PLAIN' })).errorCode).toBe(34)
    for (let passedMs = 0; passedMs < 1000; passedMs++) clock.turn()
    expect(await clock.untilSettled(logInPlain(client, 'bob', 'bob-secret'))).toMatchObject({
      errorCode: 58,
      errorMessage: 'Cannot change principals during re-authentication',
    })
    expect(await client.closed).toBe('closed')
  })
})
