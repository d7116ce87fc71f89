// What Apache Kafka 4.1.0 answered to members of the new group protocol, asked step by step.
import { describe, expect, test } from 'vitest'
import type { BrokerOptions } from '../../../../engine/broker.ts'
import { encodeVersionedMessage } from '../../../../engine/kafka/protocol/messages.ts'
import type { RequestInputByApi } from '../../../../engine/kafka/protocol/schemas.ts'
import { temporaryDirectory } from '../log/log-fixture.ts'
import { RawClient, testBroker } from './raw-client.ts'

type Beat = Partial<RequestInputByApi['ConsumerGroupHeartbeat']> & { readonly owned?: readonly number[] }

async function fresh(options: BrokerOptions = {}) {
  const broker = await testBroker(options)
  const client = await RawClient.connect(broker)
  const topicId = await client.createTopic('t', 4)
  return { broker, client, ...membersOf(client, topicId) }
}

function membersOf(client: RawClient, topicId: string) {
  /** [error, epoch, partitions of topic t]. */
  const beat = async (memberId: string, memberEpoch: number, { owned, ...more }: Beat = {}) => {
    const topicPartitions = owned === undefined ? {} : { topicPartitions: [{ topicId, partitions: owned }] }
    const request = { groupId: 'g', memberId, memberEpoch, ...more, ...topicPartitions }
    const answer = await client.ask('ConsumerGroupHeartbeat', 1, request)
    const partitions = answer.assignment && answer.assignment.topicPartitions.flatMap((topic) => topic.partitions)
    return [answer.errorCode, answer.memberEpoch, partitions] as const
  }
  const full = { rebalanceTimeoutMs: 30_000, subscribedTopicNames: ['t'], topicPartitions: [] }
  const join = (memberId: string, more: Beat = {}) => beat(memberId, 0, { ...full, ...more })
  const error = async (memberId: string, epoch: number, more: Beat = {}) => (await beat(memberId, epoch, more))[0]
  const describeGroup = async (groupId = 'g') => {
    const request = { groupIds: [groupId], includeAuthorizedOperations: false }
    return (await client.ask('ConsumerGroupDescribe', 1, request)).groups[0]!
  }
  return { beat, join, error, full, describeGroup }
}

