// What a job imports: `flinkts`. Pure: reaches no Node built-in and no npm package, for a job's bundle also runs inside a
// JVM. Exports, nothing else.
export { avg, count, max, min, sum, type Aggregate, type FieldAggregate } from './api/aggregates.ts'
export {
  blackhole,
  csv,
  datagen,
  files,
  json,
  kafka,
  postgres,
  print,
  type CsvOptions,
  type FilesOptions,
  type Format,
  type JsonOptions,
  type KafkaOptions,
  type PostgresOptions,
  type Sink,
  type Source,
  type StartingOffsets,
  type StoppingOffsets,
} from './api/connectors.ts'
export type {
  DataStream,
  KeyedStream,
  OperatorOptions,
  ProcessedStream,
  TimeField,
  WindowBounds,
  WindowedStream,
} from './api/data-stream.ts'
export type { BuildContext, BuiltJob } from './api/graph-builder.ts'
export { job, type JobDefinition, type JobOptions, type StreamEnvironment } from './api/job.ts'
export {
  mapState,
  valueState,
  type MapState,
  type MapStateDeclaration,
  type ProcessContext,
  type ProcessDefinition,
  type ProcessTime,
  type SideOutputs,
  type StateDeclarations,
  type TimerContext,
  type Timers,
  type ValueState,
  type ValueStateDeclaration,
} from './api/process.ts'
export type { SqlInJob, SqlValue } from './api/sql-in-job.ts'
export { schema, t, type FieldType, type Infer, type Schema } from './api/schema.ts'
export { days, hours, milliseconds, minutes, seconds, type Duration } from './api/time.ts'
export {
  boundedOutOfOrderness,
  monotonousTimestamps,
  type WatermarkOptions,
  type WatermarkStrategy,
} from './api/watermarks.ts'
export { cumulating, session, sliding, tumbling, type WindowAssigner } from './api/windows.ts'
