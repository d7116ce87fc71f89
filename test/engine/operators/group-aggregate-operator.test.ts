import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createOperator } from '../../../engine/operators/create-operator.ts'
import type { AggregateCallSpec, GroupAggregateSpec } from '../../../engine/operators/operator-spec.ts'
import { OperatorHarness, type ChangelogRow } from '../../../engine/testing/operator-harness.ts'
import { change, row, verifyOperator, type TestElement } from '../../../engine/testing/verify-operator.ts'
import { types, type LogicalType, type RowType } from '../../../engine/types/logical-type.ts'
import type { Cell } from '../../../engine/types/record-batch.ts'

const call = (
  name: string,
  argument: number | readonly number[] | undefined,
  resultType: LogicalType,
  more: Partial<AggregateCallSpec> = {},
): AggregateCallSpec => ({
  function: name,
  arguments: argument === undefined ? [] : typeof argument === 'number' ? [argument] : argument,
  distinct: false,
  name,
  resultType,
  ...more,
})

function specOf(
  inputType: RowType,
  keys: number[],
  aggregates: AggregateCallSpec[],
  more: Partial<GroupAggregateSpec> = {},
): GroupAggregateSpec {
  return {
    type: 'group-aggregate',
    inputType,
    outputType: types.row(
      [
        ...keys.map((key) => inputType.fields[key]!),
        ...aggregates.map(({ name, resultType }) => ({ name, type: resultType })),
      ],
      false,
    ),
    keys,
    aggregates,
    inputChangelog: false,
    generateUpdateBefore: true,
    stateTtlMs: 0,
    emitPerBatch: false,
    ...more,
  }
}
const operatorOf = (spec: GroupAggregateSpec) => () => createOperator(spec, { name: 'group', random: () => 0 })

const keyed = types.row([
  { name: 'k', type: types.string() },
  { name: 'v', type: types.int() },
])
const KEYED: TestElement[] = [
  row('a', 10),
  row('b', 20),
  row('a', null),
  row(null, 5),
  row('a', 30),
  row('b', 20),
  row(null, 7),
]