describe('groups of the new protocol', () => {
  test('what is wrong with a request', async () => {
    const { error, full } = await fresh()
    expect({
      no_group: await error('x', 0, { ...full, groupId: '' }),
      no_member_id: await error('', 0, full),
      epoch: await error('x', -3),
      instance: await error('x', 0, { ...full, instanceId: '' }),
      rack: await error('x', 0, { ...full, rackId: '' }),
      no_timeout: await error('x', 0, { ...full, rebalanceTimeoutMs: -1 }),
      owns_at_join: await error('x', 0, { ...full, owned: [0] }),
      no_subscription: await error('x', 0, { ...full, subscribedTopicNames: null }),
      assignor: await error('x', 0, { ...full, serverAssignor: 'sticky' }),
      regex: await error('x', 0, { ...full, subscribedTopicRegex: '(?=a)' }),
      unknown_group: await error('x', 1),
      leave_unknown_group: await error('x', -1),
      rest_without_instance: await error('x', -2),
    }).toEqual({
      no_group: 42,
      no_member_id: 42,
      epoch: 42,
      instance: 42,
      rack: 42,
      no_timeout: 42,
      owns_at_join: 42,
      no_subscription: 42,
      assignor: 112,
      regex: 128,
      unknown_group: 69,
      leave_unknown_group: 69,
      rest_without_instance: 42,
    })
  })

  test('two members: epochs, revocation before assignment, fenced epochs, what others hear of the group', async () => {
    const { client, beat, join, describeGroup } = await fresh()
    expect(await join('a')).toEqual([0, 1, [0, 1, 2, 3]])
    expect(await join('a')).toEqual([0, 1, [0, 1, 2, 3]])
    expect(await beat('a', 1)).toEqual([0, 1, null])
    expect((await beat('a', 5))[0]).toBe(110)
    expect((await beat('who', 1))[0]).toBe(25)
    expect(await join('b')).toEqual([0, 2, []])
    expect((await beat('b', 1))[0]).toBe(110)
    expect(await beat('a', 1)).toEqual([0, 1, [0, 1]])
    expect((await describeGroup()).groupState).toBe('Reconciling')
    expect(await beat('a', 1, { owned: [0, 1] })).toEqual([0, 2, null])
    // The answer was lost; who shows what it holds may say the epoch before once more.
    expect(await beat('a', 1, { owned: [0, 1] })).toEqual([0, 2, null])
    expect((await beat('a', 1))[0]).toBe(110)
    expect(await beat('b', 2)).toEqual([0, 2, [2, 3]])
    const described = await describeGroup()
    expect(described).toMatchObject({
      groupState: 'Stable',
      groupEpoch: 2,
      assignmentEpoch: 2,
      assignorName: 'uniform',
    })
    expect(described.members.map(({ memberId, memberType }) => [memberId, memberType])).toEqual([
      ['a', 1],
      ['b', 1],
    ])
    const list = async (typesFilter: string[]) =>
      (await client.ask('ListGroups', 5, { statesFilter: [], typesFilter })).groups
    expect(await list(['Consumer'])).toMatchObject([{ groupId: 'g', groupState: 'Stable', groupType: 'consumer' }])
    expect(await list(['classic'])).toEqual([])
    const classic = async (version: number) =>
      (await client.ask('DescribeGroups', version, { groups: ['g'], includeAuthorizedOperations: false })).groups[0]!
    expect([(await classic(5)).errorCode, (await classic(6)).errorCode, (await classic(6)).groupState]).toEqual([
      0,
      69,
      'Dead',
    ])
    const remove = async () => (await client.ask('DeleteGroups', 2, { groupsNames: ['g'] })).results[0]!.errorCode
    expect(await remove()).toBe(68)
    expect(await beat('b', -1)).toEqual([0, -1, null])
    expect(await beat('a', 2)).toEqual([0, 3, [0, 1, 2, 3]])
    expect([await beat('a', -1), await describeGroup()]).toMatchObject([[0, -1, null], { groupState: 'Empty' }])
    expect([await remove(), (await describeGroup()).errorCode]).toEqual([0, 69])
  })

  test('offsets with member epochs', async () => {
    const { client, join } = await fresh()
    await join('a')
    const commit = async (memberId: string, epoch: number, version = 9, groupId = 'g') => {
      const partitions = [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: '' }]
      const request = { groupId, memberId, generationIdOrMemberEpoch: epoch, topics: [{ name: 't', partitions }] }
      return (await client.ask('OffsetCommit', version, request)).topics[0]!.partitions[0]!.errorCode
    }
    const fetched = async (memberId: string | null, memberEpoch: number) => {
      const groups = [{ groupId: 'g', memberId, memberEpoch, topics: [{ name: 't', partitionIndexes: [0] }] }]
      return (await client.ask('OffsetFetch', 9, { groups })).groups[0]!.errorCode
    }
    expect([await commit('a', 1), await commit('a', 0), await commit('a', 1, 8), await commit('who', 1)]).toEqual([
      0, 113, 35, 25,
    ])
    expect([await commit('', -1), await commit('m', 3, 9, 'no'), await commit('m', 3, 8, 'no')]).toEqual([25, 69, 22])
    expect([await fetched('a', 1), await fetched('a', 0), await fetched('who', 1), await fetched(null, -1)]).toEqual([
      0, 113, 25, 0,
    ])
    const forget = { groupId: 'g', topics: [{ name: 't', partitions: [{ partitionIndex: 0 }] }] }
    expect((await client.ask('OffsetDelete', 0, forget)).topics[0]!.partitions[0]!.errorCode).toBe(86)
  })

  test('static members', async () => {
    const { beat, join, error } = await fresh()
    await join('s1', { instanceId: 'i' })
    expect((await join('s2', { instanceId: 'i' }))[0]).toBe(111)
    expect([await error('s2', 1, { instanceId: 'i' }), await error('s2', 1, { instanceId: 'j' })]).toEqual([82, 25])
    expect(await beat('s1', -2, { instanceId: 'i' })).toEqual([0, -2, null])
    expect(await join('s3', { instanceId: 'i' })).toEqual([0, 1, [0, 1, 2, 3]])
    expect([await error('s1', 1, { instanceId: 'i' }), await error('s3', 1, { instanceId: 'i' })]).toEqual([82, 0])
  })

  test('silence ends a member; topics that come, grow and go make new targets', async () => {
    const { client, beat, join, describeGroup } = await fresh({ settings: { groupConsumerSessionTimeoutMs: 100 } })
    await join('gone', { groupId: 'short' })
    await expect.poll(async () => (await describeGroup('short')).groupState).toBe('Empty')
    await client.ask('DeleteTopics', 5, { timeoutMs: 1000, topicNames: ['t'] })
    expect(await join('a')).toEqual([0, 1, []])
    await client.createTopic('t', 2)
    expect(await beat('a', 1)).toEqual([0, 2, [0, 1]])
    await client.ask('CreatePartitions', 3, {
      topics: [{ name: 't', count: 3, assignments: null }],
      timeoutMs: 1000,
      validateOnly: false,
    })
    expect(await beat('a', 2)).toEqual([0, 3, [0, 1, 2]])
    expect(await join('r', { groupId: 'r', subscribedTopicNames: null, subscribedTopicRegex: '[s-u]' })).toEqual([
      0,
      1,
      [0, 1, 2],
    ])
  })

  test('members go on after a restart of the broker', async () => {
    const dataDirectory = temporaryDirectory()
    const { broker, join } = await fresh({ dataDirectory })
    await join('a', { instanceId: 'i' })
    await join('b')
    await broker.stop()
    const { beat, describeGroup } = membersOf(await RawClient.connect(await testBroker({ dataDirectory })), '')
    expect(await beat('a', 1, { instanceId: 'i' })).toEqual([0, 1, [0, 1]])
    expect(await beat('b', 2)).toEqual([0, 2, null])
    expect((await describeGroup()).groupEpoch).toBe(2)
  })

  test('a classic group goes over to the new protocol and back', async () => {
    const { client, beat, join, describeGroup } = await fresh()
    const owned = (partitions: number[]) =>
      encodeVersionedMessage('ConsumerProtocolSubscription', 1, {
        topics: ['t'],
        ownedPartitions: [{ topic: 't', partitions }],
      })
    const joinClassic = async (memberId: string, partitions: number[], more: object = {}) =>
      client.ask('JoinGroup', 3, {
        groupId: 'g',
        sessionTimeoutMs: 30_000,
        rebalanceTimeoutMs: 30_000,
        memberId,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: owned(partitions) }],
        ...more,
      })
    const { memberId } = await joinClassic('', [])
    const assignment = encodeVersionedMessage('ConsumerProtocolAssignment', 1, {
      assignedPartitions: [{ topic: 't', partitions: [0, 1, 2, 3] }],
    })
    const sync = async (generationId: number, assignments: { memberId: string; assignment: Buffer }[] = []) =>
      client.ask('SyncGroup', 3, { groupId: 'g', generationId, memberId, assignments })
    await sync(1, [{ memberId, assignment }])
    const hb = async (generationId: number) =>
      (await client.ask('Heartbeat', 3, { groupId: 'g', generationId, memberId })).errorCode
    expect((await beat('n', 1))[0]).toBe(69)
    expect(await join('n')).toEqual([0, 2, []])
    expect(
      (await describeGroup()).members.map(({ memberType, memberEpoch }) => [memberType, memberEpoch]).sort(),
    ).toEqual([
      [0, 1],
      [1, 2],
    ])
    expect([await hb(1), (await sync(1)).errorCode]).toEqual([27, 27])
    expect(await joinClassic(memberId, [0, 1, 2, 3])).toMatchObject({ errorCode: 0, generationId: 1, leader: '' })
    expect(await joinClassic(memberId, [0, 1])).toMatchObject({ errorCode: 0, generationId: 2 })
    expect([(await sync(2)).errorCode, await hb(2)]).toEqual([0, 0])
    expect(await beat('n', 2)).toEqual([0, 2, [2, 3]])
    expect((await joinClassic('', [], { protocols: [{ name: 'sticky', metadata: owned([]) }] })).errorCode).toBe(23)
    expect((await beat('n', -1))[0]).toBe(0)
    expect([(await describeGroup()).errorCode, await hb(2)]).toEqual([69, 27])
    expect(await joinClassic(memberId, [0, 1])).toMatchObject({ errorCode: 0, generationId: 3, leader: memberId })
  })

  test('a group goes over where it may only', async () => {
    const { client, join, beat } = await fresh({ settings: { groupConsumerMigrationPolicy: 'disabled' } })
    const metadata = encodeVersionedMessage('ConsumerProtocolSubscription', 1, { topics: ['t'], ownedPartitions: [] })
    const classic = async (groupId: string) =>
      client.ask('JoinGroup', 3, {
        groupId,
        sessionTimeoutMs: 30_000,
        rebalanceTimeoutMs: 30_000,
        memberId: '',
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata }],
      })
    await classic('g')
    expect((await join('n'))[0]).toBe(69)
    await join('n', { groupId: 'other' })
    await beat('n', -1, { groupId: 'other' })
    expect(await classic('other')).toMatchObject({ errorCode: 0, generationId: 1 })
  })
})
