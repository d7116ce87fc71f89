// Expressions as Calcite unparses them: parentheses only where the tree needs them.
import type {
  CaseExpression,
  ExpressionNode,
  FunctionArgumentNode,
  JsonEntry,
  JsonValueBehavior,
  QuantifiedComparison,
} from '../ast/query.ts'
import { binaryPrecedence, precedence } from './precedence.ts'
import { printFunctionCall } from './print-function-call.ts'
import { printIntervalQualifier, printLiteral } from './print-literal.ts'
import { printAggregateClauses, printOrderBy } from './print-window.ts'
import { join, quoteIdentifier, type Printer } from './printer.ts'

/** Of what needs no parentheses anywhere. */
const primary = 1000

export function printExpression(printer: Printer, node: ExpressionNode, above: number): string {
  const text = printBare(printer, node)
  return precedenceOf(node) > above ? text : `(${text})`
}

function precedenceOf(node: ExpressionNode): number {
  switch (node.kind) {
    case 'BinaryExpression':
      return binaryPrecedence[node.operator]
    case 'QuantifiedComparison':
      return precedence.comparison
    case 'UnaryExpression':
      return node.operator === 'NOT' ? precedence.not : precedence.unary
    case 'IsExpression':
      return precedence.is
    case 'DistinctFromExpression':
      // It binds like + to the left and like a predicate to the right.
      return precedence.comparison
    case 'BetweenExpression':
    case 'LikeExpression':
    case 'InListExpression':
    case 'InSubqueryExpression':
      return precedence.between
    case 'ItemAccess':
    case 'FieldAccess':
    case 'AtTimeZoneExpression':
      return precedence.postfix
    case 'MatchSemanticsExpression':
      return precedence.unary
    default:
      return primary
  }
}

function printBare(printer: Printer, node: ExpressionNode): string {
  switch (node.kind) {
    case 'NumberLiteral':
    case 'StringLiteral':
    case 'BinaryLiteral':
    case 'BooleanLiteral':
    case 'NullLiteral':
    case 'DateTimeLiteral':
    case 'IntervalLiteral':
      return printLiteral(node)
    case 'ColumnReference':
      return printer.name(node.parts)
    case 'IntervalExpression':
      return printInterval(printer, node)
    case 'TimeUnitArgument':
      return node.unit
    case 'UnaryExpression':
    case 'BinaryExpression':
    case 'IsExpression':
    case 'DistinctFromExpression':
    case 'BetweenExpression':
    case 'LikeExpression':
    case 'InListExpression':
    case 'InSubqueryExpression':
    case 'QuantifiedComparison':
      return printOperator(printer, node)
    case 'ExistsExpression':
      return `EXISTS (${printer.query(node.query)})`
    case 'ScalarSubquery':
      return `(${printer.query(node.query)})`
    case 'CaseExpression':
      return printCase(printer, node)
    case 'CastExpression':
      return `${node.safe ? 'TRY_CAST' : 'CAST'}(${printer.expression(node.operand)} AS ${printer.dataType(node.type)})`
    case 'TrimExpression':
      return printTrim(printer, node)
    case 'RowConstructor':
      return `${node.explicit ? 'ROW' : ''}(${printer.expressions(node.elements)})`
    case 'CollectionConstructor':
      return `${node.type}[${printer.expressions(node.elements)}]`
    case 'CollectionSubquery':
      return `${node.type}(${printer.query(node.query)})`
    case 'ItemAccess':
      return `${printer.expression(node.operand, precedence.postfix - 1)}[${printer.expression(node.index)}]`
    case 'FieldAccess':
      return `${printAccessed(printer, node.operand)}.${quoteIdentifier(node.field.name)}`
    case 'AtTimeZoneExpression':
      return printAtTimeZone(printer, node)
    case 'MatchSemanticsExpression':
      return `${node.semantics} ${printer.expression(node.operand, precedence.postfix)}`
    case 'FunctionCall':
      return printFunctionCall(printer, node, (argument) => printArgument(printer, argument))
    default:
      return printJson(printer, node)
  }
}

type Of<K extends ExpressionNode['kind']> = Extract<ExpressionNode, { kind: K }>
type OperatorNode = Of<
  | 'UnaryExpression'
  | 'BinaryExpression'
  | 'IsExpression'
  | 'DistinctFromExpression'
  | 'BetweenExpression'
  | 'LikeExpression'
  | 'InListExpression'
  | 'InSubqueryExpression'
  | 'QuantifiedComparison'
