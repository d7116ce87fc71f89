// Watermarks of a source whose splits advance independently: per-split generators, idleness, and the combined watermark.
//
// on-event: row n of a split sees the watermark of rows 1 … n−1, so a batch is cut after each row that advances the
// combined watermark. on-periodic: the watermark is taken every `intervalMs`, between batches.
// Source: Flink's ProgressiveTimestampsAndWatermarks and WatermarksWithIdleness.
import type { RecordBatch } from '../types/record-batch.ts'
import { MIN_WATERMARK } from '../types/stream-element.ts'
import type { Clock } from './clock.ts'
import { createRowWatermarks, rowTimesOfColumn, type RowTimes, type RowWatermarks } from './row-watermarks.ts'
import { sliceBatch } from './slice-batch.ts'
import { WatermarkCombiner } from './watermark-combiner.ts'
import type { WatermarkStrategySpec } from './watermark-strategy.ts'

export interface SplitWatermarksOutput {
  emit(batch: RecordBatch): void
  /** Ascending. */
  emitWatermark(timestampMs: number): void
  /** All splits became idle, or one of them active again. */
  emitStatus(idle: boolean): void
}

/** What a split does to the combined watermark. */
export interface SplitActivity {
  readonly id: string
  /** The highest its rows gave; undefined: none yet. */
  readonly watermark: number | undefined
  /** When rows of it came last, or when it was added; ms since 1970. */
  readonly lastActiveAt: number
  readonly isIdle: boolean
}

interface SplitState {
  /** The highest watermark its rows gave; on-periodic: not yet passed on. */
  watermark: number
  lastActiveAt: number
}

export class SplitWatermarks {
  readonly #strategy: WatermarkStrategySpec
  readonly #output: SplitWatermarksOutput
  readonly #clock: Clock
  readonly #rowTimes: RowTimes
  readonly #rowWatermarks: ReturnType<typeof createRowWatermarks>
  readonly #combiner = new WatermarkCombiner()
  readonly #splits = new Map<string, SplitState>()
  #idle = false
  /** Of the row that was passed on last, and when that was. */
  #lastEventTime = NaN
  #lastEmitAt = NaN
  #nextEmitAt: number

  /**
   * `evaluate`: what `strategy.expression` denotes; must be given where that is set. `timestamps`: what the user's
   * function gives; must be given where `strategy.hasTimestampFunction`.
   */
  constructor(
    strategy: WatermarkStrategySpec,
    output: SplitWatermarksOutput,
    clock: Clock,
    evaluate?: RowWatermarks,
    timestamps?: RowTimes,
  ) {
    this.#strategy = strategy
    this.#output = output
    this.#clock = clock
    this.#rowTimes = timestamps ?? rowTimesOfColumn(strategy.rowtimeColumn)
    this.#rowWatermarks = createRowWatermarks(strategy, evaluate)
    this.#nextEmitAt = clock.now() + strategy.intervalMs
  }

  /** When `onPeriodicEmit` is due, ms since 1970. */
  get nextEmitAt(): number {
    return this.#nextEmitAt
  }

  /** How far the row passed on last lay behind the clock at that time, ms; undefined: there was none. */
  get emitEventTimeLagMs(): number | undefined {
    const lagMs = this.#lastEmitAt - this.#lastEventTime
    return Number.isNaN(lagMs) ? undefined : lagMs
  }

  get watermark(): number {
    return this.#combiner.watermark
  }

  watermarkOf(splitId: string): number {
    return this.#combiner.watermarkOf(splitId)
  }

