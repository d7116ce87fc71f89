// Sets of partitions, by topic id: what a member owns, gives back or is to get.

export type PartitionsByTopic = ReadonlyMap<string, ReadonlySet<number>>

/** As it travels in requests and responses. */
export interface TopicIdPartitions {
  readonly topicId: string
  readonly partitions: readonly number[]
}

export const noPartitions: PartitionsByTopic = new Map()

export function partitionsOf(topics: readonly TopicIdPartitions[]): PartitionsByTopic {
  const result = new Map<string, Set<number>>()
  for (const { topicId, partitions } of topics) for (const partition of partitions) add(result, topicId, partition)
  return result
}

/** In order, so that the same set is always told in the same way. */
export function topicIdPartitionsOf(sets: PartitionsByTopic): TopicIdPartitions[] {
  return [...sets].map(([topicId, partitions]) => ({ topicId, partitions: [...partitions].sort((a, b) => a - b) }))
}

export function add(sets: Map<string, Set<number>>, topicId: string, partition: number): void {
  const partitions = sets.get(topicId)
  if (partitions === undefined) sets.set(topicId, new Set([partition]))
  else partitions.add(partition)
}

export function has(sets: PartitionsByTopic, topicId: string, partition: number): boolean {
  return sets.get(topicId)?.has(partition) ?? false
}

export function filterPartitions(
  sets: PartitionsByTopic,
  isWanted: (topicId: string, partition: number) => boolean,
): Map<string, Set<number>> {
  const result = new Map<string, Set<number>>()
  for (const [topicId, partitions] of sets)
    for (const partition of partitions) if (isWanted(topicId, partition)) add(result, topicId, partition)
  return result
}

export function union(one: PartitionsByTopic, other: PartitionsByTopic): PartitionsByTopic {
  const result = filterPartitions(one, () => true)
  for (const [topicId, partitions] of other) for (const partition of partitions) add(result, topicId, partition)
  return result
}

export function countOf(sets: PartitionsByTopic): number {
  let count = 0
  for (const partitions of sets.values()) count += partitions.size
  return count
}

export function isSubset(part: PartitionsByTopic, whole: PartitionsByTopic): boolean {
  return filterPartitions(part, (topicId, partition) => !has(whole, topicId, partition)).size === 0
}

export function isSame(one: PartitionsByTopic, other: PartitionsByTopic): boolean {
  return one === other || (countOf(one) === countOf(other) && isSubset(one, other))
}
