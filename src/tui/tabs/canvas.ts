// A sheet of characters to draw boxes and lines on, from which screen lines are taken.
import { span, type ScreenLine, type Span, type Style } from '../screen-line.ts'

interface Mark {
  readonly text: string
  readonly style: Style
}
interface Point {
  readonly row: number
  readonly column: number
}

const [UP, DOWN, LEFT, RIGHT] = [1, 2, 4, 8] as const
/** By the directions that meet in the character. */
const LINES: Readonly<Record<number, string>> = {
  [UP]: '│',
  [DOWN]: '│',
  [UP | DOWN]: '│',
  [LEFT]: '─',
  [RIGHT]: '─',
  [LEFT | RIGHT]: '─',
  [UP | LEFT]: '┘',
  [UP | RIGHT]: '└',
  [DOWN | LEFT]: '┐',
  [DOWN | RIGHT]: '┌',
  [UP | DOWN | LEFT]: '┤',
  [UP | DOWN | RIGHT]: '├',
  [DOWN | LEFT | RIGHT]: '┬',
  [UP | LEFT | RIGHT]: '┴',
  [UP | DOWN | LEFT | RIGHT]: '┼',
}

export class Canvas {
  readonly #rows: (Mark | undefined)[][] = []
  readonly #directions = new Map<string, number>()

  #row(row: number): (Mark | undefined)[] {
    while (this.#rows.length <= row) this.#rows.push([])
    return this.#rows[row]!
  }

  write(row: number, column: number, spans: readonly Span[]): void {
    const marks = this.#row(row)
    let at = column
    for (const { text, style } of spans) for (const character of text) marks[at++] = { text: character, style }
  }

  /** Only where nothing is yet: a label gives way. */
  label(row: number, column: number, text: string): void {
    const marks = this.#row(row)
    const isFree = Array.from({ length: text.length + 1 }, (_, index) => marks[column + index]).every(
      (mark) => mark === undefined,
    )
    if (isFree) this.write(row, column, [span(text, 'dim')])
  }

  /** Down from `from`, across in `crossRow`, down to `to`. Ways that meet are joined. */
  connect(from: Point, to: Point, crossRow: number): void {
    for (let row = from.row; row < crossRow; row++) this.#join(row, from.column, UP | DOWN)
    const [left, right] = [Math.min(from.column, to.column), Math.max(from.column, to.column)]
    for (let column = left; column <= right; column++) {
      const across = (column > left ? LEFT : 0) | (column < right ? RIGHT : 0)
      const down = (column === from.column ? UP : 0) | (column === to.column ? DOWN : 0)
      this.#join(crossRow, column, across | down)
    }
    for (let row = crossRow + 1; row <= to.row; row++) this.#join(row, to.column, UP | DOWN)
  }

  #join(row: number, column: number, directions: number): void {
    const key = `${row} ${column}`
    const all = (this.#directions.get(key) ?? 0) | directions
    this.#directions.set(key, all)
    this.write(row, column, [span(LINES[all]!, 'dim')])
  }

  lines(): ScreenLine[] {
    return this.#rows.map((marks) => {
      const spans: { text: string; style: Style }[] = []
      for (let column = 0; column < marks.length; column++) {
        const { text, style } = marks[column] ?? { text: ' ', style: 'plain' as const }
        const last = spans.at(-1)
        if (last?.style === style) last.text += text
        else spans.push({ text, style })
      }
      return spans
    })
  }
}
