// What histories do with classic groups: members join, sync, beat, commit and leave, by themselves or one for another.
// Requests wait for other members, so each member has a connection of its own, and answers are looked at when they come.
import fc from 'fast-check'
import type { ApiName, RequestInputByApi, ResponseByApi } from '../../../../engine/kafka/protocol/schemas.ts'
import { seldom } from './log-operations.ts'
import type { Side } from './side.ts'

interface SideMember {
  memberId: string
  generation: number
  /** Of the last generation that it was told of. */
  isLeader: boolean
  memberIds: readonly string[]
  names: number
}

/** What the members of one broker know, and what they wait for. */
export class GroupSide {
  readonly side: Side
  readonly members = new Map<number, SideMember>()
  readonly waiting = new Set<string>()
  answers: Record<string, unknown> = {}
  private asked = 0

  constructor(side: Side) {
    this.side = side
  }

  member(slot: number): SideMember {
    let member = this.members.get(slot)
    if (member === undefined) {
      member = { memberId: '', generation: -1, isLeader: false, memberIds: [], names: 0 }
      this.members.set(slot, member)
    }
    return member
  }

  isWaiting(slot: number): boolean {
    return [...this.waiting].some((label) => label.startsWith(`member ${slot} `))
  }

  /** The answer is in `answers` when it comes. */
  start<Api extends ApiName>(
    slot: number,
    api: Api,
    version: number,
    request: RequestInputByApi[Api],
    onAnswer: (answer: ResponseByApi[Api]) => void = () => {},
  ): void {
    const label = `member ${slot} ${api} ${this.asked++}`
    this.waiting.add(label)
    const asked = this.side.ask(api, version, request, `member ${slot}`)
    void asked.then((answer) => {
      if (answer !== undefined) onAnswer(answer)
      this.answers[label] = answer ?? 'closed'
      this.waiting.delete(label)
    })
  }
}

/** Slots 3 and 4 are both the static member `i`. */
const slots = fc.nat(4)
const staticSlots: ReadonlySet<number> = new Set([3, 4])
const instanceOf = (slot: number): string | null => (staticSlots.has(slot) ? 'i' : null)

const protocolSets = [['range'], ['range', 'roundrobin'], ['roundrobin', 'range'], ['cooperative']] as const

const joinStep = fc.record({
  kind: fc.constant('join' as const),
  slot: slots,
  version: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 5, max: 9 }) }, fc.integer({ min: 0, max: 4 })),
  protocols: seldom(fc.nat(3), 1, 4),
  metadata: fc.nat(1),
  oddId: seldom(fc.constant(true), false, 20),
  forgetsId: seldom(fc.constant(true), false, 12),
})
const syncStep = fc.record({
  kind: fc.constant('sync' as const),
  slot: slots,
  version: fc.nat(5),
  generationDelta: seldom(fc.constantFrom(-1, 1), 0, 15),
  protocolName: seldom(fc.constantFrom('range', 'other'), null, 10),
})
const heartbeatStep = fc.record({
  kind: fc.constant('heartbeat' as const),
  slot: slots,
  version: fc.nat(4),
  generationDelta: seldom(fc.constantFrom(-1, 1), 0, 10),
})
const leaveStep = fc.record({
  kind: fc.constant('leave' as const),
  slot: slots,
  version: fc.nat(5),
  byInstance: fc.boolean(),
})
const commitStep = fc.record({
  kind: fc.constant('commit' as const),
  slot: slots,
  version: fc.integer({ min: 2, max: 9 }),
  generationDelta: seldom(fc.constantFrom(-1, 1), 0, 10),
  isMember: seldom(fc.constant(false), true, 6),
  isTransactional: seldom(fc.constant(true), false, 3),
})
/** Everybody who does not wait syncs: so that groups get somewhere. */
const allSyncStep = fc.record({ kind: fc.constant('all-sync' as const) })
const deleteStep = fc.record({ kind: fc.constant('delete' as const) })
const offsetDeleteStep = fc.record({ kind: fc.constant('offset-delete' as const) })
const listStep = fc.record({ kind: fc.constant('list' as const), version: fc.nat(5) })

