// What a port speaks where a broker says no more than to close the connection: asked once more, in the other language.
// Brokers do that to clients that come without TLS or without a login where it is needed, and the other way round.
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { FlinktsError } from '../../common/errors.ts'
import type { Clock } from '../../time/clock.ts'
import { encodeRequest } from '../protocol/messages.ts'
import { formatAddress, type BrokerAddress } from './bootstrap-servers.ts'
import { openSocket, type ClientTls } from './broker-socket.ts'

/** A probe must not hold up the error that it explains. */
const probeTimeoutMs = 2_000

/** A client without TLS was left without an answer: KAFKA_TLS_FAILED if TLS is spoken there. */
export async function mismatchOfPlain(address: BrokerAddress, clock: Clock): Promise<FlinktsError | undefined> {
  return (await speaksTls(address, clock)) ? tlsIsSpoken(address) : undefined
}

export function tlsIsSpoken(address: BrokerAddress): FlinktsError {
  return new FlinktsError(
    'KAFKA_TLS_FAILED',
    `Kafka at ${formatAddress(address)}: this port speaks TLS, and the client came without it`,
    { fix: 'Use the security protocol SSL, or SASL_SSL if there is a login.' },
  )
}

/**
 * A client with TLS was left without an answer. KAFKA_TLS_FAILED if Kafka is spoken there without TLS, or if every
 * connection is closed behind the handshake: so do servers that verify certificates late.
 */
export async function mismatchOfTls(
  address: BrokerAddress,
  tls: ClientTls,
  clock: Clock,
): Promise<FlinktsError | undefined> {
  if (tls.hasCertificate && (await closesBehindHandshake(address, tls, clock)))
    return new FlinktsError(
      'KAFKA_TLS_FAILED',
      `Kafka at ${formatAddress(address)}: it closes the connection behind the TLS handshake; it may not accept the certificate of this client`,
      { fix: 'Give a certificate that is signed by an authority the broker trusts; the log of the broker says more.' },
    )
  if (!(await speaksPlainKafka(address, clock))) return undefined
  return new FlinktsError(
    'KAFKA_TLS_FAILED',
    `Kafka at ${formatAddress(address)}: this port does not speak TLS, and the client asks for it`,
    {
      fix: 'Use the security protocol PLAINTEXT, or SASL_PLAINTEXT if there is a login, or connect to a port with TLS.',
    },
  )
}

function speaksTls({ host, port }: BrokerAddress, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    // nothing is sent over it: whose certificate it is does not matter
    const socket = connectTls({ host, port, rejectUnauthorized: false })
    const end = (answer: boolean): void => {
      timer.cancel()
      socket.destroy()
      resolve(answer)
    }
    const timer = clock.setTimer(probeTimeoutMs, () => end(false))
    socket.on('secureConnect', () => end(true))
    // with TLS 1.2 a client without a certificate is refused in the middle of the handshake
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => end(code.includes('_ALERT_')))
    socket.on('close', () => end(false))
  })
}

function closesBehindHandshake(address: BrokerAddress, tls: ClientTls, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    let isSecure = false
    const onread = {
      buffer: () => Buffer.alloc(1024),
      callback: () => {
        end(false)
        return false
      },
    }
    const socket = openSocket(address, tls, onread)
    const end = (answer: boolean): void => {
      timer.cancel()
      socket.destroy()
      resolve(answer)
    }
    const timer = clock.setTimer(probeTimeoutMs, () => end(false))
    socket.on('secureConnect', () => {
      isSecure = true
      for (const chunk of encodeRequest('ApiVersions', 0, { correlationId: 1, clientId: 'flinkts' }, {}))
        socket.write(chunk)
    })
    socket.on('error', () => end(isSecure))
    socket.on('close', () => end(isSecure))
    socket.resume()
  })
}

function speaksPlainKafka({ host, port }: BrokerAddress, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (answer: boolean): void => {
      timer.cancel()
      socket.destroy()
      resolve(answer)
    }
    const timer = clock.setTimer(probeTimeoutMs, () => end(false))
    const correlationId = 0x666c6b74
    socket.on('connect', () => {
      for (const chunk of encodeRequest('ApiVersions', 0, { correlationId, clientId: 'flinkts' }, {}))
        socket.write(chunk)
    })
    // size, correlation id, error code
    socket.on('data', (bytes) => end(bytes.length >= 8 && bytes.readInt32BE(4) === correlationId))
    socket.on('error', () => end(false))
    socket.on('close', () => end(false))
  })
}
