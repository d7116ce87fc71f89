import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CalcFactory } from '../../../../engine/functions/function-context.ts'
import { loadGenerated } from '../../../../engine/common/load-generated.ts'
import { runtimeFunctions } from '../../../../engine/functions/runtime-functions.ts'
import { parseExpression } from '../../../../engine/sql/parser/parse.ts'
import { locate, sourceText } from '../../../../engine/sql/parser/source-text.ts'
import { bindCondition, bindExpression } from '../../../../engine/sql/expressions/bind-expression.ts'
import { evaluateConstant } from '../../../../engine/sql/expressions/evaluate-constant.ts'
import { literal, replaceExpressions, type Expression } from '../../../../engine/sql/expressions/expression.ts'
import { generateCalc, generateRowFunction } from '../../../../engine/sql/expressions/generate-calc.ts'
import { scopeOfRow, type ExpressionOptions } from '../../../../engine/sql/expressions/scope.ts'
import { types, type RowType } from '../../../../engine/types/logical-type.ts'
import { batchFromRows, rowFromBatch, type Cell, type RecordBatch } from '../../../../engine/types/record-batch.ts'
import { contextOf } from './golden-case.ts'

const inputType: RowType = types.row(
  [
    { name: 'i', type: types.int() },
    { name: 'b', type: types.bigint() },
    { name: 'd', type: types.double() },
    { name: 'n', type: types.decimal(20, 3) },
    { name: 's', type: types.string() },
    { name: 't', type: types.timestamp(6) },
    { name: 'o', type: types.boolean() },
  ],
  false,
)
const options: ExpressionOptions = { sessionTimeZone: 'Europe/Berlin' }

function bind(sql: string): Expression {
  const source = sourceText(sql)
  return bindExpression(
    parseExpression(source),
    scopeOfRow(inputType, { ...options, locate: (node) => locate(source, node.span) }),
  )
}

function calc(projection: readonly Expression[], filter?: string): (batch: RecordBatch) => RecordBatch | undefined {
  const outputType = types.row(
    projection.map((each, index) => ({ name: `x${index}`, type: each.type })),
    false,
  )
  const condition =
    filter === undefined ? undefined : bindCondition(parseExpression(filter), scopeOfRow(inputType, options), 'WHERE')
  const { code } = generateCalc({ inputType, projection, outputType, filter: condition })
  return loadGenerated<CalcFactory>(code)(runtimeFunctions, contextOf('Europe/Berlin'))
}

const expressions = [
  'i + 1',
  'i * i - 7',
  'i / 3',
  '-i',
  'b + i',
  'b * 3 - b',
  'b / 7',
  'b % 5',
  '-b',
  'd * i',
  'd / 2',
  'CAST(d AS INT)',
  'n + 1',
  'n * 2.5',
  'n / 3',
  'n - b',
  'n = b',
  'b > n',
  "s || '!'",
  'UPPER(s)',
  "s > 'b'",
  "s LIKE 'a%'",
  'CHAR_LENGTH(s) + i',
  "t + INTERVAL '1' HOUR",
  "t - INTERVAL '1' MONTH",
  'FLOOR(t TO DAY)',
  'EXTRACT(HOUR FROM t)',
  "t > TIMESTAMP '2024-01-01 00:00:00'",
  'CAST(t AS STRING)',
  'CAST(t AS TIMESTAMP_LTZ(3))',
  'o AND i > 0',
  'o OR b > 0',
  'NOT o',
  'i > 0 AND d > 0 OR o',
  'o IS TRUE',
  'o IS NOT FALSE',
  'i IS NULL',
  'b IS NOT NULL',
  'i IN (1, 2, 3)',
  'b IN (1, i, NULL)',
  'i NOT IN (7, NULL)',
  "s IN ('a', 'b')",
  'i BETWEEN 0 AND 10',
  'CASE WHEN o THEN b WHEN i > 0 THEN i END',
  'COALESCE(n, b, 0)',
  'NULLIF(i, 1)',
  "IF(o, s, 'none')",
  'i IS DISTINCT FROM b',
  'b IS NOT DISTINCT FROM i',
  'CAST(b AS INT)',
  'CAST(b AS DOUBLE)',
  'CAST(n AS BIGINT)',
  'CAST(i AS DECIMAL(12, 2))',
  'CAST(n AS DECIMAL(6, 1))',
  'CAST(b AS STRING)',
  'ARRAY[i, 1][1]',
  'ROW(i, s)',
  'GREATEST(b, i)',
  "CONCAT_WS('-', s, CAST(i AS STRING))",
  'ROUND(n, 1)',
  'ABS(i)',
  'TO_TIMESTAMP_LTZ(b, 3)',
]

const cells = {
  i: fc.oneof(fc.integer({ min: -2147483648, max: 2147483647 }), fc.integer({ min: -3, max: 11 })),
  b: fc.oneof(
    fc.integer({ min: -1000, max: 1000 }),
    fc.constantFrom<Cell>(9223372036854775807n, -9223372036854775808n, 9007199254740993n, 9007199254740991),
  ),
  d: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  n: fc.oneof(
    fc.integer({ min: -100000, max: 100000 }),
    fc.constantFrom<Cell>(99999999999999999999n, -12345678901234567890n),
  ),
  s: fc.constantFrom('a', 'b', 'abc', '', 'ä😀'),
  t: fc.oneof(
    fc.integer({ min: -4e12, max: 4e12 }),
    fc.record({ millis: fc.integer({ min: -4e12, max: 4e12 }), nanos: fc.constantFrom(1000, 999000) }),
  ),
  o: fc.boolean(),
}

