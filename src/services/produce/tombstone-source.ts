import type { EventBatch } from '../../generators/index.ts'
import type { EventSource } from './event-source.ts'

/** A tombstone for each key: a record without a value, which deletes the key in a compacted topic and in upserting tables. */
export class TombstoneSource implements EventSource {
  private readonly keys: readonly string[]
  private next = 0

  constructor(keys: readonly string[]) {
    this.keys = keys
  }

  get fraction(): number {
    return this.next / this.keys.length
  }

  fill(batch: EventBatch, max: number): boolean {
    for (; batch.count < max && this.next < this.keys.length; this.next++) {
      const key = Buffer.from(this.keys[this.next]!)
      batch.addEvent({ key, value: null, timeMs: NaN, tellMs: NaN, isLate: false, origin: this.next })
    }
    return this.next < this.keys.length
  }

  titleOf(origin: number): string {
    return `the tombstone of key '${this.keys[origin]}'`
  }

  close(): void {}
}
