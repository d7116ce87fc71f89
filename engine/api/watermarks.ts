// Watermark strategies. Source: Flink's WatermarkStrategy.
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
  readonly idleAfter?: Duration
  readonly emit?: 'periodic' | 'on-event'
}

/** Events come at most `delay` out of order; the watermark is the latest event time − `delay` − 1 ms, as in Flink. */
export function boundedOutOfOrderness(delay: Duration, options: WatermarkOptions = {}): WatermarkStrategy {
  return { delayMs: delay, idleTimeoutMs: options.idleAfter ?? 0, emit: options.emit ?? 'periodic' }
}

/** Events of a split come in the order of their times. */
export function monotonousTimestamps(options: WatermarkOptions = {}): WatermarkStrategy {
  return boundedOutOfOrderness(0, options)
}
