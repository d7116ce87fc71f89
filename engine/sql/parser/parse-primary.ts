// Operands of expressions: literals, names, calls, constructors, CASE, parentheses.
import type { TimeUnitArgument } from '../ast/clause.ts'
import type { CaseBranch, ExpressionNode } from '../ast/query.ts'
import { bareFunctionNames } from './keywords.ts'
import { atFunctionName, parseFunctionCall, plainCall } from './parse-function-call.ts'
import { parseJsonFunction } from './parse-json-function.ts'
import { parseInterval, parseIntervalQualifier, parseLiteral, parseTimeUnit } from './parse-literal.ts'
import type { Parser } from './parser.ts'

export function parsePrimary(p: Parser): ExpressionNode {
  p.expecting('an expression')
  const literal = parseLiteral(p)
  if (literal !== undefined) return literal
  const token = p.peek()
  const special = token.type === 'word' ? specialForms.get(token.value) : undefined
  if (special !== undefined) {
    const expression = special(p)
    if (expression !== undefined) return expression
  }
  if (p.looksLike(0, '(')) return parseParentheses(p)
  const json = parseJsonFunction(p)
  if (json !== undefined) return json
  if (atFunctionName(p)) return parseFunctionCall(p)
  if (token.type === 'word' && bareFunctionNames.has(token.value)) {
    const name = p.anyWord()
    return plainCall(p, token.start, p.node(token.start, { kind: 'QualifiedName', parts: [name] }), [], true)
  }
  if (!p.atIdentifier()) throw p.unexpected()
  return p.node(token.start, { kind: 'ColumnReference', parts: p.qualifiedName('a column name').parts })
}

/** Forms that begin with a word of their own; undefined where the word turns out to be an ordinary name. */
const specialForms: ReadonlyMap<string, (p: Parser) => ExpressionNode | undefined> = new Map([
  ['INTERVAL', parseInterval],
  ['CASE', parseCase],
  ['CAST', (p: Parser) => parseCast(p, false)],
  ['TRY_CAST', (p: Parser) => parseCast(p, true)],
  ['EXISTS', parseExists],
  ['ROW', parseRow],
  ['ARRAY', parseCollection],
  ['MAP', parseCollection],
  ['MULTISET', parseCollection],
  ['EXTRACT', parseExtract],
  ['TRIM', parseTrim],
  ['POSITION', parsePosition],
  ['SUBSTRING', parseSubstring],
  ['OVERLAY', parseOverlay],
  ['FLOOR', parseFloor],
  ['CEIL', parseFloor],
  ['CEILING', parseFloor],
  ['TIMESTAMPADD', parseTimestampFunction],
  ['TIMESTAMPDIFF', parseTimestampFunction],
  ['RUNNING', parseMatchSemantics],
  ['FINAL', parseMatchSemantics],
])

function parseCase(p: Parser): ExpressionNode {
  const start = p.peek().start
  p.expect('CASE')
  const operand = p.at('WHEN') ? undefined : p.expression()
  const branches: CaseBranch[] = []
  while (branches.length === 0 ? (p.expect('WHEN'), true) : p.accept('WHEN')) {
    p.chained(branches.length)
    const branchStart = p.previous.start
    const conditions = operand === undefined ? [p.expression()] : p.list(() => p.expression())
    p.expect('THEN')
    branches.push(p.node(branchStart, { kind: 'CaseBranch', conditions, result: p.expression() }))
  }
  const otherwise = p.accept('ELSE') ? p.expression() : undefined
  p.expect('END')
  return p.node(start, { kind: 'CaseExpression', operand, branches, otherwise })
}

function parseCast(p: Parser, safe: boolean): ExpressionNode {
  const start = p.next().start
  p.expect('(')
  const operand = p.expression()
  p.expect('AS')
  const typeStart = p.peek().start
  const type = p.accept('INTERVAL')
    ? p.node(typeStart, { kind: 'IntervalDataType', qualifier: parseIntervalQualifier(p), nullable: undefined })
    : p.dataType()
  p.expect(')')
  return p.node(start, { kind: 'CastExpression', operand, type, safe })
}

function parseExists(p: Parser): ExpressionNode {
  const start = p.peek().start
  p.expect('EXISTS')
  const query = p.parenthesized(() => p.query())
  return p.node(start, { kind: 'ExistsExpression', query })
}

function parseRow(p: Parser): ExpressionNode {
  const start = p.peek().start
  p.expect('ROW')
  p.expect('(')
  const elements = p.at(')') ? [] : p.list(() => p.expression())
  p.expect(')')
  return p.node(start, { kind: 'RowConstructor', explicit: true, elements })
}

function parseCollection(p: Parser): ExpressionNode | undefined {
  if (!p.looksLike(1, '[') && !p.looksLike(1, '(')) return undefined
  const start = p.peek().start
  const type = p.expectAny(['ARRAY', 'MAP', 'MULTISET'])
  if (p.at('(')) {
    const query = p.parenthesized(() => p.query())
    return p.node(start, { kind: 'CollectionSubquery', type, query })
  }
  p.expect('[')
  const elements = p.at(']') ? [] : p.list(() => p.expression())
  p.expect(']')
  return p.node(start, { kind: 'CollectionConstructor', type, elements })
}

