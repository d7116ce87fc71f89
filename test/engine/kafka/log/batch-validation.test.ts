import { describe, expect, test } from 'vitest'
import { checkProduced, validateBatch } from '../../../../engine/kafka/log/batch-validation.ts'
import { logConfigDefault, type LogConfig } from '../../../../engine/kafka/log/log-config.ts'
import { loadCompressor } from '../../../../engine/kafka/protocol/compression.ts'
import { crc32c } from '../../../../engine/kafka/protocol/crc32c.ts'
import { readBatchHeader } from '../../../../engine/kafka/protocol/record-batch.ts'
import { batchOf, now } from './log-fixture.ts'

function changed(change: (batch: Buffer) => void, batch = batchOf([{ key: 'k', value: 'v' }, { value: 'w' }])): Buffer {
  change(batch)
  batch.writeUInt32BE(crc32c(batch, 21), 17)
  return batch
}

function outcomeOf(batch: Buffer | null, config: Partial<LogConfig> = {}, version = 9): string {
  const refused = checkProduced(batch, version)
  return refused?.error ?? validateBatch(batch!, { ...logConfigDefault, ...config }, now).error
}

describe('what a producer may send', () => {
  const good = batchOf([{ value: 'v' }])
  test.each<[string, Buffer | null, string]>([
    ['a good batch', batchOf([{ value: 'v' }]), 'NONE'],
    ['null', null, 'INVALID_RECORD'],
    ['nothing', Buffer.alloc(0), 'INVALID_RECORD'],
    ['a few bytes', Buffer.alloc(10), 'INVALID_RECORD'],
    ['a cut batch', good.subarray(0, good.length - 1), 'INVALID_RECORD'],
    ['two batches', Buffer.concat([good, good]), 'INVALID_RECORD'],
    ['magic 1', changed((batch) => batch.writeInt8(1, 16)), 'INVALID_RECORD'],
    ['magic 3', changed((batch) => batch.writeInt8(3, 16)), 'CORRUPT_MESSAGE'],
    [
      'a wrong checksum',
      (() => {
        const batch = batchOf([{ value: 'v' }])
        batch[17]! ^= 1
        return batch
      })(),
      'CORRUPT_MESSAGE',
    ],
    ['a base offset', changed((batch) => batch.writeBigInt64BE(99n, 0)), 'INVALID_RECORD'],
    ['count 0', changed((batch) => batch.writeInt32BE(0, 57)), 'INVALID_RECORD'],
    ['a negative count', changed((batch) => batch.writeInt32BE(-1, 57)), 'INVALID_RECORD'],
    [
      'a count that is too high',
      changed((batch) => {
        batch.writeInt32BE(9, 57)
        batch.writeInt32BE(8, 23)
      }),
      'INVALID_RECORD',
    ],
    ['a last offset that does not fit', changed((batch) => batch.writeInt32BE(7, 23)), 'INVALID_RECORD'],
    ['a control batch', changed((batch) => batch.writeInt16BE(0x20, 21)), 'INVALID_RECORD'],
    ['compression 7', changed((batch) => batch.writeInt16BE(7, 21)), 'UNSUPPORTED_COMPRESSION_TYPE'],
    ['garbage for records', changed((batch) => batch.fill(0xff, 61)), 'INVALID_RECORD'],
    ['gzip that is none', changed((batch) => batch.writeInt16BE(1, 21)), 'INVALID_RECORD'],
    ['snappy that is none', changed((batch) => batch.writeInt16BE(2, 21)), 'INVALID_RECORD'],
    ['lz4 that is none', changed((batch) => batch.writeInt16BE(3, 21)), 'INVALID_RECORD'],
    ['zstd that is none', changed((batch) => batch.writeInt16BE(4, 21)), 'INVALID_RECORD'],
    ['a record from the future', batchOf([{ value: 'v', timestamp: now + 3_600_001 }]), 'INVALID_TIMESTAMP'],
    ['a record from long ago', batchOf([{ value: 'v', timestamp: 5 }]), 'NONE'],
    ['a record without a time', batchOf([{ value: 'v', timestamp: -1 }]), 'NONE'],
  ])('%s', (_name, batch, expected) => expect(outcomeOf(batch)).toBe(expected))

  test('a batch above max.message.bytes is too large', () => {
    expect(outcomeOf(batchOf([{ value: 'v'.repeat(200) }]), { maxMessageBytes: 200 })).toBe('MESSAGE_TOO_LARGE')
  })

  test('zstd needs Produce version 7', async () => {
    const compressor = await loadCompressor('zstd')
    const batch = (): Buffer => batchOf([{ value: 'v' }], { compression: 'zstd', compressor })
    expect([outcomeOf(batch(), {}, 6), outcomeOf(batch(), {}, 7)]).toEqual(['UNSUPPORTED_COMPRESSION_TYPE', 'NONE'])
  })

  test('a compacted topic names the records that have no key', () => {
    const batch = batchOf([{ value: 'a' }, { key: 'k', value: 'b' }, { value: 'c' }])
    const outcome = validateBatch(batch, { ...logConfigDefault, compact: true }, now)
    expect(outcome).toMatchObject({ error: 'INVALID_RECORD', recordErrors: [{ batchIndex: 0 }, { batchIndex: 2 }] })
  })

  test('a greatest timestamp that the records do not have is corrected', () => {
    const batch = changed((bytes) => bytes.writeBigInt64BE(5n, 35))
    expect(validateBatch(batch, logConfigDefault, now)).toMatchObject({ error: 'NONE', header: { maxTimestamp: now } })
    expect(readBatchHeader(batch, 0).crc).toBe(crc32c(batch, 21))
  })
})
