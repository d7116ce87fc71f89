// One client: frames in, answers out in the order of the requests, one at a time (as Kafka: a later request is looked at
// when the answer to the one before is on its way). Bounds: one answer that the client does not take (and of all clients
// together: unsent-answers.ts), and about `unreadBytesMax` or `waitingFramesMax` of requests that wait behind it; then its
// socket is not read any more. A frame takes memory as its bytes come in. Nobody works longer than their turn (work-turns.ts).
//
// What cannot be a request closes the connection without an answer, as Kafka does, and the log says why. Where the listener asks for a login,
// nothing but a login is looked at until somebody is known (security/sasl-authenticator.ts).
import type { Socket } from 'node:net'
import { FlinktsError, isFlinktsError } from '../../common/errors.ts'
import { FrameReceiver } from '../protocol/frame-receiver.ts'
import { decodeRequestBody, decodeRequestHeader, encodeResponse, type RequestFrame } from '../protocol/messages.ts'
import { apis, type ApiName } from '../protocol/schemas.ts'
import { answerSlices } from './answer-slices.ts'
import { apiTable, type ApiEntry } from './api-table.ts'
import { closeConnection, noResponse, type BrokerServices } from './broker-services.ts'
import { unknownApiVersionsVersion } from './handlers/api-versions.ts'
import type { ClientQuotas, QuotaClient } from './quotas/client-quotas.ts'
import type { BrokerListener } from './security/listener-options.ts'
import type { SaslAuthenticator } from './security/sasl-authenticator.ts'
import type { UnsentAnswer } from './unsent-answers.ts'

const unreadBytesMax = 1024 * 1024
const waitingFramesMax = 1000
/** KafkaPrincipal.ANONYMOUS */
const anonymous = 'ANONYMOUS'

export interface ConnectionOptions {
  /** Connected; with TLS: after the handshake. */
  readonly socket: Socket
  readonly services: BrokerServices
  readonly listener: BrokerListener
  /** Where the listener asks for a login. */
  readonly authenticator: SaslAuthenticator | undefined
  /** Who the client's certificate says it is. */
  readonly certificateName: string | undefined
  readonly onClosed: (connection: Connection) => void
}

export class Connection implements UnsentAnswer {
  /** Monotonic time when bytes last came in or a piece of an answer went out, ms. */
  lastActiveMs: number
  private readonly socket: Socket
  private readonly services: BrokerServices
  private readonly receiver: FrameReceiver
  private readonly clientHost: string
  private readonly listener: BrokerListener
  private readonly authenticator: SaslAuthenticator | undefined
  private readonly certificateName: string | undefined
  private readonly frames: Buffer[] = []
  private unreadBytes = 0
  private isBusy = false
  private isSending = false
  private isClosed = false
  /** What the last answer has to be waited for. */
  private throttleMs = 0
  /** Of the request that is being answered. */
  private whenClosed: (() => void)[] = []

