// One line at the bottom of a terminal that is written over; nothing at all where standard error is no terminal.
import { terminalSize } from './terminal-size.ts'

const CLEAR_LINE = '\r\u001b[K'

export interface StatusLine {
  /** Undefined where nobody looks: then there is nothing to make a line for. */
  readonly show: ((line: (columns: number) => string) => void) | undefined
  /** A line that stays, above the status. */
  note(line: string): void
  /** Removes the status. */
  close(): void
}

export function openStatusLine(stream: NodeJS.WriteStream): StatusLine {
  const isShown = stream.isTTY === true && process.env['CI'] === undefined && process.env['TERM'] !== 'dumb'
  let last = ''
  const clear = (): void => {
    if (last !== '') stream.write(CLEAR_LINE)
  }
  return {
    show: isShown
      ? (line) => {
          const next = line(terminalSize(stream).columns)
          if (next === last) return
          last = next
          stream.write(CLEAR_LINE + next)
        }
      : undefined,
    note(line) {
      clear()
      stream.write(`${line}\n${last}`)
    },
    close() {
      clear()
      last = ''
    },
  }
}
