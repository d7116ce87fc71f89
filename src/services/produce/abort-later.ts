// A second, later end to what a signal ends: what is under way may still finish in between.

export interface LaterAbort {
  /** Its reason is its own, not that of the signal before; also an AbortError. */
  readonly signal: AbortSignal
  /** Forgets it. */
  cancel(): void
}

/** Aborts so long after `signal` does. */
export function abortLater(signal: AbortSignal, afterMs: number): LaterAbort {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const start = (): void => {
    timer = setTimeout(() => controller.abort(), afterMs)
  }
  if (signal.aborted) start()
  else signal.addEventListener('abort', start, { once: true })
  return {
    signal: controller.signal,
    cancel() {
      signal.removeEventListener('abort', start)
      clearTimeout(timer)
    },
  }
}
