// Expressions: a Pratt parser with Calcite's precedences (SqlStdOperatorTable).
import type { BinaryOperator, ComparisonOperator, ExpressionNode, IsTest, QueryNode } from '../ast/query.ts'
import { parsePrimary } from './parse-primary.ts'
import type { Parser } from './parser.ts'
import { binaryPrecedence, precedence } from './precedence.ts'

const binaryOperators: ReadonlyMap<string, number> = new Map(Object.entries(binaryPrecedence))
const comparisons: readonly string[] = ['=', '<>', '<', '<=', '>', '>=']

export function parseExpression(p: Parser, minimum: number): ExpressionNode {
  const start = p.peek().start
  let left = parsePrefix(p)
  for (let length = 1; ; length++) {
    const next = parseInfix(p, left, start, minimum)
    if (next === undefined) return left
    p.chained(length)
    left = next
  }
}

function parsePrefix(p: Parser): ExpressionNode {
  const start = p.peek().start
  if (p.accept('NOT')) {
    return p.node(start, { kind: 'UnaryExpression', operator: 'NOT', operand: p.expression(precedence.not - 1) })
  }
  const sign = p.acceptAny(['-', '+'])
  if (sign !== undefined) {
    return p.node(start, { kind: 'UnaryExpression', operator: sign, operand: p.expression(precedence.unary - 1) })
  }
  return parsePrimary(p)
}

/** The expression that the operator here makes of `left`, or undefined if none binds tighter than `minimum`. */
function parseInfix(p: Parser, left: ExpressionNode, start: number, minimum: number): ExpressionNode | undefined {
  p.expecting('an operator')
  const postfix = parsePostfix(p, left, start)
  if (postfix !== undefined) return postfix
  if (minimum < precedence.is && p.looksLike(0, 'IS') && !atDistinctFrom(p)) return parseIs(p, left, start)
  if (minimum < precedence.distinctFrom && atDistinctFrom(p)) return parseDistinctFrom(p, left, start)
  if (minimum < precedence.between) {
    const predicate = parsePredicate(p, left, start)
    if (predicate !== undefined) return predicate
  }
  const token = p.peek()
  const tightness = token.type === 'word' || token.type === 'symbol' ? binaryOperators.get(token.value) : undefined
  if (tightness !== undefined && minimum < tightness) {
    p.next()
    const operator = token.value as BinaryOperator
    if (comparisons.includes(operator)) {
      const quantified = parseQuantified(p, left, operator as ComparisonOperator, start)
      if (quantified !== undefined) return quantified
    }
    const right = p.expression(tightness)
    return p.node(start, { kind: 'BinaryExpression', operator, left, right })
  }
  return parseMultisetTest(p, left, start, minimum)
}

function parsePostfix(p: Parser, left: ExpressionNode, start: number): ExpressionNode | undefined {
  if (p.looksLike(0, '[')) {
    p.next()
    const index = p.expression()
    p.expect(']')
    return p.node(start, { kind: 'ItemAccess', operand: left, index })
  }
  if (p.looksLike(0, '.')) {
    p.next()
    return p.node(start, { kind: 'FieldAccess', operand: left, field: p.identifier('a field name') })
  }
  if (p.looksLike(0, 'AT', 'LOCAL')) {
    p.next()
    p.next()
    return p.node(start, { kind: 'AtTimeZoneExpression', operand: left, zone: undefined })
  }
  if (p.looksLike(0, 'AT', 'TIME', 'ZONE')) {
    p.expect('AT', 'TIME', 'ZONE')
    return p.node(start, { kind: 'AtTimeZoneExpression', operand: left, zone: parsePrimary(p) })
  }
  return undefined
}

const atDistinctFrom = (p: Parser): boolean =>
  p.looksLike(0, 'IS', 'DISTINCT') || p.looksLike(0, 'IS', 'NOT', 'DISTINCT')

function parseDistinctFrom(p: Parser, left: ExpressionNode, start: number): ExpressionNode {
  p.expect('IS')
  const negated = p.accept('NOT')
  p.expect('DISTINCT', 'FROM')
  const right = p.expression(precedence.between)
  return p.node(start, { kind: 'DistinctFromExpression', left, right, negated })
}

