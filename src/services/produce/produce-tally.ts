// What was sent, counted.
import { malformations, type EventBatch, type Malformation } from '../../generators/index.ts'

export class ProduceTally {
  records = 0
  /** Of keys and values. */
  bytes = 0
  late = 0
  /** Records whose event time lies before that of one sent earlier. */
  outOfOrder = 0
  tombstones = 0
  readonly bad = new Float64Array(malformations.length)
  readonly partitions: Float64Array
  firstEventMs = Infinity
  lastEventMs = -Infinity

  constructor(partitions: number) {
    this.partitions = new Float64Array(partitions)
  }

  /** Records `from` (inclusive) to `to` (exclusive). */
  add(batch: EventBatch, from: number, to: number): void {
    const { partition, keyLength, valueLength, timeMs, late, malformed } = batch
    let bytes = 0
    for (let index = from; index < to; index++) {
      this.partitions[partition[index]!]!++
      bytes += Math.max(0, keyLength[index]!) + Math.max(0, valueLength[index]!)
      if (valueLength[index]! < 0) this.tombstones++
      this.late += late[index]!
      if (malformed[index]! > 0) this.bad[malformed[index]! - 1]!++
      const at = timeMs[index]!
      if (at < this.firstEventMs) this.firstEventMs = at
      if (at >= this.lastEventMs) this.lastEventMs = at
      else if (at < this.lastEventMs) this.outOfOrder++
    }
    this.bytes += bytes
    this.records += to - from
  }

  get badByKind(): Record<Malformation, number> {
    return Object.fromEntries(malformations.map((kind, index) => [kind, this.bad[index]!])) as Record<
      Malformation,
      number
    >
  }

  get badCount(): number {
    return this.bad.reduce((sum, count) => sum + count, 0)
  }
}
