// Rows as a plain table, a line each; numbers are set right. Widths are those of a terminal.
import { displayWidth, padToWidth, printable } from './display-width.ts'

export interface TextColumn {
  readonly name: string
  readonly align?: 'left' | 'right'
}

/** A header, a rule and the rows; no trailing spaces. NULL cells read `NULL`; characters that would move the cursor are spelt. */
export function renderTable(columns: readonly TextColumn[], rows: readonly (readonly (string | null)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => (cell === null ? 'NULL' : printable(cell))))
  const widths = columns.map(({ name }, index) =>
    cells.reduce((width, row) => Math.max(width, displayWidth(row[index]!)), displayWidth(name)),
  )
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => padToWidth(text, widths[index]!, columns[index]!.align ?? 'left'))
      .join('  ')
      .trimEnd()
  return [
    line(columns.map((column) => column.name)),
    line(widths.map((size) => '-'.repeat(size))),
    ...cells.map(line),
  ].join('\n')
}
