// A PostgreSQL server for tests, with data of its own, stopped and removed at the end.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/services/embedded-postgres/embedded-postgres.ts'

export interface TestPostgres extends EmbeddedPostgres {
  readonly jdbcUrl: string
  query<T extends pg.QueryResultRow = pg.QueryResultRow>(sql: string): Promise<T[]>
}

export async function startTestPostgres(): Promise<TestPostgres> {
  const directory = mkdtempSync(join(tmpdir(), 'flinkts-postgres-'))
  // root's server runs as nobody, who must get there
  chmodSync(directory, 0o755)
  const server = await startEmbeddedPostgres({ directory, port: 0 })
  const client = new pg.Client({ connectionString: server.url })
  // a test may kill the server under the client
  client.on('error', () => undefined)
  await client.connect()
  return {
    ...server,
    jdbcUrl: `jdbc:postgresql://${server.host}:${server.port}/${server.database}`,
    query: async <T extends pg.QueryResultRow>(sql: string) => (await client.query<T>(sql)).rows,
    stop: async () => {
      await client.end()
      await server.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
