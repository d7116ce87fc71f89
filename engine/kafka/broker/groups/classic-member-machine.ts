// Members that speak the classic protocol in a group of the new one, while consumers go over (KIP-848). For them the group
// plays a classic coordinator: their epoch is the generation, a rebalance is told with REBALANCE_IN_PROGRESS, JoinGroup
// makes the next step towards the target and SyncGroup brings it. Nobody leads: the broker assigns.
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import {
  refusedJoin,
  type HeartbeatRequest,
  type JoinRequest,
  type LeaveRequest,
  type SyncRequest,
} from './classic-group.ts'
import {
  GroupRefusal,
  type ConsumerGroup,
  type ConsumerGroupFacts,
  type ConsumerGroupMember,
  type JoinReply,
  type Outcome,
  type SyncReply,
} from './consumer-group.ts'
import { ConsumerGroupDraft } from './consumer-group-draft.ts'
import { consumerProtocolType, downgradeOf, encodeAssignment, subscriptionOf } from './group-migration.ts'
import { fence, hasOtherSubscription } from './consumer-group-machine.ts'
import { has } from './partitions-by-topic.ts'
import { targetOf } from './target-assignment.ts'

type Join = JoinRequest & { readonly newMemberId: string }

export function onClassicJoin(group: ConsumerGroup, event: Join, facts: ConsumerGroupFacts): Outcome<JoinReply> {
  const draft = new ConsumerGroupDraft(group, facts)
  const memberId = event.memberId === '' ? event.newMemberId : event.memberId
  draft.refuseIfFull(memberId, event.groupInstanceId)
  checkProtocols(draft, event)
  if (event.memberId === '' && event.requireKnownMemberId && event.groupInstanceId === null)
    return draft.outcome(refusedJoin('MEMBER_ID_REQUIRED', memberId))
  const subscription = readSubscription(event.protocols[0]!.metadata, facts)
  const owner = event.groupInstanceId === null ? undefined : draft.staticMember(event.groupInstanceId)
  const member = joiningMember(draft, event, memberId)
  const updated: ConsumerGroupMember = {
    ...member,
    instanceId: event.groupInstanceId ?? member.instanceId,
    rackId: subscription.rackId ?? member.rackId,
    rebalanceTimeoutMs: event.rebalanceTimeoutMs,
    clientId: event.clientId,
    clientHost: event.clientHost,
    subscribedTopicNames: subscription.topicNames,
    subscribedTopicRegex: '',
    classic: { sessionTimeoutMs: event.sessionTimeoutMs, protocols: event.protocols },
  }
  draft.members.set(memberId, updated)
  draft.followSubscriptions(member.previousMemberEpoch === -1 || hasOtherSubscription(member, updated))
  const moved = draft.reconcile(updated, subscription.owned)
  // The last member of the new protocol came back with the classic one.
  if (owner?.classic === null && draft.mayDowngrade)
    draft.downgraded = { group: downgradeOf(draft.group, facts.topics), mustRebalance: false }
  draft.stopTimer('join', memberId)
  draft.restartSession(moved)
  draft.startTimer('sync', memberId, event.rebalanceTimeoutMs)
  return draft.outcome({
    ...refusedJoin('NONE', memberId),
    generationId: moved.memberEpoch,
    protocolType: consumerProtocolType,
    protocolName: event.protocols[0]!.name,
  })
}

/** One of the protocols must be known to all members that speak the classic one. */
function checkProtocols(draft: ConsumerGroupDraft, { protocolType, protocols }: Join): void {
  const others = [...draft.members.values()].flatMap(({ classic }) => (classic === null ? [] : [classic]))
  const isCommon = ({ name }: { name: string }): boolean =>
    others.every((other) => other.protocols.some((protocol) => protocol.name === name))
  if (protocolType !== consumerProtocolType || !protocols.some(isCommon))
    throw new GroupRefusal('INCONSISTENT_GROUP_PROTOCOL', 'The protocols of the member are not supported.')
}

function readSubscription(metadata: Uint8Array, facts: ConsumerGroupFacts): ReturnType<typeof subscriptionOf> {
  try {
    return subscriptionOf(metadata, facts.topics)
  } catch {
    throw new GroupRefusal('UNKNOWN_SERVER_ERROR', 'The embedded consumer protocol of the subscription is malformed.')
  }
}

function joiningMember(draft: ConsumerGroupDraft, event: Join, memberId: string): ConsumerGroupMember {
  if (event.groupInstanceId === null) return draft.members.get(memberId) ?? draft.newMember(memberId)
  if (event.memberId !== '') return draft.identify(memberId, event.groupInstanceId)
  const owner = draft.staticMember(event.groupInstanceId)
  return owner === undefined ? draft.newMember(memberId) : draft.replaceStaticMember(owner, memberId)
}

