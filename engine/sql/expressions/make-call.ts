// Calls of catalogue functions with bound operands: checked, cast, typed.
import type { Node } from '../ast/node.ts'
import type { ExpressionNode, FunctionCall } from '../ast/query.ts'
import { cannotApply, located, type Binder } from './binder.ts'
import { castTo } from './cast-to.ts'
import { commonType } from './common-type.ts'
import type { CallExpression, Expression } from './expression.ts'
import { findFunction } from './function-catalog.ts'
import { describeSignature, resultType, type FunctionDefinition, type OperandRule } from './function-definition.ts'
import { invalidExpression, unsupportedExpression } from './scope.ts'

export function refuseOperands(
  binder: Binder,
  node: Node,
  name: string,
  operands: readonly Expression[],
  signature: string,
): Error {
  return cannotApply(
    binder,
    node,
    name,
    operands.map((operand) => operand.type),
    `'${signature}'`,
  )
}

function checkCount(binder: Binder, node: Node, definition: FunctionDefinition, operands: readonly Expression[]): void {
  const { length } = definition.operands
  const tooFew = operands.length < length - definition.optional
  const tooMany = !definition.isVariadic && operands.length > length
  if (!tooFew && !tooMany) return
  const expected =
    definition.optional > 0 || definition.isVariadic ? `at least ${length - definition.optional}` : String(length)
  throw invalidExpression(
    binder.scope.options,
    node,
    `Invalid number of arguments to function '${definition.name}'. Was expecting ${expected} arguments`,
    `Write ${describeSignature(definition)}.`,
  )
}

/** Operands as the rules want them: NULLs typed, numbers cast; undefined where one does not fit. */
export function fitOperands(rules: readonly OperandRule[], operands: readonly Expression[]): Expression[] | undefined {
  const fitted: Expression[] = []
  for (const [index, operand] of operands.entries()) {
    const rule = rules[index] ?? rules.at(-1)
    if (rule === undefined || !rule.accepts(operand.type)) return undefined
    fitted.push(rule.target === undefined ? operand : castTo(operand, rule.target))
  }
  return fitted
}

/** A call of a function of the catalogue with bound operands. */
export function makeCall(
  binder: Binder,
  node: Node,
  definition: FunctionDefinition,
  operands: readonly Expression[],
  options?: Readonly<Record<string, unknown>>,
): Expression {
  checkCount(binder, node, definition, operands)
  let fitted = fitOperands(definition.operands, operands)
  if (fitted !== undefined && definition.unifies) {
    const common = commonType(fitted.map((operand) => operand.type))
    fitted = common === undefined ? undefined : fitted.map((operand) => castTo(operand, common))
  }
  const type = fitted && resultType(definition, { types: fitted.map((operand) => operand.type), expressions: fitted })
  if (fitted === undefined || type === undefined) {
    throw refuseOperands(binder, node, definition.name, operands, describeSignature(definition))
  }
  const call: CallExpression = { kind: 'call', name: definition.name, operands: fitted, type }
  return located(binder, node, options === undefined ? call : { ...call, options })
}

/** A call of a function that the catalogue certainly has. */
export function callNamed(
  binder: Binder,
  node: Node,
  name: string,
  operands: readonly Expression[],
  options?: Readonly<Record<string, unknown>>,
): Expression {
  return makeCall(binder, node, findFunction(name)!, operands, options)
}

/** The arguments of a call of which every one is a value. */
export function valueArguments(binder: Binder, node: FunctionCall): ExpressionNode[] {
  return node.arguments.map((argument) => {
    switch (argument.kind) {
      case 'StarArgument':
      case 'NamedArgument':
      case 'DefaultArgument':
      case 'DescriptorArgument':
      case 'TableArgument':
      case 'ModelArgument':
        throw unsupportedExpression(
          binder.scope.options,
          argument,
          `This kind of argument of ${node.name.parts.at(-1)!.name.toUpperCase()}`,
        )
      default:
        return argument
    }
  })
}
