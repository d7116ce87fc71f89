// Watermark strategies. Source: Flink's WatermarkStrategy.
import { DURATION, expectOptions, oneOf, type OptionRules } from '../common/expect-options.ts'
import type { Duration } from './time.ts'

export interface WatermarkStrategy {
  /** Events may come this much later than the latest one seen. */
  readonly delayMs: Duration
  /** A split without events for this long no longer holds back the watermark; 0 = it always does. */
  readonly idleTimeoutMs: Duration
  /** `periodic`: every 200 ms. `on-event`: after each event, exact and slow; for tests of late events. */
  readonly emit: 'periodic' | 'on-event'
}

export interface WatermarkOptions {
  /** See idleTimeoutMs. Default 0. */
  readonly idleAfter?: Duration
  /** Default `periodic`. */
  readonly emit?: 'periodic' | 'on-event'
}

const watermarkOptions: OptionRules<WatermarkOptions> = { idleAfter: DURATION, emit: oneOf('periodic', 'on-event') }

const strategyParts: OptionRules<WatermarkStrategy> = {
  delayMs: DURATION,
  idleTimeoutMs: DURATION,
  emit: watermarkOptions.emit,
}

/** Throws OPTION_INVALID for one that was written by hand and is not whole. */
export function expectStrategy(strategy: WatermarkStrategy): void {
  expectOptions('withWatermarks: strategy', strategy, strategyParts, ['delayMs', 'idleTimeoutMs', 'emit'])
}

function strategyOf(call: string, delay: Duration, options: WatermarkOptions): WatermarkStrategy {
  expectOptions(call, options, watermarkOptions)
  expectOptions(call, { delay }, { delay: DURATION }, ['delay'])
  return { delayMs: delay, idleTimeoutMs: options.idleAfter ?? 0, emit: options.emit ?? 'periodic' }
}

/** Events come at most `delay` out of order; the watermark is the latest event time − `delay` − 1 ms, as in Flink. */
export function boundedOutOfOrderness(delay: Duration, options: WatermarkOptions = {}): WatermarkStrategy {
  return strategyOf('boundedOutOfOrderness', delay, options)
}

/** Events of a split come in the order of their times. */
export function monotonousTimestamps(options: WatermarkOptions = {}): WatermarkStrategy {
  return strategyOf('monotonousTimestamps', 0, options)
}
