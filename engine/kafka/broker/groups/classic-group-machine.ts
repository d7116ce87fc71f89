// The classic group protocol as a pure state machine: (group, event) → [group, commands]. No clock, no socket, no random.
//
//   Empty ──join──▶ PreparingRebalance ──all joined, or join timer──▶ CompletingRebalance ──leader's sync──▶ Stable
//     ▲                 ▲        │ nobody left                             │ join, leave,                      │
//     └─────────────────┼────────┘                                         │ session or sync timer             │
//                       └──────────────────────────────────────────────────┴───────────────────────────────────┘
//
// Invariants (test/engine/kafka/broker/groups): every token is answered once, at the latest when its timer fires; nobody
// is told a generation that others of the same generation are not; a leader is a member; generations only grow; in Stable
// everybody who synced got an assignment of that generation.
import {
  electProtocol,
  supportsProtocols,
  type ClassicGroup,
  type CommitEvent,
  type GroupCommand,
  type GroupEvent,
  type GroupMember,
  type GroupRules,
  type GroupTimer,
  type HeartbeatEvent,
  type JoinEvent,
  type LeaveEvent,
  type SyncEvent,
} from './classic-group.ts'
import { GroupDraft } from './group-draft.ts'
import { assertNever } from '../../../common/check.ts'
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'

export function nextGroup(
  group: ClassicGroup,
  event: GroupEvent,
  rules: GroupRules,
): [ClassicGroup, readonly GroupCommand[]] {
  const draft = new GroupDraft(group, rules)
  switch (event.kind) {
    case 'join':
      onJoin(draft, event)
      break
    case 'sync':
      onSync(draft, event)
      break
    case 'heartbeat':
      onHeartbeat(draft, event)
      break
    case 'commit':
      onCommit(draft, event)
      break
    case 'leave':
      onLeave(draft, event)
      break
    case 'rebalance':
      for (const member of draft.members.values()) draft.restartSession(member)
      draft.prepareRebalance()
      break
    case 'timer':
      onTimer(draft, event.timer)
      break
    default:
      assertNever(event)
  }
  return [draft.group, draft.commands]
}

/** The group goes on under another protocol: the answers to those who wait for this one. */
export function farewells(group: ClassicGroup, rules: GroupRules): readonly GroupCommand[] {
  const draft = new GroupDraft(group, rules)
  draft.answerAll()
  return draft.commands
}

function onJoin(draft: GroupDraft, event: JoinEvent): void {
  const { memberId, token } = event
  if (!supportsProtocols(draft.group, event.protocolType, event.protocols))
    return draft.refuseJoin(token, 'INCONSISTENT_GROUP_PROTOCOL', memberId)
  if (memberId === '') return onFirstJoin(draft, event)
  if (draft.pendingMembers.has(memberId) && event.groupInstanceId === null) return join(draft, event, memberId)
  const identityError = draft.identityError(memberId, event.groupInstanceId)
  if (identityError !== undefined) return draft.refuseJoin(token, identityError, memberId)
  onRejoin(draft, event, draft.members.get(memberId)!)
}

function onFirstJoin(draft: GroupDraft, event: JoinEvent): void {
  if (event.groupInstanceId !== null) {
    const owner = draft.staticMember(event.groupInstanceId)
    if (owner !== undefined) return replaceStaticMember(draft, event, owner)
    return join(draft, event, event.newMemberId)
  }
  if (!event.requireKnownMemberId) return join(draft, event, event.newMemberId)
  draft.pendingMembers.add(event.newMemberId)
  draft.startTimer({ kind: 'pending', memberId: event.newMemberId }, event.sessionTimeoutMs)
  draft.refuseJoin(event.token, 'MEMBER_ID_REQUIRED', event.newMemberId)
}

function join(draft: GroupDraft, event: JoinEvent, memberId: string): void {
  const member = memberOf(event, memberId)
  draft.addMember(member, event.protocolType, event.token)
  draft.prepareRebalance()
}

function memberOf(event: JoinEvent, memberId: string): GroupMember {
  const { groupInstanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols } = event
  return {
    memberId,
    groupInstanceId,
    clientId,
    clientHost,
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    protocols,
    assignment: new Uint8Array(0),
    joining: undefined,
    syncing: undefined,
    isNew: true,
  }
}

