// Calls by name: scalar functions of the catalogue, aggregates, window functions.
import { typeToString } from '../../types/logical-type.ts'
import type { Node } from '../ast/node.ts'
import type { FunctionCall, TrimExpression } from '../ast/query.ts'
import { aggregateNames, findAggregate } from './aggregate-catalog.ts'
import { bindAggregate } from './bind-aggregate.ts'
import { calciteTypeName, type Binder } from './binder.ts'
import type { Expression } from './expression.ts'
import { findFunction, functionNames } from './function-catalog.ts'
import { callNamed, makeCall, valueArguments } from './make-call.ts'
import { nearestName } from '../../common/near-name.ts'
import { invalidExpression } from './scope.ts'
import { extract, nameOf, specialForms } from './special-forms.ts'
import { extractFunctions } from './temporal-catalog.ts'

export function bindTrim(binder: Binder, node: TrimExpression): Expression {
  const operands = [node.operand, ...(node.characters === undefined ? [] : [node.characters])].map((each) =>
    binder.bind(each),
  )
  return callNamed(binder, node, 'TRIM', operands, { side: node.side })
}

/** Every name that bindFunctionCall knows. */
export const callableNames = (): string[] => [
  ...functionNames(),
  ...Object.keys(specialForms),
  ...Object.keys(extractFunctions),
  ...aggregateNames(),
]

function noMatch(binder: Binder, node: Node, name: string, operands: readonly Expression[]): Error {
  const signature = `${name}(${operands.map((operand) => `<${calciteTypeName(operand.type)}>`).join(', ')})`
  const near = nearestName(name, callableNames())
  return invalidExpression(
    binder.scope.options,
    node,
    `No match found for function signature ${signature}`,
    near === undefined ? undefined : `Did you mean ${near}?`,
  )
}

export function bindFunctionCall(binder: Binder, node: FunctionCall): Expression {
  const name = nameOf(node)
  const aggregate = findAggregate(name)
  if (aggregate !== undefined) return bindAggregate(binder, node, aggregate)
  const operands = valueArguments(binder, node)
  if (node.over !== undefined || node.quantifier === 'DISTINCT' || node.filter !== undefined) {
    throw noMatch(
      binder,
      node,
      name,
      operands.map((operand) => binder.bind(operand)),
    )
  }
  const special = specialForms[name]
  if (special !== undefined) return special(binder, node, operands)
  const unit = extractFunctions[name]
  if (unit !== undefined && operands.length === 1) return extract(binder, node, unit, binder.bind(operands[0]!))
  const bound = operands.map((operand) => binder.bind(operand))
  const definition = findFunction(name)
  if (definition === undefined || name.includes(' ')) throw noMatch(binder, node, name, bound)
  if (name === 'JSON_STRING') checkJsonString(binder, node, bound)
  // in batch mode these are the time at which the query began
  const isFrozen = binder.scope.options.isBatch === true && queryTimeFunctions.has(name)
  return makeCall(binder, node, definition, bound, isFrozen ? { frozen: true } : undefined)
}

const queryTimeFunctions: ReadonlySet<string> = new Set([
  'CURRENT_TIMESTAMP',
  'NOW',
  'LOCALTIMESTAMP',
  'CURRENT_DATE',
  'CURRENT_TIME',
  'LOCALTIME',
])

function checkJsonString(binder: Binder, node: Node, [operand]: readonly Expression[]): void {
  const type = operand?.type
  if (type === undefined || !['DATE', 'TIME', 'INTERVAL_DAY_TIME', 'INTERVAL_YEAR_MONTH'].includes(type.kind)) return
  throw invalidExpression(
    binder.scope.options,
    node,
    `Unsupported argument type. Expected type of family 'CHARACTER_STRING' but actual type was '${typeToString(type)}'.`,
    'Convert it with CAST(… AS STRING).',
  )
}
