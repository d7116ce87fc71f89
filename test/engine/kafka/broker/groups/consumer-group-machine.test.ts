import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  consumerGroupState,
  emptyConsumerGroup,
  GroupRefusal,
  type ConsumerGroup,
  type ConsumerHeartbeatEvent,
  type ConsumerHeartbeatReply,
  type Outcome,
  type TopicsView,
} from '../../../../../engine/kafka/broker/groups/consumer-group.ts'
import {
  onConsumerGroupTimer,
  onConsumerHeartbeat,
} from '../../../../../engine/kafka/broker/groups/consumer-group-machine.ts'
import { recordsOfChange, withRecord } from '../../../../../engine/kafka/broker/groups/consumer-group-records.ts'
import {
  decodeGroupRecord,
  encodeGroupRecord,
  type KeyAndValue,
} from '../../../../../engine/kafka/broker/groups/group-records.ts'
import {
  topicIdPartitionsOf,
  partitionsOf,
  union,
} from '../../../../../engine/kafka/broker/groups/partitions-by-topic.ts'

const rules = {
  sessionTimeoutMs: 45_000,
  heartbeatIntervalMs: 5000,
  membersMax: 100,
  migrationPolicy: 'bidirectional',
} as const
const names = ['a', 'b', 'c']

class TestTopics implements TopicsView {
  version = 0
  private readonly topics = new Map<string, { topicId: string; partitionCount: number }>()

  set(name: string, partitionCount: number): void {
    this.version++
    const known = this.topics.get(name)
    if (partitionCount === 0) this.topics.delete(name)
    else if (known !== undefined) known.partitionCount = Math.max(known.partitionCount, partitionCount)
    else this.topics.set(name, { topicId: Buffer.alloc(16, this.version).toString('base64url'), partitionCount })
  }

  get(name: string) {
    return this.topics.get(name)
  }

  nameOf(topicId: string) {
    return [...this.topics].find(([, topic]) => topic.topicId === topicId)?.[0]
  }

  names() {
    return this.topics.keys()
  }
}

const keysOf = (topics: readonly { topicId: string; partitions: readonly number[] }[]): string[] =>
  topics.flatMap(({ topicId, partitions }) => partitions.map((partition) => `${topicId} ${partition}`))

/** A consumer as real ones are: holds what it was told until it is told otherwise, and says what it holds. */
interface Client {
  memberId: string
  instanceId: string | null
  epoch: number
  topics: readonly string[] | RegExp
  holds: Set<string>
}

/** A coordinator that keeps its group in records only, and checks, at each step, what must always hold. */
class Rig {
  readonly topics = new TestTopics()
  readonly clients: Client[] = []
  group: ConsumerGroup = emptyConsumerGroup('g')
  private readonly log: KeyAndValue[] = []
  private nextId = 0

  add(topics: Client['topics'], instanceId: string | null): void {
    const client: Client = { memberId: `m${this.nextId++}`, instanceId, epoch: 0, topics, holds: new Set() }
    this.clients.push(client)
    this.beat(client)
  }

  /** One heartbeat; its answer may be lost on the way. */
  beat(client: Client, options: { isLost?: boolean; isQuiet?: boolean } = {}): void {
    const isJoin = client.epoch === 0
    const saysAll = isJoin || !options.isQuiet
    const { topics } = client
    const reply = this.heartbeat({
      memberId: client.memberId,
      memberEpoch: client.epoch,
      instanceId: client.instanceId,
      rackId: null,
      rebalanceTimeoutMs: saysAll ? 30_000 : -1,
      clientId: 'c',
      clientHost: '/h',
      subscribedTopicNames: saysAll && Array.isArray(topics) ? topics : null,
      subscribedTopicRegex: saysAll && topics instanceof RegExp ? topics.source : null,
      serverAssignor: null,
      topicPartitions: saysAll ? topicsOf(client.holds) : null,
    })
    if (options.isLost) return this.check()
    if (reply === undefined) this.fenced(client)
    else {
      client.epoch = reply.memberEpoch
      if (reply.assignment !== null) client.holds = new Set(keysOf(reply.assignment))
    }
    this.check()
  }

  leave(client: Client, memberEpoch: -1 | -2): void {
    this.clients.splice(this.clients.indexOf(client), 1)
    this.heartbeat({ ...nothing, memberId: client.memberId, instanceId: client.instanceId, memberEpoch })
    this.check()
  }

