// How tightly operators bind: Calcite's numbers (SqlStdOperatorTable), shared by parser and printer.
import type { BinaryOperator } from '../ast/query.ts'

export const precedence = {
  or: 22,
  and: 24,
  not: 26,
  is: 28,
  comparison: 30,
  between: 32,
  additive: 40,
  distinctFrom: 40,
  multiplicative: 60,
  unary: 80,
  postfix: 100,
} as const

export const binaryPrecedence: Readonly<Record<BinaryOperator, number>> = {
  OR: precedence.or,
  AND: precedence.and,
  '=': precedence.comparison,
  '<>': precedence.comparison,
  '<': precedence.comparison,
  '<=': precedence.comparison,
  '>': precedence.comparison,
  '>=': precedence.comparison,
  OVERLAPS: precedence.comparison,
  'MEMBER OF': precedence.comparison,
  'SUBMULTISET OF': precedence.comparison,
  '+': precedence.additive,
  '-': precedence.additive,
  '||': precedence.multiplicative,
  '*': precedence.multiplicative,
  '/': precedence.multiplicative,
  '%': precedence.multiplicative,
}
