import { describe, expect, test } from 'vitest'
import { parseExpression } from '../../../../engine/sql/parser/parse.ts'
import { locate, sourceText } from '../../../../engine/sql/parser/source-text.ts'
import { bindCondition, bindExpression } from '../../../../engine/sql/expressions/bind-expression.ts'
import { expressionKey, type Expression } from '../../../../engine/sql/expressions/expression.ts'
import { expressionToString } from '../../../../engine/sql/expressions/expression-to-string.ts'
import { createScope, type Scope } from '../../../../engine/sql/expressions/scope.ts'
import { types, typeToString } from '../../../../engine/types/logical-type.ts'

const columns = [
  { name: 'id', type: types.int(), index: 0, relation: 't' },
  { name: 'k', type: types.string(), index: 1, relation: 't' },
  { name: 'v', type: types.int(), index: 2, relation: 't' },
  { name: 'r', type: types.row([{ name: 'x', type: types.int(false) }]), index: 3, relation: 't' },
  { name: 'rt', type: { ...types.timestamp(3), timeAttribute: 'rowtime' as const }, index: 4, relation: 't' },
  { name: 'id', type: types.bigint(), index: 5, relation: 'u' },
  { name: 'total_amount', type: types.double(), index: 6, relation: 'u' },
  { name: 'p', type: types.decimal(10, 2), index: 7, relation: 'u' },
]

function scopeFor(text: string): { node: ReturnType<typeof parseExpression>; scope: Scope } {
  const source = sourceText(text)
  const scope = createScope(columns, { sessionTimeZone: 'UTC', locate: (node) => locate(source, node.span) })
  return { node: parseExpression(source), scope }
}

function bind(text: string): Expression {
  const { node, scope } = scopeFor(text)
  return bindExpression(node, scope)
}

describe('names', () => {
  test('column, qualified column, field of a row', () => {
    expect(bind('v')).toMatchObject({ kind: 'column', index: 2 })
    expect(bind('u.id')).toMatchObject({ kind: 'column', index: 5 })
    expect(bind('t.r.x')).toMatchObject({ kind: 'field', index: 0, type: types.int() })
  })

  test.each([
    ['nope', "Column 'nope' not found in any table", 1],
    ['1 + vv', "Column 'vv' not found in any table; did you mean 'v'?", 5],
    ['totalamount', "did you mean 'total_amount'?", 1],
    ['x.id', "Table 'x' not found", 1],
    ['t.kk', "Column 'kk' not found in table 't'; did you mean 'k'?", 1],
    ['id', "Column 'id' is ambiguous", 1],
    ['r.z', "Column 'r.z' not found in any table", 3],
  ])('%s', (text, message, column) => {
    expect(() => bind(text)).toThrow(
      expect.objectContaining({
        code: 'SQL_VALIDATION',
        message: expect.stringContaining(message),
        location: expect.objectContaining({ line: 1, column }),
      }),
    )
  })
})

describe('what does not fit is refused in the words of Flink', () => {
  test.each([
    [
      'k || v',
      "Cannot apply '||' to arguments of type '<VARCHAR(2147483647)> || <INTEGER>'. Supported form(s): '<STRING> || <STRING>'",
    ],
    [
      'v AND v',
      "Cannot apply 'AND' to arguments of type '<INTEGER> AND <INTEGER>'. Supported form(s): '<BOOLEAN> AND <BOOLEAN>'",
    ],
    ["v = '20'", 'implicit type conversion between INTEGER and CHAR is not supported now'],
    ['k + 1', "Cannot apply '+' to arguments of type '<VARCHAR(2147483647)> + <INTEGER>'"],
    ['rt > 5', "Cannot apply '>' to arguments of type '<TIMESTAMP(3)> > <INTEGER>'"],
    ['UPER(k)', 'No match found for function signature UPER(<VARCHAR(2147483647)>)'],
    [
      'UPPER(v)',
      "Cannot apply 'UPPER' to arguments of type 'UPPER(<INTEGER>)'. Supported form(s): 'UPPER(<CHARACTER>)'",
    ],
    ['UPPER(k, k)', "Invalid number of arguments to function 'UPPER'"],
    ['COUNT(DISTINCT v, k)', 'We now only support the count of one field.'],
    ['SUM(COUNT(v))', 'Aggregate expressions cannot be nested'],
    ['CAST(v AS FOO)', "Unknown identifier 'FOO'"],
    ['CAST(v AS TIMESTAMP(3))', 'Cast function cannot convert value of type INTEGER to type TIMESTAMP(3)'],
    ["INTERVAL '100' DAY", 'Interval field value 100 exceeds precision of DAY(2) field'],
    ["INTERVAL '3600' SECOND", 'Interval field value 3,600 exceeds precision of SECOND(2) field'],
    ['1 / 0', 'Division by zero'],
    ['1e0 / 0', 'Division by zero'],
    ['MOD(v, 0)', undefined],
    ['ROW_NUMBER()', 'OVER clause is necessary'],
  ])('%s', (text, message) => {
    if (message === undefined) expect(() => bind(text)).not.toThrow()
    else expect(() => bind(text)).toThrow(message)
  })

  test('a fix comes with it', () => {
    expect(() => bind('UPER(k)')).toThrow(expect.objectContaining({ fix: 'Did you mean UPPER?' }))
    expect(() => bind("INTERVAL '3600' SECOND")).toThrow(
      expect.objectContaining({ fix: "Write INTERVAL '3600' SECOND(4)." }),
    )
  })

  test.each([
    ['EXISTS (SELECT 1)', 'A subquery in an expression is not supported.'],
    ['v IN (SELECT 1)', 'A subquery in an expression is not supported.'],
    ["rt AT TIME ZONE 'UTC'", 'AT TIME ZONE is not supported.'],
    ['rt - rt', 'The difference of two datetimes is not supported.'],
  ])('%s is refused by name', (text, message) => {
    expect(() => bind(text)).toThrow(expect.objectContaining({ code: 'SQL_UNSUPPORTED', message }))
  })

  test('conditions', () => {
    const { node, scope } = scopeFor('v')
    expect(() => bindCondition(node, scope, 'WHERE')).toThrow('WHERE clause must be a condition')
    const windowed = scopeFor('ROW_NUMBER() OVER (ORDER BY v) = 1')
    expect(() => bindCondition(windowed.node, windowed.scope, 'WHERE')).toThrow(
      'Windowed aggregate expression is illegal in WHERE clause',
    )
    const aggregate = scopeFor('COUNT(*) > 1')
    expect(() => bindCondition(aggregate.node, aggregate.scope, 'WHERE')).toThrow(
      'Aggregate expression is illegal in WHERE clause',
    )
  })
})

