// Which APIs this broker answers, in which versions, and who answers them: the one table. ApiVersions advertises exactly
// this (but for Produce, see there). APIs and ranges are all those of Kafka 4.1 as it is set up by default; it lists
// telemetry (71, 72) only where somebody is there to take it, and the streams groups' (88, 89) only where asked to.
import type { ApiName } from '../protocol/schemas.ts'
import { apis } from '../protocol/schemas.ts'
import type { Handler } from './broker-services.ts'
import { createAcls, deleteAcls, describeAcls } from './handlers/acls.ts'
import { alterReplicaLogDirs } from './handlers/alter-replica-log-dirs.ts'
import { alterClientQuotas, describeClientQuotas } from './handlers/client-quotas.ts'
import {
  createDelegationToken,
  describeDelegationToken,
  expireDelegationToken,
  renewDelegationToken,
} from './handlers/delegation-tokens.ts'
import { describeQuorum } from './handlers/describe-quorum.ts'
import { electLeaders } from './handlers/elect-leaders.ts'
import { listConfigResources } from './handlers/list-config-resources.ts'
import { alterPartitionReassignments, listPartitionReassignments } from './handlers/partition-reassignments.ts'
import { updateFeatures } from './handlers/update-features.ts'
import { alterUserScramCredentials, describeUserScramCredentials } from './handlers/user-scram-credentials.ts'
import { addOffsetsToTxn } from './handlers/add-offsets-to-txn.ts'
import { addPartitionsToTxn } from './handlers/add-partitions-to-txn.ts'
import { alterConfigs, incrementalAlterConfigs } from './handlers/alter-configs.ts'
import { apiVersionsHandler, type AdvertisedApi } from './handlers/api-versions.ts'
import { consumerGroupDescribe } from './handlers/consumer-group-describe.ts'
import { consumerGroupHeartbeat } from './handlers/consumer-group-heartbeat.ts'
import { createPartitions } from './handlers/create-partitions.ts'
import { createTopics } from './handlers/create-topics.ts'
import { deleteGroups } from './handlers/delete-groups.ts'
import { deleteRecords } from './handlers/delete-records.ts'
import { deleteTopics } from './handlers/delete-topics.ts'
import { describeCluster } from './handlers/describe-cluster.ts'
import { describeConfigs } from './handlers/describe-configs.ts'
import { describeGroups } from './handlers/describe-groups.ts'
import { describeLogDirs } from './handlers/describe-log-dirs.ts'
import { describeProducers } from './handlers/describe-producers.ts'
import { describeTopicPartitions } from './handlers/describe-topic-partitions.ts'
import { describeTransactions } from './handlers/describe-transactions.ts'
import { endTxn } from './handlers/end-txn.ts'
import { fetch } from './handlers/fetch.ts'
import { findCoordinator } from './handlers/find-coordinator.ts'
import { heartbeat } from './handlers/heartbeat.ts'
import { initProducerId } from './handlers/init-producer-id.ts'
import { joinGroup } from './handlers/join-group.ts'
import { leaveGroup } from './handlers/leave-group.ts'
import { listGroups } from './handlers/list-groups.ts'
import { listOffsets } from './handlers/list-offsets.ts'
import { listTransactions } from './handlers/list-transactions.ts'
import { metadata } from './handlers/metadata.ts'
import { offsetCommit } from './handlers/offset-commit.ts'
import { offsetDelete } from './handlers/offset-delete.ts'
import { offsetFetch } from './handlers/offset-fetch.ts'
import { offsetForLeaderEpoch } from './handlers/offset-for-leader-epoch.ts'
import { produce } from './handlers/produce.ts'
import { addRaftVoter, removeRaftVoter } from './handlers/raft-voters.ts'
import { saslAuthenticate } from './handlers/sasl-authenticate.ts'
import { saslHandshake } from './handlers/sasl-handshake.ts'
import {
  deleteShareGroupState,
  initializeShareGroupState,
  readShareGroupState,
  readShareGroupStateSummary,
  writeShareGroupState,
} from './handlers/share-group-state.ts'
import {
  alterShareGroupOffsets,
  deleteShareGroupOffsets,
  describeShareGroupOffsets,
  shareAcknowledge,
  shareFetch,
  shareGroupDescribe,
  shareGroupHeartbeat,
} from './handlers/share-groups.ts'
import { syncGroup } from './handlers/sync-group.ts'
import { txnOffsetCommit } from './handlers/txn-offset-commit.ts'
import { unregisterBroker } from './handlers/unregister-broker.ts'
import { writeTxnMarkers } from './handlers/write-txn-markers.ts'

export interface ApiEntry<Api extends ApiName> {
  /** First and last version, both inclusive. */
  readonly versions: readonly [number, number]
  readonly handle: Handler<Api>
}

type ApiTable = { readonly [Api in ApiName]?: ApiEntry<Api> }

