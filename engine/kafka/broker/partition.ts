// One partition as the broker serves it: its log, and who waits for it to grow.
import type { PartitionLog } from '../log/partition-log.ts'

export class Partition {
  readonly topic: string
  readonly topicId: string
  readonly index: number
  readonly log: PartitionLog
  private readonly waiting = new Set<() => void>()

  constructor(topic: string, topicId: string, index: number, log: PartitionLog) {
    this.topic = topic
    this.topicId = topicId
    this.index = index
    this.log = log
  }

  /** `wake` is called after each change of the log until the returned function is called. */
  watch(wake: () => void): () => void {
    this.waiting.add(wake)
    return () => this.waiting.delete(wake)
  }

  /** The log grew, or the partition was deleted. */
  changed(): void {
    for (const wake of this.waiting) wake()
  }
}
