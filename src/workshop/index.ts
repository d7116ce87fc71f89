// `flinkts/workshop`: what the check of an exercise imports. Only exports.
export { check, type ExerciseCheck } from './check.ts'
export type {
  Anything,
  ConsumeRange,
  Lab,
  LabJob,
  PartitionOffsets,
  ProduceFile,
  ProduceRecords,
  RecordToProduce,
  RunOptions,
  TopicOptions,
  TopicRecord,
} from './lab.ts'
