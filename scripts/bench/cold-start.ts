// From typing `flinkts run` in a new project to the first row in Postgres, the services' start included.
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { BenchProject } from './project.ts'

const CONFIG = `topics:
  rides: { partitions: 1 }
postgres:
  sql: [first.sql]
`
const TABLE = 'CREATE TABLE first (id integer PRIMARY KEY);'
const JOB = `CREATE TABLE numbers (id INT) WITH ('connector'='datagen','number-of-rows'='1','fields.id.kind'='sequence','fields.id.start'='1','fields.id.end'='1');
CREATE TABLE target (id INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector'='jdbc','url'='\${POSTGRES}','table-name'='first','sink.buffer-flush.max-rows'='1');
CREATE TABLE rides (PULocationID INT) WITH ('connector'='kafka','properties.bootstrap.servers'='\${KAFKA}','topic'='rides','scan.startup.mode'='earliest-offset','scan.bounded.mode'='latest-offset','format'='json');
CREATE TABLE bh (PULocationID INT) WITH ('connector'='blackhole');
EXECUTE STATEMENT SET BEGIN INSERT INTO target SELECT id FROM numbers; INSERT INTO bh SELECT PULocationID FROM rides; END;`

async function firstRowMs(project: BenchProject, url: string): Promise<number> {
  const startedAt = performance.now()
  const job = project.start('run', 'first-job.sql', '--fresh', '--no-tui')
  try {
    for (;;) {
      const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 200 })
      client.on('error', () => undefined)
      try {
        await client.connect()
        const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM first')
        if (Number(rows[0]!.count) > 0) return performance.now() - startedAt
      } catch {
        // not up yet
      } finally {
        await client.end().catch(() => undefined)
      }
      await delay(5)
    }
  } finally {
    await new Promise((resolve) => job.once('exit', resolve))
  }
}

export async function measureColdStart(): Promise<{ readonly first: number; readonly second: number }> {
  const project = new BenchProject(`${CONFIG}`)
  const port = 15_432
  project.file('flinkts.yaml', `${CONFIG}  port: ${port}\n`)
  project.file('first.sql', TABLE)
  project.file('first-job.sql', JOB)
  const url = `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`
  try {
    const first = await firstRowMs(project, url)
    await project.cli('query', 'DELETE FROM first')
    await project.cli('down')
    return { first, second: await firstRowMs(project, url) }
  } finally {
    await project.remove()
  }
}
