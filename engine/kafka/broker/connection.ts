// One client: frames in, answers out in the order of the requests, one at a time (as Kafka: a later request is looked at
// when the answer to the one before is on its way). Bounds: one answer that the client does not take, and about
// `unreadBytesMax` of requests that wait behind it; then its socket is not read any more.
//
// What cannot be a request closes the connection without an answer, as Kafka does.
import type { Socket } from 'node:net'
import { isFlinktsError } from '../../common/errors.ts'
import { FrameReceiver } from '../protocol/frame-receiver.ts'
import { decodeRequestBody, decodeRequestHeader, encodeResponse, type RequestFrame } from '../protocol/messages.ts'
import { apis, type ApiName } from '../protocol/schemas.ts'
import { apiTable, type ApiEntry } from './api-table.ts'
import { closeConnection, noResponse, type BrokerServices } from './broker-services.ts'
import { unknownApiVersionsVersion } from './handlers/api-versions.ts'

const unreadBytesMax = 1024 * 1024

export class Connection {
  /** Monotonic time of the last request or answer, ms. */
  lastActiveMs: number
  private readonly socket: Socket
  private readonly services: BrokerServices
  private readonly receiver: FrameReceiver
  private readonly clientHost: string
  private readonly frames: Buffer[] = []
  private unreadBytes = 0
  private isBusy = false
  private isClosed = false

  constructor(socket: Socket, services: BrokerServices, onClosed: (connection: Connection) => void) {
    this.socket = socket
    this.services = services
    this.lastActiveMs = services.clock.monotonicMs()
    this.clientHost = `/${socket.remoteAddress ?? ''}`
    this.receiver = new FrameReceiver({
      onFrame: (frame) => this.frames.push(frame),
      frameBytesMax: services.settings.socketRequestMaxBytes,
    })
    socket.setNoDelay(true)
    socket.setKeepAlive(true)
    socket.on('data', (chunk: Buffer) => this.receive(chunk))
    // A reset by the client is no news; 'close' follows.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.isClosed = true
      onClosed(this)
    })
  }

  get isWaiting(): boolean {
    return this.isBusy
  }

  close(): void {
    this.isClosed = true
    this.frames.length = 0
    this.socket.destroy()
  }

  private receive(chunk: Buffer): void {
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
    if (this.unreadBytes > unreadBytesMax) this.socket.pause()
  }

  private async work(): Promise<void> {
    this.isBusy = true
    try {
      for (let frame = this.frames.shift(); frame !== undefined && !this.isClosed; frame = this.frames.shift()) {
        this.lastActiveMs = this.services.clock.monotonicMs()
        await this.answer(frame)
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
    const header = decodeRequestHeader(frame)
    const { api, apiVersion } = header
    const entry = api && apiTable[api]
    if (entry === undefined) return this.close()
    const [first, last] = entry.versions
    if (apiVersion >= first && apiVersion <= last) return this.handle(api!, entry as ApiEntry<ApiName>, header, frame)
    if (api !== 'ApiVersions') return this.close()
    const own = { apiKey: apis.ApiVersions.key, minVersion: first, maxVersion: last }
    await this.send(encodeResponse('ApiVersions', 0, header.correlationId, unknownApiVersionsVersion(own)))
  }

  private async handle(api: ApiName, entry: ApiEntry<ApiName>, header: RequestFrame, frame: Buffer): Promise<void> {
    const request = decodeRequestBody(api, header.apiVersion, frame, header.bodyPosition)
    const whenSent: (() => void)[] = []
    const answered = entry.handle(this.services, request, {
      version: header.apiVersion,
      clientId: header.clientId ?? '',
      clientHost: this.clientHost,
      onSent: (callback) => whenSent.push(callback),
    })
    const reply = answered instanceof Promise ? await answered : answered
    if (reply === noResponse || this.isClosed) return
    if (reply === closeConnection) return this.close()
    await this.send(encodeResponse(api, header.apiVersion, header.correlationId, reply), () => {
      for (const callback of whenSent) callback()
    })
  }

  /** Returns when the client can be given more. */
  private async send(chunks: readonly Uint8Array[], onSent?: () => void): Promise<void> {
    const { socket } = this
    socket.cork()
    for (const chunk of chunks) socket.write(chunk, chunk === chunks.at(-1) ? onSent : undefined)
    socket.uncork()
    if (!socket.writableNeedDrain || this.isClosed) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        socket.off('drain', done)
        socket.off('close', done)
        resolve()
      }
      socket.on('drain', done)
      socket.on('close', done)
    })
  }

  private closeBecause(error: unknown): void {
    const isExpected = this.isClosed || (isFlinktsError(error) && error.code === 'KAFKA_PROTOCOL')
    if (!isExpected) {
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
      this.services.log(`closing the connection of ${this.clientHost}: ${detail}`)
    }
    this.close()
  }
}
