import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ExpressionNode } from '../../../../engine/sql/ast/query.ts'
import { parseExpression, parseStatement } from '../../../../engine/sql/parser/parse.ts'
import { printExpression, printStatement } from '../../../../engine/sql/parser/print.ts'
import { recordedCases, shape } from './recorded-statements.ts'

/** Names of functions print in upper case; nothing else may change. */
const caseless = (node: unknown): string => JSON.stringify(shape(node)).toLowerCase()

const more = [
  "INSERT INTO t PARTITION (a = 1, b) (c, d) SELECT * FROM u /*+ OPTIONS('k' = 'v'), BROADCAST(u) */",
  "EXECUTE STATEMENT SET BEGIN INSERT INTO a VALUES (1, 'x'), (2, 'y'); INSERT OVERWRITE b SELECT 1; END",
  'EXPLAIN ESTIMATED_COST, CHANGELOG_MODE INSERT INTO a TABLE b',
  'WITH RECURSIVE a (x) AS (SELECT 1), b AS (VALUES 1, 2) (SELECT * FROM a ORDER BY x LIMIT 1) UNION ALL TABLE b ORDER BY 1 OFFSET 2',
  'SELECT ALL t.*, a.b.c FROM t, (u CROSS JOIN LATERAL TABLE(f(x => 1, y => DEFAULT)) AS g (h)) NATURAL JOIN v FULL JOIN w USING (a, b)',
  'SELECT 1 FROM t GROUP BY a, (b, c), (), GROUPING SETS ((a), ROLLUP (b, c), CUBE (a, (b, c))) HAVING x WINDOW w AS (PARTITION BY a ORDER BY b DESC NULLS LAST ROWS 2 PRECEDING), v AS (w RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) QUALIFY RANK() OVER w = 1',
  "SELECT * FROM t FOR SYSTEM_TIME AS OF o.p AS r MATCH_RECOGNIZE (PARTITION BY a ORDER BY b MEASURES FINAL LAST(A.x) AS y ALL ROWS PER MATCH AFTER MATCH SKIP TO FIRST A PATTERN (A (B | C+ D)*? {- E -} F{2,3} G{2,} H{,4} I{5}) WITHIN INTERVAL '1' HOUR DEFINE A AS PREV(x, 1) > 1) AS m (n)",
  'SELECT * FROM TABLE(f(TABLE t PARTITION BY (a, b) ORDER BY (c DESC), TABLE(SELECT 1) PARTITION BY a, DESCRIPTOR(a, b))) CROSS JOIN UNNEST(a) WITH ORDINALITY AS u (x, y)',
  "CREATE TEMPORARY TABLE IF NOT EXISTS a.b.c (`x``y` ROW<a INT NOT NULL 'c', b MAP<STRING, INT ARRAY>> PRIMARY KEY NOT ENFORCED COMMENT 'it''s', m INT METADATA FROM 'k' VIRTUAL, n AS m + 1 COMMENT 'n', WATERMARK FOR x.y AS x.y - INTERVAL '1' SECOND, CONSTRAINT p PRIMARY KEY (a, b) NOT ENFORCED) COMMENT 't' DISTRIBUTED BY HASH(a) INTO 3 BUCKETS PARTITIONED BY (a, b) WITH ('k' = 'v') LIKE d (INCLUDING ALL OVERWRITING OPTIONS)",
  "CREATE OR REPLACE TABLE t (a, b) WITH ('k' = 'v') AS SELECT 1, 2",
  "CREATE VIEW IF NOT EXISTS v (a, b) COMMENT 'c' AS SELECT 1, 2",
  "CREATE DATABASE IF NOT EXISTS c.d COMMENT 'x' WITH ('a' = 'b')",
  "CREATE CATALOG c WITH ('type' = 'x')",
  "CREATE TEMPORARY SYSTEM FUNCTION f AS 'a.b.C' LANGUAGE JAVA USING JAR 'x.jar', JAR 'y.jar'",
  "ALTER TABLE t SET ('a' = 'b')", "ALTER TABLE t RESET ('a', 'b')", 'ALTER TABLE IF EXISTS t RENAME TO u', 'ALTER TABLE t RENAME a TO b',
  'ALTER TABLE t MODIFY (a INT FIRST, b AS 1 AFTER a, c INT METADATA, WATERMARK FOR a AS a, PRIMARY KEY (a) NOT ENFORCED)',
  'ALTER TABLE t DROP (a, b)', 'ALTER TABLE t DROP PRIMARY KEY', 'ALTER TABLE t DROP CONSTRAINT c', 'ALTER TABLE t DROP WATERMARK', 'ALTER TABLE t DROP DISTRIBUTION', 'ALTER TABLE t ADD DISTRIBUTION BY RANGE(a)',
  'ALTER VIEW v RENAME TO w', 'ALTER VIEW v AS SELECT 1', "ALTER DATABASE d SET ('a' = 'b')",
  'DROP TEMPORARY VIEW IF EXISTS v', 'DROP DATABASE d CASCADE', 'DROP TEMPORARY SYSTEM FUNCTION f',
  'USE CATALOG c', 'USE c.d', 'SET', 'RESET', "RESET 'a.b'", "SHOW TABLES FROM a.b NOT LIKE '%x'", "SHOW COLUMNS IN t ILIKE 'a'", 'SHOW CURRENT DATABASE', 'SHOW CREATE VIEW v', 'SHOW USER FUNCTIONS',
  'DESCRIBE EXTENDED t', 'DESC DATABASE EXTENDED d', 'BEGIN STATEMENT SET', 'END',
] // prettier-ignore

