// Holds a terminal for a screen: its keys, its second screen, its size. The terminal is as it was when the screen is closed,
// at whatever ends the process, and while the program is suspended (Ctrl-Z).
import { readKeys } from './read-keys.ts'
import type { ScreenLine } from './screen-line.ts'
import { ScreenPainter } from './screen-painter.ts'
import { suspendProcess } from './suspend-process.ts'
import { terminalAbilities } from './terminal-abilities.ts'
import { terminalSize, type TerminalSize } from './terminal-size.ts'

/** A terminal, as process.stdin and process.stdout are. */
export interface ScreenTerminal {
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
}

export interface ScreenEvents {
  readonly press: (key: string) => void
  /** The terminal has another size, or is ours again: nothing that was painted stands there. */
  readonly redraw: () => void
}

export class HeldScreen {
  readonly #terminal: ScreenTerminal
  readonly #events: ScreenEvents
  readonly #painter: ScreenPainter
  #isClosed = false
  /** Undefined: the terminal is not ours. */
  #endKeys: (() => void) | undefined

  constructor(terminal: ScreenTerminal, events: ScreenEvents) {
    this.#terminal = terminal
    this.#events = events
    this.#painter = new ScreenPainter(terminal.output, terminalAbilities(process.env, process.platform))
  }

  open(): void {
    process.once('exit', this.#leave) // also when a second Ctrl-C ends the process at once
    this.#terminal.output.on('resize', this.#redraw)
    this.#takeKeys()
  }

  /** False while the program is suspended. */
  get isHeld(): boolean {
    return this.#endKeys !== undefined
  }

  get size(): TerminalSize {
    return terminalSize(this.#terminal.output)
  }

  /** Writes nothing while the terminal is not ours. */
  paint(lines: readonly ScreenLine[]): void {
    if (this.isHeld) this.#painter.paint(lines)
  }

  /** Gives the terminal back. */
  close(): void {
    this.#isClosed = true
    this.#giveBack()
    this.#terminal.output.off('resize', this.#redraw)
    process.off('exit', this.#leave)
  }

  readonly #leave = (): void => this.#painter.leave()

  readonly #redraw = (): void => {
    this.#painter.forget()
    this.#events.redraw()
  }

  #takeKeys(): void {
    this.#endKeys = readKeys(this.#terminal.input, (key) =>
      key === 'ctrl-z' ? this.#suspend() : this.#events.press(key),
    )
  }

  #giveBack(): void {
    this.#endKeys?.()
    this.#endKeys = undefined
    this.#painter.leave()
  }

  #suspend(): void {
    suspendProcess({
      leave: () => this.#giveBack(),
      back: () => {
        if (this.#isClosed) return
        this.#takeKeys()
        this.#redraw()
      },
    })
  }
}
