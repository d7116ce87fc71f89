import { describe, expect, it } from 'vitest'
import { commonStart, completeSql } from '../../../../engine/sql/assist/complete-sql.ts'
import { sqlVocabulary } from '../../../../engine/sql/assist/sql-vocabulary.ts'
import { sqlPlanner } from '../../../../engine/sql/plan/sql-planner.ts'
import { StatementExecutor } from '../../../../engine/sql/session/statement-executor.ts'

const executor = new StatementExecutor({ planner: sqlPlanner })
for (const statement of [
  `CREATE TABLE rides (zone_id INT, zone_name STRING, amount DOUBLE, \`user\` STRING) WITH ('connector' = 'datagen')`,
  `CREATE TABLE revenue (zone_id INT, total DOUBLE) WITH ('connector' = 'blackhole')`,
  'CREATE VIEW rich_rides AS SELECT zone_id, amount FROM rides',
  'CREATE DATABASE other',
  `CREATE TABLE other.trips (far DOUBLE) WITH ('connector' = 'kafka', 'topic' = 'trips', 'properties.bootstrap.servers' = 'h:1', 'format' = 'json')`,
])
  executor.execute(statement)
const vocabulary = sqlVocabulary(executor.catalog, () => sqlPlanner.functionNames())

/** The candidates at `|`, as texts. */
function offers(marked: string): string[] {
  const cursor = marked.indexOf('|')
  const text = marked.replace('|', '')
  return completeSql(text, cursor, vocabulary).candidates.map((each) => each.text)
}
/** The text after Tab where only one candidate is left. */
function completed(marked: string): string {
  const cursor = marked.indexOf('|')
  const text = marked.replace('|', '')
  const { start, end, candidates } = completeSql(text, cursor, vocabulary)
  expect(candidates.map((each) => each.text)).toHaveLength(1)
  return text.slice(0, start) + candidates[0]!.text + text.slice(end)
}

describe('words', () => {
  it('begin a statement, in the letters the user writes', () => {
    expect(completed('SEL|')).toBe('SELECT ')
    expect(completed('sel|')).toBe('select ')
    expect(offers('SELECT 1; DE|')).toEqual(['DESCRIBE '])
  })
  it('follow each other', () => {
    expect(offers('SHOW T|')).toEqual(['TABLES '])
    expect(offers('show cre|')).toEqual(['create catalog ', 'create table ', 'create view '])
    expect(offers('select zone_id from rides gr|')).toContain('group by ')
    expect(completed('CREATE TABLE x (a BIG|')).toBe('CREATE TABLE x (a BIGINT ')
  })
  it('are not offered inside strings and for the name of a new table', () => {
    expect(offers("SELECT 'SEL|")).toEqual([])
    expect(offers('CREATE TABLE ri|')).toEqual([])
  })
})

describe('tables', () => {
  it('and views behind FROM, JOIN, INTO, DESCRIBE', () => {
    expect(offers('SELECT * FROM r|')).toEqual(['revenue', 'rich_rides', 'rides'])
    expect(completed('INSERT INTO rev|')).toBe('INSERT INTO revenue')
    expect(completed('DESCRIBE rid|')).toBe('DESCRIBE rides')
    expect(completed('SELECT * FROM rides, rev|')).toBe('SELECT * FROM rides, revenue')
    expect(completed('SELECT * FROM TABLE(TUMBLE(TABLE rid|')).toBe('SELECT * FROM TABLE(TUMBLE(TABLE rides')
  })
  it('of another database behind its name, and names of WITH', () => {
    expect(completed('SELECT * FROM other.t|')).toBe('SELECT * FROM other.trips')
    expect(completed('WITH best AS (SELECT 1) SELECT * FROM be|')).toBe('WITH best AS (SELECT 1) SELECT * FROM best')
  })
})

