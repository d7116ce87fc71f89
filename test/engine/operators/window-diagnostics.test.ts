// What window operators tell of their open windows and late rows, against a naive model and with very many windows.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DIAGNOSTIC_ENTRIES_MAX, type WindowsDiagnostics } from '../../../engine/metrics/diagnostics.ts'
import { LOOKED_UP_ROWS_MAX } from '../../../engine/operators/count-windows.ts'
import { createOperator } from '../../../engine/operators/create-operator.ts'
import type { Operator } from '../../../engine/operators/operator.ts'
import type { WindowAggregateSpec } from '../../../engine/operators/operator-spec.ts'
import { globalSpec, localSpec } from '../../../engine/operators/window-aggregate-phases.ts'
import { OperatorHarness } from '../../../engine/testing/operator-harness.ts'
import { types } from '../../../engine/types/logical-type.ts'
import { createBatch, type RecordBatch } from '../../../engine/types/record-batch.ts'
import type { WindowShape, WindowTime } from '../../../engine/windows/window-spec.ts'

const inputType = types.row(
  [
    { name: 'k', type: types.int(false) },
    { name: 'rt', type: types.timestampLtz(3, false) },
    { name: 'window_start', type: types.timestamp(3, false) },
  ],
  false,
)

function specOf(
  shape: WindowShape,
  options: { time?: WindowTime; zone?: string; keys?: number[]; allowedLatenessMs?: number } = {},
): WindowAggregateSpec {
  const { time = { kind: 'rowtime', column: 1, ltz: true }, zone = 'UTC', keys = [0], allowedLatenessMs = 0 } = options
  return {
    type: 'window-aggregate',
    inputType,
    outputType: types.row(
      [...keys.map((key) => inputType.fields[key]!), { name: 'n', type: types.bigint(false) }],
      false,
    ),
    window: { shape, time, zone, allowedLatenessMs },
    keys,
    aggregates: [{ function: 'COUNT', arguments: [], distinct: false, name: 'n', resultType: types.bigint(false) }],
    properties: [],
    phase: 'single',
    inputChangelog: false,
  }
}

interface Opened {
  readonly operator: Operator
  readonly harness: OperatorHarness
}

function opened(spec: WindowAggregateSpec, configuration: Record<string, string> = {}): Opened {
  const operator = createOperator(spec, { name: 'window', random: () => 0 })
  return { operator, harness: new OperatorHarness(operator, { configuration }) }
}

/** Keys, times and window starts. */
function batchOf(rows: readonly (readonly [number, number, number?])[]): RecordBatch {
  const columns = [
    Int32Array.from(rows, ([key]) => key),
    Float64Array.from(rows, ([, time]) => time),
    Float64Array.from(rows, ([, , start]) => start ?? 0),
  ].map((values) => ({ values, nulls: undefined, exact: undefined }))
  const batch = createBatch(inputType, columns, rows.length)
  return { ...batch, eventTimes: Float64Array.from(rows, ([, time]) => time) }
}

function windowsOf({ operator }: Opened, window?: number): WindowsDiagnostics {
  return operator.diagnostics!({ window })!.windows!
}

interface ModelWindow {
  readonly key: number
  readonly start: number
  readonly end: number
}

function windowsAt(shape: WindowShape, time: number): [number, number][] {
  const floor = (size: number): number => Math.floor(time / size) * size
  switch (shape.kind) {
    case 'tumble':
      return [[floor(shape.sizeMs), floor(shape.sizeMs) + shape.sizeMs]]
    case 'hop':
      return Array.from({ length: shape.sizeMs / shape.slideMs }, (_, index) => {
        const start = floor(shape.slideMs) - index * shape.slideMs
        return [start, start + shape.sizeMs]
      })
    case 'cumulate': {
      const start = floor(shape.maxSizeMs)
      return Array.from({ length: shape.maxSizeMs / shape.stepMs }, (_, index): [number, number] => [
        start,
        start + (index + 1) * shape.stepMs,
      ]).filter(([, end]) => time < end)
    }
    case 'session':
      return [[time, time + shape.gapMs]]
  }
}

