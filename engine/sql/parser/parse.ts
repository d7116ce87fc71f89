// The door of the parser.
import type { ExpressionNode, QueryNode } from '../ast/query.ts'
import type { DataTypeNode } from '../ast/data-type.ts'
import type { Statement } from '../ast/statement.ts'
import { parseDataType as dataTypeRule } from './parse-data-type.ts'
import { parseExpression as expressionRule } from './parse-expression.ts'
import { continueQuery, parseQuery as queryRule } from './parse-query.ts'
import { parseStatement as statementRule } from './parse-statement.ts'
import { parseTable as tableRule } from './parse-table.ts'
import { Parser, type Rules } from './parser.ts'
import { sourceText, type SourceText } from './source-text.ts'

const rules: Rules = {
  expression: expressionRule,
  query: queryRule,
  continueQuery,
  table: tableRule,
  dataType: dataTypeRule,
}

function parseWhole<T>(source: SourceText | string, rule: (parser: Parser) => T): T {
  const parser = new Parser(typeof source === 'string' ? sourceText(source) : source, rules)
  const result = rule(parser)
  parser.accept(';')
  if (parser.peek().type !== 'end') {
    if (parser.previous.value === ';') {
      throw parser.syntaxError(
        'Only one statement is expected here.',
        parser.peek(),
        'Remove what follows the semicolon.',
      )
    }
    parser.expecting(';')
    throw parser.unexpected()
  }
  return result
}

/**
 * Parses one statement of Flink SQL 2.2; a semicolon may end it. Spans are offsets in `source.text`.
 * @throws SQL_SYNTAX with the place of the first error in the user's text
 */
export function parseStatement(source: SourceText | string): Statement {
  return parseWhole(source, statementRule)
}

/** Parses a query alone, e.g. the text of a view. @throws SQL_SYNTAX */
export function parseQuery(source: SourceText | string): QueryNode {
  return parseWhole(source, (parser) => parser.query())
}

/** Parses an expression alone. @throws SQL_SYNTAX */
export function parseExpression(source: SourceText | string): ExpressionNode {
  return parseWhole(source, (parser) => parser.expression())
}

/** Parses a data type alone, e.g. `ROW<a INT NOT NULL>`. @throws SQL_SYNTAX */
export function parseDataType(source: SourceText | string): DataTypeNode {
  return parseWhole(source, (parser) => parser.dataType())
}
