// What a job goes on from belongs to a topic, a cluster, a database and a text of the job: each of them changed between two
// runs. The table ends as if nothing had happened, or the run is refused by name before anything is written.
import { rmSync } from 'node:fs'
import { Kafka, logLevel, Partitioners, type Admin } from 'kafkajs'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SessionStatus } from '../../src/services/session/session-protocol.ts'
import { TestProject, type Finished, type RunningCommand } from '../helpers/flinkts-command.ts'

interface Sale {
  readonly shop: number
  readonly cents: number
}

/** Sales `from` to `to`, of which each names another amount: one that is lost or counted twice is seen. */
const sales = (from: number, to: number): Sale[] =>
  Array.from({ length: to - from }, (_, index) => ({
    shop: (from + index) % 7,
    cents: 100 + (((from + index) * 37) % 9973),
  }))
const HALF = 1000
const firstHalf = sales(0, HALF)
const secondHalf = sales(HALF, 2 * HALF)
const allSales = [...firstHalf, ...secondHalf]
const toJson = ({ shop, cents }: Sale): string => JSON.stringify({ shop, amount: cents / 100 })

interface Total {
  readonly shop: number
  readonly sales: number
  readonly cents: number
}

/** What an undisturbed run leaves in the table. */
function totalsOf(all: readonly Sale[], centsOf = (before: number, cents: number): number => before + cents): Total[] {
  const totals = new Map<number, Total>()
  for (const { shop, cents } of all) {
    const before = totals.get(shop) ?? { shop, sales: 0, cents: 0 }
    totals.set(shop, { shop, sales: before.sales + 1, cents: centsOf(before.cents, cents) })
  }
  return [...totals.values()].sort((a, b) => a.shop - b.shop)
}

let project: TestProject
const jobOf = (name: string): string => `jobs/${name}.sql`
const salesJob = (name: string, options = ''): string => `
CREATE TABLE sales (shop INT, amount DECIMAL(10, 2)) WITH (
  'connector' = 'kafka', 'topic' = '${name}', 'properties.bootstrap.servers' = '\${KAFKA}',
  'scan.startup.mode' = 'earliest-offset', 'format' = 'json'${options}
);
CREATE TABLE totals (shop INT, sales BIGINT, amount DECIMAL(38, 2), PRIMARY KEY (shop) NOT ENFORCED) WITH (
  'connector' = 'jdbc', 'url' = '\${POSTGRES}', 'table-name' = '${name}', 'sink.buffer-flush.interval' = '50 ms'
);
INSERT INTO totals SELECT shop, COUNT(*), SUM(amount) FROM sales GROUP BY shop;`

/** One topic, table and job by this name each: tests share the project, not what they look at. */
const NAMES = ['range', 'cluster', 'grown', 'database', 'failed', 'changed'] as const
type Name = (typeof NAMES)[number]
const tableSql = (name: string): string =>
  `CREATE TABLE "${name}" (shop int PRIMARY KEY, sales bigint, amount numeric(38, 2));`

beforeAll(async () => {
  project = new TestProject({
    'flinkts.yaml': `services: embedded
topics:
${NAMES.map((name) => `  ${name}: { partitions: 1 }`).join('\n')}
postgres:
  sql: [tables.sql]
checkpoints:
  interval: 200ms
`,
    'tables.sql': `${NAMES.map(tableSql).join('\n')}
CREATE TABLE hundreds (hundred int PRIMARY KEY, sales bigint, amount numeric(38, 2));`,
    ...Object.fromEntries(NAMES.map((name) => [jobOf(name), salesJob(name)])),
  })
  await project.ok('up')
})
afterAll(() => project.remove())

const session = async (): Promise<SessionStatus> => JSON.parse(await project.ok('status', '--json')) as SessionStatus
const addressOf = ({ services }: SessionStatus, service: string): string =>
  services.find(({ name }) => name === service)!.address!

