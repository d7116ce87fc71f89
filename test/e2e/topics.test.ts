// Topics as a user works with them: made, looked at, read, written again, and a broker that is killed meanwhile.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestProject } from '../helpers/flinkts-command.ts'

let project: TestProject
beforeAll(async () => {
  project = new TestProject({
    'flinkts.yaml':
      'services: embedded\nkafka: { configs: { log.retention.check.interval.ms: 100 } }\ntopics:\n  numbers: { partitions: 2, key: n }\n',
    'numbers.jsonl': lines(0, 500),
    'more.jsonl': lines(500, 1000),
    'read.sql': `
      CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'numbers', 'format' = 'json',
        'properties.bootstrap.servers' = '\${KAFKA}', 'scan.startup.mode' = 'earliest-offset');
      CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole');
      INSERT INTO nowhere SELECT n FROM numbers;`,
  })
  await project.ok('up')
  await project.ok('produce', 'numbers', '--file', 'numbers.jsonl')
})
afterAll(() => project.remove())

function lines(from: number, to: number): string {
  const at = Date.parse('2025-11-01T10:00:00Z')
  const texts = Array.from({ length: to - from }, (_, index) => {
    const n = from + index
    return JSON.stringify({ n, even: n % 2 === 0, at: new Date(at + n * 1000).toISOString() })
  })
  return `${texts.join('\n')}\n`
}

function numbersIn(text: string): number[] {
  const found = text.split('\n').filter((line) => line.startsWith('{'))
  return found.map((line) => (JSON.parse(line) as { n: number }).n).sort((a, b) => a - b)
}

const upTo = (end: number): number[] => Array.from({ length: end }, (_, n) => n)

interface Description {
  readonly partitions: { readonly partition: number; readonly latestOffset: number; readonly sizeBytes: number }[]
  readonly configs: Record<string, string>
  readonly readers: { readonly name: string; readonly state: string; readonly source: string; readonly lag: number }[]
}

const describeTopic = async (name: string): Promise<Description> =>
  JSON.parse(await project.ok('topics', 'describe', name, '--json')) as Description

test('consume reads a range, chooses records, and ends', async () => {
  expect(numbersIn(await project.ok('consume', 'numbers', '--until', 'now'))).toEqual(upTo(500))
  const filter = ['--filter', 'n >= 490 AND even']
  expect(numbersIn(await project.ok('consume', 'numbers', '--until', 'now', ...filter))).toEqual([
    490, 492, 494, 496, 498,
  ])
  const [record] = (await project.ok('consume', 'numbers', '--until', 'now', '--key', '7', '--json')).split('\n')
  expect(JSON.parse(record!)).toMatchObject({ key: '7', value: expect.stringContaining('"n":7') as string })
  const refused = await project.run('consume', 'numbers', '--until', 'now', '--filter', 'n >> 1')
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('at --filter:1:4\n  1 | n >> 1\n    |    ^')
})

test('the broker forgets as its configurations say', async () => {
  await project.ok('topics', 'create', 'forgetful', '--config', 'retention.ms=-1')
  await project.ok('produce', 'forgetful', '--file', 'numbers.jsonl', '--time-column', 'at')
  await project.ok('topics', 'alter', 'forgetful', '--config', 'retention.ms=3600000')
  await expect
    .poll(async () => project.ok('consume', 'forgetful', '--from', 'earliest', '--until', 'now'), { timeout: 10_000 })
    .toBe('')
})

test('a broker that is killed while consume reads: nothing twice, nothing lost', async () => {
  const consume = project.start('consume', 'numbers', '--from', 'earliest')
  await consume.saw(/"n":499,/)
  const broker = project.processes().find(({ command }) => command.includes('broker-process'))!
  process.kill(broker.pid, 'SIGKILL')
  await project.ok('produce', 'numbers', '--file', 'more.jsonl')
  await consume.saw(/"n":999,/)
  await expect.poll(() => numbersIn(consume.output).length).toBe(1000)
  consume.signal('SIGINT')
  const { code, stdout } = await consume.end()
  expect(code).toBe(0)
  expect(numbersIn(stdout)).toEqual(upTo(1000))
})