function parseIs(p: Parser, operand: ExpressionNode, start: number): ExpressionNode {
  p.expect('IS')
  const negated = p.accept('NOT')
  let test: IsTest
  if (p.accept('JSON')) {
    const detail = p.acceptAny(['VALUE', 'OBJECT', 'ARRAY', 'SCALAR'])
    test = `JSON ${detail ?? 'VALUE'}`
  } else {
    test = p.expectAny(['NULL', 'TRUE', 'FALSE', 'UNKNOWN'])
  }
  return p.node(start, { kind: 'IsExpression', operand, test, negated })
}

function parsePredicate(p: Parser, operand: ExpressionNode, start: number): ExpressionNode | undefined {
  const negated = p.looksLike(0, 'NOT')
  const ahead = negated ? 1 : 0
  const word = ['BETWEEN', 'LIKE', 'SIMILAR', 'IN'].find((candidate) => p.looksLike(ahead, candidate))
  if (word === undefined) return undefined
  if (negated) p.next()
  if (word === 'BETWEEN') return parseBetween(p, operand, start, negated)
  if (word === 'IN') return parseIn(p, operand, start, negated)
  p.next()
  if (word === 'SIMILAR') p.expect('TO')
  const operator = word === 'LIKE' ? 'LIKE' : 'SIMILAR TO'
  const pattern = p.expression(precedence.between)
  const escape = p.accept('ESCAPE') ? p.expression(precedence.between) : undefined
  return p.node(start, { kind: 'LikeExpression', operator, operand, pattern, escape, negated })
}

function parseBetween(p: Parser, operand: ExpressionNode, start: number, negated: boolean): ExpressionNode {
  p.expect('BETWEEN')
  const symmetric = p.acceptAny(['ASYMMETRIC', 'SYMMETRIC']) === 'SYMMETRIC'
  const low = p.expression(precedence.and)
  p.expect('AND')
  const high = p.expression(precedence.between)
  return p.node(start, { kind: 'BetweenExpression', operand, low, high, symmetric, negated })
}

function parseIn(p: Parser, operand: ExpressionNode, start: number, negated: boolean): ExpressionNode {
  p.expect('IN')
  const source = parseQueryOrList(p)
  return 'length' in source
    ? p.node(start, { kind: 'InListExpression', operand, items: source, negated })
    : p.node(start, { kind: 'InSubqueryExpression', operand, query: source, negated })
}

/** `(query)` or `(a, b, …)`. */
function parseQueryOrList(p: Parser): QueryNode | ExpressionNode[] {
  const start = p.peek().start
  p.expect('(')
  if (p.atQuery()) {
    const query = p.query()
    p.expect(')')
    return query
  }
  const items = p.list(() => p.expression())
  const [only] = items
  // `((SELECT …) UNION …)`: the first parenthesis read as a scalar subquery.
  if (items.length === 1 && only!.kind === 'ScalarSubquery') {
    const query = p.atQueryContinuation() ? p.continueQuery(only.query, start) : only.query
    p.expect(')')
    return query
  }
  p.expect(')')
  return items
}

function parseQuantified(
  p: Parser,
  operand: ExpressionNode,
  operator: ComparisonOperator,
  start: number,
): ExpressionNode | undefined {
  const word = ['ANY', 'SOME', 'ALL'].find((candidate) => p.looksLike(0, candidate, '('))
  if (word === undefined) return undefined
  p.next()
  const quantifier = word === 'ALL' ? 'ALL' : 'ANY'
  return p.node(start, { kind: 'QuantifiedComparison', operator, quantifier, operand, source: parseQueryOrList(p) })
}

function parseMultisetTest(
  p: Parser,
  left: ExpressionNode,
  start: number,
  minimum: number,
): ExpressionNode | undefined {
  if (minimum >= precedence.comparison) return undefined
  const word = (['MEMBER', 'SUBMULTISET'] as const).find((candidate) => p.looksLike(0, candidate))
  if (word === undefined) return undefined
  p.next()
  p.accept('OF')
  return p.node(start, {
    kind: 'BinaryExpression',
    operator: `${word} OF`,
    left,
    right: p.expression(precedence.comparison),
  })
}
