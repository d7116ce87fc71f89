import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFlinktsError } from '../../../../engine/common/errors.ts'
import { compressionTypes, loadCompressor, type Compressor } from '../../../../engine/kafka/protocol/compression.ts'
import { crc32c } from '../../../../engine/kafka/protocol/crc32c.ts'
import { patchProducer, RecordBatchBuilder } from '../../../../engine/kafka/protocol/record-batch-builder.ts'
import {
  batchEndAt,
  checkBatchChecksum,
  compressionOf,
  isControlBatch,
  isTransactional,
  lastOffsetAt,
  lastOffsetOf,
  readBatchHeader,
} from '../../../../engine/kafka/protocol/record-batch.ts'
import { RecordIndex, type RecordHeader } from '../../../../engine/kafka/protocol/record-index.ts'

interface Record {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly timestamp: number
  readonly headers: readonly RecordHeader[]
}

const bytesArbitrary = fc.oneof(
  fc.uint8Array({ maxLength: 90 }),
  fc.constant(null),
  fc.uint8Array({ minLength: 300, maxLength: 400 }),
)
const recordArbitrary: fc.Arbitrary<Record> = fc.record({
  key: bytesArbitrary,
  value: bytesArbitrary,
  timestamp: fc.oneof(
    fc.integer({ min: -1, max: 3 }),
    fc.nat(2 ** 31 - 1),
    fc.maxSafeNat().map((n) => n % 4_000_000_000_000_000),
  ),
  headers: fc.array(fc.record({ key: fc.string({ unit: 'grapheme', maxLength: 5 }), value: bytesArbitrary }), {
    maxLength: 3,
  }),
})

function build(records: readonly Record[], options = {}): Buffer {
  const builder = new RecordBatchBuilder(64)
  for (const { key, value, timestamp, headers } of records) builder.append(key, value, timestamp, headers)
  return builder.build(options)
}

const everything = { timestamps: true, keys: true, headers: true }

