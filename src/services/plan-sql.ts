// SQL text → jobs. Planning is pure; what needs the project (addresses, defaults) is given.
import { FlinktsError } from '../../engine/host.ts'
import {
  locate,
  sourceText,
  splitStatements,
  sqlPlanner,
  StatementExecutor,
  substitutePlaceholders,
  type PlannedJob,
  type SourceText,
} from '../../engine/planner.ts'
import { jdbcUrl, type ProjectAddresses } from './project-settings.ts'

/** A statement's source with the project's addresses in place of the placeholders. */
export function withAddresses(source: SourceText, addresses: ProjectAddresses): SourceText {
  const values = new Map<string, string>()
  if (addresses.kafka !== undefined) values.set('KAFKA', addresses.kafka)
  if (addresses.postgres !== undefined) values.set('POSTGRES', jdbcUrl(addresses.postgres))
  return substitutePlaceholders(source, values)
}

export function createExecutor(configuration: Readonly<Record<string, string>>): StatementExecutor<PlannedJob> {
  return new StatementExecutor({ planner: sqlPlanner, configuration })
}

export interface SqlFileOptions {
  readonly text: string
  /** Path from the project's folder: the job's name, and where errors point. */
  readonly file: string
  readonly addresses: ProjectAddresses
  readonly configuration: Readonly<Record<string, string>>
  /** Added to the WITH options of every table of the `kafka` connector, e.g. to bound a source. */
  readonly kafkaOptions?: Readonly<Record<string, string>>
  /** The same for tables of one topic, by its name. */
  readonly topicOptions?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export interface PlannedSqlJob extends PlannedJob {
  /** `table.dml-sync` was set: the next job starts when this one has ended. */
  readonly waitsForEnd: boolean
  /** Keys that were SET and have no effect here. */
  readonly ignoredSettings: readonly string[]
}

/** The jobs of a script, in order. Throws what is wrong with it, with line and column. */
export function planSqlFile(options: SqlFileOptions): PlannedSqlJob[] {
  const executor = createExecutor(options.configuration)
  const jobs: PlannedSqlJob[] = []
  for (const statement of splitStatements(withAddresses(sourceText(options.text, options.file), options.addresses))) {
    const result = executor.execute(statement)
    if (result.kind === 'job') {
      const ignoredSettings = executor.configuration.ignoredKeys()
      jobs.push({ ...result.job, waitsForEnd: result.waitsForEnd, ignoredSettings })
    } else if (result.kind === 'job-request') {
      throw new FlinktsError('SQL_UNSUPPORTED', 'Statements about running jobs are for `flinkts sql`.', {
        location: locate(statement, result.request.span),
        fix: 'Use `flinkts jobs list`, `flinkts jobs stop` …, or `flinkts sql`.',
      })
    } else addKafkaOptions(executor, statement, options)
  }
  return jobs
}

/** Behind CREATE TABLE: the same as the user's own ALTER TABLE … SET would do. */
function addKafkaOptions(
  executor: StatementExecutor<PlannedJob>,
  statement: SourceText,
  { kafkaOptions = {}, topicOptions = {} }: SqlFileOptions,
): void {
  const created = /^\s*CREATE\s+(?:TEMPORARY\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?([\w.`]+)/i.exec(statement.text)
  const topic = /'topic'\s*=\s*'([^']*)'/.exec(statement.text)?.[1] ?? ''
  const options = Object.entries({ ...kafkaOptions, ...topicOptions[topic] }).map(
    ([key, value]) => `'${key}' = '${value}'`,
  )
  if (created === null || options.length === 0 || !/'connector'\s*=\s*'kafka'/.test(statement.text)) return
  executor.execute(`ALTER TABLE ${created[1]!} SET (${options.join(', ')})`)
}
