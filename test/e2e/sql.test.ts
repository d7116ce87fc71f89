// `flinkts sql --json`: statements as they arrive, each answered by JSON lines before the next is read.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBroker } from '../../engine/broker.ts'
import { TestProject } from '../helpers/flinkts-command.ts'
import { startTestPostgres } from '../helpers/postgres.ts'

let project: TestProject
beforeAll(async () => {
  project = new TestProject({ 'flinkts.yaml': '' })
  await project.ok('up')
})
afterAll(() => project.remove())

const jsonLines = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

async function answers(sql: string, ...flags: string[]): Promise<{ code: number | null; lines: unknown[] }> {
  project.write('statements.sql', sql)
  const { code, stdout } = await project.run('sql', '--json', '--file', 'statements.sql', ...flags)
  return { code, lines: jsonLines(stdout) }
}

const NUMBERS = `CREATE TABLE numbers (a BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '3',
  'fields.a.kind' = 'sequence', 'fields.a.start' = '1', 'fields.a.end' = '3');`

describe('answers', () => {
  it('a query with its columns, then its changes in order, then OK', async () => {
    const { code, lines } = await answers(`${NUMBERS} SELECT COUNT(*) AS c FROM numbers;`)
    expect(code).toBe(0)
    expect(lines).toEqual([
      { statement: 1, status: 'OK' },
      { statement: 2, columns: [{ name: 'c', type: 'BIGINT NOT NULL' }] },
      { statement: 2, op: '+I', row: [1] },
      { statement: 2, op: '-U', row: [1] },
      { statement: 2, op: '+U', row: [2] },
      { statement: 2, op: '-U', row: [2] },
      { statement: 2, op: '+U', row: [3] },
      { statement: 2, status: 'OK' },
    ])
  })

  it('values as typed JSON, or as the text that CAST(… AS STRING) gives', async () => {
    const sql = `SELECT 1, 9007199254740993, CAST(1.50 AS DECIMAL(5, 2)), TRUE, 'x', CAST(NULL AS INT), TIMESTAMP '2025-01-02 03:04:05';`
    const row = async (...flags: string[]): Promise<string> => {
      project.write('statements.sql', sql)
      const text = await project.ok('sql', '--json', '--file', 'statements.sql', ...flags)
      return /"row":(\[.*\])\}/.exec(text)![1]!
    }
    expect(await row()).toBe('[1,9007199254740993,1.50,true,"x",null,"2025-01-02T03:04:05"]')
    expect(await row('--row-format', 'plain-text')).toBe(
      '["1","9007199254740993","1.50","TRUE","x",null,"2025-01-02 03:04:05"]',
    )
  })

  it.each([
    ['DESCRIBE numbers', [['a', 'BIGINT', true, null, null, null]]],
    ['SHOW TABLES', [['numbers']]],
  ])('%s with rows too', async (statement, rows) => {
    const { lines } = await answers(`${NUMBERS} ${statement};`)
    expect(lines.slice(2, -1)).toEqual(rows.map((row) => ({ statement: 2, op: '+I', row })))
  })

  it('INSERT at once, or at the end of its job with table.dml-sync; twice side by side', async () => {
    const endless = `CREATE TABLE endless (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1');
      CREATE TABLE nothing (a BIGINT) WITH ('connector' = 'blackhole');`
    const { code, lines } = await answers(
      `${NUMBERS} ${endless} INSERT INTO nothing SELECT a FROM endless; INSERT INTO nothing SELECT a FROM endless;
      SET 'table.dml-sync' = 'true'; INSERT INTO nothing SELECT a FROM numbers;`,
    )
    expect(code).toBe(0)
    const jobId = expect.stringMatching(/^[0-9a-f]{32}$/) as string
    const goesOn = (statement: number): object => (statement === 4 || statement === 5 ? { jobId } : {})
    expect(lines).toEqual([1, 2, 3, 4, 5, 6, 7].map((statement) => ({ statement, status: 'OK', ...goesOn(statement) })))
    const { jobs } = JSON.parse(await project.ok('status', '--json')) as { jobs: unknown[] }
    expect(jobs).toHaveLength(2)
  })
})

describe('errors', () => {
  const sql = 'SELECT 1;\n  SELECT nope FROM nowhere;\nSELECT 2;'

  it('stop the run at the first one, with place, phase and exit code 1', async () => {
    const { code, lines } = await answers(sql)
    expect(code).toBe(1)
    expect(lines).toHaveLength(4)
    expect(lines[3]).toMatchObject({
      statement: 2,
      status: 'ERROR',
      error: { code: 'SQL_VALIDATION', phase: 'plan', line: 2, column: 20 },
    })
  })

  it('do not stop it with --keep-going, the exit code stays 1', async () => {
    const { code, lines } = await answers(sql, '--keep-going')
    expect(code).toBe(1)
    expect(lines.at(-1)).toEqual({ statement: 3, status: 'OK' })
  })

  it('of a running job have phase runtime and its first cause', async () => {
    const { code, lines } = await answers(`${NUMBERS} SELECT 10 / (a - 3) FROM numbers;`)
    expect(code).toBe(1)
    expect(lines.at(-1)).toMatchObject({
      statement: 2,
      status: 'ERROR',
      error: { code: 'EXPRESSION_FAILED', phase: 'runtime' },
    })
  })

  it('of a statement without an end are answered in the same form', async () => {
    const { code, lines } = await answers("SELECT 'abc")
    expect(code).toBe(1)
    expect(lines).toEqual([
      {
        statement: 1,
        status: 'ERROR',
        error: { code: 'SQL_SYNTAX', phase: 'plan', message: expect.any(String) as string, line: 1, column: 8 },
      },
    ])
  })
})

