// The new group protocol (KIP-848) as pure functions: (group, event, facts) → outcome. No clock, no socket, no random.
//
//   heartbeat: join or stay ─▶ group epoch grows if there is something new ─▶ new target ─▶ one step of this member
//   leave, session over, not revoked in time ─▶ member out, group epoch grows; the next heartbeat makes the target
//
// Invariants (test/engine/kafka/broker/groups): no partition is with two members in epochs that they acknowledged; group
// and member epochs only grow; once all have answered, every partition that somebody reads is with exactly one member.
import {
  GroupRefusal,
  joinEpoch,
  leaveEpoch,
  staticLeaveEpoch,
  type ConsumerGroup,
  type ConsumerGroupFacts,
  type ConsumerGroupMember,
  type ConsumerGroupTimer,
  type ConsumerHeartbeatEvent,
  type ConsumerHeartbeatReply,
  type Outcome,
} from './consumer-group.ts'
import { ConsumerGroupDraft } from './consumer-group-draft.ts'
import { downgradeOf } from './group-migration.ts'
import { isSame, isSubset, partitionsOf, topicIdPartitionsOf, type PartitionsByTopic } from './partitions-by-topic.ts'
import { partitionAssignors } from './target-assignment.ts'
import { checkTopicRegex } from './topic-regex.ts'

/** What is wrong with a heartbeat, whatever its group is. */
export function checkHeartbeat(event: ConsumerHeartbeatEvent): void {
  const { memberId, memberEpoch, instanceId, rackId, serverAssignor, subscribedTopicRegex } = event
  if (instanceId === '') throw new GroupRefusal('INVALID_REQUEST', "InstanceId can't be empty.")
  if (rackId === '') throw new GroupRefusal('INVALID_REQUEST', "RackId can't be empty.")
  if (memberEpoch < staticLeaveEpoch) throw new GroupRefusal('INVALID_REQUEST', 'MemberEpoch is invalid.')
  if (memberEpoch !== joinEpoch && memberId === '')
    throw new GroupRefusal('INVALID_REQUEST', "MemberId can't be empty.")
  if (memberEpoch === staticLeaveEpoch && instanceId === null)
    throw new GroupRefusal('INVALID_REQUEST', "InstanceId can't be null.")
  if (memberEpoch === joinEpoch) checkJoin(event)
  if (serverAssignor !== null && !partitionAssignors.has(serverAssignor)) {
    const known = [...partitionAssignors.keys()].join(', ')
    throw new GroupRefusal(
      'UNSUPPORTED_ASSIGNOR',
      `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${known}.`,
    )
  }
  if (subscribedTopicRegex !== null && subscribedTopicRegex !== '') checkRegex(subscribedTopicRegex)
}

function checkJoin({ rebalanceTimeoutMs, topicPartitions, ...event }: ConsumerHeartbeatEvent): void {
  if (rebalanceTimeoutMs === -1)
    throw new GroupRefusal('INVALID_REQUEST', 'RebalanceTimeoutMs must be provided in first request.')
  if (topicPartitions === null || topicPartitions.length > 0)
    throw new GroupRefusal('INVALID_REQUEST', 'TopicPartitions must be empty when (re-)joining.')
  if (event.subscribedTopicNames === null && event.subscribedTopicRegex === null)
    throw new GroupRefusal(
      'INVALID_REQUEST',
      'Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.',
    )
}

function checkRegex(regex: string): void {
  try {
    checkTopicRegex(regex)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new GroupRefusal(
      'INVALID_REGULAR_EXPRESSION',
      `SubscribedTopicRegex \`${regex}\` is not a valid regular expression: ${reason}.`,
    )
  }
}

/** `memberId` of a member that joins is never empty here: the shell has given it one. */
export function onConsumerHeartbeat(
  group: ConsumerGroup,
  event: ConsumerHeartbeatEvent,
  facts: ConsumerGroupFacts,
): Outcome<ConsumerHeartbeatReply> {
  const draft = new ConsumerGroupDraft(group, facts)
  if (event.memberEpoch < 0) return onLeave(draft, event)
  const owned = event.topicPartitions && partitionsOf(event.topicPartitions)
  draft.refuseIfFull(event.memberId, event.instanceId)
  const member = event.instanceId === null ? dynamicMember(draft, event, owned) : staticMember(draft, event, owned)
  const isNew = !group.members.has(member.memberId)
  const updated = withNews(member, event)
  draft.members.set(updated.memberId, updated)
  draft.followSubscriptions(isFirstHeard(member) || hasOtherSubscription(member, updated))
  const moved = draft.reconcile(updated, owned)
  draft.restartSession(moved)
  const { rebalanceTimeoutMs, subscribedTopicNames, subscribedTopicRegex } = event
  const isFullRequest =
    event.memberEpoch === joinEpoch ||
    (rebalanceTimeoutMs !== -1 && (subscribedTopicNames ?? subscribedTopicRegex) !== null && owned !== null)
  const mustTell = isNew || isFullRequest || !isSame(member.assigned, moved.assigned)
  return draft.outcome({
    error: 'NONE',
    errorMessage: null,
    memberId: moved.memberId,
    memberEpoch: moved.memberEpoch,
    heartbeatIntervalMs: facts.rules.heartbeatIntervalMs,
    assignment: mustTell ? topicIdPartitionsOf(moved.assigned) : null,
  })
}

function isFirstHeard(member: ConsumerGroupMember): boolean {
  return member.previousMemberEpoch === -1
}

function dynamicMember(
  draft: ConsumerGroupDraft,
  { memberId, memberEpoch }: ConsumerHeartbeatEvent,
  owned: PartitionsByTopic | null,
): ConsumerGroupMember {
  if (memberEpoch === joinEpoch && !draft.members.has(memberId)) return draft.newMember(memberId)
  const member = draft.knownMember(memberId)
  checkEpoch(member, memberEpoch, owned)
  return member
}

