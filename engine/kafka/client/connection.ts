// One TCP connection to one broker: requests out, responses in, in the same order.
import type { Socket } from 'node:net'
import { FlinktsError, isFlinktsError } from '../../common/errors.ts'
import type { Clock, Timer } from '../../time/clock.ts'
import { FrameReceiver } from '../protocol/frame-receiver.ts'
import { kafkaErrorCodes, kafkaErrorName } from '../protocol/kafka-errors.ts'
import { correlationIdOf, decodeResponse, encodeRequest } from '../protocol/messages.ts'
import { apis, type ApiName, type RequestInputByApi, type ResponseByApi } from '../protocol/schemas.ts'
import { formatAddress, type BrokerAddress } from './bootstrap-servers.ts'
import { openSocket, readyEvent, tlsError, type ClientTls } from './broker-socket.ts'
import type { KafkaLogin } from './kafka-security.ts'
import { logIn, type Ask } from './log-in.ts'
import { mismatchOfPlain, mismatchOfTls, tlsIsSpoken } from './probe-port.ts'
import { abortReason } from './waiting.ts'

export interface ConnectionOptions {
  readonly clock: Clock
  readonly clientId: string
  /** Undefined: without TLS, without a login. */
  readonly tls?: ClientTls | undefined
  readonly login?: KafkaLogin | undefined
  /** Uniform in [0, 1): spreads logins that are made again. */
  readonly random: () => number
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  /** Requests on the wire at once; more wait in the connection. */
  readonly inFlightMax: number
}

export interface RequestOptions {
  /** The last version whose meaning the caller knows. Default: the last one of the protocol table. */
  readonly versionMax?: number
  /** How long the answer may take. Default: the connection's `requestTimeoutMs`. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
  /** Memory for a large answer (see FrameReceiver); the byte fields of the answer are views into it. */
  readonly allocate?: ((frameBytes: number) => Buffer) | undefined
}

interface Pending {
  readonly api: ApiName
  readonly version: number
  readonly correlationId: number
  readonly chunks: readonly Uint8Array[]
  readonly timeoutMs: number
  readonly allocate: ((frameBytes: number) => Buffer) | undefined
  /** Undefined once nobody waits any more: the answer is read and dropped. */
  settle: { resolve: (message: unknown) => void; reject: (error: Error) => void } | undefined
  timer: Timer | undefined
}

const waitingMax = 1024
/** The largest first message of KIP-511 negotiation: ApiVersions, whose version 0 every broker answers. */
const apiVersionsMax = 4
/** No answer to a first request is as large: something else than Kafka answers. */
const firstAnswersBytesMax = 4 * 1024 * 1024
/** A login is made again when this much of its lifetime is over (Kafka's own client: 85 to 95 %). */
const reauthenticationFrom = 0.85
const reauthenticationSpread = 0.1
/** What a port says that speaks TLS: an alert record. */
const [tlsAlert, tlsMajorVersion] = [0x15, 3]
/** A probe must not hold up the error that it explains. */
const probeTimeoutMs = 2_000

/**
 * Everything fails with KAFKA_UNREACHABLE once the connection is closed, whoever closed it, and with KAFKA_PROTOCOL where
 * the broker sent what cannot be read. An unanswered request closes the connection: what comes after it could not be
 * told apart.
 */
export class Connection {
  readonly address: BrokerAddress
  private readonly options: ConnectionOptions
  private readonly socket: Socket
  private readonly receiver: FrameReceiver
  private readonly versions = new Map<number, readonly [number, number]>()
  private readonly inFlight: Pending[] = []
  private readonly waiting: Pending[] = []
  private nextCorrelationId = 1
  private failure: FlinktsError | undefined
  private isTcpConnected = false
  private isOpen = false
  private hasBytes = false
  /** Whether anything but ApiVersions and the login was answered. */
  private hasServed = false
  /** It was closed, and the reason is being found out. */
  private isExplaining = false
  /** Requests wait in the meantime (KIP-368: none may come between those of the login). */
  private loggingInAgain: Promise<void> | undefined
  private loginTimer: Timer | undefined

