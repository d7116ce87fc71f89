// `flinkts down` under running jobs: each is stopped with a savepoint, from which its next run goes on as if nothing had
// happened; one that cannot take any is named, and goes on from its last checkpoint.
import { afterEach, beforeEach, expect, it } from 'vitest'
import pg from 'pg'
import { TestProject } from '../helpers/flinkts-command.ts'

const HALF = 2000
const SHOPS = 7
// the session waits 30 s for savepoints
const TEST_LIMIT_MS = 300_000

interface Sale {
  readonly id: number
  readonly shop: number
  readonly cents: number
}

/** Sales `from` to `to`, of which each names another amount: one that is lost or counted twice is seen. */
const sales = (from: number, to: number): Sale[] =>
  Array.from({ length: to - from }, (_, index) => {
    const id = from + index
    return { id, shop: id % SHOPS, cents: 100 + ((id * 37) % 9973) }
  })
const allSales = sales(0, 2 * HALF)

const SOURCE = `CREATE TABLE sales (id INT, shop INT, cents INT) WITH (
  'connector' = 'kafka', 'topic' = 'sales', 'properties.bootstrap.servers' = '\${KAFKA}',
  'scan.startup.mode' = 'earliest-offset', 'format' = 'json'
);`
const sink = (table: string, columns: string): string =>
  `CREATE TABLE ${table} (${columns}) WITH ('connector' = 'jdbc', 'url' = '\${POSTGRES}', 'table-name' = '${table}', 'sink.buffer-flush.interval' = '50 ms');`
const upsertJob = (table: string): string => `${SOURCE}
${sink(table, 'shop INT, sales BIGINT, cents BIGINT, PRIMARY KEY (shop) NOT ENFORCED')}
INSERT INTO ${table} SELECT shop, COUNT(*), SUM(cents) FROM sales GROUP BY shop;`
const appendJob = (table: string): string => `${SOURCE}
${sink(table, 'id INT, shop INT, cents INT')}
INSERT INTO ${table} SELECT id, shop, cents FROM sales;`

let project: TestProject
beforeEach(async () => {
  project = new TestProject({
    'flinkts.yaml': `services: embedded
topics:
  sales: { partitions: 2 }
  broken: { partitions: 1 }
postgres:
  sql: [tables.sql]
checkpoints:
  interval: 200ms
`,
    'tables.sql': `CREATE TABLE totals (shop int PRIMARY KEY, sales bigint, cents bigint);
CREATE TABLE copies (id int, shop int, cents int);`,
    'jobs/totals.sql': upsertJob('totals'),
    'jobs/copies.sql': appendJob('copies'),
    'jobs/restarting.sql': `SET 'restart-strategy.type' = 'fixed-delay';
SET 'restart-strategy.fixed-delay.delay' = '1 h';
CREATE TABLE broken (id INT) WITH (
  'connector' = 'kafka', 'topic' = 'broken', 'properties.bootstrap.servers' = '\${KAFKA}',
  'scan.startup.mode' = 'earliest-offset', 'format' = 'json'
);
CREATE TABLE nothing (id INT) WITH ('connector' = 'blackhole');
INSERT INTO nothing SELECT id FROM broken;`,
    'first.jsonl': jsonLines(sales(0, HALF)),
    'second.jsonl': jsonLines(sales(HALF, 2 * HALF)),
    'bad.jsonl': '{"id": "two"}\n',
  })
  await project.ok('up')
})
afterEach(() => project.remove())

