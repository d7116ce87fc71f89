// Window operators against naive models: every row into every window it belongs to, sessions by Flink's merging set.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createOperator } from '../../../engine/operators/create-operator.ts'
import type { AggregateCallSpec, WindowAggregateSpec } from '../../../engine/operators/operator-spec.ts'
import { globalSpec, localSpec, supportsLocalPhase } from '../../../engine/operators/window-aggregate-phases.ts'
import { OperatorHarness, type ChangelogRow } from '../../../engine/testing/operator-harness.ts'
import { verifyOperator, type TestElement } from '../../../engine/testing/verify-operator.ts'
import { types, type LogicalType } from '../../../engine/types/logical-type.ts'
import type { WindowShape } from '../../../engine/windows/window-spec.ts'

const inputType = types.row(
  [
    { name: 'k', type: types.int() },
    { name: 'rt', type: types.timestampLtz(3) },
    { name: 'v', type: types.bigint() },
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
const aggregates = [
  call('COUNT', undefined, types.bigint(false)),
  call('SUM', 2, types.bigint()),
  call('MAX', 2, types.bigint()),
  call('MIN', 2, types.bigint()),
]

function specOf(shape: WindowShape, keys: number[]): WindowAggregateSpec {
  return {
    type: 'window-aggregate',
    inputType,
    outputType: types.row(
      [
        ...keys.map((key) => inputType.fields[key]!),
        ...aggregates.map((aggregate) => ({ name: aggregate.name, type: aggregate.resultType })),
        { name: 'window_start', type: types.timestamp(3, false) },
        { name: 'window_end', type: types.timestamp(3, false) },
      ],
      false,
    ),
    window: { shape, time: { kind: 'rowtime', column: 1, ltz: true }, zone: 'UTC', allowedLatenessMs: 0 },
    keys,
    aggregates,
    properties: ['window_start', 'window_end'],
    phase: 'single',
    inputChangelog: false,
  }
}

type Value = number | bigint | null
interface Row {
  readonly key: number | null
  readonly time: number
  readonly value: Value
}
interface Window {
  readonly key: number | null
  start: number
  end: number
  rows: Row[]
}

const normal = (value: bigint): Value => (value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value)

function resultOf(window: Window): ChangelogRow {
  const values = window.rows.flatMap((row) => (row.value === null ? [] : [BigInt(row.value)]))
  const sum =
    values.length === 0
      ? null
      : normal(
          BigInt.asIntN(
            64,
            values.reduce((left, right) => left + right, 0n),
          ),
        )
  const extreme = (sign: 1n | -1n): Value =>
    values.length === 0 ? null : normal(values.reduce((left, right) => ((left - right) * sign > 0n ? left : right)))
  return ['+I', window.key, window.rows.length, sum, extreme(1n), extreme(-1n), window.start, window.end]
}

function windowsOf(shape: WindowShape, time: number): [number, number][] {
  const floor = (size: number): number => Math.floor(time / size) * size
  switch (shape.kind) {
    case 'tumble':
      return [[floor(shape.sizeMs), floor(shape.sizeMs) + shape.sizeMs]]
    case 'hop': {
      const windows: [number, number][] = []
      for (let start = floor(shape.slideMs); start > time - shape.sizeMs; start -= shape.slideMs)
        windows.push([start, start + shape.sizeMs])
      return windows
    }
    case 'cumulate': {
      const start = floor(shape.maxSizeMs)
      const windows: [number, number][] = []
      for (let end = start + shape.stepMs; end <= start + shape.maxSizeMs; end += shape.stepMs)
        if (time < end) windows.push([start, end])
      return windows
    }
    case 'session':
      return [[time, time + shape.gapMs]]
  }
}

/** Fires windows as the watermark passes their end − 1; rows of fired windows are late. */
function model(shape: WindowShape, input: readonly TestElement[]): ChangelogRow[] {
  let open: Window[] = []
  let progress = -Infinity
  const results: ChangelogRow[] = []
  const fire = (): void => {
    for (const window of open.filter(({ end }) => end - 1 <= progress)) results.push(resultOf(window))
    open = open.filter(({ end }) => end - 1 > progress)
  }
  for (const element of [...input, { kind: 'watermark', at: Infinity } as const]) {
    if (element.kind === 'watermark') {
      progress = element.at
      fire()
    } else if (element.kind === 'row') {
      const [, key, time, value] = element.row as unknown as [string, number | null, number, Value]
      for (const [start, end] of windowsOf(shape, time)) {
        let window: Window = { key, start, end, rows: [{ key, time, value }] }
        const touches = (other: Window): boolean =>
          other.key === key &&
          (shape.kind === 'session' ? other.start <= window.end && other.end >= window.start : other.end === end)
        const merged = open.filter(touches)
        window = {
          key,
          start: Math.min(start, ...merged.map((other) => other.start)),
          end: Math.max(end, ...merged.map((other) => other.end)),
          rows: [...merged.flatMap((other) => other.rows), ...window.rows],
        }
        if (window.end - 1 <= progress) continue
        open = [...open.filter((other) => !merged.includes(other)), window]
      }
    }
  }
  return results
}

/** The model of CUMULATE has no empty steps: a window without new rows fires with what the group has so far. */
const element = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('row' as const),
      key: fc.option(fc.integer({ min: 0, max: 2 })),
      jitter: fc.integer({ min: -60, max: 20 }),
      value: fc.option(fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constantFrom(2n ** 61n, -(2n ** 62n)))),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('watermark' as const), lag: fc.integer({ min: 0, max: 40 }) }),
  },
)
/** Times wander upwards, some rows are late; watermarks ascend. */
const inputs = fc.array(element, { maxLength: 45 }).map((elements): TestElement[] => {
  let now = -40
  let watermark = -Infinity
  return elements.flatMap((each): TestElement[] => {
    if (each.kind === 'row') {
      now += 4
      return [{ kind: 'row', row: ['+I', each.key, now + each.jitter, each.value] }]
    }
    if (now - each.lag <= watermark) return []
    watermark = now - each.lag
    return [{ kind: 'watermark', at: watermark }]
  })
})