export const apiTable: ApiTable = {
  Produce: { versions: [3, 13], handle: produce },
  Fetch: { versions: [4, 18], handle: fetch },
  ListOffsets: { versions: [1, 10], handle: listOffsets },
  Metadata: { versions: [0, 13], handle: metadata },
  OffsetCommit: { versions: [2, 9], handle: offsetCommit },
  OffsetFetch: { versions: [1, 9], handle: offsetFetch },
  FindCoordinator: { versions: [0, 6], handle: findCoordinator },
  JoinGroup: { versions: [0, 9], handle: joinGroup },
  Heartbeat: { versions: [0, 4], handle: heartbeat },
  LeaveGroup: { versions: [0, 5], handle: leaveGroup },
  SyncGroup: { versions: [0, 5], handle: syncGroup },
  DescribeGroups: { versions: [0, 6], handle: describeGroups },
  ListGroups: { versions: [0, 5], handle: listGroups },
  SaslHandshake: { versions: [0, 1], handle: saslHandshake },
  ApiVersions: { versions: [0, 4], handle: apiVersionsHandler(() => advertisedApis) },
  CreateTopics: { versions: [2, 7], handle: createTopics },
  DeleteTopics: { versions: [1, 6], handle: deleteTopics },
  DeleteRecords: { versions: [0, 2], handle: deleteRecords },
  InitProducerId: { versions: [0, 5], handle: initProducerId },
  OffsetForLeaderEpoch: { versions: [2, 4], handle: offsetForLeaderEpoch },
  AddPartitionsToTxn: { versions: [0, 5], handle: addPartitionsToTxn },
  AddOffsetsToTxn: { versions: [0, 4], handle: addOffsetsToTxn },
  EndTxn: { versions: [0, 5], handle: endTxn },
  WriteTxnMarkers: { versions: [1, 1], handle: writeTxnMarkers },
  TxnOffsetCommit: { versions: [0, 5], handle: txnOffsetCommit },
  DescribeConfigs: { versions: [1, 4], handle: describeConfigs },
  AlterConfigs: { versions: [0, 2], handle: alterConfigs },
  IncrementalAlterConfigs: { versions: [0, 1], handle: incrementalAlterConfigs },
  SaslAuthenticate: { versions: [0, 2], handle: saslAuthenticate },
  CreatePartitions: { versions: [0, 3], handle: createPartitions },
  DeleteGroups: { versions: [0, 2], handle: deleteGroups },
  OffsetDelete: { versions: [0, 0], handle: offsetDelete },
  DescribeLogDirs: { versions: [1, 4], handle: describeLogDirs },
  DescribeAcls: { versions: [1, 3], handle: describeAcls },
  CreateAcls: { versions: [1, 3], handle: createAcls },
  DeleteAcls: { versions: [1, 3], handle: deleteAcls },
  AlterReplicaLogDirs: { versions: [1, 2], handle: alterReplicaLogDirs },
  CreateDelegationToken: { versions: [1, 3], handle: createDelegationToken },
  RenewDelegationToken: { versions: [1, 2], handle: renewDelegationToken },
  ExpireDelegationToken: { versions: [1, 2], handle: expireDelegationToken },
  DescribeDelegationToken: { versions: [1, 3], handle: describeDelegationToken },
  ElectLeaders: { versions: [0, 2], handle: electLeaders },
  AlterPartitionReassignments: { versions: [0, 1], handle: alterPartitionReassignments },
  ListPartitionReassignments: { versions: [0, 0], handle: listPartitionReassignments },
  DescribeClientQuotas: { versions: [0, 1], handle: describeClientQuotas },
  AlterClientQuotas: { versions: [0, 1], handle: alterClientQuotas },
  DescribeUserScramCredentials: { versions: [0, 0], handle: describeUserScramCredentials },
  AlterUserScramCredentials: { versions: [0, 0], handle: alterUserScramCredentials },
  DescribeQuorum: { versions: [0, 2], handle: describeQuorum },
  UpdateFeatures: { versions: [0, 2], handle: updateFeatures },
  UnregisterBroker: { versions: [0, 0], handle: unregisterBroker },
  ListConfigResources: { versions: [0, 1], handle: listConfigResources },
  DescribeCluster: { versions: [0, 2], handle: describeCluster },
  DescribeProducers: { versions: [0, 0], handle: describeProducers },
  DescribeTransactions: { versions: [0, 0], handle: describeTransactions },
  ListTransactions: { versions: [0, 2], handle: listTransactions },
  ConsumerGroupHeartbeat: { versions: [0, 1], handle: consumerGroupHeartbeat },
  ConsumerGroupDescribe: { versions: [0, 1], handle: consumerGroupDescribe },
  DescribeTopicPartitions: { versions: [0, 0], handle: describeTopicPartitions },
  ShareGroupHeartbeat: { versions: [1, 1], handle: shareGroupHeartbeat },
  ShareGroupDescribe: { versions: [1, 1], handle: shareGroupDescribe },
  ShareFetch: { versions: [1, 1], handle: shareFetch },
  ShareAcknowledge: { versions: [1, 1], handle: shareAcknowledge },
  AddRaftVoter: { versions: [0, 0], handle: addRaftVoter },
  RemoveRaftVoter: { versions: [0, 0], handle: removeRaftVoter },
  InitializeShareGroupState: { versions: [0, 0], handle: initializeShareGroupState },
  ReadShareGroupState: { versions: [0, 0], handle: readShareGroupState },
  WriteShareGroupState: { versions: [0, 0], handle: writeShareGroupState },
  DeleteShareGroupState: { versions: [0, 0], handle: deleteShareGroupState },
  ReadShareGroupStateSummary: { versions: [0, 0], handle: readShareGroupStateSummary },
  DescribeShareGroupOffsets: { versions: [0, 0], handle: describeShareGroupOffsets },
  AlterShareGroupOffsets: { versions: [0, 0], handle: alterShareGroupOffsets },
  DeleteShareGroupOffsets: { versions: [0, 0], handle: deleteShareGroupOffsets },
}

/** Librdkafka gives up on a broker that does not list Produce from 0, so Kafka lists what it refuses (KAFKA-18659). */
const produceListedFrom = 0

export const advertisedApis: readonly AdvertisedApi[] = (Object.keys(apiTable) as ApiName[]).map((name) => {
  const [minVersion, maxVersion] = apiTable[name]!.versions
  return { apiKey: apis[name].key, minVersion: name === 'Produce' ? produceListedFrom : minVersion, maxVersion }
})
