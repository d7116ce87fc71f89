// How a member gets from what it has to what it is to have: it gives back first, moves on to the target's epoch then, and
// gets what others gave back. So no partition is ever with two members in epochs that they have acknowledged (KIP-848).
import type { ConsumerGroupMember } from './consumer-group.ts'
import { filterPartitions, has, noPartitions, union, type PartitionsByTopic } from './partitions-by-topic.ts'

export interface Reconciliation {
  readonly targetEpoch: number
  readonly target: PartitionsByTopic
  /** Is the partition still with another member? */
  readonly isTaken: (topicId: string, partition: number) => boolean
  /** What the member says that it holds; null where it says nothing. */
  readonly owned: PartitionsByTopic | null
}

/** One step on the way, or the same member where there is none to make. */
export function reconcile(member: ConsumerGroupMember, goal: Reconciliation): ConsumerGroupMember {
  switch (member.state) {
    case 'stable':
      return member.memberEpoch === goal.targetEpoch ? member : nextAssignment(member, member.memberEpoch, goal)
    case 'unrevoked-partitions':
      return holdsAny(goal.owned, member.pendingRevocation)
        ? member
        : nextAssignment(member, member.memberEpoch + 1, goal)
    case 'unreleased-partitions':
      return nextAssignment(member, member.memberEpoch, goal)
  }
}

/** A member that does not say what it holds may hold anything. */
function holdsAny(owned: PartitionsByTopic | null, revoked: PartitionsByTopic): boolean {
  return owned === null || filterPartitions(owned, (topicId, partition) => has(revoked, topicId, partition)).size > 0
}

function nextAssignment(member: ConsumerGroupMember, memberEpoch: number, goal: Reconciliation): ConsumerGroupMember {
  const { target, targetEpoch, isTaken, owned } = goal
  const kept = filterPartitions(member.assigned, (topicId, partition) => has(target, topicId, partition))
  const toRevoke = filterPartitions(member.assigned, (topicId, partition) => !has(target, topicId, partition))
  if (toRevoke.size > 0 && holdsAny(owned, toRevoke))
    return moved(member, memberEpoch, {
      state: 'unrevoked-partitions',
      assigned: kept,
      pendingRevocation: toRevoke,
    })
  const missing = filterPartitions(target, (topicId, partition) => !has(kept, topicId, partition))
  const free = filterPartitions(missing, (topicId, partition) => !isTaken(topicId, partition))
  const hasUnreleased = filterPartitions(missing, isTaken).size > 0
  return moved(member, targetEpoch, {
    state: hasUnreleased ? 'unreleased-partitions' : 'stable',
    assigned: free.size === 0 ? kept : union(kept, free),
    pendingRevocation: noPartitions,
  })
}

function moved(
  member: ConsumerGroupMember,
  memberEpoch: number,
  more: Pick<ConsumerGroupMember, 'state' | 'assigned' | 'pendingRevocation'>,
): ConsumerGroupMember {
  return { ...member, ...more, memberEpoch, previousMemberEpoch: member.memberEpoch }
}
