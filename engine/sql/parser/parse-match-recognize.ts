// MATCH_RECOGNIZE and its row patterns.
import type { ExpressionItem, MatchDefinition, MatchRecognizeTable, TableNode } from '../ast/query.ts'
import type { AfterMatch, RowPattern } from '../ast/row-pattern.ts'
import { parseOrderBy, parsePartitionBy } from './parse-window.ts'
import type { Parser } from './parser.ts'

/** Everything but the alias after the closing parenthesis. */
export function parseMatchRecognize(p: Parser, input: TableNode, start: number): MatchRecognizeTable {
  p.expect('MATCH_RECOGNIZE', '(')
  const partitionBy = parsePartitionBy(p)
  const orderBy = parseOrderBy(p)
  const measures = p.accept('MEASURES') ? p.list(() => parseMeasure(p)) : []
  const rowsPerMatch = parseRowsPerMatch(p)
  const afterMatch = p.at('AFTER') ? parseAfterMatch(p) : undefined
  p.expect('PATTERN')
  const pattern = p.parenthesized(() => parseAlternation(p))
  const within = p.accept('WITHIN') ? p.expression() : undefined
  p.expect('DEFINE')
  const definitions = p.list(() => parseDefinition(p))
  p.expect(')')
  return p.node(start, {
    kind: 'MatchRecognizeTable',
    input,
    partitionBy,
    orderBy,
    measures,
    rowsPerMatch,
    afterMatch,
    pattern,
    within,
    definitions,
    alias: undefined,
  })
}

function parseMeasure(p: Parser): ExpressionItem {
  const start = p.peek().start
  const expression = p.expression()
  p.expect('AS')
  return p.node(start, { kind: 'ExpressionItem', expression, alias: p.identifier('a name') })
}

function parseRowsPerMatch(p: Parser): MatchRecognizeTable['rowsPerMatch'] {
  if (p.accept('ONE')) {
    p.expect('ROW', 'PER', 'MATCH')
    return 'ONE'
  }
  if (!p.accept('ALL')) return undefined
  p.expect('ROWS', 'PER', 'MATCH')
  return 'ALL'
}

function parseAfterMatch(p: Parser): AfterMatch {
  const start = p.peek().start
  p.expect('AFTER', 'MATCH', 'SKIP')
  if (p.accept('PAST')) {
    p.expect('LAST', 'ROW')
    return p.node(start, { kind: 'AfterMatch', type: 'PAST LAST ROW', variable: undefined })
  }
  p.expect('TO')
  if (p.accept('NEXT')) {
    p.expect('ROW')
    return p.node(start, { kind: 'AfterMatch', type: 'NEXT ROW', variable: undefined })
  }
  const first = p.looksLike(0, 'FIRST') && p.atIdentifier(1)
  const last = p.looksLike(0, 'LAST') && p.atIdentifier(1)
  if (first || last) p.next()
  const variable = p.identifier('a pattern variable')
  return p.node(start, { kind: 'AfterMatch', type: first ? 'FIRST' : 'LAST', variable })
}

function parseDefinition(p: Parser): MatchDefinition {
  const start = p.peek().start
  const variable = p.identifier('a pattern variable')
  p.expect('AS')
  return p.node(start, { kind: 'MatchDefinition', variable, condition: p.expression() })
}

function parseAlternation(p: Parser): RowPattern {
  const start = p.peek().start
  const parts = [parseSequence(p)]
  while (p.accept('|')) parts.push(parseSequence(p))
  return parts.length === 1 ? parts[0]! : p.node(start, { kind: 'PatternAlternation', parts })
}

function parseSequence(p: Parser): RowPattern {
  const start = p.peek().start
  const parts = [parseQuantified(p)]
  while (p.atIdentifier() || p.looksLike(0, '(') || p.looksLike(0, '{')) parts.push(parseQuantified(p))
  return parts.length === 1 ? parts[0]! : p.node(start, { kind: 'PatternSequence', parts })
}

function parseQuantified(p: Parser): RowPattern {
  const start = p.peek().start
  const part = p.nested(() => parsePatternFactor(p))
  const bounds = parseQuantifier(p)
  if (bounds === undefined) return part
  const greedy = !p.accept('?')
  return p.node(start, { kind: 'PatternQuantified', part, min: bounds[0], max: bounds[1], greedy })
}

function parseQuantifier(p: Parser): [min: number, max: number | undefined] | undefined {
  if (p.accept('*')) return [0, undefined]
  if (p.accept('+')) return [1, undefined]
  if (p.accept('?')) return [0, 1]
  // `{- a -}` is an exclusion, not a quantifier.
  if (!p.at('{') || p.looksLike(1, '-')) return undefined
  p.next()
  const min = p.at(',') ? 0 : p.unsignedInteger()
  let max: number | undefined = min
  if (p.accept(',')) max = p.at('}') ? undefined : p.unsignedInteger()
  p.expect('}')
  return [min, max]
}

function parsePatternFactor(p: Parser): RowPattern {
  const start = p.peek().start
  if (p.accept('(')) {
    const pattern = parseAlternation(p)
    p.expect(')')
    return pattern
  }
  if (p.accept('{')) {
    p.expect('-')
    const part = parseAlternation(p)
    p.expect('-', '}')
    return p.node(start, { kind: 'PatternExclusion', part })
  }
  return p.node(start, { kind: 'PatternVariable', name: p.identifier('a pattern variable') })
}
