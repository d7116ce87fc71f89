// How a scalar function is declared: operands it takes, type it gives, implementation in engine/functions.
import { types, withNullability, withoutTimeAttribute, type LogicalType } from '../../types/logical-type.ts'
import { commonType, isBinary, isCharacter, isInteger, isInterval, isNumeric, isTimestamp } from './common-type.ts'
import type { Expression } from './expression.ts'

/** One operand: which types it takes, and the type the implementation wants. */
export interface OperandRule {
  /** As in Flink's messages: `<CHARACTER>`. */
  readonly label: string
  accepts(type: LogicalType): boolean
  /** Operands of another type are cast to it. */
  readonly target?: LogicalType | undefined
}

export interface CallOperands {
  readonly types: readonly LogicalType[]
  readonly expressions: readonly Expression[]
}

export interface FunctionDefinition {
  readonly name: string
  readonly operands: readonly OperandRule[]
  /** How many operands may be missing at the end. */
  readonly optional: number
  /** The last rule stands for any number of further operands. */
  readonly isVariadic: boolean
  /** All operands become their common type. */
  readonly unifies: boolean
  /** Result without regard to NULL; undefined: these operands do not go together. */
  readonly type: (call: CallOperands) => LogicalType | undefined
  /** Whether the result may be NULL, for its type: where an operand may, always, never, or where the first may. */
  readonly nullable: 'operands' | 'always' | 'never' | 'first'
  /** Name in runtimeFunctions. */
  readonly implementation: string
  /** Gets NULLs as operands; all others give NULL for a NULL operand without being called. */
  readonly takesNulls: boolean
  /** The value may be NULL though no operand is; when unsure, true. */
  readonly mayGiveNull: boolean
  /** Same operands, same result, at any time: may be computed when the job is planned. */
  readonly isDeterministic: boolean
  readonly options?: Readonly<Record<string, unknown>> | undefined
}

type Details = Partial<Omit<FunctionDefinition, 'name' | 'operands' | 'type' | 'implementation'>>

export function define(
  name: string,
  operands: readonly OperandRule[],
  type: FunctionDefinition['type'] | LogicalType,
  implementation: string,
  details: Details = {},
): FunctionDefinition {
  const nullable = details.nullable ?? 'operands'
  return {
    name,
    operands,
    type: typeof type === 'function' ? type : () => type,
    implementation,
    optional: 0,
    isVariadic: false,
    unifies: false,
    takesNulls: false,
    mayGiveNull: nullable === 'always',
    isDeterministic: true,
    ...details,
    nullable,
  }
}

// ---- operands -------------------------------------------------------------------------------------------------------

function rule(label: string, test: (type: LogicalType) => boolean, target?: LogicalType): OperandRule {
  return { label, accepts: (type) => type.kind === 'NULL' || test(type), target }
}

export const anyOperand = rule('<ANY>', () => true)
export const stringOperand = rule('<CHARACTER>', isCharacter)
export const binaryOperand = rule('<BINARY>', isBinary)
export const stringOrBinaryOperand = rule('<CHARACTER>', (type) => isCharacter(type) || isBinary(type))
export const booleanOperand = rule('<BOOLEAN>', (type) => type.kind === 'BOOLEAN')
export const numericOperand = rule('<NUMERIC>', isNumeric)
export const doubleOperand = rule('<NUMERIC>', isNumeric, types.double())
export const integerOperand = rule('<INTEGER>', isInteger)
export const intOperand = rule('<INTEGER>', (type) => isInteger(type) && type.kind !== 'BIGINT', types.int())
export const bigintOperand = rule('<INTEGER>', isInteger, types.bigint())
export const comparableOperand = rule('<COMPARABLE_TYPE>', (type) => !['MAP', 'MULTISET', 'ROW'].includes(type.kind))
export const arrayOperand = rule('<ARRAY>', (type) => type.kind === 'ARRAY')
export const mapOperand = rule('<MAP>', (type) => type.kind === 'MAP')
export const timestampOperand = rule('<TIMESTAMP>', isTimestamp)
export const dateTimeOperand = rule(
  '<DATETIME>',
  (type) => isTimestamp(type) || type.kind === 'DATE' || type.kind === 'TIME',
)
export const dateTimeOrIntervalOperand = rule(
  '<DATETIME>',
  (type) => isTimestamp(type) || type.kind === 'DATE' || type.kind === 'TIME' || isInterval(type),
)

// ---- result types ---------------------------------------------------------------------------------------------------

/** The type of the first operand, as an ordinary value. */
export function firstType({ types: operands }: CallOperands): LogicalType {
  return withoutTimeAttribute(operands[0]!)
}

/** CHAR(n) becomes VARCHAR(n). */
export function firstVarying({ types: operands }: CallOperands): LogicalType {
  const first = operands[0]!
  if (first.kind === 'CHAR') return { ...first, kind: 'VARCHAR' }
  return first.kind === 'BINARY' ? { ...first, kind: 'VARBINARY' } : first
}

export function commonOfAll({ types: operands }: CallOperands): LogicalType | undefined {
  return commonType(operands)
}

export function isNullableResult(definition: FunctionDefinition, operandTypes: readonly LogicalType[]): boolean {
  switch (definition.nullable) {
    case 'always':
      return true
    case 'never':
      return false
    case 'first':
      return operandTypes[0]!.nullable
    case 'operands':
      return operandTypes.some((type) => type.nullable)
  }
}

/** The result's type with its nullability. */
export function resultType(definition: FunctionDefinition, operands: CallOperands): LogicalType | undefined {
  const type = definition.type(operands)
  return type === undefined ? undefined : withNullability(type, isNullableResult(definition, operands.types))
}

/** `NAME(<CHARACTER>, <INTEGER>)`, as error messages show how to call it. */
export function describeSignature(definition: FunctionDefinition): string {
  const labels = definition.operands.map((operand) => operand.label)
  if (definition.isVariadic) labels.push('…')
  const required = labels.slice(0, labels.length - definition.optional)
  const optional = labels.slice(labels.length - definition.optional)
  const tail = optional.map((label) => `[, ${label}]`).join('')
  return `${definition.name}(${required.join(', ')}${tail})`
}
