// What is in the project's Postgres, for people without psql.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type pg from 'pg'
import { FlinktsError } from '../../engine/host.ts'
import { connectPostgres, type PostgresConnection } from './postgres-connection.ts'

/** What flinkts itself notes in the user's database; not listed among the user's tables. */
const OWN_SCHEMA = 'flinkts'

/** Column names and cells as Postgres spells them; NULL is null. */
export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly numeric: boolean; readonly boolean: boolean }[]
  readonly rows: readonly (readonly (string | null)[])[]
  /** `SELECT`, `INSERT` … */
  readonly command: string
  /** Undefined where the statement is not about rows. */
  readonly rowCount: number | undefined
}

export interface TableInfo {
  readonly schema: string
  readonly name: string
  readonly rowCount: number
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

// The type oids of numbers: they are set right in tables.
const NUMERIC_TYPES = new Set([20, 21, 23, 26, 700, 701, 1700])
const BOOLEAN_TYPE = 16
const rawText = { getTypeParser: () => (value: unknown) => value }

async function withClient<T>(server: string | PostgresConnection, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connectPostgres(server)
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

function sqlError(cause: unknown, sql: string): FlinktsError {
  const error = cause as { message: string; position?: string; hint?: string }
  const before = error.position === undefined ? undefined : sql.slice(0, Number(error.position) - 1)
  const location =
    before === undefined
      ? undefined
      : { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') }
  return new FlinktsError('POSTGRES_QUERY_FAILED', error.message, { location, fix: error.hint, cause: undefined })
}

/** What a shell makes of a statement without quotes are many words. Throws OPTION_INVALID. */
export function expectOneStatement(words: readonly unknown[]): void {
  if (words.length <= 1) return
  throw new FlinktsError('OPTION_INVALID', `${words.length} words were given instead of one statement`, {
    fix: 'put the whole statement in quotes: flinkts query "SELECT …"',
  })
}

type Answer = pg.QueryArrayResult<(string | null)[]>

function resultOf({ fields, rows, command, rowCount }: Answer): QueryResult {
  return {
    columns: fields.map(({ name, dataTypeID }) => ({
      name,
      numeric: NUMERIC_TYPES.has(dataTypeID),
      boolean: dataTypeID === BOOLEAN_TYPE,
    })),
    rows,
    command,
    rowCount: rowCount ?? undefined,
  }
}

const COPY_TO_CLIENT = /^\s*copy\b[^;]*\bto\s+stdout\b/i

/**
 * Runs SQL text; an answer for each of its statements, one at least. Throws OPTION_INVALID where there is none in it, and for
 * COPY … TO STDOUT, whose rows are no answer of a statement.
 */
export async function queryStatements(server: string | PostgresConnection, sql: string): Promise<QueryResult[]> {
  if (COPY_TO_CLIENT.test(sql))
    throw new FlinktsError('OPTION_INVALID', 'COPY … TO STDOUT shows nothing here, nothing was done', {
      fix: 'SELECT the rows (--json for programs), or give the statement to psql',
    })
  return withClient(server, async (client) => {
    const answer: Answer | Answer[] = await client
      .query<(string | null)[]>({ text: sql, rowMode: 'array', types: rawText })
      .catch((cause: unknown) => Promise.reject(sqlError(cause, sql)))
    const answers = [answer].flat().filter(({ command }) => (command as string | null) !== null)
    if (answers.length > 0) return answers.map(resultOf)
    throw new FlinktsError('OPTION_INVALID', 'there is no statement in this text, nothing was done', {
      fix: 'give one, in quotes: flinkts query "SELECT …"',
    })
  })
}

/** As `queryStatements`; the answer is the last one's. */
export async function queryPostgres(server: string | PostgresConnection, sql: string): Promise<QueryResult> {
  return (await queryStatements(server, sql)).at(-1)!
}

const JSON_NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/

/** Each row as one JSON object. Numbers keep every digit Postgres gave; what JSON has no number for (NaN) is text. */
export function rowsToJson({ columns, rows }: QueryResult): string[] {
  const toJson = (cell: string | null, column: QueryResult['columns'][number]): string => {
    if (cell === null) return 'null'
    if (column.boolean) return String(cell === 't')
    return column.numeric && JSON_NUMBER.test(cell) ? cell : JSON.stringify(cell)
  }
  return rows.map(
    (row) =>
      `{${columns.map((column, index) => `${JSON.stringify(column.name)}:${toJson(row[index]!, column)}`).join(',')}}`,
  )
}

export interface SqlFile {
  readonly path: string
  /** As flinkts.yaml names it; the file is known by this name. */
  readonly name: string
}

function readSqlFile(file: SqlFile): string {
  try {
    return readFileSync(file.path, 'utf8')
  } catch (cause) {
    throw new FlinktsError('FILE_NOT_FOUND', `the SQL file ${file.name} cannot be read`, {
      fix: 'mend the path under postgres.sql in flinkts.yaml',
      cause,
    })
  }
}

/** What was done about a file: it ran now, or it had run before, with the same text or with another. */
export interface SqlFileRun {
  readonly name: string
  readonly state: 'run' | 'known' | 'changed'
}

/** Serialises whoever starts on the same database at the same moment; any number that others do not use. */
const SQL_FILES_LOCK = 0x666c_696e
const LOCK_TIMEOUT_MS = 30_000

/**
 * Runs the files that this database has not seen, in order, by their names. Each file and the note that it has run are one
 * transaction, so a crash neither skips a file nor runs one twice.
 */
export async function runSqlFilesOnce(
  server: string | PostgresConnection,
  files: readonly SqlFile[],
): Promise<SqlFileRun[]> {
  if (files.length === 0) return []
  return withClient(server, async (client) => {
    await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}; SELECT pg_advisory_lock(${SQL_FILES_LOCK})`)
    await client.query(
      `CREATE SCHEMA IF NOT EXISTS ${OWN_SCHEMA};
       CREATE TABLE IF NOT EXISTS ${OWN_SCHEMA}.sql_files (name text PRIMARY KEY, run_at timestamptz NOT NULL DEFAULT now());
       ALTER TABLE ${OWN_SCHEMA}.sql_files ADD COLUMN IF NOT EXISTS digest text`,
    )
    const { rows } = await client.query<{ name: string; digest: string | null }>(
      `SELECT name, digest FROM ${OWN_SCHEMA}.sql_files`,
    )
    const done = new Map(rows.map(({ name, digest }) => [name, digest]))
    const runs: SqlFileRun[] = []
    for (const file of files) {
      const known = done.get(file.name)
      // one that has run may be gone
      if (known === undefined || existsSync(file.path)) {
        const text = readSqlFile(file)
        const digest = createHash('sha256').update(text).digest('hex')
        if (known === undefined) await runSqlFile(client, file, text, digest)
        const isSame = (known ?? digest) === digest
        runs.push({ name: file.name, state: known === undefined ? 'run' : isSame ? 'known' : 'changed' })
      }
    }
    return runs
  })
}

async function runSqlFile(client: pg.Client, file: SqlFile, text: string, digest: string): Promise<void> {
  const values = `${client.escapeLiteral(file.name)}, ${client.escapeLiteral(digest)}`
  try {
    await client.query(`BEGIN;${text}\n;INSERT INTO ${OWN_SCHEMA}.sql_files (name, digest) VALUES (${values});COMMIT`)
  } catch (cause) {
    const error = sqlError(cause, `BEGIN;${text}`)
    throw new FlinktsError(error.code, `${file.name}: ${error.message}`, {
      fix: error.fix,
      location: error.location === undefined ? undefined : { ...error.location, file: file.name },
    })
  }
}

const TABLES_SQL = `
  SELECT n.nspname AS schema, c.relname AS name,
         json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum) AS columns
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
    AND n.nspname NOT IN ('pg_catalog', 'information_schema', '${OWN_SCHEMA}') AND n.nspname NOT LIKE 'pg_toast%'
  GROUP BY 1, 2 ORDER BY 1, 2`

/** Every table and view of the user's, with exact row counts. */
export async function listTables(server: string | PostgresConnection): Promise<TableInfo[]> {
  return withClient(server, async (client) => {
    const { rows } = await client.query<Omit<TableInfo, 'rowCount'>>(TABLES_SQL)
    const tables: TableInfo[] = []
    for (const table of rows) {
      const name = `${client.escapeIdentifier(table.schema)}.${client.escapeIdentifier(table.name)}`
      const { rows: counted } = await client.query<{ count: string }>(`SELECT count(*) FROM ${name}`)
      tables.push({ ...table, rowCount: Number(counted[0]!.count) })
    }
    return tables
  })
}
