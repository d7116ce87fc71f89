import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { FlinktsError } from '../../../../engine/common/errors.ts'
import { StatementExecutor } from '../../../../engine/sql/session/statement-executor.ts'
import type { StatementResult } from '../../../../engine/sql/session/statement-result.ts'
import { typeToString } from '../../../../engine/types/logical-type.ts'
import { bindingPlanner, type BoundJob } from './binding-planner.ts'

type Executor = StatementExecutor<BoundJob>

function session(...statements: readonly string[]): Executor {
  const executor = new StatementExecutor({ planner: bindingPlanner })
  for (const statement of statements) executor.execute(statement)
  return executor
}
function rows(result: StatementResult<BoundJob>): readonly (readonly unknown[])[] {
  if (result.kind !== 'rows') throw new Error(`no rows but ${result.kind}`)
  return result.rows
}
function names(executor: Executor, statement: string): unknown[] {
  return rows(executor.execute(statement)).map(([first]) => first)
}
function failure(executor: Executor, statement: string): FlinktsError {
  try {
    executor.execute(statement)
  } catch (error) {
    return error as FlinktsError
  }
  throw new Error(`executed: ${statement}`)
}

interface RecordedDdl {
  readonly settings?: Readonly<Record<string, string>>
  readonly ddl?: readonly string[]
  readonly query: string
  readonly expected?: {
    readonly compare: string
    readonly columns: readonly (readonly [string, string])[]
    readonly rows: readonly (readonly (string | null)[])[]
  }
  readonly expected_error?: { readonly message: string; readonly at: string }
}
const root = join(import.meta.dirname, '../../../fixtures/goldens/cases')

function recorded(area: string): [string, RecordedDdl][] {
  return readdirSync(join(root, area)).map((file) => [
    `${area}/${file}`,
    parse(readFileSync(join(root, area, file), 'utf8')) as RecordedDdl,
  ])
}
const isCatalogStatement = (sql: string): boolean => /^(SHOW|DESC|DESCRIBE|CREATE|ALTER|DROP|SET|USE)\b/.test(sql)

describe('recorded catalog statements', () => {
  const answered = recorded('ddl').filter(
    ([, { query, expected }]) => expected !== undefined && expected.compare !== 'none' && isCatalogStatement(query),
  )
  it.each(answered)('%s answers as Flink', (_name, { settings, ddl, query, expected }) => {
    const executor = new StatementExecutor({ planner: bindingPlanner, configuration: settings })
    ddl?.forEach((statement) => executor.execute(statement))
    const result = executor.execute(query)
    if (result.kind === 'done') {
      expect(expected!.rows).toEqual([['OK']])
      return
    }
    if (result.kind !== 'rows') throw new Error(result.kind)
    expect(result.columns.map(({ name, type }) => [name, typeToString(type)])).toEqual(expected!.columns)
    const cells = result.rows.map((row) =>
      row.map((cell) => (typeof cell === 'boolean' ? String(cell).toUpperCase() : cell)),
    )
    expect(cells).toEqual(expected!.rows)
  })

  const refused = [...recorded('ddl'), ...recorded('errors')].filter(
    ([, { expected_error: error }]) =>
      error !== undefined && isCatalogStatement(error.at) && !/^(Encountered|Multiple)/.test(error.message),
  )
  it.each(refused)('%s is refused as by Flink', (name, { settings, ddl, query, expected_error: error }) => {
    const run = (): void => {
      const executor = new StatementExecutor({ planner: bindingPlanner, configuration: settings })
      ddl?.forEach((statement) => executor.execute(statement))
      executor.execute(query)
    }
    const message =
      name === 'errors/bad_runtime_mode.yaml'
        ? "Could not parse value 'bogus' for key 'execution.runtime-mode'"
        : error!.message
    expect(run).toThrow(message)
  })

  it('are all looked at', () => {
    expect([answered.length, refused.length]).toEqual([28, 11])
  })
})

const rides =
  "CREATE TABLE rides (id INT NOT NULL, fare DOUBLE, ts TIMESTAMP(3), late AS ts + INTERVAL '1' HOUR, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'datagen')"

