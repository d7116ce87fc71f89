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
import type { PlannedJob, SourceText, StatementExecutor, StatementResult } from '../../engine/planner.ts'
import { cellToJson } from './cell-json.ts'
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
  | { readonly kind: 'columns'; readonly columns: readonly { readonly name: string; readonly type: string }[] }
  /** `values` are JSON texts. */
  | { readonly kind: 'row'; readonly op: RowOp; readonly values: readonly string[] }
  | { readonly kind: 'notice'; readonly line: string }
  | { readonly kind: 'ok' }
  | { readonly kind: 'error'; readonly error: SqlError; readonly cause: unknown }

export interface SqlRunnerOptions {
  readonly session: Session
  readonly configuration: Readonly<Record<string, string>>
  readonly rowFormat: RowFormat
  /** Aborted: the running query is left and the statement ends. */
  readonly signal: AbortSignal
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
  #addresses: ProjectAddresses = { kafka: undefined, postgres: undefined }
  /** Of services that were started for the present statement. */
  #serviceNotices: readonly string[] = []
  readonly #told = new Set<string>()

  constructor(options: SqlRunnerOptions) {
    this.#options = options
    this.#executor = createExecutor(options.configuration)
  }

  /** Ends with `ok` or `error`; never throws. */
  async *run(statement: SourceText): AsyncGenerator<SqlEvent> {
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
      yield { kind: 'columns', columns: result.columns.map(({ name, type }) => ({ name, type: typeToString(type) })) }
      for (const row of result.rows) {
        const values = row.map((cell) =>
          JSON.stringify(
            typeof cell === 'boolean' && this.#options.rowFormat === 'plain-text' ? String(cell).toUpperCase() : cell,
          ),
        )
        yield { kind: 'row', op: '+I', values }
      }
    }
    if (result.kind === 'job') yield* this.#runJob(result)
    else yield { kind: 'ok' }
  }

  async *#runJob(result: Extract<StatementResult<PlannedJob>, { kind: 'job' }>): AsyncGenerator<SqlEvent> {
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
      }
    }
    const writers = resultType?.fields.map((field) => this.#valueWriter(field.type)) ?? []
    try {
      const job = await submitJob(this.#options.session.restAddress, {
        graph,
        fresh: true,
        transient: isQuery,
        detached,
      })
      const leave = (): void => job.close()
      this.#options.signal.addEventListener('abort', leave, { once: true })
      try {
        for await (const event of job.events) {
          if (detached && event.kind === 'submitted') {
            yield { kind: 'ok' }
            return
          }
          yield* this.#eventsOf(event, writers)
          if (event.kind === 'ended') return
        }
        throw new FlinktsError('SESSION_UNREACHABLE', 'the session ended while the statement was running')
      } finally {
        this.#options.signal.removeEventListener('abort', leave)
        job.close()
      }
    } catch (error) {
      if (this.#options.signal.aborted) yield { kind: 'ok' }
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
    const missing = servicesNamedBy(text).filter((name) => this.#addresses[name] === undefined)
    this.#serviceNotices = []
    if (missing.length > 0) {
      const { services, notices } = await this.#options.session.startServices({ services: missing })
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
