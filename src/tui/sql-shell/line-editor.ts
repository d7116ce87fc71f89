// The editor in the terminal: keys in, the text redrawn, until a text is to be run.
import { setImmediate as nextRound } from 'node:timers/promises'
import { commonStart, isCompleteText, type Completion } from '../../services/sql-shell/sql-shell.ts'
import { suspendProcess } from '../suspend-process.ts'
import { terminalSize } from '../terminal-size.ts'
import { editorScreen } from './editor-screen.ts'
import { applyKey, emptyEditor, replaced, type EditorRequest, type EditorState, type KeyPress } from './editor-state.ts'
import type { TerminalKeys } from './terminal-keys.ts'

export interface LineEditorOptions {
  readonly keys: TerminalKeys
  readonly output: NodeJS.WriteStream
  readonly hasColors: boolean
  readonly history: () => readonly string[]
  readonly complete: (text: string, cursor: number) => Completion
  readonly isCommand: (text: string) => boolean
}

/** Undefined: the user leaves. */
export type TypedText = string | undefined

export class LineEditor {
  readonly #options: LineEditorOptions
  #state: EditorState = emptyEditor(0)
  /** Rows from the first drawn to the one with the cursor; undefined: nothing is drawn. */
  #cursorRow: number | undefined
  #done: ((text: TypedText) => void) | undefined
  #isDrawing = false

  constructor(options: LineEditorOptions) {
    this.#options = options
  }

  /** A text that is complete. */
  async read(signal: AbortSignal): Promise<TypedText> {
    const { keys, output } = this.#options
    if (signal.aborted) return undefined
    this.#state = emptyEditor(this.#options.history().length)
    const leave = (): void => this.#finish(undefined)
    output.on('resize', this.#onResize)
    signal.addEventListener('abort', leave)
    try {
      return await new Promise<TypedText>((resolve) => {
        this.#done = resolve
        this.#draw()
        keys.listen((key) => this.#onKey(key))
      })
    } finally {
      this.#done = undefined
      keys.listen(undefined)
      output.off('resize', this.#onResize)
      signal.removeEventListener('abort', leave)
    }
  }

  /** A line above what is being typed. */
  note(line: string): void {
    this.#erase()
    this.#options.output.write(`${line}\n`)
    if (this.#done !== undefined) this.#draw()
  }

  #onKey(key: KeyPress): void {
    const context = {
      history: this.#options.history(),
      isComplete: (text: string) => this.#options.isCommand(text) || isCompleteText(text),
    }
    const { state, request } = applyKey(this.#state, key, context)
    this.#state = state
    if (request === undefined) void this.#drawSoon()
    else this.#answer(request)
  }

  #answer(request: EditorRequest): void {
    const { text } = this.#state
    switch (request) {
      case 'submit':
        return this.#finish(text)
      case 'leave':
        return this.#finish(undefined)
      case 'interrupt':
        return this.#interrupt(text)
      case 'clear-screen':
        this.#options.output.write('\u001b[2J\u001b[H')
        this.#cursorRow = undefined
        return this.#draw()
      case 'suspend':
        return this.#suspend()
      case 'complete':
        this.#complete()
        return this.#draw()
    }
  }

  #interrupt(text: string): void {
    this.#state = { ...this.#state, cursor: text.length, offers: [] }
    this.#draw()
    const advice = text === '' ? '\n(Ctrl-D or \\q leaves)' : '^C'
    this.#options.output.write(`${advice}\n`)
    this.#cursorRow = undefined
    this.#state = emptyEditor(this.#options.history().length)
    this.#draw()
  }

  #complete(): void {
    const { text, cursor } = this.#state
    const { start, end, candidates } = this.#options.complete(text, cursor)
    if (candidates.length === 0) return
    const beginning = commonStart(candidates)
    const isLonger = beginning.length > cursor - start || candidates.length === 1
    if (isLonger) this.#state = replaced(this.#state, start, end, beginning)
    else this.#state = { ...this.#state, offers: candidates.map(({ label }) => label) }
  }

  #finish(text: TypedText): void {
    this.#options.keys.listen(undefined)
    this.#state = { ...this.#state, cursor: this.#state.text.length, offers: [] }
    this.#draw()
    this.#options.output.write('\n')
    this.#cursorRow = undefined
    const done = this.#done
    this.#done = undefined
    done?.(text)
  }

  #suspend(): void {
    const { keys, output } = this.#options
    suspendProcess({
      leave: () => {
        output.write('\n')
        this.#cursorRow = undefined
        keys.leaveRawMode()
      },
      back: () => {
        keys.enterRawMode()
        if (this.#done !== undefined) this.#draw()
      },
    })
  }

  readonly #onResize = (): void => {
    // the terminal has wrapped the lines anew: where the cursor is now follows from the new width
    if (this.#cursorRow !== undefined) this.#cursorRow = this.#screen().cursorRow
    this.#draw()
  }

  /** Keys that come together are drawn together. */
  async #drawSoon(): Promise<void> {
    if (this.#isDrawing) return
    this.#isDrawing = true
    await nextRound()
    this.#isDrawing = false
    if (this.#done !== undefined) this.#draw()
  }

  #screen(): ReturnType<typeof editorScreen> {
    const { output, hasColors } = this.#options
    return editorScreen(this.#state, terminalSize(output), hasColors)
  }

  #erase(): void {
    if (this.#cursorRow === undefined) return
    const up = this.#cursorRow === 0 ? '' : `\u001b[${this.#cursorRow}A`
    this.#options.output.write(`\r${up}\u001b[J`)
    this.#cursorRow = undefined
  }

  #draw(): void {
    const { lines, cursorRow, cursorColumn } = this.#screen()
    this.#erase()
    const back = lines.length - 1 - cursorRow
    const up = back === 0 ? '' : `\u001b[${back}A`
    const right = cursorColumn === 0 ? '' : `\u001b[${cursorColumn}C`
    this.#options.output.write(`${lines.join('\r\n')}\r${up}${right}`)
    this.#cursorRow = cursorRow
  }
}
