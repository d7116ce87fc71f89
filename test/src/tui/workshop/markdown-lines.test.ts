import { describe, expect, it } from 'vitest'
import { textOfLine } from '../../../../src/tui/screen-line.ts'
import { markdownLines } from '../../../../src/tui/workshop/markdown-lines.ts'

const texts = (markdown: string, columns = 40): string[] => markdownLines(markdown, columns).map(textOfLine)

describe('Markdown in a terminal', () => {
  it('wraps paragraphs between words, an empty line between them', () => {
    expect(texts('One two three four five six seven\neight nine.\n\nTen.', 24)).toEqual([
      'One two three four five',
      'six seven eight nine.',
      '',
      'Ten.',
    ])
  })

  it('keeps the style of words, over line ends', () => {
    const [first, second] = markdownLines('a **bold text** and `some code` here and more of it', 26)
    expect(first!.filter(({ style }) => style === 'bold').map(({ text }) => text)).toEqual(['bold', ' ', 'text'])
    expect(textOfLine(first!)).toBe('a bold text and some code')
    expect(textOfLine(second!)).toBe('here and more of it')
  })

  it('leaves code and drawings as they are, however wide', () => {
    const drawing = 'topic ──▶ filter    ──▶ a table that is wider than the screen is'
    expect(texts(`Look:\n\n\`\`\`\n${drawing}\n\n  x\n\`\`\``, 30)).toEqual([
      'Look:',
      '',
      `  ${drawing}`,
      '  ',
      '    x',
    ])
  })

  it('indents lists and what belongs to an item', () => {
    expect(texts('1. first of the two items here\n2. second\n   - inner\n', 24)).toEqual([
      '1. first of the two',
      '   items here',
      '2. second',
      '   - inner',
    ])
  })

  it('shows tables, quotes, rules and where links lead', () => {
    expect(texts('| a | b |\n| - | -: |\n| x | 10 |\n\n> said\n\n---\n\n[page](https://x.org) <!-- no -->')).toEqual([
      'a   b',
      '-  --',
      'x  10',
      '',
      '│ said',
      '',
      '─'.repeat(40),
      '',
      'page (https://x.org)',
    ])
  })

  it('lets nothing move the cursor', () => {
    expect(texts('a \u001b[31m`b\u0007`').join('')).not.toMatch(/\p{Cc}/u)
    expect(texts('`a < b &amp; c`')).toEqual(['a < b & c'])
  })
})
