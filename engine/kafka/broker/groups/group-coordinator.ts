// Runs the group state machines: feeds them requests and timers, carries out their commands, keeps offsets. Everything
// that must outlive the process goes through `store` before it is answered.
import { assertNever } from '../../../common/check.ts'
import type { Clock } from '../../../time/clock.ts'
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import {
  emptyGroup,
  type ClassicGroup,
  type ClassicGroupState,
  type CommitRequest,
  type GroupCommand,
  type GroupEvent,
  type GroupRules,
  type GroupTimer,
  type HeartbeatRequest,
  refusedJoin,
  type JoinReply,
  type JoinRequest,
  type LeaveRequest,
  type ReplyToken,
  type SyncReply,
  type SyncRequest,
} from './classic-group.ts'
import { farewells, nextGroup } from './classic-group-machine.ts'
import { CommittedOffsets, type TopicOffsets } from './committed-offsets.ts'
import {
  consumerGroupState,
  type ConsumerGroup,
  type ConsumerGroupRules,
  type ConsumerGroupState,
  type ConsumerHeartbeatEvent,
  type ConsumerHeartbeatReply,
  type Downgrade,
  type TopicsView,
} from './consumer-group.ts'
import { commitRefusal } from './consumer-group-machine.ts'
import { ConsumerGroups } from './consumer-groups.ts'
import type { CommittedOffset, GroupRecord, GroupStore } from './group-records.ts'
import { transactionalCommitError, type CommittingMember } from './transactional-commit.ts'
import { isSubscribed } from './group-subscription.ts'
import { GroupTimers } from './group-timers.ts'

export interface GroupCoordinatorOptions {
  readonly clock: Clock
  readonly store: GroupStore
  readonly rules: GroupRules
  readonly consumerRules: (groupId: string) => ConsumerGroupRules
  readonly topics: TopicsView
  /** `offsets.retention.minutes`, as ms: offsets of groups without members are kept so long. */
  readonly offsetsRetentionMs: number
  readonly newUuid: () => string
  /** Hears of failures that no client can be told of. */
  readonly onError: (error: unknown) => void
}

export interface OffsetToCommit {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string
}

/** OffsetCommit 9 and later know of groups of the new protocol. */
const consumerCommitVersion = 9

type Reply = (answer: never) => void

export class GroupCoordinator {
  private readonly options: GroupCoordinatorOptions
  private readonly groups = new Map<string, ClassicGroup>()
  private readonly offsets = new CommittedOffsets()
  private readonly timers: GroupTimers
  private readonly consumers: ConsumerGroups
  private readonly replies = new Map<ReplyToken, Reply>()
  /** When a group lost its last member, or was loaded without one. */
  private readonly memberlessSince = new Map<string, number>()
  private nextToken = 0

  constructor(options: GroupCoordinatorOptions) {
    this.options = options
    this.timers = new GroupTimers(options.clock, options.onError)
    this.consumers = new ConsumerGroups({
      store: options.store,
      timers: this.timers,
      factsOf: (groupId) => ({ topics: options.topics, rules: options.consumerRules(groupId) }),
      classicSide: {
        upgraded: (group) => this.upgraded(group),
        downgraded: (downgrade) => this.downgraded(downgrade),
        counted: (groupId, memberCount) => this.counted(groupId, memberCount),
      },
    })
  }

  /** Takes over what the store holds; called for each record in order, before `start`. */
  load(record: GroupRecord): void {
    if (record.kind === 'consumer-group') this.consumers.load(record)
    else if (record.kind === 'group') {
      if (record.group === null) this.groups.delete(record.groupId)
      else this.groups.set(record.groupId, record.group)
    } else if (record.committed === null) this.offsets.delete(record.groupId, record.topic, record.partition)
    else this.offsets.set(record.groupId, record.topic, record.partition, record.committed)
  }

  /** Gives the members of loaded groups a whole session to come back. */
  start(): void {
    this.consumers.start()
    for (const groupId of this.offsets.groupIds)
      if (this.get(groupId) === undefined) this.groups.set(groupId, emptyGroup(groupId))
    for (const group of this.groups.values()) {
      this.counted(group.groupId, group.members.size)
      for (const { memberId, sessionTimeoutMs } of group.members.values())
        this.startTimer(group.groupId, { kind: 'session', memberId }, sessionTimeoutMs)
    }
  }

  /** Nothing is answered any more. */
  close(): void {
    this.timers.close()
    this.replies.clear()
  }