describe('columns', () => {
  it('of the tables in FROM, wherever that stands', () => {
    expect(offers('SELECT zone| FROM rides')).toEqual(['zone_id', 'zone_name'])
    expect(offers('SELECT | FROM rides')).toContain('`user`')
    expect(offers('SELECT zone|')).toEqual([])
  })
  it('of an alias', () => {
    expect(offers('SELECT a.| FROM rides AS a, revenue b')).toEqual(['zone_id', 'zone_name', 'amount', '`user`'])
    expect(offers('SELECT b.| FROM rides AS a, revenue b')).toEqual(['zone_id', 'total'])
  })
  it('of the table that is inserted into, of a view, of a window', () => {
    expect(offers('INSERT INTO revenue (|')).toEqual(['zone_id', 'total'])
    expect(completed('SELECT am| FROM rich_rides')).toBe('SELECT amount FROM rich_rides')
    expect(offers("SELECT window_| FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(t), INTERVAL '1' HOUR))")).toEqual([
      'window_start',
      'window_end',
      'window_time',
    ])
  })
  it('that the statement itself declares', () => {
    expect(completed('CREATE TABLE x (event_time TIMESTAMP(3), WATERMARK FOR eve|')).toMatch(/FOR event_time$/)
  })
  it('in back-quotes', () => {
    expect(completed('SELECT * FROM rides WHERE `us|')).toBe('SELECT * FROM rides WHERE `user`')
  })
})

describe('functions', () => {
  it('scalar, aggregate and those with a grammar of their own', () => {
    expect(offers('SELECT to_timestamp_l|')).toEqual(['to_timestamp_ltz('])
    expect(offers('SELECT COUN|')).toEqual(['COUNT('])
    expect(offers('SELECT COALE|')).toEqual(['COALESCE('])
    expect(offers('SELECT TRY_C|')).toEqual(['TRY_CAST('])
  })
})

describe('options', () => {
  it('keys: the connector first, then its own, without those that are there', () => {
    expect(offers('CREATE TABLE x (a INT) WITH (|')).toEqual(["'connector' = '"])
    expect(offers("CREATE TABLE x (a INT) WITH ('connector' = 'kafka', 'scan.startup.|")).toEqual([
      "'scan.startup.mode' = '",
      "'scan.startup.specific-offsets' = '",
      "'scan.startup.timestamp-millis' = '",
    ])
    expect(offers("CREATE TABLE x (a INT) WITH ('connector' = 'datagen', 'fields.a.k|")).toEqual([
      "'fields.a.kind' = '",
    ])
  })
  it('values where they are one of a few', () => {
    expect(offers("CREATE TABLE x (a INT) WITH ('connector' = '|")).toContain("'kafka'")
    expect(completed("CREATE TABLE x (a INT) WITH ('scan.startup.mode' = 'ear|', 'connector' = 'kafka')")).toContain(
      "'scan.startup.mode' = 'earliest-offset'",
    )
    expect(offers("CREATE TABLE x (a INT) WITH ('connector' = 'kafka', 'topic' = '|")).toEqual([])
  })
  it('of ALTER TABLE and of hints belong to the connector of the table', () => {
    expect(offers("ALTER TABLE other.trips SET ('scan.bounded.m|")).toEqual(["'scan.bounded.mode' = '"])
    expect(offers("SELECT * FROM other.trips /*+ OPTIONS('scan.bounded.mode' = 'lat|")).toEqual(["'latest-offset'"])
  })
})

describe('settings', () => {
  it('keys with and without quotes, values where they are one of a few', () => {
    expect(completed("SET 'sql-client.execution.res|")).toBe("SET 'sql-client.execution.result-mode' = '")
    expect(completed('SET sql-client.execution.res|')).toBe("SET 'sql-client.execution.result-mode' = '")
    expect(completed("SET 'sql-client.execution.result-mode' = 'tableau|")).toMatch(/= 'TABLEAU'$/)
    expect(completed("RESET 'pipeline.na|")).toBe("RESET 'pipeline.name'")
    expect(offers("SET 'table.dml-sync' = |")).toEqual(["'true'", "'false'"])
  })
})

it('the common beginning of candidates is at least what was typed', () => {
  const { candidates } = completeSql('select ZONE from rides', 11, vocabulary)
  expect(commonStart(candidates)).toBe('zone_')
  expect(commonStart([])).toBe('')
})

it('never fails, wherever the cursor stands', () => {
  const text =
    "WITH a AS (SELECT `x FROM t) SELECT a.b.c, 'it''s', /* c */ CREATE TABLE ( WITH ('connector' = 'nope', ' = ; SET '"
  for (let cursor = 0; cursor <= text.length; cursor++) completeSql(text, cursor, vocabulary)
})
