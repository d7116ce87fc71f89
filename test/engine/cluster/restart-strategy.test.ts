import { describe, expect, it } from 'vitest'
import {
  decideRestart,
  initialRestartState,
  parseRestartStrategy,
  type RestartStrategy,
} from '../../../engine/cluster/restart-strategy.ts'

/** Delays of failures at these times (ms), until it gives up. */
function delays(strategy: RestartStrategy, times: readonly number[], random = () => 0.5): (number | string)[] {
  let state = initialRestartState
  return times.map((now) => {
    const decision = decideRestart(strategy, state, now, random)
    if (decision.kind === 'give-up') return decision.reason
    state = decision.state
    return decision.delayMs
  })
}

describe('restart strategies', () => {
  it('are none without checkpointing and exponential-delay with it', () => {
    expect(parseRestartStrategy({}, false)).toEqual({ kind: 'none' })
    expect(parseRestartStrategy({}, true)).toMatchObject({
      kind: 'exponential-delay',
      initialBackoffMs: 1000,
      maxBackoffMs: 60_000,
      multiplier: 1.5,
      resetThresholdMs: 3_600_000,
      jitterFactor: 0.1,
      attemptsMax: Infinity,
    })
    expect(parseRestartStrategy({ 'restart-strategy.type': 'fixed-delay' }, false)).toEqual({
      kind: 'fixed-delay',
      attempts: 1,
      delayMs: 1000,
    })
    expect(() => parseRestartStrategy({ 'restart-strategy.type': 'failure-rate' }, true)).toThrow(
      /'failure-rate' is not supported/,
    )
  })

  it('fixed-delay gives up after its attempts', () => {
    expect(delays({ kind: 'fixed-delay', attempts: 2, delayMs: 7 }, [0, 10, 20])).toEqual([
      7,
      7,
      '2 restarts are used up',
    ])
  })

  it('exponential-delay grows to its maximum and begins again after a calm time', () => {
    const strategy = parseRestartStrategy(
      {
        'restart-strategy.exponential-delay.max-backoff': '2 s',
        'restart-strategy.exponential-delay.reset-backoff-threshold': '1 min',
      },
      true,
    )
    expect(delays(strategy, [0, 1000, 2000, 3000, 4000, 100_000])).toEqual([1000, 1500, 2000, 2000, 2000, 1000])
  })

  it('exponential-delay spreads by its jitter', () => {
    const strategy = parseRestartStrategy({}, true)
    expect(delays(strategy, [0], () => 0)).toEqual([900])
    expect(delays(strategy, [0], () => 0.999999)[0]).toBeCloseTo(1100, 1)
  })

  it('exponential-delay gives up where attempts are limited', () => {
    const strategy = parseRestartStrategy(
      { 'restart-strategy.exponential-delay.attempts-before-reset-backoff': '2' },
      true,
    )
    expect(delays(strategy, [0, 1, 2])).toEqual([1000, 1500, '2 restarts are used up'])
  })
})
