// What goes wrong because of what the user gave: each is refused with what, where and how to fix it, and exit code 1.
import { createServer, type Server } from 'node:net'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { SessionStatus } from '../../src/services/session/session-protocol.ts'
import { TestProject } from '../helpers/flinkts-command.ts'

let project: TestProject
let kafka: Kafka
beforeAll(async () => {
  project = TestProject.taxi()
  const { services } = JSON.parse(await project.ok('up', '--json')) as SessionStatus
  const brokers = [services.find(({ name }) => name === 'kafka')!.address!]
  kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING })
})
afterAll(() => project.remove())

/** Writes values as they are: `flinkts produce` refuses what is no JSON. */
async function produce(topic: string, ...values: string[]): Promise<void> {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  await producer.send({ topic, messages: values.map((value) => ({ value })) })
  await producer.disconnect()
}

const rides = (options = ''): string => `
CREATE TABLE rides (PULocationID INT, total_amount DOUBLE) WITH (
  'connector' = 'kafka', 'topic' = 'rides', 'properties.bootstrap.servers' = '\${KAFKA}',
  'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset', 'format' = 'json'${options}
);`
const printed = `CREATE TABLE printed (PULocationID INT, total_amount DOUBLE) WITH ('connector' = 'print');
INSERT INTO printed SELECT * FROM rides;`
const jdbc = (table: string, columns: string): string => `
CREATE TABLE target (${columns}) WITH ('connector' = 'jdbc', 'url' = '\${POSTGRES}', 'table-name' = '${table}');
INSERT INTO target SELECT * FROM rides;`

