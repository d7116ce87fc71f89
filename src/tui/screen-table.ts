// Rows as columns that fit the screen: each as wide as its content, one of them takes what is left or gives way.
import { cutStartToWidth, cutToWidth, displayWidth, padToWidth } from '../output/display-width.ts'
import { span, type ScreenLine, type Span, type Style } from './screen-line.ts'

export interface ScreenColumn {
  readonly name: string
  readonly align?: 'left' | 'right'
  /** Cut where the screen is too narrow for all columns. */
  readonly gives?: boolean
  /** Where it is cut. Default: at the end. */
  readonly cut?: 'start' | 'end'
  /** Left out on screens with fewer columns. */
  readonly from?: number
}
export type Cell = string | Span

export interface ScreenTable {
  readonly header: ScreenLine
  readonly rows: readonly ScreenLine[]
}

const GAP = 2
const GIVING_COLUMNS_MIN = 8

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text
}

function styled(cell: Cell, text: string, style: Style): Span {
  return typeof cell === 'string' ? span(text, style) : span(text, cell.style)
}

/** `rowStyle` is that of cells without one of their own. */
export function screenTable(
  columns: readonly ScreenColumn[],
  rows: readonly (readonly Cell[])[],
  screenColumns: number,
  rowStyle: (row: number) => Style = () => 'plain',
): ScreenTable {
  const shown = columns.flatMap((column, index) => ((column.from ?? 0) <= screenColumns ? [{ column, index }] : []))
  const widths = shown.map(({ column, index }) =>
    Math.max(displayWidth(column.name), ...rows.map((row) => displayWidth(textOf(row[index] ?? '')))),
  )
  const total = widths.reduce((sum, width) => sum + width + GAP, -GAP)
  const giving = shown.findIndex(({ column }) => column.gives === true)
  if (total > screenColumns && giving >= 0)
    widths[giving] = Math.max(GIVING_COLUMNS_MIN, widths[giving]! - (total - screenColumns))
  const gap = span(' '.repeat(GAP))
  const toLine = (cells: readonly Cell[], style: Style): ScreenLine =>
    shown.flatMap(({ column, index }, position) => {
      const cell = cells[index] ?? ''
      const isLast = position === shown.length - 1 && column.align !== 'right'
      const cut = (column.cut === 'start' ? cutStartToWidth : cutToWidth)(textOf(cell), widths[position]!)
      const text = isLast ? cut : padToWidth(cut, widths[position]!, column.align ?? 'left')
      return position === 0 ? [styled(cell, text, style)] : [gap, styled(cell, text, style)]
    })
  return {
    header: toLine(
      columns.map(({ name }) => name),
      'heading',
    ),
    rows: rows.map((row, index) => toLine(row, rowStyle(index))),
  }
}
