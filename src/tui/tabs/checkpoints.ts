// Checkpoints and savepoints, newest first; one that is opened shows what each subtask did, or why it failed.
import { formatBytes, formatDuration, formatTimestamp } from '../../output/quantities.ts'
import type { CheckpointPart, CheckpointsView, CheckpointView } from '../../services/job-view/checkpoints-view.ts'
import { cutStartToWidth, displayWidth } from '../../output/display-width.ts'
import { line, span, wrapText, type ScreenLine } from '../screen-line.ts'
import type { ScreenState, TabContent } from '../screen-state.ts'
import { screenTable, type Cell, type ScreenColumn } from '../screen-table.ts'
import { stateStyle } from './job-figures.ts'

const COLUMNS: readonly ScreenColumn[] = [
  { name: '' },
  { name: 'id', align: 'right' },
  { name: 'kind' },
  { name: 'triggered' },
  { name: 'duration', align: 'right' },
  { name: 'size', align: 'right' },
  { name: 'subtasks', align: 'right' },
  { name: 'status' },
  { name: 'path', gives: true, cut: 'start', from: 140 },
]
const PART_COLUMNS: readonly ScreenColumn[] = [
  { name: '    subtask', gives: true },
  { name: 'duration', align: 'right' },
  { name: 'size', align: 'right' },
  { name: 'alignment', align: 'right' },
  { name: 'sync', align: 'right' },
  { name: 'async', align: 'right' },
  { name: 'start delay', align: 'right', from: 90 },
]

function duration(durationMs: number | undefined): string {
  return durationMs === undefined ? '–' : formatDuration(durationMs)
}

function summaryLines(view: CheckpointsView, columns: number): ScreenLine[] {
  const interval = view.intervalMs === undefined ? 'none by themselves' : `every ${formatDuration(view.intervalMs)}`
  const counts = `${view.completed} completed, ${view.failed} failed, ${view.inProgress} in progress`
  const times =
    view.durationMs === undefined || view.completed === 0
      ? ''
      : `; they took ${formatDuration(view.durationMs.average)} on average, p99 ${formatDuration(view.durationMs.p99)}`
  const text = `${counts}; ${interval}, ${view.mode.replaceAll('_', ' ')}${times}`
  const { restored } = view
  const lines = wrapText(text, columns, 2).map((each) => line(each))
  if (restored === undefined) return lines
  const from = `restored from #${restored.id} at ${formatTimestamp(restored.at)} `
  const path = cutStartToWidth(restored.path, columns - displayWidth(from))
  return [...lines, line(from + path, 'dim')]
}

function partLines(parts: readonly CheckpointPart[], state: ScreenState): ScreenLine[] {
  const names = new Map(state.data.job?.vertices.map(({ id, name }) => [id, name]))
  const rows = parts.map((part): Cell[] => {
    const name = `    ${part.subtask} ${names.get(part.vertexId) ?? part.vertexId}`
    if (!part.isAcknowledged) return [name, span('not acknowledged', 'warning')]
    const size = part.stateBytes === undefined ? '–' : formatBytes(part.stateBytes)
    return [
      name,
      duration(part.durationMs),
      size,
      duration(part.alignmentMs),
      duration(part.syncMs),
      duration(part.asyncMs),
      duration(part.startDelayMs),
    ]
  })
  const { header, rows: lines } = screenTable(PART_COLUMNS, rows, state.columns)
  return [header, ...lines]
}

function openLines(checkpoint: CheckpointView, state: ScreenState): ScreenLine[] {
  const { parts } = state.data
  const failure =
    checkpoint.failure === undefined
      ? []
      : wrapText(`    failed: ${checkpoint.failure}`, state.columns, 4).map((text) => line(text, 'bad'))
  const path =
    checkpoint.path === undefined
      ? []
      : wrapText(`    ${checkpoint.path}`, state.columns, 4).map((text) => line(text, 'dim'))
  const details =
    parts?.id === checkpoint.id ? partLines(parts.parts, state) : [line('    asking for its subtasks …', 'dim')]
  return [...failure, ...path, ...details]
}

/** The one that Enter opens. */
export function selectedCheckpoint({ data, selectedCheckpoint: id }: ScreenState): number | undefined {
  const history = data.checkpoints?.history ?? []
  return history.find((each) => each.id === id)?.id ?? history[0]?.id
}

export function checkpointsTab(state: ScreenState): TabContent {
  const view = state.data.checkpoints
  if (view === undefined) return { header: [], lines: [line('asking for checkpoints …', 'dim')] }
  const selected = selectedCheckpoint(state)
  const rows = view.history.map((each): Cell[] => [
    each.id === selected ? '►' : ' ',
    `#${each.id}`,
    each.kind,
    formatTimestamp(each.triggeredAt).slice(state.columns < 100 ? 11 : 0),
    duration(each.durationMs),
    formatBytes(each.stateBytes),
    `${each.acknowledged}/${each.subtasks}`,
    span(each.status, stateStyle(each.status)),
    each.path ?? '',
  ])
  const table = screenTable(COLUMNS, rows, state.columns)
  const lines: ScreenLine[] = []
  let focus: number | undefined
  for (const [index, each] of view.history.entries()) {
    if (each.id === selected) focus = lines.length
    lines.push(table.rows[index]!)
    if (each.id === state.openCheckpoint) lines.push(...openLines(each, state))
    else if (each.failure !== undefined) lines.push(line(`         ${each.failure}`, 'bad'))
  }
  if (lines.length === 0)
    lines.push(
      line(
        view.intervalMs === undefined
          ? 'no checkpoints: execution.checkpointing.interval is not set; s takes a savepoint'
          : 'none yet',
        'dim',
      ),
    )
  return { header: [...summaryLines(view, state.columns), table.header], lines, focus }
}