describe('names', () => {
  it('are suggested where they are near', () => {
    expect(failure(session(rides), 'DESCRIBE rids')).toMatchObject({
      code: 'SQL_VALIDATION',
      fix: "Did you mean 'rides'?",
      location: { line: 1, column: 10, length: 4 },
    })
    expect(failure(session(rides), 'DROP TABLE ride').fix).toBe("Did you mean 'rides'?")
    expect(failure(session(), 'USE default_databas').fix).toBe("Did you mean 'default_database'?")
    expect(failure(session(rides), 'ALTER TABLE rides DROP fara').fix).toBe("Did you mean 'fare'?")
    expect(failure(session(), 'CREATE TABLE t (a INT, PRIMARY KEY (b) NOT ENFORCED)').message).toContain(
      "'b' is not defined",
    )
    expect(failure(session(rides), 'DROP VIEW rides').fix).toBe('It is a table: use DROP TABLE.')
  })

  it('are found in the current database first', () => {
    const executor = session(rides, 'CREATE DATABASE d', 'USE d')
    expect(names(executor, 'SHOW TABLES')).toEqual([])
    expect(names(executor, 'SHOW TABLES FROM default_database')).toEqual(['rides'])
    executor.execute('CREATE TABLE a.b (x INT)'.replace('a.b', 'd.b'))
    expect(names(executor, "SHOW TABLES LIKE 'b%'")).toEqual(['b'])
    expect(names(executor, "SHOW TABLES NOT LIKE '_'")).toEqual([])
    expect(failure(executor, 'DROP DATABASE d').message).toBe('Cannot drop a database which is currently in use.')
    executor.execute('USE default_database')
    expect(failure(executor, 'DROP DATABASE d').fix).toBe('Add CASCADE to drop what is in it.')
    executor.execute('DROP DATABASE d CASCADE')
    expect(names(executor, 'SHOW DATABASES')).toEqual(['default_database'])
  })

  it('of temporary objects hide the permanent ones', () => {
    const executor = session('CREATE TABLE t (a INT)', 'CREATE TEMPORARY TABLE t (b INT)')
    expect(names(executor, 'DESCRIBE t')).toEqual(['b'])
    expect(failure(executor, 'DROP TABLE t').fix).toBe('Use DROP TEMPORARY TABLE first.')
    expect(failure(executor, 'ALTER TABLE nope DROP a').message).toContain("doesn't exist or is a temporary table")
    executor.execute('DROP TEMPORARY TABLE t')
    expect(names(executor, 'DESCRIBE t')).toEqual(['a'])
  })

  it('of catalogs', () => {
    const executor = session("CREATE CATALOG c WITH ('type' = 'generic_in_memory')", 'USE CATALOG c')
    expect(names(executor, 'SHOW CATALOGS')).toEqual(['c', 'default_catalog'])
    expect(names(executor, 'SHOW CURRENT DATABASE')).toEqual(['default'])
    expect(failure(executor, "CREATE CATALOG h WITH ('type' = 'hive')").code).toBe('SQL_UNSUPPORTED')
  })
})

describe('CREATE TABLE', () => {
  it.each([
    ['CREATE TABLE t (a INT, a STRING)', "A column named 'a' already exists in the table."],
    ['CREATE TABLE t (a INT, UNIQUE (a) NOT ENFORCED)', 'UNIQUE constraint is not supported yet.'],
    ['CREATE TABLE t (a INT, PRIMARY KEY (a))', 'Flink does not own the data, so a primary key cannot be enforced.'],
    [
      'CREATE TABLE t (a INT, b AS a + 1, PRIMARY KEY (b) NOT ENFORCED)',
      "Could not create a PRIMARY KEY with column 'b': it is not a physical column.",
    ],
    ['CREATE TABLE t (a INT, b AS nope + 1)', "Column 'nope' not found"],
    [
      'CREATE TABLE t (a INT, WATERMARK FOR b AS b)',
      "Invalid column name 'b' for rowtime attribute in watermark declaration. Available columns are: [a]",
    ],
    ['CREATE TABLE t (a INT) PARTITIONED BY (b)', "Partition column 'b' not defined in the table schema."],
    ['CREATE TABLE t (a FOO)', "Unknown identifier 'FOO'"],
    ['CREATE TABLE t', 'The table has no columns.'],
  ])('refuses %s', (sql, message) => {
    expect(failure(session(), sql)).toMatchObject({
      code: 'SQL_VALIDATION',
      message: expect.stringContaining(message),
      location: { line: 1 },
    })
  })

  it('notices a precision out of range when the table is used', () => {
    const executor = session('CREATE TABLE t (a ROW<b DECIMAL(39, 2)>)')
    expect(failure(executor, 'SELECT * FROM t').message).toContain('DECIMAL precision must be between 1 and 38')
    expect(failure(executor, 'DESCRIBE t').code).toBe('SQL_VALIDATION')
  })

  it('merges LIKE as told', () => {
    const like = (options: string, own = "(x INT) WITH ('k' = 'v')"): unknown[] =>
      names(session(rides, `CREATE TABLE t ${own} LIKE rides ${options}`), 'DESCRIBE t')
    expect(like('')).toEqual(['id', 'fare', 'ts', 'late', 'x'])
    expect(like('(EXCLUDING GENERATED)')).toEqual(['id', 'fare', 'ts', 'x'])
    const fails = (options: string, own: string): string =>
      failure(session(rides), `CREATE TABLE t ${own} LIKE rides ${options}`).message
    expect(fails('(INCLUDING OPTIONS)', "WITH ('connector' = 'x')")).toBe(
      "The base table already has the option 'connector'.",
    )
    expect(fails('', '(fare INT)')).toBe("A column named 'fare' already exists in the base table.")
    expect(fails('', '(late AS id)')).toBe("A column named 'late' already exists in the base table.")
    expect(fails('', '(x INT, PRIMARY KEY (x) NOT ENFORCED)')).toBe('The base table already has a primary key.')
    expect(fails('(OVERWRITING PARTITIONS)', '(x INT)')).toBe('OVERWRITING does not apply to PARTITIONS.')
  })

  it('AS SELECT takes the columns of the query and gives the job that fills it', () => {
    const executor = session(rides)
    const result = executor.execute(
      "CREATE TABLE t (b, a) WITH ('connector' = 'print') AS SELECT id AS a, fare AS b FROM rides",
    )
    expect(result).toMatchObject({ kind: 'job', statement: 'CreateTable' })
    expect(names(executor, 'DESCRIBE t')).toEqual(['b', 'a'])
    expect(result.kind === 'job' && result.job.statements[0]).toContain('INSERT INTO `t` (`a`, `b`)')
    failure(executor, 'CREATE TABLE u AS SELECT nope FROM rides')
    expect(names(executor, 'SHOW TABLES')).toEqual(['rides', 't'])
  })
})