function recordsOf(index: RecordIndex): Record[] {
  const slice = (start: number, length: number) =>
    length < 0 ? null : Uint8Array.from(index.bytes.subarray(start, start + length))
  return Array.from({ length: index.count }, (_, i) => ({
    key: slice(index.keyStart[i]!, index.keyLength[i]!),
    value: slice(index.valueStart[i]!, index.valueLength[i]!),
    timestamp: index.timestampOf(i),
    headers: index.headersOf(i).map(({ key, value }) => ({ key, value: value && Uint8Array.from(value) })),
  }))
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
const utf8 = (text: string) => Buffer.from(text)

describe('what was appended', () => {
  it.each(compressionTypes)('is read back, compressed as %s', async (compression) => {
    const compressor = await loadCompressor(compression)
    const index = new RecordIndex(everything)
    const property = fc.property(
      fc.array(recordArbitrary, { minLength: 1, maxLength: 12 }),
      fc.nat(9),
      (records, before) => {
        const batch = build(records, { compression, compressor })
        const bytes = Buffer.concat([Buffer.alloc(before), batch])
        expect(batchEndAt(bytes, before, bytes.length)).toBe(bytes.length)
        expect(compressionTypes[compressionOf(readBatchHeader(bytes, before))]).toBe(compression)
        index.read(bytes, before)
        expect(recordsOf(index)).toEqual(records)
      },
    )
    fc.assert(property, { numRuns: 40 })
  })

  it('leaves out records below the wanted offset', () => {
    const batch = build(
      ['a', 'b', 'c', 'd'].map((text) => ({ key: null, value: utf8(text), timestamp: 5, headers: [] })),
    )
    batch.writeBigInt64BE(100n, 0)
    const index = new RecordIndex()
    index.read(batch, 0, 102)
    expect(index.count).toBe(2)
    expect([index.offsetOf(0), index.offsetOf(1)]).toEqual([102, 103])
    expect(Buffer.from(index.bytes.subarray(index.valueStart[0], index.valueStart[0]! + 1)).toString()).toBe('c')
    index.read(batch, 0, 500)
    expect(index.count).toBe(0)
  })

  it('takes the batch time for every record where the broker stamps it', () => {
    const batch = build([1, 2].map((timestamp) => ({ key: null, value: null, timestamp, headers: [] })))
    batch.writeInt16BE(batch.readInt16BE(21) | 8, 21)
    batch.writeBigInt64BE(777n, 35)
    batch.writeUInt32BE(crc32c(batch, 21), 17)
    const index = new RecordIndex({ timestamps: true })
    index.read(batch, 0)
    expect([index.timestampOf(0), index.timestampOf(1)]).toEqual([777, 777])
  })

  it('is empty again after build, and appends ranges', () => {
    const builder = new RecordBatchBuilder()
    const memory = utf8('..key..value..')
    builder.appendRange(memory, 2, 3, memory, 7, 5, 9)
    expect(builder.sizeBytes).toBeGreaterThan(61)
    const first = builder.build()
    expect([builder.count, builder.sizeBytes]).toEqual([0, 61])
    builder.append(null, utf8('second'), 10)
    const second = builder.build()
    const index = new RecordIndex(everything)
    index.read(first, 0)
    expect(recordsOf(index)).toEqual([
      { key: Uint8Array.from(utf8('key')), value: Uint8Array.from(utf8('value')), timestamp: 9, headers: [] },
    ])
    index.read(second, 0)
    expect(recordsOf(index)[0]!.timestamp).toBe(10)
  })

  it('never takes more than the stated bound per record', () => {
    fc.assert(
      fc.property(fc.array(recordArbitrary, { minLength: 1, maxLength: 5 }), (records) => {
        const bound = records.reduce(
          (sum, { key, value, headers }) =>
            sum + RecordBatchBuilder.recordBytesMax(key?.length ?? -1, value?.length ?? -1, headers),
          61,
        )
        expect(build(records).length).toBeLessThanOrEqual(bound)
      }),
    )
  })
})

describe('the header', () => {
  const records = [1, 2, 3].map((timestamp) => ({ key: utf8('k'), value: utf8('v'), timestamp, headers: [] }))

  it('carries the producer and the kind of the batch', () => {
    const batch = build(records, {
      producerId: 2n ** 40n,
      producerEpoch: 3,
      baseSequence: 77,
      transactional: true,
      control: true,
    })
    const header = readBatchHeader(batch, 0)
    expect(header).toMatchObject({
      baseOffset: 0,
      sizeBytes: batch.length,
      partitionLeaderEpoch: -1,
      magic: 2,
      lastOffsetDelta: 2,
      baseTimestamp: 1,
      maxTimestamp: 3,
      producerId: 2 ** 40,
      producerEpoch: 3,
      baseSequence: 77,
      recordCount: 3,
    })
    expect([isTransactional(header), isControlBatch(header), lastOffsetOf(header), lastOffsetAt(batch, 0)]).toEqual([
      true,
      true,
      2,
      2,
    ])
  })

  it('can be given to another producer', () => {
    const batch = build(records)
    patchProducer(batch, 9n, 1, 5)
    expect(readBatchHeader(batch, 0)).toMatchObject({ producerId: 9, producerEpoch: 1, baseSequence: 5 })
    expect(codeOf(() => checkBatchChecksum(batch, 0))).toBe('none')
  })
})

describe('bad batches', () => {
  const good = build(
    Array.from({ length: 20 }, (_, i) => ({
      key: utf8(`k${i}`),
      value: utf8(`value ${i}`),
      timestamp: i * 1000,
      headers: [{ key: 'h', value: null }],
    })),
  )
  const resealed = (change: (batch: Buffer) => void) => {
    const batch = Buffer.from(good)
    change(batch)
    batch.writeUInt32BE(crc32c(batch, 21), 17)
    return batch
  }
  const read = (batch: Buffer) => codeOf(() => new RecordIndex(everything).read(batch, 0))

  it('a cut-off batch is not there yet', () => {
    for (let length = 0; length < good.length; length++) expect(batchEndAt(good, 0, length)).toBe(-1)
  })

  it('any changed byte under the checksum is noticed', () => {
    for (let position = 17; position < good.length; position++) {
      const damaged = Buffer.from(good)
      damaged[position] = damaged[position]! ^ 1
      expect(read(damaged)).toBe('KAFKA_BATCH_CORRUPT')
    }
  })

  it('bytes that are wrong under a right checksum are refused or read, never worse', () => {
    for (let position = 21; position < good.length; position++)
      for (const flip of [0xff, 1, 0x80, 0x40]) {
        const batch = resealed((bytes) => (bytes[position] = bytes[position]! ^ flip))
        expect(['KAFKA_BATCH_CORRUPT', 'none']).toContain(read(batch))
      }
  })

  it('a record count that cannot be is refused before memory is taken for it', () => {
    expect(read(resealed((batch) => batch.writeInt32BE(0x7fffffff, 57)))).toBe('KAFKA_BATCH_CORRUPT')
    expect(read(resealed((batch) => batch.writeInt32BE(-1, 57)))).toBe('KAFKA_BATCH_CORRUPT')
    expect(read(resealed((batch) => batch.writeInt32BE(19, 57)))).toBe('KAFKA_BATCH_CORRUPT')
  })

  it('a length below the header is corrupt, an old format is refused by name', () => {
    const short = Buffer.from(good)
    short.writeInt32BE(5, 8)
    expect(codeOf(() => batchEndAt(short, 0, short.length))).toBe('KAFKA_BATCH_CORRUPT')
    const old = Buffer.from(good)
    old[16] = 1
    expect(codeOf(() => batchEndAt(old, 0, old.length))).toBe('KAFKA_UNSUPPORTED')
    old[16] = 3
    expect(codeOf(() => batchEndAt(old, 0, old.length))).toBe('KAFKA_BATCH_CORRUPT')
  })

  it('a batch that grows beyond the limit is refused', async () => {
    const compressor: Compressor = (await loadCompressor('gzip'))!
    const big = build([{ key: null, value: new Uint8Array(100_000), timestamp: 0, headers: [] }], {
      compression: 'gzip',
      compressor,
    })
    expect(codeOf(() => new RecordIndex({ decompressedBytesMax: 50_000 }).read(big, 0))).toBe('KAFKA_BATCH_CORRUPT')
    expect(codeOf(() => new RecordIndex({ decompressedBytesMax: 150_000 }).read(big, 0))).toBe('none')
  })
})
