// The second screen of a query whose rows keep changing: title, header, as many rows as have room, status. Pure.
import { alignOf, type ResultColumn } from '../../output/result-table.ts'
import { cutToWidth, displayWidth, padToWidth, printable } from '../../output/display-width.ts'
import type { ResultRows, RowChange } from '../../services/sql-shell/result-rows.ts'
import type { TerminalSize } from '../terminal-size.ts'

export interface ResultViewState {
  readonly mode: 'table' | 'changelog'
  readonly columns: readonly ResultColumn[]
  readonly rows: ResultRows
  /** `job id  name` once it is submitted. */
  readonly title: string
  readonly elapsedMs: number
  /** The first row shown; undefined: the last rows, as they come. */
  readonly top: number | undefined
  /** Columns of the result that are passed over on the left. */
  readonly left: number
  readonly columnWidthMax: number
}

/** Title, header, rule and status. */
const FRAME_LINES = 4

export const rowsPerPage = ({ rows }: TerminalSize): number => Math.max(1, rows - FRAME_LINES)

/** Where the page begins. */
export function firstRow({ top, rows, mode }: ResultViewState, size: TerminalSize): number {
  const last = Math.max(0, rows.size - rowsPerPage(size))
  if (top === undefined) return mode === 'changelog' ? last : 0
  return Math.min(top, last)
}

function cellsOf({ op, row }: RowChange, { mode, left }: ResultViewState): string[] {
  const cells = row.slice(left).map((cell) => (cell === null ? 'NULL' : printable(cell)))
  return mode === 'changelog' ? [op, ...cells] : cells
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

function statusLine(state: ResultViewState, size: TerminalSize): string {
  const { rows, elapsedMs, mode } = state
  const first = firstRow(state, size)
  const last = Math.min(rows.size, first + rowsPerPage(size))
  const shown = rows.size === 0 ? 'no rows yet' : `rows ${grouped(first + 1)}–${grouped(last)} of ${grouped(rows.size)}`
  const changes = mode === 'table' ? `  ${grouped(rows.changes)} changes` : ''
  const dropped = rows.dropped === 0 ? '' : `  ${grouped(rows.dropped)} older ones not kept`
  const time = `  ${(elapsedMs / 1000).toFixed(0)} s`
  return `${shown}${changes}${dropped}${time}   q stop  ↑↓ g G scroll  ←→ columns`
}

/** As many lines as the terminal has, each with its style. */
export function resultViewLines(
  state: ResultViewState,
  size: TerminalSize,
): readonly { readonly text: string; readonly style: 'plain' | 'bold' | 'dim' }[] {
  const { columns, mode, left, rows } = state
  const visible: readonly ResultColumn[] = [
    ...(mode === 'changelog' ? [{ name: 'op', type: 'STRING' }] : []),
    ...columns.slice(left),
  ]
  const page = rows.slice(firstRow(state, size), rowsPerPage(size)).map((change) => cellsOf(change, state))
  const widths = visible.map(({ name }, index) =>
    Math.min(
      state.columnWidthMax,
      Math.max(displayWidth(name), ...page.map((cells) => displayWidth(cells[index] ?? ''))),
    ),
  )
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, index) =>
      padToWidth(cutToWidth(cell, widths[index]!), widths[index]!, alignOf(visible[index]!)),
    )
    return cutToWidth(` ${padded.join(' | ')}`.trimEnd(), size.columns)
  }
  const blank = Array.from({ length: rowsPerPage(size) - page.length }, () => '')
  const rule = cutToWidth(widths.map((width) => '-'.repeat(width + 2)).join('+'), size.columns).replace('…', '-')
  return [
    { text: cutToWidth(`${state.title}   ${mode}`, size.columns), style: 'dim' },
    { text: line(visible.map(({ name }) => name)), style: 'bold' },
    { text: rule, style: 'dim' },
    ...[...page.map(line), ...blank].map((text) => ({ text, style: 'plain' as const })),
    { text: cutToWidth(statusLine(state, size), size.columns), style: 'dim' },
  ]
}
