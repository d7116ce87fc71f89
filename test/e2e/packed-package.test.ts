// As a new user: the packed package in an empty folder, and the commands of the README. Needs the package registry (or
// npm's cache) for the dependencies.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RunningCommand } from '../helpers/flinkts-command.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'flinkts-packed-'))
const app = join(folder, 'app')
const project = join(app, 'rides')

const npm = (cwd: string, ...args: string[]): string =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

function npx(cwd: string, ...args: string[]): RunningCommand {
  const child = spawn('npx', ['--no-install', 'flinkts', ...args], { cwd, stdio: 'pipe' })
  child.stdin.end()
  return new RunningCommand(child, `npx flinkts ${args.join(' ')}`)
}

async function output(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await npx(project, ...args).end()
  expect(code, stderr).toBe(0)
  return stdout
}

beforeAll(() => {
  npm(repository, 'pack', '--pack-destination', folder)
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))!
  mkdirSync(app)
  writeFileSync(join(app, 'package.json'), '{ "private": true }')
  npm(app, 'install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, tarball))
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