class WindowModel {
  readonly #shape: WindowShape
  readonly #latenessMs: number
  open: ModelWindow[] = []
  watermark = -Infinity
  late = 0

  constructor(shape: WindowShape, latenessMs: number) {
    this.#shape = shape
    this.#latenessMs = latenessMs
  }

  advanceTo(watermark: number): void {
    this.watermark = watermark
    this.open = this.open.filter(({ end }) => !this.#isGone(end))
  }

  #isGone(end: number): boolean {
    return end - 1 + this.#latenessMs <= this.watermark
  }

  add(key: number, time: number): void {
    let isLate = true
    for (const [start, end] of windowsAt(this.#shape, time)) {
      const isSession = this.#shape.kind === 'session'
      const merged = this.open.filter(
        (other) => other.key === key && (isSession ? other.start <= end && other.end >= start : other.end === end),
      )
      const window = {
        key,
        start: Math.min(start, ...merged.map((other) => other.start)),
        end: Math.max(end, ...merged.map((other) => other.end)),
      }
      if (this.#isGone(window.end)) continue
      isLate = false
      this.open = [...this.open.filter((other) => !merged.includes(other)), window]
    }
    if (isLate) this.late++
  }

  /** As a diagnosis lists them: keys of the same window together, but for sessions. */
  windows(): { start: number; end: number; keys: number; firesAt: number }[] {
    const byBounds = new Map<string, { start: number; end: number; keys: number; firesAt: number }>()
    this.open.forEach(({ start, end }, index) => {
      const id = this.#shape.kind === 'session' ? String(index) : `${start}/${end}`
      const window = byBounds.get(id) ?? { start, end, keys: 0, firesAt: end - 1 }
      window.keys++
      byBounds.set(id, window)
    })
    return [...byBounds.values()].sort((one, other) => one.end - other.end || one.start - other.start)
  }
}

const shapes: [string, WindowShape, number][] = [
  ['tumble', { kind: 'tumble', sizeMs: 10, offsetMs: 0 }, 0],
  ['hop', { kind: 'hop', sizeMs: 20, slideMs: 5, offsetMs: 0 }, 0],
  ['cumulate', { kind: 'cumulate', maxSizeMs: 20, stepMs: 5, offsetMs: 0 }, 0],
  ['session', { kind: 'session', gapMs: 7, partitionKeys: [0] }, 0],
  ['tumble with allowed lateness', { kind: 'tumble', sizeMs: 10, offsetMs: 0 }, 15],
  ['hop with allowed lateness', { kind: 'hop', sizeMs: 20, slideMs: 5, offsetMs: 0 }, 15],
]

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ key: fc.integer({ min: 0, max: 3 }), time: fc.integer({ min: 0, max: 90 }) }) },
  { weight: 1, arbitrary: fc.record({ watermark: fc.integer({ min: 0, max: 80 }) }) },
)

