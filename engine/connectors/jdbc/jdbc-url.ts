// `jdbc:postgresql://host:port/database?user=…` as the PostgreSQL JDBC driver reads it.
// Source: https://jdbc.postgresql.org/documentation/use/
import { FlinktsError } from '../../common/errors.ts'
import { optionError } from '../connector-options.ts'
import type { JdbcSinkSettings, PostgresAddress } from './jdbc-settings.ts'

export interface JdbcUrl {
  readonly address: PostgresAddress
  readonly user: string | null
  readonly password: string | null
  readonly sslMode: JdbcSinkSettings['sslMode']
  readonly searchPath: string | null
  readonly applicationName: string | null
  /** Driver properties without effect here. */
  readonly ignoredProperties: readonly string[]
}

const HONOURED = new Set(['user', 'password', 'ssl', 'sslmode', 'currentschema', 'applicationname'])
const REFUSED = new Set([
  'sslcert',
  'sslkey',
  'sslrootcert',
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
    sslMode: readSslMode(properties),
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

function readSslMode(properties: ReadonlyMap<string, string>): JdbcUrl['sslMode'] {
  const ssl = properties.get('ssl')
  const mode = properties.get('sslmode') ?? (ssl === '' || ssl === 'true' ? 'verify-full' : 'disable')
  // like libpq, `allow` and `prefer` promise nothing: unencrypted is what they fall back to
  if (mode === 'allow' || mode === 'prefer') return 'disable'
  if (mode === 'disable' || mode === 'require' || mode === 'verify-ca' || mode === 'verify-full') return mode
  throw optionError(`Invalid sslmode '${mode}' in option 'url'.`, "Use 'disable', 'require' or 'verify-full'.")
}
