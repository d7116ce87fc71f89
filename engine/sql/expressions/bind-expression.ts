// The binder: from the syntax tree of an expression to a typed expression. Types, implicit casts and what is refused
// follow Calcite's validator with Flink's type system.
import type { AtTimeZoneExpression, ExpressionNode } from '../ast/query.ts'
import { bindFunctionCall, bindTrim } from './bind-call.ts'
import { bindCase, bindCast, bindCollection, bindField, bindInterval, bindItem, bindRow } from './bind-constructor.ts'
import {
  bindJsonArray,
  bindJsonArrayAggregate,
  bindJsonExists,
  bindJsonObject,
  bindJsonObjectAggregate,
  bindJsonQuery,
  bindJsonValue,
} from './bind-json.ts'
import { bindLiteral } from './bind-literal.ts'
import { bindBetween, bindBinary, bindDistinctFrom, bindInList, bindIs, bindLike, bindUnary } from './bind-operator.ts'
import { castTo } from './cast-to.ts'
import type { Binder } from './binder.ts'
import type { Expression } from './expression.ts'
import { foldConstants } from './fold-constants.ts'
import { invalidExpression, resolveIdentifier, unsupportedExpression, type Scope } from './scope.ts'
import { types } from '../../types/logical-type.ts'

/**
 * Binds an expression, with its constant parts computed. Aggregates and calls with OVER stay in the tree as nodes.
 * @throws SQL_VALIDATION where names or types do not fit, SQL_UNSUPPORTED for what flinkts does not have,
 * EXPRESSION_FAILED for a constant division by zero; all with the place in the text
 */
export function bindExpression(node: ExpressionNode, scope: Scope): Expression {
  return foldConstants(bindUnfolded(node, scope), scope.options)
}

/** A condition. Anything but a BOOLEAN is refused: "WHERE clause must be a condition". */
export function bindCondition(
  node: ExpressionNode,
  scope: Scope,
  clause: 'WHERE' | 'HAVING' | 'ON' | 'FILTER',
): Expression {
  const condition = bindExpression(node, { ...scope, clause })
  if (condition.type.kind === 'NULL') return castTo(condition, types.boolean())
  if (condition.type.kind === 'BOOLEAN') return condition
  throw invalidExpression(scope.options, node, `${clause} clause must be a condition`, 'Compare it with something.')
}

function bindUnfolded(node: ExpressionNode, scope: Scope): Expression {
  const binder: Binder = { scope, bind: (child) => bindNode(binder, child) }
  return binder.bind(node)
}

function bindAtTimeZone(binder: Binder, node: AtTimeZoneExpression): Expression {
  throw unsupportedExpression(
    binder.scope.options,
    node,
    'AT TIME ZONE',
    'Use CONVERT_TZ, or CAST between TIMESTAMP and TIMESTAMP_LTZ.',
  )
}

function bindNode(binder: Binder, node: ExpressionNode): Expression {
  switch (node.kind) {
    case 'NumberLiteral':
    case 'StringLiteral':
    case 'BinaryLiteral':
    case 'BooleanLiteral':
    case 'NullLiteral':
    case 'DateTimeLiteral':
    case 'IntervalLiteral':
      return bindLiteral(binder, node)
    case 'ColumnReference':
      return resolveIdentifier(node.parts, binder.scope, node)
    case 'IntervalExpression':
      return bindInterval(binder, node)
    case 'UnaryExpression':
      return bindUnary(binder, node)
    case 'BinaryExpression':
      return bindBinary(binder, node)
    case 'IsExpression':
      return bindIs(binder, node)
    case 'DistinctFromExpression':
      return bindDistinctFrom(binder, node)
    case 'BetweenExpression':
      return bindBetween(binder, node)
    case 'LikeExpression':
      return bindLike(binder, node)
    case 'InListExpression':
      return bindInList(binder, node)
    case 'CaseExpression':
      return bindCase(binder, node)
    case 'CastExpression':
      return bindCast(binder, node)
    case 'TrimExpression':
      return bindTrim(binder, node)
    case 'RowConstructor':
      return bindRow(binder, node)
    case 'CollectionConstructor':
      return bindCollection(binder, node)
    case 'ItemAccess':
      return bindItem(binder, node)
    case 'FieldAccess':
      return bindField(binder, node)
    case 'FunctionCall':
      return bindFunctionCall(binder, node)
    default:
      return bindRareNode(binder, node)
  }
}

function bindRareNode(binder: Binder, node: Parameters<typeof bindNode>[1]): Expression {
  const { options } = binder.scope
  switch (node.kind) {
    case 'JsonValueExpression':
      return bindJsonValue(binder, node)
    case 'JsonQueryExpression':
      return bindJsonQuery(binder, node)
    case 'JsonExistsExpression':
      return bindJsonExists(binder, node)
    case 'JsonObjectExpression':
      return bindJsonObject(binder, node)
    case 'JsonArrayExpression':
      return bindJsonArray(binder, node)
    case 'JsonObjectAggregate':
      return bindJsonObjectAggregate(binder, node)
    case 'JsonArrayAggregate':
      return bindJsonArrayAggregate(binder, node)
    case 'AtTimeZoneExpression':
      return bindAtTimeZone(binder, node)
    case 'InSubqueryExpression':
    case 'QuantifiedComparison':
    case 'ExistsExpression':
    case 'ScalarSubquery':
    case 'CollectionSubquery':
      throw unsupportedExpression(options, node, 'A subquery in an expression', 'Write it as a join.')
    case 'MatchSemanticsExpression':
      throw unsupportedExpression(options, node, `${node.semantics} outside MATCH_RECOGNIZE`)
    case 'TimeUnitArgument':
      throw invalidExpression(options, node, `${node.unit} is a time unit, not a value`)
    default:
      throw invalidExpression(options, node, `Unexpected ${node.kind}`)
  }
}
