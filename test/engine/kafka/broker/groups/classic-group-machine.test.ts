import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  emptyGroup,
  type ClassicGroup,
  type GroupCommand,
  type GroupEvent,
  type GroupTimer,
} from '../../../../../engine/kafka/broker/groups/classic-group.ts'
import { nextGroup } from '../../../../../engine/kafka/broker/groups/classic-group-machine.ts'

const timerKey = (timer: GroupTimer): string => ('memberId' in timer ? `${timer.kind} ${timer.memberId}` : timer.kind)

/** A coordinator in virtual time that checks, at each step, what must always hold. */
class Rig {
  group: ClassicGroup = emptyGroup('g')
  readonly timers = new Map<string, GroupTimer>()
  readonly waiting = new Set<number>()
  readonly answers = new Map<number, GroupCommand>()
  private nextToken = 0
  private readonly delayMs: number

  constructor(delayMs: number) {
    this.delayMs = delayMs
  }

  ask(eventOf: (token: number) => GroupEvent): GroupCommand | undefined {
    const token = this.nextToken++
    this.waiting.add(token)
    this.apply(eventOf(token))
    return this.answers.get(token)
  }

  fire(timer: GroupTimer): void {
    this.timers.delete(timerKey(timer))
    this.apply({ kind: 'timer', timer })
  }

  join(memberId: string, instance: string | null = null, protocols = ['range']): GroupCommand | undefined {
    return this.ask((token) => ({
      kind: 'join',
      token,
      memberId,
      newMemberId: `member-${token}`,
      groupInstanceId: instance,
      clientId: 'c',
      clientHost: '/h',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 30_000,
      protocolType: 'consumer',
      protocols: protocols.map((name) => ({ name, metadata: Buffer.from(name) })),
      requireKnownMemberId: instance === null,
      maySkipAssignment: true,
    }))
  }

  sync(memberId: string, generationId = this.group.generationId): GroupCommand | undefined {
    const ids = [...this.group.members.keys()]
    return this.ask((token) => ({
      kind: 'sync',
      token,
      memberId,
      groupInstanceId: null,
      generationId,
      protocolType: null,
      protocolName: null,
      assignments: new Map(ids.map((id) => [id, Buffer.from(`${id} in ${generationId}`)])),
    }))
  }

  private apply(event: GroupEvent): void {
    const before = this.group
    const [after, commands] = nextGroup(before, event, { initialRebalanceDelayMs: this.delayMs })
    this.group = after
    for (const command of commands) {
      if ('token' in command) {
        expect(this.waiting.delete(command.token)).toBe(true)
        this.answers.set(command.token, command)
        this.checkAnswer(command)
      } else if (command.kind === 'start-timer') this.timers.set(timerKey(command.timer), command.timer)
      else if (command.kind === 'stop-timer') this.timers.delete(timerKey(command.timer))
    }
    expect(after.generationId).toBeGreaterThanOrEqual(before.generationId)
    this.checkState()
  }

  private checkState(): void {
    const { state, members, leaderId, pendingSync } = this.group
    expect(state === 'Empty').toBe(members.size === 0 && state !== 'PreparingRebalance')
    if (members.size > 0) expect(members.has(leaderId!)).toBe(true)
    for (const id of pendingSync) expect(members.has(id)).toBe(true)
    const parked = [...members.values()]
      .flatMap(({ joining, syncing }) => [joining, syncing])
      .filter((t) => t !== undefined)
    expect(new Set(parked)).toEqual(this.waiting)
    if (state === 'PreparingRebalance') expect(this.timers.has('join')).toBe(true)
    if (state === 'CompletingRebalance') expect(this.timers.has('sync')).toBe(true)
    if (state === 'Stable')
      for (const { joining, syncing } of members.values()) expect([joining, syncing]).toEqual([undefined, undefined])
    // Whoever we do not wait for ourselves must prove to be alive.
    for (const { memberId, joining, syncing } of members.values())
      if (joining === undefined && syncing === undefined && state !== 'PreparingRebalance')
        expect(this.timers.has(`session ${memberId}`) || pendingSync.has(memberId)).toBe(true)
  }

  private checkAnswer(command: GroupCommand): void {
    if (command.kind !== 'reply-sync' || command.reply.error !== 'NONE' || command.reply.assignment.length === 0) return
    const assigned = Buffer.from(command.reply.assignment).toString()
    expect(assigned.endsWith(` in ${this.group.generationId}`)).toBe(true)
  }
}

function joinedId(answer: GroupCommand | undefined): string {
  if (answer?.kind !== 'reply-join') throw new Error('no answer to a join')
  return answer.reply.memberId
}

type Step = { readonly kind: string; readonly who: number; readonly instance: number; readonly stale: boolean }

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(
    'join',
    'join',
    'static-join',
    'rejoin',
    'rejoin',
    'sync',
    'sync',
    'sync',
    'heartbeat',
    'leave',
    'timer',
    'new-protocol',
    'commit',
  ),
  who: fc.nat(20),
  instance: fc.nat(2),
  stale: fc.boolean(),
})

