// A question with a few answers, asked where the cursor stands: arrows or a number choose. The terminal keeps one line of
// it, the question with its answer.
import { cutToWidth, padToWidth } from '../output/display-width.ts'
import { toAscii } from './glyphs.ts'
import { readKeys } from './read-keys.ts'
import type { TerminalAbilities } from './terminal-abilities.ts'
import { terminalSize } from './terminal-size.ts'
import { unanswered } from './unanswered.ts'

export interface Choice {
  readonly name: string
  readonly description: string
}

export interface QuestionTerminal {
  readonly input: NodeJS.ReadStream
  readonly output: { readonly columns?: number; write(text: string): unknown }
  readonly abilities: TerminalAbilities
}

const HINT = '↑ ↓ or a number, Enter; Ctrl-C: leave everything as it is'

/** What a key makes of the selection; `taken`: that is the answer. Undefined: it says nothing here. */
export function moveChoice(
  key: string,
  selected: number,
  count: number,
): { readonly selected: number; readonly taken: boolean } | undefined {
  const number = Number(key)
  if (/^[1-9]$/.test(key) && number <= count) return { selected: number - 1, taken: true }
  switch (key) {
    case 'enter':
      return { selected, taken: true }
    case 'up':
    case 'k':
    case 'shift-tab':
      return { selected: (selected + count - 1) % count, taken: false }
    case 'down':
    case 'j':
    case 'tab':
      return { selected: (selected + 1) % count, taken: false }
    case 'home':
      return { selected: 0, taken: false }
    case 'end':
      return { selected: count - 1, taken: false }
    default:
      return undefined
  }
}

function questionLines(question: string, choices: readonly Choice[], selected: number): string[] {
  const width = Math.max(...choices.map(({ name }) => name.length))
  return [
    question,
    ...choices.map(({ name, description }, index) => {
      const marker = index === selected ? '>' : ' '
      return `${marker} ${index + 1} ${padToWidth(name, width, 'left')}  ${description}`
    }),
    HINT,
  ]
}

/** The index of the answer. Rejects with an AbortError where there is none. */
export function choose(
  question: string,
  choices: readonly Choice[],
  { input, output, abilities }: QuestionTerminal,
): Promise<number> {
  let selected = 0
  let shownLines = 0
  const erase = (): string => (shownLines === 0 ? '' : `\r\u001b[${shownLines - 1}A\u001b[J`)
  const show = (): void => {
    // one column is left free: a full line would wrap on some terminals
    const columns = terminalSize(output).columns - 1
    const lines = questionLines(question, choices, selected).map((line, index) => {
      const text = cutToWidth(line, columns)
      const styled = !abilities.colour ? '' : index === selected + 1 ? '1' : index === choices.length + 1 ? '2' : ''
      const written = abilities.unicode ? text : toAscii(text)
      return styled === '' ? written : `\u001b[${styled}m${written}\u001b[0m`
    })
    output.write(erase() + lines.join('\r\n'))
    shownLines = lines.length
  }
  return new Promise((resolve, reject) => {
    const close = (lastLine: string): void => {
      giveBack()
      input.off('end', leave)
      output.write(`${erase()}${lastLine}`)
    }
    const leave = (): void => {
      close('')
      reject(unanswered())
    }
    const giveBack = readKeys(input, (key) => {
      if (['ctrl-c', 'ctrl-d', 'escape'].includes(key)) {
        leave()
        return
      }
      const moved = moveChoice(key, selected, choices.length)
      if (moved === undefined) return
      selected = moved.selected
      if (!moved.taken) {
        show()
        return
      }
      close(`${question} ${choices[selected]!.name}\r\n`)
      resolve(selected)
    })
    input.once('end', leave)
    show()
  })
}
