import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteWriter } from '../../../src/generators/byte-writer.ts'

const written = (write: (out: ByteWriter) => void): string => {
  const out = new ByteWriter(1)
  write(out)
  return Buffer.from(out.bytes.subarray(0, out.length)).toString()
}

test('integers are spelt as JavaScript spells them', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      expect(written((out) => out.integer(value))).toBe(String(value))
    }),
    { examples: [[0], [-1], [0x7fffffff], [0x80000000], [Number.MAX_SAFE_INTEGER], [-Number.MAX_SAFE_INTEGER]] },
  )
})

test('decimals are spelt as JavaScript spells the number, without zeros at the end', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -0x7fffffff, max: 0x7fffffff }),
      fc.integer({ min: 0, max: 6 }),
      (unscaled, scale) => {
        expect(Number(written((out) => out.decimal(unscaled, scale)))).toBe(unscaled / 10 ** scale)
      },
    ),
  )
  expect(written((out) => out.decimal(1250, 2))).toBe('12.5')
  expect(written((out) => out.decimal(-5, 2))).toBe('-0.05')
  expect(written((out) => out.decimal(0, 2))).toBe('0')
  expect(written((out) => out.decimal(700, 2))).toBe('7')
})

test('grows, keeping what it holds, also when it copies from itself', () => {
  const out = new ByteWriter(2)
  out.utf8('grüße ')
  const end = out.length
  for (let copy = 0; copy < 20; copy++) out.raw(out.bytes, 0, end)
  expect(Buffer.from(out.bytes.subarray(0, out.length)).toString()).toBe('grüße '.repeat(21))
})
