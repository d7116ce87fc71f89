// Operators: arithmetic, comparison, logic, and what is written like one (BETWEEN, IN, LIKE, IS).
import { supportsCast } from '../../functions/cast.ts'
import { int64Negate } from '../../functions/int64.ts'
import { MAX_LENGTH, types, withNullability, withoutTimeAttribute, type LogicalType } from '../../types/logical-type.ts'
import type { Node } from '../ast/node.ts'
import type {
  BetweenExpression,
  BinaryExpression,
  ComparisonOperator,
  DistinctFromExpression,
  InListExpression,
  IsExpression,
  LikeExpression,
  UnaryExpression,
} from '../ast/query.ts'
import { calciteTypeName, cannotApply, CAST_HINT, located, type Binder } from './binder.ts'
import { castTo } from './cast-to.ts'
import {
  adjustDecimal,
  asDecimal,
  commonType,
  isApproximate,
  isBinary,
  isCharacter,
  isExact,
  isInteger,
  isInterval,
  isNumeric,
  isTimestamp,
} from './common-type.ts'
import type { CallExpression, Expression } from './expression.ts'
import { invalidExpression, unsupportedExpression } from './scope.ts'

function eitherNullable(...operands: readonly Expression[]): boolean {
  return operands.some((operand) => operand.type.nullable)
}

function call(
  binder: Binder,
  node: Node,
  name: string,
  operands: readonly Expression[],
  type: LogicalType,
): CallExpression {
  return located(binder, node, { kind: 'call', name, operands, type })
}

/** A typed NULL in place of an untyped one. */
function typed(expression: Expression, type: LogicalType): Expression {
  return expression.type.kind === 'NULL' ? castTo(expression, type) : expression
}

// ---- logic ----------------------------------------------------------------------------------------------------------

function asBoolean(expression: Expression): Expression | undefined {
  const known = typed(expression, types.boolean())
  return known.type.kind === 'BOOLEAN' ? known : undefined
}

function bindLogic(binder: Binder, node: Node, name: 'AND' | 'OR', left: Expression, right: Expression): Expression {
  const first = asBoolean(left)
  const second = asBoolean(right)
  if (first === undefined || second === undefined) {
    throw cannotApply(binder, node, name, [left.type, right.type], `'<BOOLEAN> ${name} <BOOLEAN>'`)
  }
  return call(binder, node, name, [first, second], types.boolean(eitherNullable(first, second)))
}

export function negate(binder: Binder, node: Node, operand: Expression): Expression {
  return call(binder, node, 'NOT', [operand], types.boolean(operand.type.nullable))
}

export function bindUnary(binder: Binder, node: UnaryExpression): Expression {
  const operand = binder.bind(node.operand)
  if (node.operator === 'NOT') {
    const condition = asBoolean(operand)
    if (condition === undefined) throw cannotApply(binder, node, 'NOT', [operand.type], `'NOT <BOOLEAN>'`)
    return negate(binder, node, condition)
  }
  if (!isNumeric(operand.type) && !isInterval(operand.type)) {
    throw cannotApply(binder, node, node.operator, [operand.type], `'${node.operator} <NUMERIC>'`)
  }
  if (node.operator === '+') return operand
  // a negative literal is a literal: an index or a number of digits must be known here
  if (operand.kind === 'literal' && operand.value !== null) {
    return located(binder, node, { ...operand, value: negateCell(operand.value as number | bigint, operand.type) })
  }
  return call(binder, node, 'NEGATE', [operand], operand.type)
}

function negateCell(value: number | bigint, type: LogicalType): number | bigint {
  if (typeof value === 'bigint') return type.kind === 'BIGINT' ? int64Negate(value) : -value
  return isApproximate(type) ? -value : 0 - value
}

