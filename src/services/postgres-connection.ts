// The project's Postgres, for whoever talks to it with pg's client.
import { userInfo } from 'node:os'
import pg from 'pg'
import {
  FlinktsError,
  isFlinktsError,
  isWithoutTls,
  postgresTlsProblem,
  sslOf,
  unusableTls,
  type PostgresTls,
} from '../../engine/host.ts'

/** Holds secrets: never to be printed, logged, put into an error or kept in a file. */
export interface PostgresConnection {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string | undefined
  readonly tls: PostgresTls
}

export interface ParsedPostgresUrl {
  readonly connection: Omit<PostgresConnection, 'tls'>
  /** `sslmode`, where the URL has one. */
  readonly mode: PostgresTls['mode'] | undefined
  /** `sslrootcert`, `sslcert`, `sslkey`. */
  readonly files: { readonly ca?: string; readonly certificate?: string; readonly key?: string }
}

const CONNECT_TIMEOUT_MS = 10_000
const MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
const FILE_PARAMETERS = { sslrootcert: 'ca', sslcert: 'certificate', sslkey: 'key' } as const

function invalid(message: string, fix: string): FlinktsError {
  return new FlinktsError('OPTION_INVALID', `the URL of Postgres ${message}`, { fix })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid('has a broken % escape', 'Write special characters as % and two hexadecimal digits.')
  }
}

/** `postgresql://user:password@host:port/database?sslmode=…` as libpq reads it. Throws OPTION_INVALID, never with the URL. */
export function parsePostgresUrl(url: string): ParsedPostgresUrl {
  if (!URL.canParse(url) || new URL(url).hostname.includes(','))
    throw invalid('cannot be read', 'Write for example postgresql://user@host:5432/database; one host only.')
  const { username, password, hostname, port, pathname, searchParams } = new URL(url)
  const user = decode(username) || userInfo().username
  const files: Record<string, string> = {}
  let mode: PostgresTls['mode'] | undefined
  for (const [name, value] of searchParams) {
    if (name === 'sslmode') mode = readMode(value)
    else if (name in FILE_PARAMETERS) files[FILE_PARAMETERS[name as keyof typeof FILE_PARAMETERS]] = value
    else if (name !== 'application_name' && name !== 'connect_timeout')
      throw invalid(`has the parameter ${name}, which is not supported`, `Remove ${name}.`)
  }
  const connection = {
    host: hostname.replace(/^\[|\]$/g, '') || 'localhost',
    port: Number(port || 5432),
    database: decode(pathname.slice(1)) || user,
    user,
    password: password === '' ? undefined : decode(password),
  }
  return { connection, mode, files }
}

function readMode(text: string): PostgresTls['mode'] {
  const mode = MODES.find((known) => known === text)
  if (mode !== undefined) return mode
  // begins without TLS and takes it where the server insists: both promise nothing
  if (text === 'allow') return 'prefer'
  throw invalid(`has the sslmode ${text}`, `Use one of ${MODES.join(', ')}.`)
}

/** Fit to print: without a password. */
export function printableUrl({ host, port, database, user }: PostgresConnection): string {
  const name = host.includes(':') ? `[${host}]` : host
  return `postgresql://${encodeURIComponent(user)}@${name}:${port}/${encodeURIComponent(database)}`
}

/** A URL that is no more than that: without TLS. */
function connectionOf(server: string | PostgresConnection): PostgresConnection {
  if (typeof server !== 'string') return server
  const { connection, mode } = parsePostgresUrl(server)
  return { ...connection, tls: { mode: mode ?? 'disable' } }
}

/** Throws POSTGRES_UNREACHABLE, OPTION_INVALID; nothing in them is secret. */
export async function connectPostgres(server: string | PostgresConnection): Promise<pg.Client> {
  const connection = connectionOf(server)
  const ssl = sslOf(connection.host, connection.tls)
  try {
    return await connect(connection, ssl)
  } catch (error) {
    if (connection.tls.mode !== 'prefer' || !isWithoutTls(error)) throw connectError(connection, error)
  }
  return connect(connection, false).catch((error: unknown) => Promise.reject(connectError(connection, error)))
}

async function connect(
  { host, port, database, user, password }: PostgresConnection,
  ssl: ReturnType<typeof sslOf>,
): Promise<pg.Client> {
  const client = new pg.Client({
    host,
    port,
    database,
    user,
    // an empty password, never the environment's or ~/.pgpass: what flinkts.yaml says decides
    password: password ?? '',
    ssl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  })
  try {
    await client.connect()
    return client
  } catch (error) {
    client.end().catch(() => undefined)
    throw unusableTls(error) ?? error
  }
}

const FIXES: Readonly<Record<string, string>> = {
  '28P01': 'Mend the password (postgres.password in flinkts.yaml) or the user in postgres.url.',
  '28000': 'Let the user in at the server (pg_hba.conf), or name another one in postgres.url.',
  '3D000': 'Create the database, or mend its name in postgres.url.',
}

function connectError(connection: PostgresConnection, error: unknown): FlinktsError {
  if (isFlinktsError(error)) return error
  const { code = '', message } = error as { code?: string; message: string }
  const tls = postgresTlsProblem(error)
  const where = `${connection.host}:${connection.port}`
  return new FlinktsError(
    'POSTGRES_UNREACHABLE',
    `Postgres at ${where} does not let us in: ${tls?.problem ?? (message || code)}`,
    { fix: tls?.fix ?? FIXES[code] ?? 'See `flinkts status`, and whether the address is right.', cause: error },
  )
}
