// Logs a connection in (KIP-43, KIP-152), at its beginning and again before the login ends (KIP-368).
import { randomBytes } from 'node:crypto'
import { FlinktsError } from '../../common/errors.ts'
import { kafkaErrorCodes, kafkaErrorName } from '../protocol/kafka-errors.ts'
import type { ApiName, RequestInputByApi, ResponseByApi } from '../protocol/schemas.ts'
import { formatAddress, type BrokerAddress } from './bootstrap-servers.ts'
import type { KafkaLogin } from './kafka-security.ts'
import { createSaslClient } from './sasl-client.ts'

export type Ask = <Api extends 'SaslHandshake' | 'SaslAuthenticate'>(
  api: Api & ApiName,
  message: RequestInputByApi[Api],
) => Promise<ResponseByApi[Api]>

/** Tokens of a login: SCRAM needs two. */
const tokensMax = 8

/** Resolves to the lifetime of the login, ms; 0: without end. Throws KAFKA_LOGIN_FAILED. */
export async function logIn(address: BrokerAddress, login: KafkaLogin, ask: Ask): Promise<number> {
  const handshake = await ask('SaslHandshake', { mechanism: login.mechanism })
  if (handshake.errorCode !== 0) throw refusedHandshake(address, login, handshake)
  const client = createSaslClient(login, randomBytes(24).toString('base64url'))
  let token: Uint8Array | undefined = client.first()
  for (let turn = 0; turn < tokensMax; turn++) {
    const answer: ResponseByApi['SaslAuthenticate'] = await ask('SaslAuthenticate', { authBytes: token })
    if (answer.errorCode !== 0) throw refusedLogin(address, login, answer)
    token = client.respond(answer.authBytes)
    if (token === undefined) return Number(answer.sessionLifetimeMs)
  }
  throw failed(address, `the login does not end after ${tokensMax} messages`, 'See whether a Kafka broker is there.')
}

function refusedHandshake(
  address: BrokerAddress,
  { mechanism }: KafkaLogin,
  { errorCode, mechanisms }: ResponseByApi['SaslHandshake'],
): FlinktsError {
  if (errorCode === kafkaErrorCodes.ILLEGAL_SASL_STATE)
    return failed(
      address,
      'nobody logs in at this port (security.protocol PLAINTEXT or SSL)',
      'Leave the login out, or connect to a port with one.',
    )
  if (errorCode !== kafkaErrorCodes.UNSUPPORTED_SASL_MECHANISM)
    return failed(address, `it answers SaslHandshake with ${kafkaErrorName(errorCode)}`, 'See the log of the broker.')
  const offered = mechanisms.length === 0 ? 'none' : mechanisms.join(', ')
  return failed(
    address,
    `it does not offer the SASL mechanism ${mechanism}; it offers ${offered}`,
    'Use one of those it offers.',
  )
}

function refusedLogin(
  address: BrokerAddress,
  { username, password, mechanism }: KafkaLogin,
  { errorCode, errorMessage }: ResponseByApi['SaslAuthenticate'],
): FlinktsError {
  // whatever a broker says: the password stays here
  const said = (errorMessage ?? kafkaErrorName(errorCode)).replaceAll(password || '\0', '***')
  return failed(
    address,
    `it refuses the login of user '${username}' by ${mechanism}: ${said}`,
    'Mend user name and password, or have the user made at the broker for this mechanism.',
  )
}

function failed(address: BrokerAddress, detail: string, fix: string): FlinktsError {
  return new FlinktsError('KAFKA_LOGIN_FAILED', `Kafka at ${formatAddress(address)}: ${detail}`, { fix })
}
