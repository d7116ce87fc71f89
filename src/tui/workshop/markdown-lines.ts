// Markdown as lines of a terminal: of marked's tokens and our own lines. Code and drawings are never broken.
import { lexer, type Token, type Tokens } from 'marked'
import { displayWidth } from '../../output/display-width.ts'
import { renderTable } from '../../output/text-table.ts'
import { line, printable, span, type ScreenLine, type Span, type Style } from '../screen-line.ts'

/** Longer lines are hard to read, however wide the terminal is. */
const WIDTH_MAX = 84

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: ' ' }

function plain(text: string): string {
  const unescaped = text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_all, name: string) => ENTITIES[name]!)
  return printable(unescaped.replaceAll('\n', ' '))
}

/** The words of a paragraph, each with the style of what it stands in; a `\n` of its own breaks the line. */
function inlineSpans(tokens: readonly Token[], style: Style): Span[] {
  return tokens.flatMap((token): Span[] => {
    switch (token.type) {
      case 'strong':
      case 'em':
        return inlineSpans((token as Tokens.Strong).tokens, 'bold')
      case 'codespan':
        return [span(plain((token as Tokens.Codespan).text), 'heading')]
      case 'link': {
        const { href, text, tokens: inner } = token as Tokens.Link
        const shown = inlineSpans(inner, style)
        return href === text || href.startsWith('#') ? shown : [...shown, span(` (${plain(href)})`, 'dim')]
      }
      case 'br':
        return [span('\n', style)]
      case 'html':
        return []
      default: {
        const { tokens: inner, text, raw } = token as { tokens?: Token[]; text?: string; raw: string }
        return inner === undefined ? [span(plain(text ?? raw), style)] : inlineSpans(inner, style)
      }
    }
  })
}

/** Pieces that a line may be broken between: each a word, or parts of one in several styles. */
function wordsOf(spans: readonly Span[]): (Span[] | '\n')[] {
  const words: (Span[] | '\n')[] = []
  let word: Span[] = []
  const end = (): void => {
    if (word.length > 0) words.push(word)
    word = []
  }
  for (const { text, style } of spans) {
    if (text === '\n') {
      end()
      words.push('\n')
      continue
    }
    for (const [index, part] of text.split(' ').entries()) {
      if (index > 0) end()
      if (part !== '') word.push(span(part, style))
    }
  }
  end()
  return words
}

const widthOf = (spans: readonly Span[]): number => spans.reduce((sum, { text }) => sum + displayWidth(text), 0)

/** Between words of the same style the blank has it, too: what is marked stays in one piece. */
function joined(words: readonly Span[][]): ScreenLine {
  return words.flatMap((word, index) => {
    if (index === 0) return word
    const [before, after] = [words[index - 1]!.at(-1)!.style, word[0]!.style]
    return [span(' ', before === after ? before : 'plain'), ...word]
  })
}

function wrapped(spans: readonly Span[], columns: number): ScreenLine[] {
  const lines: ScreenLine[] = []
  let [current, width]: [Span[][], number] = [[], 0]
  const flush = (): void => {
    lines.push(joined(current))
    ;[current, width] = [[], 0]
  }
  for (const word of wordsOf(spans)) {
    if (word === '\n') {
      flush()
      continue
    }
    const wordWidth = widthOf(word)
    if (current.length > 0 && width + 1 + wordWidth > columns) flush()
    width += wordWidth + (current.length > 0 ? 1 : 0)
    current.push(word)
  }
  if (current.length > 0) flush()
  return lines
}

/** `first` before the first line, as many blanks before the others. */
function indented(lines: readonly ScreenLine[], first: string, others = ' '.repeat(displayWidth(first))): ScreenLine[] {
  return lines.map((each, index) =>
    each.length === 0 && others.trim() === '' && index > 0 ? each : [span(index === 0 ? first : others), ...each],
  )
}

function listLines({ items, ordered, start, loose }: Tokens.List, columns: number): ScreenLine[] {
  return items.flatMap((item, index) => {
    const mark = ordered ? `${Number(start || 1) + index}. ` : '- '
    const lines = blockLines(item.tokens, columns - mark.length, !loose)
    return [...(index > 0 && loose ? [[]] : []), ...indented(lines, mark)]
  })
}

function tableLines({ header, rows, align }: Tokens.Table): ScreenLine[] {
  const cell = ({ tokens }: Tokens.TableCell): string =>
    inlineSpans(tokens, 'plain')
      .map(({ text }) => text)
      .join('')
  const columns = header.map((each, index) => ({
    name: cell(each),
    align: align[index] === 'right' ? ('right' as const) : ('left' as const),
  }))
  const [head, ...rest] = renderTable(
    columns,
    rows.map((row) => row.map(cell)),
  ).split('\n')
  return [line(head!, 'bold'), ...rest.map((text) => line(text))]
}

function codeLines(text: string): ScreenLine[] {
  return text.split('\n').map((each) => line(`  ${printable(each)}`))
}

function tokenLines(token: Token, columns: number): ScreenLine[] | undefined {
  switch (token.type) {
    case 'space':
    case 'def':
    case 'html':
      return undefined
    case 'heading':
      return wrapped(inlineSpans((token as Tokens.Heading).tokens, 'bold'), columns)
    case 'code':
      return codeLines((token as Tokens.Code).text)
    case 'list':
      return listLines(token as Tokens.List, columns)
    case 'blockquote':
      return indented(blockLines((token as Tokens.Blockquote).tokens, columns - 2, false), '│ ', '│ ')
    case 'table':
      return tableLines(token as Tokens.Table)
    case 'hr':
      return [line('─'.repeat(Math.min(columns, 40)), 'dim')]
    default: {
      const { tokens, raw } = token as { tokens?: Token[]; raw: string }
      return wrapped(tokens === undefined ? [span(plain(raw))] : inlineSpans(tokens, 'plain'), columns)
    }
  }
}

/** Blocks with an empty line between them; none where they are parts of a tight list. */
function blockLines(tokens: readonly Token[], columns: number, isTight: boolean): ScreenLine[] {
  const lines: ScreenLine[] = []
  for (const token of tokens) {
    const own = tokenLines(token, columns)
    if (own === undefined) continue
    const isPart = isTight && token.type !== 'code'
    if (lines.length > 0 && !isPart) lines.push([])
    lines.push(...own)
  }
  return lines
}

export function markdownLines(text: string, columns: number): ScreenLine[] {
  return blockLines(lexer(text), Math.max(20, Math.min(columns, WIDTH_MAX)), false)
}