>

function printOperator(printer: Printer, node: OperatorNode): string {
  const not = 'negated' in node && node.negated ? 'NOT ' : ''
  const operand = (expression: ExpressionNode, above: number): string => printer.expression(expression, above)
  switch (node.kind) {
    case 'UnaryExpression': {
      if (node.operator === 'NOT') return `NOT ${operand(node.operand, precedence.not - 1)}`
      const text = operand(node.operand, precedence.unary - 1)
      // `--` would begin a comment.
      return `${node.operator}${/^[-+]/.test(text) ? ' ' : ''}${text}`
    }
    case 'BinaryExpression': {
      const own = binaryPrecedence[node.operator]
      return `${operand(node.left, own - 1)} ${node.operator} ${operand(node.right, own)}`
    }
    case 'IsExpression':
      return `${operand(node.operand, precedence.is - 1)} IS ${not}${node.test}`
    case 'DistinctFromExpression':
      return `${operand(node.left, precedence.between)} IS ${not}DISTINCT FROM ${operand(node.right, precedence.between)}`
    case 'BetweenExpression': {
      const kind = node.symmetric ? 'SYMMETRIC' : 'ASYMMETRIC'
      const range = `${operand(node.low, precedence.and)} AND ${operand(node.high, precedence.between)}`
      return `${operand(node.operand, precedence.between - 1)} ${not}BETWEEN ${kind} ${range}`
    }
    case 'LikeExpression': {
      const escape = node.escape === undefined ? '' : ` ESCAPE ${operand(node.escape, precedence.between)}`
      const pattern = operand(node.pattern, precedence.between)
      return `${operand(node.operand, precedence.between - 1)} ${not}${node.operator} ${pattern}${escape}`
    }
    case 'InListExpression':
      return `${operand(node.operand, precedence.between - 1)} ${not}IN (${printer.expressions(node.items)})`
    case 'InSubqueryExpression':
      return `${operand(node.operand, precedence.between - 1)} ${not}IN (${printer.query(node.query)})`
    case 'QuantifiedComparison':
      return printQuantified(printer, node)
  }
}

function printQuantified(printer: Printer, { operand, operator, quantifier, source }: QuantifiedComparison): string {
  const right = 'kind' in source ? printer.query(source) : printer.expressions(source)
  return `${printer.expression(operand, precedence.comparison - 1)} ${operator} ${quantifier} (${right})`
}

function printInterval(printer: Printer, node: Of<'IntervalExpression'>): string {
  const { value, negative, qualifier } = node
  const plain = value.kind === 'ColumnReference' || (value.kind === 'NumberLiteral' && value.form === 'integer')
  const text = plain ? printer.expression(value) : `(${printer.expression(value)})`
  return `INTERVAL ${negative ? '-' : ''}${text} ${printIntervalQualifier(qualifier)}`
}

function printCase(printer: Printer, { operand, branches, otherwise }: CaseExpression): string {
  const whens = branches.map(
    ({ conditions, result }) => `WHEN ${printer.expressions(conditions)} THEN ${printer.expression(result)}`,
  )
  const head = operand === undefined ? 'CASE' : `CASE ${printer.expression(operand)}`
  return join(head, ...whens, otherwise !== undefined && `ELSE ${printer.expression(otherwise)}`, 'END')
}

function printTrim(printer: Printer, { side, characters, operand }: Of<'TrimExpression'>): string {
  const text = printer.expression(operand)
  if (characters !== undefined) return `TRIM(${side} ${printer.expression(characters)} FROM ${text})`
  return side === 'BOTH' ? `TRIM(${text})` : `TRIM(${side} FROM ${text})`
}

/** What stands before `.field`: a plain name would take the field for its own last part. */
function printAccessed(printer: Printer, operand: ExpressionNode): string {
  const needsParentheses =
    operand.kind === 'ColumnReference' ||
    operand.kind === 'NumberLiteral' ||
    operand.kind === 'AtTimeZoneExpression' ||
    (operand.kind === 'FunctionCall' && operand.bare)
  return needsParentheses ? `(${printer.expression(operand)})` : printer.expression(operand, precedence.postfix - 1)
}

