// What commands write where: results on standard output, notes on standard error, JSON that is nothing but JSON, exit
// codes, no prompts without a terminal.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestProject } from '../helpers/flinkts-command.ts'

let project: TestProject
beforeAll(async () => {
  project = TestProject.taxi()
  project.write(
    'bounded.sql',
    project
      .read('jobs/hourly-revenue.sql')
      .replace(`'earliest-offset',`, `'earliest-offset', 'scan.bounded.mode' = 'latest-offset',`),
  )
  await project.ok('up')
  await project.ok('produce', 'rides', '--file', 'data/trips.csv')
})
afterAll(() => project.remove())

it.each<[string, string[]]>([
  ['init', ['init']],
  ['up', ['up']],
  ['status', ['status']],
  ['topics list', ['topics', 'list']],
  ['topics create', ['topics', 'create', 'other']],
  ['topics alter', ['topics', 'alter', 'other', '--partitions', '2']],
  ['topics describe', ['topics', 'describe', 'other']],
  ['replay', ['replay', 'rides', '--from', 'earliest', '--into', 'other']],
  ['topics delete', ['topics', 'delete', 'other']],
  ['produce', ['produce', 'rides', '--generator', 'rides', '--count', '1']],
  ['consume', ['consume', 'rides', '--from', 'earliest', '--count', '3']],
  ['tables', ['tables']],
  [
    'query',
    ['query', "SELECT 1 AS one, 2::bigint AS two, 'x' AS x, NULL AS nothing, true AS yes, 'NaN'::float8 AS nan"],
  ],
  ['taskmanagers list', ['taskmanagers', 'list']],
  ['run', ['run', 'bounded.sql', '--fresh']],
])('%s --json prints JSON lines and nothing else', async (_name, args) => {
  const { code, stdout } = await project.run(...args, '--json')
  expect(code).toBe(0)
  const lines = stdout.trimEnd().split('\n')
  for (const line of lines) expect(() => JSON.parse(line) as unknown, line).not.toThrow()
  if (args[0] === 'query') {
    expect(JSON.parse(lines[0]!)).toEqual({ one: 1, two: 2, x: 'x', nothing: null, yes: true, nan: 'NaN' })
  }
})

describe('failures', () => {
  it.each<[string, string[], number]>([
    ['an unknown command', ['stauts'], 2],
    ['an unknown flag', ['status', '--verbos'], 2],
    ['a missing argument', ['run'], 2],
    ['a file that is not there', ['run', 'nowhere.sql'], 1],
    ['a topic that is not there', ['consume', 'nowhere', '--count', '1'], 1],
    ['SQL that Postgres refuses', ['query', 'SELEC 1'], 1],
    ['a template that is not there', ['init', 'x', '--template', 'nowhere'], 1],
    ['a generator that is not there', ['produce', 'rides', '--generator', 'nowhere'], 1],
  ])('%s: says so on standard error and exits with its code', async (_name, args, expected) => {
    const { code, stdout, stderr } = await project.run(...args)
    expect(code).toBe(expected)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/Error: /)
    expect(stderr).not.toMatch(/\n\s+at .*\.js:\d+/)
  })

  it('--json answers with the error as JSON', async () => {
    const { code, stdout } = await project.run('run', 'nowhere.sql', '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'FILE_NOT_FOUND', fix: expect.any(String) as string } })
  })
})

it('run --report writes exactly what it promises', async () => {
  await project.ok('run', 'bounded.sql', '--fresh', '--report', 'report.json')
  const report = JSON.parse(project.read('report.json')) as Record<string, unknown>
  expect(Object.keys(report)).toEqual([
    'job',
    'state',
    'durationMs',
    'recordsIn',
    'recordsOut',
    'recordsPerSecond',
    'lateRecordsDropped',
    'checkpoints',
    'peakRssBytes',
  ])
  expect(report).toMatchObject({
    job: 'bounded.sql',
    state: 'FINISHED',
    lateRecordsDropped: 0,
    checkpoints: { completed: expect.any(Number) as number, failed: 0 },
  })
  expect(report['recordsIn']).toBeGreaterThanOrEqual(10_000)
  expect(report['peakRssBytes']).toBeGreaterThan(10_000_000)
})

it('a pipe that closes early is no failure', async () => {
  const consume = project.start('consume', 'rides', '--from', 'earliest')
  await consume.saw(/PULocationID/)
  consume.child.stdout!.destroy()
  // all may have been written before: it is the next line that nobody takes
  await project.ok('produce', 'rides', '--count', '1')
  expect((await consume.end(10_000)).code).toBe(0)
})

it('a run whose reader has gone is stopped with a savepoint, as with Ctrl-C; one that looks on leaves the job', async () => {
  project.write(
    'endless.sql',
    `CREATE TABLE numbers (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '20');
CREATE TABLE printed (id BIGINT) WITH ('connector' = 'print');
INSERT INTO printed SELECT id FROM numbers;`,
  )
  const run = project.start('run', 'endless.sql')
  await run.saw(/\+I\[/)
  const attach = project.start('attach', 'endless')
  await attach.saw(/\+I\[/)
  attach.child.stdout!.destroy()
  const left = await attach.end(20_000)
  expect(left.code, left.stderr).toBe(0)
  expect(await project.ok('jobs', 'list')).toMatch(/endless\.sql +RUNNING/)
  run.child.stdout!.destroy()
  const stopped = await run.end(20_000)
  expect(stopped.code, stopped.stderr).toBe(0)
  expect(stopped.stderr).toContain('note: nobody reads the output any more: stopping with a savepoint')
  expect(await project.ok('jobs', 'list')).toMatch(/endless\.sql +STOPPED/)

  // as with 2>&1: nobody hears of that, either
  const unheard = project.start('run', 'endless.sql')
  await unheard.saw(/\+I\[/)
  unheard.child.stderr!.destroy()
  unheard.child.stdout!.destroy()
  expect((await unheard.end(20_000)).code).toBe(0)
  expect(await project.ok('jobs', 'list')).toMatch(/endless\.sql +STOPPED/)
})

it.each([
  'broker',
  'config',
  'consume',
  'demo',
  'down',
  'init',
  'produce',
  'query',
  'run',
  'sql',
  'status',
  'tables',
  'up',
  'taskmanagers kill',
  'taskmanagers list',
  'replay',
  'topics alter',
  'topics create',
  'topics delete',
  'topics describe',
  'topics list',
])('%s --help has a description and an example', async (command) => {
  const help = await project.ok(...command.split(' '), '--help')
  expect(help).toMatch(new RegExp(`EXAMPLES?\\n +\\$ flinkts ${command}`))
  expect(help).not.toMatch(/\| \]|\[default: \]/) // alternatives and defaults that say nothing
  expect(help).toContain('--json')
})