export function bindIs(binder: Binder, node: IsExpression): Expression {
  const operand = binder.bind(node.operand)
  const result = types.boolean(false)
  if (node.test.startsWith('JSON')) {
    if (!isCharacter(operand.type)) throw cannotApply(binder, node, 'IS JSON', [operand.type], `'<CHARACTER> IS JSON'`)
    const test = node.test.slice('JSON '.length)
    const isJson: CallExpression = {
      ...call(binder, node, 'IS JSON', [operand], types.boolean(operand.type.nullable)),
      options: { test },
    }
    return call(binder, node, node.negated ? 'IS NOT TRUE' : 'IS TRUE', [isJson], result)
  }
  if (node.test === 'NULL') return call(binder, node, node.negated ? 'IS NOT NULL' : 'IS NULL', [operand], result)
  const condition = asBoolean(operand)
  if (condition === undefined) {
    throw cannotApply(binder, node, `IS ${node.test}`, [operand.type], `'<BOOLEAN> IS ${node.test}'`)
  }
  const test = node.test === 'UNKNOWN' ? 'NULL' : node.test
  return call(binder, node, node.negated ? `IS NOT ${test}` : `IS ${test}`, [condition], result)
}

// ---- comparison -----------------------------------------------------------------------------------------------------

function notSupportedNow(binder: Binder, node: Node, left: LogicalType, right: LogicalType): Error {
  return invalidExpression(
    binder.scope.options,
    node,
    `implicit type conversion between ${left.kind} and ${right.kind} is not supported now`,
    CAST_HINT,
  )
}

/** The type both sides are compared in; undefined: they are compared as they are. */
function comparisonType(
  binder: Binder,
  node: Node,
  operator: string,
  left: LogicalType,
  right: LogicalType,
): LogicalType | undefined {
  if ((isExact(left) && isExact(right)) || (isApproximate(left) && isApproximate(right))) return undefined
  if (isCharacter(left) && isCharacter(right)) return undefined
  if (isBinary(left) && isBinary(right)) return undefined
  const common = commonType([left, right])
  if (common !== undefined) return common
  const [text, other] = isCharacter(left) ? [left, right] : [right, left]
  if (isCharacter(text) && supportsCast(text, other)) {
    const isEquality =
      operator === '=' || operator === '<>' || operator === 'IS DISTINCT FROM' || operator === 'IS NOT DISTINCT FROM'
    if (isEquality && (isNumeric(other) || other.kind === 'BOOLEAN')) throw notSupportedNow(binder, node, left, right)
    return other
  }
  throw cannotApply(
    binder,
    node,
    operator,
    [left, right],
    `'<COMPARABLE_TYPE> ${operator} <COMPARABLE_TYPE>'`,
    CAST_HINT,
  )
}

const ORDERING: readonly string[] = ['<', '<=', '>', '>=']

/** Both operands in a form in which they can be compared. */
function comparable(
  binder: Binder,
  node: Node,
  operator: string,
  left: Expression,
  right: Expression,
): [Expression, Expression] {
  const common = comparisonType(binder, node, operator, left.type, right.type)
  const isOrdering = ORDERING.includes(operator)
  if (isOrdering && ['MAP', 'MULTISET', 'ARRAY', 'ROW'].includes((common ?? left.type).kind)) {
    throw cannotApply(
      binder,
      node,
      operator,
      [left.type, right.type],
      `'<COMPARABLE_TYPE> ${operator} <COMPARABLE_TYPE>'`,
    )
  }
  if (common === undefined) return [typed(left, right.type), typed(right, left.type)]
  return [castTo(left, common), castTo(right, common)]
}

export function bindComparison(
  binder: Binder,
  node: Node,
  operator: ComparisonOperator,
  left: Expression,
  right: Expression,
): Expression {
  const operands = comparable(binder, node, operator, left, right)
  return call(binder, node, operator, operands, types.boolean(eitherNullable(...operands)))
}

export function bindDistinctFrom(binder: Binder, node: DistinctFromExpression): Expression {
  const name = node.negated ? 'IS NOT DISTINCT FROM' : 'IS DISTINCT FROM'
  const operands = comparable(binder, node, name, binder.bind(node.left), binder.bind(node.right))
  return call(binder, node, name, operands, types.boolean(false))
}