  /** Everything that must be found after a restart, for a store that wants to begin anew. */
  *records(): Generator<GroupRecord> {
    for (const group of this.groups.values()) {
      const settled = group.state === 'Stable' || group.state === 'Empty'
      if (settled && group.protocolType !== null) yield { kind: 'group', groupId: group.groupId, group }
    }
    yield* this.consumers.records()
    for (const groupId of this.offsets.groupIds)
      for (const { topic, partitions } of this.offsets.ofGroup(groupId))
        for (const { partition, committed } of partitions)
          yield { kind: 'offset', groupId, topic, partition, committed }
  }

  /** ConsumerGroupHeartbeat: join, stay or leave. A member that joins without an id is given one. */
  consumerHeartbeat(groupId: string, request: ConsumerHeartbeatEvent): ConsumerHeartbeatReply {
    const { memberId, memberEpoch } = request
    const named = memberId === '' && memberEpoch === 0 ? { ...request, memberId: this.options.newUuid() } : request
    return this.consumers.heartbeat(groupId, named, this.groups.get(groupId))
  }

  async join(groupId: string, request: JoinRequest): Promise<JoinReply> {
    const prefix = request.groupInstanceId ?? request.clientId
    const newMemberId = `${prefix}-${this.options.newUuid()}`
    const consumerGroup = this.consumers.get(groupId)
    if (consumerGroup !== undefined && consumerGroup.members.size > 0) {
      const reply = this.consumers.join(consumerGroup, { ...request, newMemberId })
      return typeof reply === 'string' ? refusedJoin(reply, request.memberId) : reply
    }
    if (consumerGroup !== undefined) {
      this.options.store.append(this.consumers.tombstones(consumerGroup))
      this.consumers.forget(groupId)
      this.groups.set(groupId, emptyGroup(groupId))
    }
    if (!this.groups.has(groupId)) {
      if (request.memberId !== '') return refusedJoin('UNKNOWN_MEMBER_ID', request.memberId)
      this.groups.set(groupId, emptyGroup(groupId))
    }
    return this.ask(groupId, (token) => ({ kind: 'join', token, newMemberId, ...request }))
  }

  async sync(groupId: string, request: SyncRequest): Promise<SyncReply> {
    const consumerGroup = this.consumers.get(groupId)
    if (consumerGroup !== undefined) {
      const reply = this.consumers.sync(consumerGroup, request)
      return typeof reply === 'string' ? refusedSync(reply) : reply
    }
    if (!this.groups.has(groupId)) return refusedSync('UNKNOWN_MEMBER_ID')
    return this.ask(groupId, (token) => ({ kind: 'sync', token, ...request }))
  }

  async heartbeat(groupId: string, request: HeartbeatRequest): Promise<KafkaErrorName> {
    const consumerGroup = this.consumers.get(groupId)
    if (consumerGroup !== undefined) return this.consumers.classicHeartbeat(consumerGroup, request)
    if (!this.groups.has(groupId)) return 'UNKNOWN_MEMBER_ID'
    return this.ask(groupId, (token) => ({ kind: 'heartbeat', token, ...request }))
  }

  /** One error per member. */
  async leave(groupId: string, request: LeaveRequest): Promise<readonly KafkaErrorName[]> {
    const consumerGroup = this.consumers.get(groupId)
    if (consumerGroup !== undefined) {
      const errors = this.consumers.leave(consumerGroup, request)
      return typeof errors === 'string' ? request.members.map(() => errors) : errors
    }
    if (!this.groups.has(groupId)) return request.members.map(() => 'UNKNOWN_MEMBER_ID')
    return this.ask(groupId, (token) => ({ kind: 'leave', token, ...request }))
  }

  /** May offsets be committed so? A group that nobody knows is made where no member commits. */
  private async commitError(groupId: string, request: CommitRequest, version: number): Promise<KafkaErrorName> {
    const consumerGroup = this.consumers.get(groupId)
    if (consumerGroup !== undefined) {
      const { memberId, generationId: memberEpoch } = request
      return commitRefusal(consumerGroup, { memberId, memberEpoch, version })?.error ?? 'NONE'
    }
    if (!this.groups.has(groupId)) {
      const knowsConsumerGroups = version >= consumerCommitVersion
      if (request.generationId >= 0) return knowsConsumerGroups ? 'GROUP_ID_NOT_FOUND' : 'ILLEGAL_GENERATION'
      this.groups.set(groupId, emptyGroup(groupId))
      this.counted(groupId, 0)
    }
    return this.ask(groupId, (token) => ({ kind: 'commit', token, ...request }))
  }

