import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SplitWatermarks } from '../../../engine/time/split-watermarks.ts'
import type { WatermarkStrategySpec } from '../../../engine/time/watermark-strategy.ts'
import { ManualClock } from '../../../engine/testing/manual-clock.ts'
import { types } from '../../../engine/types/logical-type.ts'
import { batchFromRows, rowFromBatch, type Cell } from '../../../engine/types/record-batch.ts'

const rowType = types.row([{ name: 'rt', type: types.timestampLtz(3) }])
const strategy = (more: Partial<WatermarkStrategySpec> = {}): WatermarkStrategySpec => ({
  rowtimeColumn: 0,
  delayMs: 1000,
  emit: 'on-event',
  intervalMs: 200,
  idleTimeoutMs: 0,
  ...more,
})

function create(spec: WatermarkStrategySpec) {
  const clock = new ManualClock()
  const log: unknown[] = []
  const watermarks = new SplitWatermarks(
    spec,
    {
      emit: (batch) => void log.push(Array.from({ length: batch.rowCount }, (_, row) => rowFromBatch(batch, row)[0])),
      emitWatermark: (at) => void log.push({ watermark: at }),
      emitStatus: (idle) => void log.push({ idle }),
    },
    clock,
  )
  const process = (split: string, ...times: Cell[]): void =>
    watermarks.processBatch(
      split,
      batchFromRows(
        rowType,
        times.map((time) => [time]),
      ),
    )
  return { clock, log, watermarks, process }
}

describe('watermarks on event', () => {
  it('cut a batch after each row that advances them: row n sees those of rows 1 … n−1', () => {
    const { log, watermarks, process } = create(strategy())
    watermarks.addSplit('a')
    process('a', 5000, 1000, 4000, 6000)
    expect(log).toEqual([[5000], { watermark: 4000 }, [1000, 4000, 6000], { watermark: 5000 }])
  })

  it('advance with the slowest split', () => {
    const { log, watermarks, process } = create(strategy())
    watermarks.addSplit('a')
    watermarks.addSplit('b')
    process('a', 5000, 9000)
    process('b', 3000, 20000)
    watermarks.splitFinished('a')
    expect(log).toEqual([[5000, 9000], [3000], { watermark: 2000 }, [20000], { watermark: 8000 }, { watermark: 19000 }])
  })

  it('give every row the watermark that rows before it, in all splits, allow', () => {
    const batches = fc.array(
      fc.tuple(
        fc.constantFrom('a', 'b', 'c'),
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 5 }),
      ),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(batches, (given) => {
        const { log, watermarks, process } = create(strategy({ delayMs: 3 }))
        for (const split of ['a', 'b', 'c']) watermarks.addSplit(split)
        const highest = new Map([
          ['a', -Infinity],
          ['b', -Infinity],
          ['c', -Infinity],
        ])
        const expected: number[] = []
        for (const [split, times] of given) {
          process(split, ...times)
          for (const time of times) {
            expected.push(Math.min(...highest.values()))
            highest.set(split, Math.max(highest.get(split)!, time - 3))
          }
        }
        let current = -Infinity
        const seen = log.flatMap((entry) => {
          if (Array.isArray(entry)) return entry.map(() => current)
          current = (entry as { watermark: number }).watermark
          return []
        })
        expect(seen).toEqual(expected)
      }),
    )
  })

  it('refuse a NULL rowtime', () => {
    const { watermarks, process } = create(strategy())
    watermarks.addSplit('a')
    expect(() => process('a', 1000, null)).toThrow(
      expect.objectContaining({ code: 'NULL_IN_NOT_NULL', message: expect.stringContaining("'rt'") }),
    )
  })
})

it('tells how far behind the clock the last row was', () => {
  const { clock, watermarks, process } = create(strategy())
  watermarks.addSplit('a')
  expect(watermarks.emitEventTimeLagMs).toBeUndefined()
  clock.advanceTo(9_000)
  process('a', 1_000, 5_000)
  clock.advanceTo(20_000)
  expect(watermarks.emitEventTimeLagMs).toBe(4_000)
})

describe('periodic watermarks', () => {
  it('come between batches, when the interval is over', () => {
    const { clock, log, watermarks, process } = create(strategy({ emit: 'on-periodic' }))
    watermarks.addSplit('a')
    process('a', 5000, 1000)
    expect(watermarks.nextEmitAt).toBe(200)
    clock.advanceTo(200)
    watermarks.onPeriodicEmit()
    watermarks.onPeriodicEmit()
    expect(log).toEqual([[5000, 1000], { watermark: 4000 }])
    expect(watermarks.nextEmitAt).toBe(400)
  })

  it('go on from where a split was, though it has no more rows to say it again', () => {
    const before = create(strategy({ emit: 'on-periodic' }))
    before.watermarks.addSplit('a')
    before.watermarks.addSplit('b')
    before.process('a', 5000)
    expect(before.watermarks.highestWatermarkOf('a')).toBe(4000)
    expect(before.watermarks.highestWatermarkOf('b')).toBeUndefined()
    const after = create(strategy({ emit: 'on-periodic' }))
    after.watermarks.addSplit('a', before.watermarks.highestWatermarkOf('a'))
    after.watermarks.addSplit('b', before.watermarks.highestWatermarkOf('b'))
    after.clock.advanceTo(200)
    after.watermarks.onPeriodicEmit()
    after.process('b', 9000)
    after.clock.advanceTo(400)
    after.watermarks.onPeriodicEmit()
    expect(after.log).toEqual([[9000], { watermark: 4000 }])
  })

  it('leave idle splits out, and report a source whose splits are all idle', () => {
    const { clock, log, watermarks, process } = create(strategy({ emit: 'on-periodic', idleTimeoutMs: 1000 }))
    watermarks.addSplit('a')
    watermarks.addSplit('b')
    clock.advanceTo(900)
    process('a', 5000)
    clock.advanceTo(1000)
    watermarks.onPeriodicEmit()
    expect(log).toEqual([[5000], { watermark: 4000 }])
    expect(watermarks.splits()).toEqual([
      { id: 'a', watermark: 4000, lastActiveAt: 900, isIdle: false },
      { id: 'b', watermark: undefined, lastActiveAt: 0, isIdle: true },
    ])
    clock.advanceTo(2000)
    watermarks.onPeriodicEmit()
    process('b', 4500)
    process('b', 9000)
    clock.advanceTo(2200)
    watermarks.onPeriodicEmit()
    expect(log.slice(2)).toEqual([{ idle: true }, { idle: false }, [4500], [9000], { watermark: 8000 }])
  })
})
