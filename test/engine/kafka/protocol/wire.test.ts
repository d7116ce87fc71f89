// What real clients and a real Kafka 4.1 said to each other (recorded by scripts/record-kafka-wire.ts): bytes that others wrote.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  decodeRequestBody,
  decodeRequestHeader,
  decodeResponse,
  decodeVersionedMessage,
  encodeRequest,
  encodeResponse,
} from '../../../../engine/kafka/protocol/messages.ts'
import { batchEndAt, readBatchHeader } from '../../../../engine/kafka/protocol/record-batch.ts'
import { RecordIndex } from '../../../../engine/kafka/protocol/record-index.ts'
import type { ApiName, RequestByApi, ResponseByApi } from '../../../../engine/kafka/protocol/schemas.ts'

interface Exchange {
  readonly api: ApiName
  readonly version: number
  readonly request: string
  readonly response: string
}

const folder = new URL('../../../wire/', import.meta.url)
const recordings = readdirSync(folder).filter((name) => name.endsWith('.json'))
const exchangesOf = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Exchange[]
const body = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks).subarray(4).toString('hex')

function find<Api extends ApiName>(
  recording: string,
  api: Api,
): { version: number; request: RequestByApi[Api]; response: ResponseByApi[Api] } {
  const exchange = exchangesOf(`${recording}.json`).find((candidate) => candidate.api === api)!
  const frame = Buffer.from(exchange.request, 'hex')
  const { bodyPosition } = decodeRequestHeader(frame)
  return {
    version: exchange.version,
    request: decodeRequestBody(api, exchange.version, frame, bodyPosition),
    response: decodeResponse(api, exchange.version, Buffer.from(exchange.response, 'hex')).message,
  }
}

describe.each(recordings)('%s', (name) => {
  it.each(exchangesOf(name))(
    '$api $version: decoded and encoded again, request and response are the same bytes',
    ({ api, version, request, response }) => {
      const frame = Buffer.from(request, 'hex')
      const header = decodeRequestHeader(frame)
      expect(header).toMatchObject({ api, apiVersion: version })
      const message = decodeRequestBody(api, version, frame, header.bodyPosition)
      expect(body(encodeRequest(api, version, header, message as never))).toBe(request)
      const answer = decodeResponse(api, version, Buffer.from(response, 'hex'))
      expect(answer.correlationId).toBe(header.correlationId)
      expect(body(encodeResponse(api, version, answer.correlationId, answer.message as never))).toBe(response)
    },
  )
})

const valuesOf = (records: Uint8Array): string[] => {
  const index = new RecordIndex({ headers: true, keys: true })
  const values: string[] = []
  for (let at = 0, end; (end = batchEndAt(records, at, records.length)) >= 0; at = end) {
    index.read(records, at)
    for (let i = 0; i < index.count; i++)
      values.push(
        Buffer.from(
          index.bytes.subarray(index.valueStart[i], index.valueStart[i]! + Math.max(0, index.valueLength[i]!)),
        ).toString(),
      )
  }
  return values
}
const numbers = Array.from({ length: 20 }, (_, i) => String(i + 1))

describe('what the recordings mean', () => {
  it('a producer of librdkafka: idempotent, compressed with LZ4', () => {
    const { request } = find('kcat-1.7-produces-and-consumes', 'Produce')
    expect(request).toMatchObject({ transactionalId: null, acks: -1, topicData: [{ partitionData: [{ index: 0 }] }] })
    const records = request.topicData[0]!.partitionData[0]!.records!
    expect(readBatchHeader(records, 0)).toMatchObject({
      magic: 2,
      attributes: 3,
      recordCount: 20,
      producerEpoch: 0,
      baseSequence: 0,
    })
    expect(valuesOf(records)).toEqual(numbers.map((number) => `the record of the number ${number}`))
  })

  it('a producer and a consumer of Java', () => {
    const produced = find('java-4.1-tools', 'Produce')
    expect(produced.version).toBe(13)
    expect(valuesOf(produced.request.topicData[0]!.partitionData[0]!.records!)).toEqual(numbers)
    expect(produced.response).toMatchObject({
      responses: [{ partitionResponses: [{ errorCode: 0, baseOffset: 0n, logAppendTimeMs: -1n }] }],
      throttleTimeMs: 0,
    })
    const fetched = find('java-4.1-tools', 'Fetch')
    expect(fetched.version).toBe(18)
    expect(fetched.response).toMatchObject({ errorCode: 0, throttleTimeMs: 0 })
    const joined = find('java-4.1-tools', 'JoinGroup')
    const subscription = decodeVersionedMessage('ConsumerProtocolSubscription', joined.request.protocols[0]!.metadata)
    expect(subscription.message.topics.length).toBe(1)
  })

  it('a transaction of kafkajs: records with a key, a header and nulls, then the markers', () => {
    const fetched = find('kafkajs-2.2-transaction-and-group', 'Fetch')
    const partition = fetched.response.responses[0]!.partitions[0]!
    const records = partition.records!
    const first = readBatchHeader(records, 0)
    expect(first).toMatchObject({ attributes: 16, recordCount: 2, lastOffsetDelta: 1, baseOffset: 0 })
    const index = new RecordIndex({ headers: true, keys: true })
    index.read(records, 0)
    expect([index.keyLength[0], index.keyLength[1], index.valueLength[0], index.valueLength[1]]).toEqual([1, -1, 1, -1])
    expect(index.headersOf(0)).toEqual([{ key: 'h', value: Buffer.from('x') }])
    expect(index.headersOf(1)).toEqual([])
    expect(readBatchHeader(records, first.sizeBytes)).toMatchObject({ attributes: 48, recordCount: 1 })
  })
})
