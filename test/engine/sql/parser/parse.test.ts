import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FlinktsError, type TextLocation } from '../../../../engine/common/errors.ts'
import { parseExpression, parseQuery, parseStatement } from '../../../../engine/sql/parser/parse.ts'
import { reservedWords } from '../../../../engine/sql/parser/keywords.ts'
import { recordedCases, shape } from './recorded-statements.ts'

function errorOf(sql: string, parse: (text: string) => unknown = parseStatement): FlinktsError {
  try {
    parse(sql)
  } catch (error) {
    if (error instanceof FlinktsError) return error
    throw error
  }
  throw new Error(`parsed: ${sql}`)
}
const at = ({ line, column }: TextLocation): string => `${line}:${column}`

describe('parseStatement', () => {
  /** Flink's own line and column; the last two it reports without a place. */
  const refused: Record<string, string> = {
    'errors/reserved_column_name': '1:17',
    'errors/select_into': '1:11',
    'errors/syntax_error_trailing': '1:22',
    'errors/trailing_comma': '1:23',
    'errors/unterminated_string': '1:8',
    'errors/two_watermarks': '1:74',
    'errors/two_statements': '1:19',
  }

  it('parses every recorded statement and expression, and refuses where Flink does', () => {
    const failures: Record<string, string> = {}
    for (const { name, statements, expressions } of recordedCases()) {
      try {
        statements.forEach((sql) => parseStatement(sql))
        expressions.forEach((sql) => parseExpression(sql))
      } catch (error) {
        expect(error).toMatchObject({ code: 'SQL_SYNTAX' })
        failures[name] = at((error as FlinktsError).location!)
      }
    }
    expect(failures).toEqual(refused)
  })

  it.each([
    ['SELCT id FROM t', '1:1', 'Did you mean SELECT?'],
    ['SELECT id FORM t', '1:16', 'Did you mean FROM instead of FORM?'],
    ['SELECT id FROM t WERE id > 1', '1:23', 'Did you mean WHERE instead of WERE?'],
    ['CREATE TABEL t (a INT)', '1:8', 'Did you mean TABLE?'],
    ['SELECT id\nFROM t\nGROUP YB id', '3:7', 'Did you mean BY?'],
    ['SELECT a != b FROM t', '1:10', "Write '<>' for 'not equal'."],
    ['SELECT "a" FROM t', '1:8', 'Put strings in single quotes and names in back-quotes.'],
    ['SELECT timestamp FROM t', '1:8', 'To use it as a name, put it in back-quotes: `timestamp`.'],
    ['CREATE TABLE t (value INT)', '1:17', 'To use it as a name, put it in back-quotes: `value`.'],
    ['SELECT /* open', '1:8', 'End it with */.'],
    ['SELECT `open', '1:8', 'End it with `.'],
    ["SELECT X'ABC'", '1:8', undefined],
    ["SELECT TIMESTAMP 'yesterday'", '1:18', "Write it as TIMESTAMP '2025-01-31 23:59:59'."],
    [
      "SELECT INTERVAL '1' DAY TO MONTH",
      '1:21',
      'Write YEAR TO MONTH, or a range within DAY, HOUR, MINUTE and SECOND.',
    ],
    ['CREATE TABLE t (a)', '1:17', 'Write the type after the name.'],
    ['', '1:1', undefined],
    [';', '1:1', undefined],
  ])('says where and how to mend %j', (sql, place, fix) => {
    const error = errorOf(sql)
    expect(error.code).toBe('SQL_SYNTAX')
    expect([at(error.location!), error.fix]).toEqual([place, fix])
  })

  it('says what was found and what was expected', () => {
    expect(errorOf('DROP TABLE').message).toBe('Unexpected end of the statement; expected a name or IF.')
    expect(errorOf('CREATE TABLE x (select INT)').message).toMatch(
      /^Unexpected 'select' \(a reserved word\); expected a column name/,
    )
  })

  it('refuses what Flink SQL has and flinkts has not by name', () => {
    expect(parseStatement('CREATE MATERIALIZED TABLE m AS SELECT 1;')).toMatchObject({
      kind: 'UnsupportedStatement',
      construct: 'CREATE MATERIALIZED TABLE',
    })
  })

  it.each([
    ['SHOW JOBS', { action: 'SHOW', jobId: undefined, withSavepoint: false, withDrain: false }],
    ["DESCRIBE JOB 'a1'", { action: 'DESCRIBE', jobId: 'a1', withSavepoint: false, withDrain: false }],
    ["STOP JOB 'a1'", { action: 'STOP', jobId: 'a1', withSavepoint: false, withDrain: false }],
    ["STOP JOB 'a1' WITH SAVEPOINT", { action: 'STOP', jobId: 'a1', withSavepoint: true, withDrain: false }],
    ["STOP JOB 'a1' WITH SAVEPOINT WITH DRAIN", { action: 'STOP', jobId: 'a1', withSavepoint: true, withDrain: true }],
  ])('reads %s', (sql, expected) => {
    expect(parseStatement(sql)).toMatchObject({ kind: 'JobStatement', ...expected })
  })
  it('still describes a table named job, and takes DRAIN only with a savepoint, as Flink does', () => {
    expect(parseStatement('DESCRIBE job')).toMatchObject({ kind: 'DescribeStatement' })
    for (const sql of ["STOP JOB 'a1' WITH DRAIN", "STOP JOB 'a1' WITH DRAIN WITH SAVEPOINT"]) {
      expect(errorOf(sql)).toMatchObject({
        message: expect.stringContaining('WITH DRAIN stands only behind WITH SAVEPOINT') as string,
        location: { line: 1, column: 15 },
      })
    }
  })

  it('reads keys and values of SET without quotes', () => {
    const option = (sql: string): unknown => {
      const statement = parseStatement(sql)
      return statement.kind === 'SetStatement' && statement.option && [statement.option.key, statement.option.value]
    }
    expect(option('SET table.local-time-zone = UTC')).toEqual(['table.local-time-zone', 'UTC'])
    expect(option('SET execution.checkpointing.interval=10s;')).toEqual(['execution.checkpointing.interval', '10s'])
    expect(option("SET 'a' = 'b';")).toEqual(['a', 'b'])
    expect(option('SET table.local-time-zone = Europe/Berlin;')).toEqual(['table.local-time-zone', 'Europe/Berlin'])
  })

  it('never fails but with SQL_SYNTAX, whatever the text', () => {
    const words = [...reservedWords].slice(0, 400)
    const piece = fc.oneof(
      fc.constantFrom(...words),
      fc.constantFrom(
        'SELECT',
        'FROM',
        '(',
        ')',
        '[',
        ']',
        ',',
        '.',
        ';',
        "'",
        '`',
        "'a'",
        '1',
        '1.5e3',
        'a',
        '*',
        '/*+',
        '*/',
        '--',
        '{',
        '=>',
        'NOT',
        'IN',
        'CASE',
        'WHEN',
      ),
      fc.string({ maxLength: 5 }),
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 40 }).map((parts) => parts.join(' ')),
          fc.string({ unit: 'binary' }),
        ),
        (sql) => {
          for (const parse of [parseStatement, parseQuery, parseExpression]) {
            try {
              parse(sql)
            } catch (error) {
              expect(error).toMatchObject({ code: 'SQL_SYNTAX' })
            }
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('never fails but with SQL_SYNTAX on recorded statements with a piece cut out', () => {
    const statements = recordedCases().flatMap((recorded) => recorded.statements)
    fc.assert(
      fc.property(fc.constantFrom(...statements), fc.nat(), fc.nat(20), (sql, position, length) => {
        const from = position % sql.length
        const cut = sql.slice(0, from) + sql.slice(from + length)
        try {
          parseStatement(cut)
        } catch (error) {
          expect(error).toMatchObject({ code: 'SQL_SYNTAX' })
        }
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['parentheses', `SELECT ${'('.repeat(50_000)}`],
    ['signs', `SELECT ${'- '.repeat(50_000)} 1`],
    ['operators', `SELECT 1${' + 1'.repeat(50_000)}`],
    ['NOT', `SELECT ${'NOT '.repeat(50_000)} a`],
    ['joins', `SELECT * FROM t${', t'.repeat(50_000)}`],
    ['set operations', `SELECT 1${' UNION ALL SELECT 1'.repeat(20_000)}`],
    ['types', `CREATE TABLE t (a ${'ARRAY<'.repeat(50_000)}`],
    ['postfix types', `CREATE TABLE t (a INT${' ARRAY'.repeat(50_000)})`],
    ['tables', `SELECT * FROM ${'('.repeat(50_000)}`],
    ['grouping sets', `SELECT 1 FROM t GROUP BY ${'ROLLUP('.repeat(50_000)}`],
    ['patterns', `SELECT * FROM t MATCH_RECOGNIZE (PATTERN ${'('.repeat(50_000)}`],
  ])('limits the nesting of %s', (_what, sql) => {
    expect(errorOf(sql).code).toBe('SQL_SYNTAX')
  })
})

describe('precedence', () => {
  it.each([
    ['a OR b AND c', 'a OR (b AND c)'],
    ['NOT a = b', 'NOT (a = b)'],
    ['NOT a AND b', '(NOT a) AND b'],
    ['a = b IS NULL', '(a = b) IS NULL'],
    ['a + b * c', 'a + (b * c)'],
    ['a - b - c', '(a - b) - c'],
    ["a || 'x' = b", "(a || 'x') = b"],
    ['-a * b', '(-a) * b'],
    ['-a[1]', '-(a[1])'],
    ['a BETWEEN 1 AND 2 AND b', '(a BETWEEN 1 AND 2) AND b'],
    ['a BETWEEN 1 + 1 AND 2 + 2 OR b', '(a BETWEEN (1 + 1) AND (2 + 2)) OR b'],
    ['x = a IS DISTINCT FROM b', 'x = (a IS DISTINCT FROM b)'],
    ["a LIKE 'x' || 'y' AND b", "(a LIKE ('x' || 'y')) AND b"],
    ['a IN (1) = b', '(a IN (1)) = b'],
    ["ts - INTERVAL '5' SECOND > b", "(ts - INTERVAL '5' SECOND) > b"],
  ])('reads %s as %s', (plain, parenthesized) => {
    expect(shape(parseExpression(plain))).toEqual(shape(parseExpression(parenthesized)))
  })
})

describe('forms', () => {
  it.each([
    ['INT ARRAY', 'ARRAY<INT>'],
    ['ROW(a INT)', 'ROW<a INT>'],
    ['TIMESTAMP(3) WITH LOCAL TIME ZONE', 'TIMESTAMP_LTZ(3)'],
    ['NUMERIC(5)', 'DECIMAL(5)'],
    ['CHARACTER VARYING(3)', 'VARCHAR(3)'],
  ])('reads the type %s as %s', (one, other) => {
    expect(shape(parseExpression(`CAST(a AS ${one})`))).toEqual(shape(parseExpression(`CAST(a AS ${other})`)))
  })

  it.each([
    ['SUBSTRING(a FROM 2 FOR 3)', 'SUBSTRING(a, 2, 3)'],
    ['TRIM(BOTH FROM a)', 'TRIM(a)'],
    ["JSON_OBJECT('k' VALUE 1)", "JSON_OBJECT(KEY 'k' VALUE 1)"],
    ["JSON_QUERY(a, '$' WITH WRAPPER)", "JSON_QUERY(a, '$' WITH UNCONDITIONAL ARRAY WRAPPER)"],
    ['a = SOME (SELECT 1)', 'a = ANY (SELECT 1)'],
    ['EXTRACT(DAYS FROM a)', 'EXTRACT(DAY FROM a)'],
    ["U&'!00e9' UESCAPE '!'", "'é'"],
    ["'a'\n'b'", "'ab'"],
    ["DECIMAL '1.5'", '1.5'],
  ])('reads %s as %s', (one, other) => {
    expect(shape(parseExpression(one))).toEqual(shape(parseExpression(other)))
  })

  it.each([
    ['SELECT a FROM t LIMIT 3', 'SELECT a FROM t FETCH FIRST 3 ROWS ONLY'],
    ['SELECT a FROM t LIMIT 2, 3', 'SELECT a FROM t LIMIT 3 OFFSET 2'],
    ['SELECT 1 MINUS SELECT 2', 'SELECT 1 EXCEPT SELECT 2'],
    ['SELECT 1 UNION SELECT 2 INTERSECT SELECT 3', 'SELECT 1 UNION (SELECT 2 INTERSECT SELECT 3)'],
    ['SELECT 1 EXCEPT SELECT 2 UNION SELECT 3', '(SELECT 1 EXCEPT SELECT 2) UNION SELECT 3'],
    ['SELECT * FROM ((SELECT 1) UNION SELECT 2) AS x', 'SELECT * FROM (SELECT 1 UNION SELECT 2) AS x'],
    ['SELECT * FROM TUMBLE((SELECT 1), DESCRIPTOR(a))', 'SELECT * FROM TABLE(TUMBLE(TABLE(SELECT 1), DESCRIPTOR(a)))'],
    ['SELECT * FROM t LEFT OUTER JOIN u ON a = b', 'SELECT * FROM t LEFT JOIN u ON a = b'],
  ])('reads %s as %s', (one, other) => {
    expect(shape(parseQuery(one))).toEqual(shape(parseQuery(other)))
  })

  it('gives every node its place in the text', () => {
    const sql = "SELECT a + b AS c FROM t WHERE ts > TIMESTAMP '2025-01-01 00:00:00'"
    const texts: string[] = []
    JSON.stringify(parseStatement(sql), (key, value: { start: number; end: number }) => {
      if (key === 'span') texts.push(sql.slice(value.start, value.end))
      return value
    })
    expect(texts).toContain('a + b')
    expect(texts).toContain('a + b AS c')
    expect(texts).toContain("ts > TIMESTAMP '2025-01-01 00:00:00'")
    expect(texts).toContain(sql)
  })

  it('freezes the tree', () => {
    const check = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return
      expect(Object.isFrozen(value), JSON.stringify(value)).toBe(true)
      Object.values(value).forEach(check)
    }
    check(
      parseStatement(
        'SELECT a, COUNT(*) OVER (PARTITION BY b) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(c), INTERVAL 1 DAY)) GROUP BY CUBE(a)',
      ),
    )
    check(parseStatement('ALTER TABLE t ADD (a INT FIRST, b AS a + 1)'))
    check(parseStatement('CREATE TABLE t (a INT PRIMARY KEY NOT ENFORCED) LIKE u (INCLUDING ALL)'))
  })
})
