// A group while an event changes it: a private copy of the state and the commands collected so far.
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import {
  electProtocol,
  memberMetadata,
  type ClassicGroup,
  type ClassicGroupState,
  type GroupCommand,
  type GroupMember,
  type GroupRules,
  type GroupTimer,
  refusedJoin,
  type JoinReply,
  type ReplyToken,
  type SyncReply,
} from './classic-group.ts'

/** A member that waits for its first generation has this long; it cannot send heartbeats yet. */
const newMemberTimeoutMs = 5 * 60 * 1000
const noBytes = new Uint8Array(0)

export class GroupDraft {
  readonly commands: GroupCommand[] = []
  readonly members: Map<string, GroupMember>
  readonly pendingMembers: Set<string>
  readonly pendingSync: Set<string>
  readonly rules: GroupRules
  state: ClassicGroupState
  generationId: number
  protocolType: string | null
  protocolName: string | null
  leaderId: string | null
  private readonly groupId: string
  private initialDelay: ClassicGroup['initialDelay']

  constructor(group: ClassicGroup, rules: GroupRules) {
    this.rules = rules
    this.groupId = group.groupId
    this.state = group.state
    this.generationId = group.generationId
    this.protocolType = group.protocolType
    this.protocolName = group.protocolName
    this.leaderId = group.leaderId
    this.members = new Map(group.members)
    this.pendingMembers = new Set(group.pendingMembers)
    this.pendingSync = new Set(group.pendingSync)
    this.initialDelay = group.initialDelay
  }

  get group(): ClassicGroup {
    const { groupId, state, generationId, protocolType, protocolName, leaderId } = this
    const { members, pendingMembers, pendingSync, initialDelay } = this
    return {
      type: 'classic',
      groupId,
      state,
      generationId,
      protocolType,
      protocolName,
      leaderId,
      members,
      pendingMembers,
      pendingSync,
      initialDelay,
    }
  }

  startTimer(timer: GroupTimer, delayMs: number): void {
    this.commands.push({ kind: 'start-timer', timer, delayMs })
  }

  stopTimer(timer: GroupTimer): void {
    this.commands.push({ kind: 'stop-timer', timer })
  }

  restartSession(member: GroupMember): void {
    this.startTimer({ kind: 'session', memberId: member.memberId }, member.sessionTimeoutMs)
  }

  replyError(token: ReplyToken, error: KafkaErrorName): void {
    this.commands.push({ kind: 'reply-error', token, error })
  }

  replyJoin(token: ReplyToken, reply: JoinReply): void {
    this.commands.push({ kind: 'reply-join', token, reply })
  }

  refuseJoin(token: ReplyToken, error: KafkaErrorName, memberId: string): void {
    this.replyJoin(token, refusedJoin(error, memberId))
  }

  /** The present generation, as it is told to a member. */
  joinReply(member: GroupMember, options: { leaderId?: string; skipAssignment?: boolean } = {}): JoinReply {
    const leaderId = options.leaderId ?? this.leaderId ?? ''
    const members = leaderId === member.memberId ? [...this.members.values()] : []
    return {
      error: 'NONE',
      memberId: member.memberId,
      generationId: this.generationId,
      protocolType: this.protocolType,
      protocolName: this.protocolName,
      leaderId,
      skipAssignment: options.skipAssignment ?? false,
      members: members.map(({ memberId, groupInstanceId, ...rest }) => ({
        memberId,
        groupInstanceId,
        metadata: memberMetadata({ memberId, groupInstanceId, ...rest }, this.protocolName),
      })),
    }
  }

  replySync(token: ReplyToken, error: KafkaErrorName, assignment: Uint8Array = noBytes): void {
    const known = error === 'NONE'
    const reply: SyncReply = {
      error,
      protocolType: known ? this.protocolType : null,
      protocolName: known ? this.protocolName : null,
      assignment,
    }
    this.commands.push({ kind: 'reply-sync', token, reply })
  }

