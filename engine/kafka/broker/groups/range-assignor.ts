// Kafka's server-side `range` assignor: each topic is cut into as many ranges as it has readers, in the same order of
// members for every topic, so that equal partitions of equally large topics come together. Static members come first, by
// instance id; they keep their place when they come back under another member id.
import type { AssignorMember, PartitionAssignor } from './partition-assignor.ts'

export const rangeAssignor: PartitionAssignor = ({ members, partitionCounts }) => {
  const ordered = [...members].sort(byInstanceThenMember)
  const result = new Map(ordered.map(({ memberId }) => [memberId, new Map<string, Set<number>>()]))
  for (const [topicId, partitionCount] of partitionCounts) {
    const readers = ordered.filter((member) => member.subscribedTopicIds.has(topicId))
    const quota = Math.floor(partitionCount / readers.length)
    const extra = partitionCount % readers.length
    let next = 0
    for (const [index, { memberId }] of readers.entries()) {
      const range = Array.from({ length: quota + (index < extra ? 1 : 0) }, () => next++)
      if (range.length > 0) result.get(memberId)!.set(topicId, new Set(range))
    }
  }
  return result
}

function byInstanceThenMember(one: AssignorMember, other: AssignorMember): number {
  if ((one.instanceId === null) !== (other.instanceId === null)) return one.instanceId === null ? 1 : -1
  return compare(one.instanceId ?? one.memberId, other.instanceId ?? other.memberId)
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
