// A project on somebody else's Kafka (SASL_SSL) and Postgres (TLS): the whole loop, and no secret anywhere.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startBroker, type RunningBroker } from '../../engine/broker.ts'
import { certificateFiles, TestAuthority } from '../helpers/certificates.ts'
import { TestProject, type Finished } from '../helpers/flinkts-command.ts'
import { startSecurePostgres, type SecurePostgres } from '../helpers/secure-postgres.ts'

const [kafkaPassword, postgresPassword] = ['kafka-hidden-word', 'postgres-hidden-word']
let project: TestProject
let broker: RunningBroker
let postgres: SecurePostgres
const outputs: string[] = []

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const yaml = (servers: string, postgresPort: number) => `
services: external
kafka:
  bootstrapServers: ${servers}
  security:
    protocol: SASL_SSL
    mechanism: SCRAM-SHA-512
    username: alice
    password: { env: TEAM_KAFKA_PASSWORD }
    ca: certificates/ca.crt
topics:
  rides: { partitions: 2, key: PULocationID }
  existing: { partitions: 5 }
postgres:
  url: postgresql://alice@localhost:${postgresPort}/postgres
  password: { file: certificates/password }
  tls: { mode: verify-full, ca: certificates/postgres.crt }
  sql: [sql/tables.sql, sql/zones.sql]
checkpoints: { interval: 500ms }
`

beforeAll(async () => {
  project = TestProject.taxi()
  project.write('certificates/password', `${postgresPassword}\n`)
  const authority = new TestAuthority()
  const { keyFile, certificateFile } = certificateFiles(project.path('certificates'), authority)
  postgres = await startSecurePostgres({ user: 'alice', password: postgresPassword })
  project.write('certificates/postgres.crt', postgres.authority.certificate)
  broker = await startBroker({
    listeners: [{ securityProtocol: 'SASL_SSL', tls: { keyFile, certificateFile } }],
    users: [{ name: 'alice', password: kafkaPassword }],
    topics: [{ name: 'existing', partitions: 3 }],
  })
  const servers = `127.0.0.1:${await freePort()},${broker.bootstrap}`
  project.write('flinkts.yaml', yaml(servers, postgres.server.port))
  process.env['TEAM_KAFKA_PASSWORD'] = kafkaPassword
})

afterAll(async () => {
  delete process.env['TEAM_KAFKA_PASSWORD']
  await project.remove()
  await broker.stop()
  await postgres.server.stop()
})

async function run(...args: string[]): Promise<Finished> {
  const finished = await project.run(...args)
  outputs.push(finished.stdout, finished.stderr)
  return finished
}

async function ok(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args)
  if (code !== 0) throw new Error(`flinkts ${args.join(' ')} → ${code}\n${stdout}${stderr}`)
  return stdout
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
}

/** What was printed so far, every file under .flinkts, and what the session answers to whoever asks it. */
async function expectNoSecret(): Promise<void> {
  for (const text of outputs) expect(text).not.toMatch(/hidden-word/)
  const files = filesUnder(project.path('.flinkts'))
  expect(files.length).toBeGreaterThan(3)
  expect(files.filter((path) => readFileSync(path, 'latin1').includes('hidden-word'))).toEqual([])
  const { restAddress } = JSON.parse(project.read('.flinkts/session.json')) as { restAddress: string }
  const get = async (path: string): Promise<string> => (await fetch(restAddress + path)).text()
  const { jobs } = JSON.parse(await get('/jobs')) as { jobs: { id: string }[] }
  expect(jobs.length).toBeGreaterThan(0)
  const paths = ['', '/plan', '/config', '/exceptions', '/checkpoints'].flatMap((part) =>
    jobs.map(({ id }) => `/jobs/${id}${part}`),
  )
  for (const path of ['/flinkts/session', '/jobs/overview', ...paths]) {
    const answer = await get(path)
    expect(answer.length).toBeGreaterThan(2)
    expect(answer).not.toMatch(/hidden-word/)
  }
}

