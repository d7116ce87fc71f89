// CASE and CAST; ARRAY, MAP, MULTISET and ROW values, and access to their parts.
import { supportsCast } from '../../functions/cast.ts'
import { types, typeToString, withNullability, type LogicalType } from '../../types/logical-type.ts'
import type {
  CaseExpression as CaseNode,
  CastExpression as CastNode,
  CollectionConstructor,
  FieldAccess,
  IntervalExpression,
  ItemAccess,
  RowConstructor,
} from '../ast/query.ts'
import type { Node } from '../ast/node.ts'
import { isYearMonth, unitSize } from './bind-literal.ts'
import { bindComparison } from './bind-operator.ts'
import { calciteTypeName, cannotApply, located, type Binder } from './binder.ts'
import { castTo } from './cast-to.ts'
import { commonType, isCharacter, isInteger, isNumeric } from './common-type.ts'
import { literal, type Expression } from './expression.ts'
import { logicalTypeOf } from './logical-type-of.ts'
import { nearestName } from '../../common/near-name.ts'
import { accessField, invalidExpression } from './scope.ts'

/** The results of a conditional in their common type. */
export function unify(
  binder: Binder,
  node: Node,
  results: readonly Expression[],
  message: string,
): { results: Expression[]; type: LogicalType } {
  const type = commonType(results.map((result) => result.type))
  if (type === undefined) {
    const shown = results.map((result) => calciteTypeName(result.type)).join(', ')
    throw invalidExpression(binder.scope.options, node, `${message} (${shown})`, 'Convert with CAST.')
  }
  return { results: results.map((result) => castTo(result, type)), type }
}

export function makeCase(
  binder: Binder,
  node: Node,
  branches: readonly { when: Expression; then: Expression }[],
  otherwise: Expression,
): Expression {
  const { results, type } = unify(
    binder,
    node,
    [...branches.map((branch) => branch.then), otherwise],
    'Illegal mixing of types in CASE or COALESCE statement',
  )
  return located(binder, node, {
    kind: 'case',
    branches: branches.map((branch, index) => ({ when: branch.when, then: results[index]! })),
    otherwise: results.at(-1)!,
    type,
  })
}

export function bindCase(binder: Binder, node: CaseNode): Expression {
  const subject = node.operand === undefined ? undefined : binder.bind(node.operand)
  const branches = node.branches.flatMap((branch) => {
    const then = binder.bind(branch.result)
    return branch.conditions.map((condition) => {
      const bound = binder.bind(condition)
      const when = subject === undefined ? bound : bindComparison(binder, condition, '=', subject, bound)
      if (when.type.kind !== 'BOOLEAN' && when.type.kind !== 'NULL') {
        throw invalidExpression(binder.scope.options, condition, 'Expected a boolean type')
      }
      return { when: castTo(when, types.boolean()), then }
    })
  })
  return makeCase(
    binder,
    node,
    branches,
    node.otherwise === undefined ? literal(null, types.null()) : binder.bind(node.otherwise),
  )
}

export function bindCast(binder: Binder, node: CastNode): Expression {
  const operand = binder.bind(node.operand)
  const target = logicalTypeOf(node.type, binder.scope.options)
  if (!supportsCast(operand.type, target)) {
    const isNumberToTime = isNumeric(operand.type) && target.kind.startsWith('TIMESTAMP')
    throw invalidExpression(
      binder.scope.options,
      node,
      `Cast function cannot convert value of type ${calciteTypeName(operand.type)} to type ${calciteTypeName(target)}`,
      isNumberToTime ? 'Use TO_TIMESTAMP_LTZ(number, 0 | 3).' : undefined,
    )
  }
  const nullable = node.safe || operand.type.nullable
  if (operand.kind === 'literal' && operand.value === null)
    return located(binder, node, literal(null, withNullability(target, true)))
  if (typeToString(operand.type) === typeToString(withNullability(target, nullable)))
    return located(binder, node, operand)
  return located(binder, node, {
    kind: 'cast',
    operand,
    mode: node.safe ? 'try-cast' : 'cast',
    implicit: false,
    type: withNullability(target, nullable),
  })
}

export function bindRow(binder: Binder, node: RowConstructor): Expression {
  const operands = node.elements.map((element) => binder.bind(element))
  const fields = operands.map((operand, index) => ({ name: `EXPR$${index}`, type: operand.type }))
  return located(binder, node, { kind: 'call', name: 'ROW', operands, type: types.row(fields, false) })
}

