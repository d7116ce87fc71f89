// compression.type of a topic: what comes compressed otherwise is stored as the topic wants it.
import { describe, expect, test } from 'vitest'
import { compressionTypes, loadCompressor } from '../../../../engine/kafka/protocol/compression.ts'
import { RecordBatchBuilder } from '../../../../engine/kafka/protocol/record-batch-builder.ts'
import { compressionOf, readBatchHeader } from '../../../../engine/kafka/protocol/record-batch.ts'
import { recordsIn } from '../log/log-fixture.ts'
import { RawClient, testBroker } from './raw-client.ts'

const value = 'over and '.repeat(200)

async function batchWith(type: (typeof compressionTypes)[number]): Promise<Buffer> {
  const builder = new RecordBatchBuilder()
  for (const key of ['a', 'b']) builder.append(Buffer.from(key), Buffer.from(value), 1_700_000_000_000)
  const compressor = await loadCompressor(type)
  const producer = { producerId: 7n, producerEpoch: 1, baseSequence: 0 }
  return builder.build({ ...producer, ...(compressor === undefined ? {} : { compression: type, compressor }) })
}

async function stored(client: RawClient, topic: string): Promise<[string, unknown[]]> {
  const { records } = await client.fetch(topic, 0)
  const header = readBatchHeader(records!, 0)
  expect([header.producerId, header.producerEpoch, header.baseSequence]).toEqual([7, 1, 0])
  return [compressionTypes[compressionOf(header)]!, recordsIn(Buffer.from(records!)).map((record) => record.value)]
}

describe.each(['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd', 'producer'])('compression.type=%s', (wanted) => {
  test.each(compressionTypes)('of what comes as %s', async (sent) => {
    const client = await RawClient.connect(await testBroker())
    await client.createTopic('t', 1, { 'compression.type': wanted })
    const batch = await batchWith(sent)
    expect((await client.produce('t', batch)).errorCode).toBe(0)
    const expected = wanted === 'producer' ? sent : wanted === 'uncompressed' ? 'none' : wanted
    expect(await stored(client, 't')).toEqual([expected, [value, value]])
    // Known again, though it is stored otherwise.
    expect(await client.produce('t', batch)).toMatchObject({ errorCode: 0, baseOffset: 0n })
  })
})

test('what is damaged is refused as everywhere, and what grows beyond max.message.bytes', async () => {
  const client = await RawClient.connect(await testBroker())
  await client.createTopic('t', 1, { 'compression.type': 'uncompressed', 'max.message.bytes': '1000' })
  const batch = await batchWith('gzip')
  expect((await client.produce('t', batch)).errorCode).toBe(10)
  batch[batch.length - 1]! ^= 1
  expect((await client.produce('t', batch)).errorCode).toBe(2)
})