export const groupSteps = fc.oneof(
  { weight: 12, arbitrary: joinStep },
  { weight: 4, arbitrary: syncStep },
  { weight: 3, arbitrary: heartbeatStep },
  { weight: 2, arbitrary: leaveStep },
  { weight: 3, arbitrary: commitStep },
  { weight: 5, arbitrary: allSyncStep },
  { weight: 1, arbitrary: deleteStep },
  { weight: 1, arbitrary: offsetDeleteStep },
  { weight: 1, arbitrary: listStep },
)
type StepOf<T> = T extends fc.Arbitrary<infer S> ? S : never
export type GroupStep = StepOf<typeof groupSteps>

/** Sends what the step asks for. False ends the history: which member leads next is anybody's choice. */
export function startGroupStep(group: GroupSide, step: GroupStep): boolean {
  switch (step.kind) {
    case 'join':
      join(group, step)
      return true
    case 'sync':
      sync(group, step)
      return true
    case 'all-sync':
      for (const slot of group.members.keys()) sync(group, { slot, version: 5, generationDelta: 0, protocolName: null })
      return true
    case 'heartbeat':
      heartbeat(group, step)
      return true
    case 'leave':
      return leave(group, step)
    case 'commit':
      commit(group, step)
      return true
    case 'delete':
      group.start(99, 'DeleteGroups', 2, { groupsNames: [group.side.group(0)] })
      return true
    case 'offset-delete': {
      const topics = [{ name: group.side.topic(0), partitions: [{ partitionIndex: 0 }] }]
      group.start(99, 'OffsetDelete', 0, { groupId: group.side.group(0), topics })
      return true
    }
    case 'list':
      list(group, step.version)
      return true
  }
}

const groupPartitions = 50

/** Of the topic in which Kafka keeps groups. */
function groupPartitionOf(groupId: string): number {
  let hash = 0
  for (const unit of Buffer.from(groupId)) hash = (Math.imul(hash, 31) + unit) | 0
  return Math.abs(hash) % groupPartitions
}

/**
 * A real Kafka shows a new group when it is written, which may be after its first member is answered: then, what is
 * written to the same place behind it is answered too.
 */
export async function untilGroupsAreWritten(side: Side): Promise<void> {
  const partition = groupPartitionOf(side.group(0))
  let neighbour = 0
  while (groupPartitionOf(`neighbour-${neighbour}`) !== partition) neighbour++
  const partitions = [{ partitionIndex: 0, committedOffset: 0n, committedMetadata: '' }]
  const topics = [{ name: side.topic(0), partitions }]
  const answer = await side.ask('OffsetCommit', 8, { groupId: `neighbour-${neighbour}`, topics })
  const errorCode = answer?.topics[0]?.partitions[0]?.errorCode
  if (errorCode !== 0) throw new Error(`the neighbour of ${side.group(0)} was refused: ${errorCode}`)
}

/** What everybody may see of the group. */
export async function describeGroup({ side }: GroupSide): Promise<unknown> {
  const described = await side.ask('DescribeGroups', 6, { groups: [side.group(0)] })
  const groups = [{ groupId: side.group(0), topics: null }]
  const offsets = await side.ask('OffsetFetch', 8, { groups, requireStable: false })
  return side.canonical({ described, offsets })
}

/** A consumer's subscription, version 0: a real Kafka reads it, and never completes the rebalance where it cannot. */
function subscription(topic: string, userData: string): Buffer {
  const counts = Buffer.alloc(8)
  counts.writeInt32BE(1, 2)
  counts.writeInt16BE(topic.length, 6)
  const userDataLength = Buffer.alloc(4)
  userDataLength.writeInt32BE(userData.length, 0)
  return Buffer.concat([counts, Buffer.from(topic), userDataLength, Buffer.from(userData)])
}

