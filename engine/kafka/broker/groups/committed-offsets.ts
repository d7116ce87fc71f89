// The committed offsets of all groups, in memory.
import type { CommittedOffset } from './group-records.ts'

export interface TopicOffsets {
  readonly topic: string
  readonly partitions: readonly { readonly partition: number; readonly committed: CommittedOffset }[]
}

export class CommittedOffsets {
  private readonly groups = new Map<string, Map<string, Map<number, CommittedOffset>>>()

  get groupIds(): string[] {
    return [...this.groups.keys()]
  }

  get(groupId: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.groups.get(groupId)?.get(topic)?.get(partition)
  }

  ofGroup(groupId: string): TopicOffsets[] {
    return [...(this.groups.get(groupId) ?? [])].map(([topic, partitions]) => ({
      topic,
      partitions: [...partitions].map(([partition, committed]) => ({ partition, committed })),
    }))
  }

  set(groupId: string, topic: string, partition: number, committed: CommittedOffset): void {
    let topics = this.groups.get(groupId)
    if (topics === undefined) this.groups.set(groupId, (topics = new Map<string, Map<number, CommittedOffset>>()))
    let partitions = topics.get(topic)
    if (partitions === undefined) topics.set(topic, (partitions = new Map<number, CommittedOffset>()))
    partitions.set(partition, committed)
  }

  delete(groupId: string, topic: string, partition: number): void {
    const topics = this.groups.get(groupId)
    const partitions = topics?.get(topic)
    partitions?.delete(partition)
    if (partitions?.size === 0) topics!.delete(topic)
    if (topics?.size === 0) this.groups.delete(groupId)
  }
}
