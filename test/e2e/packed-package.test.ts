// As a new user: the packed package in an empty folder, and the commands of the README.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { installPacked, npx } from '../helpers/packed-package.ts'

const folder = mkdtempSync(join(tmpdir(), 'flinkts-packed-'))
let app: string
let project: string

async function output(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await npx(project, ...args).end()
  expect(code, stderr).toBe(0)
  return stdout
}

beforeAll(() => {
  app = installPacked(folder)
  project = join(app, 'rides')
}, 300_000)
afterAll(async () => {
  if (existsSync(project)) await npx(project, 'down', '--volumes').end()
  rmSync(folder, { recursive: true, force: true })
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
