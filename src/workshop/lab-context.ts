import { systemClock } from '../../engine/host.ts'
import type { Project } from '../config/project.ts'
import type { KafkaConnection } from '../services/kafka-connection.ts'
import type { PostgresConnection } from '../services/postgres-connection.ts'
import type { Session } from '../services/session/open-session.ts'
import type { Exercise } from './chapters.ts'
import { CheckFailure } from './check-failure.ts'

/** What the calls of one check work with. */
export interface LabContext {
  readonly project: Project
  readonly session: Session
  readonly kafka: KafkaConnection
  readonly postgres: PostgresConnection
  readonly exercise: Exercise
  /** Absolute: the learner's files. */
  readonly folder: string
  /** Aborted: the check is no longer wanted, or has taken too long. */
  readonly signal: AbortSignal
  /** Ids of the jobs that this check has submitted. */
  readonly jobs: readonly string[]
  /** Adds to them; the next check ends those that still run. */
  readonly jobStarted: (jobId: string) => void
  /** Of `jobs` those that the check itself ended, or asked to end: nothing to be told of. */
  readonly endedJobs: ReadonlySet<string>
  /** Adds to them, before it is asked. */
  readonly jobEnded: (jobId: string) => void
  /** Till when the check may know what had become of its jobs, ms since 1970: its last question about them was answered then. */
  readonly knownUntil: () => number
  readonly jobsAsked: () => void
  /** What `flinkts run` would say beside its result. */
  readonly notice: (line: string) => void
}

/** Resolves as `promise`; after `limitMs`, and when the signal aborts, it throws. */
export async function within<T>(
  promise: Promise<T>,
  limitMs: number,
  signal: AbortSignal,
  late: () => Error,
): Promise<T> {
  let end = (): void => undefined
  const limit = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => reject(late()), limitMs)
    const aborted = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', aborted, { once: true })
    if (signal.aborted) aborted()
    end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', aborted)
    }
  })
  promise.catch(() => undefined) // it may fail when nobody waits for it any more
  try {
    return await Promise.race([promise, limit])
  } finally {
    end()
  }
}

/** The same calls, each inside of `around`. */
function wrapped<Calls extends object>(calls: Calls, around: (call: () => unknown) => unknown): Calls {
  const wrap = (value: unknown): unknown =>
    typeof value !== 'function'
      ? value
      : (...args: unknown[]): unknown => around(() => (value as (...given: unknown[]) => unknown)(...args))
  return Object.fromEntries(Object.entries(calls).map(([name, value]) => [name, wrap(value)])) as Calls
}

/** The same calls, which throw once the signal has aborted: a check that nobody waits for does nothing more. */
export function guarded<Calls extends object>(calls: Calls, signal: AbortSignal): Calls {
  return wrapped(calls, (call) => {
    signal.throwIfAborted()
    return call()
  })
}

/** The same calls, each of which may tell the check what has become of its jobs. */
export function telling<Calls extends object>(calls: Calls, { jobsAsked }: Pick<LabContext, 'jobsAsked'>): Calls {
  return wrapped(calls, (call) => (call() as Promise<unknown>).finally(jobsAsked))
}

export interface UntilOptions {
  /** What is waited for, for the message. */
  readonly what: string
  readonly limitMs: number
  readonly signal: AbortSignal
  /** What it means that it does not come. */
  readonly because: string
  /**
   * Asked before `holds` is, each time: the error of a wait in which nothing can come about any more. It is thrown where
   * `holds`, asked after it, gives nothing. Never rejects.
   */
  readonly hopeless?: (() => Promise<Error | undefined>) | undefined
}

const POLL_MS = 50

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', aborted)
      resolve()
    }, ms)
    signal.addEventListener('abort', aborted, { once: true })
    if (signal.aborted) aborted()
  })
}

/**
 * Asks until `holds` gives something other than undefined and false. What it throws counts as not yet, but for a
 * CheckFailure, and is told when the limit passes.
 */
export async function until<T>(
  holds: () => Promise<T | undefined | false>,
  { what, limitMs, signal, because, hopeless }: UntilOptions,
): Promise<T> {
  const deadline = systemClock.monotonicMs() + limitMs
  let problem: string | undefined
  const late = (): CheckFailure =>
    new CheckFailure(
      `after ${limitMs / 1000} s still waiting for: ${what}${problem === undefined ? '' : ` (last: ${problem})`}`,
      because,
    )
  for (;;) {
    const left = Math.max(1, deadline - systemClock.monotonicMs())
    const end = hopeless === undefined ? undefined : await within(hopeless(), left, signal, late)
    try {
      const found = await within(holds(), left, signal, late)
      if (found !== undefined && found !== false) return found
      problem = undefined
    } catch (error) {
      if (signal.aborted || error instanceof CheckFailure) throw error
      problem = error instanceof Error ? error.message : String(error)
    }
    if (end !== undefined) throw end
    if (systemClock.monotonicMs() > deadline) throw late()
    await pause(POLL_MS, signal)
  }
}