describe('updating aggregation as recorded from Flink', () => {
  it('emits each change, nothing where nothing changed, and NULL as a key', () => {
    verifyOperator({
      operator: operatorOf(specOf(keyed, [0], [call('SUM', 1, types.int())])),
      inputType: keyed,
      input: KEYED,
      keyColumns: [0],
      compare: 'exact',
      expected: [
        ['+I', 'a', 10],
        ['+I', 'b', 20],
        ['+I', null, 5],
        ['-U', 'a', 10],
        ['+U', 'a', 40],
        ['-U', 'b', 20],
        ['+U', 'b', 40],
        ['-U', null, 5],
        ['+U', null, 12],
      ],
    })
  })

  it('emits unchanged results with a state TTL', () => {
    const harness = new OperatorHarness(
      operatorOf(specOf(keyed, [0], [call('MAX', 1, types.int())], { stateTtlMs: 1000 }))(),
    )
    harness.processRows(keyed, [
      ['+I', 'a', 5],
      ['+I', 'a', 3],
    ])
    expect(harness.takeRows()).toEqual([
      ['+I', 'a', 5],
      ['-U', 'a', 5],
      ['+U', 'a', 5],
    ])
    harness.advanceTo(1000)
    harness.processRows(keyed, [['+I', 'a', 1]])
    expect(harness.takeRows()).toEqual([['+I', 'a', 1]])
  })

  it('groups NaN with NaN, and -0 apart from 0', () => {
    const doubles = types.row([{ name: 'd', type: types.double() }])
    verifyOperator({
      operator: operatorOf(specOf(doubles, [0], [call('COUNT', undefined, types.bigint(false))])),
      inputType: doubles,
      input: [row(10), row(NaN), row(null), row(NaN), row(0), row(-0)],
      keyColumns: [0],
      compare: 'exact',
      expected: [
        ['+I', 10, 1],
        ['+I', NaN, 1],
        ['+I', null, 1],
        ['-U', NaN, 1],
        ['+U', NaN, 2],
        ['+I', 0, 1],
        ['+I', -0, 1],
      ],
    })
  })

  it('deletes a group whose last row is taken back', () => {
    const names = types.row([{ name: 'n', type: types.string() }])
    verifyOperator({
      operator: operatorOf(
        specOf(names, [0], [call('COUNT', undefined, types.bigint(false))], { inputChangelog: true }),
      ),
      inputType: names,
      input: [
        change('+I', 'a'),
        change('+I', 'a'),
        change('-U', 'a'),
        change('+U', 'b'),
        change('-D', 'a'),
        change('-D', 'never seen'),
      ],
      keyColumns: [0],
      compare: 'exact',
      expected: [
        ['+I', 'a', 1],
        ['-U', 'a', 1],
        ['+U', 'a', 2],
        ['-U', 'a', 2],
        ['+U', 'a', 1],
        ['+I', 'b', 1],
        ['-D', 'a', 1],
      ],
    })
  })

  it('wraps sums of INT around', () => {
    const ints = types.row([{ name: 'v', type: types.int() }])
    verifyOperator({
      operator: operatorOf(specOf(ints, [], [call('SUM', 0, types.int())])),
      inputType: ints,
      input: [row(2147483647), row(1)],
      keyColumns: [],
      compare: 'exact',
      expected: [
        ['+I', 2147483647],
        ['-U', 2147483647],
        ['+U', -2147483648],
      ],
    })
  })

  it('computes variances over INT in INT', () => {
    const ints = types.row([{ name: 'v', type: types.int() }])
    const names = ['STDDEV_POP', 'STDDEV_SAMP', 'VAR_POP', 'VAR_SAMP', 'STDDEV', 'VARIANCE']
    verifyOperator({
      operator: operatorOf(
        specOf(
          ints,
          [],
          names.map((name) => call(name, 0, types.int())),
          { generateUpdateBefore: false },
        ),
      ),
      inputType: ints,
      input: [row(10), row(20), row(null), row(5), row(30), row(20), row(7)],
      keyColumns: [],
      compare: 'exact',
      expected: [
        ['+I', 0, null, 0, null, null, null],
        ['+U', 5, 7, 25, 50, 7, 50],
        ['+U', 6, 7, 39, 58, 7, 58],
        ['+U', 9, 11, 92, 123, 11, 123],
        ['+U', 8, 9, 76, 95, 9, 95],
        ['+U', 8, 9, 77, 92, 9, 92],
      ],
    })
  })

  it('keeps lists, multisets and arrays in order, and emits none where NULL changes nothing', () => {
    const texts = types.row([{ name: 'x', type: types.string() }])
    const aggregates = [
      call('LISTAGG', 0, types.string()),
      call('COLLECT', 0, types.multiset(types.string(), false)),
      call('FIRST_VALUE', 0, types.string()),
      call('LAST_VALUE', 0, types.string()),
    ]
    verifyOperator({
      operator: operatorOf(specOf(texts, [], aggregates)),
      inputType: texts,
      input: [row('a'), row('b'), row(null), row('a')],
      keyColumns: [],
      compare: 'exact',
      expected: [
        ['+I', 'a', new Map([['a', 1]]), 'a', 'a'],
        ['-U', 'a', new Map([['a', 1]]), 'a', 'a'],
        [
          '+U',
          'a,b',
          new Map([
            ['a', 1],
            ['b', 1],
          ]),
          'a',
          'b',
        ],
        [
          '-U',
          'a,b',
          new Map([
            ['a', 1],
            ['b', 1],
          ]),
          'a',
          'b',
        ],
        [
          '+U',
          'a,b,a',
          new Map([
            ['a', 2],
            ['b', 1],
          ]),
          'a',
          'a',
        ],
      ],
    })
  })

  it('takes rows out of lists and arrays', () => {
    const texts = types.row([{ name: 'x', type: types.string() }])
    verifyOperator({
      operator: operatorOf(
        specOf(texts, [], [call('LISTAGG', 0, types.string()), call('ARRAY_AGG', 0, types.array(types.string()))], {
          inputChangelog: true,
          generateUpdateBefore: false,
        }),
      ),
      inputType: texts,
      input: [
        change('+I', '10'),
        change('+I', '20'),
        change('-U', '10'),
        change('+U', '40'),
        change('-U', '20'),
        change('+U', '40'),
      ],
      keyColumns: [],
      compare: 'exact',
      expected: [
        ['+I', '10', ['10']],
        ['+U', '10,20', ['10', '20']],
        ['+U', '20', ['20']],
        ['+U', '20,40', ['20', '40']],
        ['+U', '40', ['40']],
        ['+U', '40,40', ['40', '40']],
      ],
    })
  })

  it('averages DECIMAL with the scale of the result', () => {
    const decimals = types.row([{ name: 'd', type: types.decimal(10, 2) }])
    const harness = new OperatorHarness(
      operatorOf(specOf(decimals, [], [call('AVG', 0, types.decimal(38, 6)), call('SUM', 0, types.decimal(38, 2))]))(),
    )
    harness.processRows(decimals, [
      ['+I', 600],
      ['+I', 900],
      ['+I', 100],
    ])
    expect(harness.takeRows().at(-1)).toEqual(['+U', 5333333, 1600])
  })

  it('emits rows without aggregates once', () => {
    verifyOperator({
      operator: operatorOf(specOf(keyed, [0], [])),
      inputType: keyed,
      input: KEYED,
      keyColumns: [0],
      compare: 'exact',
      expected: [
        ['+I', 'a'],
        ['+I', 'b'],
        ['+I', null],
      ],
    })
  })
})

