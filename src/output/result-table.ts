// Rows of a query as psql prints them: aligned, or upright with one column a line. Pure.
import { cutToWidth, displayWidth, padToWidth, printable } from './display-width.ts'

export interface ResultColumn {
  readonly name: string
  /** As Flink writes it; numbers stand right. */
  readonly type: string
}

type Row = readonly (string | null)[]

const NUMBER = /^(TINYINT|SMALLINT|INT|INTEGER|BIGINT|FLOAT|DOUBLE|DECIMAL)\b/

export const alignOf = ({ type }: ResultColumn): 'left' | 'right' => (NUMBER.test(type) ? 'right' : 'left')

const shown = (cell: string | null): string => (cell === null ? 'NULL' : printable(cell))

/** Cells of several lines keep them, as EXPLAIN's and SHOW CREATE's. */
const linesOf = (cell: string | null): string[] => (cell === null ? ['NULL'] : cell.replace(/\n$/, '').split('\n'))

/** ` a | b ` with a rule below the header. `widthMax`: longer values of a column are cut. */
export function alignedTable(columns: readonly ResultColumn[], rows: readonly Row[], widthMax = Infinity): string[] {
  const cells = rows.map((row) => row.map((cell) => cutToWidth(shown(cell), widthMax)))
  const widths = columns.map(({ name }, index) =>
    cells.reduce((width, row) => Math.max(width, displayWidth(row[index]!)), displayWidth(name)),
  )
  const header = columns.map(({ name }, index) => {
    const blanks = widths[index]! - displayWidth(name)
    const before = Math.floor(blanks / 2)
    return ` ${' '.repeat(before)}${name}${' '.repeat(blanks - before)} `
  })
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => ` ${padToWidth(cell, widths[index]!, alignOf(columns[index]!))} `)
      .join('|')
      .trimEnd()
  return [header.join('|').trimEnd(), widths.map((width) => '-'.repeat(width + 2)).join('+'), ...cells.map(line)]
}

/** A block for each row: `name | value` a line. */
export function uprightTable(columns: readonly ResultColumn[], rows: readonly Row[]): string[] {
  const width = Math.max(...columns.map(({ name }) => displayWidth(name)))
  return rows.flatMap((row, index) => [
    `-[ RECORD ${index + 1} ]${'-'.repeat(Math.max(0, width - 9))}`,
    ...columns.flatMap(({ name }, column) =>
      linesOf(row[column]!).map(
        (line, number) => `${padToWidth(number === 0 ? name : '', width, 'left')} | ${printable(line)}`,
      ),
    ),
  ])
}

/** One text column with one row of several lines (EXPLAIN, SHOW CREATE): the text itself. */
export function singleText(columns: readonly ResultColumn[], rows: readonly Row[]): string | undefined {
  const cell = rows[0]?.[0]
  const isText = columns.length === 1 && rows.length === 1 && typeof cell === 'string' && cell.includes('\n')
  return isText ? cell.replace(/\n+$/, '') : undefined
}

/** `+----+---+` lines of rows that are printed as they arrive, as Flink's tableau: widths come from the types. */
export class StreamedTable {
  readonly #columns: readonly ResultColumn[]
  readonly #widths: readonly number[]

  constructor(columns: readonly ResultColumn[], widthMax: number) {
    this.#columns = [{ name: 'op', type: 'STRING' }, ...columns]
    this.#widths = this.#columns.map(({ name, type }, index) =>
      Math.max(displayWidth(name), index === 0 ? 2 : Math.min(typeWidth(type), widthMax)),
    )
  }

  get rule(): string {
    return `+${this.#widths.map((width) => '-'.repeat(width + 2)).join('+')}+`
  }

  header(): string[] {
    return [this.rule, this.#line(this.#columns.map(({ name }) => name)), this.rule]
  }

  row(op: string, cells: Row): string {
    return this.#line([op, ...cells.map(shown)])
  }

  #line(cells: readonly string[]): string {
    const padded = cells.map((cell, index) => {
      const width = this.#widths[index]!
      return padToWidth(cutToWidth(cell, width), width, alignOf(this.#columns[index]!))
    })
    return `| ${padded.join(' | ')} |`
  }
}

/** The widest value of a type, as far as it tells. Source: Flink's PrintStyle. */
function typeWidth(type: string): number {
  const length = Number(/^(?:VARCHAR|CHAR)\((\d+)\)/.exec(type)?.[1])
  if (!Number.isNaN(length)) return length
  const kind = /^\w+/.exec(type)?.[0] ?? ''
  const known: Readonly<Record<string, number>> = {
    BOOLEAN: 7,
    TINYINT: 5,
    SMALLINT: 7,
    INT: 12,
    BIGINT: 21,
    FLOAT: 31,
    DOUBLE: 31,
    DECIMAL: 39,
    DATE: 11,
    TIME: 13,
    TIMESTAMP: 24,
    TIMESTAMP_LTZ: 24,
  }
  return known[kind] ?? 30
}
