// Literals, time units and interval qualifiers.
import type { IntervalQualifier, IntervalUnit, TimeUnit } from '../ast/node.ts'
import { timeUnits } from '../ast/node.ts'
import type { LiteralNode, StringLiteral } from '../ast/literal.ts'
import type { ExpressionNode } from '../ast/query.ts'
import type { Parser } from './parser.ts'

/** A literal, if one stands here. */
export function parseLiteral(p: Parser): LiteralNode | undefined {
  const token = p.peek()
  switch (token.type) {
    case 'number':
      p.next()
      return p.node(token.start, { kind: 'NumberLiteral', form: numberForm(token.value), text: token.value })
    case 'string':
      return parseString(p)
    case 'unicode-string':
      return parseUnicodeString(p)
    case 'binary-string':
      p.next()
      return p.node(token.start, { kind: 'BinaryLiteral', hex: token.value })
    case 'word':
      return parseWordLiteral(p)
    default:
      return undefined
  }
}

function numberForm(text: string): 'integer' | 'decimal' | 'approximate' {
  if (/e/i.test(text)) return 'approximate'
  return text.includes('.') ? 'decimal' : 'integer'
}

/** Strings on consecutive lines are one, as in the SQL standard. */
function parseString(p: Parser): StringLiteral {
  const { start, value, charset } = p.next()
  let text = value
  while (p.peek().type === 'string' && /[\r\n]/.test(p.source.text.slice(p.previous.end, p.peek().start))) {
    text += p.next().value
  }
  return p.node(start, { kind: 'StringLiteral', value: text, charset })
}

