// The contract of a rule: a rewriting of the logical plan that keeps its rows and its row type. A rule knows nothing of
// the others' order: optimize.ts states it. The row type is checked after each rule.
import type { LogicalNode } from '../plan/logical-node.ts'

export interface Rule {
  readonly name: string
  /** The plan of a whole statement: one root per sink. */
  apply(roots: readonly LogicalNode[]): readonly LogicalNode[]
}