const wide = types.row([
  { name: 'k', type: types.int() },
  { name: 'i', type: types.int() },
  { name: 'b', type: types.bigint() },
  { name: 'd', type: types.double() },
  { name: 's', type: types.string() },
  { name: 't', type: types.timestamp(9) },
  { name: 'f', type: types.boolean() },
])
const aggregates: AggregateCallSpec[] = [
  call('COUNT', undefined, types.bigint(false), { name: 'rows' }),
  call('COUNT', 1, types.bigint(false)),
  call('SUM', 1, types.int()),
  call('SUM', 2, types.bigint()),
  call('AVG', 2, types.bigint(), { filter: 6 }),
  call('MIN', 1, types.int()),
  call('MAX', 2, types.bigint()),
  call('MIN', 4, types.string()),
  call('MAX', 5, types.timestamp(9)),
  call('COUNT', 4, types.bigint(false), { distinct: true }),
  call('SUM', 2, types.bigint(), { distinct: true, filter: 6 }),
  call('COUNT', [1, 4], types.bigint(false), { distinct: true }),
  call('MAX', 3, types.double()),
  call('COLLECT', 4, types.multiset(types.string(), false)),
]

const cells = fc.tuple(
  fc.integer({ min: 0, max: 2 }),
  fc.option(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(2147483647))),
  fc.option(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(2n ** 62n, -(2n ** 61n)))),
  fc.option(fc.constantFrom(0, -0, 1.5, -2.25)),
  fc.option(fc.constantFrom('a', 'b', '𝔘', '\uffee')),
  fc.option(fc.constantFrom<Cell>(5, { millis: 5, nanos: 7 }, { millis: 5, nanos: 8 })),
  fc.option(fc.boolean()),
) as fc.Arbitrary<Cell[]>

/** Rows come, and some of them are taken back later. */
const changelogs = fc.array(fc.tuple(cells, fc.option(fc.nat())), { maxLength: 25 }).map((steps): ChangelogRow[] => {
  const live: Cell[][] = []
  const rows: ChangelogRow[] = []
  for (const [given, takeBack] of steps) {
    if (takeBack !== null && live.length > 0) rows.push(['-D', ...live.splice(takeBack % live.length, 1)[0]!])
    else {
      live.push(given)
      rows.push(['+I', ...given])
    }
  }
  return rows
})

const normal = (value: bigint): Cell => (value >= -(2n ** 53n) + 1n && value < 2n ** 53n ? Number(value) : value)
const text = (cell: Cell): string => (cell !== null && typeof cell === 'object' ? JSON.stringify(cell) : String(cell))
const distinct = (values: Cell[]): Cell[] => [...new Map(values.map((value) => [text(value), value])).values()]
const utf8 = (value: Cell): Buffer => Buffer.from(value as string)

