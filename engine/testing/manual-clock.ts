// Virtual time: stands still until a test moves it.
import type { Clock, Timer } from '../time/clock.ts'

interface PendingTimer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

export class ManualClock implements Clock {
  readonly #pending = new Set<PendingTimer>()
  #now: number
  #order = 0

  /** `start`: ms since 1970. */
  constructor(start = 0) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  monotonicMs(): number {
    return this.#now
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer = { at: this.#now + Math.max(0, delayMs), order: this.#order++, callback }
    this.#pending.add(timer)
    return { cancel: () => void this.#pending.delete(timer) }
  }

  /** Moves to `time` (never back), firing the timers on the way in order, those they set included. */
  advanceTo(time: number): void {
    for (;;) {
      const next = [...this.#pending]
        .filter((timer) => timer.at <= time)
        .sort((left, right) => left.at - right.at || left.order - right.order)[0]
      if (next === undefined) break
      this.#pending.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.callback()
    }
    this.#now = Math.max(this.#now, time)
  }

  advanceBy(durationMs: number): void {
    this.advanceTo(this.#now + durationMs)
  }
}
