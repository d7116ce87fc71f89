// Group and window aggregations with their exchanges; window aggregation in two phases where it pays.
import { FlinktsError } from '../../common/errors.ts'
import { refuseAggregate } from '../../operators/aggregates/aggregate-functions.ts'
import { globalSpec, localSpec, supportsLocalPhase } from '../../operators/window-aggregate-phases.ts'
import type { AggregateCallSpec, GroupAggregateSpec, WindowAggregateSpec } from '../../operators/operator-spec.ts'
import type { RowType } from '../../types/logical-type.ts'
import { isInsertOnly, modifyKindsOf } from './changelog-mode.ts'
import { describeGroupAggregate, describeWindowAggregate, namesOf } from './describe-node.ts'
import { type AggregateNode, type WindowAggregateNode } from './logical-node.ts'
import {
  everyChange,
  exchange,
  modeOf,
  physicalOperator,
  type PhysicalContext,
  type Requirement,
} from './physical-context.ts'
import type { PhysicalNode } from './physical-node.ts'
import { windowSpec } from './window-spec-of.ts'

function checkAggregates(calls: readonly AggregateCallSpec[], input: RowType): void {
  for (const call of calls) {
    const argumentTypes = call.arguments.map((column) => input.fields[column]!.type)
    const problem = refuseAggregate(call.function, argumentTypes, call.resultType)
    if (problem === undefined) continue
    throw new FlinktsError('SQL_UNSUPPORTED', problem, {
      fix: 'Use another aggregate, or aggregate where the result is read.',
    })
  }
}

export function buildGroupAggregate(
  node: AggregateNode,
  requirement: Requirement,
  context: PhysicalContext,
): PhysicalNode {
  const input = context.build(node.input, everyChange)
  checkAggregates(node.aggregates, input.type)
  const { updateBefore } = requirement
  const operator: GroupAggregateSpec = {
    type: 'group-aggregate',
    inputType: input.type,
    outputType: node.type,
    keys: node.keys,
    aggregates: node.aggregates,
    inputChangelog: !isInsertOnly(modifyKindsOf(node.input, context.changelog)),
    generateUpdateBefore: updateBefore,
    stateTtlMs: context.settings.stateTtlMs,
    emitPerBatch: requirement.perBatch && !updateBefore,
  }
  const detail = describeGroupAggregate(input.type, node.keys, node.aggregates)
  const grouped = physicalOperator({
    title: 'GroupAggregate',
    detail,
    operator: context.settings.isBatch ? { ...operator, generateUpdateBefore: false, emitPerBatch: true } : operator,
    inputs: [exchange(input, node.keys)],
    type: node.type,
    changelog: modeOf(node, requirement, context),
    stateDigest: detail,
  })
  return context.settings.isBatch ? finalRows(grouped, node) : grouped
}

/** Batch: of the changes of each group the last one, at the end of the input. */
function finalRows(grouped: PhysicalNode, node: AggregateNode): PhysicalNode {
  const isGlobal = node.keys.length === 0
  const rowWhenEmpty = node.aggregates.map((call) => (call.function === 'COUNT' ? 0 : null))
  return physicalOperator({
    title: 'FinalRows',
    detail: `key=[${namesOf(node.type, [...node.keys.keys()])}]`,
    operator: {
      type: 'bounded-sort',
      inputType: node.type,
      orderBy: [],
      offset: 0,
      limit: undefined,
      changelogKey: [...node.keys.keys()],
      rowWhenEmpty: isGlobal ? rowWhenEmpty : undefined,
    },
    inputs: [grouped],
    type: node.type,
    changelog: grouped.changelog,
  })
}

export function buildWindowAggregate(node: WindowAggregateNode, context: PhysicalContext): PhysicalNode {
  const input = context.build(node.input, everyChange)
  checkAggregates(node.aggregates, input.type)
  const single: WindowAggregateSpec = {
    type: 'window-aggregate',
    inputType: input.type,
    outputType: node.type,
    window: windowSpec(node.window, context.settings),
    keys: node.keys,
    aggregates: node.aggregates,
    properties: node.properties,
    phase: 'single',
    inputChangelog: !isInsertOnly(modifyKindsOf(node.input, context.changelog)),
  }
  const changelog = modeOf(node, everyChange, context)
  const stateDigest = describeWindowAggregate(node, input.type, 'single')
  if (context.settings.parallelism === 1 || !supportsLocalPhase(single)) {
    return physicalOperator({
      title: 'WindowAggregate',
      detail: stateDigest,
      operator: single,
      inputs: [exchange(input, node.keys)],
      type: node.type,
      changelog,
      stateDigest,
    })
  }
  const localOperator = localSpec(single)
  const local = physicalOperator({
    title: 'LocalWindowAggregate',
    detail: describeWindowAggregate(node, input.type, 'local'),
    operator: localOperator,
    inputs: [input],
    type: localOperator.outputType,
    changelog: input.changelog,
    stateDigest,
  })
  return physicalOperator({
    title: 'GlobalWindowAggregate',
    detail: describeWindowAggregate(node, input.type, 'global'),
    operator: globalSpec(single),
    inputs: [
      exchange(
        local,
        node.keys.map((_, index) => index),
      ),
    ],
    type: node.type,
    changelog,
    stateDigest,
  })
}
