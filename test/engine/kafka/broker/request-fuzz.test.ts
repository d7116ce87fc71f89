// Spoilt requests and record batches against a running broker: it goes on, its log stays whole, and every connection
// that it closes is closed for a reason that it logs.
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startBroker, type RunningBroker } from '../../../../engine/broker.ts'
import { compressionTypes, loadCompressor } from '../../../../engine/kafka/protocol/compression.ts'
import { batchHeaderBytes } from '../../../../engine/kafka/protocol/record-batch.ts'
import { crc32c } from '../../../../engine/kafka/protocol/crc32c.ts'
import { batchOf, recordsIn } from '../log/log-fixture.ts'
import { RawClient } from './raw-client.ts'
import { advertisedVersions, changeArbitrary, frameArbitrary, rounds, spoil } from './request-arbitrary.ts'

/** What is a client's mistake, not the broker's. */
const clientsMistake =
  /^closing the connection of \S+ (malformed Kafka message at byte .*|a Kafka frame of .*|.* is not supported)$/

interface LoggingBroker {
  readonly broker: RunningBroker
  readonly lines: string[]
}

async function loggingBroker(): Promise<LoggingBroker> {
  const lines: string[] = []
  const broker = await startBroker({ log: (line) => lines.push(line) })
  onTestFinished(() => broker.stop())
  return { broker, lines }
}

function framed(frame: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(frame.length)
  return Buffer.concat([size, frame])
}

/** Sends `bytes`; returns when they were answered or refused, or (for what waits) when somebody else was served. */
async function sendAndSettle(broker: RunningBroker, bytes: Buffer): Promise<'closed' | 'open'> {
  const [client, other] = [await RawClient.connect(broker), await RawClient.connect(broker)]
  const answered = client.nextFrame().then(() => 'open' as const)
  client.send([bytes])
  await other.ask('ApiVersions', 0, {})
  const served = other.ask('ApiVersions', 0, {}).then(() => 'open' as const)
  const outcome = await Promise.race([client.closed, answered, served])
  client.close()
  other.close()
  return outcome
}

describe('spoilt requests', () => {
  test('of every advertised API', { timeout: 60_000 * rounds }, async () => {
    const { broker, lines } = await loggingBroker()
    const client = await RawClient.connect(broker)
    await client.createTopic('t', 2)
    const spoilt = fc
      .tuple(fc.constantFrom(...advertisedVersions), fc.array(changeArbitrary, { maxLength: 3 }))
      .chain(([version, changes]) => frameArbitrary(version).map((frame) => spoil(frame, changes)))
    await fc.assert(
      fc.asyncProperty(spoilt, async (frame) => {
        const before = lines.length
        const outcome = await sendAndSettle(broker, framed(frame))
        for (const line of lines) expect(line).toMatch(clientsMistake)
        // Only Produce with acks=0 (API 0) ends a connection without a word.
        const isProduce = frame.length >= 2 && frame.readInt16BE(0) === 0
        if (outcome === 'closed' && !isProduce) expect(lines.length).toBeGreaterThan(before)
      }),
      { numRuns: 150 * rounds },
    )
  })

  test('arbitrary bytes without a frame', async () => {
    const { broker, lines } = await loggingBroker()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 100 }), async (bytes) => {
        const before = lines.length
        const outcome = await sendAndSettle(broker, Buffer.from(bytes))
        for (const line of lines) expect(line).toMatch(clientsMistake)
        if (outcome === 'closed') expect(lines.length).toBe(before + 1)
      }),
      { numRuns: 50 * rounds },
    )
  })
})

const produceCodes = [
  0, // NONE: what was changed does not matter
  2, // CORRUPT_MESSAGE
  10, // MESSAGE_TOO_LARGE
  32, // INVALID_TIMESTAMP
  45, // OUT_OF_ORDER_SEQUENCE_NUMBER
  47, // INVALID_PRODUCER_EPOCH
  48, // INVALID_TXN_STATE
  53, // TRANSACTIONAL_ID_AUTHORIZATION_FAILED
  76, // UNSUPPORTED_COMPRESSION_TYPE
  87, // INVALID_RECORD
]

describe('spoilt record batches', () => {
  const isChecksumMended = fc.boolean()
  const changes = fc.array(changeArbitrary, { minLength: 1, maxLength: 3 })

  test.each(compressionTypes)('%s: answered with a code, and the log holds what was acknowledged', async (type) => {
    const { broker, lines } = await loggingBroker()
    const client = await RawClient.connect(broker)
    await client.createTopic('t')
    const compressor = await loadCompressor(type)
    const timestamp = Date.now()
    const records = Array.from({ length: 5 }, (_, i) => ({ key: `k${i}`, value: 'value '.repeat(i), timestamp }))
    const batch = batchOf(records, { compression: type, compressor })
    let expectedEnd = 0
    await fc.assert(
      fc.asyncProperty(changes, fc.nat({ max: batchHeaderBytes }), isChecksumMended, async (made, from, isMended) => {
        const spoilt = spoil(batch, made, from)
        if (isMended && spoilt.length > batchHeaderBytes) {
          spoilt.writeInt32BE(spoilt.length - 12, 8)
          spoilt.writeUInt32BE(crc32c(spoilt, 21, spoilt.length), 17)
        }
        const answer = await client.produce('t', spoilt)
        expect(produceCodes).toContain(answer.errorCode)
        if (answer.errorCode === 0) {
          expect(Number(answer.baseOffset)).toBe(expectedEnd)
          expectedEnd += spoilt.readInt32BE(57)
        }
        expect(Number((await client.fetch('t', expectedEnd)).highWatermark)).toBe(expectedEnd)
        expect(lines).toEqual([])
      }),
      { numRuns: 60 * rounds },
    )
    await client.produceRecords('t', [{ value: 'whole', timestamp }])
    const fetched = await client.fetch('t', expectedEnd)
    expect(recordsIn(fetched.records as Buffer).map(({ value }) => value)).toEqual(['whole'])
  })
})
