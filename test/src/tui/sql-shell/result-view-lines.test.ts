import { describe, expect, it } from 'vitest'
import { ChangelogRows, MaterializedRows, type ResultRows } from '../../../../src/services/sql-shell/result-rows.ts'
import { firstRow, resultViewLines, type ResultViewState } from '../../../../src/tui/sql-shell/result-view-lines.ts'

const size = { columns: 60, rows: 8 }
function view(rows: ResultRows, more: Partial<ResultViewState> = {}): ResultViewState {
  const columns = [
    { name: 'zone', type: 'STRING' },
    { name: 'trips', type: 'BIGINT' },
  ]
  return {
    mode: 'table',
    columns,
    rows,
    title: 'job 1',
    elapsedMs: 3400,
    top: undefined,
    left: 0,
    columnWidthMax: 8,
    ...more,
  }
}
const lines = (state: ResultViewState): string[] => resultViewLines(state, size).map(({ text }) => text)

function filled<R extends ResultRows>(rows: R, count: number): R {
  for (let index = 0; index < count; index++) rows.add({ op: '+I', row: [`zone ${index}`, String(index)] })
  return rows
}

describe('table', () => {
  it('fills the screen: title, header, rows, status', () => {
    expect(lines(view(filled(new MaterializedRows(100), 2)))).toEqual([
      'job 1   table',
      ' zone   | trips',
      '--------+-------',
      ' zone 0 |     0',
      ' zone 1 |     1',
      '',
      '',
      expect.stringMatching(/^rows 1–2 of 2 {2}2 changes {2}3 s {3}q stop/),
    ])
  })
  it('scrolls down and to the right, cuts wide values', () => {
    const rows = filled(new MaterializedRows(100), 20)
    rows.add({ op: '+I', row: ['a very long name', null] })
    expect(
      lines(view(rows, { top: 99 }))
        .slice(3, 7)
        .at(-1),
    ).toBe(' a very … |  NULL')
    expect(lines(view(rows, { left: 1 }))[1]).toBe(' trips')
  })
  it('says what is not kept, and fits the width', () => {
    const shown = resultViewLines(view(filled(new MaterializedRows(5), 20)), { columns: 140, rows: 8 })
    expect(shown.at(-1)!.text).toContain('15 older ones not kept')
    expect(
      Math.max(...lines(view(filled(new MaterializedRows(5), 20))).map((line) => line.length)),
    ).toBeLessThanOrEqual(60)
  })
})

it('a changelog shows its end and the kinds of changes', () => {
  const rows = filled(new ChangelogRows(100), 9)
  rows.add({ op: '-U', row: ['zone 8', '8'] })
  expect(
    lines(view(rows, { mode: 'changelog' }))
      .slice(3, 7)
      .at(-1),
  ).toBe(' -U | zone 8 |     8')
  expect(firstRow(view(rows, { mode: 'changelog' }), size)).toBe(6)
})
