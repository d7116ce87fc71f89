// The same administrative requests to a real Kafka 4.1 and to the embedded broker: the answers are the same, but for what
// no two clusters have in common (ids, times, addresses, sizes, words of messages).
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { parseBootstrapServers } from '../../../engine/kafka/client/bootstrap-servers.ts'
import type { ApiName, RequestInputByApi } from '../../../engine/kafka/protocol/schemas.ts'
import { RawClient, testBroker } from '../../engine/kafka/broker/raw-client.ts'
import { realKafka } from './real-kafka.ts'

interface Step<Api extends ApiName = ApiName> {
  readonly api: Api
  readonly version: number
  readonly request: RequestInputByApi[Api]
}

function step<Api extends ApiName>(api: Api, version: number, request: RequestInputByApi[Api]): Step {
  return { api, version, request }
}

const ignored = new Set([
  'throttleTimeMs',
  'errorMessage',
  'topicId',
  'clusterId',
  'host',
  'port',
  'logDir',
  'totalBytes',
  'usableBytes',
  'logEndOffset',
  'leaderEpoch',
  'highWatermark',
  'lastFetchTimestamp',
  'lastCaughtUpTimestamp',
  'replicaDirectoryId',
  'nodes',
  'finalizedFeaturesEpoch',
])

/** Without what may differ, arrays in one order. */
function comparable(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value))
    return value
      .map(comparable)
      .map((element) => [JSON.stringify(element), element] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, element]) => element)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]) => (ignored.has(name) ? [] : [[name, comparable(field)]])),
  )
}

const patienceMs = 10_000

/** Of ours: at once. */
async function answers(client: RawClient, steps: readonly Step[]): Promise<unknown[]> {
  const all: unknown[] = []
  for (const { api, version, request } of steps) all.push(comparable(await client.ask(api, version, request)))
  return all
}

/**
 * Of the real one, where a change may come a moment after its answer: what only asks is asked again until it is as
 * expected, at most until the patience is at its end.
 */
async function answersOfReal(
  client: RawClient,
  steps: readonly Step[],
  expected: readonly unknown[],
): Promise<unknown[]> {
  const all: unknown[] = []
  for (const [index, { api, version, request }] of steps.entries()) {
    const ask = async () => comparable(await client.ask(api, version, request))
    const deadline = Date.now() + (api.includes('Describe') ? patienceMs : 0)
    let answer = await ask()
    while (!isDeepStrictEqual(answer, expected[index]) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      answer = await ask()
    }
    all.push(answer)
    if (api === 'CreateTopics' || api === 'CreatePartitions') await settled(client)
  }
  return all
}

/** Until every partition that Metadata names has a leader that serves. */
async function settled(client: RawClient): Promise<void> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const { topics } = await client.ask('Metadata', 12, { topics: null })
    const asked = topics.map(({ name, partitions }) => ({
      name: name!,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, timestamp: -1n })),
    }))
    const answer = await client.ask('ListOffsets', 7, { replicaId: -1, isolationLevel: 0, topics: asked })
    if (answer.topics.every(({ partitions }) => partitions.every(({ errorCode }) => errorCode === 0))) return
    if (Date.now() > deadline) throw new Error('the topics have no leaders after 20 s')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Until the topics of groups and transactions are made, and serve. */
