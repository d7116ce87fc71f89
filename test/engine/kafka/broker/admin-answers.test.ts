// The administrative APIs of a node without authorizer, without replicas and without delegation tokens: codes as Kafka 4.1.
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../log/log-fixture.ts'
import { saltedPassword } from '../../../../engine/kafka/protocol/scram.ts'
import { RawClient, testBroker } from './raw-client.ts'
import { logInPlain, logInScram } from './security/sasl-client.ts'

const salt = Buffer.from('some salt')
const upsertion = (name: string, password: string, mechanism = 1, iterations = 4096) => ({
  name,
  mechanism,
  iterations,
  salt,
  saltedPassword: saltedPassword(mechanism === 1 ? 'SCRAM-SHA-256' : 'SCRAM-SHA-512', password, salt, iterations),
})

async function alterScram(
  client: RawClient,
  upsertions: readonly ReturnType<typeof upsertion>[],
  deletions: readonly { name: string; mechanism: number }[] = [],
): Promise<Record<string, number>> {
  const { results } = await client.ask('AlterUserScramCredentials', 0, { deletions, upsertions })
  return Object.fromEntries(results.map(({ user, errorCode }) => [user, errorCode]))
}

async function describeScram(client: RawClient, users: readonly string[] | null): Promise<Record<string, unknown>> {
  const asked = users?.map((name) => ({ name })) ?? null
  const { results } = await client.ask('DescribeUserScramCredentials', 0, { users: asked })
  return Object.fromEntries(
    results.map(({ user, errorCode, credentialInfos }) => [
      user,
      errorCode || credentialInfos.map(({ mechanism, iterations }) => [mechanism, iterations]),
    ]),
  )
}

describe('SCRAM credentials', () => {
  test('made, described, used for a login, kept over a restart, changed, deleted', async () => {
    const dataDirectory = temporaryDirectory()
    const listeners = [{}, { securityProtocol: 'SASL_PLAINTEXT' as const }]
    const options = { dataDirectory, listeners, settings: { connectionFailedAuthenticationDelayMs: 1 } }
    const first = await testBroker(options)
    const admin = await RawClient.connect(first)
    expect(await alterScram(admin, [upsertion('carol', 'one'), upsertion('dave', 'two', 2, 8192)])).toEqual({
      carol: 0,
      dave: 0,
    })
    await first.stop()
    const broker = await testBroker(options)
    const again = await RawClient.connect(broker)
    expect(await describeScram(again, null)).toEqual({ carol: [[1, 4096]], dave: [[2, 8192]] })
    const sasl = broker.listeners[1]!
    const connect = () => RawClient.connect(sasl)
    expect((await logInScram(await connect(), 'SCRAM-SHA-256', 'carol', 'one')).errorCode).toBe(0)
    expect((await logInScram(await connect(), 'SCRAM-SHA-512', 'dave', 'two')).errorCode).toBe(0)
    expect((await logInScram(await connect(), 'SCRAM-SHA-256', 'dave', 'two')).errorCode).toBe(58)
    expect((await logInPlain(await connect(), 'carol', 'one')).errorCode).toBe(58)
    await alterScram(again, [upsertion('carol', 'three')])
    expect((await logInScram(await connect(), 'SCRAM-SHA-256', 'carol', 'one')).errorCode).toBe(58)
    expect((await logInScram(await connect(), 'SCRAM-SHA-256', 'carol', 'three')).errorCode).toBe(0)
    expect(await alterScram(again, [], [{ name: 'carol', mechanism: 1 }])).toEqual({ carol: 0 })
    expect((await logInScram(await connect(), 'SCRAM-SHA-256', 'carol', 'three')).errorCode).toBe(58)
    expect(await describeScram(again, null)).toEqual({ dave: [[2, 8192]] })
  })

  test('what is refused: 91, 92, 93, 33; one refusal does not hold up the others', async () => {
    const client = await RawClient.connect(await testBroker())
    const answer = await alterScram(
      client,
      [
        upsertion('twice', 'a'),
        upsertion('twice', 'b', 2),
        { ...upsertion('few', 'a'), iterations: 4095 },
        { ...upsertion('many', 'a'), iterations: 16385 },
        upsertion('', 'a'),
        { ...upsertion('odd', 'a'), mechanism: 3 },
        upsertion('good', 'a'),
      ],
      [{ name: 'nobody', mechanism: 1 }],
    )
    expect(answer).toEqual({ twice: 92, few: 93, many: 93, '': 93, odd: 33, good: 0, nobody: 91 })
    expect(await describeScram(client, ['good', 'nobody', 'good'])).toEqual({ good: 92, nobody: 91 })
  })

  test('users that the broker was started with are described, can be overruled, and come back', async () => {
    const broker = await testBroker({
      listeners: [{}, { securityProtocol: 'SASL_PLAINTEXT' }],
      users: [{ name: 'alice', password: 'given' }],
      settings: { connectionFailedAuthenticationDelayMs: 1 },
    })
    const client = await RawClient.connect(broker)
    const logIn = async (password: string) =>
      (await logInScram(await RawClient.connect(broker.listeners[1]!), 'SCRAM-SHA-256', 'alice', password)).errorCode
    expect(await describeScram(client, null)).toEqual({
      alice: [
        [1, 4096],
        [2, 4096],
      ],
    })
    expect(await alterScram(client, [], [{ name: 'alice', mechanism: 1 }])).toEqual({ alice: 93 })
    expect(await alterScram(client, [upsertion('alice', 'changed')])).toEqual({ alice: 0 })
    expect([await logIn('given'), await logIn('changed')]).toEqual([58, 0])
    expect(await alterScram(client, [], [{ name: 'alice', mechanism: 1 }])).toEqual({ alice: 0 })
    expect([await logIn('given'), await logIn('changed')]).toEqual([0, 58])
  })
})

