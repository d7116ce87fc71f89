// Expressions and the columns they read.
import {
  findExpressions,
  replaceExpressions,
  someExpression,
  type ColumnExpression,
  type Expression,
} from '../expressions/expression.ts'
import { findFunction } from '../expressions/function-catalog.ts'

/** Input columns an expression reads, each once. */
export function columnsRead(expressions: readonly Expression[]): number[] {
  const read = expressions.flatMap((expression) =>
    findExpressions(expression, (each) => each.kind === 'column').map((each) => (each as ColumnExpression).index),
  )
  return [...new Set(read)].sort((left, right) => left - right)
}

/** The expression over an input whose columns moved. Every column read must have a new place. */
export function moveColumns(expression: Expression, place: (column: number) => number): Expression {
  return replaceExpressions(expression, (each) =>
    each.kind === 'column' ? { ...each, index: place(each.index) } : undefined,
  )
}

/** The expression with each column replaced by what computes it. */
export function inlineColumns(expression: Expression, definitions: readonly Expression[]): Expression {
  return replaceExpressions(expression, (each) => {
    if (each.kind !== 'column') return undefined
    const definition = definitions[each.index]!
    return definition.kind === 'column'
      ? { ...definition, type: each.type, location: each.location ?? definition.location }
      : definition
  })
}

export function isIdentity(expressions: readonly Expression[], width: number): boolean {
  return (
    expressions.length === width && expressions.every((each, index) => each.kind === 'column' && each.index === index)
  )
}

/** Gives something else each time, or at each place: computed once, where it stands. */
export function isVolatile(expression: Expression): boolean {
  return someExpression(
    expression,
    (each) => each.kind === 'call' && findFunction(each.name)?.isDeterministic === false,
  )
}
