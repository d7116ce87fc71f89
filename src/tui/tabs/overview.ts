// Every vertex with its rates, how busy it is, its watermark and late records; wide screens show subtasks and the graph too.
import { formatCount } from '../../output/quantities.ts'
import type { JobView, VertexView } from '../../services/job-view/job-view.ts'
import { bar, sparkline } from '../glyphs.ts'
import { cutToWidth, displayWidth } from '../../output/display-width.ts'
import { cutLine, line, span, textOfLine, type ScreenLine, type Style } from '../screen-line.ts'
import type { ScreenState, TabContent } from '../screen-state.ts'
import { screenTable, type Cell, type ScreenColumn } from '../screen-table.ts'
import { graphLines } from './graph.ts'
import {
  jobRates,
  outRate,
  percentText,
  pressureMark,
  pressureStyle,
  stateStyle,
  watermarkText,
} from './job-figures.ts'

/** From here on subtasks are listed, and beside them the graph. */
export const SUBTASKS_FROM_COLUMNS = 120
const GRAPH_FROM_COLUMNS = 170
const LIST_COLUMNS = 118
const WIDE_METERS_FROM_COLUMNS = 100
const SPARKLINE_COLUMNS_MAX = 60

function throughputLine({ data, columns }: ScreenState): ScreenLine {
  const text = `now ${formatCount(jobRates(data.job!).in)}/s, most ${formatCount(Math.max(0, ...data.throughput))}/s`
  const room = Math.min(SPARKLINE_COLUMNS_MAX, columns - displayWidth(text) - 14)
  return [
    span('records in  ', 'heading'),
    span(sparkline(data.throughput, Math.max(1, room)), 'good'),
    span(`  ${text}`),
  ]
}

function meter(percent: number, style: Style, columns: number): Cell {
  return span(`${bar(percent, columns)} ${percentText(percent).padStart(4)}`, style)
}

function figureColumns(first: ScreenColumn, isNarrow: boolean): ScreenColumn[] {
  return [
    first,
    { name: 'status' },
    { name: 'in/s', align: 'right' },
    { name: 'out/s', align: 'right' },
    { name: 'busy' },
    { name: isNarrow ? 'pressed' : 'back-pressured' },
    { name: 'watermark' },
    { name: 'late', align: 'right' },
  ]
}

type Figures = Pick<
  VertexView,
  'status' | 'recordsInPerSecond' | 'busyPercent' | 'backPressuredPercent' | 'watermark'
> & { readonly out: number; readonly late: string }

function figureCells(first: Cell, figures: Figures, meterColumns: number): Cell[] {
  const isPressed = pressureMark(figures).text === 'BACK-PRESSURED'
  const style = pressureStyle(figures)
  return [
    first,
    span(figures.status, stateStyle(figures.status)),
    formatCount(figures.recordsInPerSecond),
    formatCount(figures.out),
    meter(figures.busyPercent, isPressed ? 'plain' : style, meterColumns),
    meter(figures.backPressuredPercent, isPressed ? style : 'plain', meterColumns),
    watermarkText(figures.watermark),
    figures.late,
  ]
}

function vertexFigures(vertex: VertexView): Figures {
  return { ...vertex, out: outRate(vertex), late: formatCount(vertex.lateRecordsDropped) }
}

function nameLine(vertex: VertexView, columns: number): ScreenLine {
  const mark = pressureMark(vertex)
  const parallelism = vertex.parallelism === 1 ? '' : ` ×${vertex.parallelism}`
  const room = columns - displayWidth(parallelism) - (mark.text === '' ? 0 : mark.text.length + 2)
  const name = span(cutToWidth(vertex.name, room) + parallelism, 'bold')
  return mark.text === '' ? [name] : [name, span('  '), mark]
}

/** A line with the name, a line with the figures, and one for each subtask that was read. */
function vertexList({ vertices }: JobView, columns: number): { header: ScreenLine; lines: ScreenLine[] } {
  const isNarrow = columns < WIDE_METERS_FROM_COLUMNS
  const meterColumns = isNarrow ? 4 : 10
  const rows = vertices.flatMap((vertex) => [
    figureCells('  all', vertexFigures(vertex), meterColumns),
    ...(vertex.subtasks.length < 2 ? [] : vertex.subtasks).map((subtask) =>
      figureCells(
        `  ${subtask.index} ${subtask.taskManager}`,
        { ...subtask, out: subtask.recordsOutPerSecond, late: '' },
        meterColumns,
      ),
    ),
  ])
  const { header, rows: figureLines } = screenTable(
    figureColumns({ name: 'Vertex', gives: true }, isNarrow),
    rows,
    columns,
  )
  let next = 0
  const lines = vertices.flatMap((vertex) => {
    const count = vertex.subtasks.length < 2 ? 1 : vertex.subtasks.length + 1
    const own = figureLines.slice(next, (next += count))
    return [nameLine(vertex, columns), ...own]
  })
  return { header, lines }
}

/** The right block beside the left one, whose lines are `leftColumns` wide at most. */
function beside(left: readonly ScreenLine[], right: readonly ScreenLine[], leftColumns: number): ScreenLine[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => {
    const other = right[index]
    const own = cutLine(left[index] ?? [], leftColumns)
    if (other === undefined) return own
    return [...own, span(' '.repeat(leftColumns - displayWidth(textOfLine(own)) + 2)), ...other]
  })
}

export function overviewTab(state: ScreenState): TabContent {
  const { job } = state.data
  if (job === undefined) return { header: [], lines: [] }
  const isWide = state.columns >= GRAPH_FROM_COLUMNS
  const { header, lines } = vertexList(job, isWide ? LIST_COLUMNS : state.columns)
  const all = [header, ...lines]
  const body = isWide ? beside(all, graphLines(job, state.columns - LIST_COLUMNS - 2), LIST_COLUMNS) : all
  return { header: [throughputLine(state), line('')], lines: body }
}
