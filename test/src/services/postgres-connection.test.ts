import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isFlinktsError } from '../../../engine/common/errors.ts'
import { jdbcDefinition } from '../../../engine/connectors/jdbc/definition.ts'
import { JdbcWriter } from '../../../engine/connectors/jdbc/jdbc-writer.ts'
import { types } from '../../../engine/types/logical-type.ts'
import { connectPostgres, parsePostgresUrl, printableUrl } from '../../../src/services/postgres-connection.ts'
import { queryPostgres } from '../../../src/services/query-postgres.ts'
import { TestAuthority } from '../../helpers/certificates.ts'
import { createRuntimeContext } from '../../helpers/runtime-context.ts'
import { startSecurePostgres, type SecurePostgres } from '../../helpers/secure-postgres.ts'
import type { PostgresConnection } from '../../../src/services/postgres-connection.ts'

const password = 'hidden & =word'
let postgres: SecurePostgres
let folder: string

beforeAll(async () => {
  postgres = await startSecurePostgres({ user: 'alice', password })
  await postgres.server.query('CREATE TABLE zones (id int)')
  folder = mkdtempSync(join(tmpdir(), 'flinkts-postgres-tls-'))
})
afterAll(async () => {
  await postgres.server.stop()
  rmSync(folder, { recursive: true })
})

function at(tls: PostgresConnection['tls'], more: Partial<PostgresConnection> = {}): PostgresConnection {
  return { host: '127.0.0.1', port: postgres.server.port, database: 'postgres', user: 'alice', password, tls, ...more }
}

const ask = (connection: PostgresConnection) =>
  queryPostgres(connection, 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()').then(({ rows }) => rows[0]![0])

async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (!isFlinktsError(error)) throw error
    expect(JSON.stringify([error.message, error.fix])).not.toContain('hidden')
    return `${error.code} ${error.message} ${error.fix}`
  }
  return 'none'
}

describe('URLs', () => {
  it('are read as libpq reads them', () => {
    expect(
      parsePostgresUrl('postgresql://a%40b:p%20w@db.example:5433/rides?sslmode=verify-ca&sslrootcert=ca.pem'),
    ).toEqual({
      connection: { host: 'db.example', port: 5433, database: 'rides', user: 'a@b', password: 'p w' },
      mode: 'verify-ca',
      files: { ca: 'ca.pem' },
    })
    expect(parsePostgresUrl('postgresql://u@[::1]').connection).toMatchObject({
      host: '::1',
      port: 5432,
      database: 'u',
    })
    expect(printableUrl(at({ mode: 'disable' }, { user: 'a b', host: '::1', port: 1 }))).toBe(
      'postgresql://a%20b@[::1]:1/postgres',
    )
  })

  it.each([
    ['postgresql://u:hidden@a,b/d', 'cannot be read'],
    ['postgresql://u:hidden@a/d?sslmode=maybe', 'has the sslmode maybe'],
    ['postgresql://u:hidden@a/d?options=x', 'parameter options'],
    ['postgresql://u:%zzhidden@a/d', 'broken % escape'],
  ])('refuses %s', async (url, expected) => {
    expect(await failureOf(Promise.resolve().then(() => parsePostgresUrl(url)))).toContain(expected)
  })
})

describe('TLS towards Postgres', () => {
  it.each(['prefer', 'require', 'verify-ca', 'verify-full'] as const)('%s encrypts', async (mode) => {
    const ca = mode.startsWith('verify') ? { ca: postgres.authority.certificate } : {}
    expect(await ask(at({ mode, ...ca }))).toBe('t')
    expect(await ask(at({ mode, ...ca }, { host: 'localhost' }))).toBe('t')
  })

  it('prefers it, and takes what there is; disable never asks', async () => {
    const login = { user: 'postgres', password: 'postgres' }
    expect(await ask(at({ mode: 'disable' }, login))).toBe('f')
    expect(await failureOf(ask(at({ mode: 'disable' })))).toContain('Use TLS: the mode require')
  })

  it('tells what does not fit', async () => {
    const stranger = new TestAuthority().certificate
    for (const mode of ['require', 'verify-ca', 'verify-full'] as const)
      expect(await failureOf(ask(at({ mode, ca: stranger })))).toContain('not signed by a certificate authority')
    expect(await failureOf(ask(at({ mode: 'verify-full', ca: 'nothing' })))).toMatch(/not signed|cannot be used/)
    const wrong = at({ mode: 'require' }, { password: 'hidden-wrong' })
    expect(await failureOf(ask(wrong))).toContain('POSTGRES_UNREACHABLE')
    const full = { mode: 'verify-full', ca: postgres.authority.certificate } as const
    await postgres.present(postgres.authority.issue('elsewhere', { host: 'elsewhere.example' }))
    expect(await failureOf(ask(at(full)))).toContain('for another host name')
    expect(await ask(at({ ...full, mode: 'verify-ca' }))).toBe('t')
    await postgres.present(postgres.authority.issue('old', { validUntil: '20200201000000Z' }))
    expect(await failureOf(ask(at(full)))).toContain('has expired')
    await postgres.present(postgres.authority.issue('localhost'))
    expect(await ask(at(full))).toBe('t')
  })
})

