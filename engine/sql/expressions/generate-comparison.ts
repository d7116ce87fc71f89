// Code for comparisons, IS DISTINCT FROM and IN.
import { withNullability, type LogicalType } from '../../types/logical-type.ts'
import { cellCode, computeStrict, type Block, type Generator, type Value } from './code-context.ts'
import type { CallExpression, Expression } from './expression.ts'

const JAVASCRIPT_OPERATORS: Readonly<Record<string, string>> = {
  '=': '===',
  '<>': '!==',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
}

function scaleOf(type: LogicalType): number {
  return type.kind === 'DECIMAL' ? type.scale : 0
}

/** A JavaScript condition on two values that are not NULL. */
function conditionCode(
  generator: Generator,
  operator: string,
  left: Value,
  right: Value,
  leftType: LogicalType,
  rightType: LogicalType,
): string {
  const { context } = generator
  const symbol = JAVASCRIPT_OPERATORS[operator]!
  // == and != compare numbers with bigints by value
  const loose = symbol.slice(0, 2)
  const ofCompare = (compare: string): string => `${compare} ${symbol} 0`
  switch (leftType.kind) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
    case 'DECIMAL': {
      const [leftScale, rightScale] = [scaleOf(leftType), scaleOf(rightType)]
      if (leftScale !== rightScale) {
        return ofCompare(
          `${context.intrinsic('compareDecimals')}(${left.code}, ${leftScale}, ${right.code}, ${rightScale})`,
        )
      }
      const isStrict = left.isNumber && right.isNumber
      return `${left.code} ${isStrict || !symbol.includes('==') ? symbol : loose} ${right.code}`
    }
    case 'CHAR':
    case 'VARCHAR':
      if (operator === '=' || operator === '<>') return `${left.code} ${symbol} ${right.code}`
      return ofCompare(`${context.intrinsic('compareStrings')}(${left.code}, ${right.code})`)
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      if (left.isNumber && right.isNumber) return `${left.code} ${symbol} ${right.code}`
      return ofCompare(`${context.intrinsic('compareTimestamps')}(${left.code}, ${right.code})`)
    case 'BINARY':
    case 'VARBINARY':
      return ofCompare(`${context.intrinsic('compareBytes')}(${left.code}, ${right.code})`)
    case 'ARRAY':
    case 'MAP':
    case 'MULTISET':
    case 'ROW': {
      const compare = context.hoist(`functions.compareCells(${JSON.stringify(withNullability(leftType, true))})`, 'f')
      return ofCompare(`${compare}(${left.code}, ${right.code})`)
    }
    default:
      return `${left.code} ${symbol} ${right.code}`
  }
}

export function generateComparison(generator: Generator, expression: CallExpression, block: Block): Value {
  const [left, right] = expression.operands as [Expression, Expression]
  const first = generator.generate(left, block)
  const second = generator.generate(right, block)
  return computeStrict(generator, block, expression.type, [first, second], (to) => [
    `${to} = ${conditionCode(generator, expression.name, first, second, left.type, right.type)};`,
  ])
}

/** NULL is a value like any other here; so is NaN not. */
export function generateDistinctFrom(generator: Generator, expression: CallExpression, block: Block): Value {
  const [left, right] = expression.operands as [Expression, Expression]
  const first = generator.generate(left, block)
  const second = generator.generate(right, block)
  const firstNull = first.isNull ?? 'false'
  const secondNull = second.isNull ?? 'false'
  const same = conditionCode(generator, '=', first, second, left.type, right.type)
  const equal = `((${firstNull}) || (${secondNull}) ? (${firstNull}) && (${secondNull}) : ${same})`
  const result = generator.context.name()
  block.add(`const ${result} = ${expression.name === 'IS DISTINCT FROM' ? '!' : ''}${equal};`)
  return { code: result, isNull: undefined, isNumber: true }
}

const SET_KINDS: readonly LogicalType['kind'][] = [
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'DECIMAL',
  'CHAR',
  'VARCHAR',
  'DATE',
  'TIME',
]

/** Constants that are not NULL become a set; otherwise the items are compared one by one, with SQL's NULLs. */
export function generateIn(generator: Generator, expression: CallExpression, block: Block): Value {
  const [operand, ...items] = expression.operands as [Expression, ...Expression[]]
  const value = generator.generate(operand, block)
  const isSet =
    SET_KINDS.includes(operand.type.kind) && items.every((item) => item.kind === 'literal' && item.value !== null)
  if (isSet) {
    const members = items.map((item) => cellCode((item as Expression & { kind: 'literal' }).value))
    const set = generator.context.hoist(`new Set([${members.join(', ')}])`, 'k')
    return computeStrict(generator, block, expression.type, [value], (to) => [`${to} = ${set}.has(${value.code});`])
  }
  const values = items.map((item) => generator.generate(item, block))
  const conditions = values.map((item, index) => {
    const condition = conditionCode(generator, '=', value, item, operand.type, items[index]!.type)
    return item.isNull === undefined ? condition : `(!(${item.isNull}) && ${condition})`
  })
  const unknown = values.map((item) => item.isNull).filter((isNull) => isNull !== undefined)
  return computeStrict(
    generator,
    block,
    expression.type,
    [value],
    (to) => [
      `${to} = ${conditions.join(' || ')};`,
      ...(unknown.length === 0 ? [] : [`if (!${to} && (${unknown.join(' || ')})) ${to} = null;`]),
    ],
    { mayBeNull: unknown.length > 0 },
  )
}
