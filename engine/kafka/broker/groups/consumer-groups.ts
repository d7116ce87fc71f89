// Runs the groups of the new protocol: feeds the machine, stores what it changes before anybody hears of it, keeps its
// timers. What goes over from or to the classic protocol passes through the coordinator (`ClassicSide`).
import { assertNever } from '../../../common/check.ts'
import type { KafkaErrorName } from '../../protocol/kafka-errors.ts'
import type {
  ClassicGroup,
  HeartbeatRequest,
  JoinReply,
  JoinRequest,
  LeaveRequest,
  SyncReply,
  SyncRequest,
} from './classic-group.ts'
import { onClassicHeartbeat, onClassicJoin, onClassicLeave, onClassicSync } from './classic-member-machine.ts'
import {
  emptyConsumerGroup,
  GroupRefusal,
  joinEpoch,
  type ConsumerGroup,
  type ConsumerGroupCommand,
  type ConsumerGroupFacts,
  type ConsumerGroupTimer,
  type ConsumerHeartbeatEvent,
  type ConsumerHeartbeatReply,
  type Downgrade,
  type Outcome,
} from './consumer-group.ts'
import { checkHeartbeat, onConsumerGroupTimer, onConsumerHeartbeat } from './consumer-group-machine.ts'
import { recordsOfChange, withRecord, type ConsumerGroupRecord } from './consumer-group-records.ts'
import { consumerProtocolType, upgradeOf } from './group-migration.ts'
import type { GroupRecord, GroupStore } from './group-records.ts'
import type { GroupTimers } from './group-timers.ts'

/** What happens on the classic side when a group goes over; the records of it are stored already. */
export interface ClassicSide {
  /** The group is a consumer group now: nobody waits any more. */
  upgraded(group: ClassicGroup): void
  downgraded(downgrade: Downgrade): void
  /** A consumer group has members, or has none. */
  counted(groupId: string, memberCount: number): void
}

export interface ConsumerGroupsOptions {
  readonly store: GroupStore
  readonly timers: GroupTimers
  readonly factsOf: (groupId: string) => ConsumerGroupFacts
  readonly classicSide: ClassicSide
}

export class ConsumerGroups {
  private readonly options: ConsumerGroupsOptions
  private readonly groups = new Map<string, ConsumerGroup>()

  constructor(options: ConsumerGroupsOptions) {
    this.options = options
  }

  load(record: ConsumerGroupRecord): void {
    const group = withRecord(this.groups.get(record.groupId), record)
    if (group === undefined) this.groups.delete(record.groupId)
    else this.groups.set(record.groupId, group)
  }

  /** Gives the members of loaded groups a whole session to come back. */
  start(): void {
    for (const group of this.groups.values()) {
      this.options.classicSide.counted(group.groupId, group.members.size)
      this.startSessions(group)
      for (const { memberId, state, rebalanceTimeoutMs } of group.members.values())
        if (state === 'unrevoked-partitions')
          this.startTimer(group.groupId, { kind: 'rebalance', memberId }, rebalanceTimeoutMs)
    }
  }

  *records(): Generator<GroupRecord> {
    for (const group of this.groups.values()) yield* recordsOfChange(undefined, group)
  }

  get(groupId: string): ConsumerGroup | undefined {
    return this.groups.get(groupId)
  }

  get all(): ConsumerGroup[] {
    return [...this.groups.values()]
  }

  /** `classic`: the classic group of that name, if there is one. */
  heartbeat(groupId: string, event: ConsumerHeartbeatEvent, classic: ClassicGroup | undefined): ConsumerHeartbeatReply {
    try {
      checkHeartbeat(event)
      const group = this.groups.get(groupId) ?? this.begin(groupId, event, classic)
      const outcome = onConsumerHeartbeat(group, event, this.options.factsOf(groupId))
      this.take(groupId, outcome, classic)
      return outcome.reply
    } catch (error) {
      if (!(error instanceof GroupRefusal)) throw error
      const nothing = { memberId: null, memberEpoch: 0, heartbeatIntervalMs: 0, assignment: null }
      return { error: error.error, errorMessage: error.message, ...nothing }
    }
  }

  join(group: ConsumerGroup, request: JoinRequest & { readonly newMemberId: string }): JoinReply | KafkaErrorName {
    return this.run(group, () => onClassicJoin(group, request, this.options.factsOf(group.groupId)))
  }

  sync(group: ConsumerGroup, request: SyncRequest): SyncReply | KafkaErrorName {
    return this.run(group, () => onClassicSync(group, request, this.options.factsOf(group.groupId)))
  }