/** `U&'\00e9'`, `U&'!00e9' UESCAPE '!'`; the escape character doubled stands for itself. */
function parseUnicodeString(p: Parser): StringLiteral {
  const token = p.next()
  const escape = p.accept('UESCAPE') ? p.string('an escape character') : '\\'
  if (escape.length !== 1 || /[0-9a-fA-F\s'"+]/.test(escape)) {
    throw p.syntaxError('UESCAPE takes one character that is not a digit, a blank or a quote.', p.previous)
  }
  const quoted = escape.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
  const pattern = new RegExp(`${quoted}(${quoted}|[0-9a-fA-F]{4}|)`, 'gs')
  const value = token.value.replace(pattern, (_all, code: string) => {
    if (code === escape) return escape
    if (code === '') throw p.syntaxError(`After ${escape} a Unicode string has four hexadecimal digits.`, token)
    return String.fromCharCode(parseInt(code, 16))
  })
  return p.node(token.start, { kind: 'StringLiteral', value, charset: undefined })
}

function parseWordLiteral(p: Parser): LiteralNode | undefined {
  const start = p.peek().start
  const word = p.acceptAny(['NULL', 'TRUE', 'FALSE', 'UNKNOWN'])
  if (word === 'NULL') return p.node(start, { kind: 'NullLiteral' })
  if (word !== undefined)
    return p.node(start, { kind: 'BooleanLiteral', value: word === 'UNKNOWN' ? null : word === 'TRUE' })
  if (p.peek(1).type !== 'string') return undefined
  const type = p.acceptAny(['DATE', 'TIME', 'TIMESTAMP', 'DECIMAL'])
  if (type === undefined) return undefined
  const token = p.next()
  const text = token.value.trim()
  if (!literalForms[type].test(text)) {
    throw p.syntaxError(`'${token.value}' is not a ${type} literal.`, token, `Write it as ${examples[type]}.`)
  }
  if (type === 'DECIMAL') return p.node(start, { kind: 'NumberLiteral', form: 'decimal', text })
  return p.node(start, { kind: 'DateTimeLiteral', type, text })
}

const date = String.raw`\d{1,4}-\d{1,2}-\d{1,2}`
const time = String.raw`\d{1,2}:\d{1,2}:\d{1,2}(\.\d*)?`
const literalForms = {
  DATE: new RegExp(`^${date}$`),
  TIME: new RegExp(`^${time}$`),
  TIMESTAMP: new RegExp(`^${date}( ${time})?$`),
  DECIMAL: /^[+-]?(\d+(\.\d*)?|\.\d+)$/,
}
const examples = {
  DATE: "DATE '2025-01-31'",
  TIME: "TIME '23:59:59'",
  TIMESTAMP: "TIMESTAMP '2025-01-31 23:59:59'",
  DECIMAL: "DECIMAL '1.50'",
}

/** `INTERVAL '5' SECOND`, `INTERVAL 5 SECOND`, `INTERVAL (a + 1) DAY`, `INTERVAL a DAY`. */
export function parseInterval(p: Parser): ExpressionNode {
  const start = p.peek().start
  p.expect('INTERVAL')
  const negative = p.acceptAny(['-', '+']) === '-'
  p.expecting('a string')
  if (p.peek().type === 'string') {
    const text = p.next().value
    return p.node(start, { kind: 'IntervalLiteral', negative, text, qualifier: parseIntervalQualifier(p) })
  }
  const value = parseIntervalValue(p)
  return p.node(start, { kind: 'IntervalExpression', negative, value, qualifier: parseIntervalQualifier(p) })
}

function parseIntervalValue(p: Parser): ExpressionNode {
  const { start, type } = p.peek()
  if (type === 'number') {
    const value = p.unsignedInteger()
    return p.node(start, { kind: 'NumberLiteral', form: 'integer', text: String(value) })
  }
  if (p.at('(')) return p.parenthesized(() => p.expression())
  return p.node(start, { kind: 'ColumnReference', parts: p.qualifiedName('a number').parts })
}

const intervalUnits: readonly IntervalUnit[] = ['YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'HOUR', 'MINUTE', 'SECOND']
const wideToNarrow: readonly string[] = ['YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND']

export function parseIntervalQualifier(p: Parser): IntervalQualifier {
  const start = p.peek().start
  const from = parseIntervalUnit(p)
  let precision: number | undefined
  let fractionalPrecision: number | undefined
  if (p.accept('(')) {
    precision = p.unsignedInteger()
    if (from === 'SECOND' && p.accept(',')) fractionalPrecision = p.unsignedInteger()
    p.expect(')')
  }
  const to = p.accept('TO') ? parseIntervalUnit(p) : undefined
  if (to === 'SECOND' && p.accept('(')) {
    fractionalPrecision = p.unsignedInteger()
    p.expect(')')
  }
  if (to !== undefined && !isRange(from, to)) {
    throw p.syntaxError(
      `${from} TO ${to} is not an interval.`,
      { start, end: p.previous.end },
      'Write YEAR TO MONTH, or a range within DAY, HOUR, MINUTE and SECOND.',
    )
  }
  return p.node(start, { kind: 'IntervalQualifier', from, to, precision, fractionalPrecision })
}

function isRange(from: IntervalUnit, to: IntervalUnit): boolean {
  const [wide, narrow] = [wideToNarrow.indexOf(from), wideToNarrow.indexOf(to)]
  if (wide < 0 || narrow < 0 || wide >= narrow) return false
  return from === 'YEAR' ? to === 'MONTH' : from !== 'MONTH'
}

function parseIntervalUnit(p: Parser): IntervalUnit {
  const word = p.peek().type === 'word' ? p.peek().value : ''
  const unit = intervalUnits.find((candidate) => word === candidate || word === `${candidate}S`)
  for (const candidate of intervalUnits) p.expecting(candidate)
  if (unit === undefined) throw p.unexpected()
  p.next()
  return unit
}

/** The unit here, if one is: plural and ODBC names (SQL_TSI_DAY) too. */
export function acceptTimeUnit(p: Parser): TimeUnit | undefined {
  const token = p.peek()
  if (token.type !== 'word') return undefined
  const word = token.value.replace(/^SQL_TSI_/, '')
  const unit = timeUnits.find((candidate) => word === candidate || word === `${candidate}S`)
  if (unit !== undefined) p.next()
  return unit
}

export function parseTimeUnit(p: Parser): TimeUnit {
  const unit = acceptTimeUnit(p)
  if (unit !== undefined) return unit
  for (const candidate of timeUnits) p.expecting(candidate)
  throw p.unexpected()
}
