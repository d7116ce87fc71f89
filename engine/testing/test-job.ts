// Runs a job on records in memory and in virtual time: no broker, no sleep. Time stands still until the test moves it, and
// each call returns when the job has nothing left to do at that time.
import { runInProcess, type InProcessJob } from '../cluster/run-in-process.ts'
import { FlinktsError } from '../common/errors.ts'
import { expectOptions, TEXTS_BY_NAME, type OptionRules } from '../common/expect-options.ts'
import { nearestName } from '../common/near-name.ts'
import { loadConnectorRuntime } from '../connectors/runtime.ts'
import { createExecutionGraph } from '../graph/execution-graph.ts'
import { createJobGraph } from '../graph/create-job-graph.ts'
import { recordCells, recordOfCells } from '../operators/records/record-codec.ts'
import { sqlPlanner } from '../sql/plan/sql-planner.ts'
import { planUnplannedSql } from '../sql/session/plan-unplanned-sql.ts'
import type { JobDefinition } from '../api/job.ts'
import type { SinkNode, SourceNode, StreamGraph, StreamNode } from '../graph/stream-graph.ts'
import type { RowType } from '../types/logical-type.ts'
import type { Cell } from '../types/record-batch.ts'
import type { RowKindString } from '../types/row-kind.ts'
import type { JobGraph } from '../graph/job-graph.ts'
import { explainTestJob } from './explain-test-job.ts'
import { ManualClock } from './manual-clock.ts'
import { MemoryConnector } from './memory-connector.ts'

/** A point in time: ms since 1970, or ISO 8601 text with its zone (`2025-11-01T01:00:05Z`). */
export type TestTime = number | string

/** Records of one partition, or of several. */
export type TestRecords = readonly object[] | readonly (readonly object[])[]

export interface TestJobOptions {
  /** Where the clock stands at first. Default 1970. */
  readonly startAt?: TestTime
  /** Settings of the project, under Flink's keys; the job's own go before them. */
  readonly configuration?: Readonly<Record<string, string>>
}

const testJobOptions: OptionRules<TestJobOptions> = {
  startAt: {
    expected: 'ms since 1970, or ISO 8601 with its zone',
    holds: (value) => typeof value === 'number' || typeof value === 'string',
  },
  configuration: TEXTS_BY_NAME,
}

/** A row that a sink was given: what kind of change it is, and its fields. */
export interface TestRow<T = Record<string, unknown>> {
  readonly kind: RowKindString
  readonly record: T
}

/** A job under test. Each method throws the job's error, once it has failed. */
export interface TestRun {
  /**
   * Moves the clock: timers that are due fire in their order, watermarks follow the records read so far (every 200 ms of
   * the clock, so any step of at least that much brings them up to date). Never goes back.
   */
  advanceTo(time: TestTime): Promise<void>
  /** More records for a topic or table that the job reads. */
  send(name: string, records: TestRecords): Promise<void>
  /** The input ends: all windows fire and the job finishes. */
  finish(): Promise<void>
  /** Ends the job where it stands. Not needed after `finish`. */
  cancel(): Promise<void>
  /** What a topic or table that the job writes holds: appended rows, or the last row of each key, in order of first writing. */
  table<T = Record<string, unknown>>(name: string): T[]
  /** Everything written to a topic or table, as a changelog. */
  rows<T = Record<string, unknown>>(name: string): TestRow<T>[]
  /** Records that came after their windows had been dropped. */
  readonly lateRecordsDropped: number
  /**
   * Why nothing (or less than expected) has come out so far, as `flinkts why` says it: open windows and what they wait for,
   * splits that hold the watermark back, late and filtered records. For the message of an expectation:
   * `expect(run.table('hourly_revenue'), run.why()).toEqual([…])`.
   */
  why(): string
}

const BATCH_ROWS = 100
/** Turns of the event loop without work after which a job is at rest. */
const CALM_TURNS = 3
const TURNS_MAX = 100_000

function readTime(time: TestTime): number {
  if (typeof time === 'number') return time
  const millis = /(?:Z|[+-]\d\d:\d\d)$/.test(time) ? Date.parse(time) : NaN
  if (Number.isFinite(millis)) return millis
  throw new FlinktsError('OPTION_INVALID', `'${time}' is no time`, {
    fix: "write ms since 1970, or ISO 8601 with its zone: '2025-11-01T01:00:05Z'",
  })
}

