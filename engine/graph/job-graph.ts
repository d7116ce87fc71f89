// The job graph: chained operators become one vertex, what is left between vertices are exchanges. Plain data.
// Source: Flink's JobGraph and StreamingJobGraphGenerator.
import type { RowType } from '../types/logical-type.ts'
import type { Partitioning, JobBundle, OperatorNode, SinkNode, SourceNode } from './stream-graph.ts'

export type ExecutableNode = SourceNode | OperatorNode | SinkNode

/** Where one output of a chained node goes. */
export type ChainOutput =
  | { readonly kind: 'chained'; readonly output: string | undefined; readonly target: number }
  | { readonly kind: 'edge'; readonly output: string | undefined; readonly edge: number }

export interface ChainedNode {
  readonly node: ExecutableNode
  readonly outputs: readonly ChainOutput[]
}

/** An exchange between two vertices. */
export interface JobEdge {
  /** Index in `JobGraph.edges`. */
  readonly index: number
  readonly sourceVertex: string
  readonly targetVertex: string
  /** Which input of the target's first node it feeds. */
  readonly input: number
  readonly partitioning: Partitioning
  readonly rowType: RowType
}

export interface JobVertex {
  /** 32 hex digits, from the id of the first chained node. */
  readonly id: string
  /** As Flink prints it: `Source: rides[1] -> Calc[2] -> bh[3]: Writer`. */
  readonly name: string
  readonly parallelism: number
  readonly maxParallelism: number
  readonly slotSharingGroup: string
  /** In topological order; the first is a source or what reads the exchanges. */
  readonly chain: readonly ChainedNode[]
  /** Indexes into `JobGraph.edges`, by the first node's inputs. */
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
}

export interface JobGraph {
  readonly jobName: string
  readonly configuration: Readonly<Record<string, string>>
  /** In topological order. */
  readonly vertices: readonly JobVertex[]
  readonly edges: readonly JobEdge[]
  readonly bundle?: JobBundle | undefined
  readonly warnings: readonly string[]
}
