// Moves computed columns and the watermark into the source, so that each split makes its own watermarks. Source: Flink's
// PushWatermarkIntoTableSourceScanRule.
import { columnsOf, tableSource } from '../plan/build-node.ts'
import { rewrite, type LogicalNode, type ScanNode, type SourceWatermark } from '../plan/logical-node.ts'
import type { Expression } from '../expressions/expression.ts'
import type { Rule } from './rule.ts'

interface Read {
  readonly scan: ScanNode
  readonly expressions: readonly Expression[]
  readonly names: readonly string[]
}

/** A scan, or a projection of one without a filter. */
function asRead(node: LogicalNode): Read | undefined {
  if (node.kind === 'scan') {
    return { scan: node, expressions: columnsOf(node), names: node.type.fields.map((field) => field.name) }
  }
  if ((node.kind !== 'project' && node.kind !== 'calc') || node.input.kind !== 'scan') return undefined
  if (node.kind === 'calc' && node.condition !== undefined) return undefined
  return { scan: node.input, expressions: node.expressions, names: node.type.fields.map((field) => field.name) }
}

function push(node: LogicalNode): LogicalNode {
  if (node.kind === 'watermark-assigner') {
    const read = asRead(node.input)
    if (read === undefined) return node
    const watermark: SourceWatermark = { rowtime: node.rowtime, expression: node.watermark, options: node.options }
    const expressions = read.expressions.map((expression, index) =>
      index === node.rowtime ? { ...expression, type: node.type.fields[index]!.type } : expression,
    )
    return tableSource(read.scan, expressions, read.names, watermark)
  }
  return node
}

/** What has no watermark is still a source: its projection stays above, where it merges with what follows. */
function closeScans(node: LogicalNode): LogicalNode {
  if (node.kind !== 'scan') return node
  return tableSource(
    node,
    columnsOf(node),
    node.type.fields.map((field) => field.name),
    undefined,
  )
}

export const pushIntoSource: Rule = {
  name: 'push-into-source',
  apply: (roots) => roots.map((root) => rewrite(rewrite(root, push), closeScans)),
}
