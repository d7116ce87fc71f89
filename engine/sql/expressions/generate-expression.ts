// Code for one expression: the dispatcher, columns, literals, and calls of the catalogue.
import { check } from '../../common/check.ts'
import {
  cellCode,
  computeStrict,
  isExactKind,
  NULL_VALUE,
  type Block,
  type CodeContext,
  type Generator,
  type Value,
} from './code-context.ts'
import {
  expressionKey,
  someExpression,
  type CallExpression,
  type ColumnExpression,
  type Expression,
  type FieldExpression,
  type LiteralExpression,
} from './expression.ts'
import { findFunction } from './function-catalog.ts'
import { generateArithmetic, generateNegation } from './generate-arithmetic.ts'
import { generateCase, generateAndOr, generateIs, generateNot } from './generate-logic.ts'
import { generateCast } from './generate-cast.ts'
import { generateComparison, generateDistinctFrom, generateIn } from './generate-comparison.ts'

export function createGenerator(context: CodeContext): Generator {
  const generator: Generator = { context, generate: (expression, block) => generateOnce(generator, expression, block) }
  return generator
}

function generateOnce(generator: Generator, expression: Expression, block: Block): Value {
  if (expression.kind === 'literal') return generateLiteral(generator, expression)
  const key = expressionKey(expression)
  const known = block.find(key)
  if (known !== undefined) return known
  const value = generateNode(generator, expression, block)
  return isRepeatable(expression) ? block.remember(key, value) : value
}

/** RAND() twice is two numbers. */
function isRepeatable(expression: Expression): boolean {
  return !someExpression(
    expression,
    (each) => each.kind === 'call' && findFunction(each.name)?.isDeterministic === false,
  )
}

function generateNode(generator: Generator, expression: Exclude<Expression, LiteralExpression>, block: Block): Value {
  switch (expression.kind) {
    case 'column':
      return generateColumn(generator, expression, block)
    case 'call':
      return generateCall(generator, expression, block)
    case 'cast':
      return generateCast(generator, expression, block)
    case 'case':
      return generateCase(generator, expression, block)
    case 'field':
      return generateField(generator, expression, block)
    case 'aggregate':
    case 'over':
      return check(false, `${expression.name} must be planned before code is generated`) as never
  }
}

function generateLiteral({ context }: Generator, { value }: LiteralExpression): Value {
  if (value === null) return NULL_VALUE
  const isObject = typeof value === 'object'
  const code = isObject ? context.hoist(cellCode(value), 'k') : cellCode(value)
  return { code: code.startsWith('-') ? `(${code})` : code, isNull: undefined, isNumber: typeof value === 'number' }
}

function generateColumn({ context }: Generator, { index, type }: ColumnExpression, block: Block): Value {
  context.columnsRead.set(index, type)
  const value = context.name('c')
  const read = type.kind === 'BOOLEAN' ? `v${index}[i] === 1` : `v${index}[i]`
  if (context.variant === 'fast') {
    block.add(`const ${value} = ${read};`)
    return { code: value, isNull: undefined, isNumber: true }
  }
  if (!isExactKind(type)) block.add(`const ${value} = ${read};`)
  else
    block.add(
      `let ${value} = ${read};`,
      `if (${value} !== ${value} && e${index} !== undefined) ${value} = e${index}[i];`,
    )
  block.add(`const ${value}n = n${index} !== undefined && n${index}[i] === 1;`)
  return { code: value, isNull: `${value}n`, isNumber: !isExactKind(type) }
}

function generateField(generator: Generator, { operand, index, type }: FieldExpression, block: Block): Value {
  const row = generator.generate(operand, block)
  return computeStrict(generator, block, type, [row], (to) => [`${to} = ${row.code}[${index}];`], {
    mayBeNull: true,
    isNumber: !isExactKind(type),
  })
}