  constructor(options: ConnectionOptions) {
    const { socket, services, listener, authenticator, certificateName, onClosed } = options
    this.socket = socket
    this.services = services
    this.listener = listener
    this.authenticator = authenticator
    this.certificateName = certificateName
    this.lastActiveMs = services.clock.monotonicMs()
    this.clientHost = `/${socket.remoteAddress ?? ''}`
    this.receiver = new FrameReceiver({
      onFrame: (frame) => this.frames.push(frame),
      frameBytesMax:
        authenticator === undefined
          ? services.settings.socketRequestMaxBytes
          : services.settings.saslServerMaxReceiveBytes,
    })
    socket.setNoDelay(true)
    socket.setKeepAlive(true)
    socket.on('data', (chunk: Buffer) => this.receive(chunk))
    // A reset by the client is no news; 'close' follows.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.isClosed = true
      for (const callback of this.whenClosed.splice(0)) callback()
      onClosed(this)
    })
  }

  /** A request is being worked on, or will be. A client that does not take its answer is nobody to wait for. */
  get isWaiting(): boolean {
    return this.isBusy && !this.isSending
  }

  /** `reason`: for the log. */
  close(reason?: string): void {
    if (reason !== undefined && !this.isClosed)
      this.services.log(`closing the connection of ${this.clientHost}: ${reason}`)
    this.isClosed = true
    this.frames.length = 0
    this.socket.destroy()
  }

  private receive(chunk: Buffer): void {
    this.lastActiveMs = this.services.clock.monotonicMs()
    try {
      this.receiver.push(chunk)
    } catch (error) {
      return this.closeBecause(error)
    }
    if (!this.isBusy) {
      if (this.frames.length > 0) void this.work()
      return
    }
    this.unreadBytes += chunk.length
    if (this.unreadBytes > unreadBytesMax || this.frames.length > waitingFramesMax) this.socket.pause()
  }

  private async work(): Promise<void> {
    const { turns } = this.services
    this.isBusy = true
    try {
      for (let frame = this.frames.shift(); frame !== undefined && !this.isClosed; frame = this.frames.shift()) {
        if (turns.isOver) {
          await turns.next()
          if (this.isClosed) return
        }
        this.lastActiveMs = this.services.clock.monotonicMs()
        await this.answer(frame)
        if (this.throttleMs > 0) await this.mute()
      }
    } catch (error) {
      this.closeBecause(error)
    } finally {
      this.isBusy = false
      this.unreadBytes = 0
      if (!this.isClosed) this.socket.resume()
    }
  }

  private async answer(frame: Buffer): Promise<void> {
    if (this.authenticator?.isAuthenticated === false) return this.logIn(this.authenticator, frame)
    const header = decodeRequestHeader(frame)
    if (header.api === 'SaslHandshake' && this.authenticator?.mayBeginAgain(this.lastActiveMs))
      return this.logIn(this.authenticator, frame)
    return this.answerRequest(header, frame)
  }

  private async logIn(authenticator: SaslAuthenticator, frame: Buffer): Promise<void> {
    const outcome = authenticator.receive(frame)
    switch (outcome.kind) {
      case 'pass':
        return this.answerRequest(decodeRequestHeader(frame), frame)
      case 'answer':
        if (authenticator.isAuthenticated) this.receiver.frameBytesMax = this.services.settings.socketRequestMaxBytes
        return this.send(outcome.chunks)
      case 'refuse':
        await this.failedLoginDelay()
        if (this.isClosed) return
        this.isClosed = true
        this.frames.length = 0
        for (const chunk of outcome.chunks) this.socket.write(chunk)
        this.socket.destroySoon()
    }
  }

  /** The client has taken too much (see quotas/): nothing more of it is looked at for so long. */
  private async mute(): Promise<void> {
    const { throttleMs } = this
    this.throttleMs = 0
    await this.delay(throttleMs)
  }

  private failedLoginDelay(): Promise<void> {
    return this.delay(this.services.settings.connectionFailedAuthenticationDelayMs)
  }

  /** Or until the connection is closed. */
  private delay(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel()
        this.socket.off('close', done)
        resolve()
      }
      const timer = this.services.clock.setTimer(delayMs, done)
      this.socket.on('close', done)
    })
  }

  private async answerRequest(header: RequestFrame, frame: Buffer): Promise<void> {
    const { api, apiVersion } = header
    const entry = api && apiTable[api]
    if (entry === undefined) return this.closeBecause(unsupported(`API ${api ?? header.apiKey}`))
    const [first, last] = entry.versions
    if (apiVersion >= first && apiVersion <= last) return this.handle(api!, entry as ApiEntry<ApiName>, header, frame)
    if (api !== 'ApiVersions') return this.closeBecause(unsupported(`${api} version ${apiVersion}`))
    const own = { apiKey: apis.ApiVersions.key, minVersion: first, maxVersion: last }
    await this.send(encodeResponse('ApiVersions', 0, header.correlationId, unknownApiVersionsVersion(own)))
  }

  private async handle(api: ApiName, entry: ApiEntry<ApiName>, header: RequestFrame, frame: Buffer): Promise<void> {
    const { apiVersion, correlationId } = header
    const { clock, quotas } = this.services
    const principal = this.authenticator?.userName ?? this.certificateName
    const request = decodeRequestBody(api, apiVersion, frame, header.bodyPosition)
    const whenSent: (() => void)[] = []
    const sent = (): void => {
      for (const callback of whenSent.splice(0)) callback()
    }
    try {
      const startedMs = clock.monotonicMs()
      const answered = entry.handle(this.services, request, {
        version: apiVersion,
        clientId: header.clientId ?? '',
        clientHost: this.clientHost,
        listener: this.listener,
        principal,
        onSent: (callback) => whenSent.push(callback),
        onClosed: (callback) => this.whenClosed.push(callback),
      })
      const handlingMs = clock.monotonicMs() - startedMs
      const reply = answered instanceof Promise ? await answered : answered
      this.whenClosed.length = 0
      if (reply === closeConnection) this.close()
      if (reply === closeConnection || this.isClosed) return sent()
      const chunks = reply === noResponse ? [] : encodeResponse(api, apiVersion, correlationId, reply)
      if (quotas.areSet) {
        const client = { user: principal ?? anonymous, clientId: header.clientId ?? '' }
        this.throttleMs = throttleMsOf(quotas, client, { api, requestBytes: frame.length, chunks, handlingMs })
      }
      if (reply === noResponse) return sent()
      if (this.throttleMs === 0) return await this.send(chunks, sent)
      const told = { ...reply, throttleTimeMs: this.throttleMs }
      await this.send(encodeResponse(api, apiVersion, correlationId, told), sent)
    } catch (error) {
      sent()
      throw error
    }
  }

  /** Returns when the client can be given more. */
  private async send(chunks: readonly Uint8Array[], onSent?: () => void): Promise<void> {
    let sent: Promise<void> | undefined
    let unsentBytes = chunks.reduce((sum, { length }) => sum + length, 0)
    for (const slice of answerSlices(chunks)) {
      sent = this.write(slice)
      if (this.socket.writableNeedDrain) await this.stalled(sent, unsentBytes)
      if (this.isClosed) break
      unsentBytes -= slice.reduce((sum, { length }) => sum + length, 0)
    }
    if (onSent !== undefined) void sent!.then(onSent)
  }

  /** Settles when the socket needs the memory no more, also where it was closed. */
  private write(chunks: readonly Uint8Array[]): Promise<void> {
    const { socket } = this
    return new Promise((resolve) => {
      socket.cork()
      for (const chunk of chunks) socket.write(chunk, chunk === chunks.at(-1) ? () => resolve() : undefined)
      socket.uncork()
    })
  }

  private async stalled(sent: Promise<void>, unsentBytes: number): Promise<void> {
    this.isSending = true
    this.services.unsentAnswers.moved(this, unsentBytes)
    await sent
    this.services.unsentAnswers.settled(this)
    this.isSending = false
    this.lastActiveMs = this.services.clock.monotonicMs()
  }

  private closeBecause(error: unknown): void {
    this.close(detailOf(error))
  }
}

/** The longer of what the bytes and what the work cost. */
function throttleMsOf(
  quotas: ClientQuotas,
  client: QuotaClient,
  answered: { api: ApiName; requestBytes: number; chunks: readonly Uint8Array[]; handlingMs: number },
): number {
  const { api, requestBytes, chunks, handlingMs } = answered
  const forWork = quotas.record('request_percentage', client, handlingMs / 10)
  if (api === 'Produce') return Math.max(forWork, quotas.record('producer_byte_rate', client, requestBytes))
  if (api !== 'Fetch') return forWork
  const responseBytes = chunks.reduce((sum, { length }) => sum + length, 0)
  return Math.max(forWork, quotas.record('consumer_byte_rate', client, responseBytes))
}

function unsupported(what: string): FlinktsError {
  return new FlinktsError('KAFKA_PROTOCOL', `${what} is not supported`)
}

/** A client's mistake in a line; a mistake of ours with its stack. */
function detailOf(error: unknown): string {
  if (isFlinktsError(error) && error.code === 'KAFKA_PROTOCOL') return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
