// Records what real clients and a real Kafka say to each other, for test/wire: one exchange per API and version, as hex.
// Guards: our codecs are tested against bytes that others wrote.
//
//   npx tsx scripts/record-kafka-wire.ts <broker port> <port to listen on> <file>      then point a client at that port, end with Ctrl-C
//
// A proxy on localhost: answers that name the broker's port are changed on their way, so that every connection comes here.
import { writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { FrameReceiver } from '../engine/kafka/protocol/frame-receiver.ts'
import {
  correlationIdOf,
  decodeRequestHeader,
  decodeResponse,
  encodeResponse,
  type RequestFrame,
} from '../engine/kafka/protocol/messages.ts'

const [brokerPort, port, file] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]!]
/** Longer exchanges are of no use as fixtures. */
const frameBytesMax = 20_000
/** Of several exchanges of one API and version the largest: it says most. */
const recorded = new Map<string, { bytes: number; api: string; version: number; request: string; response: string }>()

function answerFor(request: RequestFrame, frame: Buffer): Uint8Array[] {
  const { api, apiVersion } = request
  const here = <T extends { port: number }>(node: T): T => (node.port === brokerPort ? { ...node, port } : node)
  if (api === 'Metadata' || api === 'DescribeCluster') {
    const { correlationId, message } = decodeResponse(api, apiVersion, frame)
    return encodeResponse(api, apiVersion, correlationId, {
      ...message,
      brokers: message.brokers.map(here as never),
    } as never)
  }
  if (api === 'FindCoordinator') {
    const { correlationId, message } = decodeResponse(api, apiVersion, frame)
    return encodeResponse(api, apiVersion, correlationId, {
      ...here(message),
      coordinators: message.coordinators.map(here),
    })
  }
  const size = Buffer.alloc(4)
  size.writeInt32BE(frame.length)
  return [size, frame]
}

function serve(client: Socket): void {
  const broker = connect(brokerPort, 'localhost')
  const asked = new Map<number, { header: RequestFrame; frame: Buffer }>()
  const requests = new FrameReceiver({
    onFrame: (frame) => {
      const header = decodeRequestHeader(frame)
      asked.set(header.correlationId, { header, frame })
    },
  })
  const responses = new FrameReceiver({
    onFrame: (frame) => {
      const { header, frame: request } = asked.get(correlationIdOf(frame))!
      asked.delete(header.correlationId)
      const key = `${header.api} ${header.apiVersion}`
      const larger = frame.length + request.length > (recorded.get(key)?.bytes ?? 0)
      if (header.api !== undefined && larger && frame.length + request.length < frameBytesMax)
        recorded.set(key, {
          bytes: frame.length + request.length,
          api: header.api,
          version: header.apiVersion,
          request: request.toString('hex'),
          response: frame.toString('hex'),
        })
      for (const chunk of answerFor(header, frame)) client.write(chunk)
    },
  })
  client.on('data', (chunk: Buffer) => {
    requests.push(chunk)
    broker.write(chunk)
  })
  broker.on('data', (chunk: Buffer) => responses.push(chunk))
  for (const [from, to] of [
    [client, broker],
    [broker, client],
  ] as const) {
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
  }
}

createServer(serve).listen(port, 'localhost', () => console.log(`listening on localhost:${port}`))
process.on('SIGINT', () => {
  const exchanges = [...recorded.values()].sort((a, b) => a.api.localeCompare(b.api) || a.version - b.version)
  writeFileSync(
    file,
    `[\n${exchanges.map((exchange) => JSON.stringify({ ...exchange, bytes: undefined })).join(',\n')}\n]\n`,
  )
  console.log(`${exchanges.length} exchanges in ${file}`)
  process.exit(0)
})