export function bindBetween(binder: Binder, node: BetweenExpression): Expression {
  const operand = binder.bind(node.operand)
  const low = binder.bind(node.low)
  const high = binder.bind(node.high)
  const within = (from: Expression, to: Expression): Expression =>
    bindLogic(
      binder,
      node,
      'AND',
      bindComparison(binder, node, '>=', operand, from),
      bindComparison(binder, node, '<=', operand, to),
    )
  const result = node.symmetric
    ? bindLogic(binder, node, 'OR', within(low, high), within(high, low))
    : within(low, high)
  return node.negated ? negate(binder, node, result) : result
}

export function bindInList(binder: Binder, node: InListExpression): Expression {
  const operand = binder.bind(node.operand)
  const items = node.items.map((item) => binder.bind(item))
  const common = items.reduce<LogicalType>((type, item) => {
    if (isCharacter(item.type) && !isCharacter(operand.type) && supportsCast(item.type, operand.type)) return type
    const next = commonType([type, item.type])
    if (next === undefined) {
      throw invalidExpression(
        binder.scope.options,
        node,
        `Values passed to IN operator must have compatible types, not ${calciteTypeName(operand.type)} and ${calciteTypeName(item.type)}`,
        CAST_HINT,
      )
    }
    return next
  }, operand.type)
  // CHAR is not padded: texts are compared as they are
  const target = isCharacter(common) ? types.string() : common
  const operands = [operand, ...items].map((each) => castTo(each, target))
  const result = call(binder, node, 'IN', operands, types.boolean(eitherNullable(...operands)))
  return node.negated ? negate(binder, node, result) : result
}

export function bindLike(binder: Binder, node: LikeExpression): Expression {
  const operands = [node.operand, node.pattern, ...(node.escape === undefined ? [] : [node.escape])].map((each) =>
    typed(binder.bind(each), types.string()),
  )
  if (!operands.every((operand) => isCharacter(operand.type))) {
    throw cannotApply(
      binder,
      node,
      node.operator,
      operands.map((operand) => operand.type),
      `'<CHARACTER> ${node.operator} <CHARACTER>'`,
      CAST_HINT,
    )
  }
  const result = call(binder, node, node.operator, operands, types.boolean(eitherNullable(...operands)))
  return node.negated ? negate(binder, node, result) : result
}

// ---- arithmetic -----------------------------------------------------------------------------------------------------

type Arithmetic = '+' | '-' | '*' | '/' | '%'

function decimalResult(
  operator: Arithmetic,
  leftType: LogicalType,
  rightType: LogicalType,
  nullable: boolean,
): LogicalType {
  const { precision: p1, scale: s1 } = asDecimal(leftType)
  const { precision: p2, scale: s2 } = asDecimal(rightType)
  const scale = Math.max(s1, s2)
  switch (operator) {
    case '+':
    case '-':
      return adjustDecimal(Math.max(p1 - s1, p2 - s2) + scale + 1, scale, nullable)
    case '*':
      return adjustDecimal(p1 + p2 + 1, s1 + s2, nullable)
    case '/': {
      const quotientScale = Math.max(6, s1 + p2 + 1)
      return adjustDecimal(p1 - s1 + s2 + quotientScale, quotientScale, nullable)
    }
    case '%':
      if (s1 === 0 && s2 === 0) return withNullability(rightType, nullable)
      return adjustDecimal(Math.min(p1 - s1, p2 - s2) + scale, scale, nullable)
  }
}

function bindNumeric(
  binder: Binder,
  node: Node,
  operator: Arithmetic,
  left: Expression,
  right: Expression,
): Expression {
  const nullable = eitherNullable(left, right)
  if (left.type.kind === 'DECIMAL' || right.type.kind === 'DECIMAL') {
    if (isExact(left.type) && isExact(right.type)) {
      const type = decimalResult(operator, left.type, right.type, nullable)
      return call(
        binder,
        node,
        operator,
        [castTo(left, asDecimal(left.type)), castTo(right, asDecimal(right.type))],
        type,
      )
    }
  }
  const common = withNullability(commonType([left.type, right.type])!, nullable)
  if (isApproximate(common)) return call(binder, node, operator, [castTo(left, common), castTo(right, common)], common)
  if (operator === '%' && right.type.kind !== common.kind) {
    // MOD has the type of its second operand
    return castTo(call(binder, node, operator, [left, right], common), right.type)
  }
  return call(binder, node, operator, [left, right], common)
}