describe('a malformed JSON record', () => {
  beforeAll(() =>
    produce('rides', '{"PULocationID":1,"total_amount":1.5}', '{"PULocationID":3,"total_', '{"PULocationID":2}'),
  )

  it('fails the job, naming topic, partition, offset and the bytes, cause first, with the option that skips it', async () => {
    project.write('job.sql', rides() + printed)
    const { code, stderr } = await project.run('run', 'job.sql', '--fresh')
    expect(code).toBe(1)
    const first = stderr.split('\n')[0]!
    expect(first).toMatch(/^Error: .*rides.*partition 0.*offset 1.*\{"PULocationID":3,"total_.*\[RECORD_MALFORMED\]$/)
    expect(stderr).toMatch(/fix: .*json\.ignore-parse-errors/)
  })

  it('is skipped and counted with json.ignore-parse-errors', async () => {
    project.write('job.sql', rides(", 'json.ignore-parse-errors' = 'true'") + printed)
    const { code, stdout } = await project.run('run', 'job.sql', '--fresh', '--report', 'report.json')
    expect(code).toBe(0)
    expect(stdout).toContain('+I[1, 1.5]')
    expect(stdout).toContain('+I[2, null]')
    expect(stdout).toContain('1 record was skipped')
    expect(JSON.parse(project.read('report.json'))).toMatchObject({ job: 'job.sql', state: 'FINISHED', recordsOut: 2 })
  })

  it('does not end a job whose restart strategy the user chose before its attempts are used up', async () => {
    const strategy = `SET 'restart-strategy.type' = 'fixed-delay'; SET 'restart-strategy.fixed-delay.attempts' = '1';
      SET 'restart-strategy.fixed-delay.delay' = '10 ms';`
    project.write('job.sql', strategy + rides() + printed)
    const { code, stdout, stderr } = await project.run('run', 'job.sql', '--fresh')
    expect(code).toBe(1)
    expect(stdout).toMatch(/note: .*rides.*partition 0.*: restart in 10 ms\n/)
    expect(stderr).toContain('[RECORD_MALFORMED]')
  })
})

describe('services and tables', () => {
  it('names a topic that is neither there nor declared, and how to get it', async () => {
    project.write('job.sql', rides().replace("'topic' = 'rides'", "'topic' = 'ridez'") + printed)
    const { code, stderr } = await project.run('run', 'job.sql', '--fresh')
    expect(code).toBe(1)
    expect(stderr).toMatch(/Error: .*ridez.*\[KAFKA_TOPIC_MISSING\]/)
    expect(stderr).toMatch(/fix: .*flinkts\.yaml/)
  })

  it.each([
    ['a table', 'nowhere', 'PULocationID INT, total_amount DOUBLE', /nowhere/],
    ['a column', 'trips', 'PULocationID INT, amount DOUBLE', /amount/],
    [
      'another type',
      'trips',
      'PULocationID INT, total_amount STRING',
      /total_amount.*double precision|double precision.*total_amount/,
    ],
  ])('names %s that does not fit in Postgres before any record is read', async (_what, table, columns, names) => {
    const select = columns.includes('STRING') ? 'PULocationID, CAST(total_amount AS STRING)' : '*'
    project.write('job.sql', rides() + jdbc(table, columns).replace('SELECT *', `SELECT ${select}`))
    const { code, stderr } = await project.run('run', 'job.sql', '--fresh')
    expect(code).toBe(1)
    expect(stderr).toMatch(/Error: .*\[POSTGRES_SCHEMA_MISMATCH\]/)
    expect(stderr).toMatch(names)
    expect(stderr).toContain('fix:')
  })
})

describe('SQL', () => {
  it('points at a misspelt column and suggests the near name', async () => {
    project.write('job.sql', rides() + printed.replace('SELECT *', 'SELECT PULocationId, total_amout'))
    const { code, stderr } = await project.run('run', 'job.sql', '--fresh')
    expect(code).toBe(1)
    expect(stderr).toMatch(/at job\.sql:\d+:\d+/)
    expect(stderr).toMatch(/ \| INSERT INTO printed SELECT PULocationId, total_amout FROM rides;\n\s+\| +\^+\n/)
    expect(stderr).toMatch(/total_amount|PULocationID/)
  })

  it('points at what does not parse', async () => {
    project.write('job.sql', 'CREATE TABEL rides (a INT);')
    const { code, stderr } = await project.run('run', 'job.sql', '--fresh')
    expect(code).toBe(1)
    expect(stderr).toContain('[SQL_SYNTAX]')
    expect(stderr).toContain('at job.sql:1:8')
    expect(stderr).toContain('1 | CREATE TABEL rides (a INT);')
  })
})

describe('commands', () => {
  it.each([
    [['rnu'], "'flinkts run'"],
    [['topics', 'lits'], "'flinkts topics list'"],
  ])('%j: suggests the near name', async (args, suggested) => {
    const { code, stderr } = await project.run(...args)
    expect(code).toBe(2)
    expect(stderr).toBe(
      `Error: '${args.join(' ')}' is not a command of flinkts  [COMMAND_UNKNOWN]\n  fix: Did you mean ${suggested}? 'flinkts --help' lists the commands.\n`,
    )
  })
})

describe('a statement for Postgres', () => {
  it('may begin with a comment, and is refused without quotes', async () => {
    expect(await project.ok('query', '--json', '-- how many\nSELECT 1 AS one')).toBe('{"one":1}\n')
    expect((await project.run('query', 'SELECT', '1')).stderr).toMatch(/2 words[\s\S]*in quotes: flinkts query "SELECT/)
    expect((await project.run('query', '--jsn', 'SELECT 1')).stderr).toMatch(/Nonexistent flag: --jsn/)
  })
})

describe('ports', () => {
  let project: TestProject
  beforeEach(() => {
    project = TestProject.taxi()
  })
  afterEach(() => project.remove())

  const held: Server[] = []
  const hold = (port: number): Promise<number> =>
    new Promise((resolve) => {
      const server = createServer()
      held.push(server)
      server.once('error', () => resolve(port)) // somebody else holds it: just as well
      server.listen(port, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
    })
  afterEach(() => {
    for (const server of held.splice(0)) server.close()
  })

  it('moves from a taken default to the next free one, and says so', async () => {
    await Promise.all([hold(9092), hold(5432), hold(8081)])
    const { code, stdout } = await project.run('up')
    expect(code).toBe(0)
    expect(stdout).toMatch(/port 9092 is taken by \S+ \(pid \d+\): kafka listens on \d+/)
    expect(stdout).toMatch(/port 5432 is taken by \S+ \(pid \d+\): postgres listens on \d+/)
    expect(stdout).toMatch(/port 8081 is taken by \S+ \(pid \d+\): the REST API listens on \d+/)
  })

  it.each(['kafka', 'postgres'])('fails where the port asked for %s is taken', async (service) => {
    const port = await hold(0)
    const { code, stderr } = await project.run('up', `--${service}-port`, String(port))
    expect(code).toBe(1)
    expect(stderr).toMatch(
      new RegExp(`port ${port} for ${service} is taken by \\S+ \\(pid ${process.pid}\\) {2}\\[PORT_TAKEN\\]`),
    )
    expect(stderr).toContain('fix:')
  })

  it('fails where the port asked for the REST API is taken', async () => {
    const port = await hold(0)
    project.write('flinkts.yaml', `rest:\n  port: ${port}\n`)
    const { code, stderr } = await project.run('up')
    expect(code).toBe(1)
    expect(stderr).toMatch(
      new RegExp(
        `port ${port} for the REST API is taken by \\S+ \\(pid ${process.pid}\\)[\\s\\S]*fix: stop what listens`,
      ),
    )
  })
})