export function bindCollection(binder: Binder, node: CollectionConstructor): Expression {
  const elements = node.elements.map((element) => binder.bind(element))
  const { options } = binder.scope
  if (node.type === 'MAP') {
    if (elements.length === 0) throw invalidExpression(options, node, 'Map requires at least 2 arguments')
    if (elements.length % 2 !== 0) throw invalidExpression(options, node, 'Map requires an even number of arguments')
    const message = 'Parameters must be of the same type'
    const keys = unify(
      binder,
      node,
      elements.filter((_, index) => index % 2 === 0),
      message,
    )
    const values = unify(
      binder,
      node,
      elements.filter((_, index) => index % 2 === 1),
      message,
    )
    const operands = keys.results.flatMap((key, index) => [key, values.results[index]!])
    return located(binder, node, {
      kind: 'call',
      name: 'MAP',
      operands,
      type: types.map(keys.type, values.type, false),
    })
  }
  if (elements.length === 0) throw invalidExpression(options, node, 'Require at least 1 argument')
  const { results, type } = unify(binder, node, elements, 'Parameters must be of the same type')
  const made = node.type === 'ARRAY' ? types.array(type, false) : types.multiset(type, false)
  return located(binder, node, { kind: 'call', name: node.type, operands: results, type: made })
}

export function bindItem(binder: Binder, node: ItemAccess): Expression {
  const operand = binder.bind(node.operand)
  const index = binder.bind(node.index)
  const { options } = binder.scope
  if (operand.type.kind === 'ARRAY') {
    if (!isInteger(index.type))
      throw cannotApply(binder, node, 'ITEM', [operand.type, index.type], `'<ARRAY>[<INTEGER>]'`)
    if (index.kind === 'literal' && index.value !== null && (index.value as number) < 1) {
      throw invalidExpression(
        options,
        node,
        `Array element access needs an index starting at 1 but was ${index.value as number}.`,
      )
    }
    const type = withNullability(operand.type.element, true)
    return located(binder, node, { kind: 'call', name: 'ARRAY ITEM', operands: [operand, index], type })
  }
  if (operand.type.kind === 'MAP') {
    if (commonType([operand.type.key, index.type]) === undefined) {
      throw cannotApply(binder, node, 'ITEM', [operand.type, index.type], `'<MAP>[<VALUE>]'`)
    }
    // texts are compared as they are: CHAR is not padded for a look-up
    const key = isCharacter(index.type) ? index : castTo(index, operand.type.key)
    const type = withNullability(operand.type.value, true)
    return located(binder, node, { kind: 'call', name: 'MAP ITEM', operands: [operand, key], type })
  }
  if (operand.type.kind === 'ROW' && index.kind === 'literal') {
    const name = typeof index.value === 'number' ? operand.type.fields[index.value - 1]?.name : index.value
    const field = typeof name === 'string' ? accessField(operand, name) : undefined
    if (field !== undefined) return located(binder, node, field)
  }
  throw cannotApply(
    binder,
    node,
    'ITEM',
    [operand.type, index.type],
    `'<ARRAY>[<INTEGER>]' '<MAP>[<VALUE>]' '<ROW>[<CHARACTER|INTEGER>]'`,
  )
}

export function bindField(binder: Binder, node: FieldAccess): Expression {
  const operand = binder.bind(node.operand)
  const field = accessField(operand, node.field.name)
  if (field !== undefined) return located(binder, node, field)
  const near =
    operand.type.kind === 'ROW'
      ? nearestName(
          node.field.name,
          operand.type.fields.map((each) => each.name),
        )
      : undefined
  throw invalidExpression(
    binder.scope.options,
    node,
    operand.type.kind === 'ROW'
      ? `Column '${node.field.name}' not found in ${typeToString(operand.type)}`
      : `Incompatible types: a field '${node.field.name}' of ${typeToString(operand.type)}`,
    near === undefined ? undefined : `Did you mean '${near}'?`,
  )
}

/** INTERVAL n UNIT with a computed number. */
export function bindInterval(binder: Binder, node: IntervalExpression): Expression {
  const value = binder.bind(node.value)
  const { from } = node.qualifier
  if (!isNumeric(value.type)) throw cannotApply(binder, node, 'INTERVAL', [value.type], `'INTERVAL <NUMERIC> ${from}'`)
  const size = unitSize(from) * (node.negative ? -1 : 1)
  const type = isYearMonth(node.qualifier) ? types.intervalYearMonth(false) : types.intervalDayTime(false)
  const factor = isInteger(value.type) ? value : castTo(value, types.double())
  return located(binder, node, {
    kind: 'call',
    name: 'INTERVAL *',
    operands: [literal(size, type), factor],
    type: withNullability(type, value.type.nullable),
  })
}
