import fc from 'fast-check'
import { expect, test } from 'vitest'
import { malformations, malformed, seededRandom } from '../../../src/generators/index.ts'

const objects = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.boolean()))

test.each(malformations)('%s: no record is what it was', (kind) => {
  fc.assert(
    fc.property(objects, fc.integer(), (object, seed) => {
      const value = Buffer.from(JSON.stringify(object))
      const bytes = malformed(kind, value, seededRandom(seed))
      expect(Buffer.from(bytes).equals(value)).toBe(false)
      expect(value.toString()).toBe(JSON.stringify(object)) // the given one is left alone
      if (kind === 'empty') expect(bytes.length).toBe(0)
      if (kind === 'cut') expect(() => JSON.parse(Buffer.from(bytes).toString()) as unknown).toThrow()
      if (kind === 'notUtf8') expect(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes)).toThrow()
      if (kind === 'wrongType') expect(JSON.parse(Buffer.from(bytes).toString())).not.toEqual(object)
    }),
  )
})

test('a wrong type is a text in place of a number where there is one', () => {
  const bytes = malformed('wrongType', Buffer.from('{"a":"x","b":1}'), seededRandom(1))
  expect(JSON.parse(Buffer.from(bytes).toString())).toEqual({ a: 'x', b: 'not a number' })
})

test('what is no object is spoilt too', () => {
  for (const value of ['12', '""', '[1]', ''])
    for (const kind of ['cut', 'wrongType', 'notUtf8'] as const)
      expect(Buffer.from(malformed(kind, Buffer.from(value), seededRandom(3))).toString()).not.toBe(value)
})
