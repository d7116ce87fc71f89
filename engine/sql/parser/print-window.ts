import type { AggregateClauses, OrderItem, WindowFrame, WindowFrameBound, WindowSpecification } from '../ast/query.ts'
import { join, quoteIdentifier, type Printer } from './printer.ts'

/** `ORDER BY a, b DESC`, or nothing. */
export function printOrderBy(printer: Printer, items: readonly OrderItem[]): string {
  if (items.length === 0) return ''
  const texts = items.map(({ expression, direction, nulls }) =>
    join(printer.expression(expression), direction === 'DESC' && 'DESC', nulls !== undefined && `NULLS ${nulls}`),
  )
  return `ORDER BY ${texts.join(', ')}`
}

export function printWindowSpecification(printer: Printer, window: WindowSpecification): string {
  const partition =
    window.partitionBy.length === 0 ? undefined : `PARTITION BY ${printer.expressions(window.partitionBy)}`
  const base = window.base === undefined ? undefined : quoteIdentifier(window.base.name)
  const frame = window.frame === undefined ? undefined : printFrame(printer, window.frame)
  return `(${join(base, partition, printOrderBy(printer, window.orderBy), frame)})`
}

function printFrame(printer: Printer, { unit, start, end }: WindowFrame): string {
  if (end === undefined) return `${unit} ${printBound(printer, start)}`
  return `${unit} BETWEEN ${printBound(printer, start)} AND ${printBound(printer, end)}`
}

const printBound = (printer: Printer, { type, offset }: WindowFrameBound): string =>
  offset === undefined ? type : `${printer.expression(offset)} ${type}`

/** What follows the parentheses of an aggregate call. */
export function printAggregateClauses(printer: Printer, clauses: AggregateClauses): string {
  const { withinGroup, orderBy, filter, nullTreatment, over } = clauses
  return join(
    nullTreatment,
    withinGroup && `WITHIN GROUP (${printOrderBy(printer, orderBy)})`,
    filter !== undefined && `FILTER (WHERE ${printer.expression(filter)})`,
    over !== undefined &&
      `OVER ${over.kind === 'Identifier' ? quoteIdentifier(over.name) : printWindowSpecification(printer, over)}`,
  )
}
