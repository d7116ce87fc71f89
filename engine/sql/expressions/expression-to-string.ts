// Expressions in the notation of Flink's plans.
import { castToString } from '../../functions/cast-to-string.ts'
import { typeToString, withNullability, type LogicalType } from '../../types/logical-type.ts'
import { calciteTypeName } from './binder.ts'
import { isCharacter } from './common-type.ts'
import type { Expression, FrameBound, LiteralExpression } from './expression.ts'

const INFIX: ReadonlySet<string> = new Set([
  '+',
  '-',
  '*',
  '/',
  '%',
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  'AND',
  'OR',
  'IS DISTINCT FROM',
  'IS NOT DISTINCT FROM',
  'LIKE',
  'SIMILAR TO',
])
const POSTFIX: ReadonlySet<string> = new Set([
  'IS NULL',
  'IS NOT NULL',
  'IS TRUE',
  'IS NOT TRUE',
  'IS FALSE',
  'IS NOT FALSE',
])

function literalToString({ value, type }: LiteralExpression): string {
  if (value === null) return `null:${castTargetName(type)}`
  if (isCharacter(type)) return `'${(value as string).replaceAll("'", "''")}'`
  if (type.kind === 'INTERVAL_DAY_TIME') return `${value as number}:INTERVAL SECOND`
  if (type.kind === 'INTERVAL_YEAR_MONTH') return `${value as number}:INTERVAL MONTH`
  const text = castToString(type, 'UTC')(value)!
  if (type.kind === 'BOOLEAN') return text.toLowerCase()
  return text
}

function castTargetName(type: LogicalType): string {
  return type.kind === 'VARCHAR' || type.kind === 'VARBINARY'
    ? calciteTypeName(type)
    : typeToString(withNullability(type, true))
}

function boundToString(bound: FrameBound): string {
  const words = bound.kind.toUpperCase().replace('-', ' ')
  return 'offset' in bound ? `${expressionToString(bound.offset)} ${words}` : words
}

function callToString(
  name: string,
  operands: readonly string[],
  options: Readonly<Record<string, unknown>> | undefined,
): string {
  const [first = ''] = operands
  if (INFIX.has(name) && operands.length === 2) return `(${operands.join(` ${name} `)})`
  if (POSTFIX.has(name)) return `${first} ${name}`
  switch (name) {
    case 'NEGATE':
      return `-(${first})`
    case 'NOT':
      return `NOT(${first})`
    case 'DATETIME +':
      return `(${operands.join(' + ')})`
    case 'DATETIME -':
      return `(${operands.join(' - ')})`
    case 'ARRAY ITEM':
    case 'MAP ITEM':
      return `ITEM(${operands.join(', ')})`
    case 'EXTRACT':
      return `EXTRACT(${options!.unit as string}, ${first})`
    case 'UNIX_TIMESTAMP NOW':
      return 'UNIX_TIMESTAMP()'
    case 'FLOOR TO':
    case 'CEIL TO':
      return `${name.slice(0, -3)}(${first}, ${options!.unit as string})`
    case 'TIMESTAMPDIFF':
      return `TIMESTAMPDIFF(${options!.unit as string}, ${operands.join(', ')})`
    case 'IN':
      return `${first} IN (${operands.slice(1).join(', ')})`
    default:
      return `${name}(${operands.join(', ')})`
  }
}

/** The text of an expression, e.g. `((v > 9) AND (k = 'a'))`, as EXPLAIN shows it. */
export function expressionToString(expression: Expression): string {
  switch (expression.kind) {
    case 'column':
      return expression.name
    case 'literal':
      return literalToString(expression)
    case 'call':
      return callToString(expression.name, expression.operands.map(expressionToString), expression.options)
    case 'cast':
      return `${expression.mode === 'cast' ? 'CAST' : 'TRY_CAST'}(${expressionToString(expression.operand)} AS ${castTargetName(expression.type)})`
    case 'case': {
      const parts = expression.branches.flatMap((branch) => [
        expressionToString(branch.when),
        expressionToString(branch.then),
      ])
      return `CASE(${[...parts, expressionToString(expression.otherwise)].join(', ')})`
    }
    case 'field':
      return `${expressionToString(expression.operand)}.${expression.name}`
    case 'aggregate': {
      const operands = expression.operands.map(expressionToString).join(', ') || '*'
      const filter = expression.filter === undefined ? '' : ` FILTER ${expressionToString(expression.filter)}`
      return `${expression.name}(${expression.distinct ? 'DISTINCT ' : ''}${operands})${filter}`
    }
    case 'over': {
      const partition = expression.partitionBy.map(expressionToString).join(', ')
      const order = expression.orderBy
        .map(
          (sort) =>
            `${expressionToString(sort.expression)} ${sort.descending ? 'DESC' : 'ASC'} NULLS ${sort.nullsFirst ? 'FIRST' : 'LAST'}`,
        )
        .join(', ')
      const { frame } = expression
      const shown =
        frame === undefined
          ? ''
          : ` ${frame.unit.toUpperCase()} BETWEEN ${boundToString(frame.start)} AND ${boundToString(frame.end)}`
      const window = [partition === '' ? '' : `PARTITION BY ${partition}`, order === '' ? '' : `ORDER BY ${order}`]
        .filter((part) => part !== '')
        .join(' ')
      return `${expression.name}(${expression.operands.map(expressionToString).join(', ')}) OVER (${window}${shown})`
    }
  }
}
