// Runs one recorded case through our parser, session, planner and runtime, and says what differs from Flink's answer.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { runInProcess } from '../../../engine/cluster/run-in-process.ts'
import { isFlinktsError } from '../../../engine/common/errors.ts'
import { collectRuntime, type CollectedRow } from '../../../engine/connectors/collect/runtime.ts'
import { loadConnectorRuntime } from '../../../engine/connectors/runtime.ts'
import { castToString } from '../../../engine/functions/cast-to-string.ts'
import type { PlannedJob } from '../../../engine/sql/plan/planner.ts'
import { localTimeZone } from '../../../engine/common/local-time-zone.ts'
import { sqlPlanner } from '../../../engine/sql/plan/sql-planner.ts'
import { StatementExecutor } from '../../../engine/sql/session/statement-executor.ts'
import type { RowsResult } from '../../../engine/sql/session/statement-result.ts'
import { typeToString } from '../../../engine/types/logical-type.ts'
import {
  compareError,
  comparePostgresTable,
  compareResult,
  compareTopic,
  type ActualError,
  type ActualResult,
} from './compare.ts'
import { recordsOf, type ExpectedExpression, type RecordedCase, type Value } from './recorded-case.ts'
import { readPostgresTable, type RecordedCluster } from './recorded-cluster.ts'

const TIMEOUT_MS = 20_000

const errorPhrases = parse(readFileSync(new URL('error-phrases.yaml', import.meta.url), 'utf8')) as Readonly<
  Record<string, string>
>

/** An error with the phase it came in: planning, or the running job. */
class PhasedError extends Error {
  readonly phase: 'plan' | 'runtime'

  constructor(phase: 'plan' | 'runtime', cause: unknown) {
    super('a statement failed', { cause })
    this.phase = phase
  }
}

function actualError({ phase, cause }: PhasedError): ActualError {
  const texts: string[] = []
  for (let error: unknown = cause; error instanceof Error; error = error.cause) {
    texts.push(error.message, isFlinktsError(error) ? (error.fix ?? '') : '')
  }
  const location = isFlinktsError(cause) ? cause.location : undefined
  return { phase, text: texts.join('\n'), line: location?.line, column: location?.column }
}

async function withTimeout<T>(work: Promise<T>, cancel: () => Promise<void>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      void cancel()
      reject(new Error(`the job did not end within ${TIMEOUT_MS} ms`))
    }, TIMEOUT_MS)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

async function runJob({ graph, resultType }: PlannedJob): Promise<ActualResult> {
  const collected: CollectedRow[] = []
  const collect = collectRuntime((rows) => collected.push(...rows))
  const loadConnector = (name: string) => (name === 'collect' ? collect : loadConnectorRuntime(name))
  const job = runInProcess(graph, { loadConnector })
  try {
    await withTimeout(job.result, () => job.cancel())
  } catch (error) {
    throw new PhasedError('runtime', error)
  }
  const fields = resultType?.fields ?? []
  const zone = localTimeZone(graph.configuration)
  const texts = fields.map((field) => castToString(field.type, zone))
  return {
    columns: fields.map((field) => [field.name, typeToString(field.type)] as const),
    rows: collected.map(({ op, cells }) => ({ op, cells: cells.map((cell, index) => texts[index]!(cell)) })),
  }
}

function catalogRows({ columns, rows }: RowsResult): ActualResult {
  const text = (cell: string | boolean | null): Value => (typeof cell === 'boolean' ? String(cell).toUpperCase() : cell)
  return {
    columns: columns.map(({ name, type }) => [name, typeToString(type)] as const),
    rows: rows.map((row) => ({ op: '+I', cells: row.map(text) })),
  }
}

class RecordedSession {
  readonly #executor = new StatementExecutor<PlannedJob>({ planner: sqlPlanner })
  readonly #substitute: (sql: string) => string

  constructor(substitute: (sql: string) => string) {
    this.#substitute = substitute
  }

