// `jdbc:postgresql://host:port/database?user=…` as the PostgreSQL JDBC driver reads it.
// Source: https://jdbc.postgresql.org/documentation/use/
import { FlinktsError } from '../../common/errors.ts'
import { optionError } from '../connector-options.ts'
import type { JdbcTls, PostgresAddress } from './jdbc-settings.ts'

export interface JdbcUrl {
  readonly address: PostgresAddress
  readonly user: string | null
  readonly password: string | null
  readonly tls: JdbcTls
  /** Login and TLS are those of the project's own Postgres. */
  readonly isOfProject: boolean
  readonly searchPath: string | null
  readonly applicationName: string | null
  /** Driver properties without effect here. */
  readonly ignoredProperties: readonly string[]
}

/** Tells that login and TLS are the project's: flinkts.yaml knows them. */
const PROJECT_PROPERTY = 'flinkts.login'
const HONOURED = new Set([
  'user',
  'password',
  'ssl',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslpassword',
  'currentschema',
  'applicationname',
  PROJECT_PROPERTY,
])
const REFUSED = new Set([
  'sslfactory',
  'sslfactoryarg',
  'sslhostnameverifier',
  'sslnegotiation',
  'sslpasswordcallback',
  'gssencmode',
  'options',
  'targetservertype',
  'servicefile',
])

const FIX = "Write for example 'jdbc:postgresql://localhost:5432/postgres'."

export function parseJdbcUrl(url: string): JdbcUrl {
  const dialect = /^jdbc:([a-z0-9]+):/i.exec(url)?.[1]
  if (dialect !== undefined && dialect.toLowerCase() !== 'postgresql') {
    throw new FlinktsError(
      'SQL_UNSUPPORTED',
      `The jdbc connector writes to PostgreSQL; '${dialect}' is not supported.`,
      {
        fix: FIX,
      },
    )
  }
  const match = /^jdbc:postgresql:(?:\/\/([^/?]*)\/?)?([^?]*)(?:\?(.*))?$/i.exec(url)
  // never the URL itself: it may hold a password
  if (match === null) throw optionError("Invalid value for option 'url': it is not a JDBC URL of PostgreSQL.", FIX)
  const [, authority = '', database = '', query = ''] = match
  const properties = parseProperties(query)
  const user = properties.get('user') ?? null
  return {
    address: { ...parseAuthority(authority), database: decode(database) || user || 'postgres' },
    user,
    password: properties.get('password') ?? null,
    tls: readTls(properties),
    isOfProject: readIsOfProject(properties),
    searchPath: properties.get('currentschema') ?? null,
    applicationName: properties.get('applicationname') ?? null,
    ignoredProperties: [...properties.keys()].filter((name) => !HONOURED.has(name)),
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'))
  } catch {
    throw optionError("Invalid value for option 'url': it has a broken % escape.", FIX)
  }
}

function parseProperties(query: string): Map<string, string> {
  const properties = new Map<string, string>()
  for (const pair of query.split('&').filter((text) => text !== '')) {
    const at = pair.indexOf('=')
    const name = decode(at < 0 ? pair : pair.slice(0, at)).toLowerCase()
    if (REFUSED.has(name)) {
      throw new FlinktsError('SQL_UNSUPPORTED', `The property '${name}' in option 'url' is not supported.`, {
        fix: `Remove '${name}' from the URL.`,
      })
    }
    properties.set(name, at < 0 ? '' : decode(pair.slice(at + 1)))
  }
  return properties
}

function parseAuthority(authority: string): { host: string; port: number } {
  if (authority.includes(',')) {
    throw new FlinktsError('SQL_UNSUPPORTED', "Several hosts in option 'url' are not supported.", { fix: FIX })
  }
  if (authority.includes('@')) {
    throw optionError(
      "Invalid value for option 'url': JDBC takes user and password as parameters, not before '@'.",
      FIX,
    )
  }
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(authority)
  const port = Number(match?.[2] ?? 5432)
  if (match === null || port < 1 || port > 65535) {
    throw optionError("Invalid value for option 'url': no host and port can be read from it.", FIX)
  }
  return { host: (match[1] || 'localhost').replace(/^\[|\]$/g, ''), port }
}

function readIsOfProject(properties: ReadonlyMap<string, string>): boolean {
  if (!properties.has(PROJECT_PROPERTY)) return false
  const own = ['user', 'password', ...[...properties.keys()].filter((name) => name.startsWith('ssl'))]
  const extra = own.find((name) => properties.has(name))
  if (extra !== undefined)
    throw optionError(
      `The property '${extra}' in option 'url' is about the project's own Postgres, whose login flinkts.yaml tells.`,
      `Remove '${extra}', or write the URL of the server.`,
    )
  return true
}

/** Modes as the JDBC driver has them: its `require` never looks at the certificate. */
function readTls(properties: ReadonlyMap<string, string>): JdbcTls {
  const mode = readSslMode(properties)
  const [ca, certificate, key] = ['sslrootcert', 'sslcert', 'sslkey'].map((name) => properties.get(name))
  const keyPassword = properties.get('sslpassword')
  if ((certificate === undefined) !== (key === undefined))
    throw optionError("The properties 'sslcert' and 'sslkey' in option 'url' belong together.", 'Set both, or neither.')
  if (key !== undefined && /\.(p12|pfx)$/i.test(key)) {
    throw new FlinktsError('SQL_UNSUPPORTED', "The property 'sslkey' in option 'url' names a PKCS#12 store.", {
      fix: 'Convert it once: `openssl pkcs12 -in store.p12 -nodes -nocerts -out key.pem`.',
    })
  }
  return {
    mode,
    ...(ca === undefined || mode === 'require' ? {} : { ca: { file: ca } }),
    ...(certificate === undefined ? {} : { certificate: { file: certificate } }),
    ...(key === undefined ? {} : { key: { file: key } }),
    ...(keyPassword === undefined ? {} : { keyPassword }),
  }
}

function readSslMode(properties: ReadonlyMap<string, string>): JdbcTls['mode'] {
  const ssl = properties.get('ssl')
  const mode = properties.get('sslmode') ?? (ssl === '' || ssl === 'true' ? 'verify-full' : 'prefer')
  // `allow` begins without TLS, and takes it where the server insists: both promise nothing
  if (mode === 'allow') return 'prefer'
  if (['disable', 'prefer', 'require', 'verify-ca', 'verify-full'].includes(mode)) return mode as JdbcTls['mode']
  throw optionError(
    `Invalid sslmode '${mode}' in option 'url'.`,
    "Use 'disable', 'allow', 'prefer', 'require', 'verify-ca' or 'verify-full'.",
  )
}
