// Puts lines on a terminal's second screen, writing only those that changed. The terminal is as it was afterwards.
import { toAscii } from './glyphs.ts'
import { textOfLine, type ScreenLine, type Style } from './screen-line.ts'
import type { TerminalAbilities } from './terminal-abilities.ts'

// The cursor is hidden; lines are not wrapped, so that one that a terminal finds wider than we do breaks nothing.
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J'
const LEAVE = '\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l'
// Terminals that know it show all changes at once; others ignore it.
const [BEGIN_UPDATE, END_UPDATE] = ['\x1b[?2026h', '\x1b[?2026l'] as const
const CLEAR = '\x1b[2J'

const COLOURS: Readonly<Record<Style, string>> = {
  plain: '',
  bold: '1',
  dim: '2',
  heading: '36',
  good: '32',
  bad: '31',
  warning: '33',
  selected: '7',
}

export interface ScreenOutput {
  write(text: string): unknown
}

/** Without the end of the line. */
export function paintedLine(line: ScreenLine, { colour, unicode }: TerminalAbilities): string {
  if (!colour) return unicode ? textOfLine(line) : toAscii(textOfLine(line))
  return line
    .map(({ text, style }) => {
      const shown = unicode ? text : toAscii(text)
      return COLOURS[style] === '' ? shown : `\x1b[${COLOURS[style]}m${shown}\x1b[0m`
    })
    .join('')
}

export class ScreenPainter {
  readonly #output: ScreenOutput
  readonly #abilities: TerminalAbilities
  #shown: string[] = []
  #isEntered = false

  constructor(output: ScreenOutput, abilities: TerminalAbilities) {
    this.#output = output
    this.#abilities = abilities
  }

  /** Writes nothing where nothing changed. */
  paint(lines: readonly ScreenLine[]): void {
    const next = lines.map((line) => paintedLine(line, this.#abilities))
    let text = ''
    for (let row = 0; row < Math.max(next.length, this.#shown.length); row++) {
      if (next[row] === this.#shown[row]) continue
      // cleared before it is written: behind a full line the cursor still stands on its last character
      text += `\x1b[${row + 1};1H\x1b[2K${next[row] ?? ''}`
    }
    this.#shown = next
    if (text === '') return
    this.#output.write(this.#isEntered ? BEGIN_UPDATE + text + END_UPDATE : ENTER + text)
    this.#isEntered = true
  }

  /** The terminal has another size: whatever stands there is wrong. */
  forget(): void {
    this.#shown = []
    if (this.#isEntered) this.#output.write(CLEAR)
  }

  leave(): void {
    if (this.#isEntered) this.#output.write(LEAVE)
    this.#isEntered = false
  }
}
