// How a job ended decides how its next run begins; whatever happened, the upserted table ends as if nothing had.
import { readdirSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestProject, type RunningCommand } from '../helpers/flinkts-command.ts'

const JOB = 'jobs/hourly-revenue.sql'
const HALF = 5000
const HOUR_MS = 3_600_000

interface HourlyRevenue {
  readonly start: number
  readonly zone: number
  readonly trips: number
  readonly revenue: number
}

let project: TestProject
let header: string
let trips: string[]
beforeEach(() => {
  project = TestProject.taxi()
  ;[header, ...trips] = project.read('data/trips.csv').trimEnd().split('\n') as [string, ...string[]]
  project.write('first.csv', [header, ...trips.slice(0, HALF)].join('\n'))
  project.write('second.csv', [header, ...trips.slice(HALF)].join('\n'))
})
afterEach(() => project.remove())

/** What the windows that fired hold, computed plainly: trips come in order, the watermark is 5 s behind the last. */
function expectedHours(lines: readonly string[]): HourlyRevenue[] {
  const names = header.split(',')
  const column = (cells: string[], name: string): number => Number(cells[names.indexOf(name)])
  const hours = new Map<string, HourlyRevenue>()
  let last = 0
  for (const line of lines) {
    const cells = line.split(',')
    const at = column(cells, 'tpep_pickup_datetime')
    const [start, zone] = [at - (at % HOUR_MS), column(cells, 'PULocationID')]
    const before = hours.get(`${start}/${zone}`) ?? { start, zone, trips: 0, revenue: 0 }
    const revenue = before.revenue + column(cells, 'total_amount')
    hours.set(`${start}/${zone}`, { start, zone, trips: before.trips + 1, revenue })
    last = Math.max(last, at)
  }
  return [...hours.values()].filter(({ start }) => start + HOUR_MS - 1 <= last - 5001)
}

const TABLE_SQL = `SELECT (extract(epoch FROM window_start) * 1000)::bigint AS start, pulocationid AS zone, trips, revenue FROM hourly_revenue`

/** Waits for the windows of all trips, then compares every row. */
async function expectUndisturbed(): Promise<void> {
  const expected = expectedHours(trips)
  const total = expected.reduce((sum, hour) => sum + hour.trips, 0)
  await project.queryUntil<{ total: number }>(
    'SELECT coalesce(sum(trips), 0)::int AS total FROM hourly_revenue',
    ([row]) => row!.total >= total,
  )
  const key = ({ start, zone }: HourlyRevenue): string => `${start}/${zone}`
  const actual = new Map((await project.query<HourlyRevenue>(TABLE_SQL)).map((hour) => [key(hour), hour]))
  expect(actual.size).toBe(expected.length)
  for (const hour of expected) {
    const found = actual.get(key(hour))!
    expect(found.trips).toBe(hour.trips)
    expect(Math.abs(found.revenue - hour.revenue)).toBeLessThan(1e-9 * Math.max(1, Math.abs(hour.revenue)))
  }
}

interface RunningJob {
  readonly command: RunningCommand
  readonly sessionPid: number
  readonly restAddress: string
  readonly jobId: string
}

/** The job runs, has read what is there, and has a checkpoint that knows it. */
async function startedJob(records: number, ...flags: string[]): Promise<RunningJob> {
  const command = project.start('run', JOB, ...flags)
  const [, jobId] = (await command.saw(/submitted as job ([0-9a-f]{32})/)) as unknown as [string, string]
  const { pid, restAddress } = JSON.parse(project.read('.flinkts/session.json')) as { pid: number; restAddress: string }
  const read = async <T>(path: string): Promise<T> => (await (await fetch(restAddress + path)).json()) as T
  interface Job {
    vertices: { metrics: { 'read-records': number; 'write-records': number } }[]
  }
  await eventually(async () => {
    const { vertices } = await read<Job>(`/jobs/${jobId}`)
    return (
      (vertices[0]?.metrics['write-records'] ?? 0) >= records || (vertices[0]?.metrics['read-records'] ?? 0) >= records
    )
  })
  const completed = async (): Promise<number> =>
    (await read<{ counts: { completed: number } }>(`/jobs/${jobId}/checkpoints`)).counts.completed
  const before = await completed()
  await eventually(async () => (await completed()) >= before + 2)
  return { command, sessionPid: pid, restAddress, jobId }
}

