// Lets four redraws a second through: several at once after a pause, so that a key is answered at once; then one at a time.

const REDRAWS_MAX = 4
const REFILL_MS = 250

export class RedrawBudget {
  readonly #monotonicMs: () => number
  #left: number = REDRAWS_MAX
  #filledAt: number

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
    this.#filledAt = monotonicMs()
  }

  /** Takes one; else how long to wait for it, ms. */
  take(): number {
    const now = this.#monotonicMs()
    const refills = Math.floor((now - this.#filledAt) / REFILL_MS)
    this.#filledAt += refills * REFILL_MS
    this.#left = Math.min(REDRAWS_MAX, this.#left + refills)
    if (this.#left === 0) return this.#filledAt + REFILL_MS - now
    this.#left--
    return 0
  }
}
