// `run --from` and `--until` with the real binary on a real broker, with the restart rule in between.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestProject } from '../helpers/flinkts-command.ts'

const JOB = `
CREATE TABLE numbers (a INT, part INT METADATA FROM 'partition' VIRTUAL, place BIGINT METADATA FROM 'offset' VIRTUAL)
WITH ('connector' = 'kafka', 'topic' = 'numbers', 'properties.bootstrap.servers' = '\${KAFKA}', 'format' = 'json',
  'scan.startup.mode' = 'earliest-offset');
CREATE TABLE seen (part INT, place BIGINT) WITH ('connector' = 'print');
INSERT INTO seen SELECT part, place FROM numbers;`

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => `{"a":${from + index},"k":"k${index % 11}"}\n`).join('')

let project: TestProject
beforeAll(async () => {
  project = new TestProject({
    'flinkts.yaml': 'services: embedded\ntopics:\n  numbers:\n    partitions: 2\n    key: k\n',
    'jobs/numbers.sql': JOB,
    'jobs/batch.sql': `SET 'execution.runtime-mode' = 'batch';${JOB}`,
    'first.jsonl': lines(0, 300),
    'more.jsonl': lines(300, 400),
  })
  await project.ok('up')
  await project.ok('produce', 'numbers', '--file', 'first.jsonl')
})
afterAll(() => project.remove())

/** `part@offset` of each row, in order. */
const seen = (output: string): string[] =>
  [...output.matchAll(/^\+I\[(\d+), (\d+)\]/gm)].map(([, part, at]) => `${part!}@${at!}`).sort()
const range = (part: number, from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `${part}@${from + index}`)

it('reads exactly what is asked for, tells it and ends', async () => {
  const { code, stdout, stderr } = await project.run(
    'run',
    'jobs/batch.sql',
    '--from',
    'numbers:0=12,1=20',
    '--until',
    '0=15,1=20',
  )
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/^numbers\[0\] from 12 \(\d{4}-\d\d-\d\dT[\d:.]+Z\) until 15$/m)
  expect(stderr).toMatch(/^numbers\[1\] from 20 \(.*\) until 20$/m)
  expect(seen(stdout)).toEqual(range(0, 12, 15))
  expect(stdout).toMatch(/FINISHED/)
})

it('takes times, and tells it as JSON', async () => {
  const output = await project.ok('run', 'jobs/numbers.sql', '--from', '-1h', '--until', 'now', '--json')
  const told = output.split('\n').filter((line) => line.includes('"kind":"offsets"'))
  expect(told.map((line) => JSON.parse(line) as object)).toMatchObject([
    { job: 'jobs/numbers.sql', topic: 'numbers', partition: 0, from: { offset: 0, recordTime: expect.any(String) } },
    { job: 'jobs/numbers.sql', topic: 'numbers', partition: 1, from: { offset: 0 }, until: { recordTime: null } },
  ])
  expect(output.match(/"kind":"stdout"/g)).toHaveLength(300)
  const none = await project.ok('run', 'jobs/numbers.sql', '--from', 'now', '--until', 'now')
  expect(seen(none)).toEqual([])
})

it('ends a job that goes on from its savepoint, and says what is not restored where it begins elsewhere', async () => {
  const stopped = async (): Promise<string> => {
    const job = project.start('run', 'jobs/numbers.sql', '--no-tui', '--fresh')
    await job.saw(/(^\+I.*\n){300}/m)
    job.signal('SIGINT')
    return (await job.end()).stdout
  }
  await stopped()
  await project.ok('produce', 'numbers', '--file', 'more.jsonl')
  const { code, stdout, stderr } = await project.run('run', 'jobs/numbers.sql', '--until', 'now')
  expect(code, stderr).toBe(0)
  expect(stdout).toContain('resuming from the savepoint')
  expect(seen(stdout)).toHaveLength(100)

  await stopped()
  const elsewhere = await project.run('run', 'jobs/numbers.sql', '--from', 'earliest', '--until', 'numbers:0=3,1=2')
  expect(elsewhere.stdout).toMatch(/starting fresh, as asked \(what the last run left can be restored: --restore .*\)/)
  expect(seen(elsewhere.stdout)).toEqual([...range(0, 0, 3), ...range(1, 0, 2)].sort())
})

it('goes on where a job ended that has finished, and one that was stopped, by their group alone', async () => {
  const grouped = JOB.replace("'scan.startup", "'properties.group.id' = 'readers',\n  'scan.startup")
  project.write('jobs/grouped.sql', `SET 'execution.checkpointing.interval' = '1 h';${grouped}`)
  const readUntilNow = ['run', 'jobs/grouped.sql', '--until', 'now', '--fresh']
  const everything = seen(await project.ok(...readUntilNow)).length
  project.write('jobs/grouped.sql', grouped.replace('earliest-offset', 'group-offsets'))
  expect(seen(await project.ok(...readUntilNow))).toEqual([])

  project.write('one.jsonl', lines(400, 401))
  await project.ok('produce', 'numbers', '--file', 'one.jsonl')
  const job = project.start('run', 'jobs/grouped.sql', '--no-tui', '--fresh')
  await job.saw(/^\+I/m)
  job.signal('SIGINT')
  expect(seen((await job.end()).stdout)).toHaveLength(1)
  expect(seen(await project.ok(...readUntilNow))).toEqual([])
  expect(everything).toBeGreaterThanOrEqual(400)
})

it.each<[string[], RegExp]>([
  [['--from', 'elsewhere:0=1'], /--from names topic elsewhere, which the job does not read/],
  [['--from', '0=99999'], /numbers-0 does not hold offset 99999: it holds 0 up to \d+/],
  [['--from', 'committed'], /'committed' needs the consumer group/],
  [['--from', 'yesterday'], /'yesterday' is no offset/],
  [['--from', 'earliest', '--restore', 'x'], /--from=earliest cannot also be provided when using --restore/],
])('refuses %j', async (flags, message) => {
  const { code, stderr } = await project.run('run', 'jobs/numbers.sql', ...flags)
  expect(code).not.toBe(0)
  expect(stderr).toMatch(message)
})