function unitNode(p: Parser): TimeUnitArgument {
  const start = p.peek().start
  return p.node(start, { kind: 'TimeUnitArgument', unit: parseTimeUnit(p) })
}

/** The name of a special form and its operands in parentheses, as a call. */
function formCall(p: Parser, operands: () => ExpressionNode[]): ExpressionNode {
  const start = p.peek().start
  const name = p.anyWord()
  const operandList = p.parenthesized(operands)
  return plainCall(p, start, p.node(name.span.start, { kind: 'QualifiedName', parts: [name] }), operandList, false)
}

function parseExtract(p: Parser): ExpressionNode {
  return formCall(p, () => {
    const unit = unitNode(p)
    p.expect('FROM')
    return [unit, p.expression()]
  })
}

function parseTrim(p: Parser): ExpressionNode {
  const start = p.peek().start
  p.expect('TRIM')
  return p.parenthesized(() => {
    const side = p.acceptAny(['BOTH', 'LEADING', 'TRAILING'])
    if (side !== undefined && p.accept('FROM')) return trim(p, start, side, undefined, p.expression())
    const first = p.expression()
    if (p.accept('FROM')) return trim(p, start, side ?? 'BOTH', first, p.expression())
    if (side !== undefined) throw p.unexpected()
    return trim(p, start, 'BOTH', undefined, first)
  })
}

function trim(
  p: Parser,
  start: number,
  side: 'BOTH' | 'LEADING' | 'TRAILING',
  characters: ExpressionNode | undefined,
  operand: ExpressionNode,
): ExpressionNode {
  return Object.freeze({
    kind: 'TrimExpression',
    side,
    characters,
    operand,
    span: Object.freeze({ start, end: p.peek().end }),
  })
}

function parsePosition(p: Parser): ExpressionNode {
  return formCall(p, () => {
    // Not a whole expression: IN would be read as the predicate.
    const part = parsePrimary(p)
    p.expect('IN')
    const operands = [part, p.expression()]
    if (p.accept('FROM')) operands.push(p.expression())
    return operands
  })
}

/** SUBSTRING(x FROM a [FOR b]) or SUBSTRING(x, a [, b]). */
function parseSubstring(p: Parser): ExpressionNode {
  return formCall(p, () => {
    const operands = [p.expression()]
    if (p.accept('FROM')) {
      operands.push(p.expression())
      if (p.accept('FOR')) operands.push(p.expression())
      return operands
    }
    p.expect(',')
    return [...operands, ...p.list(() => p.expression())]
  })
}

function parseOverlay(p: Parser): ExpressionNode {
  return formCall(p, () => {
    const operands = [p.expression()]
    p.expect('PLACING')
    operands.push(p.expression())
    p.expect('FROM')
    operands.push(p.expression())
    if (p.accept('FOR')) operands.push(p.expression())
    return operands
  })
}

function parseFloor(p: Parser): ExpressionNode | undefined {
  if (!p.looksLike(1, '(')) return undefined
  return formCall(p, () => {
    const operand = p.expression()
    return p.accept('TO') ? [operand, unitNode(p)] : [operand]
  })
}

function parseTimestampFunction(p: Parser): ExpressionNode | undefined {
  if (!p.looksLike(1, '(')) return undefined
  return formCall(p, () => {
    const unit = unitNode(p)
    p.expect(',')
    const first = p.expression()
    p.expect(',')
    return [unit, first, p.expression()]
  })
}

function parseMatchSemantics(p: Parser): ExpressionNode | undefined {
  if (p.looksLike(1, '.') || p.looksLike(1, '(') || p.peek(1).type !== 'word') return undefined
  if (p.looksLike(0, 'FINAL') && !p.looksLike(2, '(') && !p.looksLike(2, '.')) return undefined
  const start = p.peek().start
  const semantics = p.expectAny(['RUNNING', 'FINAL'])
  return p.node(start, { kind: 'MatchSemanticsExpression', semantics, operand: parsePrimary(p) })
}

/** `(a)`, `(a, b)` or `(SELECT …)`. */
function parseParentheses(p: Parser): ExpressionNode {
  const start = p.peek().start
  p.expect('(')
  if (p.atQuery()) {
    const query = p.query()
    p.expect(')')
    return p.node(start, { kind: 'ScalarSubquery', query })
  }
  const elements = p.list(() => p.expression())
  const [only] = elements
  if (elements.length === 1 && only!.kind === 'ScalarSubquery' && p.atQueryContinuation()) {
    const query = p.continueQuery(only.query, only.span.start)
    p.expect(')')
    return p.node(start, { kind: 'ScalarSubquery', query })
  }
  p.expect(')')
  return elements.length === 1 ? only! : p.node(start, { kind: 'RowConstructor', explicit: false, elements })
}
