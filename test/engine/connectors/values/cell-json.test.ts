import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeCell, encodeCell } from '../../../../engine/connectors/values/cell-json.ts'
import type { Cell } from '../../../../engine/types/record-batch.ts'

const cell: fc.Arbitrary<Cell> = fc.letrec<{ cell: Cell }>((tie) => ({
  cell: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.bigInt(),
    fc.string(),
    fc.uint8Array(),
    fc.record({ millis: fc.integer(), nanos: fc.integer({ min: 1, max: 999_999 }) }),
    fc.array(tie('cell'), { maxLength: 4 }),
    fc.array(fc.tuple(fc.string(), tie('cell')), { maxLength: 4 }).map((entries) => new Map<Cell, Cell>(entries)),
  ),
})).cell

test('cells survive the way through JSON text', () => {
  fc.assert(
    fc.property(cell, (value) => {
      const text = JSON.stringify(encodeCell(value))
      expect(decodeCell(JSON.parse(text))).toEqual(value)
    }),
  )
})

test.each([NaN, Infinity, -Infinity, -0])('%s, which JSON cannot write, survives', (value) => {
  expect(Object.is(decodeCell(JSON.parse(JSON.stringify(encodeCell(value)))), value)).toBe(true)
})
