// A client that speaks the protocol itself: any API in any version, and bytes that are no request at all.
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { startBroker, type BrokerOptions, type RunningBroker } from '../../../../engine/broker.ts'
import { FrameReceiver } from '../../../../engine/kafka/protocol/frame-receiver.ts'
import { decodeResponse, encodeRequest } from '../../../../engine/kafka/protocol/messages.ts'
import type { ApiName, RequestInputByApi, ResponseByApi } from '../../../../engine/kafka/protocol/schemas.ts'
import { batchOf, type TestRecord } from '../log/log-fixture.ts'

export async function testBroker(options: BrokerOptions = {}): Promise<RunningBroker> {
  const broker = await startBroker({
    // That a client's connection is closed for a mistake of its own is one line; everything else is the broker's mistake.
    log: (line) => {
      if (!/^closing the connection of .*$/.test(line)) throw new Error(line)
    },
    ...options,
  })
  onTestFinished(() => broker.stop())
  return broker
}

export class RawClient {
  private readonly socket: Socket
  private readonly waiting: ((frame: Buffer) => void)[] = []
  private correlationId = 0
  readonly closed: Promise<'closed'>

  private constructor(socket: Socket) {
    this.socket = socket
    const onFrame = (frame: Buffer): void => this.waiting.shift()!(frame)
    // An answer may be larger than the largest request.
    const receiver = new FrameReceiver({ onFrame, frameBytesMax: 0x7fffffff })
    socket.on('data', (chunk) => receiver.push(chunk))
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => socket.on('close', () => resolve('closed')))
  }

  /** Fails where nobody listens. */
  static async connect(broker: { readonly host: string; readonly port: number }): Promise<RawClient> {
    const socket = connect(broker.port, broker.host)
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    const client = new RawClient(socket)
    onTestFinished(() => client.close())
    return client
  }

  /** Fails when the connection is closed before the answer. */
  async ask<Api extends ApiName>(
    api: Api,
    version: number,
    request: RequestInputByApi[Api],
    clientId = 'raw',
  ): Promise<ResponseByApi[Api]> {
    const frame = this.nextFrame()
    this.send(encodeRequest(api, version, { correlationId: ++this.correlationId, clientId }, request))
    const answered = await Promise.race([frame, this.closed])
    if (answered === 'closed') throw new Error(`the connection was closed instead of answering ${api} v${version}`)
    return decodeResponse(api, version, answered).message
  }

  send(chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) this.socket.write(chunk)
  }

  /** Of what arrives without being asked for with `ask`. */
  nextFrame(): Promise<Buffer> {
    return new Promise((resolve) => this.waiting.push(resolve))
  }

  close(): void {
    this.socket.destroy()
  }

  async createTopic(name: string, partitions = 1, configs: Record<string, string> = {}): Promise<string> {
    const { topics } = await this.ask('CreateTopics', 7, {
      topics: [
        {
          name,
          numPartitions: partitions,
          replicationFactor: 1,
          assignments: [],
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
      timeoutMs: 1000,
    })
    if (topics[0]!.errorCode !== 0) throw new Error(`creating ${name}: ${topics[0]!.errorCode}`)
    return topics[0]!.topicId
  }

  async produce(
    topic: string,
    records: Uint8Array | null,
    options: { partition?: number; acks?: number; version?: number; transactionalId?: string | null } = {},
  ) {
    const { partition: index = 0, acks = -1, version = 9, transactionalId = null } = options
    const { responses } = await this.ask('Produce', version, {
      transactionalId,
      acks,
      timeoutMs: 1000,
      topicData: [{ name: topic, partitionData: [{ index, records }] }],
    })
    return responses[0]!.partitionResponses[0]!
  }

  async produceRecords(topic: string, records: readonly TestRecord[], partition = 0): Promise<number> {
    const answer = await this.produce(topic, batchOf(records), { partition })
    if (answer.errorCode !== 0) throw new Error(`producing to ${topic}: ${answer.errorCode}`)
    return Number(answer.baseOffset)
  }

  async fetch(
    topic: string,
    fetchOffset: number,
    options: {
      partition?: number
      version?: number
      epoch?: number
      maxWaitMs?: number
      minBytes?: number
      maxBytes?: number
      isolationLevel?: number
    } = {},
  ) {
    const { partition = 0, version = 11, epoch = -1, maxWaitMs = 0, minBytes = 1, maxBytes = 1 << 20 } = options
    const { responses } = await this.ask('Fetch', version, {
      maxWaitMs,
      minBytes,
      maxBytes,
      isolationLevel: options.isolationLevel ?? 0,
      topics: [
        {
          topic,
          partitions: [
            {
              partition,
              currentLeaderEpoch: epoch,
              fetchOffset: BigInt(fetchOffset),
              partitionMaxBytes: maxBytes,
            },
          ],
        },
      ],
      forgottenTopicsData: [],
    })
    return responses[0]!.partitions[0]!
  }
}
