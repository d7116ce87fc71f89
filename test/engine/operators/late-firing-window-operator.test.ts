import { describe, expect, it } from 'vitest'
import { createOperator } from '../../../engine/operators/create-operator.ts'
import type { WindowAggregateSpec } from '../../../engine/operators/operator-spec.ts'
import { OperatorHarness } from '../../../engine/testing/operator-harness.ts'
import { verifyOperator, watermark, type TestElement } from '../../../engine/testing/verify-operator.ts'
import { types } from '../../../engine/types/logical-type.ts'
import type { WindowShape } from '../../../engine/windows/window-spec.ts'

const inputType = types.row([{ name: 'k', type: types.string(false) }], false)
const bounds = ['window_start', 'window_end'].map((name) => ({ name, type: types.timestamp(3, false) }))

function spec(shape: WindowShape, allowedLatenessMs = 5): WindowAggregateSpec {
  return {
    type: 'window-aggregate',
    inputType,
    outputType: types.row([...inputType.fields, { name: 'n', type: types.bigint(false) }, ...bounds], false),
    window: { shape, time: { kind: 'event-time' }, zone: 'UTC', allowedLatenessMs },
    keys: [0],
    aggregates: [{ function: 'COUNT', arguments: [], distinct: false, name: 'n', resultType: types.bigint(false) }],
    properties: ['window_start', 'window_end'],
    phase: 'single',
    inputChangelog: false,
  }
}

const create = (shape: WindowShape) => () => createOperator(spec(shape), { name: 'Window[1]', random: () => 0 })
const at = (key: string, eventTime: number): TestElement => ({ kind: 'row', row: ['+I', key], eventTime })
const tumble: WindowShape = { kind: 'tumble', sizeMs: 10, offsetMs: 0 }

describe('a window with allowed lateness', () => {
  it('fires again for each late record until the lateness is over', () =>
    verifyOperator({
      operator: create(tumble),
      inputType,
      input: [
        at('a', 1),
        at('b', 2),
        watermark(9),
        at('a', 3),
        at('c', 4),
        at('a', 5),
        watermark(13),
        at('b', 6),
        watermark(14),
        at('a', 7),
        at('a', 12),
      ],
      compare: 'exact',
      keyColumns: [0],
      expected: [
        ['+I', 'a', 1, 0, 10],
        ['+I', 'b', 1, 0, 10],
        ['+I', 'a', 2, 0, 10],
        ['+I', 'c', 1, 0, 10],
        ['+I', 'a', 3, 0, 10],
        ['+I', 'b', 2, 0, 10],
        ['+I', 'a', 1, 10, 20],
      ],
    }))

  it('updates the fired ones of overlapping windows at once and the others when they end', () =>
    verifyOperator({
      operator: create({ kind: 'hop', sizeMs: 10, slideMs: 5, offsetMs: 0 }),
      inputType,
      input: [at('a', 6), watermark(9), at('a', 7), watermark(14)],
      compare: 'exact',
      keyColumns: [0],
      expected: [
        ['+I', 'a', 1, 0, 10],
        ['+I', 'a', 2, 0, 10],
        ['+I', 'a', 2, 5, 15],
      ],
    }))

  it('counts what comes later still', () => {
    const harness = new OperatorHarness(create(tumble)())
    harness.processRows(inputType, [['+I', 'a']], [1])
    harness.processWatermark(14)
    harness.takeRows()
    harness.processRows(
      inputType,
      [
        ['+I', 'a'],
        ['+I', 'a'],
      ],
      [2, 11],
    )
    expect(harness.takeRows()).toEqual([])
    expect(harness.metrics.counter('numLateRecordsDropped').count).toBe(1)
  })

  it('is refused by name for sessions', () => {
    const session: WindowShape = { kind: 'session', gapMs: 10, partitionKeys: [0] }
    expect(create(session)).toThrow(/lateness of session windows is not supported/)
  })
})
