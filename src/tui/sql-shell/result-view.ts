// The live view of a query on the terminal's second screen. Drawn at most four times a second, and only when something
// changed.
import type { ResultColumn } from '../../output/result-table.ts'
import type { ResultRows } from '../../services/sql-shell/result-rows.ts'
import { terminalSize, type TerminalSize } from '../terminal-size.ts'
import type { KeyPress } from './editor-state.ts'
import { firstRow, resultViewLines, rowsPerPage, type ResultViewState } from './result-view-lines.ts'

const REDRAW_MS = 250
/** The clock of the status line. */
const TICK_MS = 1000

const ENTER_SCREEN = '\u001b[?1049h\u001b[?25l\u001b[H'
export const LEAVE_SCREEN = '\u001b[?25h\u001b[?1049l'

const STYLES = { plain: ['', ''], bold: ['\u001b[1m', '\u001b[22m'], dim: ['\u001b[2m', '\u001b[22m'] } as const

export interface ResultViewOptions {
  readonly output: NodeJS.WriteStream
  readonly mode: ResultViewState['mode']
  readonly columns: readonly ResultColumn[]
  readonly rows: ResultRows
  readonly columnWidthMax: number
  readonly onStop: () => void
}

export class ResultView {
  readonly #options: ResultViewOptions
  readonly #startedAt = performance.now()
  readonly #ticking: NodeJS.Timeout
  #timer: NodeJS.Timeout | undefined
  #drawnAt = -REDRAW_MS
  #drawn = ''
  #title = 'starting …'
  #top: number | undefined
  #left = 0
  #isPaused = false

  constructor(options: ResultViewOptions) {
    this.#options = options
    options.output.write(ENTER_SCREEN)
    options.output.on('resize', this.#onResize)
    this.#ticking = setInterval(() => this.changed(), TICK_MS)
    this.changed()
  }

  setTitle(title: string): void {
    this.#title = title
    this.changed()
  }

  /** Rows came: draws soon. */
  changed(): void {
    if (this.#timer !== undefined) return
    const wait = Math.max(0, REDRAW_MS - (performance.now() - this.#drawnAt))
    this.#timer = setTimeout(() => this.#draw(), wait)
  }

  onKey(key: KeyPress): void {
    const state = this.#state()
    const size = this.#size()
    const page = rowsPerPage(size)
    const to = (row: number): void => void (this.#top = Math.max(0, row))
    const name = key.name ?? key.text
    if (name === 'q' || (key.ctrl && name === 'c')) return this.#options.onStop()
    if (name === 'up' || name === 'k') to(firstRow(state, size) - 1)
    else if (name === 'down' || name === 'j') to(firstRow(state, size) + 1)
    else if (name === 'pageup') to(firstRow(state, size) - page)
    else if (name === 'pagedown' || name === ' ') to(firstRow(state, size) + page)
    else if (name === 'home' || name === 'g') to(0)
    else if (name === 'end' || name === 'G') to(Number.MAX_SAFE_INTEGER)
    else if (name === 'left' || name === 'h') this.#left = Math.max(0, this.#left - 1)
    else if (name === 'right' || name === 'l') this.#left = Math.min(this.#options.columns.length - 1, this.#left + 1)
    else return
    // at its end a changelog follows what comes
    const isAtEnd = (this.#top ?? 0) >= this.#options.rows.size - page
    if (this.#options.mode === 'changelog' && isAtEnd && this.#top !== 0) this.#top = undefined
    this.changed()
  }

  /** Gives the terminal back until `resume`. */
  pause(): void {
    this.#isPaused = true
    this.#options.output.write(LEAVE_SCREEN)
  }

  resume(): void {
    this.#isPaused = false
    this.#drawn = ''
    this.#options.output.write(ENTER_SCREEN)
    this.changed()
  }

  /** The first screen again, as it was. */
  close(): void {
    clearInterval(this.#ticking)
    clearTimeout(this.#timer)
    this.#options.output.off('resize', this.#onResize)
    this.#options.output.write(LEAVE_SCREEN)
  }

  readonly #onResize = (): void => {
    this.#drawn = ''
    this.changed()
  }

  #size(): TerminalSize {
    return terminalSize(this.#options.output)
  }

  #state(): ResultViewState {
    const { mode, columns, rows, columnWidthMax } = this.#options
    const elapsedMs = performance.now() - this.#startedAt
    const [top, left, title] = [this.#top, this.#left, this.#title]
    return { mode, columns, rows, title, elapsedMs, top, left, columnWidthMax }
  }

  #draw(): void {
    this.#timer = undefined
    if (this.#isPaused) return
    this.#drawnAt = performance.now()
    const lines = resultViewLines(this.#state(), this.#size()).map(({ text, style }) => {
      const [on, off] = STYLES[style]
      return `${on}${text}${off}\u001b[K`
    })
    const screen = lines.join('\r\n')
    if (screen === this.#drawn) return
    this.#drawn = screen
    this.#options.output.write(`\u001b[H${screen}\u001b[J`)
  }
}
