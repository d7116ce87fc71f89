// As a new user: the packed package in an empty folder, and the commands of the README.
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { installPacked, npx } from '../helpers/packed-package.ts'

const folder = mkdtempSync(join(tmpdir(), 'flinkts-packed-'))
let app: string
let project: string
let lessons: string

async function outputIn(directory: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await npx(directory, ...args).end()
  expect(code, stderr).toBe(0)
  return stdout
}

const output = (...args: string[]): Promise<string> => outputIn(project, ...args)

beforeAll(() => {
  app = installPacked(folder)
  project = join(app, 'rides')
  lessons = join(app, 'lessons')
}, 300_000)
afterAll(async () => {
  for (const each of [project, lessons]) if (existsSync(each)) await npx(each, 'down', '--volumes').end()
  rmSync(folder, { recursive: true, force: true })
})

it('waits less than a minute in all from init to the first green check of the workshop', async () => {
  const startedMs = performance.now()
  await outputIn(app, 'init', 'first', '--template', 'blank')
  expect(await outputIn(app, 'workshop', 'start', '--folder', 'lessons')).toContain('01.1 Ten thousand rides')
  const learn = (...args: string[]): Promise<string> => outputIn(lessons, ...args)
  const red = await npx(lessons, 'workshop', 'check').end()
  expect(red).toMatchObject({ code: 1, stdout: expect.stringContaining('not yet') as unknown })
  // as the exercise's text says
  await learn('topics', 'create', 'log-rides', '--partitions', '3')
  await learn('produce', 'log-rides', '--file', 'data/trips.csv', '--key', 'PULocationID')
  await learn('topics', 'describe', 'log-rides')
  const jfk = await learn('consume', 'log-rides', '--from', 'earliest', '--until', 'now', '--key', '132', '--json')
  expect(jfk.trimEnd().split('\n')).toHaveLength(235)
  await learn('topics', 'create', 'log-more', '--partitions', '3')
  await learn('produce', 'log-more', '--file', 'data/trips.csv', '--key', 'PULocationID', '--count', '5000')
  await learn('topics', 'alter', 'log-more', '--partitions', '4')
  await learn('produce', 'log-more', '--file', 'data/trips.csv', '--key', 'PULocationID', '--count', '5000')
  const exercise = join('1-keys-and-partitions', 'answers.yaml')
  const shipped = join(app, 'node_modules', 'flinkts', 'workshops', '01-the-log')
  copyFileSync(join(shipped, 'solutions', exercise), join(lessons, '01-the-log', exercise))
  expect(await learn('workshop', 'check')).toContain('passed')
  const waitedSeconds = (performance.now() - startedMs) / 1000
  expect(waitedSeconds).toBeLessThan(60)
})

it('makes a project, runs its job, fills it and shows the result', async () => {
  expect((await npx(app, 'init', 'rides', '--template', 'taxi').end()).code).toBe(0)
  const run = npx(project, 'run', 'jobs/hourly-revenue.sql')
  await run.saw(/RUNNING/)
  expect(await output('produce', 'rides', '--file', 'data/trips.csv')).toMatch(/Wrote 10000 records to rides/)
  const best = 'SELECT * FROM hourly_revenue ORDER BY revenue DESC LIMIT 5'
  let table = ''
  for (let attempt = 0; attempt < 20 && !table.includes('(5 rows)'); attempt++) table = await output('query', best)
  expect(table).toMatch(/window_start +pulocationid +trips +revenue\n[- ]+\n(\d{4}-.*\n){5}\(5 rows\)/)
  expect(await output('status')).toMatch(/Kafka +127\.0\.0\.1:\d+\nPostgres +postgresql:\/\/.*\nREST +http/)
  expect(await output('topics', 'list')).toMatch(/rides +1 +10000/)
  expect(await output('tables')).toMatch(/hourly_revenue +\d+/)
  expect((await output('consume', 'rides', '--from', 'earliest', '--count', '5')).trimEnd().split('\n')).toHaveLength(5)
  expect(await output('down')).toContain('Stopped.')
  const { code, stdout } = await run.end()
  expect(stdout).toMatch(/stopped by `flinkts down` with savepoint /)
  expect(code).toBe(0)
})