  setMember(member: GroupMember): void {
    this.members.set(member.memberId, member)
  }

  /** A member waits for the next generation from now on. */
  parkJoin(member: GroupMember, token: ReplyToken): void {
    const before = this.members.get(member.memberId)
    if (before?.joining !== undefined) this.refuseJoin(before.joining, 'REBALANCE_IN_PROGRESS', member.memberId)
    this.setMember({ ...member, joining: token })
    const timer: GroupTimer = { kind: 'session', memberId: member.memberId }
    if (member.isNew) this.startTimer(timer, newMemberTimeoutMs)
    else this.stopTimer(timer)
  }

  addMember(member: GroupMember, protocolType: string, token: ReplyToken): void {
    if (this.members.size === 0) this.protocolType = protocolType
    this.leaderId ??= member.memberId
    if (this.pendingMembers.delete(member.memberId)) this.stopTimer({ kind: 'pending', memberId: member.memberId })
    if (this.initialDelay !== undefined) this.initialDelay = { ...this.initialDelay, memberAdded: true }
    this.parkJoin(member, token)
  }

  /** Takes a member out, answering what it waits for, without a thought for the others. */
  dropMember(member: GroupMember): void {
    this.members.delete(member.memberId)
    this.pendingSync.delete(member.memberId)
    this.stopTimer({ kind: 'session', memberId: member.memberId })
    if (member.joining !== undefined) this.refuseJoin(member.joining, 'UNKNOWN_MEMBER_ID', '')
    if (member.syncing !== undefined) this.replySync(member.syncing, 'UNKNOWN_MEMBER_ID')
    if (this.leaderId === member.memberId)
      this.leaderId = this.firstMember((other) => other.joining !== undefined) ?? this.firstMember(() => true)
  }

  /** A member left or was silent for too long. */
  removeMember(member: GroupMember): void {
    this.dropMember(member)
    if (this.state === 'Stable' || this.state === 'CompletingRebalance') this.prepareRebalance()
    else if (this.state === 'PreparingRebalance') this.completeJoinIfAllJoined()
  }

  prepareRebalance(): void {
    if (this.state === 'PreparingRebalance') return this.completeJoinIfAllJoined()
    if (this.state === 'CompletingRebalance') this.stopSyncing()
    const wasEmpty = this.state === 'Empty'
    this.state = 'PreparingRebalance'
    this.stopTimer({ kind: 'sync' })
    const delayMs = wasEmpty ? this.rules.initialRebalanceDelayMs : 0
    if (delayMs > 0) {
      this.initialDelay = { remainingMs: Math.max(this.rebalanceTimeoutMs - delayMs, 0), memberAdded: false }
      this.startTimer({ kind: 'join' }, delayMs)
      return
    }
    // The first generation does not wait for those who have a member id only.
    if (wasEmpty && this.members.size > 0) return this.completeJoin()
    this.startTimer({ kind: 'join' }, this.rebalanceTimeoutMs)
    this.completeJoinIfAllJoined()
  }

  completeJoinIfAllJoined(): void {
    if (this.initialDelay !== undefined && this.members.size > 0) return
    const allJoined = [...this.members.values()].every((member) => member.joining !== undefined)
    if (this.state === 'PreparingRebalance' && allJoined && this.pendingMembers.size === 0) this.completeJoin()
  }

  /** The join timer: more members may be on their way to a group that was empty; else who has not joined is out. */
  joinTimeIsOver(): void {
    if (this.state !== 'PreparingRebalance') return
    const { initialDelay } = this
    if (initialDelay?.memberAdded && initialDelay.remainingMs > 0) {
      const delayMs = Math.min(this.rules.initialRebalanceDelayMs, initialDelay.remainingMs)
      this.initialDelay = { remainingMs: initialDelay.remainingMs - delayMs, memberAdded: false }
      this.startTimer({ kind: 'join' }, delayMs)
    } else this.completeJoin()
  }

