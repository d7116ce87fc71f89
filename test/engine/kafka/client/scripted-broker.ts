// A broker of a few lines that answers as a test tells it, over real sockets: for what a real one does seldom.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { FrameReceiver } from '../../../../engine/kafka/protocol/frame-receiver.ts'
import { decodeRequestBody, decodeRequestHeader, encodeResponse } from '../../../../engine/kafka/protocol/messages.ts'
import {
  apis,
  type ApiName,
  type RequestByApi,
  type ResponseInputByApi,
} from '../../../../engine/kafka/protocol/schemas.ts'

/** An answer; 'silence' sends none, 'close' closes the connection. */
export type Answer<Api extends ApiName> = ResponseInputByApi[Api] | 'silence' | 'close'
export type Handlers = {
  [Api in ApiName]?: (request: RequestByApi[Api], version: number, socket: Socket) => Answer<Api> | Promise<Answer<Api>>
}

export class ScriptedBroker {
  readonly asked: { readonly api: ApiName; readonly version: number; readonly request: unknown }[] = []
  handlers: Handlers
  port = 0
  private server: Server | undefined
  private readonly sockets = new Set<Socket>()

  constructor(handlers: Handlers) {
    this.handlers = handlers
  }

  /** Listens on a free port, and after a `stop` on the same one again. */
  async start(): Promise<this> {
    const server = createServer((socket) => this.serve(socket))
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve))
    this.port = (server.address() as AddressInfo).port
    this.server = server
    return this
  }

  async stop(): Promise<void> {
    const { server } = this
    for (const socket of this.sockets) socket.destroy()
    await new Promise((resolve) => server?.close(resolve))
  }

  count(api: ApiName): number {
    return this.asked.filter((entry) => entry.api === api).length
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket)
    socket.on('close', () => this.sockets.delete(socket))
    socket.on('error', () => undefined)
    let turn = Promise.resolve()
    const receiver = new FrameReceiver({
      onFrame: (frame) => void (turn = turn.then(() => this.answer(socket, Buffer.from(frame)))),
    })
    socket.on('data', (chunk: Buffer) => receiver.push(chunk))
  }

  private async answer(socket: Socket, frame: Buffer): Promise<void> {
    const { api, apiVersion, correlationId, bodyPosition } = decodeRequestHeader(frame)
    if (api === undefined) return void socket.destroy()
    const request = decodeRequestBody(api, apiVersion, frame, bodyPosition)
    this.asked.push({ api, version: apiVersion, request })
    const handler = (this.handlers[api] ?? (api === 'ApiVersions' ? everyVersion : () => 'close')) as (
      ...parameters: unknown[]
    ) => Answer<ApiName> | Promise<Answer<ApiName>>
    const answer = await handler(request, apiVersion, socket)
    // What a broker does that does not know the asked version of ApiVersions (KIP-511).
    const unsupported =
      api === 'ApiVersions' && typeof answer === 'object' && (answer as { errorCode?: number }).errorCode === 35
    if (answer === 'close') socket.destroy()
    else if (answer !== 'silence')
      for (const chunk of encodeResponse(api, unsupported ? 0 : apiVersion, correlationId, answer as never))
        socket.write(chunk)
  }
}

function everyVersion(): ResponseInputByApi['ApiVersions'] {
  const apiKeys = Object.values(apis).map(({ key, validVersions: [minVersion, maxVersion] }) => ({
    apiKey: key,
    minVersion,
    maxVersion,
  }))
  return { errorCode: 0, apiKeys }
}

/** Metadata of one topic, led by the broker at `port`. */
export function metadataOf(port: number, topic: string, partitions = 1, errorCode = 0): ResponseInputByApi['Metadata'] {
  return {
    brokers: [{ nodeId: 1, host: '127.0.0.1', port }],
    clusterId: 'scripted',
    controllerId: 1,
    topics: [
      {
        errorCode,
        name: topic,
        partitions: Array.from({ length: partitions }, (_, partitionIndex) => ({
          errorCode: 0,
          partitionIndex,
          leaderId: 1,
          replicaNodes: [1],
          isrNodes: [1],
        })),
      },
    ],
  }
}
