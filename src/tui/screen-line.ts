// Lines of a screen as styled pieces of text: what a tab gives, and what a terminal is painted with. Pure.
import { stripVTControlCharacters } from 'node:util'
import { cutToWidth, displayWidth, padToWidth } from '../output/display-width.ts'

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
    width += displayWidth(character)
    if (width > columns) break
    taken += character
  }
  return taken
}

/** Exactly `columns` wide. */
export function fit(text: string, columns: number): string {
  return padToWidth(cutToWidth(text, columns), columns, 'left')
}

/** The line without what does not fit. */
export function cutLine(screenLine: ScreenLine, columns: number): ScreenLine {
  let room = columns
  const spans: Span[] = []
  for (const { text, style } of screenLine) {
    if (room <= 0) break
    const shown = cutToWidth(text, room)
    spans.push({ text: shown, style })
    if (shown !== text) break
    room -= displayWidth(shown)
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
    if (current !== '' && displayWidth(current) + 1 + displayWidth(word) > room()) flush()
    while (displayWidth(word) > room()) {
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
