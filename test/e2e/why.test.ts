// `flinkts why` on the states that people ask about, each made with real topics and tables.
import { Client } from 'pg'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SessionStatus } from '../../src/services/session/session-protocol.ts'
import type { WhyAnswer } from '../../src/services/why/why-question.ts'
import { TestProject } from '../helpers/flinkts-command.ts'

const LIMIT_MS = 30_000

let project: TestProject
let kafka: Kafka
let postgresUrl: string
beforeAll(async () => {
  project = TestProject.taxi()
  const { services } = JSON.parse(await project.ok('up', '--json')) as SessionStatus
  const address = (service: string): string => services.find(({ name }) => name === service)!.address!
  kafka = new Kafka({ brokers: [address('kafka')], logLevel: logLevel.NOTHING })
  postgresUrl = address('postgres')
})
afterAll(() => project.remove())

async function produce(topic: string, messages: readonly { partition: number; value: string }[]): Promise<void> {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  await producer.send({ topic, messages: [...messages] })
  await producer.disconnect()
}

async function why(...args: string[]): Promise<WhyAnswer> {
  return JSON.parse(await project.ok('why', ...args, '--json')) as WhyAnswer
}

/** Asks until the first finding says so: what is asked about takes a moment to come. */
async function saysFirst(pattern: RegExp, ...args: string[]): Promise<WhyAnswer['findings'][number]> {
  const deadline = performance.now() + LIMIT_MS
  for (;;) {
    const { findings } = await why(...args)
    if (pattern.test(findings[0]!.text)) return findings[0]!
    if (performance.now() > deadline) throw new Error(`not ${pattern}:\n${JSON.stringify(findings, undefined, 2)}`)
  }
}

const ride = (time: string, zone = 1) =>
  JSON.stringify({ zone, amount: 2.5, happened: Date.parse(`2025-11-01T${time}Z`) })

const ridesTable = (topic: string): string => `
CREATE TABLE rides (
  zone INT, amount DOUBLE, happened BIGINT, ts AS TO_TIMESTAMP_LTZ(happened, 3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka', 'topic' = '${topic}', 'properties.bootstrap.servers' = '\${KAFKA}',
  'scan.startup.mode' = 'earliest-offset', 'format' = 'json'
);`

const hourly = (topic: string, table: string): string => `
SET 'execution.checkpointing.interval' = '1 s';
${ridesTable(topic)}
CREATE TABLE hourly (window_start TIMESTAMP(3), zone INT, trips BIGINT, PRIMARY KEY (window_start, zone) NOT ENFORCED)
WITH ('connector' = 'jdbc', 'url' = '\${POSTGRES}', 'table-name' = '${table}');
INSERT INTO hourly SELECT window_start, zone, COUNT(*)
FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, zone;`

