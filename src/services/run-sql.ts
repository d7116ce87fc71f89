// `flinkts sql`: statements one by one, each answered by events.
import {
  castToString,
  localTimeZone,
  FlinktsError,
  fromErrorData,
  isFlinktsError,
  typeToString,
  type LogicalType,
} from '../../engine/host.ts'
import { addressNotices, ignoredNotices } from './job-notices.ts'
import type { JobRequest, PlannedJob, SourceText, StatementExecutor, StatementResult } from '../../engine/planner.ts'
import { cellToJson } from './cell-json.ts'
import { answerJobStatement } from './sql-shell/job-statements.ts'
import { submitJob, type JobEvent, type RowOp } from './job-client.ts'
import { createExecutor, withAddresses } from './plan-sql.ts'
import { servicesNamedBy, type ProjectAddresses } from './project-settings.ts'
import type { Session } from './session/open-session.ts'
import { addressOf } from './session/open-session.ts'
import { addressesOf } from './jobs/stored-job.ts'

/** How values of rows are written: typed JSON text, or what CAST(… AS STRING) gives. */
export type RowFormat = 'json' | 'plain-text'

export interface SqlError {
  readonly code: string
  readonly phase: 'plan' | 'runtime'
  readonly message: string
  readonly line: number | undefined
  readonly column: number | undefined
}

export type SqlEvent =
  | {
      readonly kind: 'columns'
      readonly columns: readonly { readonly name: string; readonly type: string }[]
      /** unbounded: a query with a source that has no end. */
      readonly of: 'catalog' | 'bounded' | 'unbounded'
    }
  /** The statement runs as a job. */
  | { readonly kind: 'submitted'; readonly jobId: string; readonly name: string }
  /** `values` are JSON texts. */
  | { readonly kind: 'row'; readonly op: RowOp; readonly values: readonly string[] }
  | { readonly kind: 'notice'; readonly line: string }
  /** `jobId`: the job that goes on. */
  | { readonly kind: 'ok'; readonly jobId?: string }
  | { readonly kind: 'error'; readonly error: SqlError; readonly cause: unknown }

export interface SqlRunnerOptions {
  /** The session there is, or a new one where it was lost. */
  readonly session: () => Promise<Session>
  readonly configuration: Readonly<Record<string, string>>
  readonly rowFormat: RowFormat
}

/** A statement's error as its last event. */
export function asSqlError(cause: unknown, phase: SqlError['phase']): SqlEvent {
  const known = isFlinktsError(cause) ? cause : undefined
  const message = cause instanceof Error ? cause.message : String(cause)
  const { line, column } = known?.location ?? { line: undefined, column: undefined }
  return { kind: 'error', cause, error: { code: known?.code ?? 'INTERNAL', phase, message, line, column } }
}

/** The lowest error that has a code of ours; what lies below comes from libraries. */
function firstCause(error: unknown): unknown {
  const below = error instanceof Error && error.cause !== undefined ? firstCause(error.cause) : undefined
  return isFlinktsError(below) && below.code !== 'INTERNAL' ? below : error
}

export class SqlRunner {
  readonly #options: SqlRunnerOptions
  readonly #executor: StatementExecutor<PlannedJob>
  /** The one that the addresses are of. */
  #session: Session | undefined
  #addresses: ProjectAddresses = { kafka: undefined, postgres: undefined }
  /** Of services that were started for the present statement. */
  #serviceNotices: readonly string[] = []
  readonly #told = new Set<string>()

  constructor(options: SqlRunnerOptions) {
    this.#options = options
    this.#executor = createExecutor(options.configuration)
  }

  get catalog(): StatementExecutor<PlannedJob>['catalog'] {
    return this.#executor.catalog
  }

  get configuration(): StatementExecutor<PlannedJob>['configuration'] {
    return this.#executor.configuration
  }

  /** Ends with `ok` or `error`; never throws. `signal` aborted: the running query is left and the statement ends. */
  async *run(statement: SourceText, signal: AbortSignal): AsyncGenerator<SqlEvent> {
    let result: StatementResult<PlannedJob>
    try {
      const addresses = await this.#addressesFor(statement.text)
      yield* this.#notices(this.#serviceNotices)
      result = this.#executor.execute(withAddresses(statement, addresses))
    } catch (error) {
      yield asSqlError(error, 'plan')
      return
    }
    if (result.kind === 'rows') {
      const columns = result.columns.map(({ name, type }) => ({ name, type: typeToString(type) }))
      yield { kind: 'columns', columns, of: 'catalog' }
      for (const row of result.rows) {
        const values = row.map((cell) =>
          JSON.stringify(
            typeof cell === 'boolean' && this.#options.rowFormat === 'plain-text' ? String(cell).toUpperCase() : cell,
          ),
        )
        yield { kind: 'row', op: '+I', values }
      }
    }
    if (result.kind === 'job') yield* this.#runJob(result, signal)
    else if (result.kind === 'job-request') yield* this.#answerJobStatement(result)
    else yield { kind: 'ok' }
  }

