import { describe, expect, it } from 'vitest'
import { createOperator } from '../../../engine/operators/create-operator.ts'
import type { AggregateCallSpec, OperatorSpec, WindowAggregateSpec } from '../../../engine/operators/operator-spec.ts'
import type { OperatorContext } from '../../../engine/operators/operator.ts'
import type { UserFunction } from '../../../engine/operators/user-function-operators.ts'
import { OperatorHarness, type ChangelogRow } from '../../../engine/testing/operator-harness.ts'
import { change, row, verifyOperator, watermark, type TestElement } from '../../../engine/testing/verify-operator.ts'
import { types, type LogicalType, type RowType } from '../../../engine/types/logical-type.ts'
import { batchFromRows, type RecordBatch } from '../../../engine/types/record-batch.ts'
import type { WindowShape, WindowTime } from '../../../engine/windows/window-spec.ts'

const rides = types.row(
  [
    { name: 'k', type: types.string() },
    { name: 'rt', type: types.timestampLtz(3) },
    { name: 'v', type: types.int() },
  ],
  false,
)
const windowColumns = [
  { name: 'window_start', type: types.timestamp(3, false) },
  { name: 'window_end', type: types.timestamp(3, false) },
  { name: 'window_time', type: types.timestampLtz(3, false) },
]
const create = (spec: OperatorSpec, userFunction?: UserFunction) => () =>
  createOperator(spec, { name: 'Test[1]', random: () => 0, userFunction })
const windowOf = (shape: WindowShape, time: WindowTime = { kind: 'rowtime', column: 1, ltz: true }) => ({
  shape,
  time,
  zone: 'UTC',
  allowedLatenessMs: 0,
})
const call = (
  name: string,
  argument: number | undefined,
  resultType: LogicalType,
  more: Partial<AggregateCallSpec> = {},
): AggregateCallSpec => ({
  function: name,
  arguments: argument === undefined ? [] : [argument],
  distinct: false,
  name,
  resultType,
  ...more,
})
function windowAggregate(
  shape: WindowShape,
  inputType: RowType,
  keys: number[],
  aggregates: AggregateCallSpec[],
  more: Partial<WindowAggregateSpec> = {},
): WindowAggregateSpec {
  return {
    type: 'window-aggregate',
    inputType,
    outputType: types.row(
      [
        ...keys.map((key) => inputType.fields[key]!),
        ...aggregates.map(({ name, resultType }) => ({ name, type: resultType })),
        ...windowColumns.slice(0, 2),
      ],
      false,
    ),
    window: windowOf(shape),
    keys,
    aggregates,
    properties: ['window_start', 'window_end'],
    phase: 'single',
    inputChangelog: false,
    ...more,
  }
}

describe('window table functions', () => {
  const spec = (shape: WindowShape): OperatorSpec => ({
    type: 'window-table-function',
    inputType: rides,
    outputType: types.row([...rides.fields, ...windowColumns], false),
    window: windowOf(shape),
  })

  it('give each row once per window and drop nothing as late', () => {
    verifyOperator({
      operator: create(spec({ kind: 'hop', sizeMs: 10_000, slideMs: 5000, offsetMs: 0 })),
      inputType: rides,
      input: [row('a', 12000, 2), watermark(50_000), row('a', 1000, 1)],
      compare: 'exact',
      keyColumns: [0],
      expected: [
        ['+I', 'a', 12000, 2, 10000, 20000, 19999],
        ['+I', 'a', 12000, 2, 5000, 15000, 14999],
        ['+I', 'a', 1000, 1, 0, 10000, 9999],
        ['+I', 'a', 1000, 1, -5000, 5000, 4999],
      ],
    })
  })

  it('hand the columns of tumbling windows on with three more, before 1970 and with an offset too', () => {
    verifyOperator({
      operator: create(spec({ kind: 'tumble', sizeMs: 10_000, offsetMs: 1000 })),
      inputType: rides,
      input: [row('a', 12000, 2), watermark(50_000), change('-D', 'a', 1000, 1), row('b', 999, 3), row(null, -9001, 4)],
      compare: 'exact',
      keyColumns: [0],
      expected: [
        ['+I', 'a', 12000, 2, 11000, 21000, 20999],
        ['-D', 'a', 1000, 1, 1000, 11000, 10999],
        ['+I', 'b', 999, 3, -9000, 1000, 999],
        ['+I', null, -9001, 4, -19000, -9000, -9001],
      ],
    })
  })

  it('give the rows of a session when it ends', () => {
    verifyOperator({
      operator: create(spec({ kind: 'session', gapMs: 5000, partitionKeys: [0] })),
      inputType: rides,
      input: [
        row('a', 1000, 1),
        row('a', 4000, 2),
        row('b', 4500, 3),
        watermark(4400),
        row('a', 20000, 4),
        row('a', 9000, 5),
      ],
      compare: 'any-order',
      keyColumns: [0],
      expected: [
        ['+I', 'a', 1000, 1, 1000, 14000, 13999],
        ['+I', 'a', 4000, 2, 1000, 14000, 13999],
        ['+I', 'a', 9000, 5, 1000, 14000, 13999],
        ['+I', 'b', 4500, 3, 4500, 9500, 9499],
        ['+I', 'a', 20000, 4, 20000, 25000, 24999],
      ],
    })
  })
})

