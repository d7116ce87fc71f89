// Computes what does not depend on rows when the statement is planned.
import { DIVISION_BY_ZERO } from '../../functions/evaluation-error.ts'
import { fitText } from '../../functions/cast.ts'
import type { Cell } from '../../types/record-batch.ts'
import { FlinktsError, isFlinktsError } from '../../common/errors.ts'
import { evaluateConstant } from './evaluate-constant.ts'
import { childrenOf, mapChildren, someExpression, type Expression } from './expression.ts'
import { expressionToString } from './expression-to-string.ts'
import { findFunction } from './function-catalog.ts'
import type { ExpressionOptions } from './scope.ts'

/** The same at any time and for every row. */
function isConstant(expression: Expression): boolean {
  return !someExpression(expression, (each) => {
    if (each.kind === 'column' || each.kind === 'aggregate' || each.kind === 'over') return true
    return each.kind === 'call' && findFunction(each.name)?.isDeterministic === false
  })
}

/** A CHAR literal has its type's length: Flink cuts and pads a folded value. */
function fitLiteral(expression: Expression, value: Cell): Cell {
  return expression.type.kind === 'CHAR' && typeof value === 'string' ? fitText(expression.type)(value) : value
}

/**
 * Replaces constant parts by their values. A failing part stays and fails for the first row, as in Flink; only a
 * division by zero is an error of the statement.
 */
export function foldConstants(expression: Expression, options: ExpressionOptions): Expression {
  if (expression.kind === 'literal' || expression.kind === 'column') return expression
  checkDivisor(expression)
  if (isConstant(expression)) {
    try {
      const value = fitLiteral(expression, evaluateConstant(expression, options))
      return { kind: 'literal', value, type: expression.type, location: expression.location }
    } catch (error) {
      if (isDivisionByZero(error)) throw error
      if (childrenOf(expression).every((child) => child.kind === 'literal')) return expression
    }
  }
  return simplifyLogic(mapChildren(expression, (child) => foldConstants(child, options)))
}

/** Constants are divided as decimals in Flink's planner, so that even `1e0 / 0` has no result. */
function checkDivisor(expression: Expression): void {
  if (expression.kind !== 'call' || (expression.name !== '/' && expression.name !== '%')) return
  const [dividend, divisor] = expression.operands as [Expression, Expression]
  if (constantValue(divisor) !== 0 || !isConstant(dividend)) return
  throw new FlinktsError('EXPRESSION_FAILED', `${DIVISION_BY_ZERO} in ${expressionToString(expression)}`, {
    location: expression.location,
  })
}

function constantValue(expression: Expression): Cell | undefined {
  if (expression.kind === 'cast') return constantValue(expression.operand)
  return expression.kind === 'literal' ? expression.value : undefined
}

function isDivisionByZero(error: unknown): boolean {
  return isFlinktsError(error) && error.message.startsWith(DIVISION_BY_ZERO)
}

/** TRUE AND x, FALSE OR x. */
function simplifyLogic(expression: Expression): Expression {
  if (expression.kind !== 'call' || (expression.name !== 'AND' && expression.name !== 'OR')) return expression
  const neutral = expression.name === 'AND'
  const [left, right] = expression.operands as [Expression, Expression]
  for (const [constant, other] of [
    [left, right],
    [right, left],
  ] as const) {
    if (constant.kind !== 'literal' || constant.value === null) continue
    return constant.value === neutral ? other : constant
  }
  return expression
}
