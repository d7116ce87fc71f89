// Every template as a new user meets it: made by the packed package, its jobs run on produced events with embedded services,
// its tables looked into, its own tests run. Nothing is installed into the projects: vitest and the compiler are linked.
import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { installPacked, npm, npx, repository } from '../helpers/packed-package.ts'

const folder = mkdtempSync(join(tmpdir(), 'flinkts-templates-'))
let app: string
let project: string

/** What jobs leave in Postgres. Those of one outcome give the same: SQL and TypeScript. */
interface Outcome {
  readonly jobs: readonly string[]
  readonly table: string
  readonly sql: string
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

const outcomes: Readonly<Record<string, readonly Outcome[]>> = {
  taxi: [
    {
      jobs: ['hourly-revenue.sql', 'hourly-revenue.ts'],
      table: 'hourly_revenue',
      sql: 'SELECT count(*) AS rows, sum(trips) AS trips, round(sum(revenue)::numeric, 2) AS revenue FROM hourly_revenue',
      rows: [{ rows: 8112, trips: 10_000, revenue: 157_242.31 }],
    },
    {
      jobs: ['pass-through.sql'],
      table: 'trips',
      sql: 'SELECT count(*) AS rows, round(sum(total_amount)::numeric, 2) AS revenue FROM trips',
      rows: [{ rows: 10_000, revenue: 157_242.31 }],
    },
  ],
  clickstream: [
    {
      jobs: ['sessions.sql', 'sessions.ts'],
      table: 'sessions',
      sql: `SELECT count(*) AS sessions, sum(pages) AS pages, sum(seconds) AS seconds, max(pages) AS longest,
                   count(*) FILTER (WHERE is_bounce) AS bounces FROM sessions`,
      rows: [{ sessions: 65_125, pages: 300_000, seconds: 3_790_225, longest: 28, bounces: 24_541 }],
    },
    {
      jobs: ['page-views.sql'],
      table: 'page_views',
      sql: 'SELECT count(*) AS rows, sum(views) AS views, sum(users) AS users, max(views) AS most FROM page_views',
      rows: [{ rows: 1535, views: 300_000, users: 285_605, most: 10_229 }],
    },
  ],
  sensors: [
    {
      jobs: ['temperatures.sql'],
      table: 'temperatures',
      sql: `SELECT count(*) AS rows, sum(readings) AS readings, min(lowest) AS lowest, max(highest) AS highest,
                   round(sum(average)::numeric, 2) AS averages FROM temperatures`,
      rows: [{ rows: 546, readings: 600_000, lowest: 9.35, highest: 16.46, averages: 7040.53 }],
    },
    {
      jobs: ['alerts.ts'],
      table: 'alerts',
      sql: `SELECT sensor_id, kind, to_char(since, 'HH24:MI:SS.MS') AS since, to_char(until, 'HH24:MI:SS.MS') AS until
            FROM alerts ORDER BY since`,
      rows: [
        { sensor_id: 'sensor-12', kind: 'silence', since: '00:01:55.460', until: '00:04:58.892' },
        { sensor_id: 'sensor-38', kind: 'silence', since: '00:02:04.625', until: '00:03:49.102' },
        { sensor_id: 'sensor-14', kind: 'silence', since: '00:02:17.425', until: '00:03:40.411' },
        { sensor_id: 'sensor-26', kind: 'silence', since: '00:03:05.697', until: '00:04:31.270' },
        { sensor_id: 'sensor-20', kind: 'silence', since: '00:04:10.120', until: '00:07:54.402' },
      ],
    },
  ],
  orders: [
    {
      jobs: ['customer-accounts.sql', 'customer-accounts.ts'],
      table: 'customer_accounts',
      sql: `SELECT count(*) AS customers, sum(orders) AS orders, sum(payments) AS payments, sum(failed_payments) AS failed,
                   sum(ordered_amount) AS ordered, sum(paid_amount) AS paid, sum(open_amount) AS open FROM customer_accounts`,
      rows: [
        {
          customers: 19_857,
          orders: 100_000,
          payments: 76_183,
          failed: 3817,
          ordered: 16_476_684.68,
          paid: 12_575_434.31,
          open: 3_901_250.37,
        },
      ],
    },
  ],
  blank: [
    {
      jobs: ['copy.sql', 'copy.ts'],
      table: 'events',
      sql: "SELECT id, text, to_char(happened_at, 'HH24:MI:SS') AS at FROM events ORDER BY id",
      rows: [
        { id: 1, text: 'a stream is a table that never ends', at: '12:26:40' },
        { id: 2, text: 'a table is a stream at rest', at: '12:26:41' },
        { id: 3, text: 'write your own job here', at: '12:26:42' },
      ],
    },
  ],
}

async function flinkts(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await npx(project, ...args).end()
  expect(code, `flinkts ${args.join(' ')}\n${stdout}${stderr}`).toBe(0)
  return stdout
}

beforeAll(() => {
  app = installPacked(folder)
  for (const name of ['vitest', 'typescript'])
    symlinkSync(join(repository, 'node_modules', name), join(app, 'node_modules', name))
  for (const name of ['vitest', 'tsc'])
    symlinkSync(join(repository, 'node_modules', '.bin', name), join(app, 'node_modules', '.bin', name))
}, 300_000)
afterEach(async () => {
  await npx(project, 'down', '--volumes').end()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('lists them', async () => {
  project = app
  const { stdout } = await npx(app, 'init', '--list', '--json').end()
  expect((JSON.parse(stdout) as { name: string }[]).map(({ name }) => name)).toEqual(Object.keys(outcomes))
})

async function rowsOf(sql: string): Promise<unknown[]> {
  const text = await flinkts('query', sql, '--json')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown)
}

/** The commands that the project's CI types. */
function commandsOfCi(): string[][] {
  const workflow = parse(readFileSync(join(project, '.github', 'workflows', 'test.yml'), 'utf8')) as {
    jobs: { test: { steps: { run?: string }[] } }
  }
  const lines = workflow.jobs.test.steps.at(-1)!.run!.trim().split('\n')
  return lines.map((line) => {
    const words = [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word)
    expect(words.splice(0, 2)).toEqual(['npx', 'flinkts'])
    return words
  })
}

describe.each(Object.entries(outcomes))('%s', (template, expected) => {
  it('runs its jobs, in SQL and in TypeScript, and its tests', async () => {
    const made = await npx(app, 'init', `my-${template}`, '--template', template).end()
    expect(made.code, made.stderr).toBe(0)
    project = join(app, `my-${template}`)
    await flinkts('up')
    for (const args of commandsOfCi()) await flinkts(...args)
    const jobs = readdirSync(join(project, 'jobs')).filter((name) => name !== 'schemas.ts')
    expect(expected.flatMap(({ jobs }) => jobs).sort()).toEqual(jobs.sort())
    for (const { jobs, table, sql, rows } of expected) {
      for (const job of jobs) {
        await flinkts('query', `TRUNCATE ${table}`)
        await flinkts('run', `jobs/${job}`, '--until', 'now', '--fresh')
        expect(await rowsOf(sql), job).toEqual(rows)
      }
    }
    expect(npm(project, 'run', 'check')).not.toContain('error')
    expect(npm(project, 'test')).toMatch(/Tests +\d+ passed/)
  })
})

async function rowsOnce(sql: string, isEnough: (rows: readonly unknown[]) => boolean): Promise<readonly unknown[]> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const rows = await rowsOf(sql)
    if (isEnough(rows) || performance.now() > deadline) return rows
  }
}

