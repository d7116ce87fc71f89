import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFlinktsError } from '../../../../engine/common/errors.ts'
import {
  decodeMessage,
  decodeRequestBody,
  decodeRequestHeader,
  decodeResponse,
  decodeVersionedMessage,
  encodeMessage,
  encodeRequest,
  encodeResponse,
  encodeVersionedMessage,
} from '../../../../engine/kafka/protocol/messages.ts'
import { MessageReader } from '../../../../engine/kafka/protocol/message-reader.ts'
import { zeroUuid } from '../../../../engine/kafka/protocol/message-schema.ts'
import {
  apis,
  messageSchemas,
  type ApiName,
  type MessageName,
  type RequestInputByApi,
  type ResponseInputByApi,
} from '../../../../engine/kafka/protocol/schemas.ts'
import { messageArbitrary } from './message-arbitrary.ts'

const names = Object.keys(messageSchemas) as MessageName[]
const versionsOf = (name: MessageName) => {
  const [first, last] = messageSchemas[name].validVersions
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
const codeOf = (action: () => unknown): string => {
  try {
    action()
  } catch (error) {
    if (isFlinktsError(error)) return error.code
    throw error
  }
  return 'none'
}

describe('every message at every version', () => {
  it.each(names)('%s: decoding what was encoded gives the same', (name) => {
    for (const version of versionsOf(name)) {
      const property = fc.property(messageArbitrary(messageSchemas[name], version), (message) => {
        const bytes = encodeMessage(name, version, message as never)
        expect(decodeMessage(name, version, bytes), `version ${version}`).toEqual(message)
        expect(bytes.equals(encodeMessage(name, version, decodeMessage(name, version, bytes) as never))).toBe(true)
      })
      fc.assert(property, { numRuns: 8, seed: 41, endOnFailure: true })
    }
  })

  it.each(names)('%s: truncated or corrupted it is refused or decoded, never worse', (name) => {
    for (const version of versionsOf(name)) {
      for (const message of fc.sample(messageArbitrary(messageSchemas[name], version), { numRuns: 2, seed: 5 })) {
        const bytes = encodeMessage(name, version, message as never)
        for (let length = 0; length < bytes.length; length += 1 + (bytes.length >> 4))
          expect(codeOf(() => decodeMessage(name, version, bytes.subarray(0, length)))).toBe('KAFKA_PROTOCOL')
        for (let position = 0; position < bytes.length; position += 1 + (bytes.length >> 4)) {
          const corrupted = Buffer.from(bytes)
          corrupted[position] = corrupted[position]! ^ 0xff
          expect(['none', 'KAFKA_PROTOCOL']).toContain(codeOf(() => decodeMessage(name, version, corrupted)))
        }
      }
    }
  })
})

describe('frames', () => {
  it.each(Object.keys(apis) as ApiName[])('%s: request and response with their headers', (api) => {
    for (const version of versionsOf(`${api}Request`)) roundTrip(api, version)
  })

  function roundTrip(api: ApiName, version: number) {
    const [request] = fc.sample(messageArbitrary(messageSchemas[`${api}Request`], version), { numRuns: 1, seed: 3 })
    const [response] = fc.sample(messageArbitrary(messageSchemas[`${api}Response`], version), { numRuns: 1, seed: 3 })
    const header = { correlationId: -7, clientId: 'länge' }
    const sent = Buffer.concat(encodeRequest(api, version, header, request as RequestInputByApi[ApiName] as never))
    expect(sent.readInt32BE(0)).toBe(sent.length - 4)
    const frame = sent.subarray(4)
    const decoded = decodeRequestHeader(frame)
    expect(decoded).toMatchObject({ apiKey: apis[api].key, api, apiVersion: version, ...header })
    expect(decodeRequestBody(api, version, frame, decoded.bodyPosition)).toEqual(request)
    const answered = Buffer.concat(encodeResponse(api, version, 99, response as ResponseInputByApi[ApiName] as never))
    expect(answered.readInt32BE(0)).toBe(answered.length - 4)
    expect(decodeResponse(api, version, answered.subarray(4))).toEqual({ correlationId: 99, message: response })
  }

  it('does not know a key of an API of controllers, nor read its body', () => {
    const header = decodeRequestHeader(Buffer.from('0038000100000005ffff', 'hex'))
    expect(header).toMatchObject({ apiKey: 56, api: undefined, apiVersion: 1, correlationId: 5 })
  })

  it('refuses a version that is not valid', () => {
    expect(codeOf(() => decodeRequestBody('Fetch', 3, Buffer.alloc(100), 0))).toBe('KAFKA_PROTOCOL')
    expect(codeOf(() => encodeMessage('ProduceRequest', 14, { acks: 1, timeoutMs: 1, topicData: [] }))).toBe(
      'KAFKA_PROTOCOL',
    )
  })

  it('hands out records as views and sends long records by reference', () => {
    const records = new Uint8Array(100_000).fill(3)
    const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }]
    const chunks = encodeRequest(
      'Produce',
      9,
      { correlationId: 1, clientId: null },
      { acks: -1, timeoutMs: 5, topicData },
    )
    expect(chunks).toContain(records)
    const frame = Buffer.concat(chunks).subarray(4)
    const body = decodeRequestBody('Produce', 9, frame, decodeRequestHeader(frame).bodyPosition)
    const decoded = body.topicData[0]!.partitionData[0]!.records!
    expect(decoded.buffer).toBe(frame.buffer)
    expect(Buffer.from(records).equals(decoded)).toBe(true)
  })
})

