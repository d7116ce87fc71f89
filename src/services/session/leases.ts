// Who keeps the session alive. A lease ends with its holder's connection; `up` is one that only `down` ends.
import type { Clock, Timer } from '../../../engine/host.ts'

export type LeaseKind = 'command' | 'job' | 'up'

export interface LeasesOptions {
  readonly clock: Clock
  /** How long the session waits for the first or next lease before it stops. */
  readonly graceMs: number
  readonly onUnused: () => void
}

export class Leases {
  readonly #options: LeasesOptions
  readonly #held = new Map<number, LeaseKind>()
  #nextId = 1
  #grace: Timer | undefined

  constructor(options: LeasesOptions) {
    this.#options = options
    this.#waitForNext()
  }

  /** Takes a lease; the returned function gives it back and may be called twice. */
  take(kind: LeaseKind): () => void {
    const id = this.#nextId++
    this.#held.set(id, kind)
    this.#grace?.cancel()
    return () => {
      if (this.#held.delete(id) && this.#held.size === 0) this.#waitForNext()
    }
  }

  /** Leases held, by kind. */
  counts(): Readonly<Record<LeaseKind, number>> {
    const counts = { command: 0, job: 0, up: 0 }
    for (const kind of this.#held.values()) counts[kind]++
    return counts
  }

  #waitForNext(): void {
    this.#grace = this.#options.clock.setTimer(this.#options.graceMs, () => this.#options.onUnused())
  }
}
