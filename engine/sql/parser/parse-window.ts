// ORDER BY items, OVER windows and what else may follow an aggregate call.
import type { Identifier } from '../ast/node.ts'
import type {
  AggregateClauses,
  ExpressionNode,
  NamedWindow,
  OrderItem,
  WindowFrame,
  WindowFrameBound,
  WindowSpecification,
} from '../ast/query.ts'
import type { Parser } from './parser.ts'

/** `ORDER BY a, b DESC NULLS LAST`, or nothing. */
export function parseOrderBy(p: Parser): OrderItem[] {
  if (!p.accept('ORDER')) return []
  p.expect('BY')
  return p.list(() => parseOrderItem(p))
}

export function parseOrderItem(p: Parser): OrderItem {
  const start = p.peek().start
  const expression = p.expression()
  const direction = p.acceptAny(['ASC', 'DESC']) ?? 'ASC'
  const nulls = p.accept('NULLS') ? p.expectAny(['FIRST', 'LAST']) : undefined
  return p.node(start, { kind: 'OrderItem', expression, direction, nulls })
}

/** `PARTITION BY a, b`, or nothing. */
export function parsePartitionBy(p: Parser): ExpressionNode[] {
  if (!p.accept('PARTITION')) return []
  p.expect('BY')
  return p.list(() => p.expression())
}

export function parseWindowSpecification(p: Parser): WindowSpecification {
  const start = p.peek().start
  p.expect('(')
  const base = p.atIdentifier() && !p.looksLike(0, 'PARTITION') ? p.identifier('a window name') : undefined
  const partitionBy = parsePartitionBy(p)
  const orderBy = parseOrderBy(p)
  const frame = p.at('ROWS') || p.at('RANGE') ? parseFrame(p) : undefined
  p.expect(')')
  return p.node(start, { kind: 'WindowSpecification', base, partitionBy, orderBy, frame })
}

function parseFrame(p: Parser): WindowFrame {
  const start = p.peek().start
  const unit = p.expectAny(['ROWS', 'RANGE'])
  if (!p.accept('BETWEEN')) {
    return p.node(start, { kind: 'WindowFrame', unit, start: parseFrameBound(p), end: undefined })
  }
  const first = parseFrameBound(p)
  p.expect('AND')
  return p.node(start, { kind: 'WindowFrame', unit, start: first, end: parseFrameBound(p) })
}

function parseFrameBound(p: Parser): WindowFrameBound {
  const start = p.peek().start
  const fixed = p.acceptAny(['CURRENT ROW', 'UNBOUNDED PRECEDING', 'UNBOUNDED FOLLOWING'])
  if (fixed !== undefined) return p.node(start, { kind: 'WindowFrameBound', type: fixed, offset: undefined })
  const offset = p.expression()
  const type = p.expectAny(['PRECEDING', 'FOLLOWING'])
  return p.node(start, { kind: 'WindowFrameBound', type, offset })
}

/** `WINDOW w AS (…), v AS (…)`, or nothing. */
export function parseNamedWindows(p: Parser): NamedWindow[] {
  if (!p.accept('WINDOW')) return []
  return p.list(() => {
    const start = p.peek().start
    const name = p.identifier('a window name')
    p.expect('AS')
    return p.node(start, { kind: 'NamedWindow', name, specification: parseWindowSpecification(p) })
  })
}

function parseNullTreatment(p: Parser): AggregateClauses['nullTreatment'] {
  return p.acceptAny(['IGNORE NULLS', 'RESPECT NULLS'])
}

function parseOver(p: Parser): WindowSpecification | Identifier | undefined {
  if (!p.accept('OVER')) return undefined
  return p.at('(') ? parseWindowSpecification(p) : p.identifier('a window name')
}

/** What stood between the parentheses of a call, after its arguments. */
export interface InnerAggregateClauses {
  readonly orderBy: readonly OrderItem[]
  readonly nullTreatment: AggregateClauses['nullTreatment']
}

export function parseInnerAggregateClauses(p: Parser): InnerAggregateClauses {
  const before = parseNullTreatment(p)
  const orderBy = parseOrderBy(p)
  return { orderBy, nullTreatment: before ?? parseNullTreatment(p) }
}

/** WITHIN GROUP, FILTER, null treatment and OVER after the parentheses of a call. */
export function parseAggregateClauses(p: Parser, inner: InnerAggregateClauses): AggregateClauses {
  const nullTreatment = parseNullTreatment(p) ?? inner.nullTreatment
  const withinGroup = inner.orderBy.length === 0 && p.accept('WITHIN', 'GROUP')
  const orderBy = withinGroup ? p.parenthesized(() => parseOrderBy(p)) : inner.orderBy
  let filter: AggregateClauses['filter']
  if (p.accept('FILTER')) {
    filter = p.parenthesized(() => {
      p.expect('WHERE')
      return p.expression()
    })
  }
  return { orderBy, withinGroup, filter, nullTreatment, over: parseOver(p) }
}
