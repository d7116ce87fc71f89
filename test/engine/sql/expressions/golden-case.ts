// Recorded expression cases of real Flink: reading them, and running their expressions in process.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { castToString } from '../../../../engine/functions/cast-to-string.ts'
import type { CalcFactory, FunctionContext } from '../../../../engine/functions/function-context.ts'
import { loadGenerated } from '../../../../engine/common/load-generated.ts'
import { runtimeFunctions } from '../../../../engine/functions/runtime-functions.ts'
import { parseExpression, parseStatement } from '../../../../engine/sql/parser/parse.ts'
import { locate, sourceText } from '../../../../engine/sql/parser/source-text.ts'
import { bindExpression } from '../../../../engine/sql/expressions/bind-expression.ts'
import type { Expression } from '../../../../engine/sql/expressions/expression.ts'
import { generateCalc } from '../../../../engine/sql/expressions/generate-calc.ts'
import { logicalTypeOf } from '../../../../engine/sql/expressions/logical-type-of.ts'
import { scopeOfRow, type ExpressionOptions } from '../../../../engine/sql/expressions/scope.ts'
import { createCellCast } from '../../../../engine/functions/cast.ts'
import { createTimeZone } from '../../../../engine/functions/time-zone.ts'
import { types, type LogicalType, type RowType } from '../../../../engine/types/logical-type.ts'
import {
  batchFromRows,
  createBatch,
  getCell,
  type Cell,
  type RecordBatch,
} from '../../../../engine/types/record-batch.ts'

export interface RecordedExpression {
  readonly sql: string
  readonly type?: string
  readonly value?: string | null | (string | null)[]
  readonly error?: { readonly phase: 'plan' | 'runtime'; readonly message: string }
}
export interface GoldenCase {
  readonly id: string
  readonly settings: Readonly<Record<string, string>>
  readonly from: string | undefined
  readonly ddl: readonly string[]
  readonly records: readonly Readonly<Record<string, unknown>>[]
  readonly expressions: readonly RecordedExpression[]
}

const casesFolder = fileURLToPath(new URL('../../../fixtures/goldens/cases', import.meta.url))

interface CaseFile {
  settings?: Record<string, string>
  from?: string
  ddl?: string[]
  inputs?: { records: { value: Record<string, unknown> }[] }[]
  expected?: { exprs?: RecordedExpression[] }
}

/** Every recorded case made of expressions. */
export function readExpressionCases(): GoldenCase[] {
  return readdirSync(casesFolder).flatMap((area) =>
    readdirSync(join(casesFolder, area)).flatMap((name) => {
      const file = parse(readFileSync(join(casesFolder, area, name), 'utf8')) as CaseFile
      if (file.expected?.exprs === undefined) return []
      return [
        {
          id: `${area}/${name.replace('.yaml', '')}`,
          settings: file.settings ?? {},
          from: file.from,
          ddl: file.ddl ?? [],
          records: (file.inputs?.[0]?.records ?? []).map((record) => record.value),
          expressions: file.expected.exprs,
        },
      ]
    }),
  )
}

const NO_COLUMNS = types.row([], false)

export function contextOf(sessionTimeZone: string): FunctionContext {
  return { sessionTimeZone, clock: { now: () => 0 }, random: () => 0.5, currentWatermark: () => -Infinity }
}

/** A JSON value as a cell, by the casts from strings. */
function cellOf(value: unknown, type: LogicalType): Cell {
  if (value === null || value === undefined) return null
  switch (type.kind) {
    case 'ARRAY':
      return (value as unknown[]).map((element) => cellOf(element, type.element))
    case 'MAP':
      return new Map(Object.entries(value).map(([key, member]) => [key, cellOf(member, type.value)]))
    case 'ROW':
      return type.fields.map((field) => cellOf((value as Record<string, unknown>)[field.name], field.type))
    case 'VARBINARY':
      return new Uint8Array(Buffer.from(value as string, 'base64'))
    default: {
      const text = typeof value === 'string' ? value.replace(/Z$/, '') : JSON.stringify(value)
      return createCellCast(types.string(), type, createTimeZone('UTC'))(text)
    }
  }
}

function inputOf(test: GoldenCase, options: ExpressionOptions): RecordBatch {
  if (test.from === undefined) return createBatch(NO_COLUMNS, [], 1)
  const statement = parseStatement(test.ddl[0]!)
  if (statement.kind !== 'CreateTable') throw new Error('a case has one table')
  const fields = statement.columns!.map((column) => {
    if (column.kind !== 'PhysicalColumn') throw new Error('only physical columns')
    return { name: column.name.name, type: logicalTypeOf(column.type, options) }
  })
  const type: RowType = types.row(fields, false)
  return batchFromRows(
    type,
    test.records.map((record) => fields.map((field) => cellOf(record[field.name], field.type))),
  )
}

export interface Outcome {
  type?: string
  values?: (string | null)[]
  error?: { phase: 'plan' | 'runtime'; message: string }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export function runExpression(expression: Expression, input: RecordBatch, zone: string): (string | null)[] {
  const outputType = types.row([{ name: 'x', type: expression.type }], false)
  const { code } = generateCalc({ inputType: input.type, projection: [expression], outputType })
  const output = loadGenerated<CalcFactory>(code)(runtimeFunctions, contextOf(zone))(input)!
  const text = castToString(expression.type, zone)
  return Array.from({ length: input.rowCount }, (_, row) => text(getCell(expression.type, output.columns[0]!, row)))
}

/** Parses, binds, generates, runs. */
export function evaluateCase(test: GoldenCase, sql: string, typeToString: (type: LogicalType) => string): Outcome {
  const zone = test.settings['table.local-time-zone'] ?? 'UTC'
  const source = sourceText(sql)
  const options: ExpressionOptions = { sessionTimeZone: zone, locate: (node) => locate(source, node.span) }
  const input = inputOf(test, options)
  let expression: Expression
  try {
    expression = bindExpression(parseExpression(source), scopeOfRow(input.type, options, test.from))
  } catch (error) {
    return { error: { phase: 'plan', message: messageOf(error) } }
  }
  const type = typeToString(expression.type)
  try {
    return { type, values: runExpression(expression, input, zone) }
  } catch (error) {
    return { type, error: { phase: 'runtime', message: messageOf(error) } }
  }
}
