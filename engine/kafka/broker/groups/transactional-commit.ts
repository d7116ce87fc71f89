// May somebody commit offsets of the group with a transaction (TxnOffsetCommit, KIP-447)? Other than with OffsetCommit, a
// rebalance does not matter, and old clients name no member at all.
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import type { ClassicGroup } from './classic-group.ts'

export interface CommittingMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** -1: not a member. */
  readonly generationId: number
}

export function transactionalCommitError(group: ClassicGroup, member: CommittingMember): KafkaErrorName {
  const { memberId, groupInstanceId, generationId } = member
  if (generationId < 0 && group.state === 'Empty') return 'NONE'
  if (generationId < 0 && memberId === '' && groupInstanceId === null) return 'NONE'
  if (groupInstanceId !== null) {
    const owner = [...group.members.values()].find((known) => known.groupInstanceId === groupInstanceId)
    if (owner === undefined) return 'UNKNOWN_MEMBER_ID'
    if (owner.memberId !== memberId) return 'FENCED_INSTANCE_ID'
  } else if (!group.members.has(memberId)) return 'UNKNOWN_MEMBER_ID'
  return generationId === group.generationId ? 'NONE' : 'ILLEGAL_GENERATION'
}
