// Disorder for events whose times are given: some are told later, behind others that happened after them.
import { Disorder, EventBatch, TimeHeap, type DisorderOptions, type EventHeader } from '../../generators/index.ts'
import type { EventSource } from './event-source.ts'

interface HeldEvent {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timeMs: number
  readonly tellMs: number
  readonly isLate: boolean
  readonly origin: number
  readonly headers: readonly EventHeader[] | undefined
}

/** So many events wait at most; the one due next is then told early. */
const HELD_MAX = 1_000_000

export class DelayedSource implements EventSource {
  private readonly inner: EventSource
  private readonly disorder: Disorder
  private readonly read: EventBatch
  private readonly due = new TimeHeap()
  private readonly held: (HeldEvent | undefined)[] = []
  private readonly free: number[] = []
  /** The latest time read so far: nothing that is due before it can still be overtaken, in input that is in order. */
  private latestMs = -Infinity
  private hasMore = true

  constructor(inner: EventSource, options: DisorderOptions, random: () => number) {
    this.inner = inner
    this.disorder = new Disorder(options, random)
    this.read = new EventBatch()
  }

  get fraction(): number | undefined {
    return this.inner.fraction
  }

  async fill(batch: EventBatch, max: number): Promise<boolean> {
    while (this.hasMore && this.due.nextMs > this.latestMs && this.due.size < HELD_MAX) await this.readMore()
    while (batch.count < max && this.isDue()) {
      const row = this.due.pop()
      batch.addEvent(this.held[row]!)
      this.held[row] = undefined
      this.free.push(row)
    }
    return this.hasMore || this.due.size > 0
  }

  titleOf(origin: number): string {
    return this.inner.titleOf(origin)
  }

  async close(): Promise<void> {
    await this.inner.close()
  }

  private isDue(): boolean {
    return this.due.size > 0 && (!this.hasMore || this.due.nextMs <= this.latestMs || this.due.size >= HELD_MAX)
  }

  private async readMore(): Promise<void> {
    const { read } = this
    read.clear()
    this.hasMore = await this.inner.fill(read, read.capacity)
    for (let index = 0; index < read.count; index++) {
      const timeMs = read.timeMs[index]!
      const tellMs = timeMs + this.disorder.delayMs()
      const row = this.free.pop() ?? this.held.length
      this.held[row] = {
        key: read.keyLength[index]! < 0 ? null : Buffer.from(read.keyAt(index)),
        value: read.valueLength[index]! < 0 ? null : Buffer.from(read.valueAt(index)),
        timeMs,
        tellMs,
        isLate: this.disorder.isLate,
        origin: read.origin[index]!,
        headers: read.headers?.[index],
      }
      this.due.push(tellMs, row)
      this.latestMs = Math.max(this.latestMs, timeMs)
    }
  }
}
