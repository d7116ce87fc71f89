// What the simulated processes share: virtual time, a network that delays messages, and a disk that outlives them. One
// seed fixes everything, so that a run can be repeated turn by turn.
import { seededRandom } from '../../engine/task/default-environment.ts'
import type { Clock, Timer } from '../../engine/time/clock.ts'

interface PendingTimer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

/** Whatever runs in it stops when it dies: its timers do not fire, its messages do not arrive, its writes do not land. */
export class SimulatedProcess {
  readonly name: string
  #alive = true
  readonly #deathListeners: (() => void)[] = []

  constructor(name: string) {
    this.name = name
  }

  get alive(): boolean {
    return this.#alive
  }

  die(): void {
    if (!this.#alive) return
    this.#alive = false
    for (const listener of this.#deathListeners) listener()
  }

  onDeath(listener: () => void): void {
    if (this.#alive) this.#deathListeners.push(listener)
    else listener()
  }
}

const STARTED_AT = 1_000_000

export class SimulatedWorld {
  readonly seed: number
  readonly trace: string[] = []
  readonly #random: () => number
  readonly #timers = new Set<PendingTimer>()
  #now = STARTED_AT
  #order = 0

  constructor(seed: number) {
    this.seed = seed
    this.#random = seededRandom(seed)
  }

  now(): number {
    return this.#now
  }

  /** Turns so far. */
  get elapsed(): number {
    return this.#now - STARTED_AT
  }

  /** Uniform in [0, 1). */
  random(): number {
    return this.#random()
  }

  /** Whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.#random() * (max - min + 1))
  }

  chance(probability: number): boolean {
    return this.#random() < probability
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.integer(0, choices.length - 1)]!
  }

  note(line: string): void {
    // job ids and names of savepoints are random in every run
    const plain = line.replaceAll(/[0-9a-f]{32}/g, '…').replaceAll(/savepoint-[0-9a-f]+-[0-9a-f]+/g, 'savepoint-…')
    this.trace.push(`${String(this.elapsed).padStart(6)} ${plain}`)
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer = { at: this.#now + Math.max(0, delayMs), order: this.#order++, callback }
    this.#timers.add(timer)
    return { cancel: () => void this.#timers.delete(timer) }
  }

  /** Resolves after so many turns. */
  turns(count: number): Promise<void> {
    return new Promise((resolve) => this.setTimer(count, resolve))
  }

  /** The clock as a process sees it. */
  clockOf(process: SimulatedProcess): Clock {
    return {
      now: () => this.#now,
      monotonicMs: () => this.#now,
      setTimer: (delayMs, callback) => this.setTimer(delayMs, () => (process.alive ? callback() : undefined)),
    }
  }

  /** An ordered path from one process to another: what is under way when either dies is lost. */
  path(from: SimulatedProcess, to: SimulatedProcess): (deliver: () => void) => void {
    let last = 0
    return (deliver) => {
      if (!from.alive) return
      last = Math.max(last, this.#now + this.integer(0, 3))
      this.setTimer(last - this.#now, () => (from.alive && to.alive ? deliver() : undefined))
    }
  }

  /** The event loop turns once, and with it a millisecond passes. */
  async turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    this.#now++
    const due = [...this.#timers].filter((timer) => timer.at <= this.#now)
    for (const timer of due.sort((left, right) => left.at - right.at || left.order - right.order)) {
      if (this.#timers.delete(timer)) timer.callback()
    }
  }
}
