// How a split's watermark follows from its rows, as plain data. Source: Flink's watermark push-down and WATERMARK FOR.

export interface WatermarkStrategySpec {
  /** The rowtime column of the batch the strategy sees. NULL there fails the job, as in Flink. */
  readonly rowtimeColumn: number
  /**
   * Watermark of a row = rowtime − delayMs where `expression` is absent (the fast path); otherwise generated code
   * `(functions, context) => (batch) => Float64Array` gives the watermark of each row in ms, NaN for none.
   */
  readonly delayMs: number
  readonly expression?: string | undefined
  /** `scan.watermark.emit.strategy`; on-periodic emits every `intervalMs` (`pipeline.auto-watermark-interval`, 200). */
  readonly emit: 'on-periodic' | 'on-event'
  readonly intervalMs: number
  /** `table.exec.source.idle-timeout` / `scan.watermark.idle-timeout`; 0 = never idle. */
  readonly idleTimeoutMs: number
  /** TypeScript API: the rowtimes also become the batches' `eventTimes`. A column of doubles is not copied. */
  readonly assignEventTimes?: boolean | undefined
  /**
   * TypeScript API: rowtimes (ms since 1970) are what the node's user function gives for each record, in place of
   * `rowtimeColumn`.
   */
  readonly hasTimestampFunction?: boolean | undefined
}
