// Jobs that come again and again: each waits for its interval after it has ended, so that it never runs twice at once.
import type { Clock, Timer } from '../../time/clock.ts'

export class RecurringJobs {
  private readonly clock: Clock
  private readonly onError: (name: string, error: unknown) => void
  private readonly timers = new Map<string, Timer>()
  private readonly running = new Set<Promise<void>>()
  private isStopped = false

  constructor(clock: Clock, onError: (name: string, error: unknown) => void) {
    this.clock = clock
    this.onError = onError
  }

  every(intervalMs: number, name: string, job: () => unknown): void {
    const timer = this.clock.setTimer(intervalMs, () => {
      const done = this.run(name, job).finally(() => {
        this.running.delete(done)
        if (!this.isStopped) this.every(intervalMs, name, job)
      })
      this.running.add(done)
    })
    this.timers.set(name, timer)
  }

  /** Returns when none runs any more. */
  async stop(): Promise<void> {
    this.isStopped = true
    for (const timer of this.timers.values()) timer.cancel()
    await Promise.all(this.running)
  }

  private async run(name: string, job: () => unknown): Promise<void> {
    try {
      await job()
    } catch (error) {
      this.onError(name, error)
    }
  }
}
