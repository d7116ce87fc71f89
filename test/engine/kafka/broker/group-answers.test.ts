// Group checks recorded from Apache Kafka 4.1.0 (see recorded-answers.test.ts).
import { describe, expect, test } from 'vitest'
import { RawClient, testBroker } from './raw-client.ts'

const protocols = [{ name: 'range', metadata: Buffer.from('m') }]
const bytes = Buffer.from('asg')

async function fresh(): Promise<RawClient> {
  return RawClient.connect(await testBroker())
}

const joinRequest = (groupId: string, more: object = {}) => ({
  groupId,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 10_000,
  memberId: '',
  protocolType: 'consumer',
  protocols,
  ...more,
})

async function member(client: RawClient, groupId: string, more: object = {}): Promise<string> {
  return (await client.ask('JoinGroup', 3, joinRequest(groupId, more))).memberId
}

async function stableMember(client: RawClient, groupId: string): Promise<string> {
  const memberId = await member(client, groupId)
  await client.ask('SyncGroup', 3, {
    groupId,
    generationId: 1,
    memberId,
    assignments: [{ memberId, assignment: bytes }],
  })
  return memberId
}

describe('groups', () => {
  test('join_group_codes', async () => {
    const client = await fresh()
    const code = async (groupId: string, more = {}, version = 3) =>
      (await client.ask('JoinGroup', version, joinRequest(groupId, more))).errorCode
    const known = await client.ask('JoinGroup', 4, joinRequest('k'))
    expect([known.errorCode, known.memberId !== '']).toEqual([79, true])
    expect({
      empty_group: await code(''),
      empty_protocols: await code('a', { protocols: [] }),
      empty_ptype: await code('a', { protocolType: '' }),
      session_too_long: await code('a', { sessionTimeoutMs: 99_999_999 }),
      session_too_short: await code('a', { sessionTimeoutMs: 5 }),
      unknown_member: await code('a', { memberId: 'who' }),
    }).toEqual({
      empty_group: 24,
      empty_protocols: 23,
      empty_ptype: 23,
      session_too_long: 26,
      session_too_short: 26,
      unknown_member: 25,
    })
  })

  test('group_lifecycle_codes, list_groups', async () => {
    const client = await fresh()
    const joined = await client.ask('JoinGroup', 3, joinRequest('g'))
    const { memberId } = joined
    expect([joined.generationId, joined.leader === memberId]).toEqual([1, true])
    const sync = async (generationId: number, id: string) =>
      client.ask('SyncGroup', 3, {
        groupId: 'g',
        generationId,
        memberId: id,
        assignments: [{ memberId, assignment: bytes }],
      })
    const beat = async (generationId: number, id: string) =>
      (await client.ask('Heartbeat', 3, { groupId: 'g', generationId, memberId: id })).errorCode
    expect((await sync(9, memberId)).errorCode).toBe(22)
    expect((await sync(1, 'who')).errorCode).toBe(25)
    expect(Buffer.from((await sync(1, memberId)).assignment).toString()).toBe('asg')
    expect(Buffer.from((await sync(1, memberId)).assignment).toString()).toBe('asg')
    expect([await beat(1, memberId), await beat(9, memberId), await beat(1, 'who')]).toEqual([0, 22, 25])
    const join = async (more: object) => (await client.ask('JoinGroup', 3, joinRequest('g', more))).errorCode
    expect(await join({ protocolType: 'other' })).toBe(23)
    expect(await join({ protocols: [{ name: 'sticky', metadata: bytes }] })).toBe(23)
    const describeGroup = async (version: number, groupId: string) =>
      (await client.ask('DescribeGroups', version, { groups: [groupId], includeAuthorizedOperations: false }))
        .groups[0]!
    const described = await describeGroup(5, 'g')
    expect([described.errorCode, described.groupState, described.protocolType, described.protocolData]).toEqual([
      0,
      'Stable',
      'consumer',
      'range',
    ])
    expect(described.members.length).toBe(1)
    const list = async (statesFilter: string[], typesFilter: string[] = []) =>
      (await client.ask('ListGroups', 5, { statesFilter, typesFilter })).groups.map(({ protocolType, groupState }) => [
        protocolType,
        groupState,
      ])
    expect(await list(['Stable'])).toEqual([['consumer', 'Stable']])
    expect([(await list(['Dead'])).length, (await list([], ['classic'])).length]).toEqual([0, 1])
    const remove = async () => (await client.ask('DeleteGroups', 2, { groupsNames: ['g'] })).results[0]!.errorCode
    expect(await remove()).toBe(68)
    const leave = async (id: string) => {
      const answer = await client.ask('LeaveGroup', 4, { groupId: 'g', members: [{ memberId: id }] })
      return [answer.errorCode, answer.members[0]!.errorCode]
    }
    expect([await leave('who'), await leave(memberId)]).toEqual([
      [0, 25],
      [0, 0],
    ])
    expect((await describeGroup(5, 'g')).groupState).toBe('Empty')
    expect([await remove(), await remove()]).toEqual([0, 69])
    const [dead5, dead6] = [await describeGroup(5, 'no'), await describeGroup(6, 'no')]
    expect([dead5.errorCode, dead5.groupState, dead6.errorCode, dead6.groupState]).toEqual([0, 'Dead', 69, 'Dead'])
  })

  test('group_unknown_codes', async () => {
    const client = await fresh()
    expect((await client.ask('Heartbeat', 3, { groupId: 'no', generationId: 1, memberId: 'm' })).errorCode).toBe(25)
    const left = await client.ask('LeaveGroup', 4, { groupId: 'no', members: [{ memberId: 'm' }] })
    expect([left.errorCode, left.members[0]!.errorCode]).toEqual([0, 25])
    expect((await client.ask('LeaveGroup', 2, { groupId: 'no', memberId: 'm' })).errorCode).toBe(25)
    const sync = { groupId: 'no', generationId: 1, memberId: 'm', assignments: [] }
    expect((await client.ask('SyncGroup', 4, sync)).errorCode).toBe(25)
    expect((await client.ask('SyncGroup', 5, sync)).errorCode).toBe(23)
  })

  test('group_session_expiry', async () => {
    const broker = await testBroker({ settings: { groupMinSessionTimeoutMs: 50 } })
    const client = await RawClient.connect(broker)
    const memberId = await member(client, 'g', { sessionTimeoutMs: 100 })
    await client.ask('SyncGroup', 3, { groupId: 'g', generationId: 1, memberId, assignments: [] })
    await expect
      .poll(async () => {
        const { groups } = await client.ask('DescribeGroups', 5, { groups: ['g'], includeAuthorizedOperations: false })
        return groups[0]!.groupState
      })
      .toBe('Empty')
    expect((await client.ask('Heartbeat', 3, { groupId: 'g', generationId: 1, memberId })).errorCode).toBe(25)
  })

  test('offset_commit_fetch_codes, offset_delete_codes', async () => {
    const client = await fresh()
    await client.createTopic('t', 2)
    const commit = async (groupId: string, more: object = {}, partition: object = {}, topic = 't') => {
      const { topics } = await client.ask('OffsetCommit', 8, {
        groupId,
        generationIdOrMemberEpoch: -1,
        memberId: '',
        ...more,
        topics: [
          {
            name: topic,
            partitions: [{ partitionIndex: 0, committedOffset: 5n, committedMetadata: 'hello', ...partition }],
          },
        ],
      })
      return topics[0]!.partitions[0]!.errorCode
    }
    expect({
      empty_group: await commit(''),
      simple: await commit('s'),
      unknown_topic: await commit('s', {}, {}, 'no'),
      unknown_part: await commit('s', {}, { partitionIndex: 9 }),
      metadata_too_large: await commit('s', {}, { committedMetadata: 'x'.repeat(4097) }),
      unknown_generation: await commit('never', { generationIdOrMemberEpoch: 3, memberId: 'm' }),
    }).toEqual({
      empty_group: 0,
      simple: 0,
      unknown_topic: 3,
      unknown_part: 3,
      metadata_too_large: 12,
      unknown_generation: 22,
    })
    const memberId = await stableMember(client, 'm')
    expect({
      member: await commit('m', { generationIdOrMemberEpoch: 1, memberId }),
      member_gen: await commit('m', { generationIdOrMemberEpoch: 9, memberId }),
      member_wrong: await commit('m', { generationIdOrMemberEpoch: 1, memberId: 'who' }),
      simple_on_active: await commit('m'),
    }).toEqual({ member: 0, member_gen: 22, member_wrong: 25, simple_on_active: 25 })
    const fetched = await client.ask('OffsetFetch', 7, {
      groupId: 's',
      topics: [{ name: 't', partitionIndexes: [0, 1] }],
    })
    expect(
      fetched.topics[0]!.partitions.map((p) => [p.partitionIndex, Number(p.committedOffset), p.metadata, p.errorCode]),
    ).toEqual([
      [0, 5, 'hello', 0],
      [1, -1, '', 0],
    ])
    expect((await client.ask('OffsetFetch', 7, { groupId: 's', topics: null })).topics.length).toBe(1)
    const both = await client.ask('OffsetFetch', 8, {
      groups: [
        { groupId: 's', topics: null },
        { groupId: 'never', topics: null },
      ],
    })
    expect(both.groups.map(({ errorCode, topics }) => [errorCode, topics.length])).toEqual([
      [0, 1],
      [0, 0],
    ])
    const forget = async (groupId: string) => {
      const answer = await client.ask('OffsetDelete', 0, {
        groupId,
        topics: [{ name: 't', partitions: [{ partitionIndex: 0 }] }],
      })
      return [answer.errorCode, answer.topics[0]?.partitions.map(({ errorCode }) => errorCode) ?? []]
    }
    expect([await forget('s'), await forget('never')]).toEqual([
      [0, [0]],
      [69, []],
    ])
  })

  test('find_coordinator_codes', async () => {
    const client = await fresh()
    const find = async (keyType: number, key: string) =>
      (await client.ask('FindCoordinator', 4, { keyType, coordinatorKeys: [key] })).coordinators[0]!.errorCode
    expect([await find(0, 'g'), await find(0, ''), await find(1, 't'), await find(1, ''), await find(9, 'x')]).toEqual([
      0, 0, 0, 0, 42,
    ])
    expect((await client.ask('FindCoordinator', 0, { key: 'g' })).errorCode).toBe(0)
  })
})