  /** The sync timer: members that never asked for their assignment are out. */
  syncTimeIsOver(): void {
    if (this.state !== 'CompletingRebalance' && this.state !== 'Stable') return
    const silent = [...this.pendingSync].map((memberId) => this.members.get(memberId)!)
    for (const member of silent) this.dropMember(member)
    if (silent.length > 0) this.prepareRebalance()
  }

  /** Everybody who waits is told to join anew; nothing of the group is of use any more. */
  answerAll(): void {
    for (const { memberId, joining, syncing } of this.members.values()) {
      if (joining !== undefined) this.refuseJoin(joining, 'REBALANCE_IN_PROGRESS', memberId)
      if (syncing !== undefined) this.replySync(syncing, 'REBALANCE_IN_PROGRESS')
    }
  }

  /** What a heartbeat, commit or sync has wrong about who sent it. */
  identityError(memberId: string, groupInstanceId: string | null): KafkaErrorName | undefined {
    if (groupInstanceId !== null) {
      const owner = this.staticMember(groupInstanceId)
      if (owner === undefined) return 'UNKNOWN_MEMBER_ID'
      if (owner.memberId !== memberId) return 'FENCED_INSTANCE_ID'
    }
    return this.members.has(memberId) ? undefined : 'UNKNOWN_MEMBER_ID'
  }

  staticMember(groupInstanceId: string): GroupMember | undefined {
    for (const member of this.members.values()) if (member.groupInstanceId === groupInstanceId) return member
    return undefined
  }

  private get rebalanceTimeoutMs(): number {
    return Math.max(0, ...[...this.members.values()].map((member) => member.rebalanceTimeoutMs))
  }

  private stopSyncing(): void {
    for (const member of this.members.values()) {
      if (member.syncing !== undefined) this.replySync(member.syncing, 'REBALANCE_IN_PROGRESS')
      if (member.syncing !== undefined) this.restartSession(member)
      this.setMember({ ...member, syncing: undefined, assignment: noBytes })
    }
  }

  private completeJoin(): void {
    this.initialDelay = undefined
    const absent = [...this.members.values()].filter((member) => member.joining === undefined)
    for (const member of absent) if (member.groupInstanceId === null) this.dropMember(member)
    this.stopTimer({ kind: 'join' })
    if (this.members.size > 0 && !this.electJoinedLeader()) {
      // Only static members are left and none has come back yet: their sessions decide.
      this.startTimer({ kind: 'join' }, this.rebalanceTimeoutMs)
      return
    }
    this.generationId++
    this.pendingSync.clear()
    if (this.members.size === 0) return this.becomeEmpty()
    this.state = 'CompletingRebalance'
    this.protocolName = electProtocol([...this.members.values()])
    for (const member of [...this.members.values()]) {
      this.pendingSync.add(member.memberId)
      this.setMember({ ...member, joining: undefined, isNew: false })
      if (member.joining === undefined) continue
      this.replyJoin(member.joining, this.joinReply(member))
      this.restartSession(member)
    }
    this.startTimer({ kind: 'sync' }, this.rebalanceTimeoutMs)
  }

  private becomeEmpty(): void {
    this.state = 'Empty'
    this.protocolName = null
    this.leaderId = null
    this.commands.push({ kind: 'persist' })
  }

  /** The leader must be one that has joined. False where nobody has. */
  private electJoinedLeader(): boolean {
    if (this.leaderId !== null && this.members.get(this.leaderId)?.joining !== undefined) return true
    const joined = this.firstMember((member) => member.joining !== undefined)
    if (joined === null) return false
    this.leaderId = joined
    return true
  }

  private firstMember(matches: (member: GroupMember) => boolean): string | null {
    for (const member of this.members.values()) if (matches(member)) return member.memberId
    return null
  }
}
