// Code for arithmetic: integers wrap around as in Java, BIGINT and DECIMAL leave the fast path where a double is not exact.
import type { LogicalType } from '../../types/logical-type.ts'
import { computeStrict, type Block, type Generator, type Value } from './code-context.ts'
import { isInterval } from './common-type.ts'
import type { CallExpression } from './expression.ts'

const SAFE_LIMIT = '9007199254740991'

/** The statement's value narrowed to the type's bits. */
function narrow(type: LogicalType, code: string): string {
  switch (type.kind) {
    case 'TINYINT':
      return `(${code}) << 24 >> 24`
    case 'SMALLINT':
      return `(${code}) << 16 >> 16`
    default:
      return `(${code}) | 0`
  }
}

function integerCode(operator: string, left: string, right: string): string {
  return operator === '*' ? `Math.imul(${left}, ${right})` : `${left} ${operator} ${right}`
}

const INT64_FUNCTIONS: Readonly<Record<string, string>> = {
  '+': 'int64Add',
  '-': 'int64Subtract',
  '*': 'int64Multiply',
  '/': 'int64Divide',
  '%': 'int64Remainder',
}
const DECIMAL_FUNCTIONS: Readonly<Record<string, string>> = {
  '+': 'decimalAdd',
  '-': 'decimalSubtract',
  '*': 'decimalMultiply',
  '/': 'decimalDivide',
  '%': 'decimalRemainder',
}

function isDivision(operator: string): boolean {
  return operator === '/' || operator === '%'
}

export function generateArithmetic({ context, generate }: Generator, expression: CallExpression, block: Block): Value {
  const generator = { context, generate }
  const { name: operator, type } = expression
  const [left, right] = expression.operands.map((operand) => generate(operand, block)) as [Value, Value]
  const operands = [left, right]
  const checkDivisor = isDivision(operator)
    ? [context.markSite(expression), `if (${right.code} == 0) ${context.intrinsic('divisionByZero')}();`]
    : []
  switch (type.kind) {
    case 'FLOAT':
      return computeStrict(generator, block, type, operands, (to) => [
        `${to} = Math.fround(${left.code} ${operator} ${right.code});`,
      ])
    case 'DOUBLE':
      return computeStrict(generator, block, type, operands, (to) => [
        `${to} = ${left.code} ${operator} ${right.code};`,
      ])
    case 'DECIMAL':
      return generateDecimal(generator, expression, block, left, right)
    case 'BIGINT':
      return generateInt64(generator, expression, block, left, right, checkDivisor)
    default:
      break
  }
  if (isInterval(type) && type.kind === 'INTERVAL_DAY_TIME') {
    return computeStrict(generator, block, type, operands, (to) => [`${to} = ${left.code} ${operator} ${right.code};`])
  }
  if (!left.isNumber || !right.isNumber || expression.operands.some((operand) => operand.type.kind === 'BIGINT')) {
    return generateInt64(generator, expression, block, left, right, checkDivisor)
  }
  return computeStrict(generator, block, type, operands, (to) => [
    ...checkDivisor,
    `${to} = ${narrow(type, integerCode(operator, left.code, right.code))};`,
  ])
}

function generateInt64(
  generator: Generator,
  { name: operator, type }: CallExpression,
  block: Block,
  left: Value,
  right: Value,
  checkDivisor: readonly string[],
): Value {
  const exact = generator.context.intrinsic(INT64_FUNCTIONS[operator]!)
  const call = `${exact}(${left.code}, ${right.code})`
  if (!left.isNumber || !right.isNumber) {
    return computeStrict(generator, block, type, [left, right], (to) => [...checkDivisor, `${to} = ${call};`], {
      isNumber: false,
    })
  }
  if (isDivision(operator)) {
    const code =
      operator === '/'
        ? `(${left.code} - ${left.code} % ${right.code}) / ${right.code} + 0`
        : `${left.code} % ${right.code} + 0`
    return computeStrict(generator, block, type, [left, right], (to) => [...checkDivisor, `${to} = ${code};`])
  }
  const code = operator === '*' ? `${left.code} * ${right.code} + 0` : `${left.code} ${operator} ${right.code}`
  return computeStrict(
    generator,
    block,
    type,
    [left, right],
    (to) => [`${to} = ${code};`, `if (${to} > ${SAFE_LIMIT} || ${to} < -${SAFE_LIMIT}) ${to} = ${call};`],
    { isNumber: false },
  )
}

function scaleOf(type: LogicalType): number {
  return type.kind === 'DECIMAL' ? type.scale : 0
}

function generateDecimal(
  generator: Generator,
  expression: CallExpression,
  block: Block,
  left: Value,
  right: Value,
): Value {
  const { context } = generator
  const { name: operator, operands } = expression
  const type = expression.type as LogicalType & { precision: number; scale: number }
  const scales = {
    left: scaleOf(operands[0]!.type),
    right: scaleOf(operands[1]!.type),
    precision: type.precision,
    scale: type.scale,
  }
  const scalesName = context.hoist(JSON.stringify(scales), 'k')
  const call = `${context.intrinsic(DECIMAL_FUNCTIONS[operator]!)}(${left.code}, ${right.code}, ${scalesName})`
  // only a result type cut to 38 digits can overflow, or a quotient
  const mayBeNull = type.precision === 38 || operator === '/'
  const isSafe = left.isNumber && right.isNumber
  const isAligned =
    operator === '*'
      ? scales.left + scales.right === scales.scale
      : scales.left === scales.right && scales.left === scales.scale
  if (!isSafe || isDivision(operator) || !isAligned) {
    const site = isDivision(operator) ? [context.markSite(expression)] : []
    return computeStrict(generator, block, type, [left, right], (to) => [...site, `${to} = ${call};`], {
      mayBeNull,
      isNumber: false,
    })
  }
  const code = operator === '*' ? `${left.code} * ${right.code} + 0` : `${left.code} ${operator} ${right.code}`
  return computeStrict(
    generator,
    block,
    type,
    [left, right],
    (to) => [`${to} = ${code};`, `if (${to} > ${SAFE_LIMIT} || ${to} < -${SAFE_LIMIT}) ${to} = ${call};`],
    { mayBeNull, isNumber: false },
  )
}

export function generateNegation(generator: Generator, expression: CallExpression, block: Block): Value {
  const { type } = expression
  const operand = generator.generate(expression.operands[0]!, block)
  switch (type.kind) {
    case 'DOUBLE':
    case 'FLOAT':
      return computeStrict(generator, block, type, [operand], (to) => [`${to} = -${operand.code};`])
    case 'BIGINT':
    case 'DECIMAL': {
      if (operand.isNumber)
        return computeStrict(generator, block, type, [operand], (to) => [`${to} = 0 - ${operand.code};`])
      const exact = generator.context.intrinsic(type.kind === 'BIGINT' ? 'int64Negate' : 'decimalNegate')
      return computeStrict(generator, block, type, [operand], (to) => [`${to} = ${exact}(${operand.code});`], {
        isNumber: false,
      })
    }
    case 'INTERVAL_DAY_TIME':
      return computeStrict(generator, block, type, [operand], (to) => [`${to} = 0 - ${operand.code};`])
    default:
      return computeStrict(generator, block, type, [operand], (to) => [
        `${to} = ${narrow(type, `0 - ${operand.code}`)};`,
      ])
  }
}