function jsonLines(values: readonly object[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('')
}

interface StoppedJob {
  readonly job: string
  readonly state: string
  readonly savepoint?: string
  readonly problem?: string
  readonly nextRun: { readonly kind: string; readonly location?: string }
}

async function down(): Promise<ReadonlyMap<string, StoppedJob>> {
  const { stopped, jobs } = JSON.parse(await project.ok('down', '--json')) as { stopped: boolean; jobs: StoppedJob[] }
  expect(stopped).toBe(true)
  return new Map(jobs.map((job) => [job.job, job]))
}

const countOf = (rows: readonly { readonly count: number }[]): number => rows[0]!.count
const untilTotals = (count: number): Promise<unknown> =>
  project.queryUntil<{ count: number }>(
    'SELECT coalesce(sum(sales), 0)::int AS count FROM totals',
    (rows) => countOf(rows) >= count,
  )
const untilCopies = (count: number): Promise<unknown> =>
  project.queryUntil<{ count: number }>(
    'SELECT count(DISTINCT id)::int AS count FROM copies',
    (rows) => countOf(rows) >= count,
  )

async function expectUndisturbed(): Promise<void> {
  const totals = Array.from({ length: SHOPS }, (_, shop) => {
    const ofShop = allSales.filter((sale) => sale.shop === shop)
    return { shop, sales: ofShop.length, cents: ofShop.reduce((sum, { cents }) => sum + cents, 0) }
  })
  expect(
    await project.query('SELECT shop, sales::int AS sales, cents::int AS cents FROM totals ORDER BY shop'),
  ).toEqual(totals)
  expect(await project.query('SELECT id, shop, cents FROM copies ORDER BY id')).toEqual(allSales)
}

it(
  'stops upsert and append jobs with savepoints, from which their next runs go on exactly',
  async () => {
    await project.ok('produce', 'sales', '--file', 'first.jsonl')
    await project.ok('run', 'jobs/totals.sql', '--detach')
    const attached = project.start('run', 'jobs/copies.sql')
    await attached.saw(/RUNNING/)
    await untilTotals(HALF)
    await untilCopies(HALF)
    await project.ok('produce', 'sales', '--file', 'second.jsonl') // some of it may be under way
    const { code, stdout, stderr } = await project.run('down')
    expect(code, stderr).toBe(0)
    await project.expectNoProcesses(0)
    expect(stderr).toMatch(/note: stopping .*jobs\/\w+\.sql, .* with a savepoint \(within 30 s\)/)
    const savepointOf = (job: string): string =>
      new RegExp(`^Stopped jobs/${job}\\.sql with savepoint (\\S+)\\.$`, 'm').exec(stdout)![1]!
    const ended = await attached.end()
    expect(ended.code, ended.stderr).toBe(0)
    expect(ended.stdout).toContain(
      `stopped by \`flinkts down\` with savepoint ${savepointOf('copies')}; the next run goes on from it`,
    )
    expect(await project.ok('jobs', 'list')).toMatch(/totals\.sql +STOPPED/)

    await project.ok('up')
    for (const job of ['totals', 'copies']) {
      const again = await project.run('run', `jobs/${job}.sql`, '--detach')
      expect(again.stderr).toContain(`note: resuming from the savepoint of the last stop, ${savepointOf(job)}`)
      expect(again.code).toBe(0)
    }
    await untilTotals(2 * HALF)
    await untilCopies(2 * HALF)
    expect([...(await down()).values()].map(({ state }) => state)).toEqual(['STOPPED', 'STOPPED'])
    await project.ok('up')
    await expectUndisturbed()
  },
  TEST_LIMIT_MS,
)

it(
  'names the jobs that cannot take a savepoint, after 30 s at most; they go on from their last checkpoint',
  async () => {
    await project.ok('produce', 'sales', '--file', 'first.jsonl')
    await project.ok('run', 'jobs/totals.sql', '--detach')
    await project.ok('run', 'jobs/copies.sql', '--detach')
    await project.ok('run', 'jobs/restarting.sql', '--detach')
    await project.ok('produce', 'broken', '--file', 'bad.jsonl')
    await untilTotals(HALF)
    await untilCopies(HALF)
    await untilState('jobs/restarting.sql', 'RESTARTING')
    await untilCheckpointBehind(HALF)
    const client = new pg.Client({ connectionString: await postgresAddress() })
    client.on('error', () => undefined) // the server goes down under it
    await client.connect()
    try {
      // the sink waits for the lock, and a savepoint for the sink
      await client.query('BEGIN; LOCK TABLE totals IN ACCESS EXCLUSIVE MODE')
      await project.ok('produce', 'sales', '--file', 'second.jsonl')
      const ended = await down()
      expect(ended.get('jobs/copies.sql')).toMatchObject({ state: 'STOPPED', nextRun: { kind: 'restore' } })
      expect(ended.get('jobs/copies.sql')!.savepoint).toBe(ended.get('jobs/copies.sql')!.nextRun.location)
      const blocked = ended.get('jobs/totals.sql')!
      expect(blocked).toMatchObject({ problem: 'not within 30 s', nextRun: { kind: 'restore' } })
      expect(blocked.savepoint).toBeUndefined()
      expect(blocked.nextRun.location).toMatch(/chk-\d+$/)
      expect(ended.get('jobs/restarting.sql')).toMatchObject({ problem: 'the job is not running' })
    } finally {
      await client.end().catch(() => undefined)
    }
    await project.expectNoProcesses(0)
    await project.ok('up')
    expect(await project.ok('jobs', 'list')).toMatch(/totals\.sql +SUSPENDED/)
    expect(await project.ok('jobs', 'show', 'totals')).toMatch(
      /the last run was ended by `flinkts down` without a savepoint; resuming from \S+chk-\d+/,
    )
    for (const job of ['totals', 'copies']) await project.ok('run', `jobs/${job}.sql`, '--detach')
    await untilTotals(2 * HALF)
    await untilCopies(2 * HALF)
    await expectUndisturbed()
  },
  TEST_LIMIT_MS,
)

async function postgresAddress(): Promise<string> {
  const { services } = JSON.parse(await project.ok('status', '--json')) as {
    services: { name: string; address: string }[]
  }
  return services.find(({ name }) => name === 'postgres')!.address
}

interface ListedJob {
  readonly job: string
  readonly state: string
}

async function eventually(holds: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await holds())) if (performance.now() > deadline) throw new Error(`not within 60 s: ${what}`)
}