const totals = 'SELECT count(*), sum(trips), round(sum(revenue)) FROM hourly_revenue'

it('runs the loop of produce, jobs in SQL and TypeScript, consume and query', async () => {
  const up = await ok('up')
  expect(up).toContain(`postgresql://alice@localhost:${postgres.server.port}/postgres`)
  expect(up).toContain(broker.bootstrap)
  expect(up).toContain('topic existing has 3 partitions, flinkts.yaml says 5: it is left as it is')
  expect(up).toContain('made topic rides')
  await ok('produce', 'rides', '--file', 'data/trips.csv')
  const sql = project
    .read('jobs/hourly-revenue.sql')
    .replace("'format'", "'scan.bounded.mode' = 'latest-offset', 'format'")
  project.write('jobs/bounded.sql', sql)
  await ok('run', 'jobs/bounded.sql')
  const fromSql = await ok('query', totals)
  expect(fromSql).toMatch(/ 10000 /)
  await ok('query', 'TRUNCATE hourly_revenue')
  const typescript = project.read('jobs/hourly-revenue.ts').replace("start: 'earliest'", "until: 'latest'")
  project.write('jobs/bounded.ts', typescript)
  await ok('run', 'jobs/bounded.ts')
  expect(await ok('query', totals)).toBe(fromSql)
  const consumed = await ok('consume', 'rides', '--from', 'earliest', '--count', '3', '--json')
  expect(consumed.trim().split('\n')).toHaveLength(3)
  expect(await ok('topics', 'list')).toMatch(/existing +3 /)
  expect(await ok('tables')).toContain('hourly_revenue')
  const status = JSON.parse(await ok('status', '--json')) as { services: { provider: string; state: string }[] }
  expect(status.services.map(({ provider, state }) => `${provider} ${state}`)).toEqual([
    'external running',
    'external running',
  ])
})

it('reads from offsets, restarts jobs and lets interactive SQL in, all with the login of the project', async () => {
  await ok('run', 'jobs/bounded.sql', '--from', 'rides:0=10,1=10', '--until', 'latest')
  const detached = await ok('run', 'jobs/hourly-revenue.sql', '--detach', '--json')
  expect(detached).toContain('job')
  await ok('jobs', 'stop', 'jobs/hourly-revenue.sql')
  await ok('jobs', 'restart', 'jobs/hourly-revenue.sql')
  await ok('jobs', 'cancel', 'jobs/hourly-revenue.sql')
  await ok('jobs', 'list')
  await ok('jobs', 'show', 'jobs/hourly-revenue.sql')
})

const STATEMENTS = `
CREATE TABLE rides (PULocationID INT, total_amount DOUBLE) WITH (
  'connector' = 'kafka', 'topic' = 'rides', 'properties.bootstrap.servers' = '\${KAFKA}',
  'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset', 'format' = 'json'
);
CREATE TABLE zone_totals (zone INT, trips BIGINT, revenue DOUBLE, PRIMARY KEY (zone) NOT ENFORCED) WITH (
  'connector' = 'jdbc', 'url' = '\${POSTGRES}', 'table-name' = 'zone_totals'
);
SET 'table.dml-sync' = 'true';
INSERT INTO zone_totals SELECT PULocationID, COUNT(*), SUM(total_amount) FROM rides GROUP BY PULocationID;
SET 'execution.runtime-mode' = 'batch';
SELECT COUNT(*) AS trips FROM rides;`

