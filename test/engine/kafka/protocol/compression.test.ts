import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFlinktsError } from '../../../../engine/common/errors.ts'
import { compressionTypes, decompress, loadCompressor } from '../../../../engine/kafka/protocol/compression.ts'
import { crc32c } from '../../../../engine/kafka/protocol/crc32c.ts'
import { xxhash32 } from '../../../../engine/kafka/protocol/xxhash32.ts'

// Written by the reference tools: `zstd --no-content-size`, `lz4 -BD -B4 --content-size`.
const streamedZstd = 'KLUv/QRYhQAASHN0cmVhbWVkIAEAXFTLEfCjyoE='
const linkedLz4 =
  'BCJNGExAQJACAAAAAACCGAEAAO9saW5rZWQgYmxvY2tzIA4A/////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////9pQa3MgbGkKAQAAD/7//////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////+hQIGxpbmuoAAAA72VkIGJsb2NrcyBsaW5rDgD///////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////+qUG9ja3MgAAAAANzpm7s='

const ascii = (text: string) => Buffer.from(text, 'latin1')
const codeOf = (action: () => unknown): string => {
  try {
    action()
  } catch (error) {
    if (isFlinktsError(error)) return error.code
    throw error
  }
  return 'none'
}
const compressed = compressionTypes.filter((type) => type !== 'none')
const indexOf = (type: string) => (compressionTypes as readonly string[]).indexOf(type)

describe('crc32c', () => {
  it('gives the published values (RFC 3720 B.4)', () => {
    expect(crc32c(ascii('123456789'))).toBe(0xe3069283)
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
    expect(crc32c(new Uint8Array(0))).toBe(0)
  })

  it('does not depend on alignment or length', () => {
    const bitwise = (bytes: Uint8Array) => {
      let crc = -1
      for (const byte of bytes) {
        crc ^= byte
        for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
      }
      return ~crc >>> 0
    }
    const range = fc.tuple(fc.uint8Array({ minLength: 0, maxLength: 400 }), fc.nat(40), fc.nat(40))
    fc.assert(
      fc.property(range, ([bytes, before, behind]) => {
        const larger = new Uint8Array(before + bytes.length + behind).fill(9)
        larger.set(bytes, before)
        expect(crc32c(larger, before, before + bytes.length)).toBe(bitwise(bytes))
        expect(crc32c(larger.subarray(before, before + bytes.length))).toBe(bitwise(bytes))
      }),
    )
  })
})

describe('xxhash32', () => {
  it('gives the published values', () => {
    expect(xxhash32(ascii(''), 0, 0)).toBe(0x02cc5d05)
    expect(xxhash32(ascii('a'), 0, 1)).toBe(0x550d7456)
    expect(xxhash32(ascii('abc'), 0, 3)).toBe(0x32d153ff)
    expect(xxhash32(ascii('Nobody inspects the spammish repetition'), 0, 39)).toBe(0xe2293b2f)
  })
})

describe.each(compressed)('%s', (type) => {
  it('gives back what was compressed', async () => {
    const compress = (await loadCompressor(type))!
    const repetitive = fc
      .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 4000 })), {
        maxLength: 8,
      })
      .map((runs) =>
        Buffer.concat(runs.map(([bytes, times]) => Buffer.concat(Array.from({ length: times % 300 }, () => bytes)))),
      )
    const any = fc.oneof(fc.uint8Array({ maxLength: 300 }), repetitive)
    fc.assert(
      fc.property(any, (bytes) => {
        expect(Buffer.compare(decompress(indexOf(type), compress(bytes)), bytes)).toBe(0)
      }),
      { numRuns: 60 },
    )
  })

  it('really compresses, over many blocks', async () => {
    const compress = (await loadCompressor(type))!
    const text = Array.from({ length: 20_000 }, (_, i) => `{"id":${i},"zone":${(i * 7919) % 263},"amount":${i % 97}.5}`)
    const bytes = ascii(text.join('\n'))
    const small = compress(bytes)
    expect(small.length).toBeLessThan(bytes.length / 2)
    expect(Buffer.compare(decompress(indexOf(type), small), bytes)).toBe(0)
  })

  it('refuses to grow beyond the limit', async () => {
    const bomb = (await loadCompressor(type))!(new Uint8Array(5_000_000))
    expect(codeOf(() => decompress(indexOf(type), bomb, 1_000_000))).toBe('KAFKA_BATCH_CORRUPT')
    expect(decompress(indexOf(type), bomb, 5_000_000).length).toBe(5_000_000)
  })

  it('refuses damaged data, or gives something within the limit', async () => {
    const good = (await loadCompressor(type))!(ascii('the quick brown fox jumps over the lazy dog, '.repeat(60)))
    for (let length = 0; length < good.length - 1; length++)
      expect(['KAFKA_BATCH_CORRUPT', 'none']).toContain(
        codeOf(() => decompress(indexOf(type), good.subarray(0, length), 100_000)),
      )
    for (let position = 0; position < good.length; position++) {
      for (const flip of [0xff, 1, 0x80]) {
        const damaged = Buffer.from(good)
        damaged[position] = damaged[position]! ^ flip
        expect(['KAFKA_BATCH_CORRUPT', 'none']).toContain(codeOf(() => decompress(indexOf(type), damaged, 100_000)))
      }
    }
  })
})

describe('shapes that other writers use', () => {
  it('reads raw snappy without the xerial frame', () => {
    // 5 literals, then a copy of 10 bytes from 5 back
    const raw = Buffer.from([15, 4 << 2, ...ascii('abcde'), (9 << 2) | 2, 5, 0])
    expect(Buffer.from(decompress(2, raw)).toString()).toBe('abcdeabcdeabcde')
  })

  it('reads a snappy copy with a one-byte and with a four-byte offset', () => {
    const raw = Buffer.from([13, 4 << 2, ...ascii('abcde'), 1, 5, (3 << 2) | 3, 9, 0, 0, 0])
    expect(Buffer.from(decompress(2, raw)).toString()).toBe('abcdeabcdabcd')
  })

  it('reads LZ4 frames with linked blocks, content size and checksums', () => {
    // `lz4 -BD --content-size` of 12,000 times "linked blocks ": three blocks
    const frame = Buffer.from(linkedLz4, 'base64')
    expect(Buffer.from(decompress(3, frame)).toString()).toBe('linked blocks '.repeat(12_000))
  })

  it('reads a zstd frame without content size and two frames in a row', async () => {
    const zstd = (await loadCompressor('zstd'))!
    const two = Buffer.concat([zstd(ascii('one ')), zstd(ascii('two'))])
    expect(Buffer.from(decompress(4, two)).toString()).toBe('one two')
    expect(Buffer.from(decompress(4, Buffer.from(streamedZstd, 'base64'))).toString()).toBe('streamed '.repeat(40))
  })

  it('refuses a zstd frame that wants a huge window', () => {
    const frame = Buffer.from(streamedZstd, 'base64')
    frame[5] = 0xf8
    expect(codeOf(() => decompress(4, frame, 1_000_000))).toBe('KAFKA_BATCH_CORRUPT')
  })

  it('refuses a compression it does not know', () => {
    expect(codeOf(() => decompress(5, new Uint8Array(3)))).toBe('KAFKA_BATCH_CORRUPT')
  })
})