test('replay into another topic keeps every record where it was', async () => {
  await project.ok('topics', 'create', 'copy', '--partitions', '2')
  const printed = await project.ok('replay', 'numbers', '--from', 'earliest', '--into', 'copy', '--speed', 'max')
  expect(printed).toMatch(/^Wrote 1000 records of numbers to copy in /)
  const [source, target] = [await describeTopic('numbers'), await describeTopic('copy')]
  expect(target.partitions.map(({ latestOffset }) => latestOffset)).toEqual(
    source.partitions.map(({ latestOffset }) => latestOffset),
  )
  const shift = ['--shift-to', 'now', '--shift-field', 'at', '--filter', 'n = 1', '--speed', 'max']
  const before = Date.now()
  await project.ok('replay', 'numbers', '--from', 'earliest', '--into', 'copy', ...shift)
  const found = (await project.ok('consume', 'copy', '--until', 'now', '--filter', 'n = 1', '--json'))
    .trimEnd()
    .split('\n')
  const records = found.map((line) => JSON.parse(line) as { timestamp: number; value: string })
  expect(records).toHaveLength(2)
  expect(records[1]!.timestamp).toBeGreaterThanOrEqual(before - 1000)
  const distance = records[1]!.timestamp - records[0]!.timestamp
  expect(Date.parse((JSON.parse(records[1]!.value) as { at: string }).at)).toBe(
    Date.parse('2025-11-01T10:00:01Z') + distance,
  )
})

test('a replay that is stopped says how to go on', async () => {
  const replay = project.start('replay', 'numbers', '--from', 'earliest', '--into', 'copy', '--speed', '0.000001x')
  // the first record is due at once, the next one never
  await expect
    .poll(
      async () => (await describeTopic('copy')).partitions.reduce((sum, { latestOffset }) => sum + latestOffset, 0),
      {
        timeout: 20_000,
      },
    )
    .toBeGreaterThan(1001)
  replay.signal('SIGINT')
  const { code, stdout } = await replay.end()
  expect(code).toBe(130)
  expect(stdout).toMatch(
    /To go on:\n {2}flinkts replay numbers --from numbers:0=\d+,1=\d+ --until numbers:0=\d+,1=\d+ --into copy/,
  )
})

test("a job's lag: of where it is while it runs, of where its next run goes on when it was stopped", async () => {
  const job = project.start('run', 'read.sql', '--no-tui')
  await job.saw(/RUNNING/)
  const readers = async () => (await describeTopic('numbers')).readers
  const running = { name: 'read.sql', state: 'RUNNING', source: 'running', lag: 0 }
  await expect.poll(readers, { timeout: 30_000 }).toEqual([expect.objectContaining(running)])
  job.signal('SIGINT')
  await job.end()
  await project.ok('produce', 'numbers', '--file', 'more.jsonl')
  const stopped = { name: 'read.sql', state: 'STOPPED', source: 'checkpoint', lag: 500 }
  expect(await readers()).toEqual([expect.objectContaining(stopped)])
})

test('topics are altered and deleted; what cannot be is refused', async () => {
  await project.ok('topics', 'create', 'events', '--config', 'retention.ms=60000')
  expect((await project.run('topics', 'create', 'events')).stderr).toContain('[KAFKA_TOPIC_EXISTS]')
  await project.ok('topics', 'create', 'events', '--if-not-exists')
  await project.ok('topics', 'alter', 'events', '--partitions', '3', '--remove-config', 'retention.ms')
  const { partitions, configs } = await describeTopic('events')
  expect([partitions.length, configs]).toEqual([3, {}])
  const fewer = await project.run('topics', 'alter', 'events', '--partitions', '1')
  expect([fewer.code, fewer.stderr]).toEqual([1, expect.stringContaining('1 are fewer')])
  expect(await project.ok('topics', 'delete', 'events')).toBe('Deleted topic events.\n')
  expect((await project.run('topics', 'describe', 'event')).code).toBe(1)
})