describe('ALTER TABLE', () => {
  it.each([
    ['RENAME ts TO x', 'The column `ts` is referenced by computed column `late`.'],
    ['DROP id', 'The column `id` is used as the primary key.'],
    ['ADD fare INT', 'Try to add a column `fare` which already exists in the table.'],
    ['ADD PRIMARY KEY (fare) NOT ENFORCED', 'The base table has already defined the primary key constraint [`id`].'],
    ['ADD WATERMARK FOR ts AS ts', 'The base table has already defined a watermark on `ts`.'],
    ['DROP CONSTRAINT x', "The base table does not define a constraint named 'x'."],
    ["RESET ('connector')", "ALTER TABLE RESET does not support changing 'connector'."],
    ['ADD (x INT AFTER y)', "Referenced column `y` by 'AFTER' does not exist in the table."],
    ['DROP DISTRIBUTION', 'The base table does not define any distribution.'],
  ])('%s is refused', (action, message) => {
    expect(failure(session(rides), `ALTER TABLE rides ${action}`).message).toBe(
      `Failed to execute ALTER TABLE statement.\n${message}`,
    )
  })

  it('changes what it names and nothing else', () => {
    const executor = session(
      rides,
      'ALTER TABLE rides DROP late',
      'ALTER TABLE rides DROP WATERMARK',
      'ALTER TABLE rides RENAME ts TO pickup',
    )
    executor.execute(
      'ALTER TABLE rides MODIFY (fare DECIMAL(10, 2) FIRST, WATERMARK FOR pickup AS pickup)'.replace(
        ', WATERMARK FOR pickup AS pickup',
        '',
      ),
    )
    executor.execute('ALTER TABLE rides ADD (twice AS fare * 2, WATERMARK FOR pickup AS pickup)')
    executor.execute('ALTER TABLE rides RENAME TO trips')
    expect(rows(executor.execute('DESCRIBE trips')).map((row) => row.slice(0, 2))).toEqual([
      ['fare', 'DECIMAL(10, 2)'],
      ['id', 'INT'],
      ['pickup', 'TIMESTAMP(3) *ROWTIME*'],
      ['twice', 'DECIMAL(21, 2)'],
    ])
  })
})

