// Clients that do not behave: crowds that ask and only count answers, readers that never read, frames that never come.
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { FrameReceiver } from '../../../../engine/kafka/protocol/frame-receiver.ts'
import { encodeRequest } from '../../../../engine/kafka/protocol/messages.ts'
import type { RequestInputByApi } from '../../../../engine/kafka/protocol/schemas.ts'

interface Address {
  readonly host: string
  readonly port: number
}

export function frameHead(bytes: number): Buffer {
  const head = Buffer.alloc(4)
  head.writeInt32BE(bytes)
  return head
}

export const headOfHundredMiB = frameHead(100 * 1024 * 1024)

export function connectedSocket({ host, port }: Address): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host)
    onTestFinished(() => void socket.destroy())
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      socket.on('error', () => {})
      resolve(socket)
    })
  })
}

/** Partition 0 of a topic from its beginning, without waiting. */
export function fetchOf(topic: string, bytes: number): RequestInputByApi['Fetch'] {
  const partition = { partition: 0, currentLeaderEpoch: -1, fetchOffset: 0n, partitionMaxBytes: bytes }
  const topics = [{ topic, partitions: [partition] }]
  return { maxWaitMs: 0, minBytes: 1, maxBytes: bytes, sessionEpoch: -1, topics, forgottenTopicsData: [] }
}

/** Has asked, and takes nothing until its socket is resumed. */
export async function abandonedReader(
  broker: Address,
  request: RequestInputByApi['Fetch'],
): Promise<{ readonly socket: Socket; frames: number }> {
  const socket = await connectedSocket(broker)
  const reader = { socket, frames: 0 }
  const receiver = new FrameReceiver({ onFrame: () => void reader.frames++ })
  socket.on('data', (chunk) => receiver.push(chunk))
  socket.pause()
  for (const chunk of encodeRequest('Fetch', 11, { correlationId: 1, clientId: null }, request)) socket.write(chunk)
  return reader
}

/** So many clients send the request so many times at once, and count what comes. */
export async function crowd(
  broker: Address,
  clients: number,
  times: number,
  request: readonly Uint8Array[],
): Promise<{ answered: number }> {
  const asking = { answered: 0 }
  const sockets = await Promise.all(Array.from({ length: clients }, () => connectedSocket(broker)))
  const requests = Buffer.concat(Array.from({ length: times }, () => request).flat())
  for (const socket of sockets) {
    const receiver = new FrameReceiver({ onFrame: () => void asking.answered++ })
    socket.on('data', (chunk) => receiver.push(chunk))
    socket.write(requests)
  }
  return asking
}
