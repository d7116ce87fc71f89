// Casts that the binder puts in.
import { typesEqual, withNullability, withoutTimeAttribute, type LogicalType } from '../../types/logical-type.ts'
import { isApproximate, isCharacter, isInteger, isNumeric } from './common-type.ts'
import type { Expression } from './expression.ts'

/**
 * The expression as a value of the type. The type's nullability is not asked for: it follows the expression, except
 * that NULL in a NOT NULL type stays what it is. Equal types need no cast.
 */
export function castTo(expression: Expression, type: LogicalType, { implicit = true } = {}): Expression {
  const target = withNullability(type, expression.type.nullable)
  if (expression.kind === 'literal' && expression.value === null) {
    return { ...expression, type: withNullability(type, true) }
  }
  if (typesEqual(expression.type, target)) return expression
  return { kind: 'cast', operand: expression, mode: 'cast', implicit, type: target, location: expression.location }
}

/** Whether every value of a type is a value of another; nullability inside constructed types apart. */
function widens(from: LogicalType, to: LogicalType): boolean {
  const order = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT']
  if (isInteger(from) && isInteger(to)) return order.indexOf(from.kind) <= order.indexOf(to.kind)
  if (isInteger(from)) return to.kind === 'DECIMAL' || isApproximate(to)
  if (from.kind === 'DECIMAL') return to.kind === 'DECIMAL' || isApproximate(to)
  return from.kind === 'FLOAT' && isApproximate(to)
}

/**
 * INSERT's implicit casts: Flink takes widening only (LogicalTypeCasts.supportsImplicitCast).
 * Source: https://nightlies.apache.org/flink/flink-docs-release-2.2/docs/dev/table/types/
 */
export function canWidenForSink(fromType: LogicalType, toType: LogicalType): boolean {
  const from = withNullability(withoutTimeAttribute(fromType), true)
  const to = withNullability(withoutTimeAttribute(toType), true)
  if (from.kind === 'NULL' || typesEqual(from, to)) return true
  if (isNumeric(from) && isNumeric(to)) return from.kind === to.kind || widens(from, to)
  if (isCharacter(from) && isCharacter(to)) return to.kind === 'VARCHAR' && from.length <= to.length
  if ((from.kind === 'BINARY' || from.kind === 'VARBINARY') && to.kind === 'VARBINARY') return from.length <= to.length
  if (from.kind === 'TIME' && to.kind === 'TIME') return true
  const timestamps = ['TIMESTAMP', 'TIMESTAMP_LTZ']
  if (timestamps.includes(from.kind) && timestamps.includes(to.kind)) return true
  if (from.kind === 'DATE') return timestamps.includes(to.kind)
  if ((from.kind === 'ARRAY' || from.kind === 'MULTISET') && to.kind === from.kind)
    return canWidenForSink(from.element, to.element)
  if (from.kind === 'MAP' && to.kind === 'MAP')
    return canWidenForSink(from.key, to.key) && canWidenForSink(from.value, to.value)
  if (from.kind !== 'ROW' || to.kind !== 'ROW' || from.fields.length !== to.fields.length) return false
  return from.fields.every((field, index) => canWidenForSink(field.type, to.fields[index]!.type))
}
