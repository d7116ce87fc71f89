// A group of the new consumer protocol (KIP-848) as data, what may happen to it and what comes of it. The rules are in
// consumer-group-machine.ts. They are Kafka's (GroupMetadataManager, ConsumerGroup, ConsumerGroupMember).
//
// Three epochs: the group's grows whenever members, subscriptions or topics change; the target assignment has the group
// epoch that it was computed for; a member has the epoch of the target that it has moved to. The broker alone decides
// who gets what; members only own up to what they hold, in their heartbeats.
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import type { ClassicGroup, JoinReply, MemberProtocol, SyncReply } from './classic-group.ts'
import { noPartitions, type PartitionsByTopic, type TopicIdPartitions } from './partitions-by-topic.ts'

/**
 * Where a member is on its way to the target assignment:
 * - stable: it has all of the target of its epoch
 * - unrevoked-partitions: it must give partitions back (or be silent about them) before it moves to the next epoch
 * - unreleased-partitions: some of its target is still with other members
 */
export type MemberState = 'stable' | 'unrevoked-partitions' | 'unreleased-partitions'

export interface ConsumerGroupMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  readonly serverAssignor: string | null
  /** Sorted. */
  readonly subscribedTopicNames: readonly string[]
  /** Empty: none. */
  readonly subscribedTopicRegex: string
  /** Of a member that speaks the classic protocol, while the group goes over from one to the other. */
  readonly classic: ClassicMemberMetadata | null
  readonly memberEpoch: number
  /** The epoch before: the answer with the new one may have been lost. */
  readonly previousMemberEpoch: number
  readonly state: MemberState
  readonly assigned: PartitionsByTopic
  readonly pendingRevocation: PartitionsByTopic
}

export interface ClassicMemberMetadata {
  readonly sessionTimeoutMs: number
  readonly protocols: readonly MemberProtocol[]
}

export interface ConsumerGroup {
  readonly type: 'consumer'
  readonly groupId: string
  readonly groupEpoch: number
  /** The group epoch that the target was computed for. */
  readonly targetEpoch: number
  readonly members: ReadonlyMap<string, ConsumerGroupMember>
  /** By member id. */
  readonly target: ReadonlyMap<string, PartitionsByTopic>
  /** Of what the subscribed topics looked like when the group epoch last grew. */
  readonly metadataHash: bigint
  /** What the members' regular expressions match. Not kept over a restart. */
  readonly regexTopics: ReadonlyMap<string, readonly string[]>
  /** `TopicsView.version` at the last look; -1 after a restart. */
  readonly topicsVersion: number
}

export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable'

/** The member epochs that mean: I join; I leave; I, a static member, leave for a while. */
export const joinEpoch = 0
export const leaveEpoch = -1
export const staticLeaveEpoch = -2

export function emptyConsumerGroup(groupId: string): ConsumerGroup {
  return {
    type: 'consumer',
    groupId,
    groupEpoch: 0,
    targetEpoch: 0,
    members: new Map(),
    target: new Map(),
    metadataHash: 0n,
    regexTopics: new Map(),
    topicsVersion: -1,
  }
}

export function emptyConsumerGroupMember(memberId: string): ConsumerGroupMember {
  return {
    memberId,
    instanceId: null,
    rackId: null,
    clientId: '',
    clientHost: '',
    rebalanceTimeoutMs: -1,
    serverAssignor: null,
    subscribedTopicNames: [],
    subscribedTopicRegex: '',
    classic: null,
    memberEpoch: 0,
    previousMemberEpoch: -1,
    state: 'stable',
    assigned: noPartitions,
    pendingRevocation: noPartitions,
  }
}

export function isReconciled(member: ConsumerGroupMember, targetEpoch: number): boolean {
  return member.state === 'stable' && member.memberEpoch === targetEpoch
}

export function consumerGroupState(group: ConsumerGroup): ConsumerGroupState {
  if (group.members.size === 0) return 'Empty'
  if (group.groupEpoch > group.targetEpoch) return 'Assigning'
  const isStable = [...group.members.values()].every((member) => isReconciled(member, group.targetEpoch))
  return isStable ? 'Stable' : 'Reconciling'
}