describe('open windows', () => {
  it.each(shapes)('%s: are those of the model', (_, shape, allowedLatenessMs) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 0, max: 100 }), (steps, asked) => {
        const time = allowedLatenessMs > 0 ? ({ kind: 'event-time' } as const) : undefined
        const window = opened(specOf(shape, { allowedLatenessMs, ...(time === undefined ? {} : { time }) }))
        const model = new WindowModel(shape, allowedLatenessMs)
        for (const element of steps) {
          if ('watermark' in element) {
            if (element.watermark <= model.watermark) continue
            model.advanceTo(element.watermark)
            window.harness.processWatermark(element.watermark)
          } else {
            model.add(element.key, element.time)
            window.harness.processBatch(batchOf([[element.key, element.time]]))
          }
        }
        const expected = model.windows()
        const told = windowsOf(window, asked)
        expect(told.openWindows).toBe(model.open.length)
        expect(told.isEstimate).toBeUndefined()
        expect(told.firedUpTo).toBe(model.watermark === -Infinity ? undefined : model.watermark)
        const listed = told.windows.map(({ start, end, keys, firesAt }) => ({ start, end, keys, firesAt }))
        const order = (windows: typeof expected): string[] => windows.map((one) => JSON.stringify(one)).sort()
        // sessions that end together come in any order
        if (expected.length <= DIAGNOSTIC_ENTRIES_MAX) expect(order(listed)).toEqual(order(expected))
        expect(listed.map(({ end }) => end)).toEqual(expected.slice(0, DIAGNOSTIC_ENTRIES_MAX).map(({ end }) => end))
        expect(told.windows.map(({ hasFired }) => hasFired === true)).toEqual(
          listed.map(({ end }) => end - 1 <= model.watermark),
        )
        const around = expected.filter(({ start, end }) => start <= asked && asked < end)
        const best = shape.kind === 'session' ? undefined : around.find(({ start }) => start === asked)
        expect(told.asked?.end).toBe((best ?? around[0])?.end)
        if (shape.kind === 'session') expect(told.asked?.keys).toBe(around.length === 0 ? undefined : around.length)
        else expect(told.asked?.keys).toBe((best ?? around[0])?.keys)
        expect(window.operator.diagnostics!({})!.late!.dropped).toBe(model.late)
      }),
      { numRuns: 300 },
    )
  })

  it('fire at instants of the windows’ zone', () => {
    const shape = { kind: 'tumble', sizeMs: 3_600_000, offsetMs: 0 } as const
    const window = opened(specOf(shape, { zone: 'Europe/Berlin' }))
    window.harness.processBatch(batchOf([[1, Date.parse('2025-11-01T10:30:00Z')]]))
    expect(windowsOf(window)).toMatchObject({
      time: 'event',
      description: 'TUMBLE(size=[1 h])',
      windows: [
        {
          start: Date.parse('2025-11-01T11:00:00Z'),
          end: Date.parse('2025-11-01T12:00:00Z'),
          firesAt: Date.parse('2025-11-01T11:00:00Z') - 1,
        },
      ],
    })
  })

  it('of processing time fire by the clock', () => {
    const shape = { kind: 'tumble', sizeMs: 1_000, offsetMs: 0 } as const
    const window = opened(specOf(shape, { time: { kind: 'proctime', ltz: true } }))
    window.harness.advanceTo(1_500)
    window.harness.processBatch(batchOf([[1, 0]]))
    expect(windowsOf(window)).toMatchObject({
      time: 'processing',
      windows: [{ start: 1_000, end: 2_000, keys: 1, firesAt: 2_000 }],
      firedUpTo: undefined,
    })
    window.harness.advanceTo(2_000)
    expect(windowsOf(window)).toMatchObject({ openWindows: 0, windows: [], firedUpTo: 2_000 })
    expect(window.operator.diagnostics!({})!.late).toBeUndefined()
  })

  it('whose bounds stand in columns are told apart by their start', () => {
    const shape = { kind: 'session', gapMs: 10, partitionKeys: [] } as const
    const window = opened(specOf(shape, { time: { kind: 'attached', windowStart: 2, windowEnd: 1 } }))
    window.harness.processBatch(
      batchOf([
        [1, 50, 30],
        [2, 50, 30],
        [1, 50, 35],
        [1, 60, 52],
      ]),
    )
    expect(windowsOf(window, 36)).toMatchObject({
      openWindows: 4,
      windows: [
        { start: 30, end: 50, keys: 2 },
        { start: 35, end: 50, keys: 1 },
        { start: 52, end: 60, keys: 1 },
      ],
      asked: { start: 30, end: 50 },
    })
    expect(windowsOf(window, 35).asked).toMatchObject({ start: 35, end: 50, keys: 1 })
    expect(windowsOf(window, 60).asked).toBeUndefined()
  })

  it('of a session table function, which holds rows, are told, too', () => {
    const { window } = specOf({ kind: 'session', gapMs: 10, partitionKeys: [0] })
    const bounds = ['window_start', 'window_end'].map((name) => ({ name, type: types.timestamp(3, false) }))
    const time = { name: 'window_time', type: types.timestampLtz(3, false) }
    const outputType = types.row([...inputType.fields, ...bounds, time], false)
    const spec = { type: 'window-table-function', inputType, outputType, window } as const
    const operator = createOperator(spec, { name: 'window', random: () => 0 })
    const harness = new OperatorHarness(operator)
    harness.processBatch(
      batchOf([
        [1, 12],
        [2, 14],
        [1, 21],
      ]),
    )
    expect(operator.diagnostics!({})!.windows).toMatchObject({
      description: 'SESSION(gap=[10 ms])',
      openWindows: 2,
      windows: [
        { start: 14, end: 24, keys: 1 },
        { start: 12, end: 31, keys: 1 },
      ],
    })
  })

  it('are told of by the global phase only', () => {
    const single = specOf({ kind: 'tumble', sizeMs: 10, offsetMs: 0 })
    expect(opened(localSpec(single)).operator.diagnostics!({})).toBeUndefined()
    expect(windowsOf(opened(globalSpec(single)))).toMatchObject({ openWindows: 0 })
  })
})

