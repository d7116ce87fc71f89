// Errors of Postgres and of the way to it, as ours: which may heal, and what the user is told.
import { FlinktsError, isFlinktsError } from '../../common/errors.ts'
import { postgresTlsProblem } from './postgres-tls.ts'

interface DatabaseError extends Error {
  readonly code?: string
  readonly detail?: string
  readonly hint?: string
  readonly where?: string
  readonly column?: string
}

// SQLSTATE classes: 08 connection, 40 rollback (deadlock …), 53300 too many connections, 57P operator intervention.
const HEALING_STATE = /^(08|40|57P0[123]|53300)/
const HEALING_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])
const CONNECTION_ENDED =
  /^(Connection terminated|Client has encountered a connection error|timeout expired|Client was closed|Connection ended)/

/** Whether another connection, later, may succeed. */
export function mayHeal(error: unknown): boolean {
  if (!(error instanceof Error) || isFlinktsError(error)) return false
  const { code } = error as DatabaseError
  if (code !== undefined) return HEALING_CODES.has(code) || HEALING_STATE.test(code)
  return CONNECTION_ENDED.test(error.message)
}

/** A row of the same key is there. */
export function isUniqueViolation(error: unknown): boolean {
  return (error as DatabaseError).code === '23505'
}

/** Refused logins and missing databases; hosts and users may be named, passwords never are. */
export function connectError(where: string, error: unknown): FlinktsError {
  const { code, message } = error as DatabaseError
  const tls = postgresTlsProblem(error)
  if (tls !== undefined)
    return new FlinktsError('POSTGRES_UNREACHABLE', `Postgres at ${where}: ${tls.problem}`, {
      fix: tls.fix,
      cause: error,
    })
  const fix =
    code === '28P01' || code === '28000'
      ? "Mend 'username' and 'password'."
      : code === '3D000'
        ? 'Create the database or mend its name in the URL.'
        : "Start Postgres (`flinkts up`) or mend the address in 'url'."
  return new FlinktsError('POSTGRES_UNREACHABLE', `Postgres at ${where}: ${message || code}`, { fix, cause: error })
}

function fixOf(error: DatabaseError, table: string): string {
  const state = error.code ?? ''
  if (error.hint !== undefined) return error.hint
  if (state === '53100') return 'Make room on the disk of the Postgres server.'
  if (state === '42501') return `Let the user write: GRANT INSERT, UPDATE, DELETE ON ${table} TO …`
  if (state === '22001') return 'Make the column longer, or cut the value in the query.'
  if (state === '23505')
    return 'Declare a PRIMARY KEY on the Flink table, so that rows are upserted, or drop the constraint.'
  if (state.startsWith('23')) return 'Filter or mend such rows in the query, or drop the constraint.'
  if (state.startsWith('42')) return 'The table has changed since the job started: mend it and restart the job.'
  return 'Look at the Postgres log.'
}

/** What the server said of a write, with its column and row where it names them. */
export function writeError(table: string, error: unknown): FlinktsError {
  if (isFlinktsError(error)) return error
  const failure = error as DatabaseError
  const details = [failure.detail, failure.where].filter((text) => text !== undefined && text !== '').join('; ')
  const message = `writing into ${table}: ${failure.message}${details === '' ? '' : ` (${details})`}`
  return new FlinktsError('POSTGRES_WRITE_FAILED', message, { fix: fixOf(failure, table), cause: error })
}

/** The connection was lost and did not come back within the retries. */
export function lostError(table: string, attempts: number, error: unknown): FlinktsError {
  return new FlinktsError(
    'POSTGRES_UNREACHABLE',
    `writing into ${table}: given up after ${attempts} attempts: ${(error as Error).message}`,
    { fix: "Bring Postgres back, or raise 'sink.max-retries'.", cause: error },
  )
}