function generateCall(generator: Generator, expression: CallExpression, block: Block): Value {
  switch (expression.name) {
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return generateArithmetic(generator, expression, block)
    case 'NEGATE':
      return generateNegation(generator, expression, block)
    case '=':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return generateComparison(generator, expression, block)
    case 'IS DISTINCT FROM':
    case 'IS NOT DISTINCT FROM':
      return generateDistinctFrom(generator, expression, block)
    case 'IN':
      return generateIn(generator, expression, block)
    case 'AND':
    case 'OR':
      return generateAndOr(generator, expression, block)
    case 'NOT':
      return generateNot(generator, expression, block)
    case 'IS NULL':
    case 'IS NOT NULL':
    case 'IS TRUE':
    case 'IS NOT TRUE':
    case 'IS FALSE':
    case 'IS NOT FALSE':
      return generateIs(generator, expression, block)
    default:
      return generateFunction(generator, expression, block)
  }
}

/** Functions that are hot in streaming jobs and simple on plain numbers. */
function inlineFunction({ name, operands, options }: CallExpression, values: readonly Value[]): string | undefined {
  const [first, second] = values
  const [firstOperand, secondOperand] = operands
  switch (name) {
    case 'TO_TIMESTAMP_LTZ': {
      const isWhole =
        first!.isNumber && firstOperand !== undefined && ['INTEGER', 'BIGINT'].includes(firstOperand.type.kind)
      const precision =
        secondOperand === undefined ? 3 : secondOperand.kind === 'literal' ? secondOperand.value : undefined
      if (!isWhole || operands.length > 2) return undefined
      return precision === 3 ? first!.code : precision === 0 ? `${first!.code} * 1000` : undefined
    }
    case 'DATETIME +':
    case 'DATETIME -': {
      const isTimestamp = firstOperand!.type.kind === 'TIMESTAMP' || firstOperand!.type.kind === 'TIMESTAMP_LTZ'
      if (!isTimestamp || !first!.isNumber || secondOperand!.type.kind !== 'INTERVAL_DAY_TIME') return undefined
      return `${first!.code} ${name.at(-1)!} ${second!.code}`
    }
    case 'FLOOR TO': {
      const unit = { SECOND: 1000, MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000 }[options!.unit as string]
      if (unit === undefined || firstOperand!.type.kind !== 'TIMESTAMP' || !first!.isNumber) return undefined
      return `Math.floor(${first!.code} / ${unit}) * ${unit}`
    }
    case 'ABS':
      return firstOperand!.type.kind === 'DOUBLE' ? `Math.abs(${first!.code})` : undefined
    default:
      return undefined
  }
}

function generateFunction(generator: Generator, expression: CallExpression, block: Block): Value {
  const { context, generate } = generator
  const { type } = expression
  const name = expression.name === '||' ? 'CONCAT' : expression.name
  const definition = findFunction(name)
  check(definition !== undefined, `no function ${name} in the catalogue`)
  const values = expression.operands.map((operand) => generate(operand, block))
  const inline = inlineFunction(expression, values)
  if (inline !== undefined) return computeStrict(generator, block, type, values, (to) => [`${to} = ${inline};`])
  if (expression.name === '||') {
    return computeStrict(generator, block, type, values, (to) => [
      `${to} = ${values.map((value) => value.code).join(' + ')};`,
    ])
  }
  const operandTypes = expression.operands.map((operand) => operand.type)
  const implementation = context.scalarFunction(definition.implementation, operandTypes, type, expression.options)
  const details = { mayBeNull: definition.mayGiveNull, isNumber: !isExactKind(type) }
  // the defaults of JSON_VALUE may be NULL without making the result so
  const takesNulls = definition.takesNulls || name === 'JSON_VALUE'
  if (!takesNulls) {
    return computeStrict(
      generator,
      block,
      type,
      values,
      (to) => [
        context.markSite(expression),
        `${to} = ${implementation}(${values.map((value) => value.code).join(', ')});`,
      ],
      details,
    )
  }
  const strict = name === 'JSON_VALUE' ? values.slice(0, 2) : []
  const operands = values.map((value) =>
    value.isNull === undefined
      ? value.code
      : value.isNull === 'true'
        ? 'null'
        : `(${value.isNull}) ? null : ${value.code}`,
  )
  return computeStrict(
    generator,
    block,
    type,
    strict,
    (to) => [context.markSite(expression), `${to} = ${implementation}(${operands.join(', ')});`],
    details,
  )
}
