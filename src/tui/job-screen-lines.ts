// The job screen as styled lines: a pure function of what the REST API said. Ink only prints them.
import type { CheckpointView, JobView, SubtaskView, VertexView } from '../services/job-view.ts'
import { formatBytes, formatCount, formatDuration, formatTimestamp } from '../output/quantities.ts'

export type LineStyle = 'title' | 'heading' | 'plain' | 'dim' | 'good' | 'bad' | 'warning'
export interface ScreenLine {
  readonly text: string
  readonly style: LineStyle
}
export interface ScreenState {
  readonly job: JobView | undefined
  readonly log: readonly string[]
  readonly help: boolean
  /** Somebody else runs the job: leaving does not end it. */
  readonly isWatched: boolean
  /** What the screen waits for, where there is no job yet; or the last thing that went wrong. */
  readonly notice: string
  readonly columns: number
  readonly rows: number
}

const CHECKPOINT_ROWS = 4
const LOG_ROWS = 5
const COLUMNS = { subtask: 16, status: 10, rate: 8, percent: 5 } as const

function fit(text: string, width: number): string {
  if (text.length <= width) return text.padEnd(width)
  return width <= 1 ? text.slice(0, width) : `${text.slice(0, width - 1)}…`
}

function stateStyle(state: string): LineStyle {
  if (state === 'RUNNING' || state === 'FINISHED') return 'good'
  return state === 'FAILED' || state === 'FAILING' ? 'bad' : 'warning'
}

function subtaskLine(subtask: SubtaskView): ScreenLine {
  const watermark = subtask.watermark === undefined ? '–' : formatTimestamp(subtask.watermark)
  const text = [
    fit(`  ${subtask.index} ${subtask.taskManager}`, COLUMNS.subtask + 2),
    fit(subtask.status, COLUMNS.status),
    formatCount(subtask.recordsInPerSecond).padStart(COLUMNS.rate),
    formatCount(subtask.recordsOutPerSecond).padStart(COLUMNS.rate),
    `${Math.round(subtask.busyPercent)}%`.padStart(COLUMNS.percent),
    `${Math.round(subtask.backPressuredPercent)}%`.padStart(COLUMNS.percent),
    ` ${watermark}`,
  ].join(' ')
  return { text, style: subtask.backPressuredPercent > 50 ? 'warning' : 'plain' }
}

function vertexLines(vertex: VertexView, columns: number): ScreenLine[] {
  const totals = `  in ${formatCount(vertex.recordsIn)}  out ${formatCount(vertex.recordsOut)}`
  const name = fit(vertex.name, Math.min(vertex.name.length, columns - totals.length))
  return [{ text: name + totals, style: stateStyle(vertex.status) }, ...vertex.subtasks.map(subtaskLine)]
}

function checkpointLine(checkpoint: CheckpointView): ScreenLine {
  const text = [
    `  #${checkpoint.id}`.padEnd(6),
    checkpoint.kind.padEnd(10),
    new Date(checkpoint.triggeredAt).toISOString().slice(11, 19),
    formatBytes(checkpoint.stateBytes).padStart(9),
    formatDuration(checkpoint.durationMs).padStart(9),
    ` ${checkpoint.status}`,
  ].join(' ')
  return { text, style: checkpoint.status === 'FAILED' ? 'bad' : 'plain' }
}

const OWN_KEYS: readonly ScreenLine[] = [
  { text: 'q  stop with a savepoint and leave (the next run goes on from it)', style: 'plain' },
]
const WATCHED_KEYS: readonly ScreenLine[] = [
  { text: 'q  leave; the job goes on', style: 'plain' },
  { text: 's  stop with a savepoint (the next run goes on from it)', style: 'plain' },
]
const HELP: readonly ScreenLine[] = [
  { text: 'c  cancel the job (the next run begins afresh)', style: 'plain' },
  { text: '?  show or hide this help', style: 'plain' },
  { text: 'in, out: records per second · busy, bp: share of time working, back-pressured', style: 'dim' },
]

function title(job: JobView): ScreenLine {
  const used = job.slots.total - job.slots.available
  return {
    text: `${job.name}  ${job.state}  ${formatDuration(job.durationMs)}  slots ${used}/${job.slots.total}`,
    style: 'title',
  }
}

/** At most `rows` lines of at most `columns` characters; vertices give way before checkpoints and log do. */
export function jobScreenLines(state: ScreenState): ScreenLine[] {
  const keys: ScreenLine = {
    text: state.isWatched ? 'q leave  s stop  c cancel  ? help' : 'q stop  c cancel  ? help',
    style: 'dim',
  }
  const help = [...(state.isWatched ? WATCHED_KEYS : OWN_KEYS), ...HELP]
  if (state.job === undefined) return [{ text: fit(state.notice, state.columns), style: 'plain' }, keys]
  const { job } = state
  const checkpoints = job.checkpoints.history.slice(0, CHECKPOINT_ROWS).map(checkpointLine)
  const tail: ScreenLine[] = [
    { text: `Checkpoints  completed ${job.checkpoints.completed}  failed ${job.checkpoints.failed}`, style: 'heading' },
    ...checkpoints,
    ...(state.help ? help : state.log.slice(-LOG_ROWS).map((text): ScreenLine => ({ text, style: 'dim' }))),
    ...(state.notice === '' ? [] : [{ text: state.notice, style: 'warning' } as const]),
    keys,
  ]
  const head: ScreenLine[] = [
    title(job),
    {
      text: [
        fit('Subtask', COLUMNS.subtask + 2),
        fit('status', COLUMNS.status),
        'in/s'.padStart(COLUMNS.rate),
        'out/s'.padStart(COLUMNS.rate),
        'busy'.padStart(COLUMNS.percent),
        'bp'.padStart(COLUMNS.percent),
        ' watermark',
      ].join(' '),
      style: 'heading',
    },
  ]
  const room = Math.max(1, state.rows - head.length - tail.length)
  const vertices = job.vertices.flatMap((vertex) => vertexLines(vertex, state.columns))
  const shown = vertices.slice(0, room)
  if (shown.length < vertices.length) {
    shown[shown.length - 1] = { text: `  … ${vertices.length - shown.length + 1} more lines`, style: 'dim' }
  }
  return [...head, ...shown, ...tail]
    .slice(0, state.rows)
    .map((line) => ({ ...line, text: fit(line.text, state.columns).trimEnd() }))
}
