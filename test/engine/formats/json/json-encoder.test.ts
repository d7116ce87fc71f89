import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { ByteWriter } from '../../../../engine/formats/byte-writer.ts'
import { ColumnBuffer } from '../../../../engine/formats/column-buffer.ts'
import { JsonDecoder } from '../../../../engine/formats/json/json-decoder.ts'
import { JsonEncoder } from '../../../../engine/formats/json/json-encoder.ts'
import {
  defaultJsonFormatOptions,
  type JsonFormatOptions,
} from '../../../../engine/formats/json/json-format-options.ts'
import { types, type LogicalType, type RowType } from '../../../../engine/types/logical-type.ts'
import { batchFromRows, rowFromBatch, type Cell } from '../../../../engine/types/record-batch.ts'

function rowOf(fields: Record<string, LogicalType>): RowType {
  return types.row(Object.entries(fields).map(([name, type]) => ({ name, type })))
}

function encode(type: RowType, rows: Cell[][], options: Partial<JsonFormatOptions> = {}): string[] {
  const encoder = new JsonEncoder(type, { ...defaultJsonFormatOptions, ...options })
  const batch = batchFromRows(type, rows)
  return rows.map((_, row) => {
    const out = new ByteWriter(4)
    encoder.encode(batch, row, out)
    return out.bytes.toString('utf8', 0, out.length)
  })
}
const encodeOne = (type: LogicalType, cell: Cell, options: Partial<JsonFormatOptions> = {}): string =>
  encode(rowOf({ a: type }), [[cell]], options)[0]!.slice(5, -1)

// What Flink 2.2 writes for the same rows.
describe('recorded from Flink', () => {
  it('writes every type', () => {
    const type = rowOf({
      a: types.boolean(),
      b: types.tinyint(),
      c: types.smallint(),
      d: types.int(),
      e: types.bigint(),
      f: types.float(),
      g: types.double(),
      h: types.decimal(10, 3),
      i: types.string(),
      j: types.bytes(),
      k: types.date(),
      l: types.time(0),
      m: types.timestamp(3),
      n: types.timestampLtz(3),
      o: types.array(types.int()),
      p: types.map(types.string(), types.int()),
      q: rowOf({ x: types.int(), y: types.string() }),
    })
    const row: Cell[] = [
      true,
      1,
      2,
      3,
      4,
      1.5,
      2.5,
      12500,
      's"é',
      Uint8Array.of(1, 2, 3),
      19724,
      11045000,
      Date.UTC(2024, 0, 2, 3, 4, 5, 120),
      1700000000123,
      [1, 2],
      new Map([['a', 1]]),
      [1, 'z'],
    ]
    expect(encode(type, [row])).toEqual([
      '{"a":true,"b":1,"c":2,"d":3,"e":4,"f":1.5,"g":2.5,"h":12.5,"i":"s\\"é","j":"AQID","k":"2024-01-02","l":"03:04:05","m":"2024-01-02 03:04:05.12","n":"2023-11-14 22:13:20.123Z","o":[1,2],"p":{"a":1},"q":{"x":1,"y":"z"}}',
    ])
  })

  it.each<[LogicalType, Cell, string, Partial<JsonFormatOptions>?]>([
    [types.decimal(38, 18), 100000000000, '1E-7'],
    [types.decimal(38, 0), 10n ** 17n, '1E+17'],
    [types.decimal(38, 18), 100000000000, '0.000000100000000000', { encodeDecimalAsPlainNumber: true }],
    [types.decimal(38, 0), 10n ** 17n, '100000000000000000', { encodeDecimalAsPlainNumber: true }],
    [types.decimal(5, 2), -1250, '-12.5'],
    [types.decimal(5, 2), 0, '0'],
    [types.decimal(5, 0), 120, '1.2E+2'],
    [types.double(), 1e20, '1.0E20'],
    [types.double(), 100, '100.0'],
    [types.double(), -0, '-0.0'],
    [types.double(), 0.001, '0.001'],
    [types.double(), 0.0001, '1.0E-4'],
    [types.double(), NaN, '"NaN"'],
    [types.bigint(), 9223372036854775807n, '9223372036854775807'],
    [types.bigint(), -4294967297, '-4294967297'],
    [types.int(), -2147483648, '-2147483648'],
    [types.string(), 'a\u0001\u001f\n/\\\ud800', '"a\\u0001\\u001F\\n/\\\\?"'],
    [types.string(), '\\ud800', '"\\\\ud800"'],
    [
      types.timestamp(3),
      Date.UTC(2024, 0, 2, 3, 4, 5, 120),
      '"2024-01-02T03:04:05.12"',
      { timestampFormat: 'ISO-8601' },
    ],
    [
      types.timestamp(6),
      { millis: Date.UTC(2024, 0, 2, 3, 4, 5, 123), nanos: 456000 },
      '"2024-01-02T03:04:05.123456"',
      { timestampFormat: 'ISO-8601' },
    ],
    [types.timestamp(0), Date.UTC(2024, 0, 2, 3, 4, 5), '"2024-01-02T03:04:05"', { timestampFormat: 'ISO-8601' }],
    [types.timestampLtz(3), 1700000000123, '"2023-11-14T22:13:20.123Z"', { timestampFormat: 'ISO-8601' }],
    [
      types.map(types.string(), types.int()),
      new Map<Cell, Cell>([
        [null, 1],
        ['z', 0],
      ]),
      '{"z":0}',
      { mapNullKeyMode: 'DROP' },
    ],
    [
      types.map(types.string(), types.int()),
      new Map<Cell, Cell>([[null, 1]]),
      '{"none":1}',
      { mapNullKeyMode: 'LITERAL', mapNullKeyLiteral: 'none' },
    ],
    [types.int(), null, 'null'],
  ])('%j %s gives %s', (type, cell, expected, options) => {
    expect(encodeOne(type, cell, options)).toBe(expected)
  })

  it('refuses a NULL key by default', () => {
    expect(() => encodeOne(types.map(types.string(), types.int()), new Map([[null, 1]]))).toThrow('null keys')
  })

  it('leaves NULL fields out when asked to', () => {
    const type = rowOf({ a: types.int(), b: types.int(), c: rowOf({ x: types.int(), y: types.int() }) })
    const rows: Cell[][] = [
      [null, 1, [null, 2]],
      [null, null, null],
    ]
    expect(encode(type, rows, { encodeIgnoreNullFields: true })).toEqual(['{"b":1,"c":{"y":2}}', '{}'])
  })
})

