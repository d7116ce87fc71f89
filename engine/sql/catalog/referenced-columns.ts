import type { ExpressionNode } from '../ast/query.ts'

/** The first parts of all names in an expression without subqueries, as those of computed columns are. */
export function referencedColumns(expression: ExpressionNode): ReadonlySet<string> {
  const names = new Set<string>()
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    const node = value as Partial<ExpressionNode>
    if (node.kind === 'ColumnReference') names.add(node.parts![0]!.name)
    else Object.values(value).forEach(visit)
  }
  visit(expression)
  return names
}
