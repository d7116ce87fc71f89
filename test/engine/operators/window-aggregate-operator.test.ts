import { describe, expect, it } from 'vitest'
import { createOperator } from '../../../engine/operators/create-operator.ts'
import type { AggregateCallSpec, WindowAggregateSpec, WindowProperty } from '../../../engine/operators/operator-spec.ts'
import { OperatorHarness, type ChangelogRow } from '../../../engine/testing/operator-harness.ts'
import { row, verifyOperator, watermark, type TestElement } from '../../../engine/testing/verify-operator.ts'
import { types, type LogicalType } from '../../../engine/types/logical-type.ts'
import type { WindowShape, WindowTime } from '../../../engine/windows/window-spec.ts'

export const inputType = types.row(
  [
    { name: 'k', type: types.string() },
    { name: 'rt', type: types.timestampLtz(3) },
    { name: 'v', type: types.int() },
  ],
  false,
)

const call = (name: string, argument: number | undefined, resultType: LogicalType): AggregateCallSpec => ({
  function: name,
  arguments: argument === undefined ? [] : [argument],
  distinct: false,
  name,
  resultType,
})

const second = 1000

export function windowSpec(
  shape: WindowShape,
  options: {
    keys?: number[]
    zone?: string
    time?: WindowTime
    aggregates?: AggregateCallSpec[]
    properties?: WindowProperty[]
    inputType?: typeof inputType
    inputChangelog?: boolean
  } = {},
): WindowAggregateSpec {
  const keys = options.keys ?? []
  const input = options.inputType ?? inputType
  const aggregates = options.aggregates ?? [call('COUNT', undefined, types.bigint(false)), call('SUM', 2, types.int())]
  const properties = options.properties ?? ['window_start', 'window_end']
  return {
    type: 'window-aggregate',
    inputType: input,
    outputType: types.row(
      [
        ...keys.map((key) => input.fields[key]!),
        ...aggregates.map((aggregate) => ({ name: aggregate.name, type: aggregate.resultType })),
        ...properties.map((name) => ({
          name,
          type: name === 'window_time' ? types.timestampLtz(3, false) : types.timestamp(3, false),
        })),
      ],
      false,
    ),
    window: {
      shape,
      time: options.time ?? { kind: 'rowtime', column: 1, ltz: true },
      zone: options.zone ?? 'UTC',
      allowedLatenessMs: 0,
    },
    keys,
    aggregates,
    properties,
    phase: 'single',
    inputChangelog: options.inputChangelog ?? false,
  }
}

/** Rows (k, ts, v), each followed by the watermark ts − 1 s where it advances: scan.watermark.emit.strategy = on-event. */
export function onEvent(rows: [string | null, number, number | null][], delayMs = second): TestElement[] {
  let highest = -Infinity
  return rows.flatMap(([k, ts, v]) => {
    const elements = [row(k, ts, v)]
    if (ts - delayMs > highest) elements.push(watermark((highest = ts - delayMs)))
    return elements
  })
}

const EVENTS: [string, number, number][] = [
  ['a', 1000, 1],
  ['a', 5000, 2],
  ['b', 9000, 3],
  ['a', 11000, 4],
  ['a', 3000, 5],
  ['b', 25000, 6],
  ['a', 14000, 7],
  ['b', 15000, 8],
  ['a', 26000, 9],
  ['b', 41000, 10],
]

const operatorOf = (spec: WindowAggregateSpec) => () => createOperator(spec, { name: 'window', random: () => 0 })

