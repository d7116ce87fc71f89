// Exponential back-off with jitter (KIP-580), and the loop that uses it.
import { FlinktsError, isFlinktsError } from '../../common/errors.ts'
import type { Clock } from '../../time/clock.ts'
import { delay } from './waiting.ts'

const jitter = 0.2

export class Backoff {
  private readonly initialMs: number
  private readonly maxMs: number
  private readonly random: () => number
  private attempts = 0

  constructor(initialMs: number, maxMs: number, random: () => number) {
    this.initialMs = initialMs
    this.maxMs = maxMs
    this.random = random
  }

  /** How long to wait before the next attempt: twice as long each time, ± 20 %. */
  nextMs(): number {
    const plain = Math.min(this.maxMs, this.initialMs * 2 ** Math.min(this.attempts++, 30))
    return plain * (1 - jitter + 2 * jitter * this.random())
  }

  reset(): void {
    this.attempts = 0
  }
}

export interface RetryOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly retryTimeoutMs: number
}

/** Errors that time may heal: nobody answers, or the broker says so. */
export function mayHeal(error: unknown): boolean {
  return isFlinktsError(error) && (error.code === 'KAFKA_UNREACHABLE' || error instanceof RetriableKafkaError)
}

/** A broker's error code that Kafka calls retriable. Once the retries are used up its `code` is what the user sees. */
export class RetriableKafkaError extends FlinktsError {}

/**
 * Calls `attempt` until it succeeds or fails for good. After `retryTimeoutMs` the last error is thrown, its cause the
 * first one: what went wrong first is what is to be mended.
 */
export async function retrying<T>(
  options: RetryOptions,
  what: string,
  attempt: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const backoff = new Backoff(options.retryBackoffMs, options.retryBackoffMaxMs, options.random)
  const started = options.clock.monotonicMs()
  let first: unknown
  for (;;) {
    signal?.throwIfAborted()
    try {
      return await attempt()
    } catch (error) {
      first ??= error
      const elapsedMs = options.clock.monotonicMs() - started
      if (!mayHeal(error)) throw error
      if (elapsedMs >= options.retryTimeoutMs) throw givenUp(what, elapsedMs, first)
    }
    await delay(options.clock, backoff.nextMs(), signal)
  }
}

/** The error after all retries: the first cause's code, message and remedy, and how long it was tried. */
export function givenUp(what: string, elapsedMs: number, first: unknown): FlinktsError {
  const known = isFlinktsError(first) ? first : undefined
  const message = first instanceof Error ? first.message : String(first)
  return new FlinktsError(
    known?.code ?? 'KAFKA_UNREACHABLE',
    `${what}: given up after ${Math.round(elapsedMs / 100) / 10} s: ${message}`,
    {
      fix: known?.fix,
      cause: first,
    },
  )
}
