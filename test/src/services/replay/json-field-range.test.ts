import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonFieldRange } from '../../../../src/services/replay/json-field-range.ts'

function valueAt(text: string, ...path: string[]): string | undefined {
  const bytes = Buffer.from(text)
  const range = jsonFieldRange(bytes, path)
  return range === undefined ? undefined : bytes.subarray(range.start, range.end).toString()
}

test.each<[string, string[], string | undefined]>([
  ['{"a":1,"b":2}', ['b'], '2'],
  [' { "a" : "x\\"}" , "b" : [1,{"b":3}] } ', ['b'], '[1,{"b":3}]'],
  ['{"zone":{"at":5},"at":6}', ['zone', 'at'], '5'],
  ['{"zone":{"at":5}}', ['at'], undefined],
  ['{"\\u0061t":7}', ['at'], '7'],
  ['{"ü":"ä","at":null}', ['at'], 'null'],
  ['{"at":1,"at":2}', ['at'], '2'],
  ['{}', ['at'], undefined],
  ['[{"at":1}]', ['at'], undefined],
  ['{"at":1', ['at'], undefined],
  ['{"at', ['at'], undefined],
  ['', ['at'], undefined],
])('%s %j → %s', (text, path, expected) => {
  expect(valueAt(text, ...path)).toBe(expected)
})

test('finds what JSON.parse finds, whatever stands around it', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
      fc.nat(),
      fc.constantFrom(0, 1, '\t'),
      (object, pick, indent) => {
        const text = JSON.stringify(object, undefined, indent)
        const parsed = JSON.parse(text) as Record<string, unknown>
        const name = Object.keys(parsed)[pick % Object.keys(parsed).length]!
        expect(JSON.parse(valueAt(text, name)!)).toEqual(parsed[name])
      },
    ),
  )
})

test('text of any kind is read to its end at most', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
      const bytes = Uint8Array.from([0x7b, 0x22, 0x61, 0x22, 0x3a, ...noise])
      const range = jsonFieldRange(bytes, ['a'])
      if (range !== undefined) expect(range.end).toBeLessThanOrEqual(bytes.length)
    }),
  )
})
