// What a stream graph must fulfil before it is turned into a job; each breach is refused by name.
import { FlinktsError } from '../common/errors.ts'
import type { RowType } from '../types/logical-type.ts'
import { outputTypeOf } from './output-type.ts'
import type { StreamEdge, StreamGraph, StreamNode } from './stream-graph.ts'

function invalid(graph: StreamGraph, node: StreamNode | undefined, message: string, fix?: string): never {
  const where = node === undefined ? '' : `, operator '${node.name}'`
  throw new FlinktsError('GRAPH_INVALID', `job '${graph.jobName}'${where}: ${message}`, { fix })
}

function checkColumns(graph: StreamGraph, node: StreamNode, upstream: StreamNode, edge: StreamEdge): void {
  const given = outputTypeOf(upstream, edge.output)
  if (given === undefined) invalid(graph, node, `'${upstream.name}' has no side output '${edge.output}'`)
  if (edge.partitioning.kind === 'hash') {
    const outside = edge.partitioning.keys.find((key) => key < 0 || key >= given.fields.length)
    if (outside !== undefined) invalid(graph, node, `key column ${outside} is not in the rows of '${upstream.name}'`)
  }
  const expected = expectedInput(node)
  if (expected === undefined) return
  const kinds = (type: RowType): string => type.fields.map((field) => field.type.kind).join(', ')
  if (kinds(expected) !== kinds(given)) {
    invalid(graph, node, `it reads rows of (${kinds(expected)}), but '${upstream.name}' gives (${kinds(given)})`)
  }
}

function expectedInput(node: StreamNode): RowType | undefined {
  if (node.kind === 'sink') return node.sink.consumedType
  return node.kind === 'operator' && 'inputType' in node.operator ? node.operator.inputType : undefined
}

/** Throws GRAPH_INVALID. */
export function validateStreamGraph(graph: StreamGraph): void {
  const known = new Map<string, StreamNode>()
  if (graph.nodes.length === 0) invalid(graph, undefined, 'it has no operators', 'Write to at least one sink.')
  for (const node of graph.nodes) {
    if (known.has(node.id))
      invalid(graph, node, `another operator has the same id '${node.id}'`, 'Make every uid unique.')
    if (node.kind === 'unplanned-sql') invalid(graph, node, 'SQL has to be planned before the job can run')
    if (node.parallelism !== undefined && !(Number.isInteger(node.parallelism) && node.parallelism >= 1)) {
      invalid(graph, node, `its parallelism is ${node.parallelism}`, 'Use a whole number from 1.')
    }
    if (node.kind !== 'source') {
      if (node.inputs.length === 0) invalid(graph, node, 'it has no input')
      for (const edge of node.inputs) {
        const upstream = known.get(edge.from)
        if (upstream === undefined)
          invalid(graph, node, `its input '${edge.from}' does not stand before it in the graph`)
        if (upstream.kind === 'sink') invalid(graph, node, `it reads from the sink '${upstream.name}'`)
        checkColumns(graph, node, upstream, edge)
      }
    }
    known.set(node.id, node)
  }
}
