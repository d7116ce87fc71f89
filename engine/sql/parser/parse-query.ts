// Queries: SELECT, VALUES, set operations, WITH, ORDER BY and LIMIT.
import type { Hint, OptionNode, StarItem } from '../ast/clause.ts'
import type { Identifier } from '../ast/node.ts'
import type {
  CommonTable,
  ExpressionNode,
  GroupItem,
  QueryNode,
  RowConstructor,
  SelectItem,
  SelectQuery,
  TableNode,
} from '../ast/query.ts'
import { parseNamedWindows, parseOrderBy } from './parse-window.ts'
import type { Parser } from './parser.ts'

export function parseQuery(p: Parser): QueryNode {
  const start = p.peek().start
  if (!p.accept('WITH')) return parseQueryBody(p)
  const recursive = p.accept('RECURSIVE')
  const tables = p.list(() => parseCommonTable(p))
  return p.node(start, { kind: 'WithQuery', recursive, tables, query: parseQueryBody(p) })
}

function parseCommonTable(p: Parser): CommonTable {
  const start = p.peek().start
  const name = p.identifier('a table name')
  const columns = p.at('(') ? p.identifiersInParentheses() : []
  p.expect('AS')
  const query = p.parenthesized(() => p.query())
  return p.node(start, { kind: 'CommonTable', name, columns, query })
}

function parseQueryBody(p: Parser): QueryNode {
  const start = p.peek().start
  return parseSetOperations(p, parseQueryTerm(p), start, 0)
}

/** The rest of a query of which `left` has been read: set operations, then ORDER BY and LIMIT. */
export function continueQuery(p: Parser, left: QueryNode, start: number): QueryNode {
  return parseSetOperations(p, left, start, 0)
}

/** INTERSECT binds tighter than UNION and EXCEPT. */
function parseSetOperations(p: Parser, first: QueryNode, start: number, minimum: 0 | 1): QueryNode {
  let left = first
  for (let length = 1; ; length++) {
    const word = p.acceptAny(
      minimum === 0 ? (['INTERSECT', 'UNION', 'EXCEPT', 'MINUS'] as const) : (['INTERSECT'] as const),
    )
    if (word === undefined) break
    p.chained(length)
    const operator = word === 'MINUS' ? 'EXCEPT' : word
    const all = p.acceptAny(['ALL', 'DISTINCT']) === 'ALL'
    const rightStart = p.peek().start
    const term = parseQueryTerm(p)
    const right = operator === 'INTERSECT' ? term : parseIntersections(p, term, rightStart)
    left = p.node(start, { kind: 'SetOperation', operator, all, left, right })
  }
  return minimum === 0 ? parseOrderAndLimit(p, left, start) : left
}

const parseIntersections = (p: Parser, term: QueryNode, start: number): QueryNode =>
  parseSetOperations(p, term, start, 1)

function parseOrderAndLimit(p: Parser, query: QueryNode, start: number): QueryNode {
  const orderBy = parseOrderBy(p)
  let offset: ExpressionNode | undefined
  let limit: ExpressionNode | undefined
  let found = orderBy.length > 0
  for (;;) {
    if (limit === undefined && p.accept('LIMIT')) {
      if (p.accept('ALL')) {
        found = true
        continue
      }
      limit = p.expression()
      if (offset === undefined && p.accept(',')) [offset, limit] = [limit, p.expression()]
    } else if (offset === undefined && p.accept('OFFSET')) {
      offset = p.expression()
      p.acceptAny(['ROWS', 'ROW'])
    } else if (limit === undefined && p.accept('FETCH')) {
      limit = parseFetch(p)
    } else {
      break
    }
    found = true
  }
  return found ? p.node(start, { kind: 'OrderedQuery', query, orderBy, offset, limit }) : query
}

/** `FETCH FIRST 5 ROWS ONLY`. */
function parseFetch(p: Parser): ExpressionNode {
  p.expectAny(['FIRST', 'NEXT'])
  const limit = p.expression()
  p.expectAny(['ROWS', 'ROW'])
  p.expect('ONLY')
  return limit
}

function parseQueryTerm(p: Parser): QueryNode {
  const start = p.peek().start
  if (p.at('(')) return p.parenthesized(() => p.query())
  if (p.at('SELECT')) return parseSelect(p)
  if (p.accept('VALUES')) {
    return p.node(start, { kind: 'ValuesQuery', rows: p.list(() => parseValuesRow(p)) })
  }
  if (p.accept('TABLE')) return p.node(start, { kind: 'ExplicitTableQuery', name: p.qualifiedName('a table name') })
  throw p.unexpected()
}

function parseValuesRow(p: Parser): RowConstructor {
  const value = p.expression()
  if (value.kind === 'RowConstructor') return value
  return p.node(value.span.start, { kind: 'RowConstructor', explicit: false, elements: [value] })
}