  /** The client is gone without a word, until its session or the time for its revocation is over. */
  timeOut(client: Client): void {
    const timer = { kind: 'session', memberId: client.memberId } as const
    this.fenced(client)
    this.take(onConsumerGroupTimer(this.group, timer, { topics: this.topics, rules }))
    this.check()
  }

  restart(): void {
    const before = this.group
    let group: ConsumerGroup | undefined
    for (const { key, value } of this.log) {
      const record = decodeGroupRecord({ key, value })
      if (record?.kind !== 'consumer-group') throw new Error('no record of a consumer group')
      group = withRecord(group, record)
    }
    this.group = group ?? emptyConsumerGroup('g')
    expect(recordsOfChange(before, this.group)).toEqual([])
    this.check()
  }

  /** The sessions of members that no client stands for are over; of clients with one instance id only one can stay. */
  expire(): void {
    const stays = ({ memberId, instanceId }: Client): boolean => instanceId === null || this.group.members.has(memberId)
    for (const client of this.clients.filter((each) => !stays(each)))
      this.clients.splice(this.clients.indexOf(client), 1)
    for (const memberId of [...this.group.members.keys()])
      if (!this.clients.some((client) => client.memberId === memberId))
        this.timeOut({ memberId, instanceId: null, epoch: 0, topics: [], holds: new Set() })
  }

  settle(): void {
    for (let round = 0; round < 12; round++) for (const client of [...this.clients]) this.beat(client)
  }

  private fenced(client: Client): void {
    client.holds = new Set()
    client.epoch = 0
    client.memberId = `m${this.nextId++}`
  }

  private heartbeat(event: ConsumerHeartbeatEvent): ConsumerHeartbeatReply | undefined {
    try {
      return this.take(onConsumerHeartbeat(this.group, event, { topics: this.topics, rules }))
    } catch (error) {
      if (error instanceof GroupRefusal) return undefined
      throw error
    }
  }

  private take<Reply>(outcome: Outcome<Reply>): Reply {
    expect(outcome.group.groupEpoch).toBeGreaterThanOrEqual(this.group.groupEpoch)
    for (const member of outcome.group.members.values()) {
      const before = this.group.members.get(member.memberId)
      if (before !== undefined && before.memberEpoch > 0 && member.memberEpoch >= 0)
        expect(member.memberEpoch).toBeGreaterThanOrEqual(before.memberEpoch)
    }
    for (const record of recordsOfChange(this.group, outcome.group)) this.log.push(encodeGroupRecord(record, 0))
    this.group = outcome.group
    return outcome.reply
  }

  private check(): void {
    const { groupEpoch, targetEpoch, members } = this.group
    expect(targetEpoch).toBeLessThanOrEqual(groupEpoch)
    const held = this.clients.filter(({ memberId }) => members.has(memberId)).flatMap(({ holds }) => [...holds])
    expect(new Set(held).size, 'a partition is with two members').toBe(held.length)
    const known = [...members.values()].flatMap(({ assigned, pendingRevocation }) =>
      keysOf(topicIdPartitionsOf(union(assigned, pendingRevocation))),
    )
    expect(new Set(known).size, 'a partition is given to two members').toBe(known.length)
    for (const { memberEpoch } of members.values()) expect(memberEpoch).toBeLessThanOrEqual(groupEpoch)
  }
}

const nothing: ConsumerHeartbeatEvent = {
  memberId: '',
  memberEpoch: 0,
  instanceId: null,
  rackId: null,
  rebalanceTimeoutMs: -1,
  clientId: 'c',
  clientHost: '/h',
  subscribedTopicNames: null,
  subscribedTopicRegex: null,
  serverAssignor: null,
  topicPartitions: null,
}

function topicsOf(holds: ReadonlySet<string>) {
  return topicIdPartitionsOf(
    partitionsOf([...holds].map((key) => ({ topicId: key.split(' ')[0]!, partitions: [Number(key.split(' ')[1])] }))),
  )
}