async function untilState(job: string, state: string): Promise<void> {
  await eventually(async () => {
    const lines = (await project.ok('jobs', 'list', '--json')).trimEnd().split('\n')
    return lines
      .map((line) => JSON.parse(line) as ListedJob)
      .some((found) => found.job === job && found.state === state)
  }, `${job} ${state}`)
}

/** So that the run after goes on behind these. */
async function untilCheckpointBehind(records: number): Promise<void> {
  interface Details {
    readonly lastSnapshot?: {
      readonly sources: readonly { readonly splits: readonly { readonly position: string }[] }[]
    }
  }
  await eventually(async () => {
    const { lastSnapshot } = JSON.parse(await project.ok('jobs', 'show', 'totals', '--json')) as Details
    const splits = (lastSnapshot?.sources ?? []).flatMap((source) => source.splits)
    return splits.reduce((sum, { position }) => sum + Number(position), 0) >= records
  }, `a checkpoint behind ${records} records`)
}

it('stops what runs whatever has become of its flinkts.yaml meanwhile', async () => {
  await project.ok('up')
  project.write('flinkts.yaml', 'services: [\n')
  const { code, stdout, stderr } = await project.run('down')
  expect(code, stderr).toBe(0)
  expect(stdout).toBe('Stopped.\n')
  await project.expectNoProcesses(0)
})

it('shows, stops and cancels jobs whatever has become of its flinkts.yaml meanwhile', async () => {
  for (const job of ['totals', 'copies']) await project.ok('run', `jobs/${job}.sql`, '--detach')
  await untilState('jobs/totals.sql', 'RUNNING')
  await untilState('jobs/copies.sql', 'RUNNING')
  project.write('flinkts.yaml', 'services: [\n')
  expect(await project.ok('logs', 'postgres')).toContain('LOG:')
  expect(await project.ok('logs')).toContain('session')
  expect(await project.ok('jobs', 'stop', 'totals')).toMatch(/^Stopped jobs\/totals\.sql with savepoint/)
  expect(await project.ok('jobs', 'cancel', 'copies')).toBe('Cancelled jobs/copies.sql.\n')
  expect(await project.ok('jobs', 'list')).toMatch(/totals\.sql +STOPPED/)
})