describe('window aggregation of every kind of accumulator', () => {
  const input = [row('a', 1000, 1), row('b', 2000, 2), row('a', 3000, 3), row('a', 6000, null), row('c', 12000, 4)]

  it('merges distinct values, lists and first and last values over slices', () => {
    verifyOperator({
      operator: create(
        windowAggregate(
          { kind: 'hop', sizeMs: 10_000, slideMs: 5000, offsetMs: 0 },
          rides,
          [],
          [
            call('COUNT', 0, types.bigint(false), { distinct: true }),
            call('LISTAGG', 0, types.string()),
            call('FIRST_VALUE', 2, types.int()),
            call('LAST_VALUE', 2, types.int()),
            call('COLLECT', 0, types.multiset(types.string(), false)),
            call('ARRAY_AGG', 2, types.array(types.int())),
          ],
        ),
      ),
      inputType: rides,
      input,
      compare: 'exact',
      keyColumns: [],
      expected: [
        [
          '+I',
          2,
          'a,b,a',
          1,
          3,
          new Map([
            ['a', 2],
            ['b', 1],
          ]),
          [1, 2, 3],
          -5000,
          5000,
        ],
        [
          '+I',
          2,
          'a,b,a,a',
          1,
          3,
          new Map([
            ['a', 3],
            ['b', 1],
          ]),
          [1, 2, 3, null],
          0,
          10000,
        ],
        [
          '+I',
          2,
          'a,c',
          4,
          4,
          new Map([
            ['a', 1],
            ['c', 1],
          ]),
          [null, 4],
          5000,
          15000,
        ],
        ['+I', 1, 'c', 4, 4, new Map([['c', 1]]), [4], 10000, 20000],
      ],
    })
  })

  it('does not emit windows whose rows were all taken back', () => {
    verifyOperator({
      operator: create(
        windowAggregate({ kind: 'tumble', sizeMs: 10_000, offsetMs: 0 }, rides, [0], [call('MAX', 2, types.int())], {
          inputChangelog: true,
        }),
      ),
      inputType: rides,
      input: [
        change('+I', 'a', 1000, 1),
        change('+I', 'a', 1000, 9),
        change('+I', 'b', 1000, 1),
        change('-D', 'b', 1000, 1),
        change('-U', 'a', 1000, 9),
        change('+U', 'a', 2000, 3),
      ],
      compare: 'exact',
      keyColumns: [0],
      expected: [['+I', 'a', 3, 0, 10000]],
    })
  })

  it('aggregates windows that an earlier aggregation attached, sessions with the same end apart', () => {
    const attached = types.row(
      [{ name: 'k', type: types.string() }, ...windowColumns.slice(0, 2), { name: 'c', type: types.bigint(false) }],
      false,
    )
    const window = windowOf(
      { kind: 'session', gapMs: 5000, partitionKeys: [] },
      { kind: 'attached', windowStart: 1, windowEnd: 2 },
    )
    verifyOperator({
      operator: create(windowAggregate(window.shape, attached, [0], [call('SUM', 3, types.bigint(false))], { window })),
      inputType: attached,
      input: [
        row('x', 0, 9000, 1),
        row('x', 3000, 9000, 2),
        row('x', 0, 9000, 4),
        watermark(9000),
        row('x', 0, 9000, 8),
        row('y', 5000, 12000, 1),
      ],
      compare: 'any-order',
      keyColumns: [0],
      expected: [
        ['+I', 'x', 5, 0, 9000],
        ['+I', 'x', 2, 3000, 9000],
        ['+I', 'y', 1, 5000, 12000],
      ],
    })
  })

  it('fires processing-time windows by the clock, and not at the end of the input', () => {
    for (const shape of [
      { kind: 'tumble', sizeMs: 1000, offsetMs: 0 },
      { kind: 'session', gapMs: 1000, partitionKeys: [0] },
    ] as const) {
      const window = windowOf(shape, { kind: 'proctime', ltz: true })
      const operator = create(
        windowAggregate(shape, rides, [0], [call('COUNT', undefined, types.bigint(false))], { window }),
      )
      const first = new OperatorHarness(operator())
      first.processRows(rides, [['+I', 'a', 0, 1]])
      first.advanceTo(500)
      first.processRows(rides, [['+I', 'a', 0, 1]])
      const restored = new OperatorHarness(operator(), { clock: first.clock, restore: [first.snapshot()] })
      const end = shape.kind === 'tumble' ? 1000 : 1500
      restored.advanceTo(end - 1)
      expect(restored.takeRows()).toEqual([])
      restored.advanceTo(end)
      expect(restored.takeRows()).toEqual([['+I', 'a', 2, 0, end]])
      restored.processRows(rides, [['+I', 'a', 0, 1]])
      restored.endOfInput()
      expect(restored.takeRows()).toEqual([])
    }
  })

  it('refuses hops whose size is not a multiple of the slide', () => {
    const spec = windowAggregate({ kind: 'hop', sizeMs: 10_000, slideMs: 20_000, offsetMs: 0 }, rides, [], [])
    expect(create(spec)).toThrow(/size must be an integral multiple of slide, but got size 10000 ms and slide 20000 ms/)
  })
})

