// The printer as every part of it sees it: the recursive rules are handed in, so that the parts need not import each other.
import type { OptionNode } from '../ast/clause.ts'
import type { DataTypeNode } from '../ast/data-type.ts'
import type { Identifier, QualifiedName } from '../ast/node.ts'
import type { ExpressionNode, QueryNode, TableNode } from '../ast/query.ts'

export interface PrintRules {
  /** In parentheses where the expression binds no tighter than `above`. */
  expression(printer: Printer, node: ExpressionNode, above: number): string
  query(printer: Printer, node: QueryNode): string
  table(printer: Printer, node: TableNode): string
  dataType(printer: Printer, node: DataTypeNode): string
}

export class Printer {
  private readonly rules: PrintRules

  constructor(rules: PrintRules) {
    this.rules = rules
  }

  expression(node: ExpressionNode, above = 0): string {
    return this.rules.expression(this, node, above)
  }

  expressions(nodes: readonly ExpressionNode[]): string {
    return nodes.map((node) => this.expression(node)).join(', ')
  }

  query(node: QueryNode): string {
    return this.rules.query(this, node)
  }

  table(node: TableNode): string {
    return this.rules.table(this, node)
  }

  dataType(node: DataTypeNode): string {
    return this.rules.dataType(this, node)
  }

  /** `` `a`.`b` `` */
  name(node: QualifiedName | readonly Identifier[]): string {
    const parts = 'parts' in node ? node.parts : node
    return parts.map(({ name }) => quoteIdentifier(name)).join('.')
  }

  /** `` (`a`, `b`) `` */
  names(identifiers: readonly Identifier[]): string {
    return `(${identifiers.map(({ name }) => quoteIdentifier(name)).join(', ')})`
  }
}

export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

export function quoteString(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

export function printOption({ key, value }: OptionNode): string {
  return `${quoteString(key)} = ${quoteString(value)}`
}

/** The parts that are there, with blanks between. */
export function join(...parts: readonly (string | undefined | false)[]): string {
  return parts.filter((part) => part !== undefined && part !== false && part !== '').join(' ')
}
