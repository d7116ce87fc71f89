// A stop with drain by the real binary: windows that no watermark would ever have closed fire into Postgres, and the job is
// over for good.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestProject } from '../helpers/flinkts-command.ts'

const TEST_LIMIT_MS = 240_000
const TRIPS = 10_000

let project: TestProject
beforeAll(async () => {
  project = TestProject.taxi()
  await project.ok('up')
  await project.ok('produce', 'rides', '--file', 'data/trips.csv')
}, TEST_LIMIT_MS)
afterAll(() => project.remove())

async function totalTrips(): Promise<number> {
  const [row] = await project.query<{ total: number }>(
    'SELECT coalesce(sum(trips), 0)::int AS total FROM hourly_revenue',
  )
  return row!.total
}

async function untilRead(job: string): Promise<void> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const { report } = JSON.parse(await project.ok('jobs', 'show', job, '--json')) as { report?: { recordsIn: number } }
    if ((report?.recordsIn ?? 0) >= TRIPS) return
    if (performance.now() > deadline) throw new Error(`${job} did not read ${TRIPS} records within 60 s`)
  }
}

describe('jobs stop --drain', { timeout: TEST_LIMIT_MS }, () => {
  // of two subtasks one has no partition: it holds the watermark back, and nothing fires before the drain
  it.each([
    ['jobs/hourly-revenue.sql', 'jobs/hourly-revenue.sql', 'command'],
    ['jobs/hourly-revenue.ts', 'hourly-revenue', 'command'],
    ['jobs/hourly-revenue.sql', 'jobs/hourly-revenue.sql', 'STOP JOB'],
  ])('fires all windows of %s (%s) at parallelism 2: %s', async (job, name, how) => {
    await project.ok('query', 'TRUNCATE hourly_revenue')
    await project.ok('run', job, '--detach', '--parallelism', '2', '--fresh')
    await untilRead(name)
    expect(await totalTrips()).toBe(0)
    let savepoint: string
    if (how === 'command') {
      const { code, stdout, stderr } = await project.run('jobs', 'stop', name, '--drain')
      expect(code, stderr).toBe(0)
      expect(stderr).toContain(`note: draining ${name}: its windows fire, then it ends with a savepoint`)
      savepoint = /^Drained and stopped \S+ with savepoint (\S+)\.$/m.exec(stdout)![1]!
    } else {
      const jobs = await project.ok('sql', '--json', '-e', 'SHOW JOBS')
      const answer = await project.ok('sql', '-e', `STOP JOB '${idOf(jobs)}' WITH SAVEPOINT WITH DRAIN`)
      savepoint = /(\/\S+savepoint-\S+)/.exec(answer)![1]!
    }
    expect(await totalTrips()).toBe(TRIPS)
    const { state, nextRun } = JSON.parse(await project.ok('jobs', 'show', name, '--json')) as {
      state: string
      nextRun: { kind: string; say: string[] }
    }
    expect([state, nextRun.kind]).toEqual(['STOPPED', 'fresh'])
    expect(nextRun.say[0]).toContain(`the last run was drained, its windows are complete; starting fresh`)
    expect(await project.ok('savepoints', 'inspect', savepoint)).toMatch(/^Drained savepoint of /)

    const again = await project.run('run', job, '--detach', '--restore', savepoint)
    expect(again.code, again.stderr).toBe(0)
    expect(again.stderr).toContain('note: the savepoint was taken with drain: its windows have fired')
    await project.ok('jobs', 'cancel', name)
  })
})

/** Of the job that runs. */
function idOf(lines: string): string {
  return /"([0-9a-f]{32})"[^\n]*RUNNING/.exec(lines)![1]!
}