describe('user functions', () => {
  const input = types.row(
    [
      { name: 'zone', type: types.int(false) },
      { name: 'amount', type: types.decimal(10, 2) },
      { name: 'at', type: { kind: 'BIGINT', nullable: false, safeInteger: true } },
      { name: 'id', type: types.bigint() },
    ],
    false,
  )
  const output = types.row(
    [
      { name: 'text', type: types.string() },
      { name: 'n', type: types.int(false) },
    ],
    false,
  )
  const rows: ChangelogRow[] = [
    ['+I', 1, 1250, 1_700_000_000_000, 7],
    ['+I', 2, null, 5, null],
  ]
  const spec = (type: 'map' | 'filter' | 'flat-map'): OperatorSpec => ({
    type,
    inputType: input,
    outputType: type === 'filter' ? input : output,
    source: 'jobs/rides.ts:12:6',
  })

  function run(type: 'map' | 'filter' | 'flat-map', userFunction: UserFunction): ChangelogRow[] {
    const harness = new OperatorHarness(create(spec(type), userFunction)())
    harness.processRows(input, rows)
    return harness.takeRows()
  }

  it('see records of typed values and return records', () => {
    const seen: unknown[] = []
    const result = run('map', (record: Record<string, unknown>) => {
      seen.push(record)
      return { text: record.amount ?? 'none', n: record.zone }
    })
    expect(seen).toEqual([
      { zone: 1, amount: '12.50', at: 1_700_000_000_000, id: 7n },
      { zone: 2, amount: null, at: 5, id: null },
    ])
    expect(result).toEqual([
      ['+I', '12.50', 1],
      ['+I', 'none', 2],
    ])
  })

  it('filter and flatten', () => {
    expect(run('filter', (record: { zone: number }) => record.zone === 2)).toEqual([rows[1]])
    expect(
      run('flat-map', (record: { zone: number }) => Array.from({ length: record.zone }, (_, n) => ({ text: null, n }))),
    ).toEqual([
      ['+I', null, 0],
      ['+I', null, 0],
      ['+I', null, 1],
    ])
  })

  it('keep event times', () => {
    const harness = new OperatorHarness(create(spec('map'), () => ({ text: '', n: 0 }))())
    const times: number[] = []
    const operator = create(spec('flat-map'), () => [
      { text: '', n: 0 },
      { text: '', n: 1 },
    ])()
    operator.open!({
      ...({} as OperatorContext),
      output: {
        emit: (batch) => times.push(...batch.eventTimes!.subarray(0, batch.rowCount)),
        emitWatermark: () => undefined,
      },
    })
    harness.processRows(input, rows, [10, 20])
    expect(harness.takeRows()).toHaveLength(2)
    operator.processBatch(0, { ...batchOf(rows), eventTimes: Float64Array.of(10, 20) })
    expect(times).toEqual([10, 10, 20, 20])
  })

  it('name the operator, the place and the field where they fail', () => {
    const failure = (message: RegExp) =>
      expect.objectContaining({ code: 'USER_FUNCTION_FAILED', message: expect.stringMatching(message) })
    expect(() =>
      run('map', () => {
        throw new TypeError('boom')
      }),
    ).toThrow(failure(/Test\[1\].* threw TypeError: boom/))
    expect(() => run('map', () => ({ text: 1, n: 1 }))).toThrow(failure(/field 'text': number 1 is not a STRING/))
    expect(() => run('map', () => ({ text: '', n: 1.5 }))).toThrow(
      failure(/field 'n': number 1.5 is not a INT NOT NULL/),
    )
    expect(() => run('map', () => ({ text: '' }))).toThrow(failure(/field 'n': undefined is not a INT NOT NULL/))
    expect(() => run('map', async () => ({ text: '', n: 1 }))).toThrow(failure(/synchronous/))
    expect(() => run('filter', () => 1)).toThrow(failure(/true or false, not number/))
    expect(() => run('flat-map', () => 5)).toThrow(failure(/array or another iterable/))
  })

  it('reduce per window; a record changed in place is not state', () => {
    const reduced = types.row([...rides.fields, windowColumns[0]!], false)
    verifyOperator({
      operator: create(
        {
          type: 'window-reduce',
          inputType: rides,
          outputType: reduced,
          window: windowOf({ kind: 'session', gapMs: 5000, partitionKeys: [0] }),
          keys: [0],
          properties: ['window_start'],
        },
        (left: { v: number }, right: { v: number }) => {
          left.v += right.v
          return left
        },
      ),
      inputType: rides,
      input: [row('a', 1000, 1), row('a', 4000, 2), row('b', 2000, 10), watermark(3500), row('a', 8000, 4)],
      compare: 'any-order',
      keyColumns: [0],
      expected: [
        ['+I', 'b', 2000, 10, 2000],
        ['+I', 'a', 1000, 7, 1000],
      ],
    })
  })
})

