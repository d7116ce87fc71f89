// Runs the group state machines: feeds them requests and timers, carries out their commands, keeps offsets. Everything
// that must outlive the process goes through `store` before it is answered.
import { assertNever } from '../../../common/check.ts'
import type { Clock, Timer } from '../../../time/clock.ts'
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import { decodeVersionedMessage } from '../../protocol/messages.ts'
import {
  emptyGroup,
  memberMetadata,
  type ClassicGroup,
  type CommitEvent,
  type GroupCommand,
  type GroupEvent,
  type GroupRules,
  type GroupTimer,
  type HeartbeatEvent,
  type JoinEvent,
  type JoinReply,
  type LeaveEvent,
  type ReplyToken,
  type SyncEvent,
  type SyncReply,
} from './classic-group.ts'
import { nextGroup } from './classic-group-machine.ts'
import { CommittedOffsets, type TopicOffsets } from './committed-offsets.ts'
import type { CommittedOffset, GroupRecord } from './group-records.ts'
import { transactionalCommitError, type CommittingMember } from './transactional-commit.ts'

/** Where group records are kept. `append` returns when a kill of the process cannot lose them any more. */
export interface GroupStore {
  append(records: readonly GroupRecord[]): void
}

export interface GroupCoordinatorOptions {
  readonly clock: Clock
  readonly store: GroupStore
  readonly rules: GroupRules
  /** `offsets.retention.minutes`, as ms: offsets of groups without members are kept so long. */
  readonly offsetsRetentionMs: number
  readonly newUuid: () => string
  /** Hears of failures that no client can be told of. */
  readonly onError: (error: unknown) => void
}

const storeRetryMs = 1000

/** The events of clients as they come in: the coordinator adds what only it knows. */
export type JoinRequest = Omit<JoinEvent, 'kind' | 'token' | 'newMemberId'>
export type SyncRequest = Omit<SyncEvent, 'kind' | 'token'>
export type HeartbeatRequest = Omit<HeartbeatEvent, 'kind' | 'token'>
export type CommitRequest = Omit<CommitEvent, 'kind' | 'token'>
export type LeaveRequest = Omit<LeaveEvent, 'kind' | 'token'>

export interface OffsetToCommit {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string
}

type Reply = (answer: never) => void

export class GroupCoordinator {
  private readonly options: GroupCoordinatorOptions
  private readonly groups = new Map<string, ClassicGroup>()
  private readonly offsets = new CommittedOffsets()
  private readonly timers = new Map<string, Map<string, Timer>>()
  private readonly replies = new Map<ReplyToken, Reply>()
  /** When a group lost its last member, or was loaded without one. */
  private readonly memberlessSince = new Map<string, number>()
  private nextToken = 0

  constructor(options: GroupCoordinatorOptions) {
    this.options = options
  }

  /** Takes over what the store holds; called for each record in order, before `start`. */
  load(record: GroupRecord): void {
    if (record.kind === 'group') {
      if (record.group === null) this.groups.delete(record.groupId)
      else this.groups.set(record.groupId, record.group)
    } else if (record.committed === null) this.offsets.delete(record.groupId, record.topic, record.partition)
    else this.offsets.set(record.groupId, record.topic, record.partition, record.committed)
  }

  /** Gives the members of loaded groups a whole session to come back. */
  start(): void {
    const now = this.options.clock.now()
    for (const groupId of this.offsets.groupIds)
      if (!this.groups.has(groupId)) this.groups.set(groupId, emptyGroup(groupId))
    for (const group of this.groups.values()) {
      if (group.members.size === 0) this.memberlessSince.set(group.groupId, now)
      for (const { memberId, sessionTimeoutMs } of group.members.values())
        this.startTimer(group.groupId, { kind: 'session', memberId }, sessionTimeoutMs)
    }
  }

  /** Nothing is answered any more. */
  close(): void {
    for (const timers of this.timers.values()) for (const timer of timers.values()) timer.cancel()
    this.timers.clear()
    this.replies.clear()
  }

  /** Everything that must be found after a restart, for a store that wants to begin anew. */
  *records(): Generator<GroupRecord> {
    for (const group of this.groups.values()) {
      const settled = group.state === 'Stable' || group.state === 'Empty'
      if (settled && group.protocolType !== null) yield { kind: 'group', groupId: group.groupId, group }
    }
    for (const groupId of this.offsets.groupIds)
      for (const { topic, partitions } of this.offsets.ofGroup(groupId))
        for (const { partition, committed } of partitions)
          yield { kind: 'offset', groupId, topic, partition, committed }
  }

  join(groupId: string, request: JoinRequest): Promise<JoinReply> {
    const prefix = request.groupInstanceId ?? request.clientId
    const newMemberId = `${prefix}-${this.options.newUuid()}`
    if (!this.groups.has(groupId)) {
      if (request.memberId !== '') return Promise.resolve(refusedJoin('UNKNOWN_MEMBER_ID', request.memberId))
      this.groups.set(groupId, emptyGroup(groupId))
    }
    return this.ask(groupId, (token) => ({ kind: 'join', token, newMemberId, ...request }))
  }

  sync(groupId: string, request: SyncRequest): Promise<SyncReply> {
    if (!this.groups.has(groupId))
      return Promise.resolve({
        error: 'UNKNOWN_MEMBER_ID',
        protocolType: null,
        protocolName: null,
        assignment: new Uint8Array(0),
      })
    return this.ask(groupId, (token) => ({ kind: 'sync', token, ...request }))
  }