  async *#answerJobStatement({ request }: JobRequest): AsyncGenerator<SqlEvent> {
    try {
      const { restAddress } = await this.#options.session()
      const { columns, rows } = await answerJobStatement(restAddress, request)
      if (columns.length > 0) {
        const described = columns.map((name) => ({ name, type: 'STRING' }))
        yield { kind: 'columns', columns: described, of: 'catalog' }
      }
      for (const row of rows) yield { kind: 'row', op: '+I', values: row.map((cell) => JSON.stringify(cell)) }
      yield { kind: 'ok' }
    } catch (error) {
      yield asSqlError(error, 'runtime')
    }
  }

  async *#runJob(
    result: Extract<StatementResult<PlannedJob>, { kind: 'job' }>,
    signal: AbortSignal,
  ): AsyncGenerator<SqlEvent> {
    const { graph, resultType } = result.job
    yield* this.#notices([
      ...addressNotices(graph, this.#ownAddresses()),
      ...ignoredNotices(graph, this.#executor.configuration.ignoredKeys()),
    ])
    const isQuery = resultType !== undefined
    const detached = !isQuery && !result.waitsForEnd
    // whoever follows the job hears them from it
    if (detached) for (const line of graph.warnings) yield { kind: 'notice', line }
    if (isQuery) {
      yield {
        kind: 'columns',
        columns: resultType.fields.map(({ name, type }) => ({ name, type: typeToString(type) })),
        of: graph.nodes.some((node) => node.kind === 'source' && !node.source.bounded) ? 'unbounded' : 'bounded',
      }
    }
    const writers = resultType?.fields.map((field) => this.#valueWriter(field.type)) ?? []
    try {
      const { restAddress } = await this.#options.session()
      const job = await submitJob(restAddress, {
        graph,
        fresh: true,
        transient: isQuery,
        detached,
      })
      const leave = (): void => job.close()
      signal.addEventListener('abort', leave, { once: true })
      if (signal.aborted) leave()
      try {
        for await (const event of job.events) {
          if (event.kind === 'submitted') yield { kind: 'submitted', jobId: event.jobId, name: event.name }
          if (detached && event.kind === 'submitted') {
            yield { kind: 'ok', jobId: event.jobId }
            return
          }
          yield* this.#eventsOf(event, writers)
          if (event.kind === 'ended') return
        }
        throw new FlinktsError('SESSION_UNREACHABLE', 'the session ended while the statement was running')
      } finally {
        signal.removeEventListener('abort', leave)
        job.close()
      }
    } catch (error) {
      if (signal.aborted) yield { kind: 'ok' }
      else yield asSqlError(firstCause(error), 'runtime')
    }
  }

  /** Each once in a session. */
  *#notices(lines: readonly string[]): Generator<SqlEvent> {
    for (const line of lines) {
      if (this.#told.has(line)) continue
      this.#told.add(line)
      yield { kind: 'notice', line }
    }
  }

  *#eventsOf(event: JobEvent, writers: readonly ((cell: never) => string)[]): Generator<SqlEvent> {
    if (event.kind === 'row')
      yield { kind: 'row', op: event.op, values: writers.map((write, index) => write(event.cells[index] as never)) }
    else if (event.kind === 'stdout' || event.kind === 'stderr' || event.kind === 'notice')
      yield { kind: 'notice', line: event.line }
    else if (event.kind === 'ended') {
      if (event.status === 'FAILED' && event.error !== undefined)
        yield asSqlError(firstCause(fromErrorData(event.error)), 'runtime')
      else yield { kind: 'ok' }
    }
  }

  #valueWriter(type: LogicalType): (cell: never) => string {
    if (this.#options.rowFormat === 'json') return cellToJson(type)
    const text = castToString(type, localTimeZone(this.#executor.configuration.toRecord()))
    return (cell) => JSON.stringify(cell === null ? null : text(cell))
  }

  /** Services start when the first statement names them. */
  async #addressesFor(text: string): Promise<ProjectAddresses> {
    const named = servicesNamedBy(text)
    this.#serviceNotices = []
    if (named.length === 0) return this.#ownAddresses()
    const session = await this.#options.session()
    if (session !== this.#session) this.#addresses = { kafka: undefined, postgres: undefined }
    this.#session = session
    const missing = named.filter((name) => this.#addresses[name] === undefined)
    if (missing.length > 0) {
      const { services, notices } = await session.startServices({ services: missing })
      this.#serviceNotices = notices
      for (const name of missing) addressOf(services, name)
      this.#addresses = addressesOf(services)
    }
    return this.#ownAddresses()
  }

  #ownAddresses(): ProjectAddresses {
    return this.#addresses
  }
}