function join(group: GroupSide, step: Omit<StepOf<typeof joinStep>, 'kind'>): void {
  const { slot, version } = step
  if (group.isWaiting(slot)) return
  const member = group.member(slot)
  const memberId = step.oddId ? 'nobody' : step.forgetsId ? '' : member.memberId
  const request = {
    groupId: group.side.group(0),
    sessionTimeoutMs: 300_000,
    ...(version >= 1 ? { rebalanceTimeoutMs: 300_000 } : {}),
    memberId,
    ...(version >= 5 ? { groupInstanceId: instanceOf(slot) } : {}),
    protocolType: 'consumer',
    protocols: protocolSets[step.protocols]!.map((name) => ({
      name,
      metadata: subscription(group.side.topic(0), `${name} ${step.metadata}`),
    })),
  }
  group.start(slot, 'JoinGroup', version, request, (answer) => {
    if (answer.memberId === 'nobody' || answer.memberId === '') return
    if (answer.memberId !== member.memberId) {
      group.side.name(answer.memberId, `member ${slot} of ${member.names++}`)
      member.memberId = answer.memberId
    }
    if (answer.errorCode !== 0) return
    member.generation = answer.generationId
    member.isLeader = answer.leader === answer.memberId
    member.memberIds = answer.members.map((each) => each.memberId)
  })
}

function sync(group: GroupSide, step: Omit<StepOf<typeof syncStep>, 'kind'>): void {
  const { slot, version } = step
  if (group.isWaiting(slot)) return
  const member = group.member(slot)
  const assignments = member.isLeader
    ? member.memberIds.map((memberId) => ({
        memberId,
        assignment: Buffer.from(`${group.side.nameOf(memberId)} in ${member.generation}`),
      }))
    : []
  group.start(slot, 'SyncGroup', version, {
    groupId: group.side.group(0),
    generationId: member.generation + step.generationDelta,
    memberId: member.memberId,
    ...(version >= 3 ? { groupInstanceId: instanceOf(slot) } : {}),
    ...(version >= 5 ? { protocolType: 'consumer', protocolName: step.protocolName ?? 'range' } : {}),
    assignments,
  })
}

function heartbeat(group: GroupSide, { slot, version, generationDelta }: StepOf<typeof heartbeatStep>): void {
  if (group.isWaiting(slot)) return
  const { memberId, generation } = group.member(slot)
  group.start(slot, 'Heartbeat', version, {
    groupId: group.side.group(0),
    generationId: generation + generationDelta,
    memberId,
    ...(version >= 3 ? { groupInstanceId: instanceOf(slot) } : {}),
  })
}

function leave(group: GroupSide, { slot, version, byInstance }: StepOf<typeof leaveStep>): boolean {
  if (group.isWaiting(slot)) return true
  const { memberId, isLeader } = group.member(slot)
  const identity = byInstance && instanceOf(slot) !== null ? { memberId: '', groupInstanceId: 'i' } : { memberId }
  const request = version >= 3 ? { members: [identity] } : { memberId }
  group.start(slot, 'LeaveGroup', version, { groupId: group.side.group(0), ...request })
  return !isLeader && !byInstance
}

function commit(group: GroupSide, step: StepOf<typeof commitStep>): void {
  const { slot, version } = step
  if (group.isWaiting(slot)) return
  const { memberId, generation } = group.member(slot)
  const { side } = group
  const partitions = [{ partitionIndex: 0, committedOffset: BigInt(generation + 1), committedMetadata: `${slot}` }]
  const topics = [{ name: side.topic(0), partitions }]
  const generationId = generation + step.generationDelta
  if (step.isTransactional) {
    const { transactionalId, producerId, producerEpoch } = side.producer(3)
    const member = step.isMember ? { memberId, generationId, groupInstanceId: instanceOf(slot) } : {}
    const request = { transactionalId: transactionalId!, producerId, producerEpoch, groupId: side.group(0), topics }
    group.start(slot, 'TxnOffsetCommit', 5, { ...request, ...member })
    return
  }
  const instance = version >= 7 ? { groupInstanceId: instanceOf(slot) } : {}
  const member = step.isMember ? { memberId, generationIdOrMemberEpoch: generationId, ...instance } : {}
  group.start(slot, 'OffsetCommit', version, { groupId: side.group(0), topics, ...member })
}

function list(group: GroupSide, version: number): void {
  const { side } = group
  const label = `list ${version}`
  group.waiting.add(label)
  void side.ask('ListGroups', version, {}).then((answer) => {
    const groups = answer!.groups.filter(({ groupId }) => groupId.startsWith(side.prefix))
    group.answers[label] = { ...answer!, groups }
    group.waiting.delete(label)
  })
}