function isDateTime(type: LogicalType): boolean {
  return isTimestamp(type) || type.kind === 'DATE' || type.kind === 'TIME'
}

/** datetime ± interval, interval ± interval, interval * number; undefined where the operands are none of these. */
function bindTemporal(
  binder: Binder,
  node: Node,
  operator: Arithmetic,
  left: Expression,
  right: Expression,
): Expression | undefined {
  const nullable = eitherNullable(left, right)
  if (isDateTime(left.type) && isInterval(right.type) && (operator === '+' || operator === '-')) {
    const type = withNullability(withoutTimeAttribute(left.type), nullable)
    return call(binder, node, operator === '+' ? 'DATETIME +' : 'DATETIME -', [left, right], type)
  }
  if (operator === '+' && isInterval(left.type) && isDateTime(right.type))
    return bindTemporal(binder, node, '+', right, left)
  if (isInterval(left.type) && left.type.kind === right.type.kind && (operator === '+' || operator === '-')) {
    return call(binder, node, operator, [left, right], withNullability(left.type, nullable))
  }
  if (operator !== '*') return undefined
  if (isInterval(left.type) && isNumeric(right.type)) {
    const factor = isInteger(right.type) ? right : castTo(right, types.double())
    return call(binder, node, 'INTERVAL *', [left, factor], withNullability(left.type, nullable))
  }
  return isNumeric(left.type) && isInterval(right.type) ? bindTemporal(binder, node, '*', right, left) : undefined
}

export function bindArithmetic(
  binder: Binder,
  node: Node,
  operator: Arithmetic,
  leftOperand: Expression,
  rightOperand: Expression,
): Expression {
  const left = typed(leftOperand, rightOperand.type)
  const right = typed(rightOperand, leftOperand.type)
  if (isNumeric(left.type) && isNumeric(right.type)) return bindNumeric(binder, node, operator, left, right)
  const temporal = bindTemporal(binder, node, operator, left, right)
  if (temporal !== undefined) return temporal
  if (operator === '-' && isDateTime(left.type) && isDateTime(right.type)) {
    throw unsupportedExpression(
      binder.scope.options,
      node,
      'The difference of two datetimes',
      'Use TIMESTAMPDIFF(SECOND, start, end).',
    )
  }
  const forms = `'<NUMERIC> ${operator} <NUMERIC>'${operator === '+' || operator === '-' ? ` '<DATETIME> ${operator} <DATETIME_INTERVAL>'` : ''}`
  throw cannotApply(binder, node, operator, [left.type, right.type], forms, CAST_HINT)
}

function bindConcatenation(binder: Binder, node: Node, leftOperand: Expression, rightOperand: Expression): Expression {
  const left = typed(leftOperand, types.string())
  const right = typed(rightOperand, types.string())
  if (!isCharacter(left.type) || !isCharacter(right.type)) {
    throw cannotApply(
      binder,
      node,
      '||',
      [left.type, right.type],
      `'<STRING> || <STRING>' '<EQUIVALENT_TYPE> || <EQUIVALENT_TYPE>'`,
      'Convert the other side with CAST(… AS STRING).',
    )
  }
  const kind = left.type.kind === 'CHAR' && right.type.kind === 'CHAR' ? 'CHAR' : 'VARCHAR'
  const length = Math.min(MAX_LENGTH, left.type.length + right.type.length)
  return call(binder, node, '||', [left, right], { kind, length, nullable: eitherNullable(left, right) })
}

export function bindBinary(binder: Binder, node: BinaryExpression): Expression {
  const left = binder.bind(node.left)
  const right = binder.bind(node.right)
  switch (node.operator) {
    case 'AND':
    case 'OR':
      return bindLogic(binder, node, node.operator, left, right)
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return bindArithmetic(binder, node, node.operator, left, right)
    case '||':
      return bindConcatenation(binder, node, left, right)
    case 'OVERLAPS':
    case 'MEMBER OF':
    case 'SUBMULTISET OF':
      throw unsupportedExpression(binder.scope.options, node, `The operator ${node.operator}`)
    default:
      return bindComparison(binder, node, node.operator, left, right)
  }
}