  /** May offsets be fetched so? A member of a group of the new protocol says its epoch; who says nothing may always. */
  fetchError(groupId: string, memberId: string | null, memberEpoch: number): KafkaErrorName {
    const group = this.consumers.get(groupId)
    if (group === undefined || (memberId === null && memberEpoch < 0)) return 'NONE'
    return commitRefusal(group, { memberId: memberId ?? '', memberEpoch, version: 'fetch' })?.error ?? 'NONE'
  }

  /** Stores all offsets or, where the member may not commit, none. */
  async commit(
    groupId: string,
    request: CommitRequest,
    offsets: readonly OffsetToCommit[],
    version: number,
  ): Promise<KafkaErrorName> {
    const error = await this.commitError(groupId, request, version)
    if (error !== 'NONE') return error
    const commitTimestampMs = this.options.clock.now()
    this.store(
      offsets.map(({ topic, partition, offset, leaderEpoch, metadata }) => {
        const committed: CommittedOffset = { offset, leaderEpoch, metadata, commitTimestampMs }
        return { kind: 'offset', groupId, topic, partition, committed }
      }),
    )
    return 'NONE'
  }

  /** May this member commit offsets with a transaction? Makes a group that does not exist, for those outside of one. */
  transactionalCommitError(groupId: string, member: CommittingMember): KafkaErrorName {
    const consumerGroup = this.consumers.get(groupId)
    if (consumerGroup !== undefined) {
      const { memberId, generationId: memberEpoch } = member
      return commitRefusal(consumerGroup, { memberId, memberEpoch, version: 'transactional' })?.error ?? 'NONE'
    }
    if (this.groups.has(groupId)) return transactionalCommitError(this.groups.get(groupId)!, member)
    if (member.generationId >= 0) return 'ILLEGAL_GENERATION'
    this.groups.set(groupId, emptyGroup(groupId))
    this.counted(groupId, 0)
    return 'NONE'
  }

  /** Stores offsets of a transaction that was committed. */
  commitDecided(offsets: readonly (OffsetToCommit & { readonly groupId: string })[]): void {
    const commitTimestampMs = this.options.clock.now()
    for (const { groupId } of offsets) {
      if (this.get(groupId) !== undefined) continue
      this.groups.set(groupId, emptyGroup(groupId))
      this.counted(groupId, 0)
    }
    this.store(
      offsets.map(({ groupId, topic, partition, offset, leaderEpoch, metadata }) => {
        const committed: CommittedOffset = { offset, leaderEpoch, metadata, commitTimestampMs }
        return { kind: 'offset', groupId, topic, partition, committed }
      }),
    )
  }

  committed(groupId: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.offsets.get(groupId, topic, partition)
  }

  allCommitted(groupId: string): TopicOffsets[] {
    return this.offsets.ofGroup(groupId)
  }

  list(): (ClassicGroup | ConsumerGroup)[] {
    return [...this.groups.values(), ...this.consumers.all]
  }

  get(groupId: string): ClassicGroup | ConsumerGroup | undefined {
    return this.groups.get(groupId) ?? this.consumers.get(groupId)
  }

  delete(groupId: string): KafkaErrorName {
    const group = this.get(groupId)
    if (group === undefined) return 'GROUP_ID_NOT_FOUND'
    if (group.members.size > 0) return 'NON_EMPTY_GROUP'
    this.forget(group)
    return 'NONE'
  }

  deleteOffset(groupId: string, topic: string, partition: number): KafkaErrorName {
    const group = this.get(groupId)
    if (group === undefined) return 'GROUP_ID_NOT_FOUND'
    if (isSubscribed(group, topic)) return 'GROUP_SUBSCRIBED_TO_TOPIC'
    if (this.offsets.get(groupId, topic, partition) !== undefined)
      this.store([{ kind: 'offset', groupId, topic, partition, committed: null }])
    return 'NONE'
  }

  /** A deleted topic takes its offsets with it: one of the same name begins anew. */
  topicDeleted(topic: string): void {
    const records: GroupRecord[] = []
    for (const groupId of this.offsets.groupIds)
      for (const owned of this.offsets.ofGroup(groupId))
        if (owned.topic === topic)
          for (const { partition } of owned.partitions)
            records.push({ kind: 'offset', groupId, topic, partition, committed: null })
    this.store(records)
  }

  /** Drops groups without members, and their offsets, once both are older than the retention time. */
  expire(): void {
    const oldest = this.options.clock.now() - this.options.offsetsRetentionMs
    for (const [groupId, since] of this.memberlessSince) {
      const group = this.get(groupId)
      if (group === undefined || since > oldest) continue
      if (group.type === 'classic' && group.pendingMembers.size > 0) continue
      const offsets = this.offsets.ofGroup(groupId).flatMap((owned) => owned.partitions)
      if (offsets.every(({ committed }) => committed.commitTimestampMs <= oldest)) this.forget(group)
    }
  }