const orNull = (cell: fc.Arbitrary<Cell>): fc.Arbitrary<Cell> =>
  fc.oneof({ weight: 5, arbitrary: cell }, fc.constant(null))
const text = fc.string({ unit: 'grapheme' }).filter((value) => !/\p{Surrogate}/u.test(value))
const millis = fc.integer({ min: Date.UTC(1, 0, 1), max: Date.UTC(9999, 0, 1) })
const canonical = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value)
const typedCell: fc.Arbitrary<[LogicalType, fc.Arbitrary<Cell>]> = fc.constantFrom<[LogicalType, fc.Arbitrary<Cell>]>(
  [types.boolean(), fc.boolean()],
  [types.tinyint(), fc.integer({ min: -128, max: 127 })],
  [types.int(), fc.integer()],
  [types.bigint(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(canonical)],
  [types.float(), fc.float({ noNaN: true })],
  [types.double(), fc.double()],
  [types.decimal(30, 4), fc.bigInt({ min: -(10n ** 29n), max: 10n ** 29n }).map(canonical)],
  [types.string(), text],
  [types.bytes(), fc.uint8Array()],
  [types.date(), fc.integer({ min: -700000, max: 2900000 })],
  [types.time(0), fc.integer({ min: 0, max: 86399 }).map((seconds) => seconds * 1000)],
  [types.timestamp(3), millis],
  [types.timestampLtz(3), millis],
  [
    types.timestamp(9),
    fc.tuple(millis, fc.integer({ min: 1, max: 999999 })).map(([ms, nanos]) => ({ millis: ms, nanos })),
  ],
  [types.array(types.int()), fc.array(orNull(fc.integer()))],
  [
    types.map(types.string(), types.double()),
    fc.array(fc.tuple(text, orNull(fc.double({ noNaN: true })))).map((entries) => new Map(entries)),
  ],
  [types.row([{ name: 'x', type: types.string() }]), text.map((value) => [value])],
)
const table = fc.array(typedCell, { minLength: 1, maxLength: 5 }).chain((columns) =>
  fc.record({
    type: fc.constant(types.row(columns.map(([type], index) => ({ name: `c${index}"`, type })))),
    rows: fc.array(fc.tuple(...columns.map(([, cell]) => orNull(cell))), { minLength: 1, maxLength: 5 }),
  }),
)

it('decodes what it encoded', () => {
  fc.assert(
    fc.property(
      table,
      fc.constantFrom<JsonFormatOptions['timestampFormat']>('SQL', 'ISO-8601'),
      fc.boolean(),
      ({ type, rows }, timestampFormat, encodeIgnoreNullFields) => {
        const options = { ...defaultJsonFormatOptions, timestampFormat, encodeIgnoreNullFields }
        const buffer = new ColumnBuffer(type, rows.length)
        const decoder = new JsonDecoder(type, options, buffer)
        encode(type, rows, options).forEach((json, row) => {
          const bytes = Buffer.from(json)
          expect(decoder.decode(bytes, 0, bytes.length, row)).toBe(1)
        })
        const decoded = rows.map((_, row) => rowFromBatch(buffer.toBatch(rows.length), row))
        expect(decoded).toEqual(rows)
      },
    ),
    { numRuns: 1000 },
  )
})