describe('aggregates stay in the tree, typed by the rules of Flink', () => {
  test.each([
    ['COUNT(*)', 'BIGINT NOT NULL'],
    ['COUNT(DISTINCT v)', 'BIGINT NOT NULL'],
    ['SUM(v)', 'INT'],
    ['SUM(p)', 'DECIMAL(38, 2)'],
    ['AVG(v)', 'INT'],
    ['AVG(p)', 'DECIMAL(38, 6)'],
    ['AVG(total_amount)', 'DOUBLE'],
    ['STDDEV_POP(v)', 'INT'],
    ['MAX(rt)', 'TIMESTAMP(3)'],
    ['COLLECT(v)', 'MULTISET<INT> NOT NULL'],
    ['LISTAGG(k)', 'STRING'],
    ['PERCENTILE(v, 0.5)', 'DOUBLE'],
    ['JSON_ARRAYAGG(v)', 'VARCHAR(2000) NOT NULL'],
    ['JSON_OBJECTAGG(KEY k VALUE v)', 'VARCHAR(2000) NOT NULL'],
    ['COUNT(*) FILTER (WHERE v > 1)', 'BIGINT NOT NULL'],
  ])('%s', (text, type) => {
    const bound = bind(text)
    expect(bound.kind).toBe('aggregate')
    expect(typeToString(bound.type)).toBe(type)
  })

  test('OVER', () => {
    expect(bind('SUM(v) OVER (PARTITION BY k ORDER BY rt ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)')).toMatchObject({
      kind: 'over',
      name: 'SUM',
      orderBy: [{ descending: false, nullsFirst: true }],
      frame: { unit: 'rows', start: { kind: 'preceding', offset: { value: 2 } }, end: { kind: 'current-row' } },
    })
  })
})

test('constants are computed, what depends on the clock is not', () => {
  expect(bind("CHAR_LENGTH('abc') * 2 + v")).toMatchObject({
    operands: [{ kind: 'literal', value: 6 }, { kind: 'column' }],
  })
  expect(bind('TRUE AND v > 1')).toMatchObject({ name: '>' })
  expect(bind('v > 1 AND FALSE')).toMatchObject({ kind: 'literal', value: false })
  expect(bind('RAND() * 2')).toMatchObject({ kind: 'call' })
  expect(bind('CURRENT_TIMESTAMP')).toMatchObject({ kind: 'call' })
  expect(bind("CAST('x' AS INT)")).toMatchObject({ kind: 'cast' })
})

test('keys are blind to places and to names of columns', () => {
  expect(expressionKey(bind('  v + 1'))).toBe(expressionKey(bind('t.v + 1')))
  expect(expressionKey(bind('v + 1'))).not.toBe(expressionKey(bind('v + 2')))
})

test.each([
  ["v > 9 AND k = 'a'", "((v > 9) AND (k = 'a'))"],
  ["rt - INTERVAL '5' SECOND", '(rt - 5000:INTERVAL SECOND)'],
  ['CAST(v AS STRING)', 'CAST(v AS VARCHAR(2147483647))'],
  ['CASE WHEN v > 1 THEN 1 ELSE 0 END', 'CASE((v > 1), 1, 0)'],
  ['k IS NULL', 'k IS NULL'],
  ['UPPER(k)', 'UPPER(k)'],
  ['SUM(DISTINCT v)', 'SUM(DISTINCT v)'],
])('%s is shown as %s', (text, shown) => {
  expect(expressionToString(bind(text))).toBe(shown)
})
