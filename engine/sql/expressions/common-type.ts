// The type that several types have in common: Calcite's leastRestrictive with Flink's type system.
import {
  MAX_DECIMAL_PRECISION,
  MAX_LENGTH,
  typesEqual,
  withNullability,
  withoutTimeAttribute,
  type DecimalType,
  type LengthType,
  type LogicalType,
  type RowType,
  type TimestampType,
  type TypeKind,
} from '../../types/logical-type.ts'

const INTEGERS: readonly TypeKind[] = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT']

export function isInteger(type: LogicalType): boolean {
  return INTEGERS.includes(type.kind)
}
export function isApproximate(type: LogicalType): boolean {
  return type.kind === 'FLOAT' || type.kind === 'DOUBLE'
}
export function isExact(type: LogicalType): boolean {
  return isInteger(type) || type.kind === 'DECIMAL'
}
export function isNumeric(type: LogicalType): boolean {
  return isExact(type) || isApproximate(type)
}
export function isCharacter(type: LogicalType): type is LengthType {
  return type.kind === 'CHAR' || type.kind === 'VARCHAR'
}
export function isBinary(type: LogicalType): type is LengthType {
  return type.kind === 'BINARY' || type.kind === 'VARBINARY'
}
export function isTimestamp(type: LogicalType): type is TimestampType {
  return type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ'
}
export function isInterval(type: LogicalType): boolean {
  return type.kind === 'INTERVAL_YEAR_MONTH' || type.kind === 'INTERVAL_DAY_TIME'
}

const INTEGER_DIGITS: Partial<Record<TypeKind, number>> = { TINYINT: 3, SMALLINT: 5, INTEGER: 10, BIGINT: 19 }

/** An exact number as the decimal that holds all its values. */
export function asDecimal(type: LogicalType): DecimalType {
  if (type.kind === 'DECIMAL') return type
  return { kind: 'DECIMAL', precision: INTEGER_DIGITS[type.kind]!, scale: 0, nullable: type.nullable }
}

/** Keeps the digits before the point where 38 do not suffice, but at least 6 after it (as SQL Server does). */
export function adjustDecimal(precision: number, scale: number, nullable: boolean): DecimalType {
  if (precision <= MAX_DECIMAL_PRECISION) return { kind: 'DECIMAL', precision, scale, nullable }
  const wholeDigits = precision - scale
  const kept = Math.max(MAX_DECIMAL_PRECISION - wholeDigits, Math.min(scale, 6))
  return { kind: 'DECIMAL', precision: MAX_DECIMAL_PRECISION, scale: kept, nullable }
}

function commonNumeric(left: LogicalType, right: LogicalType, nullable: boolean): LogicalType {
  if (isApproximate(left) || isApproximate(right)) {
    // Calcite: the first approximate type wins, but a decimal turns FLOAT into DOUBLE
    if (left.kind === 'DECIMAL' || right.kind === 'DECIMAL') return { kind: 'DOUBLE', nullable }
    return withNullability(isApproximate(left) ? left : right, nullable)
  }
  if (isInteger(left) && isInteger(right)) {
    return withNullability(INTEGERS.indexOf(left.kind) >= INTEGERS.indexOf(right.kind) ? left : right, nullable)
  }
  const [first, second] = [asDecimal(left), asDecimal(right)]
  const scale = Math.max(first.scale, second.scale)
  const whole = Math.max(first.precision - first.scale, second.precision - second.scale)
  const precision = Math.min(whole + scale, MAX_DECIMAL_PRECISION)
  return { kind: 'DECIMAL', precision, scale: Math.min(scale, precision), nullable }
}

function commonLength(left: LengthType, right: LengthType, nullable: boolean): LengthType {
  const fixed = isCharacter(left) ? 'CHAR' : 'BINARY'
  const varying = isCharacter(left) ? 'VARCHAR' : 'VARBINARY'
  const length = Math.min(MAX_LENGTH, Math.max(left.length, right.length))
  const isFixed = left.kind === fixed && right.kind === fixed && left.length === right.length
  return { kind: isFixed ? fixed : varying, length, nullable }
}

function commonTemporal(left: LogicalType, right: LogicalType, nullable: boolean): LogicalType | undefined {
  const precisionOf = (type: LogicalType): number => ('precision' in type ? type.precision : 0)
  const precision = Math.max(precisionOf(left), precisionOf(right))
  if (left.kind === 'TIME' && right.kind === 'TIME') return { kind: 'TIME', precision, nullable }
  const dateTimes: readonly TypeKind[] = ['DATE', 'TIMESTAMP', 'TIMESTAMP_LTZ']
  if (!dateTimes.includes(left.kind) || !dateTimes.includes(right.kind)) return undefined
  const kind = left.kind === 'TIMESTAMP_LTZ' || right.kind === 'TIMESTAMP_LTZ' ? 'TIMESTAMP_LTZ' : 'TIMESTAMP'
  return { kind, precision, nullable }
}

function commonConstructed(left: LogicalType, right: LogicalType, nullable: boolean): LogicalType | undefined {
  if ((left.kind === 'ARRAY' || left.kind === 'MULTISET') && right.kind === left.kind) {
    const element = commonOfTwo(left.element, right.element)
    return element === undefined ? undefined : { kind: left.kind, element, nullable }
  }
  if (left.kind === 'MAP' && right.kind === 'MAP') {
    const key = commonOfTwo(left.key, right.key)
    const value = commonOfTwo(left.value, right.value)
    return key === undefined || value === undefined ? undefined : { kind: 'MAP', key, value, nullable }
  }
  if (left.kind === 'ROW' && right.kind === 'ROW') return commonRow(left, right, nullable)
  return undefined
}

function commonRow(left: RowType, right: RowType, nullable: boolean): RowType | undefined {
  if (left.fields.length !== right.fields.length) return undefined
  const types = left.fields.map((field, index) => commonOfTwo(field.type, right.fields[index]!.type))
  if (types.some((type) => type === undefined)) return undefined
  return {
    kind: 'ROW',
    fields: left.fields.map((field, index) => ({ name: field.name, type: types[index]! })),
    nullable,
  }
}

function commonOfTwo(leftType: LogicalType, rightType: LogicalType): LogicalType | undefined {
  const left = withoutTimeAttribute(leftType)
  const right = withoutTimeAttribute(rightType)
  const nullable = left.nullable || right.nullable
  if (left.kind === 'NULL') return withNullability(right, true)
  if (right.kind === 'NULL') return withNullability(left, true)
  if (isNumeric(left) && isNumeric(right)) return commonNumeric(left, right, nullable)
  if ((isCharacter(left) && isCharacter(right)) || (isBinary(left) && isBinary(right))) {
    return commonLength(left, right, nullable)
  }
  if (typesEqual(withNullability(left, true), withNullability(right, true))) return withNullability(left, nullable)
  return commonTemporal(left, right, nullable) ?? commonConstructed(left, right, nullable)
}

/** The least type that holds the values of all; undefined where there is none. NULL fits everything. */
export function commonType(types: readonly LogicalType[]): LogicalType | undefined {
  const [first, ...rest] = types
  return rest.reduce<LogicalType | undefined>(
    (common, type) => (common === undefined ? undefined : commonOfTwo(common, type)),
    first === undefined ? undefined : withoutTimeAttribute(first),
  )
}
