// What a check of a workshop's exercise is given: `flinkts/workshop`. A check is a file of the chapter; it runs the
// learner's real job on the project's real broker and Postgres and says what it saw.
//
//   import { check } from 'flinkts/workshop'
//   export default check(async (lab) => {
//     await lab.topic('rides', { partitions: 3 })
//     await lab.produce('rides', { file: 'trips.csv', key: 'PULocationID' })
//     const job = await lab.run('job.sql')
//     await job.finished()
//     const [row] = await lab.query('SELECT count(*)::int AS rows FROM trips')
//     lab.equal(row.rows, 10_000, 'rows in trips', 'Rows are missing where scan.startup.mode begins behind them.')
//   })
//
// Whatever a call throws fails the check. Every wait has a limit; beyond it the check fails with what was waited for.

/** Rows, answers and values of records: whoever writes the check knows what is in them. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Anything = any

export interface Lab {
  /** Absolute path of the exercise's folder: the learner's files. */
  readonly folder: string
  /** Text of a learner's file; a missing one fails the check with how to get it back (`workshop reset`). */
  read(file: string): string
  /** A learner's YAML file (predictions and choices that are written down). Bad YAML fails the check with line and column; an empty value is null. */
  answers(file: string): Record<string, Anything>
  /**
   * Path of a data file shipped with the exercise, its chapter (`data/`) or the workshop (`data/` beside the chapters; and
   * the taxi trips, `trips.csv`); the nearest counts. A path that is absolute stays as it is.
   */
  data(name: string): string

  /** Deletes the topic if it is there and makes it anew. `config` under Kafka's keys. */
  topic(name: string, options?: TopicOptions): Promise<void>
  /** As `flinkts produce`: a data file (CSV, JSON lines) or records. Ends when all are acknowledged. */
  produce(topic: string, what: ProduceFile | ProduceRecords): Promise<{ records: number }>
  /** Records of a topic, by partition and offset, up to its present end. Values that are JSON are parsed. */
  consume(topic: string, options?: ConsumeRange): Promise<TopicRecord[]>
  /** Earliest and latest offset of each partition. */
  offsets(topic: string): Promise<PartitionOffsets[]>

  /** One statement or several at the project's Postgres; rows of the last one, as `pg` gives them. */
  query<Row = Record<string, Anything>>(sql: string): Promise<Row[]>

  /**
   * Submits the learner's job file (`.sql`, `.ts`), detached. What an earlier check left of it is cancelled first, and it
   * begins without state unless `resume`. Refused when planned: the check fails with the plan's own message, line and
   * column. A file of several jobs: they start in order, and the last one is given.
   */
  run(file: string, options?: RunOptions): Promise<LabJob>
  /**
   * Runs a file with one SELECT (`.sql`) to its end, at most 60 s, and gives the changes of its result in their order, cells as
   * `flinkts run` prints them: `+I JFK | 1`. Its tables have to be bounded.
   */
  changes(file: string, options?: ChangesOptions): Promise<string[]>
  /** A flinkts command line as the learner would type it, in the project's folder: `lab.flinkts('jobs', 'stop', 'rides')`. At most 60 s. */
  flinkts(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>
  /** Flink's REST API of the session: `lab.rest('/jobs/overview')`. */
  rest<Answer = Anything>(path: string): Promise<Answer>

  /**
   * Asks until `holds` gives something other than undefined/false; at most `limitMs` (default 15,000), then fails with
   * `what` and what was seen last. Fails at once, with what the job died of, where a job of the check has failed, or was
   * cancelled by somebody else, since the check last asked about its jobs, none of them runs any more, and `holds`, asked once
   * more, still gives nothing.
   */
  until<T>(what: string, holds: () => Promise<T | undefined | false>, limitMs?: number): Promise<T>
  /** Fails the check: what was seen, and why that comes about or where to look. Both are shown to the learner. */
  wrong(seen: string, because: string): never
  /** `wrong` unless equal (deeply); says both values: "rows in trips: 9,990, expected 10,000". */
  equal(seen: unknown, expected: unknown, what: string, because: string): void
  /** A fact worth showing when the check passes: "10,000 rows in 3 partitions: 3,120 / 3,544 / 3,336". */
  note(line: string): void
}

export interface TopicOptions {
  /** Default 1. */
  readonly partitions?: number
  /** Under Kafka's keys. */
  readonly config?: Readonly<Record<string, string>>
}

export interface ProduceFile {
  /** As `data` takes it. */
  readonly file: string
  /** Field that is the key. */
  readonly key?: string
  /** Passes over the first so many lines of the file, the header of a CSV file not counted. */
  readonly skip?: number
  /** Only the first so many. */
  readonly count?: number
  readonly partition?: number
  /** Column of the record timestamp. */
  readonly timeColumn?: string
}

export interface ProduceRecords {
  /** Each a RecordToProduce, or, where it has no field `value`, the value itself. */
  readonly records: readonly object[]
}

export interface RecordToProduce {
  readonly key?: string
  readonly value: unknown
  readonly partition?: number
  /** ms since 1970. Default: now. */
  readonly timestamp?: number
}

export interface ConsumeRange {
  readonly partition?: number
  /** Offset of the first record, in each partition. Default: the earliest. */
  readonly from?: number
  readonly limit?: number
}

export interface PartitionOffsets {
  readonly partition: number
  readonly earliest: number
  readonly latest: number
}

export interface TopicRecord {
  readonly partition: number
  readonly offset: number
  /** ms since 1970 */
  readonly timestamp: number
  readonly key: string | null
  readonly value: Anything
}

export interface RunOptions {
  readonly parallelism?: number
  /** Forms of `flinkts run --from`/`--until`. */
  readonly from?: string
  readonly until?: string
  /** Under Flink's keys. */
  readonly configuration?: Readonly<Record<string, string>>
  /** Go on as the restart rule says instead of beginning without state. */
  readonly resume?: boolean
}

export type ChangesOptions = Pick<RunOptions, 'parallelism' | 'configuration'>

export interface LabJob {
  readonly id: string
  readonly name: string
  /** Ends when the job does; FAILED fails the check with the first cause. At most 60 s. */
  finished(): Promise<void>
  /** Until its sources have read all that is in their topics now and the sinks have it. At most 30 s. */
  caughtUp(): Promise<void>
  /** Takes a checkpoint now, also of a job that takes none by itself, and waits until it is complete. */
  checkpoint(): Promise<{ id: number; sizeBytes: number }>
  /** Until a checkpoint that the job took by itself after this call is complete. */
  checkpointed(): Promise<{ id: number; sizeBytes: number }>
  /** As `flinkts jobs stop`: with a savepoint. */
  stop(): Promise<{ savepoint: string }>
  cancel(): Promise<void>
  /** As `flinkts taskmanagers kill`: the one that the job runs on. */
  killTaskManager(): Promise<void>
  /** Flink's JobStatus. */
  state(): Promise<string>
  /** Flink's REST API of the job: `job.rest('/checkpoints')`. */
  rest<Answer = Anything>(path?: string): Promise<Answer>
  /** `flinkts why --json` of the job. */
  why(): Promise<Anything>
}
