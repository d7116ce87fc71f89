// The SQL/JSON functions, whose arguments have clauses of their own.
import type {
  AggregateClauses,
  ExpressionNode,
  JsonEntry,
  JsonExistsExpression,
  JsonNullClause,
  JsonQueryBehavior,
  JsonQueryExpression,
  JsonValueBehavior,
} from '../ast/query.ts'
import type { DataTypeNode } from '../ast/data-type.ts'
import { parseAggregateClauses, parseOrderBy } from './parse-window.ts'
import type { Parser } from './parser.ts'

const functions: ReadonlyMap<string, (p: Parser, start: number) => ExpressionNode> = new Map([
  ['JSON_VALUE', parseJsonValue],
  ['JSON_QUERY', parseJsonQuery],
  ['JSON_EXISTS', parseJsonExists],
  ['JSON_OBJECT', parseJsonObject],
  ['JSON_ARRAY', parseJsonArray],
  ['JSON_OBJECTAGG', parseJsonObjectAggregate],
  ['JSON_ARRAYAGG', parseJsonArrayAggregate],
])

export function parseJsonFunction(p: Parser): ExpressionNode | undefined {
  const token = p.peek()
  const parse = token.type === 'word' ? functions.get(token.value) : undefined
  if (parse === undefined || !p.looksLike(1, '(')) return undefined
  p.next()
  p.next()
  return parse(p, token.start)
}

function parseInputAndPath(p: Parser): { input: ExpressionNode; path: ExpressionNode } {
  const input = p.expression()
  p.expect(',')
  return { input, path: p.expression() }
}

function parseReturning(p: Parser): DataTypeNode | undefined {
  return p.accept('RETURNING') ? p.dataType() : undefined
}

function parseJsonValue(p: Parser, start: number): ExpressionNode {
  const { input, path } = parseInputAndPath(p)
  const returning = parseReturning(p)
  let onEmpty: JsonValueBehavior | undefined
  let onError: JsonValueBehavior | undefined
  while (!p.accept(')')) {
    const word = p.expectAny(['NULL', 'ERROR', 'DEFAULT'])
    const behavior: JsonValueBehavior = word === 'DEFAULT' ? { type: word, value: p.expression() } : { type: word }
    p.expect('ON')
    if (p.expectAny(['EMPTY', 'ERROR']) === 'EMPTY') onEmpty = behavior
    else onError = Object.freeze(behavior)
  }
  return p.node(start, { kind: 'JsonValueExpression', input, path, returning, onEmpty, onError })
}

function parseJsonQuery(p: Parser, start: number): ExpressionNode {
  const { input, path } = parseInputAndPath(p)
  const returning = parseReturning(p)
  const wrapper = parseWrapper(p)
  let onEmpty: JsonQueryBehavior | undefined
  let onError: JsonQueryBehavior | undefined
  while (!p.accept(')')) {
    const behavior = p.expectAny(['NULL', 'ERROR', 'EMPTY ARRAY', 'EMPTY OBJECT'])
    p.expect('ON')
    if (p.expectAny(['EMPTY', 'ERROR']) === 'EMPTY') onEmpty = behavior
    else onError = behavior
  }
  return p.node(start, { kind: 'JsonQueryExpression', input, path, returning, wrapper, onEmpty, onError })
}

function parseWrapper(p: Parser): JsonQueryExpression['wrapper'] {
  if (p.accept('WITHOUT')) {
    p.accept('ARRAY')
    p.expect('WRAPPER')
    return 'WITHOUT'
  }
  if (!p.accept('WITH')) return undefined
  const condition = p.acceptAny(['CONDITIONAL', 'UNCONDITIONAL'])
  p.accept('ARRAY')
  p.expect('WRAPPER')
  return condition ?? 'UNCONDITIONAL'
}

function parseJsonExists(p: Parser, start: number): ExpressionNode {
  const { input, path } = parseInputAndPath(p)
  const onError: JsonExistsExpression['onError'] = p.acceptAny(['TRUE', 'FALSE', 'UNKNOWN', 'ERROR'])
  if (onError !== undefined) p.expect('ON', 'ERROR')
  p.expect(')')
  return p.node(start, { kind: 'JsonExistsExpression', input, path, onError })
}

/** `KEY k VALUE v`, `k VALUE v` or `k : v`. */
function parseEntry(p: Parser): JsonEntry {
  const start = p.peek().start
  // KEY is no reserved word: `KEY : 1` and `KEY VALUE 1` have a column of that name as key.
  if (p.looksLike(0, 'KEY') && !p.looksLike(1, ':') && !p.looksLike(1, 'VALUE') && !p.looksLike(1, '.')) p.next()
  const key = p.expression()
  if (!p.accept('VALUE')) p.expect(':')
  return p.node(start, { kind: 'JsonEntry', key, value: p.expression() })
}

function parseOnNull(p: Parser): JsonNullClause | undefined {
  return p.acceptAny(['NULL ON NULL', 'ABSENT ON NULL'])
}

const atOnNull = (p: Parser): boolean => p.looksLike(0, 'NULL', 'ON') || p.looksLike(0, 'ABSENT', 'ON')

function parseJsonObject(p: Parser, start: number): ExpressionNode {
  const entries = p.at(')') || atOnNull(p) ? [] : p.list(() => parseEntry(p))
  const onNull = parseOnNull(p)
  p.expect(')')
  return p.node(start, { kind: 'JsonObjectExpression', entries, onNull })
}

function parseJsonArray(p: Parser, start: number): ExpressionNode {
  const elements = p.at(')') || atOnNull(p) ? [] : p.list(() => p.expression())
  const onNull = parseOnNull(p)
  p.expect(')')
  return p.node(start, { kind: 'JsonArrayExpression', elements, onNull })
}

function parseJsonObjectAggregate(p: Parser, start: number): ExpressionNode {
  const entry = parseEntry(p)
  const onNull = parseOnNull(p)
  p.expect(')')
  const clauses: AggregateClauses = parseAggregateClauses(p, { orderBy: [], nullTreatment: undefined })
  return p.node(start, { kind: 'JsonObjectAggregate', entry, onNull, ...clauses })
}

function parseJsonArrayAggregate(p: Parser, start: number): ExpressionNode {
  const operand = p.expression()
  const orderBy = parseOrderBy(p)
  const onNull = parseOnNull(p)
  p.expect(')')
  const clauses = parseAggregateClauses(p, { orderBy, nullTreatment: undefined })
  return p.node(start, { kind: 'JsonArrayAggregate', operand, onNull, ...clauses })
}
