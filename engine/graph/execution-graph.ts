// The execution graph: every vertex becomes its parallel subtasks, every exchange its channels. Plain data.
// Source: Flink's ExecutionGraph, distribution patterns POINTWISE (forward) and ALL_TO_ALL.
import type { JobEdge, JobGraph, JobVertex } from './job-graph.ts'

export interface SubtaskId {
  readonly vertexId: string
  readonly subtaskIndex: number
}

/** One directed channel between two subtasks. */
export interface ExecutionChannel {
  /** Index in `ExecutionGraph.channels`. */
  readonly index: number
  readonly edge: number
  readonly sourceSubtask: number
  readonly targetSubtask: number
}

export interface ExecutionGraph {
  readonly subtasks: readonly SubtaskId[]
  readonly channels: readonly ExecutionChannel[]
}

export function subtaskKey(subtask: SubtaskId): string {
  return `${subtask.vertexId}/${subtask.subtaskIndex}`
}

/** Slots that the job takes: subtasks of one slot sharing group share slots by index. Source: SlotSharingGroup. */
export function slotsNeeded(graph: JobGraph): number {
  const groups = new Map<string, number>()
  for (const { slotSharingGroup, parallelism } of graph.vertices) {
    groups.set(slotSharingGroup, Math.max(groups.get(slotSharingGroup) ?? 0, parallelism))
  }
  return [...groups.values()].reduce((sum, slots) => sum + slots, 0)
}

function channelsOf(edge: JobEdge, source: JobVertex, target: JobVertex): Omit<ExecutionChannel, 'index'>[] {
  const sources = Array.from({ length: source.parallelism }, (_, subtask) => subtask)
  if (edge.partitioning.kind === 'forward') {
    return sources.map((subtask) => ({ edge: edge.index, sourceSubtask: subtask, targetSubtask: subtask }))
  }
  return sources.flatMap((sourceSubtask) =>
    Array.from({ length: target.parallelism }, (_, targetSubtask) => ({
      edge: edge.index,
      sourceSubtask,
      targetSubtask,
    })),
  )
}

export function createExecutionGraph(graph: JobGraph): ExecutionGraph {
  const byId = new Map(graph.vertices.map((vertex) => [vertex.id, vertex]))
  const channels = graph.edges.flatMap((edge) =>
    channelsOf(edge, byId.get(edge.sourceVertex)!, byId.get(edge.targetVertex)!),
  )
  return {
    subtasks: graph.vertices.flatMap((vertex) =>
      Array.from({ length: vertex.parallelism }, (_, subtaskIndex) => ({ vertexId: vertex.id, subtaskIndex })),
    ),
    channels: channels.map((channel, index) => ({ index, ...channel })),
  }
}