/** The table of the groups, computed anew from the rows that are left. */
function recompute(rows: readonly ChangelogRow[]): ChangelogRow[] {
  const left: Cell[][] = []
  for (const [kind, ...given] of rows) {
    if (kind === '+I') left.push(given)
    else
      left.splice(
        left.findIndex((other) => other.map(text).join() === given.map(text).join()),
        1,
      )
  }
  return distinct(left.map(([key]) => key!)).map((key) => {
    const group = left.filter(([other]) => other === key)
    const of = (column: number, filtered = false): Cell[] =>
      group.flatMap((given) => (given[column] === null || (filtered && given[6] !== true) ? [] : [given[column]!]))
    const ints = of(1) as number[]
    const bigs = (values: Cell[]): bigint[] => values.map((value) => BigInt(value as bigint))
    const sum = (values: bigint[]): bigint =>
      BigInt.asIntN(
        64,
        values.reduce((total, value) => total + value, 0n),
      )
    const filtered = bigs(of(2, true))
    const filteredDistinct = bigs(distinct(of(2, true)))
    const timestamps = of(5).map((value) =>
      typeof value === 'number' ? { millis: value, nanos: 0 } : (value as { millis: number; nanos: number }),
    )
    const latest = timestamps.sort((first, second) => second.millis - first.millis || second.nanos - first.nanos)[0]
    const pairs = group
      .filter((given) => given[1] !== null && given[4] !== null)
      .map((given) => `${text(given[1]!)}|${given[4] as string}`)
    const strings = of(4)
    return [
      '+I',
      key,
      group.length,
      ints.length,
      ints.length === 0 ? null : ints.reduce((total, value) => (total + value) | 0, 0),
      of(2).length === 0 ? null : normal(sum(bigs(of(2)))),
      filtered.length === 0 ? null : normal(sum(filtered) / BigInt(filtered.length)),
      ints.length === 0 ? null : Math.min(...ints),
      of(2).length === 0 ? null : normal(bigs(of(2)).reduce((first, second) => (first > second ? first : second))),
      strings.length === 0 ? null : [...strings].sort((first, second) => Buffer.compare(utf8(first), utf8(second)))[0]!,
      latest === undefined ? null : latest.nanos === 0 ? latest.millis : latest,
      new Set(strings).size,
      filteredDistinct.length === 0 ? null : normal(sum(filteredDistinct)),
      new Set(pairs).size,
      of(3).length === 0 ? null : Math.max(...(of(3) as number[])) + 0,
      new Map(distinct(strings).map((value) => [value, strings.filter((other) => other === value).length])),
    ]
  })
}

describe('group aggregation equals recomputation', () => {
  for (const emitPerBatch of [false, true]) {
    it(`with retractions, ${emitPerBatch ? 'per batch' : 'per row'}`, () => {
      fc.assert(
        fc.property(changelogs, (rows) => {
          verifyOperator({
            operator: operatorOf(
              specOf(wide, [0], aggregates, {
                inputChangelog: true,
                emitPerBatch,
                generateUpdateBefore: !emitPerBatch,
              }),
            ),
            inputType: wide,
            input: rows.map((each) => change(...each)),
            expected: recompute(rows),
            compare: emitPerBatch ? 'upsert' : 'final',
            upsertKey: [0],
            keyColumns: [0],
            endOfInput: true,
          })
        }),
        { numRuns: 60 },
      )
    })
  }

  it('of inserts only', () => {
    fc.assert(
      fc.property(fc.array(cells, { maxLength: 25 }), (given) => {
        const rows = given.map((each): ChangelogRow => ['+I', ...each])
        verifyOperator({
          operator: operatorOf(specOf(wide, [0], aggregates)),
          inputType: wide,
          input: rows.map((each) => change(...each)),
          expected: recompute(rows),
          compare: 'final',
          keyColumns: [0],
        })
      }),
      { numRuns: 60 },
    )
  })
})