describe('client quotas', () => {
  const user = (entityName: string | null) => ({ entityType: 'user', entityName })
  const set = (key: string, value: number) => ({ key, value, remove: false })
  type Entry = { entity: { entityType: string; entityName: string | null }[]; ops: ReturnType<typeof set>[] }

  async function alter(client: RawClient, entries: Entry[], validateOnly = false): Promise<number[]> {
    const answer = await client.ask('AlterClientQuotas', 1, { entries, validateOnly })
    return answer.entries.map(({ errorCode }) => errorCode)
  }

  async function describeAll(
    client: RawClient,
    components: { entityType: string; matchType: number; match: string | null }[] = [],
    strict = false,
  ) {
    const { errorCode, entries } = await client.ask('DescribeClientQuotas', 1, { components, strict })
    return errorCode === 0
      ? entries!.map(({ entity, values }) => [
          entity.map(({ entityType, entityName }) => `${entityType}=${entityName}`).join(),
          Object.fromEntries(values.map(({ key, value }) => [key, value])),
        ])
      : errorCode
  }

  test('set, matched, removed, kept over a restart', async () => {
    const dataDirectory = temporaryDirectory()
    const broker = await testBroker({ dataDirectory })
    const client = await RawClient.connect(broker)
    expect(
      await alter(client, [
        { entity: [user('a')], ops: [set('producer_byte_rate', 1000), set('request_percentage', 12.5)] },
        { entity: [user(null)], ops: [set('consumer_byte_rate', 5)] },
        { entity: [user('a'), { entityType: 'client-id', entityName: 'c' }], ops: [set('consumer_byte_rate', 7)] },
        { entity: [{ entityType: 'ip', entityName: '127.0.0.1' }], ops: [set('connection_creation_rate', 9)] },
      ]),
    ).toEqual([0, 0, 0, 0])
    expect(await alter(client, [{ entity: [user('b')], ops: [set('producer_byte_rate', 1)] }], true)).toEqual([0])
    await broker.stop()
    const again = await RawClient.connect(await testBroker({ dataDirectory }))
    expect(await describeAll(again)).toHaveLength(4)
    const exact = [{ entityType: 'user', matchType: 0, match: 'a' }]
    const both = { producer_byte_rate: 1000, request_percentage: 12.5 }
    expect(await describeAll(again, exact, true)).toEqual([['user=a', both]])
    expect(await describeAll(again, exact)).toHaveLength(2)
    expect(await describeAll(again, [{ entityType: 'user', matchType: 1, match: null }])).toEqual([
      ['user=null', { consumer_byte_rate: 5 }],
    ])
    expect(await describeAll(again, [{ entityType: 'user', matchType: 2, match: null }])).toHaveLength(3)
    const remove = { key: 'consumer_byte_rate', value: 0, remove: true }
    expect(await alter(again, [{ entity: [user(null)], ops: [remove] }])).toEqual([0])
    expect(await describeAll(again)).toHaveLength(3)
  })

  test('what is refused: 42, and 35 for an unknown kind of entity in a filter', async () => {
    const client = await RawClient.connect(await testBroker())
    const ip = { entityType: 'ip', entityName: '127.0.0.1' }
    expect(
      await alter(client, [
        { entity: [], ops: [] },
        { entity: [user('')], ops: [] },
        { entity: [user('a'), ip], ops: [] },
        { entity: [{ entityType: 'planet', entityName: 'x' }], ops: [] },
        { entity: [{ entityType: 'ip', entityName: 'no address' }], ops: [] },
        { entity: [user('a')], ops: [set('speed', 1)] },
        { entity: [user('a')], ops: [set('producer_byte_rate', 0)] },
        { entity: [user('a')], ops: [set('producer_byte_rate', 1.5)] },
        { entity: [user('a')], ops: [set('producer_byte_rate', 1), set('producer_byte_rate', 2)] },
        { entity: [ip], ops: [set('producer_byte_rate', 1)] },
      ]),
    ).toEqual(Array(10).fill(42))
    const filter = (entityType: string, matchType: number, match: string | null) => ({ entityType, matchType, match })
    expect(await describeAll(client, [filter('planet', 0, 'x')])).toBe(35)
    expect(await describeAll(client, [filter('user', 0, null)])).toBe(42)
    expect(await describeAll(client, [filter('user', 1, 'x')])).toBe(42)
    expect(await describeAll(client, [filter('user', 3, null)])).toBe(42)
    expect(await describeAll(client, [filter('user', 0, 'x'), filter('ip', 0, '::1')])).toBe(42)
    expect(await describeAll(client)).toEqual([])
  })
})

