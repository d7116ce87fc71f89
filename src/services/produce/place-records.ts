// Which partition each record goes to.
import { FlinktsError, partitionOfKey, StickyPartition } from '../../../engine/host.ts'
import type { EventBatch } from '../../generators/index.ts'

export interface Placement {
  /** All records go there. */
  readonly partition: number | undefined
  /** Nothing goes there: the records of their keys go to the others, those of one key still together. */
  readonly idlePartitions: readonly number[]
}

export class RecordPlacer {
  private readonly partitions: number
  private readonly fixed: number | undefined
  private readonly isIdle: readonly boolean[]
  private readonly active: readonly number[]
  private readonly sticky: StickyPartition

  /** Throws OPTION_INVALID for partitions that the topic does not have. */
  constructor(topic: string, partitions: number, placement: Placement, random: () => number) {
    const has = partitions === 1 ? 'it has partition 0 only' : `it has partitions 0 to ${partitions - 1}`
    for (const partition of [placement.partition ?? 0, ...placement.idlePartitions]) {
      if (partition < partitions) continue
      throw new FlinktsError('OPTION_INVALID', `topic ${topic} has no partition ${partition}: ${has}`, {
        fix: `Name another one, or give the topic more: \`flinkts topics create ${topic} --partitions ${partition + 1}\`, before it exists.`,
      })
    }
    this.partitions = partitions
    this.fixed = placement.partition
    this.isIdle = Array.from({ length: partitions }, (_, partition) => placement.idlePartitions.includes(partition))
    this.active = [...this.isIdle.keys()].filter((partition) => !this.isIdle[partition])
    if (this.active.length === 0 || (this.fixed !== undefined && this.isIdle[this.fixed])) {
      const what = this.active.length === 0 ? `every partition of topic ${topic}` : `partition ${this.fixed}`
      throw new FlinktsError('OPTION_INVALID', `${what} is to stay idle: nothing could be written`, {
        fix: 'Leave out an --idle-partition.',
      })
    }
    this.sticky = new StickyPartition(this.active.length, random)
  }

  place(batch: EventBatch): void {
    const { partition, keyStart, keyLength, valueLength, count } = batch
    const { bytes } = batch
    for (let index = 0; index < count; index++) {
      if (this.fixed !== undefined) partition[index] = this.fixed
      else if (keyLength[index]! < 0) partition[index] = this.active[this.sticky.next(valueLength[index]! + 10)]!
      else partition[index] = this.ofKey(bytes, keyStart[index]!, keyLength[index]!)
    }
  }

  /** As Kafka's clients choose it, but for keys of idle partitions. */
  private ofKey(bytes: Uint8Array, start: number, length: number): number {
    const partition = partitionOfKey(bytes, this.partitions, start, start + length)
    return this.isIdle[partition]
      ? this.active[partitionOfKey(bytes, this.active.length, start, start + length)]!
      : partition
  }
}
