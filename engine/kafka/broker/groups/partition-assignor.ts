// The contract of server-side assignors (KIP-848): who of a group gets which partitions.
import type { PartitionsByTopic } from './partitions-by-topic.ts'

export interface AssignorMember {
  readonly memberId: string
  readonly instanceId: string | null
  /** Topic ids; each is in `AssignorInput.partitionCounts`. */
  readonly subscribedTopicIds: ReadonlySet<string>
  /** The target until now: partitions of existing topics, each with one member only. */
  readonly assigned: PartitionsByTopic
}

export interface AssignorInput {
  /** At least one. */
  readonly members: readonly AssignorMember[]
  /** By topic id. */
  readonly partitionCounts: ReadonlyMap<string, number>
}

/**
 * Gives each partition of a topic that somebody reads to exactly one member that reads it. The same input gives the same
 * assignment. Pure.
 */
export type PartitionAssignor = (input: AssignorInput) => ReadonlyMap<string, PartitionsByTopic>