async function withKafka<T>(use: (kafka: Kafka, admin: Admin) => Promise<T>): Promise<T> {
  const kafka = new Kafka({ brokers: [addressOf(await session(), 'kafka')], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await use(kafka, admin)
  } finally {
    await admin.disconnect()
  }
}

/** Writes values as they are, the first to partition 0, the next to 1 and so on. */
const produce = (topic: string, values: readonly string[], partitions = 1): Promise<void> =>
  withKafka(async (kafka) => {
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await producer.connect()
    await producer.send({
      topic,
      messages: values.map((value, index) => ({ value, partition: index % partitions })),
    })
    await producer.disconnect()
  })

async function withPostgres<T>(use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: addressOf(await session(), 'postgres') })
  client.on('error', () => undefined) // a test kills the server
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function totalsIn(client: pg.Client, table: string): Promise<Total[]> {
  const { rows } = await client.query<Total>(
    `SELECT shop, sales::int AS sales, (amount * 100)::int AS cents FROM "${table}" ORDER BY shop`,
  )
  return rows
}

async function eventually<T>(look: () => Promise<T>, isIt: (value: T) => boolean, limitMs = 60_000): Promise<T> {
  const deadline = performance.now() + limitMs
  for (;;) {
    const value = await look()
    if (isIt(value)) return value
    if (performance.now() > deadline)
      throw new Error(`not within ${limitMs} ms: ${JSON.stringify(value).slice(0, 500)}`)
  }
}

async function expectTable(name: Name, expected: readonly Total[]): Promise<void> {
  expect(await withPostgres((client) => totalsIn(client, name))).toEqual(expected)
}

/** Waits until the table holds this, row by row. */
async function tableBecomes(name: Name, expected: readonly Total[]): Promise<void> {
  const wanted = JSON.stringify(expected)
  await withPostgres((client) =>
    eventually(
      () => totalsIn(client, name),
      (found) => JSON.stringify(found) === wanted,
    ),
  )
}

async function started(name: Name, ...flags: string[]): Promise<RunningCommand> {
  const command = project.start('run', jobOf(name), ...flags)
  await command.saw(/RUNNING/)
  return command
}

/** Waits until the table holds this, and stops: what was still on its way must not change it. Returns what was printed. */
async function finish(command: RunningCommand, name: Name, expected: readonly Total[]): Promise<string> {
  await tableBecomes(name, expected)
  command.signal('SIGINT')
  const { code, stdout, stderr } = await command.end()
  expect(code, stderr).toBe(0)
  await expectTable(name, expected)
  return stdout
}

/** Reads the first half, and ends with a savepoint at its end. */
async function stoppedAfterFirstHalf(name: Name): Promise<void> {
  await produce(name, firstHalf.map(toJson))
  expect(await finish(await started(name), name, totalsOf(firstHalf))).toContain('stopped with savepoint')
}

interface Checkpoints {
  readonly counts: { readonly completed: number; readonly in_progress: number }
}

const checkpoints = async (command: RunningCommand): Promise<Checkpoints> => {
  const [, jobId] = await command.saw(/submitted as job ([0-9a-f]{32})/)
  const { restAddress } = JSON.parse(project.read('.flinkts/session.json')) as { restAddress: string }
  return (await (await fetch(`${restAddress}/jobs/${jobId!}/checkpoints`)).json()) as Checkpoints
}

/** A checkpoint that began after this call is complete: of two more the second did. */
async function checkpointFromNowOn(command: RunningCommand): Promise<void> {
  const before = (await checkpoints(command)).counts.completed
  await eventually(
    () => checkpoints(command),
    ({ counts }) => counts.completed >= before + 2,
  )
}

function expectRefused({ code, stderr }: Finished, names: RegExp): void {
  expect(stderr).toMatch(names)
  expect(stderr).toMatch(/fix: .*--fresh/)
  expect(code).toBe(1)
}

/** To be refused is no leave to begin anew, and no new ending: every run says the same, with the same ways out. */
async function expectAlwaysRefused(name: Name, names: RegExp): Promise<void> {
  const first = await project.run('run', jobOf(name))
  expectRefused(first, names)
  expect(first.stdout).toContain('note: resuming from the savepoint of the last stop')
  expect(await project.ok('jobs', 'show', name)).toMatch(
    /STOPPED[^]*Started since.*, but refused before anything ran: /,
  )
  const again = await project.run('run', jobOf(name))
  const withoutIds = ({ stdout }: Finished): string => stdout.replaceAll(/[0-9a-f]{32}|\d+(\.\d+)? m?s\b/g, '…')
  expect(again.stderr).toBe(first.stderr)
  expect(withoutIds(again)).toBe(withoutIds(first))
}