/** Nodes by the name of the topic or table they read or write. */
function byName<N extends StreamNode>(nodes: readonly N[], nameOf: (node: N) => string): ReadonlyMap<string, N[]> {
  const map = new Map<string, N[]>()
  for (const node of nodes) map.set(nameOf(node), [...(map.get(nameOf(node)) ?? []), node])
  return map
}

function found<N>(map: ReadonlyMap<string, N[]>, name: string, what: string): N[] {
  const nodes = map.get(name)
  if (nodes !== undefined) return nodes
  const near = nearestName(name, map.keys())
  throw new FlinktsError('OPTION_INVALID', `the job ${what} nothing named '${name}'`, {
    fix: near === undefined ? `it ${what}: ${[...map.keys()].join(', ')}` : `did you mean '${near}'?`,
  })
}

function partitionsOf(records: TestRecords): readonly (readonly object[])[] {
  return records.length > 0 && Array.isArray(records[0])
    ? (records as readonly (readonly object[])[])
    : [records as readonly object[]]
}

function toCells(type: RowType, name: string, record: object): Cell[] {
  try {
    return recordCells(type, record)
  } catch (cause) {
    throw new FlinktsError('RECORD_MALFORMED', `a record for '${name}': ${(cause as Error).message}`, {
      fix: 'give each record the fields of its schema',
    })
  }
}

class JobUnderTest implements TestRun {
  readonly #clock: ManualClock
  readonly #connector = new MemoryConnector()
  readonly #sources: ReadonlyMap<string, SourceNode[]>
  readonly #sinks: ReadonlyMap<string, SinkNode[]>
  readonly #subtaskCount: number
  readonly #startedAt: number
  readonly #graph: JobGraph
  readonly #job: InProcessJob
  #failure: { readonly cause: unknown } | undefined
  #ended = false