const moreExpressions = [
  'a = ALL (1, 2)', 'a > ANY (SELECT 1)', 'a NOT IN (SELECT 1 UNION SELECT 2)', 'NOT EXISTS (SELECT 1)', '(SELECT 1) + 2', '((SELECT 1) UNION SELECT 2)',
  "a NOT SIMILAR TO 'x' ESCAPE '!'", 'a NOT BETWEEN SYMMETRIC 1 AND 2', 'a IS NOT JSON SCALAR', 'a IS NOT DISTINCT FROM b', 'NOT (a IS UNKNOWN)',
  "LISTAGG(DISTINCT a, ',') WITHIN GROUP (ORDER BY b) FILTER (WHERE c)", 'FIRST_VALUE(a) IGNORE NULLS OVER (ORDER BY b RANGE BETWEEN INTERVAL 1 DAY PRECEDING AND 1 FOLLOWING)', 'ARRAY_AGG(a ORDER BY b DESC)', 'SUM(a) OVER w',
  "JSON_VALUE(a, '$' RETURNING INT NULL ON EMPTY DEFAULT 1 ON ERROR)", "JSON_QUERY(a, '$' RETURNING ARRAY<STRING> WITHOUT WRAPPER EMPTY ARRAY ON EMPTY ERROR ON ERROR)", "JSON_EXISTS(a, '$' TRUE ON ERROR)", 'JSON_OBJECT(KEY a VALUE b, c VALUE d ABSENT ON NULL)', 'JSON_ARRAY(1, 2 NULL ON NULL)', 'JSON_OBJECTAGG(a VALUE b) FILTER (WHERE c)', 'JSON_ARRAYAGG(a ORDER BY b ABSENT ON NULL)',
  "- - 5", '- -a', '+a - -b', 'INTERVAL -(a + 1) DAY(3)', "INTERVAL -'1 02:03' DAY(3) TO MINUTE", "INTERVAL '1.5' SECOND(2, 3)", "INTERVAL '1:2.5' MINUTE TO SECOND(1)", 'INTERVAL a.b MONTHS',
  "ts AT TIME ZONE 'UTC' AT LOCAL", '(a).b[1].c', 'f(x).y', 'my.db.fn(1)', '`my fn`(1)', '`date`(1)', 'a.b.c.d', 'MULTISET[1, 2]', 'ARRAY(SELECT 1)', 'ROW()', "CASE a WHEN 1, 2 THEN 'x' END",
  "OVERLAY('a' PLACING 'b' FROM 1 FOR 2)", "POSITION('a' IN 'b' FROM 2)", "TRIM(TRAILING FROM a)", "TRIM(BOTH 'x' FROM a)", 'TIMESTAMPADD(SQL_TSI_DAY, 1, a)', 'CURRENT_TIMESTAMP', 'LOCALTIME', 'NOW()', "N'x'", "_UTF16'x'", "DECIMAL '-1'", '1.', '.5', '1e-3', 'CAST(a AS INTERVAL DAY TO SECOND(3))', "CAST(a AS RAW('x', 'y'))", 'CAST(a AS my.`type` NOT NULL)', 'a OVERLAPS b', 'a MEMBER OF b',
] // prettier-ignore

