// What a developer asks of a project besides running jobs: what holds, what was logged, what is wrong.
import { afterAll, expect, it } from 'vitest'
import { TestProject } from '../helpers/flinkts-command.ts'

const project = TestProject.taxi('parallelism: 1\n')
afterAll(() => project.remove())

interface Finding {
  readonly check: string
  readonly state: string
  readonly message: string
}

async function doctor(): Promise<{ code: number | null; findings: Finding[] }> {
  const { code, stdout } = await project.run('doctor', '--json')
  return { code, ...(JSON.parse(stdout) as { findings: Finding[] }) }
}

it('config says what holds, doctor finds nothing broken, before anything runs', async () => {
  expect(await project.ok('config')).toMatch(/^checkpoints\.interval +500ms +flinkts\.yaml:\d+$/m)
  const { code, findings } = await doctor()
  expect([code, findings.filter(({ state }) => state === 'broken')]).toEqual([0, []])
  expect(project.processes()).toEqual([])
})

it('logs show what services, the session and a job have said, while they run and afterwards', async () => {
  await project.ok('up')
  const following = project.start('logs', '--follow')
  await following.saw(/^session +\| .*REST API on/m)
  await project.ok('produce', 'rides', '--file', 'data/trips.csv')
  const run = project.start('run', 'jobs/hourly-revenue.sql', '--no-tui')
  await run.saw(/RUNNING/)
  run.signal('SIGINT')
  expect((await run.end()).code).toBe(0)
  await following.saw(/^jobs-hourly-revenue\.sql *\| .*savepoint/m)
  following.signal('SIGINT')
  expect((await following.end()).code).toBe(0)
  const { code, findings } = await doctor()
  expect(code).toBe(0)
  for (const check of ['kafka', 'postgres', 'session'])
    expect(findings).toContainEqual(expect.objectContaining({ check, state: 'ok' }))
  await project.ok('down')
  expect(await project.ok('logs', 'hourly-revenue')).toContain('savepoint')
  expect(await project.ok('logs', 'postgres', '--lines', '1')).toMatch(/database system is shut down/)
})

it('a .flinkts of another version is refused in one message, and is as it was once its own version is back', async () => {
  const stamp = project.read('.flinkts/version.json')
  project.write('.flinkts/version.json', '{"layout":99,"version":"99.0.0"}')
  const refused = await project.run('topics', 'list')
  expect(refused.code).toBe(1)
  expect(refused.stderr).toMatch(
    /written by flinkts 99\.0\.0.*\[STATE_FOLDER_INCOMPATIBLE\]\n {2}fix: go on with npx flinkts@99\.0\.0/,
  )
  expect((await doctor()).code).toBe(1)
  project.write('.flinkts/version.json', stamp)
  expect(await project.ok('topics', 'list')).toMatch(/rides +1 +10000/)
})
