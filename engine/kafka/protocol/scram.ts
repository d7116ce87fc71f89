// SCRAM's cryptography (RFC 5802, RFC 7677): what is kept of a password, and what both sides prove with it.
//
//   SaltedPassword = Hi(password, salt, iterations)       StoredKey = H(HMAC(SaltedPassword, "Client Key"))
//   ServerKey      = HMAC(SaltedPassword, "Server Key")   ClientProof = ClientKey XOR HMAC(StoredKey, AuthMessage)
//
// As Kafka, passwords and user names are taken as their UTF-8 bytes, without SASLprep.
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'

export type ScramMechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-512'

export interface ScramMechanismFacts {
  readonly hash: 'sha256' | 'sha512'
  readonly hashBytes: number
  /** Its number in DescribeUserScramCredentials and AlterUserScramCredentials. */
  readonly type: number
}

export const scramMechanisms: Readonly<Record<ScramMechanism, ScramMechanismFacts>> = {
  'SCRAM-SHA-256': { hash: 'sha256', hashBytes: 32, type: 1 },
  'SCRAM-SHA-512': { hash: 'sha512', hashBytes: 64, type: 2 },
}

export const scramIterationsMin = 4096
export const scramIterationsMax = 16384

export function scramMechanismOfType(type: number): ScramMechanism | undefined {
  const names = Object.keys(scramMechanisms) as ScramMechanism[]
  return names.find((name) => scramMechanisms[name].type === type)
}

/** What the server keeps: enough to check a proof, not enough to make one. */
export interface ScramCredential {
  readonly salt: Uint8Array
  readonly iterations: number
  readonly storedKey: Uint8Array
  readonly serverKey: Uint8Array
}

export function saltedPassword(
  mechanism: ScramMechanism,
  password: string,
  salt: Uint8Array,
  iterations: number,
): Uint8Array {
  const { hash, hashBytes } = scramMechanisms[mechanism]
  return pbkdf2Sync(Buffer.from(password, 'utf8'), salt, iterations, hashBytes, hash)
}

export function credentialOfSaltedPassword(
  mechanism: ScramMechanism,
  salted: Uint8Array,
  salt: Uint8Array,
  iterations: number,
): ScramCredential {
  const { hash } = scramMechanisms[mechanism]
  const storedKey = createHash(hash)
    .update(hmac(mechanism, salted, 'Client Key'))
    .digest()
  return { salt, iterations, storedKey, serverKey: hmac(mechanism, salted, 'Server Key') }
}

export function isClientProof(
  mechanism: ScramMechanism,
  credential: ScramCredential,
  authMessage: string,
  proof: Uint8Array,
): boolean {
  const { hash, hashBytes } = scramMechanisms[mechanism]
  if (proof.length !== hashBytes) return false
  const clientKey = Buffer.from(hmac(mechanism, credential.storedKey, authMessage))
  for (let i = 0; i < hashBytes; i++) clientKey[i]! ^= proof[i]!
  return timingSafeEqual(createHash(hash).update(clientKey).digest(), credential.storedKey)
}

/** What proves to the server that the client knows the password. */
export function clientProof(mechanism: ScramMechanism, salted: Uint8Array, authMessage: string): Uint8Array {
  const proof = Buffer.from(hmac(mechanism, salted, 'Client Key'))
  const storedKey = createHash(scramMechanisms[mechanism].hash).update(proof).digest()
  const signature = hmac(mechanism, storedKey, authMessage)
  for (let i = 0; i < proof.length; i++) proof[i]! ^= signature[i]!
  return proof
}

export function serverSignature(
  mechanism: ScramMechanism,
  credential: Pick<ScramCredential, 'serverKey'>,
  authMessage: string,
): Uint8Array {
  return hmac(mechanism, credential.serverKey, authMessage)
}

function hmac(mechanism: ScramMechanism, key: Uint8Array, message: string): Uint8Array {
  return createHmac(scramMechanisms[mechanism].hash, key).update(message, 'utf8').digest()
}
