// The timers of all groups, each under a name within its group. What a timer stands for stays due when it fails: a store
// that refuses (a full disk) is asked again.
import type { Clock, Timer } from '../../../time/clock.ts'

const retryMs = 1000

export class GroupTimers {
  private readonly clock: Clock
  private readonly onError: (error: unknown) => void
  private readonly groups = new Map<string, Map<string, Timer>>()

  constructor(clock: Clock, onError: (error: unknown) => void) {
    this.clock = clock
    this.onError = onError
  }

  isRunning(groupId: string, name: string): boolean {
    return this.groups.get(groupId)?.has(name) ?? false
  }

  /** In place of one of the same name. */
  start(groupId: string, name: string, delayMs: number, fire: () => void): void {
    let timers = this.groups.get(groupId)
    if (timers === undefined) this.groups.set(groupId, (timers = new Map<string, Timer>()))
    timers.get(name)?.cancel()
    const timer = this.clock.setTimer(delayMs, () => {
      timers.delete(name)
      try {
        fire()
      } catch (error) {
        this.onError(error)
        this.start(groupId, name, retryMs, fire)
      }
    })
    timers.set(name, timer)
  }

  stop(groupId: string, name: string): void {
    this.groups.get(groupId)?.get(name)?.cancel()
    this.groups.get(groupId)?.delete(name)
  }

  stopAll(groupId: string): void {
    for (const timer of this.groups.get(groupId)?.values() ?? []) timer.cancel()
    this.groups.delete(groupId)
  }

  close(): void {
    for (const groupId of [...this.groups.keys()]) this.stopAll(groupId)
  }
}
