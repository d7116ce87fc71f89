// Logical plan → physical plan: each node's operator, the exchanges in front of keyed operators, changelog modes.
import { check } from '../../common/check.ts'
import { visit, type LogicalNode } from './logical-node.ts'
import { buildGroupAggregate, buildWindowAggregate } from './physical-aggregate.ts'
import { everyChange, type PhysicalContext, type Requirement } from './physical-context.ts'
import type { PhysicalNode } from './physical-node.ts'
import {
  buildCalc,
  buildExpand,
  buildUnion,
  buildWatermarkAssigner,
  buildWindowFunction,
} from './physical-row-operators.ts'
import { buildSink } from './physical-sink.ts'
import { buildSort } from './physical-sort.ts'
import { buildTableSource, buildValues, sourceKinds } from './physical-source.ts'
import type { PlanSettings } from './plan-settings.ts'

function buildNode(node: LogicalNode, requirement: Requirement, context: PhysicalContext): PhysicalNode {
  const unexpected = (kind: string) => (): never => {
    check(false, `a ${kind} node is left after the rules`)
    throw new Error('unreachable')
  }
  return visit<PhysicalNode>(node, {
    scan: unexpected('scan'),
    project: unexpected('project'),
    filter: unexpected('filter'),
    'table-source': (each) => buildTableSource(each, requirement, context),
    values: (each) => buildValues(each, requirement, context),
    calc: (each) => buildCalc(each, requirement, context),
    expand: (each) => buildExpand(each, requirement, context),
    'watermark-assigner': (each) => buildWatermarkAssigner(each, requirement, context),
    'window-function': (each) => buildWindowFunction(each, context),
    aggregate: (each) => buildGroupAggregate(each, requirement, context),
    'window-aggregate': (each) => buildWindowAggregate(each, context),
    union: (each) => buildUnion(each, requirement, context),
    sort: (each) => buildSort(each, context),
    sink: (each) => buildSink(each, context),
  })
}

/** One physical root per sink. @throws SQL_VALIDATION, SQL_UNSUPPORTED, OPTION_INVALID */
export function buildPhysicalPlan(
  roots: readonly LogicalNode[],
  settings: PlanSettings,
  warn: (message: string) => void,
): readonly PhysicalNode[] {
  const context: PhysicalContext = {
    settings,
    changelog: {
      isBatch: settings.isBatch,
      sourceKinds: (node) => sourceKinds(node.table),
    },
    warn,
    build: (node, requirement) => buildNode(node, requirement, context),
  }
  return roots.map((root) => context.build(root, everyChange))
}
