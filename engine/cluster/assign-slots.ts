// Which slot, and so which TaskManager, a subtask gets. Pure. Source: Flink's slot sharing and
// cluster.evenly-spread-out-slots: subtask i of every vertex shares slot i; slots are taken evenly from all TaskManagers.
import { FlinktsError } from '../common/errors.ts'
import { slotsNeeded } from '../graph/execution-graph.ts'
import type { JobGraph } from '../graph/job-graph.ts'

export interface FreeSlots {
  readonly taskManager: string
  readonly free: number
}

/** The TaskManager of each slot of the job, by slot index. Throws SLOTS_NOT_ENOUGH. */
export function assignSlots(graph: JobGraph, offered: readonly FreeSlots[]): readonly string[] {
  const needed = slotsNeeded(graph)
  const available = offered.reduce((sum, { free }) => sum + free, 0)
  if (available < needed) {
    const widest = graph.vertices.reduce((left, right) => (right.parallelism > left.parallelism ? right : left))
    throw new FlinktsError(
      'SLOTS_NOT_ENOUGH',
      `job '${graph.jobName}' needs ${needed} task slots ('${widest.name}' has parallelism ${widest.parallelism}), ${available} are free on ${offered.length} TaskManagers`,
      { fix: 'Lower parallelism.default, cancel another job, or start the session with more slots.' },
    )
  }
  const left = offered.map(({ taskManager, free }) => ({ taskManager, free }))
  return Array.from({ length: needed }, () => {
    const chosen = left.reduce((best, candidate) => (candidate.free > best.free ? candidate : best))
    chosen.free--
    return chosen.taskManager
  })
}

/** The slot of a subtask: slot sharing groups one after the other, within a group by subtask index. */
export function slotOf(graph: JobGraph, vertexId: string, subtaskIndex: number): number {
  const vertex = graph.vertices.find(({ id }) => id === vertexId)!
  const groups = [...new Set(graph.vertices.map(({ slotSharingGroup }) => slotSharingGroup))]
  let first = 0
  for (const group of groups.slice(0, groups.indexOf(vertex.slotSharingGroup))) {
    const members = graph.vertices.filter(({ slotSharingGroup }) => slotSharingGroup === group)
    first += Math.max(...members.map(({ parallelism }) => parallelism))
  }
  return first + subtaskIndex
}