function parseSelect(p: Parser): SelectQuery {
  const start = p.peek().start
  p.expect('SELECT')
  const hints = parseHints(p)
  const quantifier = p.acceptAny(['DISTINCT', 'ALL'])
  const items = p.list(() => parseSelectItem(p))
  const from = p.accept('FROM') ? parseFrom(p) : undefined
  const where = p.accept('WHERE') ? p.expression() : undefined
  let groupBy: GroupItem[] | undefined
  let groupByDistinct = false
  if (p.accept('GROUP')) {
    p.expect('BY')
    groupByDistinct = p.acceptAny(['DISTINCT', 'ALL']) === 'DISTINCT'
    groupBy = p.list(() => parseGroupItem(p))
  }
  const having = p.accept('HAVING') ? p.expression() : undefined
  const windows = parseNamedWindows(p)
  const qualify = p.accept('QUALIFY') ? p.expression() : undefined
  const clauses = { hints, quantifier, items, from, where, groupBy, groupByDistinct, having, windows, qualify }
  return p.node(start, { kind: 'SelectQuery', ...clauses })
}

function parseSelectItem(p: Parser): SelectItem {
  const star = parseStar(p)
  if (star !== undefined) return star
  const start = p.peek().start
  const expression = p.expression()
  return p.node(start, { kind: 'ExpressionItem', expression, alias: parseAlias(p) })
}

/** `*`, `t.*` or `db.t.*`. */
function parseStar(p: Parser): StarItem | undefined {
  const start = p.peek().start
  let ahead = 0
  while (p.atIdentifier(ahead) && p.looksLike(ahead + 1, '.')) ahead += 2
  p.expecting('*')
  if (!p.looksLike(ahead, '*')) return undefined
  const qualifier: Identifier[] = []
  for (; ahead > 0; ahead -= 2) {
    qualifier.push(p.identifier())
    p.expect('.')
  }
  p.expect('*')
  return p.node(start, { kind: 'StarItem', qualifier })
}

/** `AS name` or a bare name. */
function parseAlias(p: Parser): Identifier | undefined {
  if (p.accept('AS')) return p.identifier('a name')
  return p.atIdentifier() ? p.identifier('a name') : undefined
}

/** `a, b`: a cross join that binds looser than JOIN. */
function parseFrom(p: Parser): TableNode {
  const start = p.peek().start
  let left = p.table()
  for (let length = 1; p.accept(','); length++) {
    p.chained(length)
    const right = p.table()
    left = p.node(start, {
      kind: 'JoinTable',
      type: 'CROSS',
      natural: false,
      comma: true,
      left,
      right,
      on: undefined,
      using: undefined,
    })
  }
  return left
}

function parseGroupItem(p: Parser): GroupItem {
  const start = p.peek().start
  const type = p.acceptAny(['GROUPING SETS', 'ROLLUP', 'CUBE'])
  if (type !== undefined) {
    const items = p.parenthesized(() => p.list(() => p.nested(() => parseGroupItem(p))))
    return p.node(start, { kind: 'GroupingSets', type, items })
  }
  if (p.accept('(', ')')) return p.node(start, { kind: 'GroupingKeys', expressions: [] })
  const expression = p.expression()
  const expressions = expression.kind === 'RowConstructor' && !expression.explicit ? expression.elements : [expression]
  return p.node(start, { kind: 'GroupingKeys', expressions })
}

/** `/*+ OPTIONS('k' = 'v'), BROADCAST(t) *\/`, or nothing. */
export function parseHints(p: Parser): Hint[] {
  if (p.peek().type !== 'hint-start') return []
  p.next()
  const hints = p.list(() => parseHint(p))
  p.expect('*/')
  return hints
}

function parseHint(p: Parser): Hint {
  const start = p.peek().start
  const name = p.identifier('the name of a hint').name.toUpperCase()
  const options: OptionNode[] = []
  const values: string[] = []
  if (p.accept('(')) {
    if (!p.at(')')) p.list(() => parseHintArgument(p, options, values))
    p.expect(')')
  }
  return p.node(start, { kind: 'Hint', name, options, values })
}

function parseHintArgument(p: Parser, options: OptionNode[], values: string[]): void {
  const { start, type } = p.peek()
  p.expecting('a string')
  p.expecting('a name')
  if (type === 'string' || p.atIdentifier()) {
    const key =
      type === 'string'
        ? p.next().value
        : p
            .qualifiedName()
            .parts.map((part) => part.name)
            .join('.')
    if (p.accept('=')) options.push(p.node(start, { kind: 'Option', key, value: p.string() }))
    else values.push(key)
  } else if (type === 'number') {
    values.push(p.next().value)
  } else {
    throw p.unexpected()
  }
}
