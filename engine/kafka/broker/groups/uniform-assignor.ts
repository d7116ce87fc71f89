// Kafka's server-side `uniform` assignor: everybody gets as much as everybody else, and keeps what it can.
//
// Where all read the same topics, numbers differ by one at most and nobody gives away more than that needs. Where they
// read different topics, partitions go to the reader that has least, and move from readers with more to readers with less
// until no move within a topic makes two of its readers more equal.
import { add, countOf, filterPartitions } from './partitions-by-topic.ts'
import type { AssignorInput, AssignorMember, PartitionAssignor } from './partition-assignor.ts'

type Assignment = Map<string, Map<string, Set<number>>>

interface TopicPartition {
  readonly topicId: string
  readonly partition: number
}

export const uniformAssignor: PartitionAssignor = (input) =>
  input.members.every((member) => member.subscribedTopicIds.size === input.partitionCounts.size)
    ? assignToEquals(input)
    : assignToDifferent(input)

function assignToEquals({ members, partitionCounts }: AssignorInput): Assignment {
  const total = [...partitionCounts.values()].reduce((sum, count) => sum + count, 0)
  const quota = Math.floor(total / members.length)
  let extras = total % members.length
  const result: Assignment = new Map()
  const missing = new Map<string, number>()
  for (const { memberId, assigned } of members) {
    let left = quota + (extras-- > 0 ? 1 : 0)
    const kept = filterPartitions(assigned, (topicId) => partitionCounts.has(topicId) && left-- > 0)
    result.set(memberId, kept)
    missing.set(memberId, Math.max(left, 0))
  }
  const free = unassigned(result, partitionCounts)
  for (const [memberId, count] of missing)
    for (const { topicId, partition } of free.splice(0, count)) add(result.get(memberId)!, topicId, partition)
  return result
}

function unassigned(assignment: Assignment, partitionCounts: ReadonlyMap<string, number>): TopicPartition[] {
  const taken = new Map<string, Set<number>>()
  for (const owned of assignment.values())
    for (const [topicId, partitions] of owned) for (const partition of partitions) add(taken, topicId, partition)
  const free: TopicPartition[] = []
  for (const [topicId, count] of partitionCounts)
    for (let partition = 0; partition < count; partition++)
      if (!taken.get(topicId)?.has(partition)) free.push({ topicId, partition })
  return free
}

/** Gives up at some time, as Kafka does: every move makes two members more equal, but topics may undo each other. */
const roundsMax = 16

function assignToDifferent({ members, partitionCounts }: AssignorInput): Assignment {
  const result: Assignment = new Map()
  for (const { memberId, assigned, subscribedTopicIds } of members)
    result.set(
      memberId,
      filterPartitions(assigned, (topicId) => subscribedTopicIds.has(topicId)),
    )
  const sizes = new Map([...result].map(([memberId, owned]) => [memberId, countOf(owned)]))
  const readers = readersOf(members, partitionCounts)
  const order = [...readers.keys()].sort((one, other) => compareTopics(one, other, readers, partitionCounts))
  const free = new Map(order.map((topicId) => [topicId, [] as number[]]))
  for (const { topicId, partition } of unassigned(result, partitionCounts)) free.get(topicId)?.push(partition)
  for (const topicId of order)
    for (const partition of free.get(topicId)!)
      give(result, sizes, extreme(readers.get(topicId)!, sizes).least, topicId, partition)
  for (let round = 0, moved = 1; moved > 0 && round < roundsMax; round++) {
    moved = 0
    for (const topicId of order) moved += balanceTopic(result, sizes, readers.get(topicId)!, topicId)
  }
  return result
}

function readersOf(
  members: readonly AssignorMember[],
  partitionCounts: ReadonlyMap<string, number>,
): Map<string, string[]> {
  const readers = new Map<string, string[]>()
  for (const topicId of partitionCounts.keys()) {
    const ofTopic = members.filter((member) => member.subscribedTopicIds.has(topicId)).map(({ memberId }) => memberId)
    if (ofTopic.length > 0) readers.set(topicId, ofTopic)
  }
  return readers
}

/** Topics with most partitions per reader first: what they make unequal, the others can level. */
function compareTopics(
  one: string,
  other: string,
  readers: ReadonlyMap<string, readonly string[]>,
  partitionCounts: ReadonlyMap<string, number>,
): number {
  const [oneReaders, otherReaders] = [readers.get(one)!.length, readers.get(other)!.length]
  const perReader = partitionCounts.get(other)! / otherReaders - partitionCounts.get(one)! / oneReaders
  return perReader || oneReaders - otherReaders || (one < other ? -1 : 1)
}

function give(
  result: Assignment,
  sizes: Map<string, number>,
  memberId: string,
  topicId: string,
  partition: number,
): void {
  add(result.get(memberId)!, topicId, partition)
  sizes.set(memberId, sizes.get(memberId)! + 1)
}

function extreme(
  readers: readonly string[],
  sizes: ReadonlyMap<string, number>,
  mayGive: (memberId: string) => boolean = () => true,
): { readonly least: string; readonly most: string | undefined } {
  let least = readers[0]!
  let most: string | undefined
  for (const memberId of readers) {
    if (sizes.get(memberId)! < sizes.get(least)!) least = memberId
    if (mayGive(memberId) && (most === undefined || sizes.get(memberId)! > sizes.get(most)!)) most = memberId
  }
  return { least, most }
}

/** Moves partitions of one topic from who has most to who has least; how many. */
function balanceTopic(
  result: Assignment,
  sizes: Map<string, number>,
  readers: readonly string[],
  topicId: string,
): number {
  for (let moved = 0; ; moved++) {
    const { least, most } = extreme(readers, sizes, (memberId) => result.get(memberId)!.has(topicId))
    if (most === undefined || sizes.get(most)! - sizes.get(least)! <= 1) return moved
    const owned = result.get(most)!
    const partition = Math.max(...owned.get(topicId)!)
    owned.get(topicId)!.delete(partition)
    if (owned.get(topicId)!.size === 0) owned.delete(topicId)
    sizes.set(most, sizes.get(most)! - 1)
    give(result, sizes, least, topicId, partition)
  }
}
