// Makes calcs of projects and filters, and one calc of calcs that stand on each other.
import { types } from '../../types/logical-type.ts'
import type { Expression } from '../expressions/expression.ts'
import { calc, columnsOf } from '../plan/build-node.ts'
import { columnsRead, inlineColumns, isIdentity, isVolatile } from '../plan/expression-columns.ts'
import { freeze, rewrite, type CalcNode, type LogicalNode } from '../plan/logical-node.ts'
import { typesEqual } from '../../types/logical-type.ts'
import type { Rule } from './rule.ts'

function names(node: LogicalNode): string[] {
  return node.type.fields.map((field) => field.name)
}

function asCalc(node: LogicalNode): LogicalNode {
  if (node.kind === 'project') return calc(node.input, node.expressions, names(node), undefined)
  if (node.kind === 'filter') return calc(node.input, columnsOf(node.input), names(node), node.condition)
  return node
}

function conjunction(left: Expression | undefined, right: Expression | undefined): Expression | undefined {
  if (left === undefined || right === undefined) return left ?? right
  const nullable = left.type.nullable || right.type.nullable
  return { kind: 'call', name: 'AND', operands: [left, right], type: types.boolean(nullable) }
}

/** Inlining must not compute a volatile expression twice, nor on rows that a filter below has taken out. */
function mayMerge(outer: CalcNode, inner: CalcNode): boolean {
  const read = [...outer.expressions, ...(outer.condition === undefined ? [] : [outer.condition])]
  return !columnsRead(read).some((column) => isVolatile(inner.expressions[column]!))
}

function isNoOp(node: CalcNode): boolean {
  const { input } = node
  return (
    node.condition === undefined &&
    isIdentity(node.expressions, input.type.fields.length) &&
    node.type.fields.every((field, index) => typesEqual(field.type, input.type.fields[index]!.type))
  )
}

function combine(node: LogicalNode): LogicalNode {
  const outer = asCalc(node)
  if (outer.kind !== 'calc') return outer
  const inner = outer.input
  if (inner.kind === 'calc' && mayMerge(outer, inner)) {
    const inline = (expression: Expression): Expression => inlineColumns(expression, inner.expressions)
    const condition = conjunction(inner.condition, outer.condition && inline(outer.condition))
    return combine(calc(inner.input, outer.expressions.map(inline), names(outer), condition))
  }
  return isNoOp(outer) ? renamed(outer.input, names(outer)) : outer
}

/** The same node under other column names, so that a calc that only renames is none. */
function renamed(node: LogicalNode, wanted: readonly string[]): LogicalNode {
  const fields = node.type.fields.map((field, index) => ({ ...field, name: wanted[index]! }))
  return freeze({ ...node, type: { ...node.type, fields } })
}

export const combineCalcs: Rule = {
  name: 'combine-calcs',
  apply: (roots) => roots.map((root) => rewrite(root, combine)),
}
