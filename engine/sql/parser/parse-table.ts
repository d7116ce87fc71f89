// Tables in FROM: names, queries, functions, joins, MATCH_RECOGNIZE.
import type { TableAlias } from '../ast/clause.ts'
import type {
  ExpressionNode,
  FunctionArgumentNode,
  FunctionCall,
  JoinTable,
  QueryNode,
  TableNode,
} from '../ast/query.ts'
import { atFunctionName, parseFunctionCall } from './parse-function-call.ts'
import { parseMatchRecognize } from './parse-match-recognize.ts'
import { parseHints } from './parse-query.ts'
import type { Parser } from './parser.ts'

/** A table and the joins after it. */
export function parseTable(p: Parser): TableNode {
  const start = p.peek().start
  return parseJoins(p, parseTableFactor(p), start)
}

function parseJoins(p: Parser, first: TableNode, start: number): TableNode {
  let left = first
  for (let length = 1; ; length++) {
    const join = parseJoinType(p)
    if (join === undefined) return left
    p.chained(length)
    const right = parseTableFactor(p)
    let on: ExpressionNode | undefined
    let using: JoinTable['using']
    if (join.type !== 'CROSS' && !join.natural) {
      if (p.accept('ON')) on = p.expression()
      else if (p.accept('USING')) using = p.identifiersInParentheses()
    }
    left = p.node(start, { kind: 'JoinTable', ...join, comma: false, left, right, on, using })
  }
}

function parseJoinType(p: Parser): { type: JoinTable['type']; natural: boolean } | undefined {
  if (p.accept('CROSS')) {
    p.expect('JOIN')
    return { type: 'CROSS', natural: false }
  }
  const natural = p.accept('NATURAL')
  const word = p.acceptAny(['JOIN', 'INNER', 'LEFT', 'RIGHT', 'FULL'])
  if (word === undefined) {
    if (natural) throw p.unexpected()
    return undefined
  }
  if (word === 'JOIN') return { type: 'INNER', natural }
  if (word !== 'INNER') p.accept('OUTER')
  p.expect('JOIN')
  return { type: word, natural }
}

function parseTableFactor(p: Parser): TableNode {
  const start = p.peek().start
  const lateral = p.accept('LATERAL')
  p.expecting('a table')
  if (p.at('(')) return parseParenthesized(p, start, lateral)
  if (p.looksLike(0, 'UNNEST', '(')) return parseUnnest(p, start, lateral)
  if (p.looksLike(0, 'TABLE', '(')) {
    p.next()
    const call = p.parenthesized(() => parseTableCall(p))
    return p.node(start, { kind: 'TableFunction', call, lateral, alias: parseTableAlias(p) })
  }
  if (atFunctionName(p)) {
    return p.node(start, { kind: 'TableFunction', call: parseTableCall(p), lateral, alias: parseTableAlias(p) })
  }
  p.accept('TABLE')
  return parseNamedTable(p, start)
}

/** In FROM an argument in parentheses is a table, not a scalar. */
function parseTableCall(p: Parser): FunctionCall {
  const call = parseFunctionCall(p)
  return Object.freeze({ ...call, arguments: Object.freeze(call.arguments.map(asTable)) })
}

function asTable(argument: FunctionArgumentNode): FunctionArgumentNode {
  if (argument.kind === 'NamedArgument') return Object.freeze({ ...argument, value: asTable(argument.value) })
  if (argument.kind !== 'ScalarSubquery') return argument
  const none: readonly never[] = Object.freeze([])
  return Object.freeze({
    kind: 'TableArgument',
    source: argument.query,
    partitionBy: none,
    orderBy: none,
    span: argument.span,
  })
}

function parseNamedTable(p: Parser, start: number): TableNode {
  const name = p.qualifiedName('a table name')
  const hints = parseHints(p)
  let systemTime: ExpressionNode | undefined
  if (p.accept('FOR')) {
    p.expect('SYSTEM_TIME', 'AS', 'OF')
    systemTime = p.expression()
  }
  const table: TableNode = p.node(start, { kind: 'TableReference', name, hints, systemTime, alias: undefined })
  return withAliasAndMatch(p, table, start)
}

/** The alias that belongs to the table, and a MATCH_RECOGNIZE over it. */
function withAliasAndMatch(p: Parser, table: Exclude<TableNode, JoinTable>, start: number): TableNode {
  let named = table
  if (!p.at('MATCH_RECOGNIZE')) {
    const alias = parseTableAlias(p)
    if (alias === undefined) return table
    named = Object.freeze({ ...table, alias, span: Object.freeze({ start, end: p.previous.end }) })
  }
  if (!p.at('MATCH_RECOGNIZE')) return named
  const match = parseMatchRecognize(p, named, start)
  return p.node(start, { ...match, alias: parseTableAlias(p) })
}

/** `[AS] name [(column, …)]`. */
function parseTableAlias(p: Parser): TableAlias | undefined {
  const start = p.peek().start
  if (!p.accept('AS') && !p.atIdentifier()) return undefined
  const name = p.identifier('a table alias')
  const columns = p.at('(') ? p.identifiersInParentheses() : []
  return p.node(start, { kind: 'TableAlias', name, columns })
}

function parseUnnest(p: Parser, start: number, lateral: boolean): TableNode {
  p.expect('UNNEST')
  const operands = p.parenthesized(() => p.list(() => p.expression()))
  const withOrdinality = p.accept('WITH')
  if (withOrdinality) p.expect('ORDINALITY')
  return p.node(start, { kind: 'UnnestTable', operands, withOrdinality, lateral, alias: parseTableAlias(p) })
}

/** `(SELECT …)`, `((SELECT …) UNION …)`, `(a JOIN b ON …)`. */
function parseParenthesized(p: Parser, start: number, lateral: boolean): TableNode {
  const content = p.nested(() => parseQueryOrTable(p))
  if (content.type === 'table') return content.table
  const table = p.node(start, { kind: 'DerivedTable', query: content.query, lateral, alias: undefined })
  return withAliasAndMatch(p, table, start)
}

type QueryOrTable =
  { readonly type: 'query'; readonly query: QueryNode } | { readonly type: 'table'; readonly table: TableNode }

function parseQueryOrTable(p: Parser): QueryOrTable {
  p.expect('(')
  const start = p.peek().start
  const content = parseQueryOrTableContent(p, start)
  p.expect(')')
  return content
}

function parseQueryOrTableContent(p: Parser, start: number): QueryOrTable {
  if (p.atQuery()) return { type: 'query', query: p.query() }
  if (!p.at('(')) return { type: 'table', table: p.table() }
  const inner = p.nested(() => parseQueryOrTable(p))
  if (inner.type === 'table') return { type: 'table', table: parseJoins(p, inner.table, start) }
  if (p.at(')')) return inner
  if (p.atQueryContinuation()) return { type: 'query', query: p.continueQuery(inner.query, start) }
  const derived = p.node(start, { kind: 'DerivedTable', query: inner.query, lateral: false, alias: undefined })
  return { type: 'table', table: parseJoins(p, withAliasAndMatch(p, derived, start), start) }
}