  private forget(group: ClassicGroup | ConsumerGroup): void {
    const { groupId } = group
    const records: GroupRecord[] =
      group.type === 'consumer' ? this.consumers.tombstones(group) : [{ kind: 'group', groupId, group: null }]
    for (const { topic, partitions } of this.offsets.ofGroup(groupId))
      for (const { partition } of partitions)
        records.push({ kind: 'offset', groupId, topic, partition, committed: null })
    this.store(records)
    this.timers.stopAll(groupId)
    this.memberlessSince.delete(groupId)
  }

  /** A consumer group has taken the place of a classic one. */
  private upgraded(group: ClassicGroup): void {
    this.groups.delete(group.groupId)
    this.timers.stopAll(group.groupId)
    for (const command of farewells(group, this.options.rules)) this.execute(group.groupId, command)
  }

  /** A classic group has taken the place of a consumer group. */
  private downgraded({ group, mustRebalance }: Downgrade): void {
    const { groupId } = group
    this.groups.set(groupId, group)
    this.counted(groupId, group.members.size)
    if (mustRebalance) return this.dispatch(groupId, { kind: 'rebalance' })
    for (const { memberId, sessionTimeoutMs } of group.members.values())
      this.startTimer(groupId, { kind: 'session', memberId }, sessionTimeoutMs)
  }

  /** Since when a group has no members is what its offsets' time to live depends on. */
  private counted(groupId: string, memberCount: number): void {
    if (memberCount > 0) this.memberlessSince.delete(groupId)
    else if (!this.memberlessSince.has(groupId)) this.memberlessSince.set(groupId, this.options.clock.now())
  }

  /** First what must not be lost, then what is remembered. */
  private store(records: readonly GroupRecord[]): void {
    if (records.length === 0) return
    this.options.store.append(records)
    for (const record of records) this.load(record)
  }

  private async ask<Answer>(groupId: string, eventOf: (token: ReplyToken) => GroupEvent): Promise<Answer> {
    const token = this.nextToken++
    const answer = new Promise<Answer>((resolve) => this.replies.set(token, resolve))
    try {
      this.dispatch(groupId, eventOf(token))
    } catch (error) {
      this.replies.delete(token)
      throw error
    }
    return answer
  }

  private dispatch(groupId: string, event: GroupEvent): void {
    const before = this.groups.get(groupId)!
    const [after, commands] = nextGroup(before, event, this.options.rules)
    // A store that fails leaves the group as it was; the client hears of it and asks again.
    if (commands.some((command) => command.kind === 'persist'))
      this.options.store.append([{ kind: 'group', groupId, group: after }])
    this.groups.set(groupId, after)
    this.counted(groupId, after.members.size)
    for (const command of commands) this.execute(groupId, command)
  }

  private execute(groupId: string, command: GroupCommand): void {
    switch (command.kind) {
      case 'reply-join':
      case 'reply-sync':
        return this.reply(command.token, command.reply)
      case 'reply-error':
        return this.reply(command.token, command.error)
      case 'reply-leave':
        return this.reply(command.token, command.errors)
      case 'start-timer':
        return this.startTimer(groupId, command.timer, command.delayMs)
      case 'stop-timer':
        return this.timers.stop(groupId, timerKey(command.timer))
      case 'persist':
        return
      default:
        assertNever(command)
    }
  }

  private reply(token: ReplyToken, answer: unknown): void {
    const reply = this.replies.get(token) as ((answer: unknown) => void) | undefined
    this.replies.delete(token)
    reply?.(answer)
  }

  private startTimer(groupId: string, timer: GroupTimer, delayMs: number): void {
    this.timers.start(groupId, timerKey(timer), delayMs, () => {
      if (this.groups.has(groupId)) this.dispatch(groupId, { kind: 'timer', timer })
    })
  }
}

function timerKey(timer: GroupTimer): string {
  return 'memberId' in timer ? `${timer.kind} ${timer.memberId}` : timer.kind
}

export function groupStateOf(group: ClassicGroup | ConsumerGroup): ClassicGroupState | ConsumerGroupState {
  return group.type === 'classic' ? group.state : consumerGroupState(group)
}

function refusedSync(error: KafkaErrorName): SyncReply {
  return { error, protocolType: null, protocolName: null, assignment: new Uint8Array(0) }
}
