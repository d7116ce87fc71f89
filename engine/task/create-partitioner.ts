// The partitioner of one output of a subtask, from the edge's declaration.
import {
  broadcastPartitioner,
  hashPartitioner,
  rebalancePartitioner,
  singleTargetPartitioner,
  type Partitioner,
} from '../exchange/partitioner.ts'
import type { JobEdge } from '../graph/job-graph.ts'
import type { BatchKeyHasher } from '../state/key-hash.ts'
import type { LogicalType } from '../types/logical-type.ts'

export function createPartitioner(
  edge: JobEdge,
  target: { readonly parallelism: number; readonly maxParallelism: number },
  subtaskIndex: number,
  keyHasher: (types: readonly LogicalType[]) => BatchKeyHasher,
): Partitioner {
  const { partitioning } = edge
  switch (partitioning.kind) {
    case 'forward':
    case 'global':
      return singleTargetPartitioner()
    case 'broadcast':
      return broadcastPartitioner(target.parallelism)
    case 'rebalance':
      return rebalancePartitioner(target.parallelism, subtaskIndex)
    case 'hash': {
      const types = partitioning.keys.map((key) => edge.rowType.fields[key]!.type)
      return hashPartitioner(partitioning.keys, keyHasher(types), target.parallelism, target.maxParallelism)
    }
  }
}
