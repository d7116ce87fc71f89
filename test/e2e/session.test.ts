// One session per project: who starts it, who joins it, and that nothing stays behind however its users end.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SessionStatus } from '../../src/services/session/session-protocol.ts'
import { TestProject } from '../helpers/flinkts-command.ts'

const JOB = 'jobs/hourly-revenue.sql'

let project: TestProject
beforeEach(() => {
  project = TestProject.taxi()
})
afterEach(() => project.remove())

type Status = SessionStatus & { readonly running: boolean; readonly jobs: readonly { readonly name: string }[] }

async function status(): Promise<Status> {
  return JSON.parse(await project.ok('status', '--json')) as Status
}

const pidOf = (services: SessionStatus['services'], name: string): number =>
  services.find((service) => service.name === name)!.pid!

describe('services that are killed', () => {
  it('come back where they were, and the job goes on', async () => {
    await project.ok('up')
    const run = project.start('run', JOB)
    await run.saw(/RUNNING/)
    const before = await status()
    process.kill(pidOf(before.services, 'kafka'), 'SIGKILL')
    await run.saw(/note: kafka ended by itself: .*SIGKILL.*; starting it again/)
    await run.saw(/note: kafka is back/)
    process.kill(pidOf(before.services, 'postgres'), 'SIGKILL')
    await run.saw(/note: postgres is back/)
    const after = await status()
    expect(after.services.map(({ address }) => address)).toEqual(before.services.map(({ address }) => address))
    await project.ok('produce', 'rides', '--file', 'data/trips.csv')
    await project.queryUntil<{ count: number }>(
      'SELECT count(*)::int AS count FROM hourly_revenue',
      ([row]) => row!.count > 8000,
    )
    run.signal('SIGINT')
    expect((await run.end()).code).toBe(0)
  })

  it('end a command that needs them with the reason, when the session goes too', async () => {
    await project.ok('up')
    await project.ok('produce', 'rides', '--generator', 'rides', '--count', '1')
    const consume = project.start('consume', 'rides', '--from', 'earliest')
    await consume.saw(/PULocationID/)
    const { pid } = await status()
    process.kill(pid, 'SIGKILL')
    const { code, stderr } = await consume.end()
    expect(code).toBe(1)
    expect(stderr).toContain('[SESSION_UNREACHABLE]')
    await project.expectNoProcesses()
  })
})

describe('several commands', () => {
  it('started at once share one session, one broker and one Postgres', async () => {
    const commands = [
      project.start('up'),
      project.start('up'),
      project.start('topics', 'list'),
      project.start('tables'),
    ]
    const results = await Promise.all(commands.map((command) => command.end()))
    expect(results.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual([0, 0, 0, 0])
    const running = project.processes().map(({ command }) => command)
    expect(running.filter((command) => command.includes('session-process'))).toHaveLength(1)
    expect(running.filter((command) => command.includes('broker-process'))).toHaveLength(1)
    expect(running.filter((command) => /bin\/postgres -D /.test(command))).toHaveLength(1)
  })

  it('later ones join the session that runs, and see its job', async () => {
    const run = project.start('run', JOB)
    await run.saw(/RUNNING/)
    const seen = await status()
    expect(seen).toMatchObject({ running: true, jobs: [{ name: JOB, state: 'RUNNING' }] })
    expect(await project.ok('status')).toMatch(/Job +jobs\/hourly-revenue\.sql RUNNING for /)
    const again = await project.run('run', JOB)
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('is already running')
    run.signal('SIGINT')
    await run.end()
  })
})

describe('down', () => {
  it('while a job runs stops it with a savepoint, says so to its command, and the next run goes on from there', async () => {
    const run = project.start('run', JOB)
    await run.saw(/RUNNING/)
    const said = await project.ok('down')
    const [, savepoint] = /Stopped .*hourly-revenue.* with savepoint (\S+)\.\nStopped\.\n/.exec(said)!
    await project.expectNoProcesses(0)
    const { code, stdout } = await run.end()
    expect(code).toBe(0)
    expect(stdout).toContain(`stopped by \`flinkts down\` with savepoint ${savepoint!}; the next run goes on from it`)
    const next = project.start('run', JOB)
    await next.saw(/note: resuming from the savepoint of the last stop/)
    expect(next.output).toContain(savepoint)
    next.signal('SIGINT')
    await next.end()
    expect(await project.ok('down')).toMatch(/Stopped|Nothing was up/)
  })

  it('--volumes takes no savepoint, and its command hears that the session ended', async () => {
    const run = project.start('run', JOB)
    await run.saw(/RUNNING/)
    expect(JSON.parse(await project.ok('down', '--volumes', '--json'))).toEqual({
      stopped: true,
      volumesRemoved: true,
      jobs: [],
    })
    const { code, stderr } = await run.end()
    expect(code).toBe(1)
    expect(stderr).toContain(`the session ended while ${JOB} was running`)
  })

  it('--volumes removes topics, tables and checkpoints, and keeps the project', async () => {
    await project.ok('produce', 'rides', '--generator', 'rides', '--count', '5')
    await project.ok('tables')
    expect(await project.ok('down', '--volumes')).toContain('Data removed.')
    for (const folder of ['kafka', 'postgres', 'jobs'])
      expect(existsSync(project.path(`.flinkts/${folder}`))).toBe(false)
    expect(existsSync(project.path(JOB))).toBe(true)
    expect(await project.ok('topics', 'list')).toMatch(/rides +1 +0 /)
  })
})

describe('Ctrl-C', () => {
  it.each([100, 300, 500, 700, 900, 1200, 1600, 2200])('after %d ms leaves no process and no lock', async (afterMs) => {
    const run = project.start('run', JOB)
    await delay(afterMs)
    run.signal('SIGINT')
    await run.end(20_000)
    await project.expectNoProcesses(20_000)
    expect(existsSync(project.path('.flinkts/session.json'))).toBe(false)
    expect(existsSync(project.path('.flinkts/session/.lock'))).toBe(false)
  })
})

it('notes in its log when it starts, what it did and why it stops', async () => {
  await project.ok('topics', 'list')
  await project.expectNoProcesses()
  const log = readFileSync(project.path('.flinkts/logs/session.log'), 'utf8')
  expect(log).toMatch(/^\S+Z REST API on http:\/\/127\.0\.0\.1:\d+$/m)
  expect(log).toMatch(/^\S+Z stopping: nobody uses it$/m)
})

describe.runIf(process.getuid?.() === 0)('as root', () => {
  it('works in a folder that only root can enter', async () => {
    const home = join('/root', `flinkts-e2e-${process.pid}`)
    mkdirSync(home, { mode: 0o700 })
    const hidden = new TestProject({ 'flinkts.yaml': 'topics: { rides: {} }\n' }, {}, home)
    try {
      expect(await hidden.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
    } finally {
      await hidden.remove()
      rmSync(home, { recursive: true, force: true })
    }
  })
})