function staticMember(
  draft: ConsumerGroupDraft,
  event: ConsumerHeartbeatEvent,
  owned: PartitionsByTopic | null,
): ConsumerGroupMember {
  const { memberId, memberEpoch, instanceId } = event
  if (memberEpoch !== joinEpoch) {
    const member = draft.identify(memberId, instanceId)
    checkEpoch(member, memberEpoch, owned)
    return member
  }
  const owner = draft.staticMember(instanceId!)
  if (owner === undefined) return draft.members.get(memberId) ?? draft.newMember(memberId)
  if (owner.classic === null && owner.memberEpoch !== staticLeaveEpoch)
    throw new GroupRefusal(
      'UNRELEASED_INSTANCE_ID',
      `Static member ${memberId} with instance id ${instanceId} cannot join the group because the instance id is owned by member ${owner.memberId}.`,
    )
  return draft.replaceStaticMember(owner, memberId)
}

/** An epoch of the past is good only where the answer with the new one may have been lost. */
function checkEpoch(member: ConsumerGroupMember, received: number, owned: PartitionsByTopic | null): void {
  const { memberEpoch, previousMemberEpoch, assigned } = member
  if (received === memberEpoch) return
  const mayHaveMissed = received === previousMemberEpoch && owned !== null && isSubset(owned, assigned)
  if (received < memberEpoch && mayHaveMissed) return
  throw new GroupRefusal(
    'FENCED_MEMBER_EPOCH',
    `The consumer group member has a ${received > memberEpoch ? 'greater' : 'smaller'} member epoch (${received}) than the one known by the group coordinator (${memberEpoch}). The member must abandon all its partitions and rejoin.`,
  )
}

/** The member with what the heartbeat says about it. */
function withNews(member: ConsumerGroupMember, event: ConsumerHeartbeatEvent): ConsumerGroupMember {
  const { instanceId, rackId, rebalanceTimeoutMs, serverAssignor, subscribedTopicNames, subscribedTopicRegex } = event
  return {
    ...member,
    instanceId: instanceId ?? member.instanceId,
    rackId: rackId ?? member.rackId,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : rebalanceTimeoutMs,
    serverAssignor: serverAssignor ?? member.serverAssignor,
    subscribedTopicNames: subscribedTopicNames === null ? member.subscribedTopicNames : sorted(subscribedTopicNames),
    subscribedTopicRegex: subscribedTopicRegex ?? member.subscribedTopicRegex,
    clientId: event.clientId,
    clientHost: event.clientHost,
    classic: null,
  }
}

export function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort()
}

export function hasOtherSubscription(before: ConsumerGroupMember, after: ConsumerGroupMember): boolean {
  return (
    before.subscribedTopicRegex !== after.subscribedTopicRegex ||
    before.subscribedTopicNames.join() !== after.subscribedTopicNames.join()
  )
}

function onLeave(draft: ConsumerGroupDraft, event: ConsumerHeartbeatEvent): Outcome<ConsumerHeartbeatReply> {
  const { memberId, memberEpoch, instanceId } = event
  const member = draft.identify(memberId, instanceId)
  if (memberEpoch === leaveEpoch || instanceId === null) fence(draft, [member])
  else draft.restStaticMember(member, staticLeaveEpoch)
  return draft.outcome({
    error: 'NONE',
    errorMessage: null,
    memberId,
    memberEpoch,
    heartbeatIntervalMs: 0,
    assignment: null,
  })
}

/** Members are out. Those who are left speak the classic protocol only? Then so does the group. */
export function fence(draft: ConsumerGroupDraft, leaving: readonly ConsumerGroupMember[]): void {
  for (const { memberId } of leaving) draft.dropMember(memberId)
  if (draft.mayDowngrade && leaving.some(({ classic }) => classic === null))
    draft.downgraded = { group: downgradeOf(draft.group, draft.facts.topics), mustRebalance: true }
  draft.refreshMetadata()
  draft.bumpEpoch()
}

export function onConsumerGroupTimer(
  group: ConsumerGroup,
  timer: ConsumerGroupTimer,
  facts: ConsumerGroupFacts,
): Outcome<undefined> {
  const draft = new ConsumerGroupDraft(group, facts)
  const member = draft.members.get(timer.memberId)
  if (member !== undefined) fence(draft, [member])
  return draft.outcome(undefined)
}

/** May the member commit offsets, or ask for them with its epoch? Undefined: yes. */
export function commitRefusal(
  group: ConsumerGroup,
  {
    memberId,
    memberEpoch,
    version,
  }: { memberId: string; memberEpoch: number; version: number | 'transactional' | 'fetch' },
): GroupRefusal | undefined {
  if (memberEpoch < 0 && group.members.size === 0 && version !== 'fetch') return undefined
  const member = group.members.get(memberId)
  if (member === undefined)
    return new GroupRefusal('UNKNOWN_MEMBER_ID', `Member ${memberId} is not a member of group ${group.groupId}.`)
  if (typeof version === 'number' && version < 9 && member.classic === null)
    return new GroupRefusal(
      'UNSUPPORTED_VERSION',
      'OffsetCommit version 9 or above must be used by members using the consumer group protocol',
    )
  if (memberEpoch === member.memberEpoch) return undefined
  const error = member.classic === null ? 'STALE_MEMBER_EPOCH' : 'ILLEGAL_GENERATION'
  return new GroupRefusal(
    error,
    `The received member epoch ${memberEpoch} does not match the expected ${member.memberEpoch}.`,
  )
}
