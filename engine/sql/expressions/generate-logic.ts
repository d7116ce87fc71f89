// Code for three-valued logic and CASE: what need not be evaluated is not.
import { Block, indent, initialCode, NULL_VALUE, type Generator, type Value } from './code-context.ts'
import type { CallExpression, CaseExpression, Expression } from './expression.ts'

/** A JavaScript condition that holds where the value is TRUE (neither FALSE nor NULL). */
export function isTrue(value: Value): string {
  if (value.isNull === undefined) return value.code
  return value.isNull === 'true' ? 'false' : `(!(${value.isNull}) && ${value.code})`
}

function isFalse(value: Value): string {
  if (value.isNull === undefined) return `!${value.code}`
  return value.isNull === 'true' ? 'false' : `(!(${value.isNull}) && !${value.code})`
}

/** AND is decided by FALSE, OR by TRUE; the right side is evaluated only where the left did not decide. */
export function generateAndOr(generator: Generator, expression: CallExpression, block: Block): Value {
  const { context, generate } = generator
  const isAnd = expression.name === 'AND'
  const [leftOperand, rightOperand] = expression.operands as [Expression, Expression]
  const left = generate(leftOperand, block)
  const result = context.name()
  const decides = isAnd ? isFalse : isTrue
  const inner = new Block(block)
  const right = generate(rightOperand, inner)
  if (left.isNull === undefined && right.isNull === undefined) {
    block.add(`let ${result} = ${isAnd ? 'false' : 'true'};`, `if (${isAnd ? '' : '!'}${left.code}) {`)
    block.add(...indent([...inner.lines, `${result} = ${right.code};`]), '}')
    return { code: result, isNull: undefined, isNumber: true }
  }
  // null stands for unknown
  const isUnknown = [left.isNull, right.isNull].filter((each) => each !== undefined).join(' || ')
  block.add(`let ${result} = ${isAnd ? 'false' : 'true'};`, `if (!(${decides(left)})) {`)
  block.add(
    ...indent([
      ...inner.lines,
      `${result} = ${decides(right)} ? ${isAnd ? 'false' : 'true'} : (${isUnknown}) ? null : ${isAnd ? 'true' : 'false'};`,
    ]),
    '}',
  )
  return { code: result, isNull: `${result} === null`, isNumber: true }
}

export function generateNot(generator: Generator, expression: CallExpression, block: Block): Value {
  const operand = generator.generate(expression.operands[0]!, block)
  if (operand.isNull === 'true') return NULL_VALUE
  const result = generator.context.name()
  block.add(`const ${result} = !${operand.code};`)
  return { code: result, isNull: operand.isNull, isNumber: true }
}

/** IS [NOT] NULL, TRUE, FALSE. */
export function generateIs(generator: Generator, expression: CallExpression, block: Block): Value {
  const operand = generator.generate(expression.operands[0]!, block)
  const test = expression.name.replace('IS ', '').replace('NOT ', '')
  const condition = test === 'NULL' ? (operand.isNull ?? 'false') : test === 'TRUE' ? isTrue(operand) : isFalse(operand)
  const result = generator.context.name()
  block.add(`const ${result} = ${expression.name.includes('NOT') ? `!(${condition})` : condition};`)
  return { code: result, isNull: undefined, isNumber: true }
}

export function generateCase(generator: Generator, expression: CaseExpression, block: Block): Value {
  const { context, generate } = generator
  const result = context.name()
  let mayBeNull = false
  let isNumber = true
  const assign = (then: Expression, target: Block): void => {
    const value = generate(then, target)
    if (value.isNull !== undefined) mayBeNull = true
    if (!value.isNumber) isNumber = false
    target.add(
      `${result} = ${value.isNull === undefined || value.isNull === 'true' ? value.code : `(${value.isNull}) ? null : ${value.code}`};`,
    )
  }
  const addBranches = (index: number, target: Block): void => {
    const branch = expression.branches[index]
    if (branch === undefined) return assign(expression.otherwise, target)
    const condition = isTrue(generate(branch.when, target))
    const then = new Block(target)
    assign(branch.then, then)
    const rest = new Block(target)
    addBranches(index + 1, rest)
    target.add(`if (${condition}) {`, ...indent(then.lines), '} else {', ...indent(rest.lines), '}')
  }
  block.add(`let ${result} = ${initialCode(expression.type)};`)
  addBranches(0, block)
  return { code: result, isNull: mayBeNull ? `${result} === null` : undefined, isNumber }
}