describe('one node', () => {
  test('reassignments: 3, 39, 85; to itself 0', async () => {
    const client = await RawClient.connect(await testBroker())
    await client.createTopic('t')
    const asked = (name: string, partitionIndex: number, replicas: number[] | null) => ({
      name,
      partitions: [{ partitionIndex, replicas }],
    })
    const { errorCode, responses } = await client.ask('AlterPartitionReassignments', 1, {
      topics: [
        asked('t', 0, [1]),
        asked('t', 0, [2]),
        asked('t', 0, []),
        asked('t', 0, null),
        asked('t', 5, [1]),
        asked('no', 0, [1]),
      ],
    })
    expect(errorCode).toBe(0)
    expect(responses.map(({ partitions }) => partitions[0]!.errorCode)).toEqual([0, 39, 39, 85, 3, 3])
  })

  test('elections: 84 where there is a leader, nothing where all are asked for, 42 for an unknown kind', async () => {
    const client = await RawClient.connect(await testBroker())
    await client.createTopic('t')
    const topicPartitions = [
      { topic: 't', partitions: [0, 7] },
      { topic: 'no', partitions: [0] },
    ]
    const named = await client.ask('ElectLeaders', 2, { electionType: 0, topicPartitions, timeoutMs: 1000 })
    expect(named.replicaElectionResults.map(({ partitionResult }) => partitionResult.map((p) => p.errorCode))).toEqual([
      [84, 3],
      [3],
    ])
    const all = await client.ask('ElectLeaders', 2, { electionType: 1, topicPartitions: null, timeoutMs: 1000 })
    expect(all.replicaElectionResults).toEqual([{ topic: 't', partitionResult: [] }])
    expect((await client.ask('ElectLeaders', 2, { electionType: 5, topicPartitions, timeoutMs: 1 })).errorCode).toBe(42)
  })

  test('the quorum is this node; another partition is 3', async () => {
    const client = await RawClient.connect(await testBroker())
    const ask = (topicName: string) =>
      client.ask('DescribeQuorum', 2, { topics: [{ topicName, partitions: [{ partitionIndex: 0 }] }] })
    const { topics, nodes } = await ask('__cluster_metadata')
    expect(topics[0]!.partitions[0]).toMatchObject({ errorCode: 0, leaderId: 1, currentVoters: [{ replicaId: 1 }] })
    expect(nodes.map(({ nodeId }) => nodeId)).toEqual([1])
    expect((await ask('t')).topics[0]!.partitions[0]!.errorCode).toBe(3)
  })

  test('log dirs: 57 for another folder, 9 for an unknown partition; config resources by kind', async () => {
    const broker = await testBroker()
    const client = await RawClient.connect(broker)
    await client.createTopic('t')
    const move = async (path: string, partition: number) => {
      const dirs = [{ path, topics: [{ name: 't', partitions: [partition] }] }]
      return (await client.ask('AlterReplicaLogDirs', 2, { dirs })).results[0]!.partitions[0]!.errorCode
    }
    expect([await move(broker.dataDirectory, 0), await move(broker.dataDirectory, 3), await move('/x', 0)]).toEqual([
      0, 9, 57,
    ])
    const list = async (version: number, resourceTypes: number[]) => {
      const { errorCode, configResources } = await client.ask('ListConfigResources', version, { resourceTypes })
      return errorCode || configResources.map(({ resourceName, resourceType }) => [resourceType, resourceName])
    }
    expect(await list(1, [2])).toEqual([[2, 't']])
    expect(await list(1, [])).toEqual([
      [2, 't'],
      [4, '1'],
      [8, '1'],
    ])
    expect([await list(0, []), await list(1, [16]), await list(1, [3])]).toEqual([[], [], 35])
  })

  test('features stay at their level: 95 for another one, and for what is unknown', async () => {
    const client = await RawClient.connect(await testBroker())
    const update = (feature: string, maxVersionLevel: number, version: number) =>
      client.ask('UpdateFeatures', version, { featureUpdates: [{ feature, maxVersionLevel }] })
    const same = { errorCode: 0, results: [{ feature: 'group.version', errorCode: 0 }] }
    expect(await update('group.version', 1, 1)).toMatchObject(same)
    expect(await update('group.version', 1, 2)).toMatchObject({ errorCode: 0, results: [] })
    expect((await update('group.version', 0, 2)).errorCode).toBe(95)
    expect((await update('metadata.version', 7, 1)).errorCode).toBe(95)
  })

  test('delegation tokens: 64 for the unknown, 61 for those who have logged in', async () => {
    const broker = await testBroker({
      listeners: [{}, { securityProtocol: 'SASL_PLAINTEXT' }],
      users: [{ name: 'alice', password: 'secret' }],
    })
    const unknown = await RawClient.connect(broker)
    expect((await unknown.ask('DescribeDelegationToken', 3, { owners: null })).errorCode).toBe(64)
    const alice = await RawClient.connect(broker.listeners[1]!)
    await logInPlain(alice, 'alice', 'secret')
    expect((await alice.ask('DescribeDelegationToken', 3, { owners: null })).errorCode).toBe(61)
    const created = await alice.ask('CreateDelegationToken', 3, {
      ownerPrincipalType: null,
      ownerPrincipalName: null,
      renewers: [],
      maxLifetimeMs: -1n,
    })
    expect(created).toMatchObject({ errorCode: 61, principalName: 'alice' })
  })
})