describe('the jdbc connector', () => {
  const caFile = () => {
    const file = join(folder, 'ca.pem')
    writeFileSync(file, postgres.authority.certificate)
    return file
  }
  const url = (query: string) =>
    `jdbc:postgresql://127.0.0.1:${postgres.server.port}/postgres?user=alice&password=${encodeURIComponent(password)}&${query}`

  async function opened(options: Record<string, string>, secrets?: Record<string, never>): Promise<void> {
    const spec = jdbcDefinition.createSink!({
      name: 'zones',
      physicalType: types.row([{ name: 'id', type: types.int() }], false),
      metadata: [],
      primaryKey: undefined,
      options: { connector: 'jdbc', 'table-name': 'zones', 'sink.max-retries': '0', ...options },
      configuration: {},
    })
    const writer = new JdbcWriter(spec, createRuntimeContext(secrets === undefined ? {} : { secrets }))
    try {
      await writer.open()
    } finally {
      await writer.close()
    }
  }

  it('takes the properties of the JDBC driver', async () => {
    await opened({ url: url(`sslmode=verify-full&sslrootcert=${caFile()}`) })
    await opened({ url: url('sslmode=require') })
    await opened({ url: url('') })
    expect(await failureOf(opened({ url: url('sslmode=verify-full') }))).toContain('not signed by')
    expect(await failureOf(opened({ url: url('sslmode=verify-ca&sslrootcert=/none.pem') }))).toContain('sslrootcert')
    expect(await failureOf(opened({ url: url('sslmode=disable') }))).toContain('Use TLS')
    expect(await failureOf(opened({ url: url('sslcert=/a.pem') }))).toContain('belong together')
    expect(await failureOf(opened({ url: url('sslcert=/a.pem&sslkey=/k.p12') }))).toContain('openssl pkcs12')
    expect(await failureOf(opened({ url: url('sslfactory=x') }))).toContain('sslfactory')
    expect(await failureOf(opened({ url: url('sslmode=perhaps') }))).toContain("Invalid sslmode 'perhaps'")
  })

  it('takes login and TLS of the project by name', async () => {
    const own = `jdbc:postgresql://127.0.0.1:${postgres.server.port}/postgres?flinkts.login=project`
    const tls = { mode: 'verify-full', ca: { pem: postgres.authority.certificate } }
    await opened({ url: own }, { 'project:postgres': { user: 'alice', password, tls } } as never)
    expect(await failureOf(opened({ url: own, username: 'u', password: 'hidden' }))).toContain('flinkts.yaml tells')
    expect(await failureOf(opened({ url: `${own}&sslmode=require` }))).toContain('flinkts.yaml tells')
  })
})

it('shows a certificate of its own where it is asked for', async () => {
  const clients = new TestAuthority('clients')
  const strict = await startSecurePostgres({ user: 'bob', password, clientAuthority: clients })
  try {
    const { certificate, key } = clients.issue('bob')
    const connection = { ...at({ mode: 'verify-full', ca: strict.authority.certificate }), user: 'bob' }
    const bob = { ...connection, port: strict.server.port }
    expect(await failureOf(ask(bob))).toContain('certificate')
    expect(await ask({ ...bob, tls: { ...bob.tls, certificate, key } })).toBe('t')
    expect(await failureOf(connectPostgres({ ...bob, tls: { ...bob.tls, certificate, key: 'none' } }))).toContain(
      'cannot be used',
    )
  } finally {
    await strict.server.stop()
  }
})