/** The topics that a member reads, existing or not. */
export function subscribedTopics(group: ConsumerGroup, member: ConsumerGroupMember): ReadonlySet<string> {
  return new Set([...member.subscribedTopicNames, ...(group.regexTopics.get(member.subscribedTopicRegex) ?? [])])
}

/** The topics of the broker, as far as groups need to know them. */
export interface TopicsView {
  /** Another one whenever a topic came, went or got partitions. */
  readonly version: number
  get(name: string): { readonly topicId: string; readonly partitionCount: number } | undefined
  nameOf(topicId: string): string | undefined
  names(): Iterable<string>
}

export interface ConsumerGroupRules {
  /** `group.consumer.session.timeout.ms` */
  readonly sessionTimeoutMs: number
  /** `group.consumer.heartbeat.interval.ms` */
  readonly heartbeatIntervalMs: number
  /** `group.consumer.max.size` */
  readonly membersMax: number
  /** `group.consumer.migration.policy` */
  readonly migrationPolicy: MigrationPolicy
}

export type MigrationPolicy = 'bidirectional' | 'upgrade' | 'downgrade' | 'disabled'

/** What is true outside of the group while an event is worked on. */
export interface ConsumerGroupFacts {
  readonly topics: TopicsView
  readonly rules: ConsumerGroupRules
}

/** A ConsumerGroupHeartbeat of a member that joins or stays. Null, or -1: as before. */
export interface ConsumerHeartbeatEvent {
  readonly memberId: string
  readonly memberEpoch: number
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly rebalanceTimeoutMs: number
  readonly clientId: string
  readonly clientHost: string
  readonly subscribedTopicNames: readonly string[] | null
  readonly subscribedTopicRegex: string | null
  readonly serverAssignor: string | null
  /** What the member holds. */
  readonly topicPartitions: readonly TopicIdPartitions[] | null
}

export interface ConsumerHeartbeatReply {
  readonly error: KafkaErrorName
  readonly errorMessage: string | null
  readonly memberId: string | null
  readonly memberEpoch: number
  readonly heartbeatIntervalMs: number
  /** Null: as before. */
  readonly assignment: readonly TopicIdPartitions[] | null
}

/**
 * One of each kind per member: `session` ends with its silence, `rebalance` when it does not give partitions back;
 * of members that speak the classic protocol: `join` and `sync` when they do not take part in a rebalance.
 */
export interface ConsumerGroupTimer {
  readonly kind: 'session' | 'rebalance' | 'join' | 'sync'
  readonly memberId: string
}

/** What the shell does, in this order, once the group is stored and taken over. */
export type ConsumerGroupCommand =
  | { readonly kind: 'start-timer'; readonly timer: ConsumerGroupTimer; readonly delayMs: number }
  /** Only where it does not run yet. */
  | { readonly kind: 'ensure-timer'; readonly timer: ConsumerGroupTimer; readonly delayMs: number }
  | { readonly kind: 'stop-timer'; readonly timer: ConsumerGroupTimer }

/** What an event comes to. The group is to be stored before the reply is sent. */
export interface Outcome<Reply> {
  readonly group: ConsumerGroup
  readonly commands: readonly ConsumerGroupCommand[]
  readonly reply: Reply
  /** The group goes on as a classic one, in place of `group`. */
  readonly downgraded?: Downgrade
}

export interface Downgrade {
  readonly group: ClassicGroup
  /** Whether its members must come together anew. */
  readonly mustRebalance: boolean
}

export type { JoinReply, SyncReply }

/** A refused request: nothing of it has happened. Thrown inside of the machine, told to the client by the shell. */
export class GroupRefusal extends Error {
  readonly error: Exclude<KafkaErrorName, 'NONE'>

  constructor(error: Exclude<KafkaErrorName, 'NONE'>, message: string) {
    super(message)
    this.error = error
  }
}
