// Metrics of a subtask's operators, which come as `<name of the node>.<metric>`; both may hold dots.
import type { SubtaskFigures } from '../cluster/execution-record.ts'
import type { ExecutableNode, JobVertex } from '../graph/job-graph.ts'

export interface OperatorMetric {
  readonly node: ExecutableNode
  readonly metric: string
  readonly value: number
}

export function* operatorMetrics(figures: SubtaskFigures, { chain }: JobVertex): Iterable<OperatorMetric> {
  // the longest name that fits is meant
  const nodes = chain.map(({ node }) => node).sort((left, right) => right.name.length - left.name.length)
  for (const [path, value] of Object.entries(figures.operators)) {
    const node = nodes.find(({ name }) => path.startsWith(`${name}.`))
    if (node !== undefined) yield { node, metric: path.slice(node.name.length + 1), value }
  }
}