describe('the topic', () => {
  it('records that were deleted before they were read are an error, never a silent reset; --fresh goes on', async () => {
    await stoppedAfterFirstHalf('range')
    await produce('range', secondHalf.map(toJson))
    const kept = 100
    await withKafka(async (_, admin) => {
      await admin.fetchTopicOffsets('range') // else kafkajs does not know the topic
      await admin.deleteTopicRecords({
        topic: 'range',
        partitions: [{ partition: 0, offset: String(2 * HALF - kept) }],
      })
    })
    const refused = /Error: range-0 does not hold offset 1000: it holds 1900 up to 2000.*\[KAFKA_OFFSET_OUT_OF_RANGE\]/
    expectRefused(await project.run('run', jobOf('range')), refused)
    expectRefused(await project.run('run', jobOf('range')), refused) // to be refused once is no leave to begin anew
    await expectTable('range', totalsOf(firstHalf))
    const fresh = await started('range', '--fresh')
    expect(await finish(fresh, 'range', totalsOf(allSales.slice(-kept)))).toContain('note: starting fresh, as asked')
  })

  it('partitions that were added are read from their beginning', async () => {
    await stoppedAfterFirstHalf('grown')
    await project.ok('topics', 'alter', 'grown', '--partitions', '3')
    await produce('grown', secondHalf.map(toJson), 3)
    expect(await finish(await started('grown'), 'grown', totalsOf(allSales))).toContain(
      'note: resuming from the savepoint of the last stop',
    )
  })
})

