// Operators that look at one row at a time, and union.
import { generateCalc } from '../expressions/generate-calc.ts'
import { expressionToString } from '../expressions/expression-to-string.ts'
import { isInsertOnly, keepsUpserts } from './changelog-mode.ts'
import { describeCalc, describeWindow } from './describe-node.ts'
import { generateExpand } from './generate-expand.ts'
import type { CalcNode, ExpandNode, UnionNode, WatermarkAssignerNode, WindowFunctionNode } from './logical-node.ts'
import {
  everyChange,
  exchange,
  modeOf,
  parallelismOf,
  physicalOperator,
  type PhysicalContext,
  type Requirement,
} from './physical-context.ts'
import type { PhysicalNode, PhysicalOperator } from './physical-node.ts'
import { watermarkStrategy } from './watermark-strategy.ts'
import { windowSpec } from './window-spec-of.ts'

export function buildCalc(node: CalcNode, requirement: Requirement, context: PhysicalContext): PhysicalOperator {
  const isFilter = node.condition !== undefined
  const updateBefore = requirement.updateBefore || !keepsUpserts(node)
  const input = context.build(node.input, { updateBefore, perBatch: requirement.perBatch && !isFilter })
  const spec = { inputType: input.type, projection: node.expressions, outputType: node.type, filter: node.condition }
  const generated = generateCalc(spec)
  return physicalOperator({
    title: 'Calc',
    detail: describeCalc(node.expressions, node.type, node.condition),
    operator: { type: 'calc', inputType: input.type, outputType: node.type, ...generated },
    inputs: [input],
    type: node.type,
    changelog: input.changelog,
  })
}

export function buildExpand(node: ExpandNode, requirement: Requirement, context: PhysicalContext): PhysicalOperator {
  const input = context.build(node.input, { ...requirement, updateBefore: true })
  const description = node.projections
    .map((projection) => `{${projection.map(expressionToString).join(', ')}}`)
    .join(', ')
  return physicalOperator({
    title: 'Expand',
    detail: `projects=[${description}]`,
    operator: {
      type: 'calc',
      inputType: input.type,
      outputType: node.type,
      code: generateExpand(input.type, node.projections, node.type),
      description,
    },
    inputs: [input],
    type: node.type,
    changelog: input.changelog,
  })
}

export function buildWatermarkAssigner(
  node: WatermarkAssignerNode,
  requirement: Requirement,
  context: PhysicalContext,
): PhysicalOperator {
  const input = context.build(node.input, requirement)
  const strategy = watermarkStrategy(node.rowtime, node.watermark, node.options, input.type, context.settings)
  return physicalOperator({
    title: 'WatermarkAssigner',
    detail: `rowtime=[${node.type.fields[node.rowtime]!.name}], watermark=[${expressionToString(node.watermark)}]`,
    operator: { type: 'watermark-assigner', inputType: input.type, strategy },
    inputs: [input],
    type: node.type,
    changelog: input.changelog,
  })
}

export function buildWindowFunction(node: WindowFunctionNode, context: PhysicalContext): PhysicalOperator {
  const input = context.build(node.input, everyChange)
  const { shape } = node.window
  const exchanged: PhysicalNode = shape.kind === 'session' ? exchange(input, shape.partitionKeys) : input
  return {
    ...physicalOperator({
      title: 'WindowTableFunction',
      detail: describeWindow(node.window, input.type),
      operator: {
        type: 'window-table-function',
        inputType: input.type,
        outputType: node.type,
        window: windowSpec(node.window, context.settings),
      },
      inputs: [exchanged],
      type: node.type,
      changelog: input.changelog,
      stateDigest: shape.kind === 'session' ? describeWindow(node.window, input.type) : '',
    }),
  }
}

export function buildUnion(node: UnionNode, requirement: Requirement, context: PhysicalContext): PhysicalOperator {
  const inputs = node.inputs.map((input) => context.build(input, requirement))
  const changelog = modeOf(node, requirement, context)
  const parallelisms = new Set(inputs.map(parallelismOf))
  const mixed = parallelisms.size > 1
  const operator = physicalOperator({
    title: 'Union',
    detail: `all=[true], union=[${node.type.fields.map((field) => field.name).join(', ')}]`,
    operator: { type: 'union', outputType: node.type },
    inputs: mixed && !isInsertOnly(changelog) ? inputs.map((input) => exchange(input, [])) : inputs,
    type: node.type,
    changelog,
  })
  return mixed && isInsertOnly(changelog) ? { ...operator, parallelism: context.settings.parallelism } : operator
}
