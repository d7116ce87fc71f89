// The client's side of a login, message by message.
import { createHash, createHmac } from 'node:crypto'
import { saltedPassword, scramMechanisms, type ScramMechanism } from '../../../../../engine/kafka/protocol/scram.ts'
import type { RawClient } from '../raw-client.ts'

export const plainToken = (user: string, password: string): Buffer => Buffer.from(`\0${user}\0${password}`)

export async function authenticate(client: RawClient, token: Uint8Array | string, version = 2) {
  return client.ask('SaslAuthenticate', version, { authBytes: Buffer.from(token as string) })
}

export async function logInPlain(client: RawClient, user: string, password: string) {
  await client.ask('SaslHandshake', 1, { mechanism: 'PLAIN' })
  return authenticate(client, plainToken(user, password))
}

/** The answer to the client's last message, or to its first where that is refused. */
export async function logInScram(client: RawClient, mechanism: ScramMechanism, user: string, password: string) {
  await client.ask('SaslHandshake', 1, { mechanism })
  const { hash } = scramMechanisms[mechanism]
  const firstBare = `n=${user},r=clientnonce`
  const challenged = await authenticate(client, `n,,${firstBare}`)
  if (challenged.errorCode !== 0) return challenged
  const serverFirst = Buffer.from(challenged.authBytes).toString()
  const [, nonce, salt, iterations] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst)!
  const salted = saltedPassword(mechanism, password, Buffer.from(salt!, 'base64'), Number(iterations))
  const clientKey = createHmac(hash, salted).update('Client Key').digest()
  const storedKey = createHash(hash).update(clientKey).digest()
  const withoutProof = `c=biws,r=${nonce}`
  const signature = createHmac(hash, storedKey).update(`${firstBare},${serverFirst},${withoutProof}`).digest()
  const proof = Buffer.from(clientKey.map((byte, i) => byte ^ signature[i]!)).toString('base64')
  return authenticate(client, `${withoutProof},p=${proof}`)
}
