import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answerSlices } from '../../../../engine/kafka/broker/answer-slices.ts'

test('slices are not small where there is more, hold everything in order, and copy nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), fc.integer({ min: 1, max: 40 }), (chunks, sliceBytes) => {
      const slices = [...answerSlices(chunks, sliceBytes)]
      const memory = new Set<ArrayBufferLike>(chunks.map(({ buffer }) => buffer))
      expect(slices.flat().every(({ buffer, length }) => length > 0 && memory.has(buffer))).toBe(true)
      expect(Buffer.concat(slices.flat())).toEqual(Buffer.concat(chunks))
      const lengths = slices.map((slice) => slice.reduce((sum, { length }) => sum + length, 0))
      expect(lengths.slice(0, -1).every((length) => length === sliceBytes)).toBe(true)
      expect(lengths.at(-1) ?? 1).toBeLessThan(2 * sliceBytes)
      if (lengths.length > 1) expect(lengths.at(-1)).toBeGreaterThanOrEqual(sliceBytes)
    }),
  )
})

test('what a consumer asks for by default, 1 MiB of records, goes out in one piece with all that is around it', () => {
  expect([...answerSlices([Buffer.alloc(100), Buffer.alloc(1024 * 1024), Buffer.alloc(3)])]).toHaveLength(1)
})
