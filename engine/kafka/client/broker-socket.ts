// The socket of a connection: plain or with TLS, and what can go wrong with the latter.
import { connect, isIP, type Socket, type TcpSocketConnectOpts } from 'node:net'
import { connect as connectTls, createSecureContext, type ConnectionOptions, type SecureContext } from 'node:tls'
import { FlinktsError } from '../../common/errors.ts'
import { tlsProblem } from '../../common/tls-problem.ts'
import { usesTls } from '../protocol/security-protocol.ts'
import { formatAddress, type BrokerAddress } from './bootstrap-servers.ts'
import type { KafkaSecurity } from './kafka-security.ts'

/** TLS as a connection needs it: certificates are read once for all connections of a cluster. */
export interface ClientTls {
  readonly secureContext: SecureContext
  readonly verifiesHostName: boolean
  /** The client shows a certificate of its own. */
  readonly hasCertificate: boolean
}

/** Undefined: without TLS. Throws OPTION_INVALID for certificates and keys that cannot be read. */
export function clientTlsOf({ protocol, tls = {} }: KafkaSecurity): ClientTls | undefined {
  if (!usesTls(protocol)) return undefined
  const { ca, certificate, key, keyPassword, verifiesHostName = true } = tls
  if ((certificate === undefined) !== (key === undefined))
    throw new FlinktsError('OPTION_INVALID', 'Kafka: a client certificate and its private key belong together', {
      fix: 'Give both, or none.',
    })
  try {
    const context = createSecureContext({ ca, cert: certificate, key, passphrase: keyPassword, minVersion: 'TLSv1.2' })
    return { secureContext: context, verifiesHostName, hasCertificate: certificate !== undefined }
  } catch (error) {
    const { message } = error as Error
    throw new FlinktsError('OPTION_INVALID', `Kafka: certificates or private key cannot be used: ${message}`, {
      fix: 'Give them in PEM: the certificates of the authority, the certificate of this client, the private key made with it, and the password of the key if it has one.',
    })
  }
}

export interface OnRead {
  readonly buffer: () => Buffer
  readonly callback: (count: number) => boolean
}

/** Emits `readyEvent` when requests may be written. `onread`: the kernel's or TLS's bytes go straight into its memory. */
export function openSocket({ host, port }: BrokerAddress, tls: ClientTls | undefined, onread: OnRead): Socket {
  if (tls === undefined) return connect({ host, port, noDelay: true, keepAlive: true, onread })
  const options: ConnectionOptions & TcpSocketConnectOpts = {
    host,
    port,
    onread,
    secureContext: tls.secureContext,
    // many brokers behind one address are told apart by it; addresses have no place there (RFC 6066)
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(tls.verifiesHostName ? {} : { checkServerIdentity: () => undefined }),
  }
  const socket = connectTls(options)
  socket.setNoDelay(true)
  socket.setKeepAlive(true)
  return socket
}

export function readyEvent(tls: ClientTls | undefined): 'connect' | 'secureConnect' {
  return tls === undefined ? 'connect' : 'secureConnect'
}

/** KAFKA_TLS_FAILED, or undefined where it is not about TLS. */
export function tlsError(address: BrokerAddress, error: unknown): FlinktsError | undefined {
  const known = tlsProblem(error)
  if (known === undefined) return undefined
  const { problem, fix } = known
  return new FlinktsError('KAFKA_TLS_FAILED', `Kafka at ${formatAddress(address)}: ${problem}`, { fix, cause: error })
}
