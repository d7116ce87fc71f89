// Stream graph → job graph: chains operators by Flink's rules (StreamingJobGraphGenerator.isChainable).
import { FlinktsError } from '../common/errors.ts'
import { outputTypeOf } from './output-type.ts'
import { defaultParallelism, maxParallelism } from './parallelism.ts'
import { stableHash } from './stable-id.ts'
import { validateStreamGraph } from './validate-stream-graph.ts'
import type { ChainedNode, ChainOutput, ExecutableNode, JobEdge, JobGraph, JobVertex } from './job-graph.ts'
import type { StreamEdge, StreamGraph } from './stream-graph.ts'

interface Link {
  readonly target: number
  readonly input: number
  readonly edge: StreamEdge
}

interface Plan {
  readonly graph: StreamGraph
  readonly nodes: readonly ExecutableNode[]
  readonly parallelisms: readonly number[]
  /** Outgoing links by node. */
  readonly links: readonly (readonly Link[])[]
  readonly chaining: boolean
}

function inputsOf(node: ExecutableNode): readonly StreamEdge[] {
  return node.kind === 'source' ? [] : node.inputs
}

function createPlan(graph: StreamGraph): Plan {
  validateStreamGraph(graph)
  const nodes = graph.nodes as readonly ExecutableNode[]
  const byId = new Map(nodes.map((node, index) => [node.id, index]))
  const links: Link[][] = nodes.map(() => [])
  nodes.forEach((node, target) => {
    inputsOf(node).forEach((edge, input) => links[byId.get(edge.from)!]!.push({ target, input, edge }))
  })
  const parallelism = defaultParallelism(graph.configuration)
  return {
    graph,
    nodes,
    links,
    parallelisms: nodes.map((node) => node.parallelism ?? parallelism),
    chaining: graph.configuration['pipeline.operator-chaining.enabled'] !== 'false',
  }
}

/**
 * Between two subtasks that are alone every partitioning leads to the same place, so those edges chain too: the key
 * groups of a hash edge all belong to the one subtask.
 */
function isChainable(plan: Plan, from: number, link: Link): boolean {
  const [upstream, downstream] = [plan.parallelisms[from]!, plan.parallelisms[link.target]!]
  const { kind } = link.edge.partitioning
  if (kind === 'forward' && upstream !== downstream) {
    throw new FlinktsError(
      'GRAPH_INVALID',
      `job '${plan.graph.jobName}': '${plan.nodes[from]!.name}' (parallelism ${upstream}) forwards to '${plan.nodes[link.target]!.name}' (parallelism ${downstream})`,
      { fix: 'Rebalance between them, or give both the same parallelism.' },
    )
  }
  const alone = upstream === 1 && downstream === 1
  return plan.chaining && inputsOf(plan.nodes[link.target]!).length === 1 && (kind === 'forward' || alone)
}

/** As Flink names it in plans and metrics. */
export function displayName(node: ExecutableNode): string {
  if (node.kind === 'source' && !node.name.startsWith('Source: ')) return `Source: ${node.name}`
  return node.kind === 'sink' && !node.name.endsWith('Writer') ? `${node.name}: Writer` : node.name
}

/** Flink's notation of a chain: `a -> b`, and `a -> (b, c -> d)` where it forks. */
function chainName(chain: readonly ChainedNode[], at = 0): string {
  const next = [...new Set(chain[at]!.outputs.flatMap((output) => (output.kind === 'chained' ? [output.target] : [])))]
  const name = displayName(chain[at]!.node)
  if (next.length === 0) return name
  const rest = next.map((target) => chainName(chain, target))
  return rest.length === 1 ? `${name} -> ${rest[0]}` : `${name} -> (${rest.join(', ')})`
}

/** The members of each vertex, in topological order, by the head's index. */
function chains(plan: Plan): Map<number, number[]> {
  const headOf: number[] = []
  const members = new Map<number, number[]>()
  plan.nodes.forEach((_, index) => {
    const head = headOf[index] ?? index
    headOf[index] = head
    members.set(head, [...(members.get(head) ?? []), index])
    for (const link of plan.links[index]!) if (isChainable(plan, index, link)) headOf[link.target] = head
  })
  return members
}

/** Throws GRAPH_INVALID or OPTION_INVALID. */
export function createJobGraph(graph: StreamGraph): JobGraph {
  const plan = createPlan(graph)
  const members = chains(plan)
  const vertexIds = new Map([...members.keys()].map((head) => [head, stableHash(plan.nodes[head]!.id)]))
  const headOf = new Map([...members].flatMap(([head, chain]) => chain.map((index) => [index, head] as const)))
  const edges: JobEdge[] = []
  const vertices = [...members].map(([head, chain]): JobVertex => {
    const position = new Map(chain.map((index, at) => [index, at]))
    const outputsOf = (from: number): ChainOutput[] =>
      plan.links[from]!.map((link) => {
        const target = position.get(link.target)
        const { output } = link.edge
        if (target !== undefined && target > 0) return { kind: 'chained', output, target }
        const index = edges.length
        edges.push({
          index,
          sourceVertex: vertexIds.get(head)!,
          targetVertex: vertexIds.get(headOf.get(link.target)!)!,
          input: link.input,
          partitioning: link.edge.partitioning,
          rowType: outputTypeOf(plan.nodes[from]!, output)!,
        })
        return { kind: 'edge', output, edge: index }
      })
    const chained = chain.map((index): ChainedNode => ({ node: plan.nodes[index]!, outputs: outputsOf(index) }))
    const parallelism = plan.parallelisms[head]!
    return {
      id: vertexIds.get(head)!,
      name: chainName(chained),
      parallelism,
      maxParallelism: maxParallelism(graph.configuration, parallelism),
      slotSharingGroup: 'default',
      chain: chained,
      inputs: [],
      outputs: chained.flatMap((node) =>
        node.outputs.flatMap((output) => (output.kind === 'edge' ? [output.edge] : [])),
      ),
    }
  })
  return {
    jobName: graph.jobName,
    configuration: graph.configuration,
    vertices: vertices.map((vertex) => ({ ...vertex, inputs: inputEdges(edges, vertex.id) })),
    edges,
    bundle: graph.bundle,
    warnings: graph.warnings,
  }
}

function inputEdges(edges: readonly JobEdge[], vertexId: string): number[] {
  const inputs = edges.filter((edge) => edge.targetVertex === vertexId)
  return inputs.sort((left, right) => left.input - right.input).map((edge) => edge.index)
}