async function eventually(holds: () => Promise<boolean>, limitMs = 60_000): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await holds()))
    if (performance.now() > deadline) throw new Error(`not within ${limitMs} ms: ${String(holds)}`)
}

const checkpointsOf = (jobId: string): string[] => {
  const jobs = project.path('.flinkts/jobs')
  const folder = join(jobs, readdirSync(jobs)[0]!, 'checkpoints', jobId)
  return readdirSync(folder)
    .filter((name) => name.startsWith('chk-'))
    .sort((a, b) => Number(b.slice(4)) - Number(a.slice(4)))
    .map((name) => join(folder, name))
}

/** Runs the job until the table is complete, then stops it; returns what the run printed. */
async function finishRun(...flags: string[]): Promise<string> {
  const command = project.start('run', JOB, ...flags)
  await command.saw(/RUNNING/)
  await expectUndisturbed()
  command.signal('SIGINT')
  const { code, stdout } = await command.end()
  expect(code).toBe(0)
  return stdout
}

describe('after a crash', () => {
  it('a killed session leaves nothing running, and the next run goes on from the last checkpoint', async () => {
    await project.ok('produce', 'rides', '--file', 'first.csv')
    const { command, sessionPid } = await startedJob(HALF)
    process.kill(sessionPid, 'SIGKILL')
    const { code, stderr } = await command.end()
    expect(code).toBe(1)
    expect(stderr).toContain('[SESSION_UNREACHABLE]')
    await project.expectNoProcesses()
    await project.ok('produce', 'rides', '--file', 'second.csv')
    expect(await finishRun()).toMatch(/note: the last run ended in a crash; resuming from .*chk-\d+/)
  })

  it('a killed client counts as a crash of its job', async () => {
    await project.ok('produce', 'rides', '--file', 'first.csv')
    const { command } = await startedJob(HALF)
    command.signal('SIGKILL')
    await command.end()
    await project.expectNoProcesses()
    await project.ok('produce', 'rides', '--file', 'second.csv')
    expect(await finishRun()).toMatch(/note: the last run ended in a crash; resuming from .*chk-\d+/)
  })

  it.each(['a truncated state file', 'a damaged manifest'])(
    '%s: falls back to the checkpoint before, and says so',
    async (damage) => {
      await project.ok('produce', 'rides', '--file', 'first.csv')
      const { command, jobId, sessionPid } = await startedJob(HALF)
      process.kill(sessionPid, 'SIGKILL')
      await command.end()
      const [newest, older] = checkpointsOf(jobId).filter((folder) => readdirSync(folder).includes('_metadata'))
      expect(older).toBeDefined()
      const file = damage.includes('manifest')
        ? '_metadata'
        : readdirSync(newest!)
            .filter((name) => name.endsWith('.state'))
            .sort((a, b) => size(newest!, b) - size(newest!, a))[0]!
      truncateSync(join(newest!, file), Math.floor(size(newest!, file) / 2))
      await project.ok('produce', 'rides', '--file', 'second.csv')
      const output = await finishRun()
      expect(output).toMatch(/note: checkpoint .* cannot be used: .*; falling back to the checkpoint before it/)
      expect(output).toContain(`resuming from ${older!}`)
    },
  )
})

