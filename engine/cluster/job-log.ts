// The lines of one job for people: notices, and what its `print` sinks wrote. Listeners get every line; only the last
// ones are kept for those who come later.
import type { Clock } from '../time/clock.ts'

export interface JobMessage {
  /** ms since 1970. */
  readonly at: number
  readonly kind: 'notice' | 'stdout' | 'stderr'
  readonly line: string
}

const KEPT_MAX = 1000

export class JobLog {
  readonly #clock: Clock
  readonly #kept: JobMessage[] = []
  readonly #listeners = new Set<(message: JobMessage) => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get messages(): readonly JobMessage[] {
    return this.#kept
  }

  add(kind: JobMessage['kind'], line: string): void {
    const message: JobMessage = { at: this.#clock.now(), kind, line }
    this.#kept.push(message)
    if (this.#kept.length > KEPT_MAX) this.#kept.shift()
    for (const listener of this.#listeners) listener(message)
  }

  /** From now on; ends with the returned function. */
  listen(listener: (message: JobMessage) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