  /** Connects and learns what the broker speaks. */
  static async open(address: BrokerAddress, options: ConnectionOptions, signal?: AbortSignal): Promise<Connection> {
    signal?.throwIfAborted()
    const connection = new Connection(address, options)
    const onAbort = () => connection.fail(unreachable(address, 'aborted', abortReason(signal!)))
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      await connection.connected()
      await connection.negotiate()
      if (options.login !== undefined) connection.scheduleLogin(await connection.logIn(options.login))
      connection.opened()
      return connection
    } catch (error) {
      connection.close()
      throw signal?.aborted ? abortReason(signal) : await connection.explained(error)
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  private constructor(address: BrokerAddress, options: ConnectionOptions) {
    this.address = address
    this.options = options
    this.receiver = new FrameReceiver({
      onFrame: (frame) => this.onFrame(frame),
      allocate: (frameBytes) => this.inFlight[0]?.allocate?.(frameBytes) ?? Buffer.allocUnsafeSlow(frameBytes),
      frameBytesMax: firstAnswersBytesMax,
    })
    // `onread` lets the kernel write straight into the receiver's memory: no chunk is allocated or copied.
    const onread = { buffer: () => this.receiver.space(), callback: (count: number) => this.onBytes(count) }
    this.socket = openSocket(address, options.tls, onread)
    this.socket.once('connect', () => (this.isTcpConnected = true))
    this.socket.on('error', (error) => {
      if (!this.isExplaining) this.fail(tlsError(address, error) ?? unreachable(address, error.message, error))
    })
    this.socket.on('close', () => this.onClosed())
    this.socket.on('end', () => this.onClosed())
    this.socket.resume()
  }

  get isClosed(): boolean {
    return this.failure !== undefined
  }

  close(): void {
    this.fail(unreachable(this.address, 'the connection was closed here'))
  }

  /** The version that both sides speak, or undefined. */
  versionOf(api: ApiName, versionMax = 32767): number | undefined {
    const theirs = this.versions.get(apis[api].key)
    const [first, last] = apis[api].validVersions
    if (theirs === undefined) return undefined
    const version = Math.min(theirs[1], last, versionMax)
    return version >= theirs[0] && version >= first ? version : undefined
  }

  request<Api extends ApiName>(
    api: Api,
    message: RequestInputByApi[Api],
    options: RequestOptions = {},
  ): Promise<ResponseByApi[Api]> {
    const version = this.versionOf(api, options.versionMax)
    if (version === undefined) return Promise.reject(this.notSpoken(api))
    return this.exchange(api, version, message, options)
  }

  /** For requests that are never answered: Produce with acks 0. Resolves when the kernel has the bytes. */
  send<Api extends ApiName>(api: Api, message: RequestInputByApi[Api], versionMax?: number): Promise<void> {
    const version = this.versionOf(api, versionMax)
    if (version === undefined) return Promise.reject(this.notSpoken(api))
    if (this.loggingInAgain !== undefined) return this.loggingInAgain.then(() => this.send(api, message, versionMax))
    if (this.failure !== undefined) return Promise.reject(this.failure)
    const chunks = encodeRequest(
      api,
      version,
      { correlationId: this.nextCorrelationId++, clientId: this.options.clientId },
      message,
    )
    return new Promise((resolve, reject) => {
      this.write(chunks, (error) => (error ? reject(unreachable(this.address, error.message, error)) : resolve()))
    })
  }

  private connected(): Promise<void> {
    const { clock, connectTimeoutMs } = this.options
    return new Promise((resolve, reject) => {
      const timer = clock.setTimer(connectTimeoutMs, () =>
        this.fail(unreachable(this.address, `no connection within ${connectTimeoutMs} ms`)),
      )
      this.socket.once(readyEvent(this.options.tls), () => {
        timer.cancel()
        resolve()
      })
      this.socket.once('close', () => {
        timer.cancel()
        reject(this.failure ?? unreachable(this.address, 'no connection'))
      })
    })
  }

  /** Asks in our newest version; a broker that does not know it answers 35 in version 0, and is asked again in that (KIP-511). */
  private async negotiate(): Promise<void> {
    const request = { clientSoftwareName: 'flinkts', clientSoftwareVersion: '0' }
    let answer = await this.exchange('ApiVersions', apiVersionsMax, request, {})
    if (answer.errorCode === kafkaErrorCodes.UNSUPPORTED_VERSION)
      answer = await this.exchange('ApiVersions', 0, request, {})
    if (answer.errorCode !== 0)
      throw new FlinktsError(
        'KAFKA_PROTOCOL',
        `${formatAddress(this.address)} answers ApiVersions with ${kafkaErrorName(answer.errorCode)}`,
      )
    for (const { apiKey, minVersion, maxVersion } of answer.apiKeys) this.versions.set(apiKey, [minVersion, maxVersion])
  }

  /** Resolves to the login's lifetime, ms; 0: without end. */
  private logIn(login: KafkaLogin): Promise<number> {
    const ask: Ask = (api, message) => {
      const version = this.versionOf(api)
      // version 0 of SaslHandshake is followed by bare tokens, without errors (before Kafka 1.0)
      if (version === undefined || (api === 'SaslHandshake' && version === 0))
        return Promise.reject(this.notSpoken(api))
      return this.exchange(api, version, message, { isLogin: true })
    }
    return logIn(this.address, login, ask)
  }

  private scheduleLogin(lifetimeMs: number): void {
    const { login, clock, random } = this.options
    if (login === undefined || lifetimeMs <= 0 || this.failure !== undefined) return
    const delayMs = lifetimeMs * (reauthenticationFrom + reauthenticationSpread * random())
    this.loginTimer = clock.setTimer(delayMs, () => {
      this.loggingInAgain = this.logIn(login).then(
        (nextLifetimeMs) => {
          this.loggingInAgain = undefined
          this.scheduleLogin(nextLifetimeMs)
          while (this.waiting.length > 0 && this.inFlight.length < this.options.inFlightMax)
            this.launch(this.waiting.shift()!)
        },
        (error: FlinktsError) => {
          this.loggingInAgain = undefined
          this.fail(error)
        },
      )
    })
  }

  private opened(): void {
    this.isOpen = true
    this.receiver.frameBytesMax = 0x7fffffff
  }

  private exchange<Api extends ApiName>(
    api: Api,
    version: number,
    message: RequestInputByApi[Api],
    options: RequestOptions & { readonly isLogin?: boolean },
  ): Promise<ResponseByApi[Api]> {
    if (this.failure !== undefined) return Promise.reject(this.failure)
    if (options.signal?.aborted) return Promise.reject(abortReason(options.signal))
    if (this.waiting.length >= waitingMax)
      return Promise.reject(
        new FlinktsError('INTERNAL', `${waitingMax} requests wait for ${formatAddress(this.address)}`),
      )
    return new Promise((resolve, reject) => {
      const correlationId = this.nextCorrelationId++ & 0x7fffffff
      const chunks = encodeRequest(api, version, { correlationId, clientId: this.options.clientId }, message)
      const pending: Pending = {
        api,
        version,
        correlationId,
        chunks,
        timeoutMs: options.timeoutMs ?? this.options.requestTimeoutMs,
        allocate: options.allocate,
        settle: { resolve: resolve as (message: unknown) => void, reject },
        timer: undefined,
      }
      this.watchSignal(pending, options.signal)
      const isHeld = this.loggingInAgain !== undefined || this.isExplaining
      const mayLaunch = !isHeld && this.inFlight.length < this.options.inFlightMax
      if (options.isLogin === true || mayLaunch) this.launch(pending)
      else this.waiting.push(pending)
    })
  }

  private watchSignal(pending: Pending, signal: AbortSignal | undefined): void {
    if (signal === undefined || pending.settle === undefined) return
    const { resolve, reject } = pending.settle
    const onAbort = () => {
      pending.settle = undefined
      reject(abortReason(signal))
    }
    const forget = () => signal.removeEventListener('abort', onAbort)
    pending.settle = {
      resolve: (message) => {
        forget()
        resolve(message)
      },
      reject: (error) => {
        forget()
        reject(error)
      },
    }
    signal.addEventListener('abort', onAbort, { once: true })
  }

  private launch(pending: Pending): void {
    this.inFlight.push(pending)
    pending.timer = this.options.clock.setTimer(pending.timeoutMs, () =>
      this.fail(unreachable(this.address, `no answer to ${pending.api} within ${pending.timeoutMs} ms`)),
    )
    this.write(pending.chunks)
  }

  private write(chunks: readonly Uint8Array[], done?: (error?: Error | null) => void): void {
    this.socket.cork()
    chunks.forEach((chunk, index) => this.socket.write(chunk, index === chunks.length - 1 ? done : undefined))
    this.socket.uncork()
  }

  private onBytes(count: number): boolean {
    if (this.failure !== undefined) return false
    try {
      if (!this.isOpen && this.options.tls === undefined) this.checkIsKafka()
      this.receiver.filled(count)
    } catch (error) {
      this.fail(error instanceof FlinktsError ? error : new FlinktsError('INTERNAL', String(error), { cause: error }))
    }
    return true
  }

  private onFrame(frame: Buffer): void {
    const pending = this.inFlight[0]
    if (pending === undefined || correlationIdOf(frame) !== pending.correlationId)
      throw new FlinktsError('KAFKA_PROTOCOL', `${formatAddress(this.address)} answered what was not asked`)
    const message =
      pending.api === 'ApiVersions'
        ? decodeApiVersions(pending.version, frame)
        : decodeResponse(pending.api, pending.version, frame).message
    this.inFlight.shift()
    pending.timer?.cancel()
    if (this.isOpen) this.hasServed = true
    const next = this.loggingInAgain === undefined ? this.waiting.shift() : undefined
    if (next !== undefined) this.launch(next)
    pending.settle?.resolve(message)
  }

  /** The first bytes of an answer: those of a port with TLS would be read as a size of 352 MB. */
  private checkIsKafka(): void {
    const [first, second] = this.receiver.space()
    if (!this.hasBytes && first === tlsAlert && second === tlsMajorVersion) throw tlsIsSpoken(this.address)
    this.hasBytes = true
  }

  /** A listener with logins answers ApiVersions to everybody, and closes the connection at anything else. */
  private onClosed(): void {
    if (this.failure !== undefined) return
    const closed = unreachable(this.address, 'the broker closed the connection')
    const mayWantLogin = this.isOpen && !this.hasServed && this.options.login === undefined && this.inFlight.length > 0
    if (!mayWantLogin) return this.fail(closed)
    if (this.isExplaining) return
    this.isExplaining = true
    void this.mechanismsOffered().then((mechanisms) =>
      this.fail(mechanisms === undefined ? closed : loginIsWanted(this.address, mechanisms)),
    )
  }

  /** Undefined where nobody logs in. */
  private async mechanismsOffered(): Promise<readonly string[] | undefined> {
    try {
      const connection = await Connection.open(this.address, { ...this.options, requestTimeoutMs: probeTimeoutMs })
      try {
        const { errorCode, mechanisms } = await connection.request('SaslHandshake', { mechanism: 'PLAIN' })
        return errorCode === kafkaErrorCodes.ILLEGAL_SASL_STATE ? undefined : mechanisms
      } finally {
        connection.close()
      }
    } catch {
      return undefined
    }
  }

  /** Why a connection was closed before it was of use, where it can be found out. */
  private async explained(error: unknown): Promise<unknown> {
    const { tls, clock } = this.options
    const mayBeMismatch = this.isTcpConnected && isFlinktsError(error) && error.code === 'KAFKA_UNREACHABLE'
    if (!mayBeMismatch || this.isOpen || this.versions.size > 0) return error
    const mismatch = tls === undefined ? mismatchOfPlain(this.address, clock) : mismatchOfTls(this.address, tls, clock)
    return (await mismatch) ?? error
  }

  private fail(error: FlinktsError): void {
    if (this.failure !== undefined) return
    this.failure = error
    this.loginTimer?.cancel()
    this.socket.destroy()
    for (const pending of [...this.inFlight, ...this.waiting]) {
      pending.timer?.cancel()
      pending.settle?.reject(error)
    }
    this.inFlight.length = 0
    this.waiting.length = 0
  }

  private notSpoken(api: ApiName): FlinktsError {
    const theirs = this.versions.get(apis[api].key)
    const ours = apis[api].validVersions.join(' to ')
    const message = `${formatAddress(this.address)} speaks ${theirs ? `${api} ${theirs.join(' to ')}` : `no ${api}`}; ${ours} is needed`
    return new FlinktsError('KAFKA_UNSUPPORTED', message, { fix: 'Use Kafka 2.1 or later.' })
  }
}

/** The error code stands first in every version: behind it comes version 0 if it is UNSUPPORTED_VERSION, else what was asked. */
function decodeApiVersions(version: number, frame: Buffer): unknown {
  const unsupported = frame.length >= 6 && frame.readInt16BE(4) === kafkaErrorCodes.UNSUPPORTED_VERSION
  return decodeResponse('ApiVersions', unsupported ? 0 : version, frame).message
}

function loginIsWanted(address: BrokerAddress, mechanisms: readonly string[]): FlinktsError {
  const message = `Kafka at ${formatAddress(address)}: this port asks for a login (SASL ${mechanisms.join(', ')}), and there is none`
  return new FlinktsError('KAFKA_LOGIN_FAILED', message, {
    fix: 'Give a user name and a password with the security protocol SASL_PLAINTEXT or SASL_SSL.',
  })
}

function unreachable(address: BrokerAddress, detail: string, cause?: unknown): FlinktsError {
  return new FlinktsError('KAFKA_UNREACHABLE', `Kafka at ${formatAddress(address)}: ${detail}`, {
    fix: 'Start the broker, or mend the address (bootstrap.servers).',
    cause,
  })
}
