// The only place that reads the machine's clock and sets timers. Everything else takes a Clock, so that tests and the
// simulation run in virtual time.

export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Wall-clock time, ms since 1970. May jump. */
  now(): number
  /** Time that never goes back, ms from an arbitrary start, with fractions. For durations. */
  monotonicMs(): number
  /** Calls `callback` once, not before `delayMs` from now. A timer never keeps the process alive by itself. */
  setTimer(delayMs: number, callback: () => void): Timer
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, callback) {
    const handle = setTimeout(callback, delayMs)
    handle.unref()
    return { cancel: () => clearTimeout(handle) }
  },
}