function printAtTimeZone(printer: Printer, { operand, zone }: Of<'AtTimeZoneExpression'>): string {
  const left = printer.expression(operand, precedence.postfix - 1)
  return zone === undefined
    ? `${left} AT LOCAL`
    : `${left} AT TIME ZONE ${printer.expression(zone, precedence.postfix)}`
}

export function printArgument(printer: Printer, node: FunctionArgumentNode): string {
  switch (node.kind) {
    case 'StarArgument':
      return '*'
    case 'NamedArgument':
      return `${quoteIdentifier(node.name.name)} => ${printArgument(printer, node.value)}`
    case 'DefaultArgument':
      return 'DEFAULT'
    case 'DescriptorArgument':
      return `DESCRIPTOR${printer.names(node.columns)}`
    case 'TableArgument': {
      const source = 'parts' in node.source ? `TABLE ${printer.name(node.source)}` : `(${printer.query(node.source)})`
      const partition =
        node.partitionBy.length === 0 ? undefined : `PARTITION BY (${printer.expressions(node.partitionBy)})`
      const items = printOrderBy(printer, node.orderBy).replace(/^ORDER BY (.*)$/s, 'ORDER BY ($1)')
      return join(source, partition, items)
    }
    case 'ModelArgument':
      return `MODEL ${printer.name(node.name)}`
    default:
      return printer.expression(node)
  }
}

type JsonNode = Extract<ExpressionNode, { kind: `Json${string}` }>

function printJson(printer: Printer, node: JsonNode): string {
  const onNull = 'onNull' in node ? node.onNull : undefined
  switch (node.kind) {
    case 'JsonValueExpression':
    case 'JsonQueryExpression':
    case 'JsonExistsExpression':
      return printJsonAccess(printer, node)
    case 'JsonObjectExpression':
      return `JSON_OBJECT(${join(node.entries.map((entry) => printEntry(printer, entry)).join(', '), onNull)})`
    case 'JsonArrayExpression':
      return `JSON_ARRAY(${join(printer.expressions(node.elements), onNull)})`
    case 'JsonObjectAggregate':
      return join(
        `JSON_OBJECTAGG(${join(printEntry(printer, node.entry), onNull)})`,
        printAggregateClauses(printer, node),
      )
    case 'JsonArrayAggregate': {
      const order = node.withinGroup ? undefined : printOrderBy(printer, node.orderBy)
      const call = `JSON_ARRAYAGG(${join(printer.expression(node.operand), order, onNull)})`
      return join(call, printAggregateClauses(printer, node))
    }
  }
}

function printJsonAccess(
  printer: Printer,
  node: Of<'JsonValueExpression' | 'JsonQueryExpression' | 'JsonExistsExpression'>,
): string {
  const operands = `${printer.expression(node.input)}, ${printer.expression(node.path)}`
  if (node.kind === 'JsonExistsExpression') {
    return `JSON_EXISTS(${join(operands, node.onError !== undefined && `${node.onError} ON ERROR`)})`
  }
  const returning = node.returning === undefined ? undefined : `RETURNING ${printer.dataType(node.returning)}`
  if (node.kind === 'JsonValueExpression') {
    const empty = node.onEmpty && `${printBehavior(printer, node.onEmpty)} ON EMPTY`
    const error = node.onError && `${printBehavior(printer, node.onError)} ON ERROR`
    return `JSON_VALUE(${join(operands, returning, empty, error)})`
  }
  const wrapper =
    node.wrapper === undefined
      ? undefined
      : node.wrapper === 'WITHOUT'
        ? 'WITHOUT WRAPPER'
        : `WITH ${node.wrapper} WRAPPER`
  const empty = node.onEmpty && `${node.onEmpty} ON EMPTY`
  const error = node.onError && `${node.onError} ON ERROR`
  return `JSON_QUERY(${join(operands, returning, wrapper, empty, error)})`
}

const printBehavior = (printer: Printer, behavior: JsonValueBehavior): string =>
  behavior.type === 'DEFAULT' ? `DEFAULT ${printer.expression(behavior.value)}` : behavior.type

const printEntry = (printer: Printer, { key, value }: JsonEntry): string =>
  `KEY ${printer.expression(key)} VALUE ${printer.expression(value)}`
