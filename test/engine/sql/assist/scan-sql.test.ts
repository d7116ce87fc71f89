import fc from 'fast-check'
import { expect, it } from 'vitest'
import { scanSql } from '../../../../engine/sql/assist/scan-sql.ts'

const parts = (text: string): string[] =>
  scanSql(text).map(({ kind, start, end }) => `${kind} ${text.slice(start, end)}`)

it('cuts a statement into its parts', () => {
  expect(parts("SELECT a1, `b c`, 'it''s' -- end\nFROM t WHERE x >= 1.5e3;")).toEqual([
    'keyword SELECT',
    'word a1',
    'symbol ,',
    'identifier `b c`',
    'symbol ,',
    "string 'it''s'",
    'comment -- end',
    'keyword FROM',
    'word t',
    'keyword WHERE',
    'word x',
    'symbol >',
    'symbol =',
    'number 1.5e3',
    'symbol ;',
  ])
})

it.each(["SELECT 'it''", "SELECT 'it''s", 'SELECT `a', 'SELECT 1 /* no end'])('%s is not closed', (text) => {
  expect(scanSql(text).at(-1)!.isClosed).toBe(false)
})
it.each(["SELECT 'it''s'", 'SELECT `a`', 'SELECT 1 /* end */', 'SELECT 1 -- end', "SELECT ''"])(
  '%s is closed',
  (text) => {
    expect(scanSql(text).at(-1)!.isClosed).toBe(true)
  },
)

it('takes any text: parts are in order and hold everything but blanks', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("'", '`', '-', '/', '*', '+', ';', 'a', '1', ' ', '\n', 'é', '😀') }),
      (text) => {
        let last = 0
        for (const { start, end } of scanSql(text)) {
          expect(text.slice(last, start).trim()).toBe('')
          expect(end).toBeGreaterThan(start)
          last = end
        }
        expect(text.slice(last).trim()).toBe('')
      },
    ),
  )
})
