// Virtual time for tests of the runtime: it passes a millisecond each time the event loop turns.
import type { Clock, Timer } from '../../engine/time/clock.ts'

interface Pending {
  readonly at: number
  readonly callback: () => void
}

const reallyMs = 20_000

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

  /**
   * Turns until the condition holds; fails after `turnsMax`, but not before a while has really passed: a busy disk takes
   * no fewer milliseconds because turns are quick.
   */
  async until(condition: () => boolean, turnsMax = 200_000): Promise<void> {
    const failsAt = performance.now() + reallyMs
    for (let turns = 0; !condition(); turns++) {
      if (turns >= turnsMax && performance.now() > failsAt)
        throw new Error(`condition did not come true within ${turns} turns`)
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