it('a TaskManager killed under load: the job restarts within its back-off, and the table ends right', async () => {
  await project.ok('up')
  await project.ok('produce', 'rides', '--file', 'first.csv')
  const { command, jobId, restAddress } = await startedJob(HALF)
  const load = project.start('produce', 'rides', '--file', 'second.csv', '--rate', '2500')
  load.child.stdin!.end()
  const listed = (await project.ok('taskmanagers', 'list', '--json')).trimEnd().split('\n')
  const busy = listed
    .map((line) => JSON.parse(line) as { id: string; slots: number; freeSlots: number })
    .find(({ slots, freeSlots }) => freeSlots < slots)!
  await project.ok('taskmanagers', 'kill', busy.id)
  const killedAt = performance.now()
  const [, backOffMs] = await command.saw(new RegExp(`note: the thread of ${busy.id} ended.*: restart in (\\d+) ms`))
  await eventually(async () => {
    const { state } = (await (await fetch(`${restAddress}/jobs/${jobId}`)).json()) as { state: string }
    return state === 'RUNNING'
  })
  expect(performance.now() - killedAt - Number(backOffMs)).toBeLessThan(10_000)
  expect((await load.end()).code).toBe(0)
  await expectUndisturbed()
  command.signal('SIGINT')
  expect((await command.end()).code).toBe(0)
})

const size = (folder: string, name: string): number => readFileSync(join(folder, name)).length

describe('Ctrl-C', () => {
  it('stops with a savepoint, from which the next run goes on; --fresh does not', async () => {
    await project.ok('produce', 'rides', '--file', 'first.csv')
    const { command } = await startedJob(HALF)
    command.signal('SIGINT')
    const { code, stdout } = await command.end()
    expect(code).toBe(0)
    const [, savepoint] = /note: stopped with savepoint (\S+); the next run goes on from it/.exec(stdout)!
    await project.ok('produce', 'rides', '--file', 'second.csv')
    expect(await finishRun()).toContain(`note: resuming from the savepoint of the last stop, ${savepoint!}`)
    expect(await finishRun('--fresh')).toContain('note: starting fresh, as asked')
    expect(await finishRun('--restore', savepoint!)).toContain(`note: restoring from ${savepoint!}`)
  })

  it('twice ends at once: a crash, from which the next run resumes', async () => {
    await project.ok('up')
    await project.ok('produce', 'rides', '--file', 'first.csv')
    const { command } = await startedJob(HALF)
    const { services } = JSON.parse(await project.ok('status', '--json')) as {
      services: { name: string; address: string }[]
    }
    const client = new pg.Client({ connectionString: services.find(({ name }) => name === 'postgres')!.address })
    await client.connect()
    try {
      // no savepoint can complete as long as the sink cannot write
      await client.query('BEGIN; LOCK TABLE hourly_revenue IN ACCESS EXCLUSIVE MODE')
      await project.ok('produce', 'rides', '--file', 'second.csv')
      command.signal('SIGINT')
      await command.saw(/stopping with a savepoint; Ctrl-C again leaves at once/)
      command.signal('SIGINT')
      expect((await command.end(5000)).code).toBe(130)
    } finally {
      await client.end()
    }
    expect(await finishRun()).toMatch(/note: the last run ended in a crash; resuming from .*chk-\d+/)
  })
})

