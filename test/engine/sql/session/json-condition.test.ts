import { expect, test } from 'vitest'
import { JsonCondition, type JsonObject } from '../../../../engine/sql/session/json-condition.ts'
import { systemClock } from '../../../../engine/time/clock.ts'

const create = (text: string): JsonCondition =>
  new JsonCondition(text, { file: '--filter', clock: systemClock, random: () => 0.5 })
const name = (index: number): string => `rides-0 offset ${index}`

function select(text: string, objects: readonly (JsonObject | undefined)[]): number[] {
  const selected = create(text).test(objects, name)
  return objects.flatMap((_, index) => (selected[index] === 1 ? [index] : []))
}

test.each<[string, (JsonObject | undefined)[], number[]]>([
  [
    'total_amount > 10 AND PULocationID = 132',
    [
      { total_amount: 12.5, PULocationID: 132 },
      { total_amount: 10, PULocationID: 132 },
      { total_amount: 11, PULocationID: 1 },
      { total_amount: 11, PULocationID: 132 },
    ],
    [0, 3],
  ],
  [
    "zone.borough = 'Queens'",
    [{ zone: { borough: 'Queens' } }, { zone: {} }, { zone: null }, {}, { zone: 'Queens' }],
    [0],
  ],
  ['n / 2 > 1', [{ n: 3 }, { n: 2 }, { n: 2.5 }], [0, 2]],
  ['id % 2 = 0', [{ id: 4 }, { id: 3 }, { id: 4.5 }], [0]],
  ['tip IS NULL', [{ tip: null }, {}, { tip: 0 }, { tip: 'x' }, undefined], [0, 1]],
  [
    "name LIKE 'A%' OR flag",
    [{ name: 'Ann', flag: false }, { name: 'Bob', flag: true }, { flag: true }, { name: 'Al' }],
    [0, 1, 2, 3],
  ],
  ["at_ >= '2025-11-01'", [{ at_: '2025-11-01T00:00:00Z' }, { at_: '2025-10-31T23:59:59Z' }], [0]],
  ["CAST(at_ AS TIMESTAMP(3)) > TIMESTAMP '2025-11-01 00:00:00'", [{ at_: '2025-11-01 00:00:01' }, { at_: null }], [0]],
  ["JSON_VALUE(tags, '$[0]') = 'a'", [{ tags: ['a', 'b'] }, { tags: ['b'] }], [0]],
  ['`a.b` = 1', [{ 'a.b': 1 }, { a: { b: 1 } }], [0]],
  ['a IN (1, 2.5)', [{ a: 1 }, { a: 2.5 }, { a: 3 }], [0, 1]],
  ['TRUE', [{}, undefined], [0]],
])('%s', (text, objects, expected) => {
  expect(select(text, objects)).toEqual(expected)
})

test('fields are named once, in the order of the text', () => {
  expect(create('b > 1 AND a.c < b').fields).toEqual(['b', 'a.c'])
})

test.each([
  ['a >', 'SQL_SYNTAX', 3],
  ['a > 10 AND LOWR(b)', 'SQL_VALIDATION', 12],
  ['a + 1', 'SQL_VALIDATION', 1],
  ['SUM(a) > 1', 'SQL_VALIDATION', 1],
  ['a IN (SELECT 1)', 'SQL_UNSUPPORTED', 1],
])('%s is refused before anything is read', (text, code, column) => {
  let error: unknown
  try {
    create(text)
  } catch (thrown) {
    error = thrown
  }
  expect(error).toMatchObject({ code, location: { file: '--filter', line: 1, column } })
})

test('values of other types are not selected, and counted', () => {
  const condition = create('CHAR_LENGTH(s) > 1 AND flag = TRUE')
  expect([
    ...condition.test(
      [
        { s: 'ab', flag: true },
        { s: 'abc', flag: 'yes no' },
      ],
      name,
    ),
  ]).toEqual([1, 0])
  expect(condition.tested).toBe(2)
  const other = create('flag AND a > 1')
  expect([
    ...other.test(
      [
        { flag: 3, a: 2 },
        { flag: true, a: 2 },
      ],
      name,
    ),
  ]).toEqual([0, 1])
  expect(other.inapplicable).toBe(1)
  expect(other.mismatch).toMatchObject({ code: 'SQL_VALIDATION', location: { column: 1 } })
})

test('a field that no record has is known', () => {
  const condition = create('totl > 1 OR total > 5')
  condition.test([{ total: 6 }, { total: null }], name)
  expect(condition.absentFields).toEqual(['totl'])
})

test('what fails names the record and the place in the text', () => {
  const condition = create('CAST(s AS INT) > 1')
  expect(() => condition.test([{ s: '5' }, { s: 'five' }], name)).toThrow(
    expect.objectContaining({
      code: 'EXPRESSION_FAILED',
      message: expect.stringContaining('rides-0 offset 1') as string,
      location: expect.objectContaining({ file: '--filter', line: 1, column: 1 }) as object,
    }) as Error,
  )
})
