import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PageBuilder } from '../../../engine/exchange/page-builder.ts'
import { PageWriter } from '../../../engine/exchange/page-bytes.ts'
import { decodePage, encodePage } from '../../../engine/exchange/page-codec.ts'
import { types, type LogicalType, type RowType } from '../../../engine/types/logical-type.ts'
import { batchFromRows, rowFromBatch, type Cell, type RecordBatch } from '../../../engine/types/record-batch.ts'

const big = fc.bigInt({ min: -(10n ** 37n), max: 10n ** 37n })
const exactInteger: fc.Arbitrary<Cell> = fc.oneof(
  fc.maxSafeInteger(),
  big.filter((value) => value > 9007199254740991n || value < -9007199254740991n),
)
const timestamp: fc.Arbitrary<Cell> = fc.oneof(
  fc.integer({ min: -1e12, max: 1e13 }),
  fc.record(
    { millis: fc.integer({ min: -1e12, max: 1e13 }), nanos: fc.integer({ min: 1, max: 999_999 }) },
    { noNullPrototype: true },
  ),
)
const text: fc.Arbitrary<Cell> = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
)
const cells: [LogicalType, fc.Arbitrary<Cell>][] = [
  [types.boolean(), fc.boolean()],
  [types.int(), fc.integer()],
  [types.date(), fc.integer({ min: -10_000, max: 40_000 })],
  [types.bigint(), exactInteger],
  [types.decimal(38, 4), exactInteger],
  [types.float(), fc.float()],
  [types.double(), fc.double()],
  [types.timestamp(9), timestamp],
  [types.timestampLtz(3), fc.integer({ min: -1e12, max: 1e13 })],
  [types.string(), text],
  [types.bytes(), fc.uint8Array({ maxLength: 30 })],
  [types.array(types.string()), fc.array(fc.oneof(text, fc.constant(null)), { maxLength: 4 })],
  [types.row([{ name: 'a', type: types.bigint() }]), fc.tuple(fc.oneof(exactInteger, fc.constant(null)))],
  [
    types.map(types.string(), types.double()),
    fc.array(fc.tuple(fc.string(), fc.double())).map((entries) => new Map<Cell, Cell>(entries)),
  ],
]

const table = fc
  .array(fc.constantFrom(...cells), { minLength: 1, maxLength: 6 })
  .chain((chosen) =>
    fc.record({
      type: fc.constant(types.row(chosen.map(([type], index) => ({ name: `c${index}`, type })))),
      rows: fc.array(fc.tuple(...chosen.map(([, cell]) => fc.option(cell, { freq: 5 }))), { maxLength: 20 }),
      kinds: fc.option(fc.infiniteStream(fc.integer({ min: 0, max: 3 }))),
      times: fc.boolean(),
    }),
  )
  .map(({ type, rows, kinds, times }) => {
    const batch = batchFromRows(
      type,
      rows,
      kinds === null ? undefined : Uint8Array.from(rows, () => kinds.next().value!),
    )
    return { type, rows, batch: times ? { ...batch, eventTimes: Float64Array.from(rows, (_, row) => row * 7) } : batch }
  })

function contents(batch: RecordBatch): unknown[] {
  return Array.from({ length: batch.rowCount }, (_, row) => [
    batch.rowKinds?.[row] ?? 0,
    batch.eventTimes?.[row],
    rowFromBatch(batch, row),
  ])
}

describe('pages', () => {
  const writer = new PageWriter()

  it('give back exactly what was put in', () => {
    fc.assert(
      fc.property(table, ({ type, batch }) => {
        expect(contents(decodePage(type, encodePage(batch, writer)))).toEqual(contents(batch))
      }),
      { numRuns: 300 },
    )
  })

  it('collect chosen rows of several batches', () => {
    fc.assert(
      fc.property(table, fc.array(fc.nat(), { maxLength: 8 }), ({ type, batch }, picks) => {
        const rows = Int32Array.from(batch.rowCount === 0 ? [] : picks.map((pick) => pick % batch.rowCount))
        const builder = new PageBuilder(type, 64)
        for (let page = 0; page < 2; page++) {
          builder.append(batch, rows, rows.length)
          builder.append(batch, rows, rows.length)
          const expected = [...rows, ...rows].map((row) => contents(batch)[row])
          expect(contents(decodePage(type, builder.finish(writer)))).toEqual(expected)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('keep rows of batches with and without NULLs, row kinds and exact values apart', () => {
    const type: RowType = types.row([{ name: 'n', type: types.bigint() }])
    const plain = batchFromRows(type, [[1], [2]])
    const special = batchFromRows(type, [[null], [2n ** 60n]], Uint8Array.of(1, 2))
    const builder = new PageBuilder(type, 8)
    const both = Int32Array.of(0, 1)
    for (const batch of [plain, special, plain]) builder.append(batch, both, 2)
    const page = decodePage(type, builder.finish(writer))
    expect(contents(page).map((row) => (row as unknown[])[2])).toEqual([[1], [2], [null], [2n ** 60n], [1], [2]])
    expect([...page.rowKinds!]).toEqual([0, 0, 1, 2, 0, 0])
    builder.append(plain, both, 2)
    const after = decodePage(type, builder.finish(writer))
    expect([after.rowKinds, after.columns[0]!.nulls, after.columns[0]!.exact]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})