function onRejoin(draft: GroupDraft, event: JoinEvent, member: GroupMember): void {
  const isUnchanged = hasProtocols(member, event)
  const tellsAgain =
    (draft.state === 'CompletingRebalance' && isUnchanged) ||
    (draft.state === 'Stable' && isUnchanged && draft.leaderId !== member.memberId)
  if (tellsAgain) {
    draft.restartSession(member)
    return draft.replyJoin(event.token, draft.joinReply(member))
  }
  const { protocols, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs } = event
  const updated = { ...member, protocols, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs }
  if (draft.state === 'CompletingRebalance') {
    // The rebalance that begins answers everybody's sync, its own old one too.
    draft.setMember(updated)
    draft.prepareRebalance()
    draft.parkJoin(draft.members.get(member.memberId)!, event.token)
    return draft.completeJoinIfAllJoined()
  }
  draft.parkJoin(updated, event.token)
  draft.prepareRebalance()
}

function hasProtocols(member: GroupMember, event: JoinEvent): boolean {
  return (
    member.protocols.length === event.protocols.length &&
    member.protocols.every((protocol, index) => {
      const other = event.protocols[index]!
      return protocol.name === other.name && Buffer.compare(protocol.metadata, other.metadata) === 0
    })
  )
}

/** A static member came back under a new id (KIP-345): the old one is fenced, the assignment stays if it can. */
function replaceStaticMember(draft: GroupDraft, event: JoinEvent, owner: GroupMember): void {
  const wasLeader = draft.leaderId === owner.memberId
  if (owner.joining !== undefined) draft.refuseJoin(owner.joining, 'FENCED_INSTANCE_ID', owner.memberId)
  if (owner.syncing !== undefined) draft.replySync(owner.syncing, 'FENCED_INSTANCE_ID')
  draft.stopTimer({ kind: 'session', memberId: owner.memberId })
  draft.members.delete(owner.memberId)
  if (draft.pendingSync.delete(owner.memberId)) draft.pendingSync.add(event.newMemberId)
  if (wasLeader) draft.leaderId = event.newMemberId
  const member: GroupMember = {
    ...memberOf(event, event.newMemberId),
    assignment: owner.assignment,
    isNew: false,
  }
  draft.setMember(member)
  const staysStable = draft.state === 'Stable' && electProtocol([...draft.members.values()]) === draft.protocolName
  if (!staysStable) {
    if (draft.state === 'CompletingRebalance') draft.prepareRebalance()
    draft.parkJoin(draft.members.get(member.memberId)!, event.token)
    return draft.prepareRebalance()
  }
  draft.commands.push({ kind: 'persist' })
  draft.restartSession(member)
  // A leader that does not know the flag would assign anew: it is told that somebody else leads.
  const told = event.maySkipAssignment
    ? { skipAssignment: wasLeader }
    : { leaderId: wasLeader ? owner.memberId : draft.leaderId! }
  draft.replyJoin(event.token, draft.joinReply(member, told))
}

function onSync(draft: GroupDraft, event: SyncEvent): void {
  const error = syncError(draft, event)
  if (error !== undefined) return draft.replySync(event.token, error)
  const member = draft.members.get(event.memberId)!
  draft.pendingSync.delete(event.memberId)
  if (draft.state === 'Stable') {
    draft.restartSession(member)
    stopSyncTimerIfDone(draft)
    return draft.replySync(event.token, 'NONE', member.assignment)
  }
  if (member.syncing !== undefined) draft.replySync(member.syncing, 'REBALANCE_IN_PROGRESS')
  draft.setMember({ ...member, syncing: event.token })
  draft.stopTimer({ kind: 'session', memberId: member.memberId })
  if (event.memberId === draft.leaderId) assign(draft, event.assignments)
}

function syncError(draft: GroupDraft, event: SyncEvent): KafkaErrorName | undefined {
  const identityError = draft.identityError(event.memberId, event.groupInstanceId)
  if (identityError !== undefined) return identityError
  if (event.generationId !== draft.generationId) return 'ILLEGAL_GENERATION'
  if (event.protocolType !== null && event.protocolType !== draft.protocolType) return 'INCONSISTENT_GROUP_PROTOCOL'
  if (event.protocolName !== null && event.protocolName !== draft.protocolName) return 'INCONSISTENT_GROUP_PROTOCOL'
  if (draft.state === 'Empty') return 'UNKNOWN_MEMBER_ID'
  return draft.state === 'PreparingRebalance' ? 'REBALANCE_IN_PROGRESS' : undefined
}

