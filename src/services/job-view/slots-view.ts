// TaskManagers, their slots and heaps, and which subtasks of the job run where.
import { callRest } from '../rest-client.ts'
import { numberOf, objectOf, objectsOf, textOf, type RestAnswer } from './rest-answer.ts'

export interface TaskManagerView {
  readonly id: string
  readonly slots: number
  readonly freeSlots: number
  readonly heapUsedBytes: number
  readonly heapMaxBytes: number
  /** Jobs of the slots that are taken, one each. */
  readonly jobIds: readonly string[]
}

export interface PlacedSubtask {
  readonly vertexId: string
  readonly subtask: number
  readonly status: string
  readonly taskManager: string
}

export interface SlotsView {
  readonly taskManagers: readonly TaskManagerView[]
  readonly subtasks: readonly PlacedSubtask[]
}

async function readTaskManager(address: string, id: string): Promise<TaskManagerView> {
  const answer = await callRest<RestAnswer>(address, { path: `/taskmanagers/${encodeURIComponent(id)}` })
  const metrics = objectOf(answer['metrics'])
  return {
    id,
    slots: numberOf(answer['slotsNumber']) ?? 0,
    freeSlots: numberOf(answer['freeSlots']) ?? 0,
    heapUsedBytes: numberOf(metrics['heapUsed']) ?? 0,
    heapMaxBytes: numberOf(metrics['heapMax']) ?? 0,
    jobIds: objectsOf(answer['allocatedSlots']).map((slot) => String(slot['jobId'])),
  }
}

export async function readSlots(address: string, jobId: string, vertexIds: readonly string[]): Promise<SlotsView> {
  const { taskmanagers } = await callRest<RestAnswer>(address, { path: '/taskmanagers' })
  const [taskManagers, subtasks] = await Promise.all([
    Promise.all(objectsOf(taskmanagers).map(({ id }) => readTaskManager(address, String(id)))),
    Promise.all(
      vertexIds.map(async (vertexId) => {
        const vertex = await callRest<RestAnswer>(address, { path: `/jobs/${jobId}/vertices/${vertexId}` })
        return objectsOf(vertex['subtasks']).map((subtask, position) => ({
          vertexId,
          subtask: numberOf(subtask['subtask']) ?? position,
          status: textOf(subtask['status']) ?? '?',
          taskManager: textOf(subtask['taskmanager-id']) ?? '?',
        }))
      }),
    ),
  ])
  return { taskManagers, subtasks: subtasks.flat() }
}
