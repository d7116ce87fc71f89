// Every version that is advertised answers, decodes with no byte left, and gives the codes that Kafka 4.1.0 gave.
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { advertisedApis } from '../../../../engine/kafka/broker/api-table.ts'
import { FrameReceiver } from '../../../../engine/kafka/protocol/frame-receiver.ts'
import {
  apiNameOfKey,
  decodeResponse,
  encodeRequest,
  encodeResponse,
} from '../../../../engine/kafka/protocol/messages.ts'
import { apis, type ApiName, type RequestInputByApi } from '../../../../engine/kafka/protocol/schemas.ts'
import { batchOf } from '../log/log-fixture.ts'
import { RawClient, testBroker } from './raw-client.ts'

type Request = (version: number, topicId: string) => object

const partition = { partition: 0, fetchOffset: 0n, partitionMaxBytes: 1000 }
const join = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, memberId: '', protocolType: 'consumer' }

const acl = { operation: 3, permissionType: 3 }
const someUuid = 'AAAAAAAAAAAAAAAAAAAAAQ'
const shareSession = { groupId: 's', memberId: someUuid, shareSessionEpoch: 0, topics: [] }
const shareState = (more: object) => ({
  groupId: 's',
  topics: [{ topicId: someUuid, partitions: [{ partition: 0, ...more }] }],
})
const aclFilter = { principalFilter: null, hostFilter: null }