describe('what a version cannot carry', () => {
  it('is dropped where it is ignorable or at its default, and refused by name otherwise', () => {
    const fetch = { maxWaitMs: 1, minBytes: 1, topics: [] }
    expect(
      decodeMessage('FetchRequest', 4, encodeMessage('FetchRequest', 4, { ...fetch, sessionId: 5 })).sessionId,
    ).toBe(0)
    const forgotten = [{ topic: 't', partitions: [1] }]
    expect(codeOf(() => encodeMessage('FetchRequest', 6, { ...fetch, forgottenTopicsData: [] }))).toBe('none')
    expect(codeOf(() => encodeMessage('FetchRequest', 6, { ...fetch, forgottenTopicsData: forgotten }))).toBe(
      'KAFKA_UNSUPPORTED',
    )
  })

  it('takes defaults for what is left out', () => {
    const decoded = decodeMessage(
      'FetchRequest',
      12,
      encodeMessage('FetchRequest', 12, { maxWaitMs: 1, minBytes: 1, topics: [] }),
    )
    expect(decoded).toMatchObject({
      clusterId: null,
      replicaId: -1,
      maxBytes: 0x7fffffff,
      sessionEpoch: -1,
      rackId: '',
    })
    expect(decoded.replicaState).toEqual({ replicaId: -1, replicaEpoch: -1n })
  })

  it('refuses null where the version has no null', () => {
    expect(codeOf(() => encodeMessage('MetadataRequest', 0, { topics: null }))).toBe('KAFKA_PROTOCOL')
    expect(codeOf(() => encodeMessage('MetadataRequest', 1, { topics: null }))).toBe('none')
  })

  it('refuses numbers, strings and uuids that do not fit', () => {
    const ask = (timeoutMs: number, name: string, topicId = zeroUuid) =>
      codeOf(() =>
        encodeMessage('ProduceRequest', 13, {
          acks: 1,
          timeoutMs,
          transactionalId: name,
          topicData: [{ topicId, partitionData: [] }],
        }),
      )
    expect(ask(2 ** 31, 'x')).toBe('KAFKA_PROTOCOL')
    expect(ask(0.5, 'x')).toBe('KAFKA_PROTOCOL')
    expect(ask(1, 'x', 'short')).toBe('KAFKA_PROTOCOL')
    expect(codeOf(() => encodeMessage('MetadataRequest', 1, { topics: [{ name: 'x'.repeat(32768) }] }))).toBe(
      'KAFKA_PROTOCOL',
    )
  })
})

describe('limits', () => {
  it('refuses an array that the frame cannot hold before it makes one', () => {
    const bytes = Buffer.alloc(64)
    bytes.writeInt32BE(0x7fffffff, 0)
    const reader = new MessageReader(bytes)
    expect(codeOf(() => reader.arrayLength(1))).toBe('KAFKA_PROTOCOL')
    expect(codeOf(() => decodeMessage('MetadataRequest', 0, bytes))).toBe('KAFKA_PROTOCOL')
    bytes.writeInt32BE(31, 0) // 31 names of at least 2 bytes do not fit into 60
    expect(codeOf(() => decodeMessage('MetadataRequest', 0, bytes))).toBe('KAFKA_PROTOCOL')
  })

  it('skips tagged fields it does not know', () => {
    const known = Buffer.from(encodeMessage('HeartbeatRequest', 4, { groupId: 'g', generationId: 1, memberId: 'm' }))
    const withUnknown = Buffer.concat([known.subarray(0, -1), Buffer.from('01630301020304', 'hex').subarray(0, 6)])
    expect(decodeMessage('HeartbeatRequest', 4, withUnknown)).toEqual(decodeMessage('HeartbeatRequest', 4, known))
  })
})

describe('messages behind their own version', () => {
  it('reads a later version as the last known one', () => {
    const bytes = Buffer.from(
      encodeVersionedMessage('ConsumerProtocolAssignment', 1, {
        assignedPartitions: [{ topic: 't', partitions: [1, 2] }],
        userData: null,
      }),
    )
    bytes.writeInt16BE(12, 0)
    const { version, message } = decodeVersionedMessage('ConsumerProtocolAssignment', bytes)
    expect([version, message.assignedPartitions]).toEqual([12, [{ topic: 't', partitions: [1, 2] }]])
  })
})