const shapes: WindowShape[] = [
  { kind: 'tumble', sizeMs: 20, offsetMs: 0 },
  { kind: 'hop', sizeMs: 30, slideMs: 10, offsetMs: 0 },
  { kind: 'cumulate', maxSizeMs: 40, stepMs: 10, offsetMs: 0 },
  { kind: 'session', gapMs: 10, partitionKeys: [0] },
]

describe('windows equal the naive model, in every way of running', () => {
  for (const shape of shapes) {
    it(shape.kind, () => {
      fc.assert(
        fc.property(inputs, (input) => {
          verifyOperator({
            operator: () => createOperator(specOf(shape, [0]), { name: 'window', random: () => 0 }),
            inputType,
            input,
            expected: model(shape, input),
            compare: 'any-order',
            keyColumns: [0],
          })
        }),
        { numRuns: 80 },
      )
    })
  }

  it('emits windows in the order of their ends', () => {
    fc.assert(
      fc.property(fc.constantFrom(...shapes), inputs, (shape, input) => {
        const harness = new OperatorHarness(createOperator(specOf(shape, [0]), { name: 'window', random: () => 0 }))
        for (const each of input) {
          if (each.kind === 'row') harness.processRows(inputType, [each.row])
          else if (each.kind === 'watermark') harness.processWatermark(each.at)
        }
        harness.endOfInput()
        const ends = harness.takeRows().map((row) => row.at(-1) as number)
        expect(ends).toEqual([...ends].sort((left, right) => left - right))
      }),
      { numRuns: 60 },
    )
  })
})

describe('local and global phase together equal the single phase', () => {
  for (const shape of shapes.slice(0, 3)) {
    it(shape.kind, () => {
      const single = specOf(shape, [0])
      expect(supportsLocalPhase(single)).toBe(true)
      fc.assert(
        fc.property(inputs, (input) => {
          const local = new OperatorHarness(createOperator(localSpec(single), { name: 'local', random: () => 0 }))
          const merging = new OperatorHarness(createOperator(globalSpec(single), { name: 'global', random: () => 0 }))
          const pass = (): void => {
            const rows = local.takeRows()
            if (rows.length > 0) merging.processRows(localSpec(single).outputType, rows)
            for (const at of local.takeWatermarks()) merging.processWatermark(at)
          }
          for (const [index, each] of input.entries()) {
            if (each.kind === 'row') local.processRows(inputType, [each.row])
            else if (each.kind === 'watermark') local.processWatermark(each.at)
            if (index % 7 === 6) local.snapshot()
            pass()
          }
          local.endOfInput()
          pass()
          const texts = (rows: ChangelogRow[]): string[] => rows.map((row) => row.map(String).join()).sort()
          expect(texts(merging.takeRows())).toEqual(texts(model(shape, input)))
        }),
        { numRuns: 80 },
      )
    })
  }
})
