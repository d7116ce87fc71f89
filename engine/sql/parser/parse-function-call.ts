// Calls of functions by name, with their special arguments and clauses.
import type { QualifiedName } from '../ast/node.ts'
import type { ExpressionNode, FunctionArgumentNode, FunctionCall, OrderItem, QueryNode } from '../ast/query.ts'
import { reservedFunctionNames } from './keywords.ts'
import { parseAggregateClauses, parseInnerAggregateClauses, parseOrderItem } from './parse-window.ts'
import type { Parser } from './parser.ts'

/** Reserved words that are functions in MATCH_RECOGNIZE, and those that Calcite's grammar handles one by one. */
const moreFunctionNames: ReadonlySet<string> = new Set([
  'PREV',
  'NEXT',
  'CLASSIFIER',
  'MATCH_NUMBER',
  'TRANSLATE',
  'UNNEST',
  'DEFAULT',
])

/** Whether `name(` or `a.b.name(` stands here. */
export function atFunctionName(p: Parser): boolean {
  const first = p.peek()
  if (first.type === 'word' && (reservedFunctionNames.has(first.value) || moreFunctionNames.has(first.value))) {
    return p.looksLike(1, '(')
  }
  let ahead = 0
  if (!p.atIdentifier()) return false
  while (p.looksLike(ahead + 1, '.') && p.atIdentifier(ahead + 2)) ahead += 2
  return p.looksLike(ahead + 1, '(')
}

/** A call of which nothing but a name and arguments were written. */
export function plainCall(
  p: Parser,
  start: number,
  name: QualifiedName,
  args: readonly FunctionArgumentNode[],
  bare: boolean,
): FunctionCall {
  return p.node(start, {
    kind: 'FunctionCall',
    name,
    quantifier: undefined,
    arguments: args,
    bare,
    orderBy: [],
    withinGroup: false,
    filter: undefined,
    nullTreatment: undefined,
    over: undefined,
  })
}

export function parseFunctionCall(p: Parser): FunctionCall {
  const start = p.peek().start
  const name = parseFunctionName(p)
  p.expect('(')
  const quantifier = p.acceptAny(['DISTINCT', 'ALL'])
  const args = parseArguments(p)
  const inner = parseInnerAggregateClauses(p)
  p.expect(')')
  const clauses = parseAggregateClauses(p, inner)
  return p.node(start, { kind: 'FunctionCall', name, quantifier, arguments: args, bare: false, ...clauses })
}

function parseFunctionName(p: Parser): QualifiedName {
  const start = p.peek().start
  const parts = [p.anyWord()]
  while (p.accept('.')) parts.push(p.identifier('a function name'))
  return p.node(start, { kind: 'QualifiedName', parts })
}

function parseArguments(p: Parser): FunctionArgumentNode[] {
  if (p.at(')')) return []
  return p.list(() => parseArgument(p))
}

function parseArgument(p: Parser): FunctionArgumentNode {
  const start = p.peek().start
  if (p.accept('*')) return p.node(start, { kind: 'StarArgument' })
  if (p.atIdentifier() && p.looksLike(1, '=>')) {
    const name = p.identifier()
    p.expect('=>')
    return p.node(start, { kind: 'NamedArgument', name, value: parseArgument(p) })
  }
  if (p.looksLike(0, 'DEFAULT') && !p.looksLike(1, '(')) {
    p.next()
    return p.node(start, { kind: 'DefaultArgument' })
  }
  if (p.looksLike(0, 'DESCRIPTOR', '(')) {
    p.next()
    return p.node(start, { kind: 'DescriptorArgument', columns: p.identifiersInParentheses() })
  }
  if (p.accept('TABLE')) return parseTableArgument(p, start)
  if (p.looksLike(0, 'MODEL') && p.atIdentifier(1)) {
    p.next()
    return p.node(start, { kind: 'ModelArgument', name: p.qualifiedName('a model name') })
  }
  const expression: ExpressionNode = p.atQuery() ? bareSubquery(p, start) : p.expression()
  if (expression.kind !== 'ScalarSubquery' || !(p.at('PARTITION') || p.at('ORDER'))) return expression
  return tableArgument(p, start, expression.query)
}

/** A query as an argument without parentheses of its own: `f(SELECT …)`. */
function bareSubquery(p: Parser, start: number): ExpressionNode {
  return p.node(start, { kind: 'ScalarSubquery', query: p.query() })
}

function parseTableArgument(p: Parser, start: number): FunctionArgumentNode {
  const source = p.at('(') ? p.parenthesized(() => p.query()) : p.qualifiedName('a table name')
  return tableArgument(p, start, source)
}

/** `… PARTITION BY k ORDER BY ts`; several keys stand in parentheses, for a comma would end the argument. */
function tableArgument(p: Parser, start: number, source: QualifiedName | QueryNode): FunctionArgumentNode {
  let partitionBy: ExpressionNode[] = []
  if (p.accept('PARTITION')) {
    p.expect('BY')
    partitionBy = several(p, () => p.expression())
  }
  let orderBy: OrderItem[] = []
  if (p.accept('ORDER')) {
    p.expect('BY')
    orderBy = several(p, () => parseOrderItem(p))
  }
  return p.node(start, { kind: 'TableArgument', source, partitionBy, orderBy })
}

function several<T>(p: Parser, item: () => T): T[] {
  return p.at('(') ? p.parenthesized(() => p.list(item)) : [item()]
}
