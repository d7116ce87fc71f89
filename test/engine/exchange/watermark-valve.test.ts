import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WatermarkValve } from '../../../engine/exchange/watermark-valve.ts'

function valve(channels: number): { valve: WatermarkValve; seen: (number | string)[] } {
  const seen: (number | string)[] = []
  return {
    seen,
    valve: new WatermarkValve(channels, {
      watermark: (timestampMs) => seen.push(timestampMs),
      status: (idle) => seen.push(idle ? 'idle' : 'active'),
    }),
  }
}

describe('the watermark valve', () => {
  it('passes the minimum of its channels', () => {
    const { valve: combined, seen } = valve(2)
    combined.watermark(0, 10)
    combined.watermark(1, 5)
    combined.watermark(1, 20)
    combined.watermark(0, Infinity)
    expect(seen).toEqual([5, 10, 20])
  })

  it('leaves idle channels out, and lets them catch up when they wake', () => {
    const { valve: combined, seen } = valve(2)
    combined.watermark(0, 10)
    combined.status(1, true)
    combined.status(1, false)
    combined.watermark(1, 7)
    expect([0, 1].map((channel) => [combined.watermarkOf(channel), combined.isIdleAt(channel)])).toEqual([
      [10, false],
      [7, false],
    ])
    combined.watermark(0, 12)
    combined.watermark(1, 13)
    combined.watermark(0, 20)
    expect(seen).toEqual([10, 12, 13])
  })

  it('gives out what idle channels had reached when the last one falls idle', () => {
    const { valve: combined, seen } = valve(2)
    combined.watermark(0, 10)
    combined.watermark(1, 5)
    combined.status(0, true)
    combined.status(1, true)
    combined.status(0, false)
    combined.watermark(0, 11)
    expect(seen).toEqual([5, 10, 'idle', 'active', 11])
  })

  it('never goes back, whatever comes', () => {
    const event = fc.record({ channel: fc.nat(2), watermark: fc.option(fc.nat(50)), idle: fc.boolean() })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const { valve: combined, seen } = valve(3)
        for (const { channel, watermark, idle } of events) {
          if (watermark === null) combined.status(channel, idle)
          else combined.watermark(channel, watermark)
        }
        const watermarks = seen.filter((value) => typeof value === 'number')
        expect(watermarks).toEqual([...new Set(watermarks)].sort((left, right) => left - right))
      }),
    )
  })
})
