// SQL/JSON functions with clauses.
import { types, withNullability, type LogicalType } from '../../types/logical-type.ts'
import type {
  JsonArrayAggregate,
  JsonArrayExpression,
  JsonExistsExpression,
  JsonObjectAggregate,
  JsonObjectExpression,
  JsonQueryExpression,
  JsonValueBehavior,
  JsonValueExpression,
} from '../ast/query.ts'
import type { DataTypeNode } from '../ast/data-type.ts'
import type { Node } from '../ast/node.ts'
import { findAggregate } from './aggregate-catalog.ts'
import { makeAggregate } from './bind-aggregate.ts'
import { callNamed } from './make-call.ts'
import { cannotApply, located, type Binder } from './binder.ts'
import { castTo } from './cast-to.ts'
import { isJsonWritable } from './collection-catalog.ts'
import { isCharacter } from './common-type.ts'
import { literal, type CallExpression, type Expression } from './expression.ts'
import { logicalTypeOf } from './logical-type-of.ts'
import { invalidExpression } from './scope.ts'

function returning(
  binder: Binder,
  node: DataTypeNode | undefined,
  allowed: (type: LogicalType) => boolean,
  name: string,
): LogicalType {
  if (node === undefined) return types.string()
  const type = withNullability(logicalTypeOf(node, binder.scope.options), true)
  if (allowed(type)) return type
  throw invalidExpression(binder.scope.options, node, `${name} cannot return this type.`, 'Return STRING and CAST it.')
}

function inputAndPath(
  binder: Binder,
  node: Node & Pick<JsonValueExpression, 'input' | 'path'>,
  name: string,
): Expression[] {
  const operands = [binder.bind(node.input), binder.bind(node.path)]
  if (operands.every((operand) => isCharacter(operand.type) || operand.type.kind === 'NULL')) return operands
  throw cannotApply(
    binder,
    node,
    name,
    operands.map((operand) => operand.type),
    `'${name}(<CHARACTER>, <CHARACTER>)'`,
  )
}

function defaultOf(binder: Binder, behavior: JsonValueBehavior | undefined, type: LogicalType): Expression {
  return behavior?.type === 'DEFAULT'
    ? castTo(binder.bind(behavior.value), type)
    : literal(null, withNullability(type, true))
}

export function bindJsonValue(binder: Binder, node: JsonValueExpression): Expression {
  const type = returning(
    binder,
    node.returning,
    (each) => isCharacter(each) || ['BOOLEAN', 'INTEGER', 'DOUBLE'].includes(each.kind),
    'JSON_VALUE',
  )
  const operands = [
    ...inputAndPath(binder, node, 'JSON_VALUE'),
    defaultOf(binder, node.onEmpty, type),
    defaultOf(binder, node.onError, type),
  ]
  const options = { onEmpty: node.onEmpty?.type ?? 'NULL', onError: node.onError?.type ?? 'NULL' }
  return located(binder, node, { kind: 'call', name: 'JSON_VALUE', operands, options, type })
}

export function bindJsonQuery(binder: Binder, node: JsonQueryExpression): Expression {
  const type = returning(
    binder,
    node.returning,
    (each) => isCharacter(each) || (each.kind === 'ARRAY' && isCharacter(each.element)),
    'JSON_QUERY',
  )
  const options = {
    wrapper: node.wrapper ?? 'WITHOUT',
    onEmpty: node.onEmpty ?? 'NULL',
    onError: node.onError ?? 'NULL',
  }
  const operands = inputAndPath(binder, node, 'JSON_QUERY')
  return located(binder, node, { kind: 'call', name: 'JSON_QUERY', operands, options, type })
}

export function bindJsonExists(binder: Binder, node: JsonExistsExpression): Expression {
  return callNamed(binder, node, 'JSON_EXISTS', inputAndPath(binder, node, 'JSON_EXISTS'), {
    onError: node.onError ?? 'FALSE',
  })
}

const RAW_FUNCTIONS: readonly string[] = ['JSON_OBJECT', 'JSON_ARRAY', 'JSON']

function isRaw(operand: Expression): boolean {
  return operand.kind === 'call' && RAW_FUNCTIONS.includes(operand.name)
}

function checkWritable(binder: Binder, node: Node, operand: Expression, name: string): void {
  if (isJsonWritable(operand.type)) return
  throw cannotApply(
    binder,
    node,
    name,
    [operand.type],
    `a string, number, boolean, timestamp, or a collection of these`,
    'Convert it with CAST(… AS STRING).',
  )
}

function makeJson(
  binder: Binder,
  node: Node,
  name: string,
  operands: readonly Expression[],
  onNull: string,
): CallExpression {
  const options = { onNull, raw: operands.map(isRaw) }
  return located(binder, node, { kind: 'call', name, operands, options, type: types.string(false) })
}

export function bindJsonObject(binder: Binder, node: JsonObjectExpression): Expression {
  const operands = node.entries.flatMap((entry) => {
    const key = binder.bind(entry.key)
    const value = binder.bind(entry.value)
    if (key.kind !== 'literal' || typeof key.value !== 'string') {
      throw invalidExpression(
        binder.scope.options,
        entry.key,
        'The keys of JSON_OBJECT must be non-null character string literals',
      )
    }
    checkWritable(binder, entry.value, value, 'JSON_OBJECT')
    return [key, value]
  })
  return makeJson(binder, node, 'JSON_OBJECT', operands, node.onNull ?? 'NULL ON NULL')
}

export function bindJsonArray(binder: Binder, node: JsonArrayExpression): Expression {
  const operands = node.elements.map((element) => {
    const operand = binder.bind(element)
    checkWritable(binder, element, operand, 'JSON_ARRAY')
    return operand
  })
  return makeJson(binder, node, 'JSON_ARRAY', operands, node.onNull ?? 'ABSENT ON NULL')
}

export function bindJsonArrayAggregate(binder: Binder, node: JsonArrayAggregate): Expression {
  const operand = binder.bind(node.operand)
  checkWritable(binder, node.operand, operand, 'JSON_ARRAYAGG')
  const options = { onNull: node.onNull ?? 'ABSENT ON NULL', raw: [isRaw(operand)] }
  return makeAggregate(binder, node, findAggregate('JSON_ARRAYAGG')!, [operand], false, options)
}

export function bindJsonObjectAggregate(binder: Binder, node: JsonObjectAggregate): Expression {
  const operands = [binder.bind(node.entry.key), binder.bind(node.entry.value)]
  checkWritable(binder, node.entry.value, operands[1]!, 'JSON_OBJECTAGG')
  if (!isCharacter(operands[0]!.type)) {
    throw cannotApply(
      binder,
      node,
      'JSON_OBJECTAGG',
      operands.map((each) => each.type),
      `'JSON_OBJECTAGG(<CHARACTER> VALUE <ANY>)'`,
    )
  }
  const options = { onNull: node.onNull ?? 'NULL ON NULL', raw: operands.map(isRaw) }
  return makeAggregate(binder, node, findAggregate('JSON_OBJECTAGG')!, operands, false, options)
}
