// Functions with their own rules: units as operands, conditionals, results that are known when the text is bound.
import { types, typeToString, withNullability } from '../../types/logical-type.ts'
import type { Node, TimeUnit } from '../ast/node.ts'
import type { ExpressionNode, FunctionCall } from '../ast/query.ts'
import { makeCase } from './bind-constructor.ts'
import { unitSize } from './bind-literal.ts'
import { bindArithmetic, bindComparison } from './bind-operator.ts'
import { cannotApply, located, type Binder } from './binder.ts'
import { literal, type Expression } from './expression.ts'
import { callNamed, refuseOperands } from './make-call.ts'
import { invalidExpression, unsupportedExpression } from './scope.ts'

type SpecialForm = (binder: Binder, node: FunctionCall, operands: readonly ExpressionNode[]) => Expression

function unitOf(binder: Binder, node: FunctionCall, operand: ExpressionNode | undefined): TimeUnit {
  if (operand?.kind === 'TimeUnitArgument') return operand.unit
  throw invalidExpression(binder.scope.options, node, `${nameOf(node)} needs a time unit such as DAY or HOUR`)
}

function expectCount(binder: Binder, node: FunctionCall, operands: readonly ExpressionNode[], count: number): void {
  if (operands.length === count) return
  throw invalidExpression(
    binder.scope.options,
    node,
    `Invalid number of arguments to function '${nameOf(node)}'. Was expecting ${count} arguments`,
  )
}

/** Units that TIMESTAMPADD and TIMESTAMPDIFF know. */
const ARITHMETIC_UNITS: readonly TimeUnit[] = ['SECOND', 'MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR']

function arithmeticUnit(binder: Binder, node: FunctionCall, operand: ExpressionNode | undefined): TimeUnit {
  const unit = unitOf(binder, node, operand)
  if (!ARITHMETIC_UNITS.includes(unit))
    throw unsupportedExpression(
      binder.scope.options,
      node,
      `${nameOf(node)} with ${unit}`,
      `Use one of ${ARITHMETIC_UNITS.join(', ')}.`,
    )
  return unit
}

function timestampAdd(binder: Binder, node: FunctionCall, operands: readonly ExpressionNode[]): Expression {
  expectCount(binder, node, operands, 3)
  const unit = arithmeticUnit(binder, node, operands[0])
  const count = binder.bind(operands[1]!)
  const isMonths = unit === 'MONTH' || unit === 'QUARTER' || unit === 'YEAR'
  const intervalType = isMonths ? types.intervalYearMonth(false) : types.intervalDayTime(false)
  const size = literal(unitSize(unit as Parameters<typeof unitSize>[0]), intervalType)
  const interval = bindArithmetic(binder, node, '*', size, count)
  return bindArithmetic(binder, node, '+', binder.bind(operands[2]!), interval)
}

const ROUNDING_UNITS: readonly TimeUnit[] = [
  'MILLISECOND',
  'SECOND',
  'MINUTE',
  'HOUR',
  'DAY',
  'WEEK',
  'MONTH',
  'QUARTER',
  'YEAR',
  'DECADE',
  'CENTURY',
  'MILLENNIUM',
]

function roundTo(name: 'FLOOR' | 'CEIL'): SpecialForm {
  return (binder, node, operands) => {
    const unitNode = operands.find((operand) => operand.kind === 'TimeUnitArgument')
    const values = operands
      .filter((operand) => operand.kind !== 'TimeUnitArgument')
      .map((operand) => binder.bind(operand))
    if (unitNode === undefined) return callNamed(binder, node, name, values)
    const unit = unitOf(binder, node, unitNode)
    if (!ROUNDING_UNITS.includes(unit)) throw unsupportedExpression(binder.scope.options, node, `${name} to ${unit}`)
    return callNamed(binder, node, `${name} TO`, values, { unit })
  }
}

const TIME_UNITS: readonly TimeUnit[] = [
  'NANOSECOND',
  'MICROSECOND',
  'MILLISECOND',
  'SECOND',
  'MINUTE',
  'HOUR',
  'EPOCH',
]
const DAY_TIME_UNITS: readonly TimeUnit[] = ['MILLISECOND', 'SECOND', 'MINUTE', 'HOUR', 'DAY', 'EPOCH']
const YEAR_MONTH_UNITS: readonly TimeUnit[] = ['MONTH', 'QUARTER', 'YEAR']

