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
export { DirectoryLock } from './kafka/log/directory-lock.ts'
export { startHttpServer, type HttpServer, type Route } from './rest/http-server.ts'
export { parseBootstrapServers } from './kafka/client/bootstrap-servers.ts'
export { KafkaCluster } from './kafka/client/kafka-cluster.ts'
export { listOffsets } from './kafka/client/list-offsets.ts'
export { PartitionFetcher } from './kafka/client/partition-fetcher.ts'
export { Producer } from './kafka/client/producer.ts'
export { RecordIndex } from './kafka/protocol/record-index.ts'
