// The client's side of a login: machines over tokens, without sockets. SCRAM: RFC 5802, sections 5 and 7, without channel
// binding; PLAIN: RFC 4616. As Kafka's own clients, names and passwords are taken as UTF-8, without SASLprep.
import { timingSafeEqual } from 'node:crypto'
import { FlinktsError } from '../../common/errors.ts'
import {
  clientProof,
  credentialOfSaltedPassword,
  saltedPassword,
  scramIterationsMin,
  serverSignature,
  type ScramMechanism,
} from '../protocol/scram.ts'
import type { KafkaLogin } from './kafka-security.ts'

export interface SaslClient {
  /** What is sent first. */
  first(): Uint8Array
  /** What answers a token of the server; undefined: the login is over. Throws KAFKA_LOGIN_FAILED. */
  respond(token: Uint8Array): Uint8Array | undefined
}

/** `nonce`: fresh for each login, printable ASCII without a comma. */
export function createSaslClient(login: KafkaLogin, nonce: string): SaslClient {
  const { mechanism, username, password } = login
  if (mechanism !== 'PLAIN') return new ScramClient(mechanism, login, nonce)
  return { first: () => Buffer.from(`\0${username}\0${password}`, 'utf8'), respond: () => undefined }
}

/** Kafka allows 16,384; more than this would only keep the machine busy. */
const iterationsMax = 1_000_000
const serverFirstShape = /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/=]+),i=(\d{1,9})(?:,.*)?$/

class ScramClient implements SaslClient {
  private readonly mechanism: ScramMechanism
  private readonly password: string
  private readonly nonce: string
  private readonly firstBare: string
  private expectedSignature: Uint8Array | undefined

  constructor(mechanism: ScramMechanism, { username, password }: KafkaLogin, nonce: string) {
    this.mechanism = mechanism
    this.password = password
    this.nonce = nonce
    this.firstBare = `n=${username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`
  }

  first(): Uint8Array {
    return Buffer.from(`n,,${this.firstBare}`, 'utf8')
  }

  respond(token: Uint8Array): Uint8Array | undefined {
    const message = Buffer.from(token).toString('utf8')
    if (this.expectedSignature === undefined) return this.prove(message)
    this.check(message, this.expectedSignature)
    return undefined
  }

  private prove(serverFirst: string): Uint8Array {
    const { mechanism, firstBare } = this
    const [, nonce, saltText, iterationsText] = serverFirstShape.exec(serverFirst) ?? []
    if (nonce === undefined || !nonce.startsWith(this.nonce) || nonce === this.nonce)
      throw untrusted(`its first message is not one of ${mechanism}`)
    const iterations = Number(iterationsText)
    if (iterations < scramIterationsMin || iterations > iterationsMax)
      throw untrusted(`it asks for ${iterations} rounds; ${scramIterationsMin} to ${iterationsMax} are safe`)
    const salt = Buffer.from(saltText!, 'base64')
    const salted = saltedPassword(mechanism, this.password, salt, iterations)
    const withoutProof = `c=biws,r=${nonce}`
    const authMessage = `${firstBare},${serverFirst},${withoutProof}`
    const credential = credentialOfSaltedPassword(mechanism, salted, salt, iterations)
    this.expectedSignature = serverSignature(mechanism, credential, authMessage)
    const proof = Buffer.from(clientProof(mechanism, salted, authMessage)).toString('base64')
    return Buffer.from(`${withoutProof},p=${proof}`, 'utf8')
  }

  /** A server that does not know the password cannot make the signature. */
  private check(serverFinal: string, expected: Uint8Array): void {
    const [, text] = /^v=([A-Za-z0-9+/=]+)(?:,.*)?$/.exec(serverFinal) ?? []
    const signature = Buffer.from(text ?? '', 'base64')
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected))
      throw untrusted('it does not know the password either: it may be somebody else')
  }
}

function untrusted(detail: string): FlinktsError {
  return new FlinktsError('KAFKA_LOGIN_FAILED', `the broker cannot be trusted with a login: ${detail}`, {
    fix: 'See whether the address is the right one, and whether somebody stands between.',
  })
}
