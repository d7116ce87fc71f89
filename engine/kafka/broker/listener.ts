// One listening socket, with or without TLS, and the connections that came through it.
import { randomBytes } from 'node:crypto'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from 'node:tls'
import { FlinktsError } from '../../common/errors.ts'
import type { BrokerServices } from './broker-services.ts'
import { Connection } from './connection.ts'
import type { Applicant } from './connection-slots.ts'
import { advertise, type BrokerListener, type ListenerPlan } from './security/listener-options.ts'
import { PlainExchange } from './security/plain-exchange.ts'
import { SaslAuthenticator } from './security/sasl-authenticator.ts'
import type { SaslExchange } from './security/sasl-exchange.ts'
import type { SaslMechanism } from '../protocol/sasl-mechanisms.ts'
import { ScramExchange } from './security/scram-exchange.ts'
import { usesSasl } from '../protocol/security-protocol.ts'
import { readTlsOptions, type TlsSettings } from './security/tls-options.ts'

const backlog = 1024
const tlsHandshakeTimeoutMs = 30_000
const scramNonceBytes = 18

export class Listener {
  private readonly plan: ListenerPlan
  private readonly tls: TlsSettings | undefined
  private readonly server: Server
  /** Does the handshakes; the sockets come from `server`. */
  private readonly tlsServer: TlsServer | undefined
  /** Also those that wait for a slot, or whose TLS handshake is not done. */
  private readonly sockets = new Set<Socket>()
  private readonly connections = new Set<Connection>()
  private services: BrokerServices | undefined

  private constructor(plan: ListenerPlan) {
    this.plan = plan
    this.tls = plan.tls && readTlsOptions(plan.name, plan.tls)
    this.server = createServer((socket) => this.arrive(socket))
    if (this.tls === undefined) return
    this.tlsServer = createTlsServer({ ...this.tls.server, handshakeTimeout: tlsHandshakeTimeoutMs }, (socket) =>
      this.acceptTls(socket),
    )
    this.tlsServer.on('tlsClientError', (error: Error, socket: TLSSocket) => this.tlsFailed(error.message, socket))
  }

  /** Throws KAFKA_LISTEN_FAILED, OPTION_INVALID (TLS). */
  static async listen(plan: ListenerPlan): Promise<Listener> {
    const listener = new Listener(plan)
    const { host, port } = plan
    await new Promise<void>((resolve, reject) => {
      listener.server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(host, port, error)))
      listener.server.listen({ host, port, backlog }, resolve)
    })
    return listener
  }

  get address(): BrokerListener {
    return advertise(this.plan, (this.server.address() as AddressInfo).port)
  }

  serve(services: BrokerServices): void {
    this.services = services
  }

  closeIdle(nowMonotonicMs: number, idleMsMax: number): void {
    for (const connection of this.connections)
      if (!connection.isWaiting && nowMonotonicMs - connection.lastActiveMs > idleMsMax) connection.close()
  }

  /** Returns when no socket is open any more. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()))
    for (const connection of this.connections) connection.close()
    for (const socket of this.sockets) socket.destroy()
    await closed
  }

  private arrive(socket: Socket): void {
    const { services } = this
    // Until the broker knows its own ports it has nothing to tell to clients.
    if (services === undefined) {
      socket.destroy()
      return
    }
    const applicant: Applicant = {
      address: socket.remoteAddress ?? '',
      admit: () =>
        this.tlsServer === undefined ? this.accept(socket, undefined) : this.tlsServer.emit('connection', socket),
      refuse: (reason) => {
        services.log(`closing the connection of /${socket.remoteAddress ?? ''}: ${reason}`)
        socket.destroy()
      },
    }
    this.sockets.add(socket)
    // A reset by a client that waits is no news.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.sockets.delete(socket)
      services.connectionSlots.leave(applicant)
    })
    services.connectionSlots.apply(applicant)
  }

  private acceptTls(socket: TLSSocket): void {
    if (this.tls!.clientAuthentication === 'none') return this.accept(socket, undefined)
    const subject = socket.getPeerCertificate().subject as Readonly<Record<string, string | string[]>> | undefined
    if (subject !== undefined && !socket.authorized) return this.tlsFailed(String(socket.authorizationError), socket)
    const name =
      subject &&
      Object.entries(subject)
        .reverse()
        .map(([key, value]) => `${key}=${String(value)}`)
        .join(',')
    this.accept(socket, name)
  }

  private tlsFailed(reason: string, socket: TLSSocket): void {
    socket.destroy()
    this.services?.log(`listener ${this.plan.name}: TLS handshake with a client failed: ${reason}`)
  }

  private accept(socket: Socket, certificateName: string | undefined): void {
    const services = this.services!
    const authenticator = usesSasl(this.plan.securityProtocol) ? newAuthenticator(services) : undefined
    const onClosed = (connection: Connection): boolean => this.connections.delete(connection)
    const listener = this.address
    this.connections.add(new Connection({ socket, services, listener, authenticator, certificateName, onClosed }))
  }
}

function newAuthenticator({ credentials, saslMechanisms }: BrokerServices): SaslAuthenticator {
  const newExchange = (mechanism: SaslMechanism): SaslExchange =>
    mechanism === 'PLAIN'
      ? new PlainExchange((userName, password) => credentials.isPassword(userName, password))
      : new ScramExchange({
          mechanism,
          credentialOf: (userName) => credentials.scram(userName, mechanism),
          serverNonce: randomBytes(scramNonceBytes).toString('base64'),
        })
  return new SaslAuthenticator({ mechanisms: saslMechanisms, newExchange })
}

function listenError(host: string, port: number, error: NodeJS.ErrnoException): FlinktsError {
  const isTaken = error.code === 'EADDRINUSE'
  return new FlinktsError(
    'KAFKA_LISTEN_FAILED',
    isTaken ? `port ${port} on ${host} is taken` : `cannot listen on ${host}:${port}: ${error.message}`,
    {
      cause: error,
      fix: isTaken ? 'Stop what listens there, or choose another port (0: any free one).' : 'Choose another address.',
    },
  )
}