describe('what is named twice, or not at all', () => {
  test('topics, partitions, groups', async () => {
    const client = await RawClient.connect(await testBroker())
    await client.createTopic('t')
    const grow = (count: number) => ({ name: 't', count, assignments: null })
    const grown = await client.ask('CreatePartitions', 3, {
      topics: [grow(3), grow(4)],
      timeoutMs: 1,
      validateOnly: false,
    })
    expect(grown.results.map(({ errorCode }) => errorCode)).toEqual([42])
    const remove = async (version: number, asked: object) =>
      (await client.ask('DeleteTopics', version, { timeoutMs: 1, ...asked })).responses.map(
        ({ errorCode }) => errorCode,
      )
    expect(await remove(5, { topicNames: ['t', 'none', 't'] })).toEqual([42, 3])
    expect(await remove(6, { topics: [{ name: null, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }] })).toEqual([42])
    expect(await remove(5, { topicNames: ['t'] })).toEqual([0])
    const { results } = await client.ask('DeleteGroups', 2, { groupsNames: ['g', 'g'] })
    expect(results).toEqual([{ groupId: 'g', errorCode: 69 }])
  })

  test('a type of a quota entity counts as named last', async () => {
    const client = await RawClient.connect(await testBroker())
    const user = (entityName: string) => ({ entityType: 'user', entityName })
    const ops = [{ key: 'producer_byte_rate', value: 5, remove: false }]
    const entries = [{ entity: [user('a'), user('b')], ops }]
    const answer = await client.ask('AlterClientQuotas', 1, { entries, validateOnly: false })
    expect(answer.entries).toMatchObject([{ errorCode: 0, entity: [user('b')] }])
  })
})

test('configurations are shown as what they mean', async () => {
  const client = await RawClient.connect(await testBroker())
  await client.createTopic('t', 1, { 'retention.ms': ' +5000 ', preallocate: 'TRUE' })
  const resources = [{ resourceType: 2, resourceName: 't', configurationKeys: ['retention.ms', 'preallocate'] }]
  const { results } = await client.ask('DescribeConfigs', 4, { resources })
  expect(results[0]!.configs.map(({ name, value, documentation }) => [name, value, documentation])).toEqual([
    ['preallocate', 'true', null],
    ['retention.ms', '5000', null],
  ])
})
