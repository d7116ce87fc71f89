// What tests of a job import: `flinkts/testing`. Exports, nothing else.
export {
  testJob,
  type TestJobOptions,
  type TestRecords,
  type TestRow,
  type TestRun,
  type TestTime,
} from './testing/test-job.ts'
export { testStream } from './testing/test-stream.ts'