const MILLION = 1_000_000

/** A row for each key below `keyCount` at this time. */
function addKeys({ harness }: Opened, keyCount: number, time: (key: number) => number): void {
  for (let first = 0; first < keyCount; first += 50_000) {
    const rowCount = Math.min(50_000, keyCount - first)
    harness.processBatch(batchOf(Array.from({ length: rowCount }, (__, index) => [first + index, time(first + index)])))
  }
}

describe('very many open windows', () => {
  it('are counted: tumbling', () => {
    const window = opened(specOf({ kind: 'tumble', sizeMs: 1_000, offsetMs: 0 }))
    addKeys(window, MILLION, (key) => (key % 100) * 1_000)
    const told = windowsOf(window, 99_500)
    expect(told.openWindows).toBe(MILLION)
    expect(told.windows).toHaveLength(DIAGNOSTIC_ENTRIES_MAX)
    expect(told.windows[0]).toMatchObject({ start: 0, end: 1_000, keys: MILLION / 100 })
    expect(told.asked).toMatchObject({ start: 99_000, keys: MILLION / 100 })
  })

  it('are counted: sessions', () => {
    const window = opened(specOf({ kind: 'session', gapMs: 1_000, partitionKeys: [0] }))
    addKeys(window, MILLION, (key) => key % 900)
    const told = windowsOf(window, 5)
    expect(told).toMatchObject({ openWindows: MILLION })
    expect(told.isEstimate).toBeUndefined()
    expect(told.windows.map(({ start, end, keys }) => [start, end, keys])).toEqual(
      Array.from({ length: DIAGNOSTIC_ENTRIES_MAX }, () => [0, 1_000, 1]),
    )
    expect(told.asked).toMatchObject({ start: 0, end: 1_000 })
    expect(told.asked!.keys).toBe(Math.ceil(MILLION / 900) * 6)
  })

  it('are counted roughly where too many keys lie in several slices', () => {
    const keyCount = LOOKED_UP_ROWS_MAX
    const hop = opened(specOf({ kind: 'hop', sizeMs: 3_000, slideMs: 1_000, offsetMs: 0 }))
    addKeys(hop, keyCount, () => 0)
    addKeys(hop, 10, () => 1_000)
    expect(windowsOf(hop)).toMatchObject({ openWindows: keyCount * 3 + 10, isEstimate: true })
    const session = opened(specOf({ kind: 'session', gapMs: 1_000, partitionKeys: [0] }))
    addKeys(session, keyCount + 1, () => 0)
    addKeys(session, 10, () => 1_000)
    expect(windowsOf(session)).toMatchObject({ openWindows: keyCount + 11, isEstimate: true })
  })
})

