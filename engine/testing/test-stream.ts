// A part of a job under test: the functions and windows between a source and a sink.
import { blackhole, json, kafka } from '../api/connectors.ts'
import { job } from '../api/job.ts'
import type { DataStream } from '../api/data-stream.ts'
import type { Schema } from '../api/schema.ts'
import { testJob } from './test-job.ts'

/**
 * Runs records through the operators that `build` adds to a stream of them, to the end of the input, and gives what comes
 * out. Records pass through columns and schemas as in a job.
 *
 * ```ts
 * expect(await testStream(Ride, (rides) => rides.map(Fare, toFare), [ride])).toEqual([{ … }])
 * ```
 */
export async function testStream<T extends object, S>(
  schema: Schema<T>,
  build: (records: DataStream<T>) => DataStream<S>,
  records: readonly T[],
): Promise<S[]> {
  const run = await testJob(
    job('test-stream', (env) => build(env.from(kafka({ topic: 'records', value: json(schema) }))).sinkTo(blackhole())),
    { records },
  )
  await run.finish()
  return run.table<S>('blackhole')
}