  constructor(
    graph: StreamGraph,
    functions: (id: string) => ((...values: never[]) => unknown) | undefined,
    inputs: Readonly<Record<string, TestRecords>>,
    startAt: number,
  ) {
    this.#clock = new ManualClock(startAt)
    this.#startedAt = startAt
    this.#graph = createJobGraph(graph)
    const sources = graph.nodes.filter((node) => node.kind === 'source' && node.source.connector !== 'values')
    this.#sources = byName(sources as SourceNode[], ({ source }) => source.tableName)
    this.#sinks = byName(
      graph.nodes.filter((node) => node.kind === 'sink'),
      ({ sink }) => sink.tableName,
    )
    for (const name of Object.keys(inputs)) found(this.#sources, name, 'reads')
    const inMemory = { ...graph, nodes: graph.nodes.map((node) => this.#intoMemory(node, inputs)) }
    this.#subtaskCount = createExecutionGraph(createJobGraph(inMemory)).subtasks.length
    this.#job = runInProcess(inMemory, {
      clock: this.#clock,
      random: () => 0.5,
      userFunctions: functions,
      loadConnector: (name) => (name === 'memory' ? this.#connector : loadConnectorRuntime(name)),
    })
    this.#job.result.then(
      () => (this.#ended = true),
      (cause: unknown) => (this.#failure = { cause }),
    )
  }

  #intoMemory(node: StreamNode, inputs: Readonly<Record<string, TestRecords>>): StreamNode {
    if (node.kind === 'sink') return { ...node, sink: this.#connector.sinkSpec(node.id, node.sink.consumedType) }
    if (node.kind !== 'source' || node.source.connector === 'values') return node
    const { tableName, producedType } = node.source
    const partitions = partitionsOf(inputs[tableName] ?? [])
    const rows = partitions.map((records) => records.map((record) => toCells(producedType, tableName, record)))
    const options = { bounded: false, rowsPerBatch: BATCH_ROWS }
    return { ...node, source: this.#connector.sourceSpec(node.id, producedType, rows, options) }
  }

  get lateRecordsDropped(): number {
    return this.#job.metrics().reduce((sum, subtask) => sum + subtask.numLateRecordsDropped, 0)
  }

  why(): string {
    return explainTestJob({
      graph: this.#graph,
      job: this.#job,
      now: this.#clock.now(),
      startedAt: this.#startedAt,
      failure: this.#failure,
      hasEnded: this.#ended,
    })
  }

  async advanceTo(time: TestTime): Promise<void> {
    const target = readTime(time)
    if (target < this.#clock.now()) {
      throw new FlinktsError('OPTION_INVALID', `advanceTo(${time}): time does not go back`, {
        fix: `the clock stands at ${new Date(this.#clock.now()).toISOString()}`,
      })
    }
    await this.settle()
    this.#clock.advanceTo(target)
    await this.settle()
  }

  async send(name: string, records: TestRecords): Promise<void> {
    for (const node of found(this.#sources, name, 'reads')) {
      const { producedType } = node.source
      partitionsOf(records).forEach((partition, index) => {
        this.#connector.append(
          node.id,
          index,
          partition.map((record) => toCells(producedType, name, record)),
        )
      })
    }
    await this.settle()
  }

  async finish(): Promise<void> {
    await this.settle()
    for (const node of [...this.#sources.values()].flat()) this.#connector.end(node.id)
    await this.#job.result
  }

  async cancel(): Promise<void> {
    await this.#job.cancel()
  }

  table<T>(name: string): T[] {
    const sink = found(this.#sinks, name, 'writes')[0]!.sink
    const key = sink.keyColumns.map((column) => sink.consumedType.fields[column]!.name)
    const rows = this.rows<Record<string, unknown>>(name)
    if (key.length === 0) return rows.filter(({ kind }) => kind !== '-U').map(({ record }) => record as T)
    const held = new Map<string, Record<string, unknown>>()
    for (const { kind, record } of rows) {
      const id = JSON.stringify(key.map((column) => String(record[column])))
      if (kind === '-D') held.delete(id)
      else if (kind !== '-U') held.set(id, record)
    }
    return [...held.values()] as T[]
  }

  rows<T>(name: string): TestRow<T>[] {
    return found(this.#sinks, name, 'writes').flatMap(({ id, sink }) =>
      this.#connector.rows(id).map(([kind, ...cells]) => ({
        kind,
        record: recordOfCells(sink.consumedType, cells) as T,
      })),
    )
  }

  /** Until every source has been read dry and every subtask waits for input. */
  async settle(): Promise<void> {
    let calm = 0
    for (let turn = 0; calm < CALM_TURNS; turn++) {
      await new Promise((resolve) => setImmediate(resolve))
      if (this.#failure !== undefined) throw this.#failure.cause
      if (this.#ended) return
      calm = this.#isAtRest() ? calm + 1 : 0
      if (turn > TURNS_MAX)
        throw new FlinktsError('INTERNAL', `the job under test does not come to rest\n${this.why()}`)
    }
  }

  #isAtRest(): boolean {
    const metrics = this.#job.metrics()
    return (
      this.#connector.isReadDry &&
      metrics.length === this.#subtaskCount &&
      metrics.every(({ activity }) => activity === 'idle')
    )
  }
}

/**
 * Runs a job on these records, by the name of the topic or table that the job reads (several partitions: an array of
 * arrays). Resolves when all of them have been processed; event time moves as the clock does, see `advanceTo`.
 *
 * ```ts
 * const run = await testJob(hourlyRevenue, { rides: [{ PULocationID: 132, … }] })
 * await run.advanceTo('2025-11-01T01:00:05Z')
 * expect(run.table('hourly_revenue')).toEqual([…])
 * ```
 */
export async function testJob(
  definition: JobDefinition,
  inputs: Readonly<Record<string, TestRecords>>,
  options: TestJobOptions = {},
): Promise<TestRun> {
  expectOptions('testJob', options, testJobOptions)
  const addresses = {
    kafkaBootstrapServers: 'kafka.test:9092',
    postgresUrl: 'jdbc:postgresql://postgres.test:5432/postgres',
  }
  const built = definition.build({ ...addresses, configuration: options.configuration ?? {} })
  const graph = planUnplannedSql(built.graph, { planner: sqlPlanner, ...addresses })
  const run = new JobUnderTest(graph, (id) => built.functions.get(id), inputs, readTime(options.startAt ?? 0))
  await run.settle()
  return run
}
