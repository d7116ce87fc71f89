// The broker in its own process, beside a bare socket server that sends the same bytes from memory (what the loopback and
// one reading process allow), and start and size. Budget: fetch ≥ 400 MB/s, start < 150 ms, idle < 60 MB over bare node.
// Needs dist: `npm run build`.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { startBrokerProcess } from '../../engine/broker.ts'
import { RecordBatchBuilder } from '../../engine/kafka/protocol/record-batch-builder.ts'
import { batchEndAt, lastOffsetAt } from '../../engine/kafka/protocol/record-batch.ts'
import { FrameReceiver } from '../../engine/kafka/protocol/frame-receiver.ts'
import { decodeResponse, encodeRequest } from '../../engine/kafka/protocol/messages.ts'
import type { ApiName, RequestInputByApi, ResponseByApi } from '../../engine/kafka/protocol/schemas.ts'
import { freePort } from '../helpers/free-port.ts'

const batches = 600
const recordsPerBatch = 5000
const fetchBytes = 4 * 1024 * 1024
const rounds = 5

class Client {
  private readonly socket: Socket
  private answered: (frame: Buffer) => void = () => {}
  private reused = Buffer.alloc(0)

  constructor(host: string, port: number) {
    const receiver = new FrameReceiver({
      onFrame: (frame) => this.answered(frame),
      allocate: (bytes) =>
        (this.reused.length >= bytes ? this.reused : (this.reused = Buffer.alloc(bytes))).subarray(0, bytes),
    })
    this.socket = connect({
      host,
      port,
      onread: {
        buffer: () => receiver.space(),
        callback: (count) => {
          receiver.filled(count)
          return true
        },
      },
    })
  }

  frame(chunks: readonly Uint8Array[]): Promise<Buffer> {
    return new Promise((resolve) => {
      this.answered = resolve
      for (const chunk of chunks) this.socket.write(chunk)
    })
  }

  async ask<Api extends ApiName>(
    api: Api,
    version: number,
    request: RequestInputByApi[Api],
  ): Promise<ResponseByApi[Api]> {
    const frame = await this.frame(encodeRequest(api, version, { correlationId: 1, clientId: 'bench' }, request))
    return decodeResponse(api, version, frame).message
  }

  close(): void {
    this.socket.destroy()
  }
}

function batch(): Buffer {
  const builder = new RecordBatchBuilder()
  for (let i = 0; i < recordsPerBatch; i++) builder.append(null, Buffer.alloc(100, i), Date.now())
  return builder.build()
}

async function produceAll(client: Client): Promise<number> {
  const bytes = batch()
  const started = performance.now()
  for (let i = 0; i < batches; i++) {
    const topicData = [{ name: 'bench', partitionData: [{ index: 0, records: bytes }] }]
    const { responses } = await client.ask('Produce', 9, { acks: 1, timeoutMs: 1000, topicData })
    if (responses[0]!.partitionResponses[0]!.errorCode !== 0) throw new Error('produce failed')
  }
  return (batches * bytes.length) / 1000 / (performance.now() - started)
}

async function fetchAll(client: Client): Promise<number> {
  let [fetchOffset, bytes] = [0n, 0]
  const started = performance.now()
  for (;;) {
    const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: fetchBytes }]
    const request = { maxWaitMs: 0, minBytes: 1, topics: [{ topic: 'bench', partitions }], forgottenTopicsData: [] }
    const { responses } = await client.ask('Fetch', 11, request)
    const records = responses[0]!.partitions[0]!.records!
    if (records.length === 0) return bytes / 1000 / (performance.now() - started)
    bytes += records.length
    let last = 0
    for (let at = 0, end: number; (end = batchEndAt(records, at, records.length)) >= 0; at = end) last = at
    fetchOffset = BigInt(lastOffsetAt(records, last)) + 1n
  }
}

/** The same number of bytes, in frames of the same size, from memory. */
async function bareSocket(): Promise<number> {
  const frame = Buffer.alloc(fetchBytes)
  frame.writeInt32BE(fetchBytes - 4)
  const source = `require('net').createServer((s) => { const f = Buffer.alloc(${fetchBytes}); f.writeInt32BE(${fetchBytes - 4}); s.on('data', () => s.write(f)) }).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`
  const server = spawn(process.execPath, ['-e', source])
  const port = Number(
    await new Promise<string>((resolve) => server.stdout.once('data', (data) => resolve(String(data)))),
  )
  const client = new Client('127.0.0.1', port)
  const count = 80
  const started = performance.now()
  for (let i = 0; i < count; i++) await client.frame([Buffer.of(1)])
  const rate = (count * fetchBytes) / 1000 / (performance.now() - started)
  client.close()
  server.kill()
  return rate
}

const residentBytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024

const started = performance.now()
const broker = await startBrokerProcess({ port: await freePort(), topics: [{ name: 'bench' }] })
console.log(`start, process included: ${(performance.now() - started).toFixed(0)} ms`)
const bare = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
if (process.platform === 'linux') {
  const idle = (residentBytes(broker.pid) - residentBytes(bare.pid!)) / 1024 / 1024
  console.log(`idle, more than bare node: ${idle.toFixed(0)} MB`)
}
bare.kill()
const client = new Client(broker.host, broker.port)
console.log(`produce: ${(await produceAll(client)).toFixed(0)} MB/s`)
for (let round = 0; round < rounds; round++) {
  const [fetched, possible] = [await fetchAll(client), await bareSocket()]
  console.log(`fetch: ${fetched.toFixed(0)} MB/s, ${(fetched / possible).toFixed(2)} of a bare socket`)
}
client.close()
await broker.stop()
