// Plan, run, cluster and services: for src/ only. Exports, nothing else.
export {
  FlinktsError,
  fromErrorData,
  isFlinktsError,
  toErrorData,
  type ErrorData,
  type TextLocation,
} from './common/errors.ts'
export { type ErrorCode } from './common/error-codes.ts'
export { systemClock, type Clock, type Timer } from './time/clock.ts'
export { DirectoryLock } from './common/directory-lock.ts'
export { identityOf, isAlive, processStartTime, type ProcessIdentity } from './common/process-identity.ts'
export { startHttpServer, type HttpServer, type Route } from './rest/http-server.ts'
export { parseBootstrapServers } from './kafka/client/bootstrap-servers.ts'
export { createTopics, deleteTopics } from './kafka/client/admin.ts'
export { KafkaCluster, type TopicMetadata } from './kafka/client/kafka-cluster.ts'
export { kafkaError } from './kafka/client/kafka-error.ts'
export type { KafkaConnection, KafkaSecurity } from './kafka/client/kafka-security.ts'
export { committedOffsets } from './kafka/client/group-offsets.ts'
export { listOffsets, type IsolationLevel } from './kafka/client/list-offsets.ts'
export { parseDuration } from './common/duration.ts'
export { PartitionFetcher } from './kafka/client/partition-fetcher.ts'
export { partitionOfKey, StickyPartition } from './kafka/client/partitioner.ts'
export { Producer } from './kafka/client/producer.ts'
export type { RecordRanges, TopicProducer } from './kafka/client/topic-producer.ts'
export { RecordIndex } from './kafka/protocol/record-index.ts'
export { localTimeZone } from './common/local-time-zone.ts'
export { castToString } from './functions/cast-to-string.ts'
export {
  kafkaSinkFacts,
  kafkaSourceFacts,
  openSourceCluster,
  withOffsets,
  type KafkaSourceFacts,
} from './connectors/kafka/override-offsets.ts'
export { decodeCell } from './connectors/values/cell-json.ts'
export type { StreamGraph } from './graph/stream-graph.ts'
export { typeToString, type LogicalType, type RowType } from './types/logical-type.ts'
export type { Cell } from './types/record-batch.ts'
export { createWorkerLauncher } from './cluster/start-task-manager.ts'
export { JobManager, type JobManagerOptions, type ManagedJob, type SubmitOptions } from './cluster/job-manager.ts'
export { runInProcess, type InProcessJob, type JobResult, type RunInProcessOptions } from './cluster/run-in-process.ts'
export { checkpointIndex, fileSystemStorage } from './checkpoint/file-system-storage.ts'
export type { CheckpointManifest } from './checkpoint/checkpoint-manifest.ts'
export type { StoredCheckpoint } from './checkpoint/checkpoint-storage.ts'
export {
  stateEntries,
  summarizeStates,
  type StateEntry,
  type StateField,
  type StateSummary,
} from './checkpoint/read-snapshot.ts'
export { firstCause, type StartDecision } from './cluster/decide-start.ts'
export type { JobMessage } from './cluster/job-log.ts'
export { JobStore, pathOf, type JobRecord, type SavepointEntry, type StoredGraph } from './cluster/job-store.ts'
export { isTerminal } from './cluster/job-status.ts'
export type { JobOutcome } from './cluster/job-outcome.ts'
export { decideNextStart, storedCheckpoints } from './cluster/next-start.ts'
export type { SessionJob } from './rest/flinkts-routes.ts'
export type { Json } from './common/json.ts'
export {
  ANYTHING,
  COUNT,
  DURATION,
  expectOptions,
  FLAG,
  POSITIVE,
  TEXT,
  TEXTS_BY_NAME,
  type OptionRules,
} from './common/expect-options.ts'
export { nearestName } from './common/near-name.ts'
export { jobRoutes } from './rest/job-routes.ts'
export { watermarkText } from './rest/vertex-json.ts'
export type { LogFile, LogProvider } from './rest/log-provider.ts'
export { createDefaultEnvironment } from './task/default-environment.ts'
export { bundleFailure, loadBundle, locateInBundle, type BundleModule } from './cluster/load-bundle.ts'
export { runUserCode } from './cluster/run-user-code.ts'
export { subtaskKey } from './graph/execution-graph.ts'
export type { JobReport } from './cluster/job-report.ts'
export { PROJECT_KAFKA, PROJECT_POSTGRES } from './connectors/secret-slot.ts'
export type { KafkaSecuritySettings } from './connectors/kafka/kafka-settings.ts'
export type { JdbcLogin, PostgresTls } from './connectors/jdbc/jdbc-settings.ts'
export { isWithoutTls, postgresTlsProblem, sslOf, unusableTls } from './connectors/jdbc/postgres-tls.ts'
export { createJobGraph } from './graph/create-job-graph.ts'
export { diagnose } from './diagnosis/diagnose.ts'
export type { WhyAnswer } from './diagnosis/finding.ts'
export { graphFacts, zoneOfGraph } from './diagnosis/graph-facts.ts'
export type { JobFacts, RecordFacts, VertexFacts } from './diagnosis/job-facts.ts'
export { parseRecordPlace } from './diagnosis/parse-record.ts'
export { parseWindowTime } from './diagnosis/parse-window.ts'
export { inspectedJobOf, inspectRecord } from './task/inspect-record.ts'