it('sensors: what comes too late is dropped and counted, in SQL and in TypeScript', async () => {
  expect((await npx(app, 'init', 'late', '--template', 'sensors').end()).code).toBe(0)
  project = join(app, 'late')
  await flinkts('run', 'jobs/temperatures.sql', '--detach')
  await flinkts('run', 'jobs/alerts.ts', '--detach')
  await flinkts('produce', 'sensors', '--seed', '7', '--count', '60000', '--out-of-order', '5s')
  const later = ['--seed', '9', '--start', '2025-11-01T00:10:10Z', '--count', '50']
  await flinkts('produce', 'sensors', ...later, '--set', 'temperature=60')
  const jumps = "SELECT count(*) AS jumps FROM alerts WHERE kind = 'jump'"
  expect(await rowsOnce(jumps, ([row]) => (row as { jumps: number }).jumps > 0)).toEqual([{ jumps: 50 }])
  const readings = 'SELECT sum(readings) AS readings FROM temperatures'
  const atMost = 60_000
  expect(await rowsOnce(readings, ([row]) => (row as { readings: number }).readings === atMost)).toEqual([
    { readings: atMost },
  ])
  await flinkts('produce', 'sensors', '--seed', '8', '--count', '1000')
  const late = 'SELECT sum(readings) AS late FROM late_readings'
  expect(await rowsOnce(late, ([row]) => (row as { late: number | null }).late === 1000)).toEqual([{ late: 1000 }])
  const why = await flinkts('why', 'jobs/temperatures.sql')
  expect(why).toMatch(/1,000/)
  expect(await rowsOf(readings)).toEqual([{ readings: atMost }])
})
