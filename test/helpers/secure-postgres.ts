// The test Postgres with TLS: a certificate for localhost and 127.0.0.1, and a user who gets in over TLS only.
import { chmodSync, chownSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { TestAuthority } from './certificates.ts'
import { startTestPostgres, type TestPostgres } from './postgres.ts'

export interface SecurePostgres {
  readonly server: TestPostgres
  readonly authority: TestAuthority
  /** What the server takes for a new certificate of its own. */
  present(certificate: { readonly key: string; readonly certificate: string }): Promise<void>
}

export interface SecurePostgresOptions {
  readonly user: string
  readonly password: string
  /** Asks for certificates of clients that this authority has signed. */
  readonly clientAuthority?: TestAuthority
}

/** `stop` the server in it. */
export async function startSecurePostgres(options: SecurePostgresOptions): Promise<SecurePostgres> {
  const { user, password, clientAuthority } = options
  const server = await startTestPostgres()
  const authority = new TestAuthority()
  const owner = statSync(server.dataDirectory)
  const write = (name: string, text: string): void => {
    const path = join(server.dataDirectory, name)
    writeFileSync(path, text)
    chmodSync(path, 0o600)
    if (process.getuid?.() === 0) chownSync(path, owner.uid, owner.gid)
  }
  const reload = async (): Promise<void> => {
    const loaded = async (): Promise<string> =>
      (await server.query<{ at: string }>('SELECT pg_conf_load_time()::text AS at'))[0]!.at
    const before = await loaded()
    await server.query('SELECT pg_reload_conf()')
    while ((await loaded()) === before) await delay(10)
  }
  const present: SecurePostgres['present'] = async ({ key, certificate }) => {
    write('server.key', key)
    write('server.crt', certificate)
    await reload()
  }
  const { key, certificate } = authority.issue('localhost')
  write('server.key', key)
  write('server.crt', certificate)
  if (clientAuthority !== undefined) write('clients.crt', clientAuthority.certificate)
  const clientCertificate = clientAuthority === undefined ? '' : ' clientcert=verify-ca'
  write(
    'pg_hba.conf',
    `host all postgres 127.0.0.1/32 scram-sha-256\nhostssl all ${user} 127.0.0.1/32 scram-sha-256${clientCertificate}\n`,
  )
  await server.query(`CREATE ROLE ${user} SUPERUSER LOGIN PASSWORD '${password.replaceAll("'", "''")}'`)
  if (clientAuthority !== undefined) await server.query("ALTER SYSTEM SET ssl_ca_file = 'clients.crt'")
  await server.query('ALTER SYSTEM SET ssl = on')
  await reload()
  return { server, authority, present }
}
