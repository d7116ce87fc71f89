// Literals: from text to typed constants.
import { MAX_DECIMAL_PRECISION, types } from '../../types/logical-type.ts'
import { parseDate, parseTime, parseTimestamp } from '../../functions/cast-from-string.ts'
import { toExact } from '../../functions/int64.ts'
import type { DateTimeLiteral, IntervalLiteral, LiteralNode, NumberLiteral } from '../ast/literal.ts'
import type { IntervalQualifier, IntervalUnit } from '../ast/node.ts'
import { located, type Binder } from './binder.ts'
import { literal, type LiteralExpression } from './expression.ts'
import { invalidExpression } from './scope.ts'

export function bindLiteral(binder: Binder, node: LiteralNode): LiteralExpression {
  return located(binder, node, literalOf(binder, node))
}

function literalOf(binder: Binder, node: LiteralNode): LiteralExpression {
  switch (node.kind) {
    case 'NumberLiteral':
      return numberOf(binder, node)
    case 'StringLiteral':
      return literal(node.value, types.char([...node.value].length, false))
    case 'BinaryLiteral': {
      const bytes = new Uint8Array(node.hex.length / 2)
      for (let index = 0; index < bytes.length; index++)
        bytes[index] = parseInt(node.hex.slice(2 * index, 2 * index + 2), 16)
      return literal(bytes, types.binary(bytes.length, false))
    }
    case 'BooleanLiteral':
      return literal(node.value, types.boolean(node.value === null))
    case 'NullLiteral':
      return literal(null, types.null())
    case 'DateTimeLiteral':
      return dateTimeOf(binder, node)
    case 'IntervalLiteral':
      return intervalOf(binder, node)
  }
}

function numberOf(binder: Binder, node: NumberLiteral): LiteralExpression {
  const outOfRange = (): Error =>
    invalidExpression(
      binder.scope.options,
      node,
      `Numeric literal '${node.text}' out of range`,
      'Write it as a string and CAST it.',
    )
  if (node.form === 'approximate') return literal(Number(node.text), types.double(false))
  if (node.form === 'integer') {
    const value = BigInt(node.text)
    if (BigInt.asIntN(64, value) !== value) throw outOfRange()
    return literal(toExact(value), BigInt.asIntN(32, value) === value ? types.int(false) : types.bigint(false))
  }
  const [whole = '', fraction = ''] = node.text.split('.')
  const digits = whole + fraction
  if (digits.length > MAX_DECIMAL_PRECISION) throw outOfRange()
  return literal(toExact(BigInt(digits)), types.decimal(Math.max(digits.length, 1), fraction.length, false))
}

function dateTimeOf(binder: Binder, node: DateTimeLiteral): LiteralExpression {
  const illegal = (): Error =>
    invalidExpression(
      binder.scope.options,
      node,
      `Illegal ${node.type} literal '${node.text}': not a valid date or time`,
    )
  if (node.type === 'DATE') {
    const days = parseDate(node.text)
    if (days === undefined) throw illegal()
    return literal(days, types.date(false))
  }
  if (node.type === 'TIME') {
    const millis = parseTime(node.text)
    if (millis === undefined) throw illegal()
    return literal(millis, types.time(0, false))
  }
  const timestamp = parseTimestamp(node.text)
  if (typeof timestamp !== 'number' && 'failedAt' in timestamp) throw illegal()
  const fraction = node.text.split('.')[1] ?? ''
  return literal(timestamp, types.timestamp(fraction.length, false))
}

// ---- intervals ------------------------------------------------------------------------------------------------------

const UNIT_SIZES: Readonly<Record<IntervalUnit, number>> = {
  YEAR: 12,
  QUARTER: 3,
  MONTH: 1,
  WEEK: 604_800_000,
  DAY: 86_400_000,
  HOUR: 3_600_000,
  MINUTE: 60_000,
  SECOND: 1000,
}
const DAY_TIME_FIELDS: readonly IntervalUnit[] = ['DAY', 'HOUR', 'MINUTE', 'SECOND']
const FIELD_LIMITS: Partial<Record<IntervalUnit, number>> = { MONTH: 12, HOUR: 24, MINUTE: 60, SECOND: 60 }

export function isYearMonth(qualifier: IntervalQualifier): boolean {
  return qualifier.from === 'YEAR' || qualifier.from === 'QUARTER' || qualifier.from === 'MONTH'
}

/** Months or milliseconds of one unit. */
export function unitSize(unit: IntervalUnit): number {
  return UNIT_SIZES[unit]
}

function fieldsOf({ from, to }: IntervalQualifier): readonly IntervalUnit[] {
  if (to === undefined) return [from]
  if (from === 'YEAR') return ['YEAR', 'MONTH']
  return DAY_TIME_FIELDS.slice(DAY_TIME_FIELDS.indexOf(from), DAY_TIME_FIELDS.indexOf(to) + 1)
}

function intervalPattern(fields: readonly IntervalUnit[]): RegExp {
  const source = fields.map((field, index) => {
    const separator = index === 0 ? '' : field === 'MONTH' ? '-' : field === 'HOUR' ? ' ' : ':'
    return `${separator}${field === 'SECOND' ? '(\\d+(?:\\.\\d{1,9})?)' : '(\\d+)'}`
  })
  return new RegExp(`^([+-]?)${source.join('')}$`)
}

function intervalOf(binder: Binder, node: IntervalLiteral): LiteralExpression {
  const { qualifier } = node
  const fields = fieldsOf(qualifier)
  const match = intervalPattern(fields).exec(node.text.trim())
  const shown = `${qualifier.from}${qualifier.to === undefined ? '' : ` TO ${qualifier.to}`}`
  if (match === null) {
    throw invalidExpression(
      binder.scope.options,
      node,
      `Illegal interval literal format '${node.text}' for INTERVAL ${shown}`,
    )
  }
  let total = 0
  fields.forEach((field, index) => {
    const value = Number(match[index + 2])
    if (index === 0) checkLeadingPrecision(binder, node, field, Math.trunc(value))
    else if (value >= (FIELD_LIMITS[field] ?? Infinity)) {
      throw invalidExpression(
        binder.scope.options,
        node,
        `Illegal interval literal format '${node.text}' for INTERVAL ${shown}`,
      )
    }
    total += value * UNIT_SIZES[field]
  })
  const isNegative = node.negative !== (match[1] === '-')
  const signed = isNegative ? 0 - Math.trunc(total) : Math.trunc(total)
  return literal(signed, isYearMonth(qualifier) ? types.intervalYearMonth(false) : types.intervalDayTime(false))
}

function checkLeadingPrecision(binder: Binder, node: IntervalLiteral, field: IntervalUnit, value: number): void {
  const precision = node.qualifier.precision ?? 2
  if (value < 10 ** precision) return
  const shown = String(value).replace(/\B(?=(\d{3})+$)/g, ',')
  throw invalidExpression(
    binder.scope.options,
    node,
    `Interval field value ${shown} exceeds precision of ${field}(${precision}) field`,
    `Write INTERVAL '${node.text}' ${field}(${String(value).length}).`,
  )
}
