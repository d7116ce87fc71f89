import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createStateBackend } from '../../../../engine/state/create-state-backend.ts'
import { createBatchKeyHasher, createKeyHasher } from '../../../../engine/state/key-hash.ts'
import type { KeyedTableDeclaration } from '../../../../engine/state/state-backend.ts'
import { types, type LogicalType } from '../../../../engine/types/logical-type.ts'
import { batchFromRows, getCell, type Cell } from '../../../../engine/types/record-batch.ts'

const nullable = <T extends Cell>(values: fc.Arbitrary<T>): fc.Arbitrary<Cell> =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 8, arbitrary: values })
const shapes: Record<string, [LogicalType, fc.Arbitrary<Cell>][]> = {
  int: [[types.int(), nullable(fc.integer({ min: -20, max: 20 }))]],
  boolean: [[types.boolean(), nullable(fc.boolean())]],
  string: [[types.string(), nullable(fc.string({ maxLength: 2 }))]],
  bigint: [
    [types.bigint(), nullable(fc.constantFrom<Cell>(0, -1, 7, 2 ** 52, 2n ** 60n, 2n ** 60n + 1n, -(2n ** 60n)))],
  ],
  double: [[types.double(), nullable(fc.constantFrom(0, -0, NaN, 1.5, -1.5, Infinity))]],
  timestamp: [
    [types.timestamp(9), nullable(fc.constantFrom<Cell>(0, 5, { millis: 5, nanos: 1 }, { millis: 5, nanos: 2 }))],
  ],
  array: [[types.array(types.int()), nullable(fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }))]],
  composite: [
    [types.timestamp(3), nullable(fc.integer({ min: 0, max: 3 }))],
    [types.int(), nullable(fc.integer({ min: 0, max: 3 }))],
    [types.string(), nullable(fc.constantFrom('', 'a', 'null'))],
  ],
  none: [],
}

/** Key cells as text by Flink's equality: NaN equals NaN, -0 differs from 0, NULL is a key. */
const keyText = (cells: readonly Cell[]): string =>
  JSON.stringify(cells, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    if (typeof value === 'number') return Object.is(value, -0) ? 'number -0' : `number ${value}`
    return value
  })

const declare = (key: readonly LogicalType[]): KeyedTableDeclaration => ({
  kind: 'keyed-table',
  name: 'table',
  key,
  values: [
    { name: 'count', storage: 'int32' },
    { name: 'sum', storage: 'float64' },
    { name: 'cell', storage: 'cell' },
  ],
})
const ALL_GROUPS = { keyGroups: { first: 0, last: 127 }, maxParallelism: 128 }

describe('KeyedRows is a Map', () => {
  for (const [name, columns] of Object.entries(shapes)) {
    it(`with ${name} keys`, () => {
      const keyTypes = columns.map(([type]) => type)
      const rowType = types.row(keyTypes.map((type, index) => ({ name: `k${index}`, type })))
      const keys = fc.tuple(...columns.map(([, cells]) => cells))
      const operation = fc.record({
        kind: fc.constantFrom('add', 'add', 'add', 'find', 'remove', 'batch'),
        keys: fc.array(keys, { minLength: 1, maxLength: 12 }),
      })
      fc.assert(
        fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
          const rows = createStateBackend(ALL_GROUPS).keyedTable(declare(keyTypes)).rows(0)
          const model = new Map<string, number>()
          const counts = (): Int32Array => rows.valueColumns[0] as Int32Array
          for (const { kind, keys: batchKeys } of operations) {
            const used = kind === 'batch' ? batchKeys : batchKeys.slice(0, 1)
            const batch = batchFromRows(rowType, used)
            const text = keyText(used[0]!)
            if (kind === 'find') expect(rows.find(batch.columns, 0) >= 0).toBe(model.has(text))
            else if (kind === 'remove') {
              const id = rows.find(batch.columns, 0)
              if (id >= 0) rows.remove(id)
              expect(model.delete(text)).toBe(id >= 0)
            } else {
              const ids = new Int32Array(used.length)
              if (kind === 'batch') rows.rowsFor(batch.columns, 0, used.length, ids)
              else ids[0] = rows.rowFor(batch.columns, 0)
              used.forEach((cells, index) => {
                counts()[ids[index]!]!++
                model.set(keyText(cells), (model.get(keyText(cells)) ?? 0) + 1)
              })
            }
          }
          const actual = [...rows.rowIds()].map((id) => [
            keyText(keyTypes.map((type, index) => getCell(type, rows.keyColumns[index]!, id))),
            counts()[id],
          ])
          expect(rows.size).toBe(model.size)
          expect(actual.sort()).toEqual([...model].sort())
        }),
        { numRuns: 150 },
      )
    })
  }

  it('grows to many keys', () => {
    const rowType = types.row([{ name: 'k', type: types.int() }])
    const rows = createStateBackend(ALL_GROUPS)
      .keyedTable(declare([types.int()]))
      .rows(0)
    const batch = batchFromRows(
      rowType,
      Array.from({ length: 50_000 }, (_, index) => [index * 7]),
    )
    const ids = new Int32Array(50_000)
    rows.rowsFor(batch.columns, 0, 50_000, ids)
    expect(new Set(ids).size).toBe(50_000)
    const again = new Int32Array(50_000)
    rows.rowsFor(batch.columns, 0, 50_000, again)
    expect(again).toEqual(ids)
  })
})

describe('the key hash', () => {
  it('does not change between releases: checkpoints and exchanges depend on it', () => {
    const hashOf = (type: LogicalType, cell: Cell): number =>
      createKeyHasher([type])(batchFromRows(types.row([{ name: 'k', type }]), [[cell]]).columns, 0)
    expect([
      hashOf(types.int(), 0),
      hashOf(types.int(), 42),
      hashOf(types.int(), null),
      hashOf(types.string(), 'Zürich'),
      hashOf(types.bigint(), 2n ** 60n),
      hashOf(types.bigint(), 1_700_000_000_000),
      hashOf(types.double(), 0.5),
      hashOf(types.double(), NaN),
    ]).toMatchInlineSnapshot(`
      [
        -1544694152,
        -1815226113,
        -539556575,
        1341515696,
        -1275751022,
        -1526591035,
        2026456591,
        1530043588,
      ]
    `)
  })

  it('is the same for one row and for a batch', () => {
    const rowType = types.row([
      { name: 'a', type: types.string() },
      { name: 'b', type: types.bigint() },
    ])
    const batch = batchFromRows(rowType, [
      ['x', 1],
      [null, 2n ** 62n],
      ['y', null],
    ])
    const hashes = new Int32Array(3)
    const keyTypes = rowType.fields.map((field) => field.type)
    createBatchKeyHasher(keyTypes)(batch.columns, 3, hashes)
    expect([...hashes]).toEqual([0, 1, 2].map((row) => createKeyHasher(keyTypes)(batch.columns, row)))
  })

  it('spreads small integers over all key groups', () => {
    const hash = createKeyHasher([types.int()])
    const batch = batchFromRows(
      types.row([{ name: 'k', type: types.int() }]),
      Array.from({ length: 1280 }, (_, index) => [index]),
    )
    const groups = new Set(Array.from({ length: 1280 }, (_, row) => (hash(batch.columns, row) >>> 0) % 128))
    expect(groups.size).toBe(128)
  })
})