const subscription = fc.oneof(fc.subarray(names, { minLength: 1 }), fc.constant(names), fc.constantFrom(/[ab]/, /.*/))
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('beat' as const),
      who: fc.nat(9),
      isLost: fc.boolean(),
      isQuiet: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('join' as const), topics: subscription, instance: fc.option(fc.nat(2)) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('leave' as const, 'rest' as const, 'time-out' as const),
      who: fc.nat(9),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('subscribe' as const), who: fc.nat(9), topics: subscription }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('topic' as const), name: fc.constantFrom(...names), count: fc.nat(7) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
)

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

function run(rig: Rig, each: Step): void {
  if (each.kind === 'join') return rig.add(each.topics, each.instance === null ? null : `i${each.instance}`)
  if (each.kind === 'topic') return rig.topics.set(each.name, each.count)
  if (each.kind === 'restart') return rig.restart()
  const client = rig.clients[each.who % Math.max(rig.clients.length, 1)]
  if (client === undefined) return
  if (each.kind === 'beat') rig.beat(client, each)
  else if (each.kind === 'subscribe') client.topics = each.topics
  else if (each.kind === 'leave') rig.leave(client, -1)
  else if (each.kind === 'rest' && client.instanceId !== null) rig.leave(client, -2)
  else rig.timeOut(client)
}

function owners(rig: Rig): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) {
    const topic = rig.topics.get(name)
    for (let i = 0; i < (topic?.partitionCount ?? 0); i++) counts.set(`${topic!.topicId} ${i}`, 0)
  }
  for (const { holds } of rig.clients) for (const key of holds) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

/** How many times as many histories: SEEDS. */
const seeds = Number(process.env['SEEDS'] ?? 1)

describe('groups of the new protocol', () => {
  test(
    'no partition is ever with two members, epochs grow, and it ends balanced and complete',
    { timeout: 30_000 + seeds * 5_000 },
    () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
          const rig = new Rig()
          for (const name of names) rig.topics.set(name, 4)
          for (const each of steps) run(rig, each)
          for (const client of rig.clients) client.topics = names
          rig.settle()
          rig.expire()
          rig.settle()
          rig.restart()
          if (rig.clients.length === 0) return
          expect(consumerGroupState(rig.group)).toBe('Stable')
          expect([...owners(rig).values()].every((count) => count === 1)).toBe(true)
        }),
        { numRuns: 60 * seeds },
      )
    },
  )

  test('equal subscriptions: sizes differ by one at most, and nobody gives away more than that needs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 20 }), (clientCount, partitionCount) => {
        const rig = new Rig()
        rig.topics.set('a', partitionCount)
        for (let i = 0; i < clientCount; i++) {
          rig.add(['a'], null)
          const before = rig.clients.map(({ holds }) => holds)
          rig.settle()
          const sizes = rig.clients.map(({ holds }) => holds.size)
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
          expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(partitionCount)
          // Who was here only lost, to the one that came.
          for (const [at, { holds }] of rig.clients.slice(0, i).entries())
            expect([...holds].filter((key) => !before[at]!.has(key)).length).toBeLessThanOrEqual(1)
        }
      }),
      { numRuns: 50 },
    )
  })

  test('a member gives back before the other gets', () => {
    const rig = new Rig()
    rig.topics.set('a', 4)
    rig.add(['a'], null)
    rig.add(['a'], null)
    const [first, second] = rig.clients
    expect([first!.holds.size, second!.holds.size]).toEqual([4, 0])
    rig.beat(first!)
    expect([first!.holds.size, first!.epoch, second!.holds.size]).toEqual([2, 1, 0])
    rig.beat(second!)
    expect(second!.holds.size).toBe(0)
    rig.beat(first!)
    rig.beat(second!)
    expect([first!.epoch, second!.holds.size, consumerGroupState(rig.group)]).toEqual([2, 2, 'Stable'])
  })

  test('a static member that rests keeps its partitions for its next process', () => {
    const rig = new Rig()
    rig.topics.set('a', 4)
    rig.add(['a'], 'i')
    rig.add(['a'], null)
    rig.settle()
    const kept = rig.clients[0]!.holds
    const epoch = rig.group.groupEpoch
    rig.leave(rig.clients[0]!, -2)
    rig.settle()
    expect(rig.clients[0]!.holds.size).toBe(2)
    rig.add(['a'], 'i')
    expect([rig.clients[1]!.holds, rig.group.groupEpoch]).toEqual([kept, epoch])
  })
})
