// Virtual time for tests of the runtime: it passes a millisecond each time the event loop turns.
import type { Clock, Timer } from '../../engine/time/clock.ts'

interface Pending {
  readonly at: number
  readonly callback: () => void
}

export class TurningClock implements Clock {
  #now = 1_000_000
  readonly #timers = new Set<Pending>()

  now(): number {
    return this.#now
  }

  monotonicMs(): number {
    return this.#now
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const pending = { at: this.#now + Math.max(0, delayMs), callback }
    this.#timers.add(pending)
    return { cancel: () => void this.#timers.delete(pending) }
  }

  turn(): void {
    this.#now++
    for (const timer of [...this.#timers]) {
      if (timer.at > this.#now) continue
      this.#timers.delete(timer)
      timer.callback()
    }
  }

  /** Turns until the condition holds; fails after `turnsMax`. */
  async until(condition: () => boolean, turnsMax = 200_000): Promise<void> {
    for (let turns = 0; !condition(); turns++) {
      if (turns === turnsMax) throw new Error(`condition did not come true within ${turnsMax} turns`)
      await new Promise((resolve) => setImmediate(resolve))
      this.turn()
    }
  }

  async untilSettled<T>(promise: Promise<T>): Promise<T> {
    let settled = false
    const done = (): void => void (settled = true)
    promise.then(done, done)
    await this.until(() => settled)
    return promise
  }
}
