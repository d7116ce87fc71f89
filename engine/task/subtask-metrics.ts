// What a subtask counts about itself. Names are Flink's task metrics; rates are computed from two samples by the reader.
import type { Clock } from '../time/clock.ts'

export type SubtaskActivity = 'busy' | 'idle' | 'backpressured'

/** Totals since the attempt started. Plain data: crosses threads. */
export interface SubtaskMetrics {
  readonly vertexId: string
  readonly vertexName: string
  readonly subtaskIndex: number
  readonly numRecordsIn: number
  readonly numRecordsOut: number
  readonly numBytesIn: number
  readonly numBytesOut: number
  /** Rows handed to sink writers. */
  readonly numRecordsSend: number
  readonly numLateRecordsDropped: number
  readonly accumulateBusyTimeMs: number
  readonly accumulateIdleTimeMs: number
  readonly accumulateBackPressuredTimeMs: number
  /** The combined watermark; -Infinity before the first. */
  readonly currentInputWatermark: number
  readonly activity: SubtaskActivity
  /** Metrics of chained operators and connectors, `<operator name>.<metric>`. */
  readonly operators: Readonly<Record<string, number>>
}

/** Splits a subtask's time into busy, idle and back-pressured. */
export class ActivityTimes {
  readonly #clock: Clock
  readonly #totals: Record<SubtaskActivity, number> = { busy: 0, idle: 0, backpressured: 0 }
  #activity: SubtaskActivity = 'idle'
  #since: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#since = clock.monotonicMs()
  }

  get activity(): SubtaskActivity {
    return this.#activity
  }

  switchTo(activity: SubtaskActivity): void {
    const now = this.#clock.monotonicMs()
    this.#totals[this.#activity] += now - this.#since
    this.#since = now
    this.#activity = activity
  }

  total(activity: SubtaskActivity): number {
    const running = activity === this.#activity ? this.#clock.monotonicMs() - this.#since : 0
    return this.#totals[activity] + running
  }
}