  heartbeat(groupId: string, request: HeartbeatRequest): Promise<KafkaErrorName> {
    if (!this.groups.has(groupId)) return Promise.resolve('UNKNOWN_MEMBER_ID')
    return this.ask(groupId, (token) => ({ kind: 'heartbeat', token, ...request }))
  }

  /** One error per member. */
  leave(groupId: string, request: LeaveRequest): Promise<readonly KafkaErrorName[]> {
    if (!this.groups.has(groupId)) return Promise.resolve(request.members.map(() => 'UNKNOWN_MEMBER_ID'))
    return this.ask(groupId, (token) => ({ kind: 'leave', token, ...request }))
  }

  /** Stores all offsets or, where the member may not commit, none. */
  async commit(groupId: string, request: CommitRequest, offsets: readonly OffsetToCommit[]): Promise<KafkaErrorName> {
    if (!this.groups.has(groupId)) {
      if (request.generationId >= 0) return 'ILLEGAL_GENERATION'
      this.groups.set(groupId, emptyGroup(groupId))
      this.memberlessSince.set(groupId, this.options.clock.now())
    }
    const error = await this.ask<KafkaErrorName>(groupId, (token) => ({ kind: 'commit', token, ...request }))
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
    const group = this.groups.get(groupId)
    if (group !== undefined) return transactionalCommitError(group, member)
    if (member.generationId >= 0) return 'ILLEGAL_GENERATION'
    this.groups.set(groupId, emptyGroup(groupId))
    this.memberlessSince.set(groupId, this.options.clock.now())
    return 'NONE'
  }

  /** Stores offsets of a transaction that was committed. */
  commitDecided(offsets: readonly (OffsetToCommit & { readonly groupId: string })[]): void {
    const commitTimestampMs = this.options.clock.now()
    for (const { groupId } of offsets) {
      if (this.groups.has(groupId)) continue
      this.groups.set(groupId, emptyGroup(groupId))
      this.memberlessSince.set(groupId, commitTimestampMs)
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

  list(): ClassicGroup[] {
    return [...this.groups.values()]
  }

  get(groupId: string): ClassicGroup | undefined {
    return this.groups.get(groupId)
  }

  delete(groupId: string): KafkaErrorName {
    const group = this.groups.get(groupId)
    if (group === undefined) return 'GROUP_ID_NOT_FOUND'
    if (group.members.size > 0) return 'NON_EMPTY_GROUP'
    this.forget(group)
    return 'NONE'
  }

  deleteOffset(groupId: string, topic: string, partition: number): KafkaErrorName {
    const group = this.groups.get(groupId)
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
      const group = this.groups.get(groupId)
      if (group === undefined || since > oldest || group.pendingMembers.size > 0) continue
      const offsets = this.offsets.ofGroup(groupId).flatMap((owned) => owned.partitions)
      if (offsets.every(({ committed }) => committed.commitTimestampMs <= oldest)) this.forget(group)
    }
  }

  private forget(group: ClassicGroup): void {
    const { groupId } = group
    const records: GroupRecord[] = [{ kind: 'group', groupId, group: null }]
    for (const { topic, partitions } of this.offsets.ofGroup(groupId))
      for (const { partition } of partitions)
        records.push({ kind: 'offset', groupId, topic, partition, committed: null })
    this.store(records)
    for (const timer of this.timers.get(groupId)?.values() ?? []) timer.cancel()
    this.timers.delete(groupId)
    this.memberlessSince.delete(groupId)
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
    if (after.members.size > 0) this.memberlessSince.delete(groupId)
    else if (before.members.size > 0 || !this.memberlessSince.has(groupId))
      this.memberlessSince.set(groupId, this.options.clock.now())
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
        return this.stopTimer(groupId, command.timer)
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
    let timers = this.timers.get(groupId)
    if (timers === undefined) this.timers.set(groupId, (timers = new Map<string, Timer>()))
    const key = timerKey(timer)
    timers.get(key)?.cancel()
    timers.set(
      key,
      this.options.clock.setTimer(delayMs, () => {
        timers.delete(key)
        this.fire(groupId, timer)
      }),
    )
  }

  private fire(groupId: string, timer: GroupTimer): void {
    if (!this.groups.has(groupId)) return
    try {
      this.dispatch(groupId, { kind: 'timer', timer })
    } catch (error) {
      // The store refused (a full disk): what the timer stands for stays due.
      this.options.onError(error)
      this.startTimer(groupId, timer, storeRetryMs)
    }
  }

  private stopTimer(groupId: string, timer: GroupTimer): void {
    const key = timerKey(timer)
    this.timers.get(groupId)?.get(key)?.cancel()
    this.timers.get(groupId)?.delete(key)
  }
}

function timerKey(timer: GroupTimer): string {
  return 'memberId' in timer ? `${timer.kind} ${timer.memberId}` : timer.kind
}

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

/** Does a member of a consumer group read the topic? Subscriptions that cannot be read count as reading everything. */
function isSubscribed(group: ClassicGroup, topic: string): boolean {
  if (group.protocolType !== 'consumer') return group.members.size > 0
  return [...group.members.values()].some((member) => {
    try {
      const metadata = memberMetadata(member, group.protocolName)
      return decodeVersionedMessage('ConsumerProtocolSubscription', metadata).message.topics.includes(topic)
    } catch {
      return true
    }
  })
}