const requests: { readonly [Api in ApiName]?: Request } = {
  Produce: (version, topicId) => ({
    acks: 1,
    timeoutMs: 1000,
    topicData: [
      {
        ...(version >= 13 ? { topicId } : { name: 't' }),
        partitionData: [{ index: 0, records: batchOf([{ value: 'v', timestamp: Date.now() }]) }],
      },
    ],
  }),
  Fetch: (version, topicId) => ({
    maxWaitMs: 0,
    minBytes: 1,
    topics: [{ ...(version >= 13 ? { topicId } : { topic: 't' }), partitions: [partition] }],
    forgottenTopicsData: [],
  }),
  ListOffsets: () => ({
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: 't', partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
  }),
  Metadata: () => ({ topics: [{ name: 't' }] }),
  OffsetCommit: () => ({
    groupId: 'g',
    topics: [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: '' }] }],
  }),
  OffsetFetch: (version) =>
    version < 8
      ? { groupId: 'g', topics: [{ name: 't', partitionIndexes: [0] }] }
      : { groups: [{ groupId: 'g', topics: [{ name: 't', partitionIndexes: [0] }] }] },
  FindCoordinator: (version) => (version < 4 ? { key: 'g' } : { coordinatorKeys: ['g'] }),
  JoinGroup: (version) => ({
    ...join,
    groupId: `j${version}`,
    protocols: [{ name: 'range', metadata: Buffer.from('m') }],
  }),
  Heartbeat: () => ({ groupId: 'none', generationId: 1, memberId: 'm' }),
  LeaveGroup: (version) => ({
    groupId: 'none',
    ...(version < 3 ? { memberId: 'm' } : { members: [{ memberId: 'm' }] }),
  }),
  SyncGroup: () => ({ groupId: 'none', generationId: 1, memberId: 'm', assignments: [] }),
  DescribeGroups: () => ({ groups: ['g'], includeAuthorizedOperations: false }),
  ListGroups: () => ({ statesFilter: [], typesFilter: [] }),
  SaslHandshake: () => ({ mechanism: 'PLAIN' }),
  SaslAuthenticate: () => ({ authBytes: Buffer.alloc(0) }),
  ApiVersions: (version) => (version < 3 ? {} : { clientSoftwareName: 'raw', clientSoftwareVersion: '1' }),
  CreateTopics: (version) => ({
    topics: [{ name: `c${version}`, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 1000,
  }),
  DeleteTopics: (version) => ({
    timeoutMs: 1000,
    ...(version < 6 ? { topicNames: ['no'] } : { topics: [{ name: 'no', topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }] }),
  }),
  DeleteRecords: () => ({ timeoutMs: 1000, topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset: 0n }] }] }),
  InitProducerId: () => ({ transactionalId: null, transactionTimeoutMs: 1000 }),
  AddPartitionsToTxn: (version) => {
    const transaction = { producerId: 1n, producerEpoch: 0, topics: [{ name: 't', partitions: [0] }] }
    return version < 4
      ? {
          v3AndBelowTransactionalId: 'none',
          v3AndBelowProducerId: 1n,
          v3AndBelowProducerEpoch: 0,
          v3AndBelowTopics: transaction.topics,
        }
      : { transactions: [{ transactionalId: 'none', verifyOnly: false, ...transaction }] }
  },
  AddOffsetsToTxn: () => ({ transactionalId: 'none', producerId: 1n, producerEpoch: 0, groupId: 'g' }),
  EndTxn: () => ({ transactionalId: 'none', producerId: 1n, producerEpoch: 0, committed: true }),
  TxnOffsetCommit: () => ({ transactionalId: 'none', groupId: 'g', producerId: 1n, producerEpoch: 0, topics: [] }),
  WriteTxnMarkers: () => ({
    markers: [
      {
        producerId: 1n,
        producerEpoch: 0,
        transactionResult: false,
        topics: [{ name: 't', partitionIndexes: [0] }],
        coordinatorEpoch: 0,
      },
    ],
  }),
  DescribeProducers: () => ({ topics: [{ name: 't', partitionIndexes: [0] }] }),
  DescribeTransactions: () => ({ transactionalIds: ['none'] }),
  ListTransactions: () => ({ stateFilters: [], producerIdFilters: [] }),
  OffsetForLeaderEpoch: () => ({ topics: [{ topic: 't', partitions: [{ partition: 0, leaderEpoch: 0 }] }] }),
  DescribeConfigs: () => ({ resources: [{ resourceType: 2, resourceName: 't', configurationKeys: null }] }),
  AlterConfigs: () => ({ resources: [], validateOnly: false }),
  IncrementalAlterConfigs: () => ({ resources: [], validateOnly: false }),
  CreatePartitions: () => ({
    topics: [{ name: 't', count: 1, assignments: null }],
    timeoutMs: 1000,
    validateOnly: false,
  }),
  DeleteGroups: () => ({ groupsNames: ['none'] }),
  OffsetDelete: () => ({ groupId: 'g', topics: [] }),
  DescribeLogDirs: () => ({ topics: null }),
  DescribeAcls: () => ({ ...acl, resourceTypeFilter: 2, resourceNameFilter: null, patternTypeFilter: 1, ...aclFilter }),
  CreateAcls: () => ({
    creations: [{ ...acl, resourceType: 2, resourceName: 't', resourcePatternType: 3, principal: 'User:a', host: '*' }],
  }),
  DeleteAcls: () => ({
    filters: [{ ...acl, resourceTypeFilter: 2, resourceNameFilter: null, patternTypeFilter: 1, ...aclFilter }],
  }),
  AlterReplicaLogDirs: () => ({ dirs: [{ path: '/nowhere', topics: [{ name: 't', partitions: [0] }] }] }),
  CreateDelegationToken: () => ({ renewers: [], maxLifetimeMs: -1n }),
  RenewDelegationToken: () => ({ hmac: Buffer.alloc(1), renewPeriodMs: -1n }),
  ExpireDelegationToken: () => ({ hmac: Buffer.alloc(1), expiryTimePeriodMs: -1n }),
  DescribeDelegationToken: () => ({ owners: null }),
  ElectLeaders: () => ({ topicPartitions: [{ topic: 't', partitions: [0] }], timeoutMs: 1000 }),
  AlterPartitionReassignments: () => ({
    topics: [{ name: 't', partitions: [{ partitionIndex: 0, replicas: [1] }] }],
  }),
  ListPartitionReassignments: () => ({ topics: null }),
  DescribeClientQuotas: () => ({ components: [], strict: false }),
  AlterClientQuotas: () => ({
    entries: [
      {
        entity: [{ entityType: 'user', entityName: null }],
        ops: [{ key: 'producer_byte_rate', value: 1, remove: false }],
      },
    ],
    validateOnly: false,
  }),
  DescribeUserScramCredentials: () => ({ users: null }),
  AlterUserScramCredentials: () => ({
    deletions: [],
    upsertions: [
      { name: 'a', mechanism: 1, iterations: 4096, salt: Buffer.alloc(8), saltedPassword: Buffer.alloc(32) },
    ],
  }),
  DescribeQuorum: () => ({ topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }] }),
  UpdateFeatures: () => ({ featureUpdates: [{ feature: 'none', maxVersionLevel: 1 }] }),
  ListConfigResources: () => ({}),
  DescribeCluster: () => ({ includeClusterAuthorizedOperations: false }),
  ConsumerGroupHeartbeat: () => ({ groupId: 'none', memberId: 'm', memberEpoch: 1 }),
  ConsumerGroupDescribe: () => ({ groupIds: ['none'], includeAuthorizedOperations: false }),
  UnregisterBroker: () => ({ brokerId: 7 }),
  ShareGroupHeartbeat: () => ({ groupId: 's', memberId: 'm', memberEpoch: 0 }),
  ShareGroupDescribe: () => ({ groupIds: ['s'], includeAuthorizedOperations: false }),
  ShareFetch: () => ({
    ...shareSession,
    maxWaitMs: 0,
    minBytes: 1,
    maxRecords: 1,
    batchSize: 1,
    forgottenTopicsData: [],
  }),
  ShareAcknowledge: () => shareSession,
  AddRaftVoter: () => ({
    clusterId: null,
    timeoutMs: 1000,
    voterId: 2,
    voterDirectoryId: someUuid,
    listeners: [{ name: 'CONTROLLER', host: 'localhost', port: 1 }],
  }),
  RemoveRaftVoter: () => ({ clusterId: 'another', voterId: 2, voterDirectoryId: someUuid }),
  InitializeShareGroupState: () => shareState({ stateEpoch: 0, startOffset: 0n }),
  ReadShareGroupState: () => shareState({ leaderEpoch: 0 }),
  WriteShareGroupState: () => shareState({ stateEpoch: 0, leaderEpoch: 0, startOffset: 0n, stateBatches: [] }),
  DeleteShareGroupState: () => shareState({}),
  ReadShareGroupStateSummary: () => shareState({ leaderEpoch: 0 }),
  DescribeShareGroupOffsets: () => ({ groups: [{ groupId: 's', topics: null }] }),
  AlterShareGroupOffsets: () => ({ groupId: 's', topics: [] }),
  DeleteShareGroupOffsets: () => ({ groupId: 's', topics: [] }),
  DescribeTopicPartitions: () => ({ topics: [{ name: 't' }] }),
}