function batchOf(rows: readonly ChangelogRow[]) {
  const columns = [0, 1, 2, 3].map((column) => ({
    values: Float64Array.from(rows, (each) => (each[column + 1] as number | null) ?? 0),
    nulls: undefined,
    exact: undefined,
  }))
  return { type: types.row([]), rowCount: rows.length, columns, rowKinds: undefined, eventTimes: undefined }
}

describe('the other operators', () => {
  it('NOT NULL in front of a sink fails or drops', () => {
    const spec = (onNull: 'error' | 'drop'): OperatorSpec => ({
      type: 'sink-constraint',
      inputType: rides,
      notNullColumns: [0],
      onNull,
      tableName: 'out',
    })
    const input = [row('a', 1, 1), row(null, 2, 2), row('c', 3, null)]
    verifyOperator({
      operator: create(spec('drop')),
      inputType: rides,
      input,
      compare: 'exact',
      keyColumns: [2],
      expected: [
        ['+I', 'a', 1, 1],
        ['+I', 'c', 3, null],
      ],
    })
    const harness = new OperatorHarness(create(spec('error'))())
    expect(() => harness.processRows(rides, [['+I', null, 1, 1]])).toThrow(
      expect.objectContaining({ code: 'NULL_IN_NOT_NULL', message: expect.stringMatching(/'k'.*'out'/) }),
    )
  })

  it('UNION ALL passes the rows of all inputs on, changes and event times too, under the names of the first', () => {
    const renamed = types.row(
      rides.fields.map((field) => ({ ...field, name: `${field.name}1` })),
      false,
    )
    const from = (input: number, ...changed: ChangelogRow): TestElement => ({ kind: 'row', row: changed, input })
    verifyOperator({
      operator: create({ type: 'union', outputType: renamed }),
      inputType: rides,
      input: [
        from(0, '+I', 'a', 1, 1),
        from(1, '+I', 'a', 1, 1),
        from(1, '-U', 'b', null, null),
        from(1, '+U', 'b', 3, null),
        watermark(5),
        from(2, '+I', null, 2, 2),
        from(0, '-D', 'a', 1, 1),
      ],
      compare: 'exact',
      keyColumns: [0],
      expected: [
        ['+I', 'a', 1, 1],
        ['+I', 'a', 1, 1],
        ['-U', 'b', null, null],
        ['+U', 'b', 3, null],
        ['+I', null, 2, 2],
        ['-D', 'a', 1, 1],
      ],
    })
    const operator = create({ type: 'union', outputType: renamed })()
    const batches: RecordBatch[] = []
    operator.open!({
      ...({} as OperatorContext),
      output: { emit: (batch) => batches.push(batch), emitWatermark: () => undefined },
    })
    operator.processBatch(1, { ...batchFromRows(rides, [['a', 1, 1]]), eventTimes: Float64Array.of(7) })
    expect(batches).toMatchObject([{ type: renamed, eventTimes: Float64Array.of(7) }])
  })

  it('a calc runs its generated code', () => {
    const spec: OperatorSpec = {
      type: 'calc',
      inputType: rides,
      outputType: rides,
      description: 'all',
      code: '(functions, context) => (batch) => context.currentWatermark() > 5 ? undefined : batch',
    }
    const harness = new OperatorHarness(create(spec)())
    harness.processRows(rides, [['+I', 'a', 1, 1]])
    harness.processWatermark(6)
    harness.processRows(rides, [['+I', 'b', 1, 1]])
    expect(harness.takeRows()).toEqual([['+I', 'a', 1, 1]])
    expect(harness.takeWatermarks()).toEqual([6])
  })

  it('a watermark assigner makes watermarks of its own', () => {
    const strategy = {
      rowtimeColumn: 1,
      delayMs: 1000,
      emit: 'on-periodic',
      intervalMs: 200,
      idleTimeoutMs: 500,
    } as const
    const operator = create({ type: 'watermark-assigner', inputType: rides, strategy })()
    const harness = new OperatorHarness(operator)
    harness.advanceTo(100)
    expect(operator.diagnostics!({})).toEqual({
      assigner: { watermark: undefined, isIdle: false, idleTimeoutMs: 500, lastActiveAt: 0 },
    })
    harness.processRows(rides, [['+I', 'a', 5000, 1]])
    harness.processWatermark(99)
    harness.advanceTo(1000)
    expect(harness.takeRows()).toHaveLength(1)
    expect(harness.takeWatermarks()).toEqual([4000])
    expect(harness.takeStatuses()).toEqual([true])
    expect(operator.diagnostics!({})).toEqual({
      assigner: { watermark: 4000, isIdle: true, idleTimeoutMs: 500, lastActiveAt: 100 },
    })
    // whoever is behind it listens to no watermark of an input that is idle
    harness.endOfInput()
    expect(harness.takeStatuses()).toEqual([false])
    expect(harness.takeWatermarks()).toEqual([Infinity])
  })

  it('a user function that is not in the bundle is named', () => {
    expect(create({ type: 'map', inputType: rides, outputType: rides })).toThrow(/no function for Test\[1\]/)
  })
})
