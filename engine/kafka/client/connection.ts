// One TCP connection to one broker: requests out, responses in, in the same order.
import { connect, type Socket } from 'node:net'
import { FlinktsError } from '../../common/errors.ts'
import type { Clock, Timer } from '../../time/clock.ts'
import { FrameReceiver } from '../protocol/frame-receiver.ts'
import { kafkaErrorCodes, kafkaErrorName } from '../protocol/kafka-errors.ts'
import { correlationIdOf, decodeResponse, encodeRequest } from '../protocol/messages.ts'
import { apis, type ApiName, type RequestInputByApi, type ResponseByApi } from '../protocol/schemas.ts'
import { formatAddress, type BrokerAddress } from './bootstrap-servers.ts'
import { abortReason } from './waiting.ts'

export interface ConnectionOptions {
  readonly clock: Clock
  readonly clientId: string
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

  /** Connects and learns what the broker speaks. */
  static async open(address: BrokerAddress, options: ConnectionOptions, signal?: AbortSignal): Promise<Connection> {
    signal?.throwIfAborted()
    const connection = new Connection(address, options)
    const onAbort = () => connection.fail(unreachable(address, 'aborted', abortReason(signal!)))
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      await connection.connected()
      await connection.negotiate()
      return connection
    } catch (error) {
      connection.close()
      throw signal?.aborted ? abortReason(signal) : error
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
      frameBytesMax: 0x7fffffff,
    })
    // `onread` lets the kernel write straight into the receiver's memory: no chunk is allocated or copied.
    const onread = { buffer: () => this.receiver.space(), callback: (count: number) => this.onBytes(count) }
    this.socket = connect({ host: address.host, port: address.port, noDelay: true, keepAlive: true, onread })
    this.socket.on('error', (error) => this.fail(unreachable(address, error.message, error)))
    this.socket.on('close', () => this.fail(unreachable(address, 'the broker closed the connection')))
    this.socket.on('end', () => this.fail(unreachable(address, 'the broker closed the connection')))
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
      this.socket.once('connect', () => {
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

  private exchange<Api extends ApiName>(
    api: Api,
    version: number,
    message: RequestInputByApi[Api],
    options: RequestOptions,
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
      if (this.inFlight.length < this.options.inFlightMax) this.launch(pending)
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
    const next = this.waiting.shift()
    if (next !== undefined) this.launch(next)
    pending.settle?.resolve(message)
  }

  private fail(error: FlinktsError): void {
    if (this.failure !== undefined) return
    this.failure = error
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

function unreachable(address: BrokerAddress, detail: string, cause?: unknown): FlinktsError {
  return new FlinktsError('KAFKA_UNREACHABLE', `Kafka at ${formatAddress(address)}: ${detail}`, {
    fix: 'Start the broker, or mend the address (bootstrap.servers).',
    cause,
  })
}
