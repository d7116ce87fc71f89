// The keys of a terminal in raw mode, pasted text in one piece. Keys that nobody has asked for yet wait.
import { emitKeypressEvents, type Key } from 'node:readline'
import type { KeyPress } from './editor-state.ts'

const BRACKETED_PASTE_ON = '\u001b[?2004h'
const BRACKETED_PASTE_OFF = '\u001b[?2004l'

/** One of Node's keypress events as the editor wants it. */
export function keyPressOf(text: string | undefined, key: Key): KeyPress {
  const { name, ctrl = false, meta = false, sequence = '' } = key
  // Node names letters of either case alike, and Ctrl-_ not at all
  if (sequence === '\u001f') return { name: '_', text: '', ctrl: true, meta: false }
  const isCharacter = text !== undefined && !ctrl && !meta
  const known = isCharacter && [...text].length === 1 && text >= ' ' && name !== 'backspace'
  if (known) return { name: undefined, text, ctrl, meta }
  return { name: name ?? (meta ? sequence.slice(1) : undefined), text: isCharacter ? text : '', ctrl, meta }
}

export class TerminalKeys {
  readonly #input: NodeJS.ReadStream
  readonly #output: NodeJS.WriteStream
  readonly #waiting: KeyPress[] = []
  #listener: ((key: KeyPress) => void) | undefined
  #watcher: ((key: KeyPress) => boolean) | undefined
  #pasted: string | undefined

  constructor(input: NodeJS.ReadStream, output: NodeJS.WriteStream) {
    this.#input = input
    this.#output = output
    emitKeypressEvents(input)
  }

  open(): void {
    this.#input.on('keypress', this.#onKeyPress)
    this.enterRawMode()
    this.#input.resume()
  }

  /** Also after the process was suspended. */
  enterRawMode(): void {
    this.#input.setRawMode(true)
    this.#output.write(BRACKETED_PASTE_ON)
  }

  leaveRawMode(): void {
    this.#output.write(BRACKETED_PASTE_OFF)
    this.#input.setRawMode(false)
  }

  close(): void {
    this.#input.off('keypress', this.#onKeyPress)
    this.leaveRawMode()
    this.#input.pause()
  }

  /** From now on keys go to `listener`, first those that wait. Undefined: they wait. */
  listen(listener: ((key: KeyPress) => void) | undefined): void {
    this.#listener = listener
    while (this.#listener === listener && listener !== undefined && this.#waiting.length > 0)
      listener(this.#waiting.shift()!)
  }

  /** While nobody listens: keys that `watcher` does not take wait. */
  watch(watcher: ((key: KeyPress) => boolean) | undefined): void {
    this.#watcher = watcher
  }

  readonly #onKeyPress = (text: string | undefined, key: Key): void => {
    if (key.name === 'paste-start') this.#pasted = ''
    else if (key.name === 'paste-end') {
      const pasted = this.#pasted ?? ''
      this.#pasted = undefined
      this.#give({ name: 'paste', text: pasted, ctrl: false, meta: false })
    } else if (this.#pasted !== undefined) this.#pasted += text ?? key.sequence ?? ''
    else this.#give(keyPressOf(text, key))
  }

  #give(key: KeyPress): void {
    if (this.#listener !== undefined) this.#listener(key)
    else if (this.#watcher?.(key) !== true) this.#waiting.push(key)
  }
}