  async run(written: string): Promise<ActualResult> {
    let result
    try {
      result = this.#executor.execute(this.#substitute(written))
    } catch (error) {
      throw new PhasedError('plan', error)
    }
    if (result.kind === 'rows') return catalogRows(result)
    if (result.kind === 'done') return { columns: [['result', 'STRING']], rows: [{ op: '+I', cells: ['OK'] }] }
    if (result.kind === 'job-request') throw new Error('no recorded case is about jobs that run')
    return runJob(result.job)
  }
}

// ---- a case ---------------------------------------------------------------------------------------------------------

interface Names {
  readonly topics: ReadonlyMap<string, string>
  readonly tables: ReadonlyMap<string, string>
}

function namesOf(recorded: RecordedCase, unique: string): Names {
  const topics = [...(recorded.inputs ?? []).map((input) => input.topic), ...(recorded.sinks?.kafka ?? [])]
  return {
    topics: new Map(topics.map((topic) => [topic, `${unique}_${topic}`])),
    tables: new Map((recorded.postgres?.tables ?? []).map((table) => [table, `${unique}_${table}`])),
  }
}

async function prepare(recorded: RecordedCase, names: Names, cluster: RecordedCluster): Promise<void> {
  const partitions = new Map((recorded.inputs ?? []).map((input) => [input.topic, input.partitions ?? 1]))
  await cluster.createTopics(
    [...names.topics].map(([topic, name]) => ({ name, partitions: partitions.get(topic) ?? 1 })),
  )
  for (const input of recorded.inputs ?? []) await cluster.produce(names.topics.get(input.topic)!, recordsOf(input))
}

async function substitution(
  recorded: RecordedCase,
  names: Names,
  cluster: RecordedCluster,
): Promise<(sql: string) => string> {
  const values = new Map([['bootstrap', cluster.bootstrap]])
  for (const [topic, name] of names.topics) values.set(`topic:${topic}`, name)
  for (const [table, name] of names.tables) values.set(`pg:${table}`, name)
  if (recorded.postgres !== undefined) {
    const { jdbcUrl, user, password } = await cluster.postgres()
    values.set('jdbc_url', `${jdbcUrl}?user=${user}&password=${password}`)
  } else values.set('jdbc_url', 'jdbc:postgresql://127.0.0.1:1/postgres?user=postgres')
  return (sql) => sql.replaceAll(/\$\{([^}]+)\}/g, (written, name: string) => values.get(name) ?? written)
}

function sameText(expected: Value, actual: Value, type: string): boolean {
  const result = { columns: [['v', type] as const], rows: [{ op: '+I', cells: [actual] }] }
  return compareResult({ compare: 'rows', columns: [['v', type]], rows: [[expected]] }, result) === undefined
}

function compareValues(expected: ExpectedExpression, type: string, values: readonly Value[]): string | undefined {
  if (expected.type !== type) return `${expected.sql}: type ${type}, expected ${expected.type}`
  const wanted = Array.isArray(expected.value) ? (expected.value as readonly Value[]) : [expected.value as Value]
  const same = wanted.length === values.length && wanted.every((value, index) => sameText(value, values[index]!, type))
  return same ? undefined : `${expected.sql}: ${JSON.stringify(values)}, expected ${JSON.stringify(wanted)}`
}

async function runExpression(
  session: RecordedSession,
  expected: ExpectedExpression,
  from: string,
): Promise<string | undefined> {
  try {
    const { columns, rows } = await session.run(`SELECT ${expected.sql} AS c0${from}`)
    if (expected.error !== undefined)
      return `${expected.sql}: ${JSON.stringify(rows[0]?.cells)}, expected the error ${expected.error.message}`
    return compareValues(
      expected,
      columns[0]![1],
      rows.map((row) => row.cells[0]!),
    )
  } catch (error) {
    if (!(error instanceof PhasedError)) throw error
    const actual = actualError(error)
    if (expected.error === undefined) return `${expected.sql}: ${actual.text.slice(0, 300)}`
    const differs = compareError(expected.error, actual)
    return differs === undefined ? undefined : `${expected.sql}: ${differs}`
  }
}

