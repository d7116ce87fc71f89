// TypeScript jobs with the real binary: bundled, run in worker threads, SQL inside, errors at the user's line.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestProject } from '../helpers/flinkts-command.ts'

let project: TestProject
beforeAll(async () => {
  project = TestProject.taxi()
  await project.ok('up')
  await project.ok('produce', 'rides', '--file', 'data/trips.csv')
})
afterAll(() => project.remove())

const head = `import { job, json, kafka, print, schema, t } from 'flinkts'
export const Ride = schema({ PULocationID: t.int(), total_amount: t.double(), tpep_pickup_datetime: t.epochMillis() })
export const rides = kafka({ topic: 'rides', value: json(Ride), until: 'latest' })
`

it('gives the same table as the SQL job', async () => {
  const bounded = project.read('jobs/hourly-revenue.ts').replace("start: 'earliest'", "until: 'latest'")
  project.write('jobs/bounded.ts', bounded)
  await project.ok('run', 'jobs/bounded.ts', '--parallelism', '2')
  const totals = 'SELECT count(*), sum(trips), round(sum(revenue)) FROM hourly_revenue'
  const fromTypeScript = await project.ok('query', totals)
  const sql = project.read('jobs/hourly-revenue.sql')
  project.write('jobs/bounded.sql', sql.replace("'format'", "'scan.bounded.mode' = 'latest-offset', 'format'"))
  await project.ok('query', 'TRUNCATE hourly_revenue')
  await project.ok('run', 'jobs/bounded.sql')
  expect(fromTypeScript).toMatch(/ 10000 /)
  expect(await project.ok('query', totals)).toBe(fromTypeScript)
})

it('mixes functions and SQL', async () => {
  project.write(
    'jobs/mixed.ts',
    `${head}
export default job('mixed', (env) => {
  const dear = env.from(rides).filter((ride) => ride.total_amount > 60)
  env.sql\`CREATE TABLE top (zone INT, amount DOUBLE) WITH ('connector' = 'print')\`
  env.sql\`INSERT INTO top SELECT PULocationID, total_amount FROM \${dear} WHERE PULocationID < 100\`
})`,
  )
  const lines = (await project.ok('run', 'jobs/mixed.ts')).split('\n').filter((line) => line.startsWith('+I'))
  expect(lines.length).toBe(19)
  for (const line of lines) expect(line).toMatch(/^\+I\[\d{1,2}, \d{2,3}\.\d+\]$/)
})

it('fails with the place in the user’s file and the record', async () => {
  project.write(
    'jobs/broken.ts',
    `${head}
export default job('broken', (env) => {
  env.from(rides)
    .filter((ride) => {
      if (ride.PULocationID === 132) throw new RangeError('no such zone')
      return true
    })
    .sinkTo(print())
})`,
  )
  const { code, stderr } = await project.run('run', 'jobs/broken.ts')
  expect(code).toBe(1)
  expect(stderr).toMatch(/^Error: Filter\[3\] threw RangeError: no such zone\. The record: \{"PULocationID":132,/)
  expect(stderr).toContain('jobs/broken.ts:8:')
})

it('is refused with the place in the file before anything starts', async () => {
  project.write('jobs/imports.ts', `import { readFileSync } from 'node:fs'\nexport default readFileSync`)
  const { code, stderr } = await project.run('run', 'jobs/imports.ts')
  expect(code).toBe(1)
  expect(stderr).toMatch(/a job cannot import 'node:fs'/)
  expect(stderr).toContain('jobs/imports.ts:1:30')
})

it(
  'cancel says after 10 s that a function does not return; its thread is ended later',
  { timeout: 120_000 },
  async () => {
    project.write(
      'jobs/stuck.ts',
      `${head.replace(", until: 'latest'", ", start: 'earliest'")}
export default job('stuck', (env) => {
  env.from(rides)
    .filter(() => {
      for (;;) {}
    })
    .sinkTo(print())
}, { configuration: { 'task.cancellation.timeout': '14 s' } })`,
    )
    await project.ok('run', 'jobs/stuck.ts', '--detach')
    const startedAt = performance.now()
    const { code, stdout, stderr } = await project.run('jobs', 'cancel', 'stuck')
    const tookMs = performance.now() - startedAt
    expect(code, stderr).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain('note: cancelling stuck; waiting for its end (10 s at most)')
    expect(stderr).toMatch(
      /Error: stuck has been told to end, and has not ended after 10 s: a subtask still works {2}\[TASK_CANCELLATION_TIMEOUT\]\n {2}fix: Wait: after task\.cancellation\.timeout its thread is ended; `flinkts jobs show stuck` says when/,
    )
    expect(tookMs).toBeGreaterThan(10_000)
    expect(await project.ok('jobs', 'show', 'stuck')).toContain('CANCELLING')
    // the JobManager ends the thread; whoever waits longer sees the end
    const limit = performance.now() + 60_000
    while (!(await project.ok('jobs', 'show', 'stuck')).includes('CANCELED'))
      expect(performance.now()).toBeLessThan(limit)
    expect(await project.ok('logs', 'stuck')).toMatch(/does not end after its cancellation: ending the thread/)
  },
)