async function coordinators(client: RawClient): Promise<void> {
  const deadline = Date.now() + 30_000
  for (const keyType of [0, 1])
    for (;;) {
      const answer = await client.ask('FindCoordinator', 4, { keyType, coordinatorKeys: ['any'] })
      if (answer.coordinators[0]!.errorCode === 0) break
      if (Date.now() > deadline) throw new Error('there is no coordinator after 30 s')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  await settled(client)
}

const name = (about: string): string => `${about}-${randomUUID().slice(0, 8)}`

async function expectSameAnswers(steps: readonly Step[]): Promise<void> {
  const [address] = parseBootstrapServers(realKafka!)
  const real = await RawClient.connect(address!)
  const ours = await RawClient.connect(
    await testBroker({ log: () => {}, settings: { groupInitialRebalanceDelayMs: 0 } }),
  )
  await coordinators(real)
  const ofOurs = await answers(ours, steps)
  const ofReal = await answersOfReal(real, steps, ofOurs)
  const differing = steps.flatMap(({ api, version, request }, index) =>
    isDeepStrictEqual(ofOurs[index], ofReal[index])
      ? []
      : [{ api, version, request, ours: ofOurs[index], real: ofReal[index] }],
  )
  expect(differing).toEqual([])
}

const create = (topics: readonly object[], more: object = {}): Step =>
  step('CreateTopics', 7, { topics: topics.map(topicToCreate), timeoutMs: 10_000, ...more })

function topicToCreate(topic: object): RequestInputByApi['CreateTopics']['topics'][number] {
  return { name: '', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...topic }
}

const configs = (values: Readonly<Record<string, string | null>>) =>
  Object.entries(values).map(([config, value]) => ({ name: config, value }))

const alterIncrementally = (
  resourceType: number,
  resourceName: string,
  ...operations: readonly (readonly [string, string | null, number?])[]
): Step =>
  step('IncrementalAlterConfigs', 1, {
    resources: [
      {
        resourceType,
        resourceName,
        configs: operations.map(([config, value, configOperation = 0]) => ({ name: config, value, configOperation })),
      },
    ],
    validateOnly: false,
  })

const alter = (
  resourceType: number,
  resourceName: string,
  values: Readonly<Record<string, string | null>>,
  validateOnly = false,
): Step =>
  step('AlterConfigs', 2, {
    resources: [{ resourceType, resourceName, configs: configs(values) }],
    validateOnly,
  })

const describeConfigs = (resourceType: number, resourceName: string, ...keys: string[]): Step =>
  step('DescribeConfigs', 4, {
    resources: [{ resourceType, resourceName, configurationKeys: keys.length === 0 ? null : keys }],
    includeSynonyms: true,
    includeDocumentation: false,
  })

const [topicType, brokerType, loggerType, metricsType, groupType] = [2, 4, 8, 16, 32] as const

describe.skipIf(realKafka === undefined)('the embedded broker answers administrators as Kafka 4.1 does', () => {
  test('topics', { timeout: 60_000 }, async () => {
    const [t, u] = [name('t'), name('u')]
    await expectSameAnswers([
      create([{ name: t, numPartitions: 2 }]),
      create([{ name: t }]),
      create([{ name: u }], { validateOnly: true }),
      create([{ name: u }, { name: u }]),
      create([{ name: '' }, { name: '.' }, { name: 'a b' }, { name: 'x'.repeat(250) }]),
      create([
        { name: `${u}-0`, numPartitions: 0 },
        { name: `${u}-r`, replicationFactor: 3 },
        { name: `${u}-z`, replicationFactor: 0 },
        { name: `${u}-n`, numPartitions: -2 },
      ]),
      create([{ name: u, configs: configs({ 'no.such': '1' }) }]),
      create([{ name: u, configs: configs({ 'retention.ms': 'x' }) }]),
      create([{ name: u, configs: configs({ 'retention.ms': null }) }]),
      create([{ name: u, configs: configs({ 'cleanup.policy': 'shrink' }) }]),
      create([{ name: u, assignments: [{ partitionIndex: 0, brokerIds: [1] }] }]),
      create([
        {
          name: u,
          numPartitions: -1,
          replicationFactor: -1,
          assignments: [{ partitionIndex: 1, brokerIds: [1] }],
        },
      ]),
      create([
        {
          name: u,
          numPartitions: -1,
          replicationFactor: -1,
          assignments: [{ partitionIndex: 0, brokerIds: [1, 1] }],
        },
      ]),
      create([
        {
          name: u,
          numPartitions: -1,
          replicationFactor: -1,
          assignments: [{ partitionIndex: 0, brokerIds: [] }],
        },
      ]),
      create([
        {
          name: u,
          numPartitions: -1,
          replicationFactor: -1,
          assignments: [{ partitionIndex: 0, brokerIds: [1] }],
          configs: configs({ 'retention.ms': '1000', 'cleanup.policy': 'compact,delete' }),
        },
      ]),
      step('CreatePartitions', 3, {
        topics: [
          { name: t, count: 2, assignments: null },
          { name: u, count: 1, assignments: [] },
          { name: name('none'), count: 2, assignments: null },
        ].slice(0, 2),
        timeoutMs: 10_000,
        validateOnly: false,
      }),
      step('CreatePartitions', 3, {
        topics: [
          { name: t, count: 3, assignments: [{ brokerIds: [9] }] },
          { name: u, count: 3, assignments: [{ brokerIds: [1] }] },
        ],
        timeoutMs: 10_000,
        validateOnly: false,
      }),
      step('CreatePartitions', 3, {
        topics: [
          { name: t, count: 3, assignments: null },
          { name: t, count: 4, assignments: null },
        ],
        timeoutMs: 10_000,
        validateOnly: false,
      }),
      step('CreatePartitions', 3, {
        topics: [{ name: t, count: 4, assignments: null }],
        timeoutMs: 10_000,
        validateOnly: true,
      }),
      step('CreatePartitions', 3, {
        topics: [{ name: t, count: 3, assignments: null }],
        timeoutMs: 10_000,
        validateOnly: false,
      }),
      step('DescribeTopicPartitions', 0, { topics: [{ name: t }, { name: 'none' }, { name: u }] }),
      step('DeleteTopics', 6, { topics: [{ name: 'none', topicId: zeroUuid }], timeoutMs: 10_000 }),
      step('DeleteTopics', 6, { topics: [{ name: null, topicId: zeroUuid }], timeoutMs: 10_000 }),
      step('DeleteTopics', 6, { topics: [{ name: t, topicId: someUuid }], timeoutMs: 10_000 }),
      step('DeleteTopics', 5, { topicNames: [t, u, t], timeoutMs: 10_000 }),
      step('DeleteTopics', 5, { topicNames: [t, u], timeoutMs: 10_000 }),
    ])
  })

  test('configurations of topics', { timeout: 60_000 }, async () => {
    const t = name('t')
    await expectSameAnswers([
      create([{ name: t, configs: configs({ 'retention.ms': '1000' }) }]),
      describeConfigs(topicType, t),
      describeConfigs(topicType, t, 'retention.ms', 'no.such'),
      describeConfigs(topicType, name('none')),
      describeConfigs(topicType, 'a b'),
      describeConfigs(topicType, ''),
      alterIncrementally(topicType, t, ['cleanup.policy', 'compact', 2]),
      alterIncrementally(topicType, t, ['cleanup.policy', 'delete', 3], ['retention.ms', null, 1]),
      alterIncrementally(topicType, t, ['cleanup.policy', 'shrink', 2]),
      alterIncrementally(topicType, t, ['retention.ms', '1', 2]),
      alterIncrementally(topicType, t, ['retention.ms', '1', 9]),
      alterIncrementally(topicType, t, ['retention.ms', null]),
      alterIncrementally(topicType, t, ['no.such', null, 1]),
      alterIncrementally(topicType, t, ['no.such', '1']),
      alterIncrementally(topicType, t, ['no.such', '1', 2]),
      alterIncrementally(topicType, t, ['retention.ms', '1'], ['retention.ms', '2']),
      alterIncrementally(topicType, t, ['segment.bytes', '1']),
      alterIncrementally(topicType, t, ['remote.storage.enable', 'true']),
      alterIncrementally(topicType, t, ['retention.ms', ' 5000 ']),
      alterIncrementally(topicType, t, ['min.insync.replicas', '2'], ['preallocate', 'TRUE']),
      alterIncrementally(topicType, name('none'), ['retention.ms', '1']),
      alterIncrementally(topicType, '', ['retention.ms', '1']),
      alterIncrementally(topicType, 'a b', ['retention.ms', '1']),
      alterIncrementally(3, t, ['retention.ms', '1']),
      describeConfigs(topicType, t),
      alter(topicType, t, { 'retention.ms': '7' }, true),
      alter(topicType, t, { 'retention.ms': '7', 'cleanup.policy': 'compact' }),
      alter(topicType, t, { 'retention.ms': null }),
      alter(topicType, t, { 'no.such': '7' }),
      describeConfigs(topicType, t),
      alter(topicType, t, {}),
      describeConfigs(topicType, t),
    ])
  })

  test('configurations of the broker', { timeout: 60_000 }, async () => {
    const t = name('t')
    const seen = [
      'log.retention.ms',
      'message.max.bytes',
      'min.insync.replicas',
      'num.io.threads',
      'log.cleanup.policy',
    ]
    const shown = [
      describeConfigs(brokerType, '1', ...seen),
      describeConfigs(brokerType, ''),
      describeConfigs(topicType, t),
    ]
    await expectSameAnswers([
      create([{ name: t }]),
      ...shown,
      describeConfigs(brokerType, '7'),
      describeConfigs(brokerType, 'x'),
      describeConfigs(brokerType, '1', 'log.roll.hours', 'log.retention.hours', 'log.retention.minutes', 'log.roll.ms'),
      alterIncrementally(brokerType, '1', ['log.retention.ms', '5000'], ['num.io.threads', '9']),
      alterIncrementally(brokerType, '', ['log.retention.ms', '6000'], ['message.max.bytes', '1000000']),
      alterIncrementally(brokerType, '1', ['log.cleanup.policy', 'compact', 2]),
      ...shown,
      alterIncrementally(brokerType, '1', ['log.cleanup.policy', 'delete', 3]),
      alterIncrementally(brokerType, '1', ['log.retention.ms', 'abc']),
      alterIncrementally(brokerType, '1', ['log.retention.ms', null]),
      alterIncrementally(brokerType, '1', ['num.partitions', '3']),
      alterIncrementally(brokerType, '', ['num.partitions', '3']),
      alterIncrementally(brokerType, '1', ['log.retention.hours', '3']),
      alterIncrementally(brokerType, '1', ['log.segment.bytes', '10']),
      alterIncrementally(brokerType, '', ['log.segment.bytes', '10']),
      alterIncrementally(brokerType, '1', ['min.insync.replicas', '2']),
      alterIncrementally(brokerType, '', ['min.insync.replicas', '0']),
      alterIncrementally(brokerType, '', ['min.insync.replicas', null, 1]),
      alterIncrementally(brokerType, '1', ['auto.create.topics.enable', 'false']),
      alterIncrementally(brokerType, '1', ['no.such', null, 1]),
      alterIncrementally(brokerType, '1', ['log.segment.bytes', '2000000', 2]),
      alterIncrementally(brokerType, '7', ['log.retention.ms', '3']),
      alterIncrementally(brokerType, 'x', ['log.retention.ms', '3']),
      ...shown,
      alter(brokerType, '1', { 'message.max.bytes': '900000' }),
      ...shown,
      alter(brokerType, '', {}),
      alter(brokerType, '', { 'min.insync.replicas': '1' }),
      alter(brokerType, '1', {}),
      ...shown,
      alterIncrementally(loggerType, '1', ['no.such.logger', 'DEBUG']),
      alterIncrementally(loggerType, '7', ['no.such.logger', 'DEBUG']),
      alter(loggerType, '1', { root: 'INFO' }),
    ])
  })

  test('configurations of groups and of client metrics', { timeout: 60_000 }, async () => {
    const [g, m] = [name('g'), name('m')]
    await expectSameAnswers([
      describeConfigs(groupType, g),
      describeConfigs(groupType, ''),
      describeConfigs(metricsType, m),
      describeConfigs(metricsType, ''),
      describeConfigs(99, ''),
      alterIncrementally(groupType, g, ['consumer.session.timeout.ms', '50000']),
      alterIncrementally(groupType, g, ['consumer.session.timeout.ms', '1']),
      alterIncrementally(groupType, g, ['consumer.session.timeout.ms', '60001']),
      alterIncrementally(
        groupType,
        g,
        ['consumer.heartbeat.interval.ms', '6000'],
        ['share.session.timeout.ms', '45001'],
      ),
      alterIncrementally(groupType, g, ['consumer.heartbeat.interval.ms', 'x']),
      alterIncrementally(groupType, g, ['share.isolation.level', 'x']),
      alterIncrementally(groupType, g, ['streams.num.standby.replicas', '9']),
      alterIncrementally(groupType, g, ['share.auto.offset.reset', 'sometime']),
      alterIncrementally(groupType, g, ['no.such', '1']),
      alterIncrementally(groupType, g, ['no.such', null, 1]),
      alterIncrementally(groupType, '', ['consumer.session.timeout.ms', '50000']),
      describeConfigs(groupType, g),
      alter(groupType, g, { 'consumer.session.timeout.ms': '46000' }),
      describeConfigs(groupType, g),
      alter(groupType, g, {}),
      describeConfigs(groupType, g),
      alterIncrementally(metricsType, m, ['interval.ms', '1000'], ['metrics', 'org.apache.kafka']),
      alterIncrementally(metricsType, m, ['interval.ms', '1']),
      alterIncrementally(metricsType, m, ['match', 'client_id=[']),
      alterIncrementally(metricsType, m, ['match', 'no_such=a']),
      alterIncrementally(metricsType, m, ['no.such', '1']),
      alterIncrementally(metricsType, '', ['interval.ms', '1000']),
      describeConfigs(metricsType, m),
      alter(metricsType, m, {}),
    ])
  })

  test('quotas', { timeout: 60_000 }, async () => {
    const client = name('client')
    const entity = (...parts: readonly (readonly [string, string | null])[]) =>
      parts.map(([entityType, entityName]) => ({ entityType, entityName }))
    const quota = (
      parts: ReturnType<typeof entity>,
      key: string,
      value: number | undefined,
      validateOnly = false,
    ): Step =>
      step('AlterClientQuotas', 1, {
        entries: [{ entity: parts, ops: [{ key, value: value ?? 0, remove: value === undefined }] }],
        validateOnly,
      })
    const described = (strict: boolean, ...components: readonly (readonly [string, number, string | null])[]): Step =>
      step('DescribeClientQuotas', 1, {
        components: components.map(([entityType, matchType, match]) => ({ entityType, matchType, match })),
        strict,
      })
    const own = entity(['client-id', client])
    await expectSameAnswers([
      quota(own, 'producer_byte_rate', 1_000_000),
      quota(own, 'consumer_byte_rate', 2_000_000, true),
      quota(own, 'request_percentage', 50.5),
      quota(own, 'producer_byte_rate', 1.5),
      quota(own, 'producer_byte_rate', -1),
      quota(own, 'producer_byte_rate', 0),
      quota(own, 'no_such_key', 1),
      quota(own, 'no_such_key', undefined),
      quota(own, 'connection_creation_rate', 1),
      quota(entity(['ip', '127.0.0.9']), 'connection_creation_rate', 5),
      quota(entity(['ip', '127.0.0.9']), 'producer_byte_rate', 5),
      quota(entity(['ip', 'not an ip']), 'connection_creation_rate', 5),
      quota(entity(['ip', '127.0.0.9'], ['user', 'a']), 'connection_creation_rate', 5),
      quota(entity(['group', 'a']), 'producer_byte_rate', 5),
      quota(entity(['user', '']), 'producer_byte_rate', 5),
      quota([], 'producer_byte_rate', 5),
      quota(entity(['user', 'a'], ['user', 'b']), 'producer_byte_rate', 5),
      quota(entity(['user', client], ['client-id', null]), 'controller_mutation_rate', 5),
      described(true, ['client-id', 0, client]),
      described(false, ['user', 0, client]),
      described(true, ['user', 0, client]),
      described(false, ['ip', 0, '127.0.0.9']),
      described(false, ['ip', 0, '127.0.0.9'], ['user', 0, 'a']),
      described(false, ['group', 0, 'a']),
      described(false, ['', 0, 'a']),
      described(false, ['user', 0, 'a'], ['user', 0, 'b']),
      described(false, ['user', 7, null]),
      quota(own, 'producer_byte_rate', undefined),
      quota(own, 'request_percentage', undefined),
      quota(entity(['ip', '127.0.0.9']), 'connection_creation_rate', undefined),
      quota(entity(['user', client], ['client-id', null]), 'controller_mutation_rate', undefined),
      described(true, ['client-id', 0, client]),
    ])
  })

  test('SCRAM credentials', { timeout: 60_000 }, async () => {
    const user = name('user')
    const upsertion = {
      name: user,
      mechanism: 1,
      iterations: 4096,
      salt: Buffer.alloc(8),
      saltedPassword: Buffer.alloc(32),
    }
    const alterScram = (upsertions: readonly object[], deletions: readonly object[] = []): Step =>
      step('AlterUserScramCredentials', 0, { upsertions, deletions } as never)
    const described = (...users: string[]): Step =>
      step('DescribeUserScramCredentials', 0, { users: users.map((each) => ({ name: each })) })
    await expectSameAnswers([
      alterScram([upsertion]),
      described(user),
      described(user, user),
      described(name('none')),
      alterScram([upsertion, upsertion]),
      alterScram([upsertion], [{ name: user, mechanism: 1 }]),
      alterScram([{ ...upsertion, iterations: 1 }]),
      alterScram([{ ...upsertion, iterations: 20_000 }]),
      alterScram([{ ...upsertion, mechanism: 9 }]),
      alterScram([{ ...upsertion, name: '' }]),
      alterScram([{ ...upsertion, salt: Buffer.alloc(0) }]),
      alterScram([], [{ name: user, mechanism: 2 }]),
      alterScram([], [{ name: user, mechanism: 9 }]),
      alterScram([], [{ name: user, mechanism: 1 }]),
      alterScram([], [{ name: user, mechanism: 1 }]),
      described(user),
    ])
  })

  test('log folders, replicas, leaders, features, the quorum', { timeout: 60_000 }, async () => {
    const t = name('t')
    const reassign = (replicas: readonly number[] | null, topic = t, partitionIndex = 0): Step =>
      step('AlterPartitionReassignments', 1, {
        timeoutMs: 10_000,
        topics: [{ name: topic, partitions: [{ partitionIndex, replicas }] }],
      })
    const elect = (electionType: number, topic: string, ...partitions: number[]): Step =>
      step('ElectLeaders', 2, { electionType, topicPartitions: [{ topic, partitions }], timeoutMs: 10_000 })
    const feature = (featureName: string, maxVersionLevel: number, upgradeType: number, version = 1): Step =>
      step('UpdateFeatures', version, {
        featureUpdates: [{ feature: featureName, maxVersionLevel, upgradeType }],
        validateOnly: true,
      })
    await expectSameAnswers([
      create([{ name: t, numPartitions: 2 }]),
      step('DescribeLogDirs', 4, { topics: [{ topic: t, partitions: [0, 1] }] }),
      step('DescribeLogDirs', 4, { topics: [{ topic: t, partitions: [7] }] }),
      step('AlterReplicaLogDirs', 2, { dirs: [{ path: '/nowhere', topics: [{ name: t, partitions: [0] }] }] }),
      reassign([1]),
      reassign([9]),
      reassign([1, 1]),
      reassign([]),
      reassign(null),
      reassign([1], name('none')),
      reassign([1], t, 9),
      step('ListPartitionReassignments', 0, { topics: [{ name: t, partitionIndexes: [0] }], timeoutMs: 1000 }),
      step('ListPartitionReassignments', 0, { topics: null, timeoutMs: 1000 }),
      elect(0, t, 0),
      elect(1, t, 0),
      elect(0, t, 9),
      elect(0, name('none'), 0),
      feature('group.version', 1, 1),
      feature('group.version', 2, 1),
      feature('group.version', 0, 1),
      feature('group.version', 1, 9),
      feature('no.such', 1, 1),
      feature('no.such', 1, 1, 2),
      feature('transaction.version', 2, 1, 2),
      feature('metadata.version', 27, 1),
      step('ApiVersions', 3, { clientSoftwareName: 'x', clientSoftwareVersion: '1' }),
      step('ApiVersions', 4, { clientSoftwareName: 'x', clientSoftwareVersion: '1' }),
      step('DescribeQuorum', 2, { topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }] }),
      step('DescribeQuorum', 2, { topics: [{ topicName: t, partitions: [{ partitionIndex: 0 }] }] }),
      step('DescribeCluster', 2, { includeClusterAuthorizedOperations: true }),
      step('DescribeCluster', 2, { includeClusterAuthorizedOperations: false, endpointType: 2 }),
      step('UnregisterBroker', 0, { brokerId: 7 }),
      step('AddRaftVoter', 0, {
        clusterId: null,
        timeoutMs: 1000,
        voterId: 2,
        voterDirectoryId: someUuid,
        listeners: [{ name: 'CONTROLLER', host: 'localhost', port: 1 }],
      }),
      step('RemoveRaftVoter', 0, { clusterId: 'another', voterId: 2, voterDirectoryId: someUuid }),
      step('DeleteRecords', 2, {
        timeoutMs: 1000,
        topics: [{ name: t, partitions: [0, 7].map((partitionIndex) => ({ partitionIndex, offset: 1n })) }],
      }),
      step('DeleteTopics', 5, { topicNames: [t], timeoutMs: 10_000 }),
    ])
  })

  test('rights and tokens without authorizer', { timeout: 60_000 }, async () => {
    const filter = {
      resourceTypeFilter: 2,
      resourceNameFilter: null,
      patternTypeFilter: 1,
      principalFilter: null,
      hostFilter: null,
      operation: 3,
      permissionType: 3,
    }
    const creation = {
      resourceType: 2,
      resourceName: 't',
      resourcePatternType: 3,
      principal: 'User:a',
      host: '*',
      operation: 3,
      permissionType: 3,
    }
    await expectSameAnswers([
      step('DescribeAcls', 3, filter),
      step('CreateAcls', 3, { creations: [creation, creation] }),
      step('DeleteAcls', 3, { filters: [filter] }),
      step('CreateDelegationToken', 3, { renewers: [], maxLifetimeMs: -1n }),
      step('RenewDelegationToken', 2, { hmac: Buffer.alloc(1), renewPeriodMs: -1n }),
      step('ExpireDelegationToken', 2, { hmac: Buffer.alloc(1), expiryTimePeriodMs: -1n }),
      step('DescribeDelegationToken', 3, { owners: null }),
    ])
  })

  test('groups', { timeout: 60_000 }, async () => {
    const [t, g, none] = [name('t'), name('g'), name('none')]
    const commit = (groupId: string): Step =>
      step('OffsetCommit', 8, {
        groupId,
        topics: [{ name: t, partitions: [{ partitionIndex: 0, committedOffset: 3n, committedMetadata: 'm' }] }],
      })
    await expectSameAnswers([
      create([{ name: t }]),
      commit(g),
      step('DescribeGroups', 6, { groups: [g, none], includeAuthorizedOperations: true }),
      step('DescribeGroups', 5, { groups: [g, none], includeAuthorizedOperations: false }),
      step('ConsumerGroupDescribe', 1, { groupIds: [g, none], includeAuthorizedOperations: false }),
      step('ShareGroupDescribe', 1, { groupIds: [g, none], includeAuthorizedOperations: false }),
      step('DescribeShareGroupOffsets', 0, { groups: [{ groupId: g, topics: null }] }),
      step('OffsetFetch', 9, { groups: [{ groupId: g, topics: null }], requireStable: true }),
      step('OffsetFetch', 9, { groups: [{ groupId: none, topics: null }], requireStable: false }),
      step('OffsetDelete', 0, {
        groupId: g,
        topics: [{ name: t, partitions: [{ partitionIndex: 0 }, { partitionIndex: 7 }] }],
      }),
      step('OffsetDelete', 0, { groupId: none, topics: [{ name: t, partitions: [{ partitionIndex: 0 }] }] }),
      step('DeleteGroups', 2, { groupsNames: [g, none, ''] }),
      commit(g),
      step('DeleteGroups', 2, { groupsNames: [g, g] }),
      step('DescribeTransactions', 0, { transactionalIds: [none] }),
      step('DescribeProducers', 0, {
        topics: [
          { name: t, partitionIndexes: [0, 7] },
          { name: none, partitionIndexes: [0] },
        ],
      }),
      step('DeleteTopics', 5, { topicNames: [t], timeoutMs: 10_000 }),
    ])
  })
})

const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA'
const someUuid = 'AAAAAAAAAAAAAAAAAAAAAQ'
