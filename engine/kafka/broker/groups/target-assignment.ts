// What the members of a consumer group read, and who is to get what of it.
import { crc32c } from '../../protocol/crc32c.ts'
import { xxhash32 } from '../../protocol/xxhash32.ts'
import { subscribedTopics, type ConsumerGroup, type ConsumerGroupMember, type TopicsView } from './consumer-group.ts'
import type { PartitionAssignor } from './partition-assignor.ts'
import { filterPartitions, isSame, noPartitions, type PartitionsByTopic } from './partitions-by-topic.ts'
import { rangeAssignor } from './range-assignor.ts'
import { matchingTopics } from './topic-regex.ts'
import { uniformAssignor } from './uniform-assignor.ts'

/** `group.consumer.assignors`; the first one is the default. */
export const partitionAssignors: ReadonlyMap<string, PartitionAssignor> = new Map([
  ['uniform', uniformAssignor],
  ['range', rangeAssignor],
])

const defaultAssignor = 'uniform'

/** What the members' regular expressions match among the topics there are. */
export function resolveRegexes(group: ConsumerGroup, topics: TopicsView): ReadonlyMap<string, readonly string[]> {
  const regexes = new Set([...group.members.values()].map((member) => member.subscribedTopicRegex))
  regexes.delete('')
  if (regexes.size === 0) return new Map()
  const names = [...topics.names()]
  return new Map([...regexes].map((regex) => [regex, matchingTopics(regex, names)]))
}

/** Another one when a topic that members read came, went, came anew or got partitions; 0 where they read none. */
export function metadataHashOf(group: ConsumerGroup, topics: TopicsView): bigint {
  const names = new Set([...group.members.values()].flatMap((member) => [...subscribedTopics(group, member)]))
  const lines: string[] = []
  for (const name of [...names].sort()) {
    const topic = topics.get(name)
    if (topic !== undefined) lines.push(`${name}:${topic.topicId}:${topic.partitionCount}`)
  }
  if (lines.length === 0) return 0n
  const bytes = Buffer.from(lines.join('\n'))
  return BigInt.asIntN(64, (BigInt(crc32c(bytes)) << 32n) | BigInt(xxhash32(bytes, 0, bytes.length)))
}

/** What most members ask for. */
export function preferredAssignor(group: ConsumerGroup): string {
  const votes = new Map<string, number>()
  for (const { serverAssignor } of group.members.values())
    if (serverAssignor !== null) votes.set(serverAssignor, (votes.get(serverAssignor) ?? 0) + 1)
  let best = defaultAssignor
  for (const [name, count] of votes) if (count > (votes.get(best) ?? 0)) best = name
  return best
}

/** The target for the group as it is now. Members whose target does not change keep the very same object. */
export function computeTarget(group: ConsumerGroup, topics: TopicsView): Map<string, PartitionsByTopic> {
  const result = new Map<string, PartitionsByTopic>()
  if (group.members.size === 0) return result
  const partitionCounts = new Map<string, number>()
  const subscribed = (member: ConsumerGroupMember): Set<string> => {
    const topicIds = new Set<string>()
    for (const name of subscribedTopics(group, member)) {
      const topic = topics.get(name)
      if (topic === undefined) continue
      topicIds.add(topic.topicId)
      partitionCounts.set(topic.topicId, topic.partitionCount)
    }
    return topicIds
  }
  const members = [...group.members.values()].map((member) => ({ member, topicIds: subscribed(member) }))
  const assign = partitionAssignors.get(preferredAssignor(group)) ?? uniformAssignor
  const assigned = assign({
    members: members.map(({ member: { memberId, instanceId }, topicIds }) => ({
      memberId,
      instanceId,
      subscribedTopicIds: topicIds,
      assigned: filterPartitions(targetOf(group, memberId), (topicId) => partitionCounts.has(topicId)),
    })),
    partitionCounts,
  })
  for (const memberId of group.members.keys()) {
    const [before, after] = [group.target.get(memberId), assigned.get(memberId) ?? noPartitions]
    result.set(memberId, before !== undefined && isSame(before, after) ? before : after)
  }
  return result
}

export function targetOf(group: ConsumerGroup, memberId: string): PartitionsByTopic {
  return group.target.get(memberId) ?? noPartitions
}