function rowsOf(nullRate: number): fc.Arbitrary<Cell[][]> {
  const row = Object.values(cells).map((cell) =>
    nullRate === 0 ? cell : fc.option(cell as fc.Arbitrary<Cell>, { freq: nullRate }),
  )
  return fc.array(fc.tuple(...row), { minLength: 1, maxLength: 8 })
}

/** The row's values in place of its columns. */
function withValues(expression: Expression, row: readonly Cell[]): Expression {
  return replaceExpressions(expression, (each) =>
    each.kind === 'column' ? literal(row[each.index]!, each.type) : undefined,
  )
}

describe('a batch gives what each row gives by itself', () => {
  test.each(expressions)('%s', (sql) => {
    const expression = bind(sql)
    const process = calc([expression])
    fc.assert(
      fc.property(fc.oneof(rowsOf(0), rowsOf(2)), (rows) => {
        const output = process(batchFromRows(inputType, rows))!
        const expected = rows.map((row) => [evaluateConstant(withValues(expression, row), options)])
        expect(rows.map((_, index) => rowFromBatch(output, index))).toEqual(expected)
      }),
      { numRuns: 15 },
    )
  })
})

const rows: Cell[][] = [
  [1, 10, 0.5, 1000, 'a', 0, true],
  [2, null, 1.5, 2000, 'b', { millis: 5, nanos: 7000 }, false],
  [null, 9007199254740993n, 2.5, null, null, 10, null],
  [4, 40, 3.5, 4000, 'd', 20, true],
]

describe('filter', () => {
  const projection = [bind('b'), bind('i + 1'), bind('t'), bind('s')]

  test('only survivors are projected, with their row kinds and event times', () => {
    const input = {
      ...batchFromRows(inputType, rows, Uint8Array.of(0, 1, 2, 3)),
      eventTimes: Float64Array.of(5, 6, 7, 8),
    }
    const output = calc(projection, 'd > 1')(input)!
    expect(Array.from({ length: output.rowCount }, (_, row) => rowFromBatch(output, row))).toEqual([
      [null, 3, { millis: 5, nanos: 7000 }, 'b'],
      [9007199254740993n, null, 10, null],
      [40, 5, 20, 'd'],
    ])
    expect([...output.rowKinds!]).toEqual([1, 2, 3])
    expect([...output.eventTimes!]).toEqual([6, 7, 8])
  })

  test('a condition that is NULL refuses the row; nobody survives: no batch', () => {
    expect(calc(projection, 'i > 100')(batchFromRows(inputType, rows))).toBeUndefined()
    expect(calc([bind('i')], 'o')(batchFromRows(inputType, rows))!.rowCount).toBe(2)
  })

  test('columns that are passed on are not copied while every row survives', () => {
    const input = batchFromRows(inputType, rows)
    expect(calc([bind('s'), bind('i + 1')])(input)!.columns[0]).toBe(input.columns[4])
    expect(calc([bind('s')], 'd > 0')(input)!.columns[0]).toBe(input.columns[4])
    expect(calc([bind('s'), bind('b')])(input)!.columns).toEqual([input.columns[4], input.columns[1]])
  })

  test('what the filter refused is not evaluated', () => {
    expect(
      calc([bind('10 / i')], 'i <> 0')(batchFromRows(inputType, [[0, ...rows[0]!.slice(1)], rows[0]!]))!.rowCount,
    ).toBe(1)
  })
})

test('buffers are reused without leaking NULLs or large values into the next batch', () => {
  const process = calc([bind('b + 1'), bind('s || s')])
  process(batchFromRows(inputType, rows))
  const plain = [rows[0]!, rows[3]!]
  const output = process(batchFromRows(inputType, plain))!
  expect(plain.map((_, row) => rowFromBatch(output, row))).toEqual([
    [11, 'aa'],
    [41, 'dd'],
  ])
  expect(output.columns.every((column) => column.nulls === undefined && column.exact === undefined)).toBe(true)
})

test('a failure names the expression and its place', () => {
  const process = calc([bind('1 + CAST(s AS INT)')])
  expect(() => process(batchFromRows(inputType, [rows[0]!]))).toThrow(
    expect.objectContaining({
      code: 'EXPRESSION_FAILED',
      message: "For input string: 'a'. Invalid character found. In expression CAST(s AS INT) (line 1, column 5).",
      location: expect.objectContaining({ line: 1, column: 5 }),
    }),
  )
  expect(() => calc([bind('10 / (i - 1)')])(batchFromRows(inputType, [rows[0]!]))).toThrow('Division by zero')
})

test('the same expression is computed once', () => {
  const { code } = generateCalc({
    inputType,
    projection: [bind('UPPER(s)'), bind("UPPER(s) || 'x'")],
    outputType: types.row(
      [
        { name: 'a', type: types.string() },
        { name: 'b', type: types.string() },
      ],
      false,
    ),
  })
  expect(code.match(/"upper"/g)).toHaveLength(1)
  expect(code.match(/= f\d+\(c/g)).toHaveLength(2) // once in each of the two loops
})

test('a row function gives the milliseconds of each row', () => {
  const { code } = generateRowFunction({ inputType, expression: bind("t - INTERVAL '1' SECOND") })
  const run = loadGenerated<(functions: object, context: object) => (batch: RecordBatch) => Float64Array>(code)(
    runtimeFunctions,
    contextOf('UTC'),
  )
  expect([...run(batchFromRows(inputType, rows)).subarray(0, 4)]).toEqual([-1000, -995, -990, -980])
  expect(run(batchFromRows(inputType, [[...rows[0]!.slice(0, 5), null, true]]))[0]).toBeNaN()
})
