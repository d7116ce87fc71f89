// A consumer group while an event changes it: a private copy and the commands collected so far.
import {
  emptyConsumerGroupMember,
  GroupRefusal,
  type ConsumerGroup,
  type ConsumerGroupCommand,
  type ConsumerGroupFacts,
  type ConsumerGroupMember,
  type ConsumerGroupTimer,
  type Downgrade,
  type Outcome,
} from './consumer-group.ts'
import { reconcile } from './current-assignment.ts'
import { has, isSame, noPartitions, type PartitionsByTopic } from './partitions-by-topic.ts'
import { computeTarget, metadataHashOf, resolveRegexes, targetOf } from './target-assignment.ts'

const timerKinds: readonly ConsumerGroupTimer['kind'][] = ['session', 'rebalance', 'join', 'sync']

export class ConsumerGroupDraft {
  readonly facts: ConsumerGroupFacts
  readonly members: Map<string, ConsumerGroupMember>
  downgraded: Downgrade | undefined
  private readonly commands: ConsumerGroupCommand[] = []
  private readonly target: Map<string, PartitionsByTopic>
  private current: ConsumerGroup

  constructor(group: ConsumerGroup, facts: ConsumerGroupFacts) {
    this.facts = facts
    this.members = new Map(group.members)
    this.target = new Map(group.target)
    this.current = { ...group, members: this.members, target: this.target }
  }

  get group(): ConsumerGroup {
    return this.current
  }

  outcome<Reply>(reply: Reply): Outcome<Reply> {
    const { commands, downgraded } = this
    return { group: this.current, commands, reply, ...(downgraded === undefined ? {} : { downgraded }) }
  }

  startTimer(kind: ConsumerGroupTimer['kind'], memberId: string, delayMs: number): void {
    this.commands.push({ kind: 'start-timer', timer: { kind, memberId }, delayMs })
  }

  ensureTimer(kind: ConsumerGroupTimer['kind'], memberId: string, delayMs: number): void {
    this.commands.push({ kind: 'ensure-timer', timer: { kind, memberId }, delayMs })
  }

  stopTimer(kind: ConsumerGroupTimer['kind'], memberId: string): void {
    this.commands.push({ kind: 'stop-timer', timer: { kind, memberId } })
  }

  newMember(memberId: string): ConsumerGroupMember {
    const member = emptyConsumerGroupMember(memberId)
    this.members.set(memberId, member)
    return member
  }

  restartSession(member: ConsumerGroupMember): void {
    const delayMs = member.classic?.sessionTimeoutMs ?? this.facts.rules.sessionTimeoutMs
    this.startTimer('session', member.memberId, delayMs)
  }

  knownMember(memberId: string): ConsumerGroupMember {
    const member = this.members.get(memberId)
    if (member === undefined)
      throw new GroupRefusal('UNKNOWN_MEMBER_ID', `Member ${memberId} is not a member of group ${this.group.groupId}.`)
    return member
  }

  staticMember(instanceId: string): ConsumerGroupMember | undefined {
    for (const member of this.members.values()) if (member.instanceId === instanceId) return member
    return undefined
  }

  /** Who says to be a member is one, and under the name that its instance has now. */
  identify(memberId: string, instanceId: string | null): ConsumerGroupMember {
    if (instanceId === null) return this.knownMember(memberId)
    const owner = this.staticMember(instanceId)
    if (owner === undefined) throw new GroupRefusal('UNKNOWN_MEMBER_ID', `Instance id ${instanceId} is unknown.`)
    if (owner.memberId !== memberId)
      throw new GroupRefusal(
        'FENCED_INSTANCE_ID',
        `Static member ${memberId} with instance id ${instanceId} was fenced by member ${owner.memberId}.`,
      )
    return owner
  }

  /** Do all who are left speak the classic protocol, and may the group follow them? */
  get mayDowngrade(): boolean {
    const { migrationPolicy } = this.facts.rules
    if (migrationPolicy !== 'bidirectional' && migrationPolicy !== 'downgrade') return false
    return this.members.size > 0 && [...this.members.values()].every(({ classic }) => classic !== null)
  }