  classicHeartbeat(group: ConsumerGroup, request: HeartbeatRequest): KafkaErrorName {
    return this.run(group, () => onClassicHeartbeat(group, request, this.options.factsOf(group.groupId)))
  }

  leave(group: ConsumerGroup, request: LeaveRequest): readonly KafkaErrorName[] | KafkaErrorName {
    return this.run(group, () => onClassicLeave(group, request, this.options.factsOf(group.groupId)))
  }

  /** What must be stored for the group to be gone. */
  tombstones(group: ConsumerGroup): GroupRecord[] {
    return recordsOfChange(group, undefined)
  }

  /** A group of another protocol takes its place: nothing of it is left. */
  forget(groupId: string): void {
    this.groups.delete(groupId)
    this.options.timers.stopAll(groupId)
  }

  private run<Reply>(group: ConsumerGroup, event: () => Outcome<Reply>): Reply | KafkaErrorName {
    try {
      const outcome = event()
      this.take(group.groupId, outcome)
      return outcome.reply
    } catch (error) {
      if (error instanceof GroupRefusal) return error.error
      throw error
    }
  }

  /** The group that a member's first heartbeat finds. */
  private begin(groupId: string, event: ConsumerHeartbeatEvent, classic: ClassicGroup | undefined): ConsumerGroup {
    if (event.memberEpoch !== joinEpoch) {
      const what = classic === undefined ? 'not found' : 'not a consumer group'
      throw new GroupRefusal('GROUP_ID_NOT_FOUND', `Group ${groupId} is ${what}.`)
    }
    if (classic === undefined || classic.state === 'Empty') return emptyConsumerGroup(groupId)
    const { migrationPolicy, membersMax } = this.options.factsOf(groupId).rules
    const refuse = (why: string): never => {
      throw new GroupRefusal(
        'GROUP_ID_NOT_FOUND',
        `Cannot upgrade classic group ${groupId} to consumer group because ${why}.`,
      )
    }
    if (migrationPolicy !== 'bidirectional' && migrationPolicy !== 'upgrade') refuse('the online upgrade is disabled')
    if (classic.protocolType !== consumerProtocolType) refuse('the group does not use the consumer embedded protocol')
    if (classic.members.size > membersMax)
      refuse(`the group size exceeds the consumer group maximum size ${membersMax}`)
    return upgradeOf(classic, this.options.factsOf(groupId).topics)
  }

  /** First what must not be lost, then what is remembered, then what is done. */
  private take(groupId: string, outcome: Outcome<unknown>, upgraded?: ClassicGroup): void {
    const { store, classicSide, timers } = this.options
    const { group, commands, downgraded } = outcome
    const records: GroupRecord[] = upgraded === undefined ? [] : [{ kind: 'group', groupId, group: null }]
    records.push(...recordsOfChange(this.groups.get(groupId), downgraded === undefined ? group : undefined))
    if (downgraded !== undefined) records.push({ kind: 'group', groupId, group: downgraded.group })
    if (records.length > 0) store.append(records)
    if (upgraded !== undefined) {
      classicSide.upgraded(upgraded)
      this.startSessions(group)
    }
    if (downgraded !== undefined) {
      this.groups.delete(groupId)
      timers.stopAll(groupId)
      return classicSide.downgraded(downgraded)
    }
    this.groups.set(groupId, group)
    classicSide.counted(groupId, group.members.size)
    for (const command of commands) this.execute(groupId, command)
  }

  private execute(groupId: string, command: ConsumerGroupCommand): void {
    const { timers } = this.options
    const { timer } = command
    switch (command.kind) {
      case 'ensure-timer':
        if (timers.isRunning(groupId, nameOf(timer))) return
        return this.startTimer(groupId, timer, command.delayMs)
      case 'start-timer':
        return this.startTimer(groupId, timer, command.delayMs)
      case 'stop-timer':
        return timers.stop(groupId, nameOf(timer))
      default:
        assertNever(command)
    }
  }

  private startSessions(group: ConsumerGroup): void {
    for (const { memberId, classic } of group.members.values()) {
      const delayMs = classic?.sessionTimeoutMs ?? this.options.factsOf(group.groupId).rules.sessionTimeoutMs
      this.startTimer(group.groupId, { kind: 'session', memberId }, delayMs)
    }
  }

  private startTimer(groupId: string, timer: ConsumerGroupTimer, delayMs: number): void {
    this.options.timers.start(groupId, nameOf(timer), delayMs, () => {
      const group = this.groups.get(groupId)
      if (group !== undefined)
        this.take(groupId, onConsumerGroupTimer(group, timer, this.options.factsOf(group.groupId)))
    })
  }
}

function nameOf(timer: ConsumerGroupTimer): string {
  return `${timer.kind} ${timer.memberId}`
}
