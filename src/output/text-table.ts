// Rows as a plain table. Widths count characters; numbers are set right.

function width(text: string): number {
  return [...text].length
}

function pad(text: string, size: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, size - width(text)))
  return right ? space + text : text + space
}

export interface TextColumn {
  readonly name: string
  readonly align?: 'left' | 'right'
}

/** A header, a rule and the rows; no trailing spaces. NULL cells read `NULL`. */
export function renderTable(columns: readonly TextColumn[], rows: readonly (readonly (string | null)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => cell ?? 'NULL'))
  const widths = columns.map((column, index) => Math.max(width(column.name), ...cells.map((row) => width(row[index]!))))
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => pad(text, widths[index]!, columns[index]!.align === 'right'))
      .join('  ')
      .trimEnd()
  return [
    line(columns.map((column) => column.name)),
    line(widths.map((size) => '-'.repeat(size))),
    ...cells.map(line),
  ].join('\n')
}