describe('window aggregation as recorded from Flink', () => {
  const hop: WindowShape = { kind: 'hop', sizeMs: 10 * second, slideMs: 5 * second, offsetMs: 0 }
  const tumble: WindowShape = { kind: 'tumble', sizeMs: 10 * second, offsetMs: 0 }

  it('tumbles and drops late rows', () => {
    verifyOperator({
      operator: operatorOf(windowSpec(tumble)),
      inputType,
      input: onEvent(EVENTS),
      compare: 'exact',
      keyColumns: [],
      expected: [
        ['+I', 3, 6, 0, 10000],
        ['+I', 1, 4, 10000, 20000],
        ['+I', 2, 15, 20000, 30000],
        ['+I', 1, 10, 40000, 50000],
      ],
    })
  })

  it('hops: a late row still counts in later windows', () => {
    verifyOperator({
      operator: operatorOf(windowSpec(hop)),
      inputType,
      input: onEvent(EVENTS),
      compare: 'exact',
      keyColumns: [],
      expected: [
        ['+I', 1, 1, -5000, 5000],
        ['+I', 3, 6, 0, 10000],
        ['+I', 3, 9, 5000, 15000],
        ['+I', 1, 4, 10000, 20000],
        ['+I', 1, 8, 15000, 25000],
        ['+I', 2, 15, 20000, 30000],
        ['+I', 2, 15, 25000, 35000],
        ['+I', 1, 10, 35000, 45000],
        ['+I', 1, 10, 40000, 50000],
      ],
    })
  })

  it('cumulates', () => {
    verifyOperator({
      operator: operatorOf(
        windowSpec({ kind: 'cumulate', maxSizeMs: 20 * second, stepMs: 10 * second, offsetMs: 0 }, { keys: [0] }),
      ),
      inputType,
      input: onEvent(EVENTS),
      compare: 'any-order',
      keyColumns: [0],
      expected: [
        ['+I', 'a', 2, 3, 0, 10000],
        ['+I', 'b', 1, 3, 0, 10000],
        ['+I', 'a', 4, 12, 0, 20000],
        ['+I', 'b', 1, 3, 0, 20000],
        ['+I', 'b', 1, 6, 20000, 30000],
        ['+I', 'a', 1, 9, 20000, 30000],
        ['+I', 'b', 1, 6, 20000, 40000],
        ['+I', 'a', 1, 9, 20000, 40000],
        ['+I', 'b', 1, 10, 40000, 50000],
        ['+I', 'b', 1, 10, 40000, 60000],
      ],
    })
  })

  it('merges sessions per key', () => {
    verifyOperator({
      operator: operatorOf(windowSpec({ kind: 'session', gapMs: 5 * second, partitionKeys: [0] }, { keys: [0] })),
      inputType,
      input: onEvent(EVENTS),
      compare: 'any-order',
      keyColumns: [0],
      expected: [
        ['+I', 'a', 2, 3, 1000, 10000],
        ['+I', 'b', 1, 3, 9000, 14000],
        ['+I', 'a', 1, 4, 11000, 16000],
        ['+I', 'b', 1, 6, 25000, 30000],
        ['+I', 'a', 1, 9, 26000, 31000],
        ['+I', 'b', 1, 10, 41000, 46000],
      ],
    })
  })

  it('keeps late rows that merge with a live session and drops those that form an expired one', () => {
    verifyOperator({
      operator: operatorOf(windowSpec({ kind: 'session', gapMs: 5 * second, partitionKeys: [] })),
      inputType,
      input: onEvent([
        ['a', 1000, 1],
        ['a', 20000, 2],
        ['a', 2000, 4],
        ['a', 16000, 8],
        ['a', 13000, 16],
        ['a', 40000, 32],
      ]),
      compare: 'exact',
      keyColumns: [],
      expected: [
        ['+I', 1, 1, 1000, 6000],
        ['+I', 3, 26, 13000, 25000],
        ['+I', 1, 32, 40000, 45000],
      ],
    })
  })

  it('bridges two sessions with an out-of-order row', () => {
    verifyOperator({
      operator: operatorOf(windowSpec({ kind: 'session', gapMs: 5 * second, partitionKeys: [] })),
      inputType,
      input: onEvent(
        [
          ['a', 1000, 1],
          ['a', 9000, 2],
          ['a', 5000, 3],
          ['a', 30000, 4],
        ],
        10 * second,
      ),
      compare: 'exact',
      keyColumns: [],
      expected: [
        ['+I', 3, 6, 1000, 14000],
        ['+I', 1, 4, 30000, 35000],
      ],
    })
  })

  it('folds the two 01:00 hours of the autumn change into one window', () => {
    const start = Date.UTC(2024, 10, 3, 5)
    const local = (hour: number): number => Date.UTC(2024, 10, 3, hour)
    verifyOperator({
      operator: operatorOf(
        windowSpec({ kind: 'tumble', sizeMs: 3600 * second, offsetMs: 0 }, { zone: 'America/New_York' }),
      ),
      inputType,
      input: onEvent(
        Array.from({ length: 10 }, (_, index): [string, number, number] => ['a', start + index * 1_800_000, 1]),
      ),
      compare: 'exact',
      keyColumns: [],
      expected: [
        ['+I', 4, 4, local(1), local(2)],
        ['+I', 2, 2, local(2), local(3)],
        ['+I', 2, 2, local(3), local(4)],
        ['+I', 2, 2, local(4), local(5)],
      ],
    })
  })

  it('aligns hops to the session zone across the spring change', () => {
    const hours = 3_600_000
    const local = (day: number, hour = 0): number => Date.UTC(2024, 2, day, hour)
    verifyOperator({
      operator: operatorOf(
        windowSpec({ kind: 'hop', sizeMs: 24 * hours, slideMs: 12 * hours, offsetMs: 0 }, { zone: 'Europe/Berlin' }),
      ),
      inputType,
      input: onEvent([
        ['a', 1711800000000, 1],
        ['a', 1711840000000, 1],
        ['a', 1711880000000, 1],
        ['a', 1711960000000, 1],
      ]),
      compare: 'exact',
      keyColumns: [],
      expected: [
        ['+I', 1, 1, local(30), local(31)],
        ['+I', 2, 2, local(30, 12), local(31, 12)],
        ['+I', 2, 2, local(31), local(32)],
        ['+I', 2, 2, local(31, 12), local(32, 12)],
        ['+I', 1, 1, local(32), local(33)],
      ],
    })
  })

  it('counts late rows', () => {
    const harness = new OperatorHarness(operatorOf(windowSpec(tumble))())
    harness.processRows(inputType, [['+I', 'a', 1000, 1]])
    harness.processWatermark(9_999)
    harness.processRows(inputType, [
      ['+I', 'a', 9_999, 1],
      ['+I', 'a', 10_000, 1],
    ])
    expect(harness.metrics.snapshot().numLateRecordsDropped).toBe(1)
    expect(harness.takeRows()).toEqual([['+I', 1, 1, 0, 10_000]] satisfies ChangelogRow[])
  })

  it.each([1, 2])(
    'begins its windows again behind the end of event time (a drained job), as Flink does: %i subtasks',
    (count) => {
      const before = Array.from(
        { length: count },
        (_, subtaskIndex) =>
          new OperatorHarness(operatorOf(windowSpec(tumble))(), { subtaskIndex, parallelism: count }),
      )
      before[0]!.processRows(inputType, [['+I', 'a', 1000, 1]])
      for (const harness of before) harness.endOfInput()
      const restore = before.map((harness) => harness.snapshot())
      const after = new OperatorHarness(operatorOf(windowSpec(tumble))(), { restore })
      after.processRows(inputType, [['+I', 'a', 2000, 5]])
      after.endOfInput()
      expect(after.takeRows()).toEqual([['+I', 1, 5, 0, 10_000]] satisfies ChangelogRow[])
      expect(after.metrics.snapshot().numLateRecordsDropped ?? 0).toBe(0)
    },
  )

  it('fails on a NULL rowtime', () => {
    const harness = new OperatorHarness(operatorOf(windowSpec(tumble))())
    expect(() => harness.processRows(inputType, [['+I', 'a', null, 1]])).toThrow(/RowTime field should not be null/)
  })
})
