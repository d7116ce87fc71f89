import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ScramExchange } from '../../../../../engine/kafka/broker/security/scram-exchange.ts'
import {
  credentialOfSaltedPassword,
  saltedPassword,
  scramMechanisms,
  type ScramCredential,
  type ScramMechanism,
} from '../../../../../engine/kafka/protocol/scram.ts'
import type { SaslStep } from '../../../../../engine/kafka/broker/security/sasl-exchange.ts'

function credential(
  mechanism: ScramMechanism,
  password: string,
  salt: Uint8Array = Buffer.from('salt'),
  iterations = 4096,
): ScramCredential {
  return credentialOfSaltedPassword(mechanism, saltedPassword(mechanism, password, salt, iterations), salt, iterations)
}

const text = (step: SaslStep): string =>
  step.kind === 'failed' ? `failed: ${step.message}` : Buffer.from(step.token).toString()

/** A client as RFC 5802 describes it. */
function clientFinal(
  mechanism: ScramMechanism,
  options: { password: string; firstBare: string; serverFirst: string; binding?: string; nonce?: string },
): string {
  const { hash } = scramMechanisms[mechanism]
  const [, nonce, salt, iterations] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(options.serverFirst)!
  const salted = saltedPassword(mechanism, options.password, Buffer.from(salt!, 'base64'), Number(iterations))
  const clientKey = createHmac(hash, salted).update('Client Key').digest()
  const storedKey = createHash(hash).update(clientKey).digest()
  const withoutProof = `c=${options.binding ?? 'biws'},r=${options.nonce ?? nonce}`
  const signature = createHmac(hash, storedKey)
    .update(`${options.firstBare},${options.serverFirst},${withoutProof}`)
    .digest()
  const proof = clientKey.map((byte, i) => byte ^ signature[i]!)
  return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`
}

// The exchange of RFC 7677, section 3.
const rfc = {
  mechanism: 'SCRAM-SHA-256' as const,
  user: 'user',
  serverNonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
  credential: credential('SCRAM-SHA-256', 'pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')),
  clientFirst: 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
  serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  clientFinal:
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
}

function rfcExchange(): ScramExchange {
  return new ScramExchange({
    mechanism: rfc.mechanism,
    serverNonce: rfc.serverNonce,
    credentialOf: (name) => (name === rfc.user ? rfc.credential : undefined),
  })
}

const refused =
  'failed: Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-256'

describe('SCRAM', () => {
  test('the exchange of RFC 7677', () => {
    const exchange = rfcExchange()
    expect(text(exchange.respond(Buffer.from(rfc.clientFirst)))).toBe(rfc.serverFirst)
    const last = exchange.respond(Buffer.from(rfc.clientFinal))
    expect(text(last)).toBe(rfc.serverFinal)
    expect(last).toMatchObject({ kind: 'done', userName: 'user' })
  })

  test.each([
    ['an unknown user', 'n,,n=other,r=abc'],
    ['no user', 'n,,r=abc'],
    ['no nonce', 'n,,n=user'],
    ['channel binding', 'p=tls-unique,,n=user,r=abc'],
    ['a delegation token', 'n,,n=user,r=abc,tokenauth=true'],
    ['garbage', '\u0000\u0001'],
    ['nothing', ''],
  ])('refuses a first message with %s, without a word about the user', (_, message) => {
    expect(text(rfcExchange().respond(Buffer.from(message)))).toBe(refused)
  })

  test.each([
    ['a wrong proof', rfc.clientFinal.replace('dHzb', 'dHzc')],
    ['a proof that is too short', rfc.clientFinal.replace(/p=.*/, 'p=AAAA')],
    ['another nonce', rfc.clientFinal.replace('r=rOpr', 'r=rOps')],
    ['another channel binding', rfc.clientFinal.replace('biws', 'eSws')],
    ['no proof', rfc.clientFinal.replace(/,p=.*/, '')],
  ])('refuses a final message with %s', (_, message) => {
    const exchange = rfcExchange()
    exchange.respond(Buffer.from(rfc.clientFirst))
    expect(text(exchange.respond(Buffer.from(message)))).toBe(refused)
  })

  test('a client nonce that is there twice, as older librdkafka sends it', () => {
    const exchange = rfcExchange()
    const serverFirst = text(exchange.respond(Buffer.from('n,,n=user,r=abc')))
    const nonce = `abcabc${rfc.serverNonce}`
    const final = clientFinal('SCRAM-SHA-256', { password: 'pencil', firstBare: 'n=user,r=abc', serverFirst, nonce })
    expect(exchange.respond(Buffer.from(final)).kind).toBe('done')
  })

  test('an authorization id is the user name, or nothing', () => {
    expect(text(rfcExchange().respond(Buffer.from('n,a=other,n=user,r=abc')))).toContain('different from username')
    const exchange = rfcExchange()
    const serverFirst = text(exchange.respond(Buffer.from('n,a=user,n=user,r=abc')))
    const binding = Buffer.from('n,a=user,').toString('base64')
    const final = clientFinal('SCRAM-SHA-256', { password: 'pencil', firstBare: 'n=user,r=abc', serverFirst, binding })
    expect(exchange.respond(Buffer.from(final)).kind).toBe('done')
  })

  test('whoever knows the password gets in, nobody else: any name, password, salt, both hashes', () => {
    const word = fc.string({ minLength: 1, maxLength: 12, unit: 'binary' }).filter((value) => !value.includes('\0'))
    fc.assert(
      fc.property(
        fc.constantFrom<ScramMechanism>('SCRAM-SHA-256', 'SCRAM-SHA-512'),
        word,
        word,
        word,
        fc.uint8Array({ minLength: 1, maxLength: 20 }),
        (mechanism, name, password, given, salt) => {
          const kept = credential(mechanism, password, salt, 10)
          const exchange = new ScramExchange({
            mechanism,
            serverNonce: 'server',
            credentialOf: (user) => (user === name ? kept : undefined),
          })
          const firstBare = `n=${name.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=client`
          const serverFirst = text(exchange.respond(Buffer.from(`n,,${firstBare}`)))
          const final = clientFinal(mechanism, { password: given, firstBare, serverFirst })
          expect(exchange.respond(Buffer.from(final)).kind).toBe(given === password ? 'done' : 'failed')
        },
      ),
      { examples: [['SCRAM-SHA-256', 'a,b=c', 'p', 'p', Uint8Array.of(1)]] },
    )
  })
})