/** A member that speaks the classic protocol, in the generation that it says. */
function identifyClassic(draft: ConsumerGroupDraft, event: HeartbeatRequest): ConsumerGroupMember {
  const member = draft.identify(event.memberId, event.groupInstanceId)
  if (member.classic === null)
    throw new GroupRefusal('UNKNOWN_MEMBER_ID', `Member ${member.memberId} does not use the classic protocol.`)
  if (member.memberEpoch !== event.generationId)
    throw new GroupRefusal(
      'ILLEGAL_GENERATION',
      `The generation ${event.generationId} is not the member epoch ${member.memberEpoch} of member ${member.memberId}.`,
    )
  return member
}

export function onClassicSync(group: ConsumerGroup, event: SyncRequest, facts: ConsumerGroupFacts): Outcome<SyncReply> {
  const draft = new ConsumerGroupDraft(group, facts)
  const member = identifyClassic(draft, event)
  const protocol = member.classic!.protocols[0]!
  if ((event.protocolType ?? consumerProtocolType) !== consumerProtocolType)
    throw new GroupRefusal('INCONSISTENT_GROUP_PROTOCOL', `The protocol type is ${consumerProtocolType}.`)
  if ((event.protocolName ?? protocol.name) !== protocol.name)
    throw new GroupRefusal('INCONSISTENT_GROUP_PROTOCOL', `The protocol of the member is ${protocol.name}.`)
  if (group.groupEpoch > member.memberEpoch && member.state !== 'unrevoked-partitions') {
    draft.ensureTimer('join', member.memberId, member.rebalanceTimeoutMs)
    return draft.outcome(syncReply('REBALANCE_IN_PROGRESS', event, new Uint8Array(0)))
  }
  draft.stopTimer('sync', member.memberId)
  draft.restartSession(member)
  const subscription = readSubscription(protocol.metadata, facts)
  return draft.outcome(syncReply('NONE', event, encodeAssignment(member.assigned, subscription, facts.topics)))
}

function syncReply(
  error: KafkaErrorName,
  { protocolType, protocolName }: SyncRequest,
  assignment: Uint8Array,
): SyncReply {
  return error === 'NONE'
    ? { error, protocolType, protocolName, assignment }
    : { error, protocolType: null, protocolName: null, assignment }
}

export function onClassicHeartbeat(
  group: ConsumerGroup,
  event: HeartbeatRequest,
  facts: ConsumerGroupFacts,
): Outcome<KafkaErrorName> {
  const draft = new ConsumerGroupDraft(group, facts)
  const member = identifyClassic(draft, event)
  draft.restartSession(member)
  const mustRejoin =
    member.memberEpoch < group.groupEpoch ||
    member.state === 'unrevoked-partitions' ||
    (member.state === 'unreleased-partitions' && !waits(group, member))
  if (!mustRejoin) return draft.outcome('NONE')
  draft.ensureTimer('join', member.memberId, member.rebalanceTimeoutMs)
  return draft.outcome('REBALANCE_IN_PROGRESS')
}

/** Is something of the member's target still with another one? */
function waits(group: ConsumerGroup, member: ConsumerGroupMember): boolean {
  const others = [...group.members.values()].filter((other) => other !== member)
  return [...targetOf(group, member.memberId)].some(([topicId, partitions]) =>
    [...partitions].some(
      (partition) =>
        !has(member.assigned, topicId, partition) &&
        others.some(
          (other) => has(other.assigned, topicId, partition) || has(other.pendingRevocation, topicId, partition),
        ),
    ),
  )
}

/** One error per member. An administrator may name an instance only, and members of either protocol. */
export function onClassicLeave(
  group: ConsumerGroup,
  event: LeaveRequest,
  facts: ConsumerGroupFacts,
): Outcome<readonly KafkaErrorName[]> {
  const draft = new ConsumerGroupDraft(group, facts)
  const leaving = new Set<ConsumerGroupMember>()
  const errors = event.members.map(({ memberId, groupInstanceId }): KafkaErrorName => {
    const isByInstance = groupInstanceId !== null && memberId === ''
    const named = isByInstance ? (draft.staticMember(groupInstanceId)?.memberId ?? '') : memberId
    try {
      leaving.add(draft.identify(named, groupInstanceId))
      return 'NONE'
    } catch (error) {
      if (error instanceof GroupRefusal) return error.error
      throw error
    }
  })
  if (leaving.size > 0) fence(draft, [...leaving])
  return draft.outcome(errors)
}
