// Puts the records of several partitions into the order of their times, and says when each is due.
import type { OutgoingBatch } from './outgoing-batch.ts'

interface Queue {
  readonly batches: OutgoingBatch[]
  row: number
  /** The latest time of the partition so far: a record that is out of order follows at once, and does not wait back. */
  time: number
}

export interface DueRecord {
  readonly batch: OutgoingBatch
  readonly row: number
  /** When it happened, ms since 1970; never less than before. */
  readonly time: number
}

/**
 * Records of one partition stay in their order. The next one is known only while every partition that is still read has
 * one waiting: ask `missing`, and `add` until there is none.
 */
export class RecordsByTime {
  readonly #queues: ReadonlyMap<number, Queue>
  #time = -Infinity

  constructor(partitions: readonly number[]) {
    this.#queues = new Map(partitions.map((partition) => [partition, { batches: [], row: 0, time: -Infinity }]))
  }

  add(batch: OutgoingBatch): void {
    this.#queues.get(batch.sourcePartition)!.batches.push(batch)
  }

  /** Whether a record of this partition waits. */
  has(partition: number): boolean {
    return this.#queues.get(partition)!.batches.length > 0
  }

  /** The earliest record that waits. */
  peek(): DueRecord | undefined {
    let best: DueRecord | undefined
    for (const queue of this.#queues.values()) {
      const batch = queue.batches[0]
      if (batch === undefined) continue
      const time = Math.max(queue.time, batch.timestamp[queue.row]!)
      if (best === undefined || time < best.time) best = { batch, row: queue.row, time }
    }
    return best === undefined ? undefined : { ...best, time: Math.max(this.#time, best.time) }
  }

  /** Takes what `peek` gave. */
  take({ batch, time }: DueRecord): void {
    const queue = this.#queues.get(batch.sourcePartition)!
    queue.time = Math.max(queue.time, batch.timestamp[queue.row]!)
    this.#time = time
    if (++queue.row < batch.count) return
    queue.batches.shift()
    queue.row = 0
  }
}
