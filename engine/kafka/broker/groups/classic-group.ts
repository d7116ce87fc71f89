// A consumer group of the classic protocol as data, and what may happen to it. The rules are in classic-group-machine.ts:
// (group, event) → [group, commands]. They are Kafka's (GroupMetadataManager, ClassicGroup).
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import { inJavaHashOrder } from './java-hash-order.ts'

export type ClassicGroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

/** Stands for a client that waits for an answer. */
export type ReplyToken = number

export interface MemberProtocol {
  readonly name: string
  readonly metadata: Uint8Array
}

export interface GroupMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  /** In the member's order of preference. */
  readonly protocols: readonly MemberProtocol[]
  readonly assignment: Uint8Array
  /** A JoinGroup that waits for the rebalance: the member has joined the next generation. */
  readonly joining: ReplyToken | undefined
  /** A SyncGroup that waits for the leader's assignment. */
  readonly syncing: ReplyToken | undefined
  /** Waits for its first generation. It cannot heartbeat yet, so it is given five minutes. */
  readonly isNew: boolean
}

export interface ClassicGroup {
  readonly type: 'classic'
  readonly groupId: string
  readonly state: ClassicGroupState
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leaderId: string | null
  /** In the order of joining. */
  readonly members: ReadonlyMap<string, GroupMember>
  /** Member ids that were given out and did not join with them yet (KIP-394). */
  readonly pendingMembers: ReadonlySet<string>
  /** Members of this generation that did not ask for their assignment yet. */
  readonly pendingSync: ReadonlySet<string>
  /** While the first rebalance of an empty group waits for more members: how much longer it may, at most. */
  readonly initialDelay: { readonly remainingMs: number; readonly memberAdded: boolean } | undefined
}

export function emptyGroup(groupId: string): ClassicGroup {
  return {
    type: 'classic',
    groupId,
    state: 'Empty',
    generationId: 0,
    protocolType: null,
    protocolName: null,
    leaderId: null,
    members: new Map(),
    pendingMembers: new Set(),
    pendingSync: new Set(),
    initialDelay: undefined,
  }
}

/** One per group: `join` ends the joining phase, `sync` the syncing phase; one per member: `session`, `pending`. */
export type GroupTimer =
  | { readonly kind: 'join' }
  | { readonly kind: 'sync' }
  | { readonly kind: 'session'; readonly memberId: string }
  | { readonly kind: 'pending'; readonly memberId: string }

export interface JoinEvent {
  readonly kind: 'join'
  readonly token: ReplyToken
  /** Empty for a member that has none yet. */
  readonly memberId: string
  /** What a member that has none is called. */
  readonly newMemberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocolType: string
  readonly protocols: readonly MemberProtocol[]
  /** JoinGroup 4 and later: a member without id is told one and asked to come again with it. */
  readonly requireKnownMemberId: boolean
  /** JoinGroup 9 and later: a static leader that came back may be told to leave the assignment as it is (KIP-814). */
  readonly maySkipAssignment: boolean
}

export interface SyncEvent {
  readonly kind: 'sync'
  readonly token: ReplyToken
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignments: ReadonlyMap<string, Uint8Array>
}

export interface HeartbeatEvent {
  readonly kind: 'heartbeat'
  readonly token: ReplyToken
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationId: number
}

/** Is this member allowed to commit offsets? An empty member id and a negative generation: somebody outside the group. */
export interface CommitEvent {
  readonly kind: 'commit'
  readonly token: ReplyToken
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationId: number
}

export interface LeaveEvent {
  readonly kind: 'leave'
  readonly token: ReplyToken
  readonly members: readonly { readonly memberId: string; readonly groupInstanceId: string | null }[]
}

export type GroupEvent =
  | JoinEvent
  | SyncEvent
  | HeartbeatEvent
  | CommitEvent
  | LeaveEvent
  /** The group came from another protocol: its members must come together anew. */
  | { readonly kind: 'rebalance' }
  | { readonly kind: 'timer'; readonly timer: GroupTimer }

/** The events of clients as they come in: the coordinator adds what only it knows. */
export type JoinRequest = Omit<JoinEvent, 'kind' | 'token' | 'newMemberId'>
export type SyncRequest = Omit<SyncEvent, 'kind' | 'token'>
export type HeartbeatRequest = Omit<HeartbeatEvent, 'kind' | 'token'>
export type CommitRequest = Omit<CommitEvent, 'kind' | 'token'>
export type LeaveRequest = Omit<LeaveEvent, 'kind' | 'token'>

export interface JoinReply {
  readonly error: KafkaErrorName
  readonly memberId: string
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leaderId: string
  readonly skipAssignment: boolean
  /** For the leader only. */
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | null
    readonly metadata: Uint8Array
  }[]
}

/** Not joined, and why. */
export function refusedJoin(error: KafkaErrorName, memberId: string): JoinReply {
  return {
    error,
    memberId,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leaderId: '',
    skipAssignment: false,
    members: [],
  }
}

export interface SyncReply {
  readonly error: KafkaErrorName
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignment: Uint8Array
}

/** What the shell does, in this order, after the state was taken over. */
export type GroupCommand =
  | { readonly kind: 'reply-join'; readonly token: ReplyToken; readonly reply: JoinReply }
  | { readonly kind: 'reply-sync'; readonly token: ReplyToken; readonly reply: SyncReply }
  /** To a heartbeat or a commit. */
  | { readonly kind: 'reply-error'; readonly token: ReplyToken; readonly error: KafkaErrorName }
  /** To a leave: one error per member. */
  | { readonly kind: 'reply-leave'; readonly token: ReplyToken; readonly errors: readonly KafkaErrorName[] }
  | { readonly kind: 'start-timer'; readonly timer: GroupTimer; readonly delayMs: number }
  | { readonly kind: 'stop-timer'; readonly timer: GroupTimer }
  /** The group is as it must be found after a restart. */
  | { readonly kind: 'persist' }

export interface GroupRules {
  /** `group.initial.rebalance.delay.ms` */
  readonly initialRebalanceDelayMs: number
}

export function memberMetadata(member: GroupMember, protocolName: string | null): Uint8Array {
  return member.protocols.find((protocol) => protocol.name === protocolName)?.metadata ?? new Uint8Array(0)
}

/** The names that every member knows, in no order. */
function commonProtocols(members: readonly GroupMember[]): string[] {
  const [first, ...others] = members
  if (first === undefined) return []
  return first.protocols
    .map((protocol) => protocol.name)
    .filter((name) => others.every((member) => member.protocols.some((protocol) => protocol.name === name)))
}

/** May a member with these protocols join? */
export function supportsProtocols(
  group: ClassicGroup,
  protocolType: string,
  protocols: readonly MemberProtocol[],
): boolean {
  if (protocolType === '' || protocols.length === 0) return false
  if (group.members.size === 0) return true
  if (group.protocolType !== protocolType) return false
  const common = commonProtocols([...group.members.values()])
  return protocols.some((protocol) => common.includes(protocol.name))
}

/** Each member votes for the first of its protocols that all know; the most votes win, in a tie Kafka's hash order. */
export function electProtocol(members: readonly GroupMember[]): string | null {
  const candidates = commonProtocols(members)
  const votes = new Map<string, number>()
  for (const member of members) {
    const choice = member.protocols.find((protocol) => candidates.includes(protocol.name))
    if (choice !== undefined) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1)
  }
  let best: string | null = null
  for (const name of inJavaHashOrder([...votes.keys()]))
    if (best === null || votes.get(name)! > votes.get(best)!) best = name
  return best
}