function take(rig: Rig, known: string[], { kind, who, instance, stale }: Step): void {
  const memberId = known.length === 0 ? 'nobody' : known[who % known.length]!
  const generationId = rig.group.generationId - (stale ? 1 : 0)
  const member = rig.group.members.get(memberId)
  if (kind === 'join') {
    const answer = rig.join('')
    if (answer?.kind === 'reply-join' && answer.reply.error === 'MEMBER_ID_REQUIRED') known.push(answer.reply.memberId)
  } else if (kind === 'static-join') rig.join('', `instance-${instance}`)
  else if (kind === 'rejoin') rig.join(memberId, member?.groupInstanceId ?? null)
  else if (kind === 'new-protocol') rig.join(memberId, member?.groupInstanceId ?? null, ['sticky', 'range'])
  else if (kind === 'sync') rig.sync(memberId, generationId)
  else if (kind === 'heartbeat')
    rig.ask((token) => ({ kind: 'heartbeat', token, memberId, groupInstanceId: null, generationId }))
  else if (kind === 'commit')
    rig.ask((token) => ({ kind: 'commit', token, memberId, groupInstanceId: null, generationId }))
  else if (kind === 'leave')
    rig.ask((token) => ({ kind: 'leave', token, members: [{ memberId, groupInstanceId: null }] }))
  else if (rig.timers.size > 0) rig.fire([...rig.timers.values()][who % rig.timers.size]!)
  for (const id of rig.group.members.keys()) if (!known.includes(id)) known.push(id)
}

/** How many times as many histories: SEEDS. */
const seeds = Number(process.env['SEEDS'] ?? 1)

describe('the group state machine', () => {
  test(
    'keeps its invariants under any events, and answers everybody once the timers have fired',
    { timeout: 30_000 + seeds * 5_000 },
    () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60, size: 'max' }), fc.constantFrom(0, 3000), (steps, delayMs) => {
          const rig = new Rig(delayMs)
          const known: string[] = []
          for (const each of steps) take(rig, known, each)
          for (let round = 0; rig.timers.size > 0 && round < 500; round++) rig.fire(rig.timers.values().next().value!)
          expect([rig.waiting.size, rig.timers.size, rig.group.members.size]).toEqual([0, 0, 0])
          expect(rig.group.state).toBe('Empty')
        }),
        { numRuns: 200 * seeds },
      )
    },
  )

  test('two members: join, rebalance, assignments of the same generation', () => {
    const rig = new Rig(0)
    const first = joinedId(rig.join(''))
    rig.join(first)
    expect(rig.group).toMatchObject({ state: 'CompletingRebalance', generationId: 1, leaderId: first })
    expect(rig.sync(first)).toMatchObject({ reply: { error: 'NONE' } })
    const second = joinedId(rig.join(''))
    expect(rig.join(second)).toBeUndefined()
    expect(
      rig.ask((token) => ({ kind: 'heartbeat', token, memberId: first, groupInstanceId: null, generationId: 1 })),
    ).toMatchObject({ error: 'REBALANCE_IN_PROGRESS' })
    expect(rig.join(first)).toMatchObject({ reply: { error: 'NONE', generationId: 2, leaderId: first } })
    expect(rig.sync(second)).toBeUndefined()
    rig.sync(first)
    expect(rig.group.state).toBe('Stable')
    expect(rig.waiting.size).toBe(0)
  })

  test('who does not rejoin in time is out; the others go on', () => {
    const rig = new Rig(0)
    const first = joinedId(rig.join(''))
    rig.join(first)
    rig.sync(first)
    const second = joinedId(rig.join(''))
    rig.join(second)
    rig.fire({ kind: 'join' })
    expect([...rig.group.members.keys()]).toEqual([second])
    expect(rig.group).toMatchObject({ generationId: 2, leaderId: second })
  })

  test('two protocols with as many votes: the one that a HashMap of Java gives first', () => {
    const rig = new Rig(0)
    const first = joinedId(rig.join('', null, ['roundrobin', 'range']))
    rig.join(first, null, ['roundrobin', 'range'])
    expect(rig.group.protocolName).toBe('roundrobin')
    const second = joinedId(rig.join('', null, ['range', 'roundrobin']))
    rig.join(second, null, ['range', 'roundrobin'])
    rig.join(first, null, ['roundrobin', 'range'])
    expect(rig.group).toMatchObject({ generationId: 2, protocolName: 'range' })
  })

  test('a static member comes back under a new id: no rebalance, the old id is fenced', () => {
    const rig = new Rig(0)
    const first = joinedId(rig.join('', 'i'))
    rig.sync(first)
    const back = rig.join('', 'i')
    expect(back).toMatchObject({ reply: { error: 'NONE', generationId: 1, skipAssignment: true } })
    expect(joinedId(back)).not.toBe(first)
    expect(
      rig.ask((token) => ({ kind: 'heartbeat', token, memberId: first, groupInstanceId: 'i', generationId: 1 })),
    ).toMatchObject({ error: 'FENCED_INSTANCE_ID' })
  })

  test('an empty group waits for company while group.initial.rebalance.delay.ms says so', () => {
    const rig = new Rig(3000)
    const first = joinedId(rig.join(''))
    rig.join(first)
    const second = joinedId(rig.join(''))
    rig.join(second)
    rig.fire({ kind: 'join' })
    expect(rig.group.state).toBe('PreparingRebalance')
    rig.fire({ kind: 'join' })
    expect(rig.group).toMatchObject({ state: 'CompletingRebalance', generationId: 1 })
    expect(rig.group.members.size).toBe(2)
  })
})
