import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChangelogRows, MaterializedRows, type RowChange } from '../../../../src/services/sql-shell/result-rows.ts'

const changes = (text: string): RowChange[] =>
  text.split(' ').map((word) => ({ op: word.slice(0, 2) as RowChange['op'], row: [word.slice(2)] }))

function table(text: string, limit = 100): { rows: string[]; dropped: number } {
  const rows = new MaterializedRows(limit)
  for (const change of changes(text)) rows.add(change)
  return { rows: rows.slice(0, 1000).map(({ row }) => row[0]!), dropped: rows.dropped }
}

describe('a materialised table', () => {
  it.each([
    ['+Ia +Ib +Ic', 'abc'],
    ['+Ia +Ib -Ua +Ux', 'xb'],
    ['+Ia +Ia -Da', 'a'],
    ['+Ia +Ib -Da +Ic', 'bc'],
    ['+Ia -Ua', ''],
    ['+Ua', 'a'],
    ['-Dz +Ia', 'a'],
    ['+Ia +Ib -Da +Ux', 'bx'],
  ])('%s → %s', (text, rows) => expect(table(text).rows.join('')).toBe(rows))
  it('lets the oldest rows go, and passes over what retracts them', () => {
    expect(table('+Ia +Ib +Ic -Ua +Ux', 2)).toEqual({ rows: ['c', 'x'], dropped: 2 })
  })
  it('holds the same rows as a plain list, however often it is tidied up', () => {
    const change = fc.record({ isAdded: fc.boolean(), value: fc.integer({ min: 0, max: 8 }) })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 400 }), (list) => {
        const rows = new MaterializedRows(1000)
        const model: string[] = []
        for (const { isAdded, value } of list) {
          const text = String(value)
          rows.add({ op: isAdded ? '+I' : '-D', row: [text] })
          if (isAdded) model.push(text)
          else if (model.includes(text)) model.splice(model.lastIndexOf(text), 1)
        }
        expect(rows.slice(0, 1000).map(({ row }) => row[0])).toEqual(model)
        expect(rows.size).toBe(model.length)
      }),
    )
  })
})

it('a changelog keeps the last changes', () => {
  const rows = new ChangelogRows(3)
  for (let index = 0; index < 100; index++) rows.add({ op: '+I', row: [String(index)] })
  expect(rows.slice(0, 9).map(({ row }) => row[0])).toEqual(['97', '98', '99'])
  expect([rows.size, rows.changes, rows.dropped]).toEqual([3, 100, 97])
})
