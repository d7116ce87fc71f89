// Bytes that are no request: the decoder says so or gives what the bytes can hold, and nothing else ever happens.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isFlinktsError } from '../../../../engine/common/errors.ts'
import { decodeRequestBody, decodeRequestHeader } from '../../../../engine/kafka/protocol/messages.ts'
import { advertisedVersions, changeArbitrary, frameArbitrary, rounds, spoil } from '../broker/request-arbitrary.ts'

/** How many values are in a message. */
function valuesIn(message: unknown): number {
  if (Array.isArray(message)) return message.reduce<number>((sum, element) => sum + valuesIn(element), message.length)
  if (typeof message !== 'object' || message === null || message instanceof Uint8Array) return 0
  return Object.values(message).reduce<number>((sum, field) => sum + valuesIn(field), 0)
}

/** The decoded request, or undefined where it was refused as malformed. */
function decode(frame: Buffer): unknown {
  try {
    const { api, apiVersion, bodyPosition } = decodeRequestHeader(frame)
    return api && decodeRequestBody(api, apiVersion, frame, bodyPosition)
  } catch (error) {
    if (isFlinktsError(error) && error.code === 'KAFKA_PROTOCOL') return undefined
    throw error
  }
}

describe('decoding requests', () => {
  test('arbitrary bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
    fc.assert(
      fc.property(bytes, (frame) => {
        expect(valuesIn(decode(frame))).toBeLessThanOrEqual(frame.length)
      }),
      { numRuns: 500 * rounds },
    )
  })

  test('arbitrary bytes behind the header of an API', () => {
    const frames = fc
      .tuple(fc.constantFrom(...advertisedVersions), fc.uint8Array({ maxLength: 200 }))
      .chain(([version, tail]) => frameArbitrary(version).map((frame) => Buffer.concat([frame.subarray(0, 16), tail])))
    fc.assert(
      fc.property(frames, (frame) => {
        expect(valuesIn(decode(frame))).toBeLessThanOrEqual(frame.length)
      }),
      { numRuns: 300 * rounds },
    )
  })

  test.each(advertisedVersions)('spoilt $api v$version', (version) => {
    const spoilt = fc.tuple(frameArbitrary(version), fc.array(changeArbitrary, { minLength: 1, maxLength: 4 }))
    fc.assert(
      fc.property(spoilt, ([frame, changes]) => {
        expect(decode(frame)).toBeDefined()
        const bytes = spoil(frame, changes)
        expect(valuesIn(decode(bytes))).toBeLessThanOrEqual(bytes.length)
      }),
      { numRuns: 10 * rounds },
    )
  })

  test('a request of many more elements than one node could have is refused before it takes their memory', () => {
    const states = 3_000_000
    // ListGroups v4: flexible header, then a compact array of compact strings, all empty.
    const frame = Buffer.alloc(11 + 4 + states + 1, 1)
    frame.set([0, 16, 0, 4, 0, 0, 0, 1, 0, 0, 0])
    const count = states + 1
    frame.set([0x80 | (count & 0x7f), 0x80 | ((count >> 7) & 0x7f), 0x80 | ((count >> 14) & 0x7f), count >> 21], 11)
    expect(() => decodeRequestBody('ListGroups', 4, frame, 11)).toThrow('more than 1000000 array elements')
  })
})
