// What the parts of the binder share: the scope, the way back into the whole binder, and messages.
import type { LogicalType } from '../../types/logical-type.ts'
import type { Node } from '../ast/node.ts'
import type { ExpressionNode } from '../ast/query.ts'
import type { Expression } from './expression.ts'
import { invalidExpression, locate, type Scope } from './scope.ts'

export interface Binder {
  readonly scope: Scope
  bind(node: ExpressionNode): Expression
}

/** A node of the typed tree that knows where it came from. */
export function located<T extends Expression>(binder: Binder, node: Node, expression: T): T {
  const location = locate(binder.scope.options, node)
  return location === undefined ? expression : { ...expression, location }
}

/** The type as Calcite's messages name it: INTEGER, VARCHAR(2147483647), TIMESTAMP(3). */
export function calciteTypeName(type: LogicalType): string {
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY':
      return `${type.kind}(${type.length})`
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return `${type.kind}(${type.precision})`
    case 'INTERVAL_YEAR_MONTH':
      return 'INTERVAL YEAR TO MONTH'
    case 'INTERVAL_DAY_TIME':
      return 'INTERVAL DAY TO SECOND'
    case 'ARRAY':
    case 'MULTISET':
      return `${calciteTypeName(type.element)} ${type.kind}`
    case 'MAP':
      return `(${calciteTypeName(type.key)}, ${calciteTypeName(type.value)}) MAP`
    case 'ROW':
      return `RECORDTYPE(${type.fields.map((field) => `${calciteTypeName(field.type)} ${field.name}`).join(', ')})`
    default:
      return type.kind
  }
}

/** `Cannot apply 'AND' to arguments of type '<INTEGER> AND <INTEGER>'. Supported form(s): …` */
export function cannotApply(
  binder: Binder,
  node: Node,
  operator: string,
  operands: readonly LogicalType[],
  forms: string,
  fix?: string,
): Error {
  const names = operands.map((type) => `<${calciteTypeName(type)}>`)
  const isInfix = operands.length === 2 && !/^[A-Z_]+$/.test(operator.replace(/^(AND|OR)$/, ''))
  const applied =
    isInfix || operator === 'AND' || operator === 'OR'
      ? names.join(` ${operator} `)
      : `${operator}(${names.join(', ')})`
  return invalidExpression(
    binder.scope.options,
    node,
    `Cannot apply '${operator}' to arguments of type '${applied}'. Supported form(s): ${forms}`,
    fix,
  )
}

/** Fix that helps most when types do not go together. */
export const CAST_HINT = 'Convert one side with CAST(… AS …).'
