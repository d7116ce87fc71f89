// How far event time is: of every split, what holds it back and since when; of every vertex; and the windows that wait for it.
import { formatCount, formatDuration, formatTimestamp } from '../../output/quantities.ts'
import type { DiagnosticsView, OpenWindowsView, SplitView } from '../../services/job-view/diagnostics-view.ts'
import type { JobView } from '../../services/job-view/job-view.ts'
import { line, span, wrapText, type ScreenLine, type Span } from '../screen-line.ts'
import type { ScreenState, TabContent } from '../screen-state.ts'
import { screenTable, type Cell, type ScreenColumn } from '../screen-table.ts'
import { lagText, watermarkText } from './job-figures.ts'

const SPLIT_COLUMNS: readonly ScreenColumn[] = [
  { name: 'split', gives: true },
  { name: 'watermark' },
  { name: 'behind', align: 'right' },
  { name: 'silent for', align: 'right' },
  { name: 'mark' },
  { name: 'position', align: 'right', from: 100 },
  { name: 'unread', align: 'right', from: 100 },
  { name: 'source', gives: true, from: 130 },
]

/** Splits that read side by side are never quite alike. */
const BEHIND_MS_MIN = 5_000

/** Splits of one source hold back only what is of that source. */
function holdsBack(split: SplitView, all: readonly SplitView[]): boolean {
  const active = all.filter((each) => each.source === split.source && !each.isIdle)
  const highest = Math.max(...active.map(({ watermark }) => watermark ?? -Infinity))
  const lowest = Math.min(...active.map(({ watermark }) => watermark ?? -Infinity))
  const isLowest = !split.isIdle && (split.watermark ?? -Infinity) === lowest
  return isLowest && highest - lowest >= BEHIND_MS_MIN
}

/** In words what the split's state is, and what is going to happen to it. */
function splitMark(split: SplitView, all: readonly SplitView[], now: number): Span {
  if (split.isIdle) return span('idle', 'dim')
  const silentMs = split.lastActiveAt === undefined ? 0 : Math.max(0, now - split.lastActiveAt)
  const { idleTimeoutMs } = split
  const countdown = idleTimeoutMs === 0 ? 'no timeout' : `idle in ${formatDuration(idleTimeoutMs - silentMs)}`
  if (holdsBack(split, all)) return span(`HOLDS BACK, ${countdown}`, 'bad')
  return span(idleTimeoutMs > 0 && silentMs > idleTimeoutMs / 2 ? countdown : '', 'dim')
}

function splitTable(
  { splits }: DiagnosticsView,
  now: number,
  columns: number,
): { header: ScreenLine; rows: readonly ScreenLine[] } {
  const furthest = Math.max(...splits.map(({ watermark }) => watermark ?? -Infinity))
  const rows = splits.map((split): Cell[] => [
    split.id,
    watermarkText(split.watermark),
    split.watermark === undefined || split.watermark === Infinity || furthest === Infinity
      ? '–'
      : formatDuration(furthest - split.watermark),
    split.lastActiveAt === undefined ? '–' : formatDuration(now - split.lastActiveAt),
    splitMark(split, splits, now),
    split.position ?? '–',
    split.pendingRecords === undefined ? '–' : formatCount(split.pendingRecords),
    split.source,
  ])
  return screenTable(SPLIT_COLUMNS, rows, columns)
}

function vertexLines({ vertices, now }: JobView, columns: number): ScreenLine[] {
  const rows = vertices.map((vertex): Cell[] => {
    const known = vertex.watermark !== undefined && vertex.watermark !== Infinity
    return [vertex.name, watermarkText(vertex.watermark), known ? lagText(now, vertex.watermark) : '–']
  })
  const table = screenTable(
    [{ name: 'vertex', gives: true }, { name: 'watermark' }, { name: 'to the clock', align: 'right' }],
    rows,
    columns,
  )
  return [line(''), table.header, ...table.rows]
}

function nextWindowText(view: OpenWindowsView, watermark: number | undefined): string {
  const next = view.windows.find(({ hasFired }) => !hasFired)
  if (next === undefined) return 'none waits to fire'
  const at = watermark === undefined || watermark === Infinity ? undefined : next.firesAt - watermark
  const window = `[${formatTimestamp(next.start)}, ${formatTimestamp(next.end)}) with ${formatCount(next.keys)} ${next.keys === 1 ? 'key' : 'keys'}`
  const clock = view.time === 'processing' ? 'the clock' : 'the watermark'
  const missing =
    at === undefined || view.time === 'processing' ? '' : at <= 0 ? ', which is due' : `, ${formatDuration(at)} more`
  const millis = new Date(next.firesAt).toISOString().slice(19, 23) // most windows fire at .999 of a second
  return `next ${window} fires when ${clock} reaches ${formatTimestamp(next.firesAt)}${millis}${missing}`
}

function windowLines({ windows, subtasks }: DiagnosticsView, columns: number): ScreenLine[] {
  if (windows.length === 0) return []
  const texts = windows.flatMap((view) => {
    const watermark = subtasks.find(
      ({ vertexId, subtask }) => vertexId === view.vertexId && subtask === view.subtask,
    )?.watermark
    const head = `${view.operator} (${view.subtask + 1}) ${view.description}: ${formatCount(view.openWindows)} open`
    return [...wrapText(head, columns, 2), ...wrapText(`  ${nextWindowText(view, watermark)}`, columns, 4)]
  })
  return [line(''), line('Open windows', 'heading'), ...texts.map((text) => line(text))]
}

export function watermarksTab({ data, columns }: ScreenState): TabContent {
  const { diagnostics, job } = data
  if (job === undefined) return { header: [], lines: [] }
  if (diagnostics === undefined)
    return { header: [], lines: [line('asking the subtasks …', 'dim'), ...vertexLines(job, columns)] }
  const splits = splitTable(diagnostics, job.now, columns)
  const more = diagnostics.splitCount - diagnostics.splits.length
  return {
    header: [],
    lines: [
      ...(diagnostics.splits.length === 0
        ? [line('no subtask of a source has told of splits yet', 'dim')]
        : [splits.header, ...splits.rows]),
      ...(more > 0 ? [line(`… and ${more} more splits, further ahead`, 'dim')] : []),
      ...vertexLines(job, columns),
      ...windowLines(diagnostics, columns),
    ],
  }
}