it('runs a file of statements that reads Kafka and writes Postgres, each answered at its end', async () => {
  await postgres.server.query('CREATE TABLE zone_totals (zone int PRIMARY KEY, trips bigint, revenue double precision)')
  project.write('statements.sql', STATEMENTS)
  const lines = (await ok('sql', '--json', '--file', 'statements.sql')).trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    ...[1, 2, 3, 4, 5].map((statement) => ({ statement, status: 'OK' })),
    { statement: 6, columns: [{ name: 'trips', type: 'BIGINT NOT NULL' }] },
    { statement: 6, op: '+I', row: [10_000] },
    { statement: 6, status: 'OK' },
  ])
  const trips = project.read('data/trips.csv').trimEnd().split('\n')
  const column = trips[0]!.split(',').indexOf('PULocationID')
  const zones = new Map<number, number>()
  for (const trip of trips.slice(1)) {
    const zone = Number(trip.split(',')[column])
    zones.set(zone, (zones.get(zone) ?? 0) + 1)
  }
  expect(await postgres.server.query('SELECT zone, trips::int AS trips FROM zone_totals ORDER BY zone')).toEqual(
    [...zones].map(([zone, count]) => ({ zone, trips: count })).sort((a, b) => a.zone - b.zone),
  )
})

it('takes logins of Flink’s own options, and keeps them nowhere', async () => {
  const jaas = `org.apache.kafka.common.security.plain.PlainLoginModule required username="alice" password="${kafkaPassword}";`
  const secure = `'properties.bootstrap.servers' = '${broker.bootstrap}',
    'properties.security.protocol' = 'SASL_SSL', 'properties.sasl.mechanism' = 'PLAIN',
    'properties.sasl.jaas.config' = '${jaas}', 'properties.ssl.truststore.type' = 'PEM',
    'properties.ssl.truststore.location' = 'certificates/ca.crt', 'scan.bounded.mode' = 'latest-offset'`
  const url = `jdbc:postgresql://localhost:${postgres.server.port}/postgres?user=alice&password=${postgresPassword}&sslmode=verify-full&sslrootcert=certificates/postgres.crt`
  const job = project
    .read('jobs/hourly-revenue.sql')
    .replace("'properties.bootstrap.servers' = '${KAFKA}'", secure)
    .replace('${POSTGRES}', url)
  // outside of .flinkts, which must not know it
  project.write('literal.sql', job)
  await ok('run', 'literal.sql')
  const wrong = job.replace(`password="${kafkaPassword}"`, `password="${kafkaPassword}-wrong"`)
  project.write('wrong.sql', `SET 'restart-strategy.type' = 'none';\n${wrong}`)
  const { code, stderr } = await run('run', 'wrong.sql')
  expect(code).not.toBe(0)
  expect(stderr).toContain("refuses the login of user 'alice' by PLAIN")
  await expectNoSecret()
})

it('runs SQL files once, alters nothing, and tells what differs', async () => {
  await ok('down')
  project.write('sql/zones.sql', `${project.read('sql/zones.sql')}\n-- changed\n`)
  const { stdout, stderr } = await run('up', '--json')
  const said = stdout + stderr
  expect(said).toContain('topic existing has 3 partitions, flinkts.yaml says 5: it is left as it is')
  expect(said).toContain('sql/zones.sql has run in this database with another text')
  await ok('down', '--volumes')
  expect((await postgres.server.query('SELECT count(*)::int AS n FROM zones'))[0]).not.toEqual({ n: 0 })
  await project.expectNoProcesses()
})

it('fails by name, with a limit, where a login is wrong', async () => {
  process.env['TEAM_KAFKA_PASSWORD'] = `${kafkaPassword}-wrong`
  const refused = await run('topics', 'list')
  expect(refused.code).not.toBe(0)
  expect(refused.stderr).toContain('KAFKA_LOGIN_FAILED')
  await ok('down')
  delete process.env['TEAM_KAFKA_PASSWORD']
  const unset = await run('topics', 'list')
  expect(unset.stderr).toContain('TEAM_KAFKA_PASSWORD')
  await ok('down')
  process.env['TEAM_KAFKA_PASSWORD'] = kafkaPassword
})

it('leaves no secret in any output or file', async () => {
  await ok('up')
  await ok('run', 'jobs/bounded.sql')
  await expectNoSecret()
})
