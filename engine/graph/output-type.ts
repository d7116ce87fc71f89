// What the outputs of a node carry.
import type { RowType } from '../types/logical-type.ts'
import type { StreamNode } from './stream-graph.ts'

/** `output`: a side output's tag, undefined for the main output. Undefined: the node has no such output. */
export function outputTypeOf(node: StreamNode, output: string | undefined): RowType | undefined {
  if (output === undefined) return node.outputType
  if (node.kind !== 'operator' || node.operator.type !== 'process') return undefined
  const { sideOutputs } = node.operator
  return Object.hasOwn(sideOutputs, output) ? sideOutputs[output] : undefined
}
