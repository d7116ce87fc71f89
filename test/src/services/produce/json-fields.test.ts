import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fieldPath, JsonField } from '../../../../src/services/produce/json-fields.ts'

function find(text: string, path: string): string | undefined {
  const bytes = Buffer.from(`[${text}]`) // what stands around must not matter
  const field = new JsonField()
  return field.find(bytes, 1, bytes.length - 1, fieldPath(path))
    ? bytes.subarray(field.start, field.end).toString()
    : undefined
}

test('finds every field of any object, at any depth, spelt in any way', () => {
  const name = fc
    .string({ minLength: 1 })
    .filter((text) => !text.includes('.') && !text.includes('\\') && text !== '__proto__')
  const value = fc.jsonValue()
  fc.assert(
    fc.property(fc.dictionary(name, fc.oneof(value, fc.dictionary(name, value))), fc.nat(4), (object, indent) => {
      const text = JSON.stringify(object, undefined, indent)
      for (const [outer, held] of Object.entries(JSON.parse(text) as Record<string, unknown>)) {
        expect(JSON.parse(find(text, outer)!)).toEqual(held)
        if (typeof held !== 'object' || held === null || Array.isArray(held)) continue
        for (const [inner, deep] of Object.entries(held).filter(([inner]) => !inner.includes('.')))
          expect(JSON.parse(find(text, `${outer}.${inner}`)!)).toEqual(deep)
      }
    }),
  )
})

test.each([
  ['{"a":1}', 'b'],
  ['{"a":1}', 'a.b'],
  ['{"a":{"b":1}}', 'b'],
  ['{"x":"a","y":{"a":2}}', 'a'],
  ['[{"a":1}]', 'a'],
  ['"a"', 'a'],
  ['{}', 'a'],
  ['', 'a'],
  ['{"a', 'a'],
  ['{"a":', 'a'],
  ['{"a"', 'a'],
])('%s has no field %s', (text, path) => {
  expect(find(text, path)).toBeUndefined()
})

test('keeps the spelling, and takes the last of several', () => {
  expect(find('{ "a" : 1.50e+2 , "b":"\\u0041\\"}" }', 'a')).toBe('1.50e+2')
  expect(find('{ "a" : 1.50e+2 , "b":"\\u0041\\"}" }', 'b')).toBe('"\\u0041\\"}"')
  expect(find('{"a":1,"a":[2,{"a":3}]}', 'a')).toBe('[2,{"a":3}]')
})