  refuseIfFull(memberId: string, instanceId: string | null): void {
    const { membersMax } = this.facts.rules
    const isKnown = this.members.has(memberId) || (instanceId !== null && this.staticMember(instanceId) !== undefined)
    if (!isKnown && this.members.size >= membersMax)
      throw new GroupRefusal(
        'GROUP_MAX_SIZE_REACHED',
        `The consumer group has reached its maximum of ${membersMax} members.`,
      )
  }

  /** The instance goes on under a new member id: with the target and the partitions of the old one, at the beginning. */
  replaceStaticMember(owner: ConsumerGroupMember, memberId: string): ConsumerGroupMember {
    const target = targetOf(this.group, owner.memberId)
    this.dropMember(owner.memberId)
    const member: ConsumerGroupMember = { ...owner, memberId, memberEpoch: 0, previousMemberEpoch: 0 }
    this.members.set(memberId, member)
    this.target.set(memberId, target)
    return member
  }

  /** Takes a member out, without a thought for the others. */
  dropMember(memberId: string): void {
    this.members.delete(memberId)
    this.target.delete(memberId)
    for (const kind of timerKinds) this.stopTimer(kind, memberId)
  }

  /** The group is another one: there will be a new target. */
  bumpEpoch(): void {
    this.current = { ...this.current, groupEpoch: this.current.groupEpoch + 1 }
  }

  /** Looks at the topics again. Is what the members read not what it was? */
  refreshMetadata(): boolean {
    const { topics } = this.facts
    this.current = { ...this.current, topicsVersion: topics.version }
    this.current = { ...this.current, regexTopics: resolveRegexes(this.current, topics) }
    const metadataHash = metadataHashOf(this.current, topics)
    if (metadataHash === this.current.metadataHash) return false
    this.current = { ...this.current, metadataHash }
    return true
  }

  /** After a member joined or said something new: the group epoch, and with it the target, follow what there is to read. */
  followSubscriptions(hasSubscriptionChanged: boolean): void {
    let mustBump = hasSubscriptionChanged
    if (hasSubscriptionChanged || this.current.topicsVersion !== this.facts.topics.version)
      mustBump = this.refreshMetadata() || mustBump
    if (mustBump) this.bumpEpoch()
    if (this.current.groupEpoch === this.current.targetEpoch) return
    const target = computeTarget(this.current, this.facts.topics)
    this.target.clear()
    for (const [memberId, partitions] of target) this.target.set(memberId, partitions)
    this.current = { ...this.current, targetEpoch: this.current.groupEpoch }
  }

  /** One step of the member towards its target. */
  reconcile(member: ConsumerGroupMember, owned: PartitionsByTopic | null): ConsumerGroupMember {
    const others = [...this.members.values()].filter(({ memberId }) => memberId !== member.memberId)
    const updated = reconcile(member, {
      targetEpoch: this.current.targetEpoch,
      target: targetOf(this.current, member.memberId),
      owned,
      isTaken: (topicId, partition) =>
        others.some(
          ({ assigned, pendingRevocation }) =>
            has(assigned, topicId, partition) || has(pendingRevocation, topicId, partition),
        ),
    })
    if (isSameStep(updated, member)) return member
    this.members.set(updated.memberId, updated)
    if (updated.classic === null) {
      if (updated.state === 'unrevoked-partitions')
        this.startTimer('rebalance', updated.memberId, updated.rebalanceTimeoutMs)
      else this.stopTimer('rebalance', updated.memberId)
    }
    return updated
  }

  /** A static member leaves for a while: it keeps what it has. */
  restStaticMember(member: ConsumerGroupMember, memberEpoch: number): void {
    this.members.set(member.memberId, { ...member, memberEpoch, pendingRevocation: noPartitions })
    this.stopTimer('rebalance', member.memberId)
  }
}

function isSameStep(one: ConsumerGroupMember, other: ConsumerGroupMember): boolean {
  return (
    one.state === other.state &&
    one.memberEpoch === other.memberEpoch &&
    one.previousMemberEpoch === other.previousMemberEpoch &&
    isSame(one.assigned, other.assigned) &&
    isSame(one.pendingRevocation, other.pendingRevocation)
  )
}