  /**
   * Before the split's first batch: from now on it holds the watermark back. After a restore it begins at the `watermark`
   * it had reached, which is passed on with the next periodic emit: the split may have no more rows to say it again.
   */
  addSplit(splitId: string, watermark = MIN_WATERMARK): void {
    if (this.#splits.has(splitId)) return
    this.#splits.set(splitId, { watermark, lastActiveAt: this.#clock.now() })
    this.#combiner.add(splitId)
  }

  /** Splits that have not ended. */
  splits(): SplitActivity[] {
    return [...this.#splits].map(([id, { lastActiveAt }]) => ({
      id,
      watermark: this.highestWatermarkOf(id),
      lastActiveAt,
      isIdle: this.#combiner.isIdle(id),
    }))
  }

  /** Also what has not been passed on yet: a snapshot keeps it. Undefined: no row gave one, or the split has ended. */
  highestWatermarkOf(splitId: string): number | undefined {
    const watermark = this.#splits.get(splitId)?.watermark ?? MIN_WATERMARK
    return watermark === MIN_WATERMARK ? undefined : watermark
  }

  processBatch(splitId: string, rows: RecordBatch): void {
    const split = this.#splits.get(splitId)!
    split.lastActiveAt = this.#clock.now()
    if (this.#idle) this.#setActive(splitId)
    const rowTimes = this.#rowTimes(rows)
    this.#lastEmitAt = split.lastActiveAt
    this.#lastEventTime = rowTimes[rows.rowCount - 1]!
    const batch = this.#strategy.assignEventTimes === true ? { ...rows, eventTimes: rowTimes } : rows
    const watermarks = this.#rowWatermarks(batch, rowTimes)
    if (this.#strategy.emit === 'on-event') this.#emitPieces(splitId, split, batch, watermarks)
    else {
      let highest = split.watermark
      for (let row = 0; row < batch.rowCount; row++) if (watermarks[row]! > highest) highest = watermarks[row]!
      split.watermark = highest
      this.#output.emit(batch)
    }
  }

  #emitPieces(splitId: string, split: SplitState, batch: RecordBatch, watermarks: Float64Array): void {
    // rows that stay below every other split's watermark cannot advance the combined one unless this split is the lowest
    const others = this.#combiner.minimumOfOthers(splitId)
    let from = 0
    for (let row = 0; row < batch.rowCount; row++) {
      const watermark = watermarks[row]!
      if (!(watermark > split.watermark)) continue
      split.watermark = watermark
      if (Math.min(watermark, others) <= this.#combiner.watermark) continue
      this.#output.emit(sliceBatch(batch, from, row + 1))
      from = row + 1
      if (this.#combiner.advance(splitId, watermark)) this.#output.emitWatermark(this.#combiner.watermark)
    }
    if (from < batch.rowCount) this.#output.emit(sliceBatch(batch, from, batch.rowCount))
    if (this.#combiner.advance(splitId, split.watermark)) this.#output.emitWatermark(this.#combiner.watermark)
  }

  #setActive(splitId: string): void {
    this.#combiner.setIdle(splitId, false)
    this.#updateStatus()
  }

  #updateStatus(): void {
    if (this.#combiner.idle === this.#idle) return
    this.#idle = this.#combiner.idle
    this.#output.emitStatus(this.#idle)
  }

  /** Call at `nextEmitAt`, also while nothing arrives: emits on-periodic watermarks and finds idle splits. */
  onPeriodicEmit(): void {
    const now = this.#clock.now()
    this.#nextEmitAt = now + this.#strategy.intervalMs
    const { idleTimeoutMs } = this.#strategy
    let advanced = false
    for (const [splitId, split] of this.#splits) {
      if (idleTimeoutMs > 0 && now - split.lastActiveAt >= idleTimeoutMs) {
        if (this.#combiner.setIdle(splitId, true)) advanced = true
      } else if (this.#combiner.advance(splitId, split.watermark)) advanced = true
    }
    if (advanced) this.#output.emitWatermark(this.#combiner.watermark)
    this.#updateStatus()
  }

  /** The split has ended: it no longer holds the watermark back. The source's MAX_WATERMARK is the task's. */
  splitFinished(splitId: string): void {
    const split = this.#splits.get(splitId)
    if (split === undefined) return
    this.#splits.delete(splitId)
    if (this.#combiner.remove(splitId)) this.#output.emitWatermark(this.#combiner.watermark)
    this.#updateStatus()
  }
}