describe('late rows', () => {
  it('are kept as examples, newest first, with what they came too late for', () => {
    const window = opened(specOf({ kind: 'hop', sizeMs: 20, slideMs: 10, offsetMs: 0 }))
    window.harness.processWatermark(100)
    window.harness.processBatch(batchOf([[7, 60]]))
    window.harness.advanceTo(1_000)
    window.harness.processBatch(
      batchOf([
        [8, 75],
        [9, 72],
        [10, 95],
      ]),
    )
    const late = window.operator.diagnostics!({})!.late!
    expect(late).toEqual({
      dropped: 3,
      latenessMsMax: 40,
      examples: [
        {
          at: 1_000,
          eventTime: 72,
          watermark: 100,
          windowEnd: 89,
          row: { k: '9', rt: '1970-01-01 00:00:00.072', window_start: '1970-01-01 00:00:00.000' },
        },
        expect.objectContaining({ at: 0, eventTime: 60, windowEnd: 79 }) as object,
      ],
    })
    expect(window.harness.metrics.counter('numLateRecordsDropped').count).toBe(3)
  })

  it('are shown with long values cut and NULL by name', () => {
    const text = types.row([{ name: 'text', type: types.string() }, ...inputType.fields.slice(1)], false)
    const spec = { ...specOf({ kind: 'tumble', sizeMs: 10, offsetMs: 0 }), inputType: text }
    const operator = createOperator(spec, { name: 'window', random: () => 0 })
    const harness = new OperatorHarness(operator)
    harness.processWatermark(100)
    harness.processRows(text, [['+I', null, 1, 0]])
    harness.advanceTo(1_000)
    harness.processRows(text, [['+I', 'x'.repeat(5_000), 1, 0]])
    const { examples } = operator.diagnostics!({})!.late!
    expect(examples.map(({ row }) => row['text'])).toEqual([`${'x'.repeat(100)}…`, 'NULL'])
  })

  it('in a flood leave few examples', () => {
    for (const shape of [
      { kind: 'tumble', sizeMs: 10, offsetMs: 0 },
      { kind: 'session', gapMs: 10, partitionKeys: [0] },
    ] as const) {
      const window = opened(specOf(shape))
      window.harness.processWatermark(10_000)
      for (let second = 0; second < 5; second++) {
        window.harness.advanceTo(second * 1_000)
        window.harness.processBatch(batchOf(Array.from({ length: 1_000 }, (_, key) => [key, key])))
      }
      const late = window.operator.diagnostics!({})!.late!
      expect(late).toMatchObject({ dropped: 5_000, latenessMsMax: 10_000 })
      expect(late.examples.map(({ at }) => at)).toEqual([4_000, 3_000, 2_000, 1_000, 0])
      for (let at = 5_000; at < 20_000; at += 1_000) {
        window.harness.advanceTo(at)
        window.harness.processBatch(batchOf([[1, 1]]))
      }
      expect(window.operator.diagnostics!({})!.late!.examples).toHaveLength(10)
    }
  })

  it('behind a local phase show their keys and the end of their slice', () => {
    const single = specOf({ kind: 'tumble', sizeMs: 10, offsetMs: 0 })
    const local = opened(localSpec(single))
    local.harness.processBatch(batchOf([[7, 62]]))
    local.harness.processWatermark(1_000)
    const global = opened(globalSpec(single))
    global.harness.processWatermark(100)
    global.harness.processRows(globalSpec(single).inputType, local.harness.takeRows())
    expect(global.operator.diagnostics!({})!.late).toEqual({
      dropped: 1,
      latenessMsMax: 31,
      examples: [{ at: 0, eventTime: 69, watermark: 100, windowEnd: 69, row: { k: '7' }, isAggregated: true }],
    })
  })
})