const expectedCodes: { readonly [Api in ApiName]?: (version: number) => number[] } = {
  AddOffsetsToTxn: () => [49],
  AddPartitionsToTxn: () => [0, 49],
  EndTxn: () => [49],
  TxnOffsetCommit: () => [],
  DescribeTransactions: () => [105],
  AlterConfigs: () => [],
  IncrementalAlterConfigs: () => [],
  ConsumerGroupDescribe: () => [69],
  ConsumerGroupHeartbeat: () => [69],
  CreatePartitions: () => [37],
  DeleteGroups: () => [69],
  DeleteTopics: () => [3],
  Heartbeat: () => [25],
  JoinGroup: (version) => [version < 4 ? 0 : 79],
  LeaveGroup: (version) => (version < 3 ? [25] : [0, 25]),
  SyncGroup: (version) => [version < 5 ? 25 : 23],
  DescribeAcls: () => [54],
  CreateAcls: () => [54],
  DeleteAcls: () => [54],
  AlterReplicaLogDirs: () => [57],
  CreateDelegationToken: () => [64],
  RenewDelegationToken: () => [64],
  ExpireDelegationToken: () => [64],
  DescribeDelegationToken: () => [64],
  ElectLeaders: () => [0, 84],
  UpdateFeatures: () => [95],
  UnregisterBroker: () => [102],
  ShareGroupHeartbeat: () => [35],
  ShareGroupDescribe: () => [35],
  ShareFetch: () => [35],
  ShareAcknowledge: () => [35],
  AddRaftVoter: () => [35],
  RemoveRaftVoter: () => [104],
  InitializeShareGroupState: () => [16],
  ReadShareGroupState: () => [16],
  WriteShareGroupState: () => [16],
  DeleteShareGroupState: () => [16],
  ReadShareGroupStateSummary: () => [16],
  DescribeShareGroupOffsets: () => [35],
  AlterShareGroupOffsets: () => [35],
  DeleteShareGroupOffsets: () => [35],
  SaslHandshake: () => [34],
  SaslAuthenticate: () => [34],
}

/** The error codes anywhere in a message, each once, from the outside in. */
function codesIn(message: unknown, found: number[] = []): number[] {
  if (Array.isArray(message)) for (const element of message) codesIn(element, found)
  else if (typeof message === 'object' && message !== null && !(message instanceof Uint8Array))
    for (const [name, value] of Object.entries(message))
      if (name === 'errorCode' || name === 'partitionErrorCode') found.push(value as number)
      else codesIn(value, found)
  return found
}

describe('every advertised version', () => {
  test.each(
    advertisedApis.map(
      ({ apiKey, minVersion, maxVersion }) => [apiNameOfKey(apiKey)!, minVersion, maxVersion] as const,
    ),
  )('%s v%i-%i', async (api, minVersion, maxVersion) => {
    const broker = await testBroker()
    const client = await RawClient.connect(broker)
    const topicId = await client.createTopic('t')
    const partitions = [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: '' }]
    await client.ask('OffsetCommit', 8, { groupId: 'g', topics: [{ name: 't', partitions }] })
    const socket = connect(broker.port, broker.host)
    onTestFinished(() => void socket.destroy())
    const frames: ((frame: Buffer) => void)[] = []
    const receiver = new FrameReceiver({ onFrame: (frame) => frames.shift()!(Buffer.from(frame)) })
    socket.on('data', (chunk) => receiver.push(chunk))
    for (let version = Math.max(minVersion, apis[api].validVersions[0]); version <= maxVersion; version++) {
      const answered = new Promise<Buffer>((resolve) => frames.push(resolve))
      const request = requests[api]!(version, topicId) as RequestInputByApi[typeof api]
      for (const chunk of encodeRequest(api, version, { correlationId: version, clientId: 'sweep' }, request))
        socket.write(chunk)
      const frame = await answered
      const { message } = decodeResponse(api, version, frame)
      const again = Buffer.concat(encodeResponse(api, version, version, message as never)).subarray(4)
      expect(again.equals(frame), `${api} v${version} has bytes left`).toBe(true)
      const expected = expectedCodes[api]?.(version) ?? [0]
      const codes = codesIn(message)
      if (expected.length > 1) expect(codes).toEqual(expected)
      else expect([...new Set(codes)]).toEqual(expected.slice(0, codes.length))
    }
  })
})