describe('views', () => {
  const expanded = (query: string, ...more: readonly string[]): string => {
    const executor = session(rides, 'CREATE TABLE zones (zone INT, id INT)', ...more, `CREATE VIEW v AS ${query}`)
    const text = names(executor, 'SHOW CREATE VIEW v')[0] as string
    return text
      .slice(text.indexOf('\nAS ') + 4)
      .trimEnd()
      .replaceAll('`default_catalog`.`default_database`.', '')
      .replaceAll('`', '')
      .replaceAll('\n', ' ')
  }
  it.each([
    ['SELECT * FROM rides', 'SELECT rides.id, rides.fare, rides.ts, rides.late FROM rides AS rides'],
    ['SELECT r.* FROM rides AS r', 'SELECT r.id, r.fare, r.ts, r.late FROM rides AS r'],
    [
      'SELECT fare + 1 AS f FROM rides WHERE id IN (1, 2)',
      'SELECT rides.fare + 1 AS f FROM rides AS rides WHERE rides.id IN (1, 2)',
    ],
    [
      'SELECT f FROM (SELECT fare AS f FROM rides) AS x',
      'SELECT x.f FROM (SELECT rides.fare AS f FROM rides AS rides) AS x',
    ],
    [
      'SELECT * FROM (SELECT * FROM zones) AS x',
      'SELECT x.zone, x.id FROM (SELECT zones.zone, zones.id FROM zones AS zones) AS x',
    ],
    [
      'WITH w AS (SELECT zone FROM zones) SELECT zone FROM w',
      'WITH w AS (SELECT zones.zone FROM zones AS zones) SELECT w.zone FROM w AS w',
    ],
    [
      'SELECT id FROM rides UNION ALL SELECT zone FROM zones',
      'SELECT rides.id FROM rides AS rides UNION ALL SELECT zones.zone FROM zones AS zones',
    ],
    [
      "SELECT window_start, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end",
      "SELECT window_start, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end",
    ],
  ])('are kept with names in full: %s', (query, text) => {
    expect(expanded(query)).toBe(text)
  })

  it('take column names, and refuse the wrong number', () => {
    const executor = session(rides, 'CREATE VIEW v (a, b) AS SELECT id, fare FROM rides')
    expect(names(executor, 'DESCRIBE v')).toEqual(['a', 'b'])
    expect(failure(executor, 'CREATE VIEW w (a) AS SELECT id, fare FROM rides').message).toContain(
      'VIEW definition and input fields not match',
    )
    executor.execute('CREATE OR REPLACE VIEW v AS SELECT fare FROM rides')
    executor.execute('ALTER VIEW v RENAME TO w')
    expect(names(executor, 'SHOW VIEWS')).toEqual(['w'])
    expect(names(executor, 'DESCRIBE w')).toEqual(['fare'])
  })
})

describe('jobs', () => {
  it('gather the inserts of a statement set', () => {
    const executor = session(
      rides,
      'CREATE TABLE t (a INT)',
      'BEGIN STATEMENT SET',
      'INSERT INTO t SELECT id FROM rides',
    )
    expect(failure(executor, 'SHOW TABLES').fix).toBe('Close the set with END; first.')
    expect(failure(executor, 'INSERT INTO t SELECT nope FROM rides')).toMatchObject({
      location: { line: 1, column: 22 },
    })
    executor.execute('INSERT INTO t SELECT id + 1 FROM rides')
    const result = executor.execute('END')
    expect(result.kind === 'job' && result.job.statements.length).toBe(2)
    expect(failure(executor, 'END').message).toBe('No STATEMENT SET has been begun.')
  })

  it('wait for their end when table.dml-sync is set', () => {
    const executor = session(rides, 'CREATE TABLE t (a INT)')
    expect(executor.execute('INSERT INTO t SELECT id FROM rides')).toMatchObject({ kind: 'job', waitsForEnd: false })
    executor.execute("SET 'table.dml-sync' = 'true'")
    expect(executor.execute('INSERT INTO t SELECT id FROM rides')).toMatchObject({ kind: 'job', waitsForEnd: true })
    expect(executor.execute('SELECT 1')).toMatchObject({ kind: 'job', waitsForEnd: false })
  })

  it('are not planned under a setting that would change their results', () => {
    const executor = session(
      "SET 'table.exec.legacy-cast-behaviour' = 'enabled'",
      "SET 'table.exec.mini-batch.enabled' = 'true'",
      "SET 'my.own' = '1'",
    )
    expect(failure(executor, 'SELECT 1')).toMatchObject({
      code: 'SQL_UNSUPPORTED',
      fix: "RESET 'table.exec.legacy-cast-behaviour'; (its default is 'DISABLED').",
    })
    executor.execute("RESET 'table.exec.legacy-cast-behaviour'")
    expect(executor.execute('SELECT 1').kind).toBe('job')
    expect(executor.configuration.ignoredKeys()).toEqual(['my.own', 'table.exec.mini-batch.enabled'])
    expect(rows(executor.execute('SET'))).toEqual([
      ['my.own', '1'],
      ['table.exec.mini-batch.enabled', 'true'],
    ])
  })

  it('refuse unsupported statements by name', () => {
    expect(failure(session(), 'CREATE MATERIALIZED TABLE m AS SELECT 1')).toMatchObject({
      code: 'SQL_UNSUPPORTED',
      message: 'CREATE MATERIALIZED TABLE is not supported.',
    })
  })
})