/** As recorded: all expressions in one SELECT, one by one where that fails. */
async function runExpressions(recorded: RecordedCase, session: RecordedSession): Promise<string | undefined> {
  const from = recorded.from === undefined ? '' : ` FROM ${recorded.from}`
  const expected = recorded.expected!.exprs!
  const differences: string[] = []
  let together: ActualResult | undefined
  if (expected.every((each) => each.error === undefined)) {
    try {
      together = await session.run(
        `SELECT ${expected.map((each, index) => `${each.sql} AS c${index}`).join(', ')}${from}`,
      )
    } catch (error) {
      if (!(error instanceof PhasedError)) throw error
    }
  }
  for (const [index, each] of expected.entries()) {
    const values = together?.rows.map((row) => row.cells[index]!)
    const difference =
      values === undefined
        ? await runExpression(session, each, from)
        : compareValues(each, together!.columns[index]![1], values)
    if (difference !== undefined) differences.push(difference)
  }
  return differences.length === 0 ? undefined : differences.join('\n')
}

async function compareSinks(
  recorded: RecordedCase,
  names: Names,
  cluster: RecordedCluster,
): Promise<string | undefined> {
  const { kafka, kafka_order: order, postgres } = recorded.expected!
  for (const [topic, records] of Object.entries(kafka ?? {})) {
    const difference = compareTopic(topic, records, await cluster.read(names.topics.get(topic)!), order === 'any')
    if (difference !== undefined) return difference
  }
  for (const [table, { rows }] of Object.entries(postgres ?? {})) {
    const actual = await readPostgresTable(await cluster.postgres(), names.tables.get(table)!)
    const difference = comparePostgresTable(table, rows, actual)
    if (difference !== undefined) return difference
  }
  return undefined
}

async function runStatements(recorded: RecordedCase, session: RecordedSession): Promise<ActualResult | undefined> {
  for (const [key, value] of Object.entries(recorded.settings ?? {})) await session.run(`SET '${key}' = '${value}'`)
  for (const statement of recorded.ddl ?? []) await session.run(statement)
  return recorded.query === undefined ? undefined : session.run(recorded.query)
}

async function compareCase(
  recorded: RecordedCase,
  session: RecordedSession,
  names: Names,
  cluster: RecordedCluster,
): Promise<string | undefined> {
  let result: ActualResult | undefined
  try {
    result = await runStatements(recorded, session)
  } catch (error) {
    if (!(error instanceof PhasedError)) throw error
    const actual = actualError(error)
    if (recorded.expected_error === undefined) return `failed (${actual.phase}): ${actual.text.slice(0, 1000)}`
    return compareError(recorded.expected_error, actual, errorPhrases[recorded.id])
  }
  if (recorded.expected_error !== undefined)
    return `expected the error: ${recorded.expected_error.message.slice(0, 300)}`
  if (recorded.exprs !== undefined) return runExpressions(recorded, session)
  const withoutNames = (text: Value): Value => {
    let shown = text
    for (const [topic, name] of names.topics) shown = shown?.replaceAll(name, `\${topic:${topic}}`) ?? null
    return shown?.includes('bootstrap.servers') === true ? shown.replaceAll(cluster.bootstrap, '${bootstrap}') : shown
  }
  const shown = { ...result!, rows: result!.rows.map((row) => ({ ...row, cells: row.cells.map(withoutNames) })) }
  return compareResult(recorded.expected!, shown, recorded.upsert_key) ?? (await compareSinks(recorded, names, cluster))
}

/** What differs from Flink's answer; undefined: nothing. `run` tells runs of the same case apart. */
export async function runCase(
  recorded: RecordedCase,
  cluster: RecordedCluster,
  run = 'c',
): Promise<string | undefined> {
  const unique = `${run}_${recorded.id.replaceAll(/\W/g, '_')}`.toLowerCase()
  const names = namesOf(recorded, unique)
  const substitute = await substitution(recorded, names, cluster)
  await prepare(recorded, names, cluster)
  for (const statement of recorded.postgres?.setup ?? []) await (await cluster.postgres()).query(substitute(statement))
  return compareCase(recorded, new RecordedSession(substitute), names, cluster)
}
