import { describe, expect, it } from 'vitest'
import { durationToString, parseDuration } from '../../../engine/common/duration.ts'

describe('durations', () => {
  it.each([
    ['10 s', 10_000],
    ['5min', 300_000],
    ['200 ms', 200],
    ['1 h', 3_600_000],
    ['2 days', 172_800_000],
    ['1500', 1500],
    [' 3 SECONDS ', 3000],
    ['500 µs', 0.5],
    ['PT1H30M', 5_400_000],
    ['pt0.5s', 500],
    ['P1DT1S', 86_401_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text, 'key')).toBeCloseTo(ms, 9)
  })

  it.each(['', 'soon', '10 parsecs', '-5 s', 'P', 'PT', '1.5 s'])('refuse %o', (text) => {
    expect(() => parseDuration(text, 'some.key')).toThrow(/option 'some.key' has the value/)
  })

  it('are shown in their largest whole unit', () => {
    expect([0, 250, 1000, 90_000, 3_600_000].map(durationToString)).toEqual(['0 ms', '250 ms', '1 s', '90 s', '1 h'])
  })
})
