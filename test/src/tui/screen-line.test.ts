import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { bar, sparkline, toAscii } from '../../../src/tui/glyphs.ts'
import { cutStartToWidth, cutToWidth, displayWidth } from '../../../src/output/display-width.ts'
import { fit, wrapText } from '../../../src/tui/screen-line.ts'
import { RedrawBudget } from '../../../src/tui/redraw-budget.ts'

const texts = fc.string({ unit: fc.constantFrom('a', 'bc', ' ', '漢', 'é', '…', '█', '😀') })

test('text is cut and filled to columns, also where characters are two columns wide', () => {
  expect(cutToWidth('漢字漢字', 5)).toBe('漢字…')
  expect(fit('ab', 4)).toBe('ab  ')
  expect(cutStartToWidth('漢字漢字', 5)).toBe('…漢字')
  expect(cutStartToWidth('/checkpoints/chk-12', 8)).toBe('…/chk-12')
  expect(cutStartToWidth('/chk-12', 7)).toBe('/chk-12')
  expect(cutStartToWidth('/chk-12', 0)).toBe('')
  fc.assert(
    fc.property(
      texts,
      fc.integer({ min: 1, max: 30 }),
      (text, columns) => displayWidth(fit(text, columns)) === columns,
    ),
  )
})

test('wrapped text keeps every character and fits', () => {
  expect(wrapText('one two three', 8, 2)).toEqual(['one two', '  three'])
  expect(wrapText('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij'])
  expect(wrapText('  indented text', 12)).toEqual(['  indented', 'text'])
  fc.assert(
    fc.property(texts, fc.integer({ min: 8, max: 30 }), fc.integer({ min: 0, max: 4 }), (text, columns, indent) => {
      const lines = wrapText(text, columns, indent)
      expect(lines.every((line) => displayWidth(line) <= columns)).toBe(true)
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
    }),
  )
})

test('bars and sparklines have the columns they were given', () => {
  expect(bar(50, 4)).toBe('██░░')
  expect(bar(0.1, 4)).toBe('█░░░')
  expect(bar(250, 4)).toBe('████')
  expect(sparkline([0, 50, 100], 5)).toBe('  ▁▅█')
  expect(sparkline([], 3)).toBe('   ')
  expect(toAscii('busy ██░░ …')).toBe('busy ##.. ~')
})

test('four redraws at once, then four a second', () => {
  let now = 1_000
  const budget = new RedrawBudget(() => now)
  expect([1, 2, 3, 4, 5].map(() => budget.take())).toEqual([0, 0, 0, 0, 250])
  now += 249
  expect(budget.take()).toBe(1)
  now += 1
  expect(budget.take()).toBe(0)
  expect(budget.take()).toBe(250)
  now += 60_000
  expect([1, 2, 3, 4, 5].filter(() => budget.take() === 0)).toHaveLength(4)
})
