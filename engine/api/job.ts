// A job: a name and a function that wires streams. Building it gives a graph and the user's functions by operator id.
import { DURATION, expectOptions, POSITIVE, TEXTS_BY_NAME, type OptionRules } from '../common/expect-options.ts'
import type { Source } from './connectors.ts'
import { createSourceStream } from './create-stream.ts'
import type { DataStream, OperatorOptions } from './data-stream.ts'
import { GraphBuilder, type BuildContext, type BuiltJob } from './graph-builder.ts'
import { createSqlInJob, type SqlInJob } from './sql-in-job.ts'
import type { Duration } from './time.ts'

export interface StreamEnvironment {
  /** A stream of a source's records. */
  from<T>(source: Source<T>, options?: OperatorOptions): DataStream<T>
  /** Statements over tables and streams. */
  readonly sql: SqlInJob
}

export interface JobOptions {
  /** Parallel subtasks per operator. Default: the project's. */
  readonly parallelism?: number
  /** Default: the project's; without one there are no checkpoints. */
  readonly checkpointInterval?: Duration
  /** Further settings under Flink's keys (`restart-strategy.type` …). */
  readonly configuration?: Readonly<Record<string, string>>
}

const jobOptions: OptionRules<JobOptions> = {
  parallelism: POSITIVE,
  checkpointInterval: DURATION,
  configuration: TEXTS_BY_NAME,
}

/** What a job file exports by default. */
export interface JobDefinition {
  readonly kind: 'flinkts-job'
  readonly name: string
  /** Runs the job's function anew; the same context gives the same graph. Throws GRAPH_INVALID and OPTION_INVALID. */
  readonly build: (context: BuildContext) => BuiltJob
}

/**
 * Defines a job.
 *
 * ```ts
 * export default job('hourly-revenue', (env) => {
 *   env.from(kafka({ topic: 'rides', value: json(Ride) })).filter((ride) => ride.trip_distance > 0).sinkTo(print())
 * })
 * ```
 */
export function job(name: string, define: (env: StreamEnvironment) => void, options: JobOptions = {}): JobDefinition {
  expectOptions('job', options, jobOptions)
  const configuration = {
    ...(options.parallelism === undefined ? {} : { 'parallelism.default': String(options.parallelism) }),
    ...(options.checkpointInterval === undefined
      ? {}
      : { 'execution.checkpointing.interval': `${options.checkpointInterval} ms` }),
    ...options.configuration,
    'pipeline.name': name,
  }
  return {
    kind: 'flinkts-job',
    name,
    build(context) {
      const merged = { ...context.configuration, ...configuration }
      const builder = new GraphBuilder({ ...context, configuration: merged })
      define({
        from: (source, sourceOptions) => createSourceStream(builder, source, sourceOptions),
        sql: createSqlInJob(builder),
      })
      return builder.finish(name)
    },
  }
}
