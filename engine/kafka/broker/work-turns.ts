// Shares the event loop among clients. What arrives in one turn of it is worked on for so long; the rest waits, and goes on
// in the next turns, as long again in each, before what arrives then. A handler with much to do asks `isOver` between its
// pieces, so that one huge request, or a thousand at once, keeps nobody else waiting.
import { setImmediate as atEndOfTurn } from 'node:timers'
import type { Clock } from '../../time/clock.ts'

const turnMsDefault = 10

export class WorkTurns {
  private readonly clock: Pick<Clock, 'monotonicMs'>
  private readonly turnMs: number
  private readonly waiting: (() => void)[] = []
  private isUnderWay = false
  private endsAtMs = 0

  constructor(clock: Pick<Clock, 'monotonicMs'>, turnMs = turnMsDefault) {
    this.clock = clock
    this.turnMs = turnMs
  }

  /** The time of this turn is used up: whoever has more to do awaits `next()`. */
  get isOver(): boolean {
    if (this.isUnderWay) return this.clock.monotonicMs() >= this.endsAtMs
    this.begin()
    return false
  }

  /** First come, first served. */
  next(): Promise<void> {
    if (!this.isUnderWay) this.begin()
    return new Promise((resolve) => this.waiting.push(resolve))
  }

  private begin(): void {
    this.endsAtMs = this.clock.monotonicMs() + this.turnMs
    if (this.isUnderWay) return
    this.isUnderWay = true
    atEndOfTurn(() => {
      this.isUnderWay = false
      if (this.waiting.length > 0) this.resumeWaiting(this.clock.monotonicMs() + this.turnMs)
    })
  }

  private resumeWaiting(untilMs: number): void {
    this.waiting.shift()?.()
    // Behind all that the resumed one does now: ticks alone come before the microtasks that it is.
    queueMicrotask(() => process.nextTick(() => this.goOn(untilMs)))
  }

  private goOn(untilMs: number): void {
    if (this.waiting.length === 0) return
    if (this.clock.monotonicMs() < untilMs) this.resumeWaiting(untilMs)
    else this.begin()
  }
}
