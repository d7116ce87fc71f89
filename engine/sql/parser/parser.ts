// The parser as every part of the grammar sees it: the token stream, and the recursive rules, which are handed in so that
// the parts need not import each other.
import type { DataTypeNode } from '../ast/data-type.ts'
import type { ExpressionNode, QueryNode, TableNode } from '../ast/query.ts'
import type { SourceText } from './source-text.ts'
import { TokenStream } from './token-stream.ts'

export interface Rules {
  expression(parser: Parser, minimumPrecedence: number): ExpressionNode
  query(parser: Parser): QueryNode
  continueQuery(parser: Parser, left: QueryNode, start: number): QueryNode
  table(parser: Parser): TableNode
  dataType(parser: Parser): DataTypeNode
}

export class Parser extends TokenStream {
  private readonly rules: Rules

  constructor(source: SourceText, rules: Rules) {
    super(source)
    this.rules = rules
  }

  /** `minimumPrecedence`: only operators that bind tighter are read; see precedence.ts. */
  expression(minimumPrecedence = 0): ExpressionNode {
    return this.nested(() => this.rules.expression(this, minimumPrecedence))
  }

  /** A query with its WITH, set operations, ORDER BY and LIMIT. */
  query(): QueryNode {
    return this.nested(() => this.rules.query(this))
  }

  /** The rest of a query of which `left`, which stood in parentheses from `start`, has been read. */
  continueQuery(left: QueryNode, start: number): QueryNode {
    return this.rules.continueQuery(this, left, start)
  }

  table(): TableNode {
    return this.nested(() => this.rules.table(this))
  }

  dataType(): DataTypeNode {
    return this.nested(() => this.rules.dataType(this))
  }

  /** Whether a query begins here (SELECT, WITH, VALUES, TABLE t): without parentheses. */
  atQuery(): boolean {
    return this.at('SELECT') || this.at('WITH') || this.at('VALUES') || this.atExplicitTable()
  }

  private atExplicitTable(): boolean {
    return this.looksLike(0, 'TABLE') && this.atIdentifier(1) && !this.looksLike(1, '(')
  }

  atSetOperator(): boolean {
    return this.atAny(['UNION', 'INTERSECT', 'EXCEPT', 'MINUS'])
  }

  /** Whether what follows a query in parentheses goes on with it. */
  atQueryContinuation(): boolean {
    return this.atSetOperator() || this.atAny(['ORDER', 'LIMIT', 'OFFSET', 'FETCH'])
  }
}
