// Windows as plain data. Source: Flink's window table-valued functions and TumblingEventTimeWindows & co.

/**
 * Sizes, slides, steps and gaps in ms. `offsetMs` shifts the grid. Windows are [start, end): a window fires when the
 * watermark reaches end − 1.
 */
export type WindowShape =
  | { readonly kind: 'tumble'; readonly sizeMs: number; readonly offsetMs: number }
  | { readonly kind: 'hop'; readonly sizeMs: number; readonly slideMs: number; readonly offsetMs: number }
  | { readonly kind: 'cumulate'; readonly maxSizeMs: number; readonly stepMs: number; readonly offsetMs: number }
  | { readonly kind: 'session'; readonly gapMs: number; readonly partitionKeys: readonly number[] }

/**
 * The time a window looks at. `rowtime`: a TIMESTAMP or TIMESTAMP_LTZ column with a watermark. `proctime`: the clock.
 * `attached`: the input already has window columns (window aggregation over a window table-valued function's result, a
 * cascade). `event-time`: the batch's eventTimes (TypeScript API).
 */
export type WindowTime =
  | { readonly kind: 'rowtime'; readonly column: number; readonly ltz: boolean }
  | { readonly kind: 'proctime'; readonly ltz: boolean }
  | { readonly kind: 'attached'; readonly windowStart: number; readonly windowEnd: number }
  | { readonly kind: 'event-time' }

export interface WindowSpec {
  readonly shape: WindowShape
  readonly time: WindowTime
  /**
   * Zone whose wall clock aligns windows over TIMESTAMP_LTZ times (`table.local-time-zone`), IANA name; 'UTC' needs no
   * shift. Ignored for TIMESTAMP times.
   */
  readonly zone: string
  /** Allowed lateness in ms; 0 in SQL. */
  readonly allowedLatenessMs: number
}
