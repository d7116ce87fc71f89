// The door of the printer: canonical SQL text, identifiers in back-quotes, as Flink shows its own statements.
import type { ExpressionNode, QueryNode } from '../ast/query.ts'
import type { Statement } from '../ast/statement.ts'
import { printDataType as dataTypeRule } from './print-data-type.ts'
import { printExpression as expressionRule } from './print-expression.ts'
import { printQuery as queryRule, printTable as tableRule } from './print-query.ts'
import { printStatement as statementRule } from './print-statement.ts'
import { Printer } from './printer.ts'

const printer = new Printer({ expression: expressionRule, query: queryRule, table: tableRule, dataType: dataTypeRule })

/** Parsing the text gives the same tree again, but for spans and the case of built-in functions' names. */
export function printStatement(node: Statement): string {
  return statementRule(printer, node)
}

export function printQuery(node: QueryNode): string {
  return printer.query(node)
}

export function printExpression(node: ExpressionNode): string {
  return printer.expression(node)
}
