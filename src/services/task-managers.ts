import { callRest } from './rest-client.ts'

export interface TaskManagerInfo {
  readonly id: string
  readonly slots: number
  readonly freeSlots: number
}

interface TaskManagersDto {
  readonly taskmanagers: readonly { readonly id: string; readonly slotsNumber: number; readonly freeSlots: number }[]
}

export async function listTaskManagers(restAddress: string): Promise<TaskManagerInfo[]> {
  const { taskmanagers } = await callRest<TaskManagersDto>(restAddress, { path: '/taskmanagers' })
  return taskmanagers.map(({ id, slotsNumber, freeSlots }) => ({ id, slots: slotsNumber, freeSlots }))
}

/** Throws what the session says of an unknown id. */
export async function killTaskManager(restAddress: string, id: string): Promise<void> {
  await callRest(restAddress, { method: 'DELETE', path: `/flinkts/taskmanagers/${encodeURIComponent(id)}` })
}
