// Where the editor's text stands in the terminal: prompts, lines that are wrapped, colours, the cursor. Pure.
import { cutToWidth, displayWidth, padToWidth } from '../../output/display-width.ts'
import { scanSql } from '../../services/sql-shell/sql-shell.ts'
import type { EditorState } from './editor-state.ts'

export const PROMPT = 'flinkts> '
const CONTINUATION = '    ...> '

const COLORS = { keyword: '36', string: '32', identifier: '33', number: '35', comment: '90' } as const
const DIM = '90'

export interface EditorScreen {
  /** With colours, at most `rows` of them. */
  readonly lines: readonly string[]
  readonly cursorRow: number
  readonly cursorColumn: number
}

export interface ScreenSize {
  readonly columns: number
  readonly rows: number
}

const painted = (text: string, color: string | undefined): string =>
  color === undefined || text === '' ? text : `\u001b[${color}m${text}\u001b[39m`

/** The colour of each character of SQL text. */
function colorsOf(text: string): readonly (string | undefined)[] {
  const colors = new Array<string | undefined>(text.length)
  for (const { kind, start, end } of scanSql(text))
    if (kind in COLORS) colors.fill(COLORS[kind as keyof typeof COLORS], start, end)
  return colors
}

/** Rows of at most `columns`, filled one character after the other. */
class Layout {
  readonly #columns: number
  readonly lines: string[] = []
  #line = ''
  #run = ''
  #color: string | undefined
  width = 0

  constructor(columns: number) {
    this.#columns = columns
  }

  get row(): number {
    return this.lines.length
  }

  put(text: string, color: string | undefined): void {
    const width = displayWidth(text)
    if (this.width + width > this.#columns) this.endLine()
    if (color !== this.#color) this.#flush(color)
    this.#run += text
    this.width += width
  }

  /** The cursor stands behind the last column: on the next row. */
  wrapIfFull(): void {
    if (this.width >= this.#columns) this.endLine()
  }

  endLine(): void {
    this.#flush(undefined)
    this.lines.push(this.#line)
    this.#line = ''
    this.width = 0
  }

  #flush(color: string | undefined): void {
    this.#line += painted(this.#run, this.#color)
    this.#run = ''
    this.#color = color
  }
}

/** Candidates in columns, as many as have room. */
export function offerLines(offers: readonly string[], { columns, rows }: ScreenSize): string[] {
  if (offers.length === 0) return []
  const width = Math.min(columns, Math.max(...offers.map(displayWidth)) + 2)
  const across = Math.max(1, Math.floor(columns / width))
  const down = Math.ceil(offers.length / across)
  const shownRows = Math.max(1, Math.min(down, rows))
  const lines = Array.from({ length: shownRows }, (_, row) =>
    Array.from({ length: across }, (_, column) => offers[column * down + row])
      .filter((offer) => offer !== undefined)
      .map((offer) => padToWidth(cutToWidth(offer, width - 1), width, 'left'))
      .join('')
      .trimEnd(),
  )
  if (down <= shownRows) return lines
  const left = offers.length - (shownRows - 1) * across
  return [...lines.slice(0, -1), `… and ${left} more`]
}

function promptsOf({ search }: EditorState): [first: string, next: string] {
  if (search === undefined) return [PROMPT, CONTINUATION]
  const failed = search.isFound ? '' : 'failed '
  return [`(${failed}search)'${search.query}': `, CONTINUATION]
}

/** What is drawn, and where the cursor is in it. */
export function editorScreen(state: EditorState, size: ScreenSize, hasColors: boolean): EditorScreen {
  const { text, cursor } = state
  const colors = hasColors && !text.startsWith('\\') ? colorsOf(text) : []
  const dim = hasColors ? DIM : undefined
  const layout = new Layout(size.columns)
  const [first, next] = promptsOf(state)
  for (const character of first) layout.put(character, dim)
  let [cursorRow, cursorColumn] = [0, 0]
  for (let offset = 0; offset <= text.length;) {
    const character = offset < text.length ? String.fromCodePoint(text.codePointAt(offset)!) : ''
    if (offset === cursor) {
      layout.wrapIfFull()
      ;[cursorRow, cursorColumn] = [layout.row, layout.width]
    }
    if (character === '\n') {
      layout.endLine()
      for (const part of next) layout.put(part, dim)
    } else if (character !== '') layout.put(character, colors[offset])
    offset += Math.max(1, character.length)
  }
  layout.endLine()
  const offers = offerLines(state.offers, { columns: size.columns - 1, rows: Math.max(1, Math.min(8, size.rows - 2)) })
  return windowed([...layout.lines, ...offers.map((line) => painted(line, dim))], cursorRow, cursorColumn, size.rows)
}

/** As many rows as the terminal has, around the cursor. */
function windowed(lines: readonly string[], cursorRow: number, cursorColumn: number, rows: number): EditorScreen {
  if (lines.length <= rows) return { lines, cursorRow, cursorColumn }
  const from = Math.max(0, Math.min(cursorRow - Math.floor(rows / 2), lines.length - rows))
  return { lines: lines.slice(from, from + rows), cursorRow: cursorRow - from, cursorColumn }
}