function assign(draft: GroupDraft, assignments: ReadonlyMap<string, Uint8Array>): void {
  draft.state = 'Stable'
  const assigned = [...draft.members.values()].map((member) => ({
    member,
    assignment: assignments.get(member.memberId) ?? new Uint8Array(0),
  }))
  for (const { member, assignment } of assigned) draft.setMember({ ...member, assignment, syncing: undefined })
  draft.commands.push({ kind: 'persist' })
  for (const { member, assignment } of assigned) {
    if (member.syncing === undefined) continue
    draft.replySync(member.syncing, 'NONE', assignment)
    draft.restartSession(member)
  }
  stopSyncTimerIfDone(draft)
}

function stopSyncTimerIfDone(draft: GroupDraft): void {
  if (draft.pendingSync.size === 0) draft.stopTimer({ kind: 'sync' })
}

function onHeartbeat(draft: GroupDraft, event: HeartbeatEvent): void {
  const identityError = draft.identityError(event.memberId, event.groupInstanceId)
  if (identityError !== undefined) return draft.replyError(event.token, identityError)
  if (event.generationId !== draft.generationId) return draft.replyError(event.token, 'ILLEGAL_GENERATION')
  keepAlive(draft, event.memberId)
  draft.replyError(event.token, draft.state === 'PreparingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE')
}

function onCommit(draft: GroupDraft, event: CommitEvent): void {
  if (event.generationId < 0 && draft.members.size === 0) return draft.replyError(event.token, 'NONE')
  const identityError = draft.identityError(event.memberId, event.groupInstanceId)
  if (identityError !== undefined) return draft.replyError(event.token, identityError)
  if (event.generationId !== draft.generationId) return draft.replyError(event.token, 'ILLEGAL_GENERATION')
  keepAlive(draft, event.memberId)
  draft.replyError(event.token, draft.state === 'CompletingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE')
}

/** Whoever waits for an answer of ours has no session to lose. */
function keepAlive(draft: GroupDraft, memberId: string): void {
  const member = draft.members.get(memberId)!
  if (member.joining === undefined && member.syncing === undefined) draft.restartSession(member)
}

function onLeave(draft: GroupDraft, event: LeaveEvent): void {
  const errors: KafkaErrorName[] = []
  for (const { memberId, groupInstanceId } of event.members) errors.push(leave(draft, memberId, groupInstanceId))
  draft.commands.push({ kind: 'reply-leave', token: event.token, errors })
}

function leave(draft: GroupDraft, memberId: string, groupInstanceId: string | null): KafkaErrorName {
  if (memberId === '' && groupInstanceId !== null) {
    const owner = draft.staticMember(groupInstanceId)
    if (owner === undefined) return 'UNKNOWN_MEMBER_ID'
    draft.removeMember(owner)
    return 'NONE'
  }
  if (draft.pendingMembers.has(memberId)) {
    const { state } = draft
    forgetPending(draft, memberId)
    draft.stopTimer({ kind: 'pending', memberId })
    // As in Kafka, though it never was one of them, the others join anew.
    if (state === 'Stable' || state === 'CompletingRebalance') draft.prepareRebalance()
    return 'NONE'
  }
  const identityError = draft.identityError(memberId, groupInstanceId)
  if (identityError !== undefined) return identityError
  draft.removeMember(draft.members.get(memberId)!)
  return 'NONE'
}

function forgetPending(draft: GroupDraft, memberId: string): void {
  if (draft.pendingMembers.delete(memberId)) draft.completeJoinIfAllJoined()
}

function onTimer(draft: GroupDraft, timer: GroupTimer): void {
  switch (timer.kind) {
    case 'join':
      return draft.joinTimeIsOver()
    case 'sync':
      return draft.syncTimeIsOver()
    case 'pending':
      return forgetPending(draft, timer.memberId)
    case 'session': {
      const member = draft.members.get(timer.memberId)
      if (member !== undefined) draft.removeMember(member)
    }
  }
}