describe('other endings', () => {
  it('a cancelled job begins afresh and says what could be restored', async () => {
    await project.ok('produce', 'rides', '--file', 'first.csv')
    const { command, restAddress, jobId } = await startedJob(HALF)
    await fetch(`${restAddress}/jobs/${jobId}`, { method: 'PATCH' })
    expect((await command.end()).stdout).toContain('CANCELED')
    await project.ok('produce', 'rides', '--file', 'second.csv')
    expect(await finishRun()).toMatch(
      /note: the last run was cancelled; starting fresh \(its last checkpoint can be restored: --restore .*chk-\d+\)/,
    )
  })

  it('a finished job begins afresh and warns where an append sink has its rows already', async () => {
    await project.ok('produce', 'rides', '--file', 'first.csv')
    const bounded = project
      .read('jobs/pass-through.sql')
      .replace(`'earliest-offset',`, `'earliest-offset', 'scan.bounded.mode' = 'latest-offset',`)
    project.write('jobs/bounded.sql', bounded)
    expect(await project.ok('run', 'jobs/bounded.sql')).not.toContain('note:')
    expect(await project.ok('run', 'jobs/bounded.sql')).toContain(
      "note: the last run finished: what this run reads again is added to 'trips' again",
    )
    expect(await project.query('SELECT count(*)::int AS count FROM trips')).toEqual([{ count: 2 * HALF }])
  })

  it('a topic that was made anew under a resumable job is refused by name', async () => {
    await project.ok('up')
    await project.ok('produce', 'rides', '--file', 'first.csv')
    const { command } = await startedJob(HALF)
    command.signal('SIGINT')
    await command.end()
    await project.ok('topics', 'delete', 'rides')
    await project.ok('topics', 'create', 'rides')
    const { code, stderr } = await project.run('run', JOB)
    expect(code).toBe(1)
    expect(stderr).toContain('[CHECKPOINT_INCOMPATIBLE]')
    expect(stderr).toMatch(/Error: .*rides/)
    expect(stderr).toMatch(/fix: .*--fresh/)
  })

  it('a table that was made anew under a resumable job is refused by name, before anything is written to it', async () => {
    await project.ok('up')
    await project.ok('produce', 'rides', '--file', 'first.csv')
    const { command } = await startedJob(HALF)
    command.signal('SIGINT')
    await command.end()
    const tables = project.read('sql/tables.sql')
    await project.query(`DROP TABLE hourly_revenue; ${/CREATE TABLE[^;]*hourly_revenue[^;]*;/.exec(tables)![0]}`)
    const { code, stderr } = await project.run('run', JOB)
    expect(code).toBe(1)
    expect(stderr).toContain('[CHECKPOINT_INCOMPATIBLE]')
    expect(stderr).toMatch(/Error: .*does not belong to what '.*hourly_revenue.*' writes to now/)
    expect(stderr).toMatch(/fix: .*--fresh/)
    expect(await project.query('SELECT count(*)::int AS count FROM hourly_revenue')).toEqual([{ count: 0 }])
  })

  it('a changed job that has no place for the state is refused, and runs without it when told so', async () => {
    await project.ok('up')
    await project.ok('produce', 'rides', '--file', 'first.csv')
    const { command } = await startedJob(HALF)
    command.signal('SIGINT')
    await command.end()
    const before = project.read(JOB)
    project.write(JOB, before.replace(/INTERVAL '1' HOUR/, "INTERVAL '2' HOUR"))
    expect(project.read(JOB)).not.toBe(before)
    const { code, stderr } = await project.run('run', JOB)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /Error: the changed job has no operator for .* of 'WindowAggregate.*\[CHECKPOINT_INCOMPATIBLE\]/,
    )
    expect(stderr).toContain('--allow-non-restored-state')
    const allowed = project.start('run', JOB, '--allow-non-restored-state')
    await allowed.saw(/RUNNING/)
    allowed.signal('SIGINT')
    expect((await allowed.end()).code).toBe(0)
  })

  it('a crash without a checkpoint interval says that nothing could be restored', async () => {
    project.write('flinkts.yaml', project.read('flinkts.yaml').replace(/checkpoints:[^]*?(?=\n\S|$)/, ''))
    await project.ok('up')
    await project.ok('produce', 'rides', '--file', 'first.csv')
    await project.ok('produce', 'rides', '--file', 'second.csv')
    const command = project.start('run', JOB)
    await command.saw(/RUNNING/)
    command.signal('SIGKILL')
    await command.end()
    expect(await finishRun()).toMatch(
      /note: the last run ended in a crash without checkpoints .*: nothing could be restored, starting fresh/,
    )
  })
})