it('answers each statement of standard input before the next arrives', async () => {
  const command = project.start('sql', '--json')
  for (const number of [1, 2, 3]) {
    command.child.stdin!.write(`SELECT ${number};\n`)
    await command.saw(new RegExp(`"statement":${number},"status":"OK"`))
  }
  command.child.stdin!.end()
  expect((await command.end()).code).toBe(0)
})

it(
  'reads Kafka and writes Postgres of others, and says which of them does not answer',
  { timeout: 180_000 },
  async () => {
    const [broker, postgres] = await Promise.all([
      startBroker({ topics: [{ name: 'numbers', partitions: 1 }] }),
      startTestPostgres(),
    ])
    const yaml = (servers: string): string =>
      `services: external\nkafka: { bootstrapServers: "${servers}" }\npostgres: { url: "${postgres.url}" }\ncheckpoints: { interval: 500ms }\n`
    const external = new TestProject({
      'flinkts.yaml': yaml(broker.bootstrap),
      'numbers.jsonl': '{"a":1}\n{"a":2}\n{"a":3}\n',
      'statements.sql': `
CREATE TABLE numbers (a INT) WITH ('connector' = 'kafka', 'topic' = 'numbers', 'properties.bootstrap.servers' = '\${KAFKA}',
  'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
CREATE TABLE doubled (a INT) WITH ('connector' = 'jdbc', 'url' = '\${POSTGRES}', 'table-name' = 'doubled');
INSERT INTO doubled SELECT a * 2 FROM numbers;`,
    })
    const run = async (): Promise<{ code: number | null; lines: unknown[]; stderr: string }> => {
      const { code, stdout, stderr } = await external.run('sql', '--json', '--file', 'statements.sql')
      return { code, lines: jsonLines(stdout), stderr }
    }
    try {
      await postgres.query('CREATE TABLE doubled (a int)')
      await external.ok('produce', 'numbers', '--file', 'numbers.jsonl')
      expect(await run()).toEqual({
        code: 0,
        lines: [
          { statement: 1, status: 'OK' },
          { statement: 2, status: 'OK' },
          { statement: 3, status: 'OK', jobId: expect.stringMatching(/^[0-9a-f]{32}$/) as string },
        ],
        stderr: '',
      })
      // answered at once, the job goes on
      let written: unknown[] = []
      const deadline = performance.now() + 60_000
      while (written.length < 3 && performance.now() < deadline)
        written = await postgres.query('SELECT a FROM doubled ORDER BY a')
      expect(written).toEqual([{ a: 2 }, { a: 4 }, { a: 6 }])
      const { jobs } = JSON.parse(await external.ok('down', '--json')) as { jobs: { savepoint?: string }[] }
      expect(jobs).toEqual([expect.objectContaining({ state: 'STOPPED', savepoint: expect.any(String) as string })])

      await broker.stop()
      const refused = await run()
      expect(refused.code).toBe(1)
      expect(refused.lines).toEqual([
        {
          statement: 1,
          status: 'ERROR',
          error: expect.objectContaining({
            code: 'KAFKA_UNREACHABLE',
            message: expect.stringContaining(broker.bootstrap) as string,
          }) as unknown,
        },
      ])
    } finally {
      await external.remove()
      await broker.stop()
      await postgres.stop()
    }
  },
)

it('leaves a running query at Ctrl-C', async () => {
  project.write(
    'endless.sql',
    `CREATE TABLE e (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '50'); SELECT a FROM e;`,
  )
  const command = project.start('sql', '--json', '--file', 'endless.sql')
  await command.saw(/"op":"\+I"/)
  command.signal('SIGINT')
  expect((await command.end(10_000)).code).toBe(0)
})

// last: its two jobs try to connect for a while
it('says once, on standard error, what has no effect here and which address is not the project’s', async () => {
  const elsewhere = `CREATE TABLE elsewhere (a BIGINT) WITH ('connector' = 'jdbc', 'url' = 'jdbc:postgresql://localhost:1/postgres', 'table-name' = 'a');`
  const insert = 'INSERT INTO elsewhere SELECT a FROM numbers;'
  project.write('statements.sql', `SET 'pipeline.object-reuse' = 'true'; ${elsewhere} ${NUMBERS} ${insert} ${insert}`)
  const { stderr } = await project.run('sql', '--json', '--file', 'statements.sql')
  const notes = stderr.split('\n').filter((line) => /without effect|names localhost/.test(line))
  expect(notes).toEqual([
    expect.stringMatching(/^elsewhere names localhost:1\b/),
    "without effect here, as they tune Flink's Java runtime or clients: SET pipeline.object-reuse",
  ])
})
