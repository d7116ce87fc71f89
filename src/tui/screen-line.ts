// Lines of a screen as styled pieces of text: what a tab gives, and what a terminal is painted with. Pure.
import { stripVTControlCharacters } from 'node:util'

export type Style = 'plain' | 'bold' | 'dim' | 'heading' | 'good' | 'bad' | 'warning' | 'selected'

export interface Span {
  readonly text: string
  readonly style: Style
}
export type ScreenLine = readonly Span[]

export function span(text: string, style: Style = 'plain'): Span {
  return { text, style }
}

export function line(text: string, style: Style = 'plain'): ScreenLine {
  return [span(text, style)]
}

export function textOfLine(screenLine: ScreenLine): string {
  return screenLine.map(({ text }) => text).join('')
}

const NARROW = /^[\x20-\x7e\u2010-\u2027\u2190-\u21ff\u2500-\u25ff]*$/
const MARKS = /\p{Mn}|\u200d/u
/** East Asian Wide and Fullwidth, and emoji: two columns each. Source: UAX #11. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
]

function characterWidth(character: string): number {
  if (MARKS.test(character)) return 0
  const point = character.codePointAt(0)!
  return WIDE.some(([first, last]) => point >= first && point <= last) ? 2 : 1
}

/** Columns that the text takes in a terminal. */
export function textWidth(text: string): number {
  if (NARROW.test(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

const CONTROL = /\p{Cc}/u
const CONTROLS = /\p{Cc}/gu

/** What others wrote, made safe to print: no escape sequences, no control characters. */
export function printable(text: string): string {
  if (!CONTROL.test(text)) return text
  return stripVTControlCharacters(text).replaceAll('\t', '  ').replaceAll(CONTROLS, ' ')
}

function firstColumns(text: string, columns: number): string {
  let width = 0
  let taken = ''
  for (const character of text) {
    width += characterWidth(character)
    if (width > columns) break
    taken += character
  }
  return taken
}

/** Cut to `columns`, with `…` where something is missing. */
export function cut(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text
  return columns <= 1 ? firstColumns(text, Math.max(0, columns)) : `${firstColumns(text, columns - 1)}…`
}

/** Exactly `columns` wide. */
export function fit(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const shown = cut(text, columns)
  const space = ' '.repeat(Math.max(0, columns - textWidth(shown)))
  return align === 'left' ? shown + space : space + shown
}

/** The line without what does not fit. */
export function cutLine(screenLine: ScreenLine, columns: number): ScreenLine {
  let room = columns
  const spans: Span[] = []
  for (const { text, style } of screenLine) {
    if (room <= 0) break
    const shown = cut(text, room)
    spans.push({ text: shown, style })
    if (shown !== text) break
    room -= textWidth(shown)
  }
  return spans
}

/** Broken between words, and within those that are too long; lines after the first are indented. */
export function wrapText(text: string, columns: number, indent = 0): string[] {
  const width = Math.max(1, columns)
  const lines: string[] = []
  let current = ''
  const room = (): number => Math.max(1, width - (lines.length === 0 ? 0 : indent))
  const flush = (): void => {
    lines.push((lines.length === 0 ? '' : ' '.repeat(Math.min(indent, width - 1))) + current)
    current = ''
  }
  const leading = /^ */.exec(text)![0]
  let prefix = leading.length < width ? leading : ''
  for (let word of text.trim().split(' ')) {
    if (prefix !== '') [word, prefix] = [prefix + word, '']
    if (current !== '' && textWidth(current) + 1 + textWidth(word) > room()) flush()
    while (textWidth(word) > room()) {
      if (current !== '') flush()
      current = firstColumns(word, room())
      word = word.slice(current.length)
      if (current === '') break // wider than the screen
      flush()
    }
    current = current === '' ? word : `${current} ${word}`
  }
  flush()
  return lines
}
