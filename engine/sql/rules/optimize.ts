// The ordered list of rules, with the reason of each place.
import { check } from '../../common/check.ts'
import { typeToString, withoutTimeAttribute } from '../../types/logical-type.ts'
import type { LogicalNode } from '../plan/logical-node.ts'
import { combineCalcs } from './combine-calcs.ts'
import { pruneColumns } from './prune-columns.ts'
import { pushIntoSource } from './push-into-source.ts'
import { rewriteWindowAggregates } from './rewrite-window-aggregates.ts'
import type { Rule } from './rule.ts'
import { shareSources } from './share-sources.ts'

const rules: readonly Rule[] = [
  pushIntoSource, // first: it looks for the table's own projection and watermark as the validator stacked them
  combineCalcs, // before the window rule, which expects at most one calc between aggregation and window function
  rewriteWindowAggregates,
  pruneColumns, // after the window rule: window functions that it took away no longer hold on to columns
  shareSources, // after pruning: sources are merged over what is really read
  combineCalcs, // last: the rules before leave calcs on calcs
]

function rowTypeOf(node: LogicalNode): string {
  return node.type.fields.map((field) => typeToString(withoutTimeAttribute(field.type))).join()
}

/** Rewrites the plan of one statement (a root per sink). Rows and row types stay the same. */
export function optimize(roots: readonly LogicalNode[]): readonly LogicalNode[] {
  return rules.reduce((before, rule) => {
    const after = rule.apply(before)
    after.forEach((root, index) =>
      check(rowTypeOf(root) === rowTypeOf(before[index]!), `rule ${rule.name} changed the row type`),
    )
    return after
  }, roots)
}