describe('the job', () => {
  it('that failed goes on from its last checkpoint once it can pass the bad record, and names that record', async () => {
    await produce('failed', firstHalf.map(toJson))
    const command = await started('failed')
    await tableBecomes('failed', totalsOf(firstHalf))
    await checkpointFromNowOn(command)
    await produce('failed', ['{"shop": 3, "amo', ...secondHalf.map(toJson)])
    const bad = /failed.*partition 0.*offset 1000.*\{"shop": 3, "amo/
    const first = await command.end()
    expect(first.stderr).toMatch(bad)
    expect(first.code).toBe(1)

    const note = /note: the last run failed: .*offset 1000.*; resuming from .*chk-\d+ \(--fresh begins anew\)/
    const again = await project.run('run', jobOf('failed'))
    expect(again.stdout).toMatch(note)
    expect(again.stderr).toMatch(bad)
    expect(again.code).toBe(1)

    project.write(jobOf('failed'), salesJob('failed', ", 'json.ignore-parse-errors' = 'true'"))
    expect(await finish(await started('failed'), 'failed', totalsOf(allSales))).toMatch(note)
  })

  it('that was changed, with --allow-non-restored-state, begins with empty state where the old one stopped', async () => {
    await stoppedAfterFirstHalf('changed')
    await produce('changed', secondHalf.map(toJson))
    project.write(jobOf('changed'), salesJob('changed').replace('SUM(amount)', 'MAX(amount)'))
    await expectAlwaysRefused(
      'changed',
      /Error: the changed job has no operator for .*\[CHECKPOINT_INCOMPATIBLE\][^]*fix: .*--allow-non-restored-state/,
    )
    await expectTable('changed', totalsOf(firstHalf))
    const command = await started('changed', '--allow-non-restored-state')
    expect(await finish(command, 'changed', totalsOf(secondHalf, Math.max))).toContain(
      'note: resuming from the savepoint of the last stop',
    )
  })
})

describe('the services', () => {
  it('another Kafka cluster with a topic of that name is refused; --fresh reads it', async () => {
    await stoppedAfterFirstHalf('cluster')
    await project.ok('down')
    rmSync(project.path('.flinkts/kafka'), { recursive: true })
    await project.ok('up')
    await produce('cluster', allSales.map(toJson))
    await expectAlwaysRefused(
      'cluster',
      /Error: .*does not belong to what '.*sales.*' reads now: "clusterId" was .*, is .*\[CHECKPOINT_INCOMPATIBLE\][^]*fix: .*--restore /,
    )
    await expectTable('cluster', totalsOf(firstHalf))
    await finish(await started('cluster', '--fresh'), 'cluster', totalsOf(allSales))
  })

  it('a database that was made anew is refused before anything is written to it; --fresh fills it', async () => {
    await stoppedAfterFirstHalf('database')
    await produce('database', secondHalf.map(toJson))
    await removePostgres()
    await project.ok('up')
    await expectAlwaysRefused(
      'database',
      /Error: .*does not belong to what '.*totals.*' writes to now: "system" was .*\[CHECKPOINT_INCOMPATIBLE\][^]*fix: .*--restore /,
    )
    await expectTable('database', [])
    await finish(await started('database', '--fresh'), 'database', totalsOf(allSales))
  })
})

async function removePostgres(): Promise<void> {
  await project.ok('down')
  const elsewhere = (() => {
    try {
      return project.read('.flinkts/postgres/location').trim()
    } catch {
      return undefined // it could work in the project's folder
    }
  })()
  if (elsewhere) rmSync(elsewhere, { recursive: true })
  rmSync(project.path('.flinkts/postgres'), { recursive: true })
}

/** Lines of the file; each hundred of them makes a row. */
const LINES = 100_000
const HUNDRED = 100
/** From this row on the table takes rows while advisory lock 1 is free, and the last one while lock 2 is. */
const GATED_ROW = 10
const LAST_ROW = LINES / HUNDRED - 1
const GATE_SQL = `CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM pg_advisory_xact_lock_shared(CASE WHEN NEW.hundred >= ${LAST_ROW} THEN 2 ELSE 1 END); RETURN NEW; END $$;
CREATE TRIGGER gate BEFORE INSERT OR UPDATE ON hundreds FOR EACH ROW WHEN (NEW.hundred >= ${GATED_ROW}) EXECUTE FUNCTION gate();`

it('a job on a file goes on at the line after a killed session', async () => {
  const lines = sales(0, LINES)
  project.write('lines.jsonl', lines.map((sale, index) => `{"line":${index},"amount":${sale.cents / 100}}\n`).join(''))
  project.write(
    'jobs/file.sql',
    `SET 'parallelism.default' = '1';
CREATE TABLE lines (line INT, amount DECIMAL(10, 2)) WITH ('connector' = 'filesystem', 'path' = 'lines.jsonl', 'format' = 'json');
CREATE TABLE hundreds (hundred INT, sales BIGINT, amount DECIMAL(38, 2), PRIMARY KEY (hundred) NOT ENFORCED) WITH (
  'connector' = 'jdbc', 'url' = '\${POSTGRES}', 'table-name' = 'hundreds', 'sink.buffer-flush.max-rows' = '100'
);
INSERT INTO hundreds SELECT hundred, COUNT(*), SUM(amount)
FROM (SELECT line / ${HUNDRED} AS hundred, amount FROM lines) GROUP BY hundred;`,
  )
  await project.ok('up')
  await withPostgres(async (client) => {
    await client.query(`${GATE_SQL} SELECT pg_advisory_lock(1), pg_advisory_lock(2)`)
    const { pid } = await session()
    const command = project.start('run', 'jobs/file.sql')
    // the first gate holds the job up until a checkpoint is under way, the second one keeps it from its end
    await eventually(
      () => checkpoints(command),
      ({ counts }) => counts.in_progress === 1,
    )
    await client.query('SELECT pg_advisory_unlock(1)')
    await eventually(
      () => checkpoints(command),
      ({ counts }) => counts.completed >= 1,
    )
    process.kill(pid, 'SIGKILL')
    expect((await command.end()).stderr).toContain('[SESSION_UNREACHABLE]')
  })

  await project.ok('up')
  const output = await project.ok('run', 'jobs/file.sql', '--report', 'report.json')
  expect(output).toMatch(/note: the last run ended in a crash; resuming from .*chk-\d+/)
  const { recordsIn } = JSON.parse(project.read('report.json')) as { recordsIn: number }
  expect(recordsIn).toBeGreaterThan(0)
  expect(recordsIn).toBeLessThan(LINES)
  const expected = totalsOf(lines.map(({ cents }, index) => ({ shop: Math.floor(index / HUNDRED), cents })))
  const { rows } = await withPostgres((client) =>
    client.query<Total>(
      'SELECT hundred AS shop, sales::int AS sales, (amount * 100)::int AS cents FROM hundreds ORDER BY hundred',
    ),
  )
  expect(rows).toEqual(expected)
})
