// TaskManagers: how full their slots and heaps are, and which subtasks of the job run together in a slot.
import { formatBytes } from '../../output/quantities.ts'
import type { PlacedSubtask, SlotsView, TaskManagerView } from '../../services/job-view/slots-view.ts'
import { bar } from '../glyphs.ts'
import { line, span, wrapText, type ScreenLine } from '../screen-line.ts'
import type { ScreenState, TabContent } from '../screen-state.ts'
import { percentText } from './job-figures.ts'

const HEAP_COLUMNS = 10

function headLine(taskManager: TaskManagerView): ScreenLine {
  const { id, slots, freeSlots, heapUsedBytes, heapMaxBytes } = taskManager
  const used = slots - freeSlots
  const percent = heapMaxBytes <= 0 ? 0 : (100 * heapUsedBytes) / heapMaxBytes
  return [
    span(id, 'bold'),
    span(`  slots ${'█'.repeat(Math.max(0, used))}${'░'.repeat(Math.max(0, freeSlots))} ${used} of ${slots} taken`),
    span(
      `  heap ${bar(percent, HEAP_COLUMNS)} ${formatBytes(heapUsedBytes)} of ${formatBytes(heapMaxBytes)}`,
      percent > 85 ? 'bad' : 'plain',
    ),
    span(percent > 85 ? `  ${percentText(percent)}: NEARLY FULL` : '', 'bad'),
  ]
}

/** Subtasks of the same number share a slot, as Flink's default slot sharing group has it. */
function slotLines(
  subtasks: readonly PlacedSubtask[],
  names: ReadonlyMap<string, string>,
  columns: number,
): ScreenLine[] {
  const numbers = [...new Set(subtasks.map(({ subtask }) => subtask))].sort((left, right) => left - right)
  return numbers.flatMap((number) => {
    const together = subtasks.filter(({ subtask }) => subtask === number)
    const text = together
      .map(
        ({ vertexId, status }) =>
          `${names.get(vertexId) ?? vertexId} (${number + 1})${status === 'RUNNING' ? '' : ` ${status}`}`,
      )
      .join(', ')
    return wrapText(`  slot of subtask ${number}: ${text}`, columns, 4).map((each) => line(each))
  })
}

function othersLine({ jobIds }: TaskManagerView, jobId: string): ScreenLine[] {
  const others = jobIds.filter((id) => id !== jobId)
  if (others.length === 0) return []
  const ids = [...new Set(others)].map((id) => id.slice(0, 8)).join(', ')
  return [line(`  ${others.length} ${others.length === 1 ? 'slot' : 'slots'} of other jobs: ${ids}`, 'dim')]
}

function taskManagerLines(taskManager: TaskManagerView, view: SlotsView, state: ScreenState): ScreenLine[] {
  const job = state.data.job!
  const names = new Map(job.vertices.map(({ id, name }) => [id, name]))
  const own = view.subtasks.filter((subtask) => subtask.taskManager === taskManager.id)
  return [
    headLine(taskManager),
    ...slotLines(own, names, state.columns),
    ...othersLine(taskManager, job.id),
    ...(own.length === 0 ? [line('  nothing of this job', 'dim')] : []),
  ]
}

export function slotsTab(state: ScreenState): TabContent {
  const { slots, job } = state.data
  if (slots === undefined || job === undefined) return { header: [], lines: [line('asking for TaskManagers …', 'dim')] }
  const ids = new Set(slots.taskManagers.map(({ id }) => id))
  const homeless = slots.subtasks.filter(({ taskManager }) => !ids.has(taskManager))
  const lines = slots.taskManagers.flatMap((taskManager) => taskManagerLines(taskManager, slots, state))
  if (homeless.length > 0) {
    const many = homeless.length === 1 ? '1 subtask has' : `${homeless.length} subtasks have`
    lines.push(line(`${many} no slot (${[...new Set(homeless.map(({ status }) => status))].join(', ')})`, 'warning'))
  }
  return { header: [], lines }
}