async function withTable<T>(use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(postgresUrl)
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

async function startHourly(name: string, partitions: number): Promise<void> {
  await project.ok('topics', 'create', name, '--partitions', String(partitions))
  await withTable((client) =>
    client.query(
      `CREATE TABLE ${name} (window_start timestamp, zone int, trips bigint, PRIMARY KEY (window_start, zone))`,
    ),
  )
  project.write(`jobs/${name}.sql`, hourly(name, name))
  await project.ok('run', `jobs/${name}.sql`, '--detach')
}

describe('a job that waits for an idle partition', () => {
  beforeAll(async () => {
    await startHourly('idle', 2)
    await produce('idle', [
      { partition: 0, value: ride('10:10:00') },
      { partition: 0, value: ride('12:30:00') },
    ])
  })

  it('names the partition, the window that waits and what to do; one window, one record', async () => {
    const held = await saysFirst(/^idle-1 holds the watermark back: it has had no record, for /, 'idle')
    expect(held.severity).toBe('cause')
    expect(held.text).toContain('it has no watermark yet, idle-0 is at 2025-11-01 12:29:55')
    expect(held.details.join('\n')).toContain("SET 'table.exec.source.idle-timeout' = '10s'")
    expect(held.facts).toMatchObject({ holder: 'idle-1', idleTimeoutMs: 0 })

    const [window] = (await why('idle', '--window', '2025-11-01 10:00')).findings
    expect(window!.text).toContain(
      'window [2025-11-01 10:00, 11:00) is open with 1 key; it fires when the watermark reaches',
    )
    expect(window!.details[0]).toMatch(/^it waits for idle-1: it needs a record with event time >= 2025-11-01 11:00:0/)

    const [record] = (await why('idle', '--record', 'idle:0:0')).findings
    expect(record!.text).toBe('record idle:0:0 was read; its window is still open')
    expect(record!.facts).toMatchObject({ state: 'open', fields: { zone: '1' } })

    const lines = await project.ok('why', 'idle')
    expect(lines.split('\n').slice(0, 2).join('\n')).toMatch(
      /^jobs\/idle\.sql is RUNNING\nCAUSE {4}idle-1 holds the watermark back/,
    )
  })

  it('tells what became of a record: late, filtered, not there', async () => {
    await produce('idle', [{ partition: 1, value: ride('12:30:00') }])
    await saysFirst(/window \[2025-11-01 10:00, 11:00\) has fired/, 'idle', '--window', '2025-11-01 10:00')
    const [first] = (await why('idle', '--record', 'idle:0:0')).findings
    expect(first!.text).toBe('record idle:0:0 was read and is in the result: its windows have fired')

    await produce('idle', [{ partition: 1, value: ride('10:20:00', 7) }])
    const late = await saysFirst(/was read and dropped as late$/, 'idle', '--record', 'idle:1:1')
    expect(late.details[0]).toContain('had passed its last window, which fired at 2025-11-01 10:59:59.999')
    const { findings } = await why('idle')
    expect(findings.find(({ kind }) => kind === 'late-records')!.text).toContain('has dropped 1 ')

    const [absent] = (await why('idle', '--record', 'idle:1:99')).findings
    expect(absent!.text).toBe('record idle:1:99 was not found: it has not been written yet')
    const [foreign] = (await why('idle', '--record', 'nowhere:0:0')).findings
    expect(foreign!.text).toContain("is none of this job's: it does not read topic nowhere")
    await project.ok('jobs', 'cancel', 'idle')
  })

  it('still answers when the job has ended', async () => {
    const { status, findings } = await why('idle')
    expect(status).toBe('CANCELED')
    expect(findings[0]!.text).toMatch(/^the job was cancelled, /)
  })
})

describe('a job whose sink is held up', () => {
  it('names the sink and since when, until it goes on', async () => {
    await startHourly('slow', 1)
    await withTable(async (client) => {
      await client.query('BEGIN')
      await client.query('LOCK TABLE slow IN ACCESS EXCLUSIVE MODE')
      await produce('slow', [
        { partition: 0, value: ride('10:10:00') },
        { partition: 0, value: ride('12:30:00') },
      ])
      const sink = await saysFirst(/^sink hourly\[\d\] .*the database/, 'slow')
      expect(sink).toMatchObject({ kind: 'sink', severity: 'cause' })
      expect(sink.details.join('\n')).toContain('pg_stat_activity')
      await client.query('ROLLBACK')
    })
    const goesOn = await saysFirst(/^rides has read everything there is: 2 records/, 'slow')
    expect(goesOn.kind).toBe('no-input')
    await project.ok('jobs', 'cancel', 'slow')
  })
})

describe('a job that restarts for ever', () => {
  it('names the bad record, the next attempt, and of a record behind it how many come before', async () => {
    await project.ok('topics', 'create', 'bad')
    await produce('bad', [
      { partition: 0, value: ride('10:00:00') },
      { partition: 0, value: '{"zone":3,"am' },
      { partition: 0, value: ride('10:01:00') },
    ])
    project.write(
      'jobs/bad.sql',
      `SET 'restart-strategy.type' = 'fixed-delay'; SET 'restart-strategy.fixed-delay.attempts' = '1000';
       SET 'restart-strategy.fixed-delay.delay' = '10 s';
       ${ridesTable('bad')}
       CREATE TABLE printed (zone INT) WITH ('connector' = 'print');
       INSERT INTO printed SELECT zone FROM rides;`,
    )
    const running = project.start('run', 'jobs/bad.sql')
    await running.saw(/restart in/)
    const restarts = await saysFirst(
      /^the job restarts.*topic bad, partition 0, offset 1: Failed to deserialize JSON/,
      'bad',
    )
    expect(restarts.severity).toBe('cause')
    expect(restarts.details.join('\n')).toMatch(/next attempt in .*\n[^]*json\.ignore-parse-errors/)
    const [record] = (await why('bad', '--record', 'bad:0:1')).findings
    expect(record!.details.join('\n')).toMatch(/Failed to deserialize JSON/)
    await saysFirst(
      /^record bad:0:2 has not been read yet: the source is at offset \d, \d records? comes? before it$/,
      'bad',
      '--record',
      'bad:0:2',
    )
    await project.ok('jobs', 'cancel', 'bad')
    await running.end()
  })
})

it('says that a job is healthy with its figures', async () => {
  await project.ok('topics', 'create', 'well')
  project.write(
    'jobs/well.sql',
    `SET 'execution.checkpointing.interval' = '500 ms';
     ${ridesTable('well')}
     CREATE TABLE gone (zone INT, amount DOUBLE) WITH ('connector' = 'blackhole');
     INSERT INTO gone SELECT zone, amount FROM rides;`,
  )
  await project.ok('run', 'jobs/well.sql', '--detach')
  await produce('well', [{ partition: 0, value: ride('10:00:00') }])
  const deadline = performance.now() + LIMIT_MS
  for (;;) {
    const { findings } = await why('well')
    const healthy = findings.find(({ kind }) => kind === 'healthy')
    if (healthy?.facts['recordsIn'] === 1) {
      expect(findings.filter(({ severity }) => severity === 'cause')).toEqual([])
      expect(healthy.text).toMatch(/^the job runs, for .*, 0 waiting, 1 rows? written$/)
      return
    }
    if (performance.now() > deadline) throw new Error(JSON.stringify(findings, undefined, 2))
  }
})

describe('what cannot be meant', () => {
  it.each([
    [['why', 'nothing'], /there is no job 'nothing'/],
    [['why', 'well', '--operator', 'Clac'], /the job has no operator 'Clac'/],
    [['why', 'well', '--window', 'noon'], /'noon' is no time of a window/],
    [['why', 'well', '--record', 'rides'], /'rides' names no record/],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await project.run(...args)
    expect(code).toBe(1)
    expect(stderr).toMatch(message)
  })
})

it('answers of a record where Kafka has gone with the session, too: the command waits for its limit', async () => {
  await project.ok('down')
  const { status, findings } = await why('well', '--record', 'well:0:0')
  expect(status).toBe('STOPPED')
  expect(findings[0]!.text).toMatch(/^record well:0:0 was not found: /)
})