/** EXTRACT(unit FROM operand), refused where the operand has no such part. */
export function extract(binder: Binder, node: Node, unit: TimeUnit, operand: Expression): Expression {
  const { kind } = operand.type
  const known =
    kind === 'TIME'
      ? TIME_UNITS
      : kind === 'INTERVAL_DAY_TIME'
        ? DAY_TIME_UNITS
        : kind === 'INTERVAL_YEAR_MONTH'
          ? YEAR_MONTH_UNITS
          : undefined
  if (known !== undefined && !known.includes(unit)) {
    throw cannotApply(binder, node, 'EXTRACT', [operand.type], `'EXTRACT(${known.join(' | ')} FROM <${kind}>)'`)
  }
  return callNamed(binder, node, 'EXTRACT', [operand], { unit })
}

/** IF(condition, then, else): nullable where any operand is. */
function bindIf(binder: Binder, node: FunctionCall, operands: readonly ExpressionNode[]): Expression {
  expectCount(binder, node, operands, 3)
  const [when, then, otherwise] = operands.map((operand) => binder.bind(operand))
  if (when!.type.kind !== 'BOOLEAN')
    throw refuseOperands(binder, node, 'IF', [when!, then!, otherwise!], 'IF(<BOOLEAN>, <ANY>, <ANY>)')
  const made = makeCase(binder, node, [{ when: when!, then: then! }], otherwise!)
  return when!.type.nullable ? { ...made, type: withNullability(made.type, true) } : made
}

/** The first operand that is not NULL. */
function coalesce(binder: Binder, node: FunctionCall, operands: readonly ExpressionNode[]): Expression {
  const values = operands.map((operand) => binder.bind(operand))
  if (values.length === 0) throw invalidExpression(binder.scope.options, node, `${nameOf(node)} needs arguments`)
  const branches = values.slice(0, -1).map((value) => ({ when: isNotNull(value), then: value }))
  const made = makeCase(binder, node, branches, values.at(-1)!)
  return {
    ...made,
    type: withNullability(
      made.type,
      values.every((value) => value.type.nullable),
    ),
  }
}

function isNotNull(operand: Expression): Expression {
  return {
    kind: 'call',
    name: 'IS NOT NULL',
    operands: [operand],
    type: types.boolean(false),
    location: operand.location,
  }
}

function nullIf(binder: Binder, node: FunctionCall, operands: readonly ExpressionNode[]): Expression {
  expectCount(binder, node, operands, 2)
  const [first, second] = operands.map((operand) => binder.bind(operand))
  const when = bindComparison(binder, node, '=', first!, second!)
  return makeCase(binder, node, [{ when, then: literal(null, withNullability(first!.type, true)) }], first!)
}

/** By upper-case name. */
export const specialForms: Readonly<Record<string, SpecialForm>> = {
  MOD: (binder, node, operands) => {
    expectCount(binder, node, operands, 2)
    return bindArithmetic(binder, node, '%', binder.bind(operands[0]!), binder.bind(operands[1]!))
  },
  EXTRACT: (binder, node, operands) => {
    expectCount(binder, node, operands, 2)
    return extract(binder, node, unitOf(binder, node, operands[0]), binder.bind(operands[1]!))
  },
  FLOOR: roundTo('FLOOR'),
  CEIL: roundTo('CEIL'),
  CEILING: roundTo('CEIL'),
  TIMESTAMPADD: timestampAdd,
  TIMESTAMPDIFF: (binder, node, operands) => {
    expectCount(binder, node, operands, 3)
    const unit = arithmeticUnit(binder, node, operands[0])
    return callNamed(binder, node, 'TIMESTAMPDIFF', [binder.bind(operands[1]!), binder.bind(operands[2]!)], { unit })
  },
  UNIX_TIMESTAMP: (binder, node, operands) => {
    const name = operands.length === 0 ? 'UNIX_TIMESTAMP NOW' : 'UNIX_TIMESTAMP'
    return callNamed(
      binder,
      node,
      name,
      operands.map((each) => binder.bind(each)),
    )
  },
  IF: bindIf,
  COALESCE: coalesce,
  IFNULL: (binder, node, operands) => {
    expectCount(binder, node, operands, 2)
    return coalesce(binder, node, operands)
  },
  NULLIF: nullIf,
  TYPEOF: (binder, node, operands) => {
    const [operand] = operands.map((each) => binder.bind(each))
    if (operand === undefined) throw invalidExpression(binder.scope.options, node, 'TYPEOF needs an argument')
    return located(binder, node, literal(typeToString(operand.type), types.string()))
  },
  TRIM: (binder, node, operands) =>
    callNamed(
      binder,
      node,
      'TRIM',
      operands.map((each) => binder.bind(each)),
      { side: 'BOTH' },
    ),
}

/** The function's name in upper case. */
export function nameOf(node: FunctionCall): string {
  return node.name.parts.at(-1)!.name.toUpperCase()
}