describe('print', () => {
  it('is undone by parsing, for every recorded statement and expression and those of more syntax', () => {
    const recorded = recordedCases().filter(({ error, name }) => !(error !== undefined && name.startsWith('errors/')))
    for (const sql of [...recorded.flatMap(({ statements }) => statements), ...more]) {
      const tree = parseStatement(sql)
      const text = printStatement(tree)
      const again = parseStatement(text)
      expect(caseless(again), text).toBe(caseless(tree))
      expect(printStatement(again)).toBe(text)
    }
    for (const sql of [...recorded.flatMap(({ expressions }) => expressions), ...moreExpressions]) {
      const tree = parseExpression(sql)
      const text = printExpression(tree)
      expect(caseless(parseExpression(text)), `${sql} → ${text}`).toBe(caseless(tree))
    }
  })

  it.each([
    ["ts - interval '5' second", "`ts` - INTERVAL '5' SECOND"],
    ['proctime()', 'PROCTIME()'],
    ['(a + 1) * b', '(`a` + 1) * `b`'],
    ['a + (1 * b)', '`a` + 1 * `b`'],
    ['cast(a as int)', 'CAST(`a` AS INT)'],
    ['extract(year from a)', 'EXTRACT(YEAR FROM `a`)'],
    ['floor(a to day)', 'FLOOR(`a` TO DAY)'],
    ["a.b <> 'it''s'", "`a`.`b` <> 'it''s'"],
    ['count(distinct a)', 'COUNT(DISTINCT `a`)'],
  ])('writes %s as Flink does: %s', (sql, text) => {
    expect(printExpression(parseExpression(sql))).toBe(text)
  })

  it('writes each clause on its own line', () => {
    expect(printStatement(parseStatement('select t.id, t.k k2 from db.t as t where t.id > 1 group by t.id'))).toBe(
      'SELECT `t`.`id`, `t`.`k` AS `k2`\nFROM `db`.`t` AS `t`\nWHERE `t`.`id` > 1\nGROUP BY `t`.`id`',
    )
  })

  it('is undone by parsing, for any expression', () => {
    fc.assert(
      fc.property(expressions, (tree) => {
        const text = printExpression(tree)
        expect(shape(parseExpression(text)), text).toEqual(shape(tree))
      }),
      { numRuns: 1000 },
    )
  })
})

const span = { start: 0, end: 0 }
const name = fc
  .constantFrom('a', 'b', 'select', 'x y', 'q`r', 'Zone', 'é')
  .map((text) => ({ kind: 'Identifier' as const, name: text, span }))
const names = fc.array(name, { minLength: 1, maxLength: 3 })
const plain = {
  quantifier: undefined,
  bare: false,
  orderBy: [],
  withinGroup: false,
  filter: undefined,
  nullTreatment: undefined,
  over: undefined,
}

const { expressions } = fc.letrec<{ expressions: ExpressionNode }>((tie) => {
  const operand = tie('expressions')
  const operands = fc.array(operand, { minLength: 1, maxLength: 3 })
  const negated = fc.boolean()
  const record = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> => fc.record(model) as fc.Arbitrary<T>
  const kind = <K extends string>(value: K): fc.Arbitrary<K> => fc.constant(value)
  const at = fc.constant(span)
  const none = fc.constant(undefined)
  const arbitrary: fc.Arbitrary<unknown> = fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    record({ kind: kind('ColumnReference'), parts: names, span: at }),
    record({ kind: kind('NumberLiteral'), form: kind('integer'), text: fc.nat().map(String), span: at }),
    record({ kind: kind('StringLiteral'), value: fc.string(), charset: none, span: at }),
    record({ kind: kind('NullLiteral'), span: at }),
    record({ kind: kind('UnaryExpression'), operator: fc.constantFrom('+', '-', 'NOT'), operand, span: at }),
    record({ kind: kind('BinaryExpression'), operator: fc.constantFrom('+', '-', '*', '/', '%', '||', '=', '<>', '<', '<=', '>', '>=', 'AND', 'OR', 'OVERLAPS', 'MEMBER OF'), left: operand, right: operand, span: at }),
    record({ kind: kind('IsExpression'), operand, test: fc.constantFrom('NULL', 'TRUE', 'UNKNOWN', 'JSON VALUE', 'JSON OBJECT'), negated, span: at }),
    record({ kind: kind('DistinctFromExpression'), left: operand, right: operand, negated, span: at }),
    record({ kind: kind('BetweenExpression'), operand, low: operand, high: operand, symmetric: negated, negated, span: at }),
    record({ kind: kind('LikeExpression'), operator: fc.constantFrom('LIKE', 'SIMILAR TO'), operand, pattern: operand, escape: fc.option(operand, { nil: undefined }), negated, span: at }),
    record({ kind: kind('InListExpression'), operand, items: operands, negated, span: at }),
    record({ kind: kind('ItemAccess'), operand, index: operand, span: at }),
    record({ kind: kind('FieldAccess'), operand, field: name, span: at }),
    record({ kind: kind('AtTimeZoneExpression'), operand, zone: fc.option(operand, { nil: undefined }), span: at }),
    record({ kind: kind('CaseExpression'), operand: none, branches: fc.tuple(operand, operand).map(([condition, result]) => [{ kind: 'CaseBranch', conditions: [condition], result, span }]), otherwise: fc.option(operand, { nil: undefined }), span: at }),
    record({ kind: kind('RowConstructor'), explicit: kind('x').map(() => true), elements: operands, span: at }),
    record({ kind: kind('CollectionConstructor'), type: fc.constantFrom('ARRAY', 'MAP'), elements: operands, span: at }),
    operands.map((args) => ({ kind: 'FunctionCall', name: { kind: 'QualifiedName', parts: [{ kind: 'Identifier', name: 'COALESCE', span }], span }, arguments: args, ...plain, span })),
  )
  return { expressions: arbitrary as fc.Arbitrary<ExpressionNode> }
}) // prettier-ignore
