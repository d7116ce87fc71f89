import { describe, expect, it } from 'vitest'
import { alignedTable, singleText, StreamedTable, uprightTable } from '../../../src/output/result-table.ts'

const columns = [
  { name: 'name', type: 'VARCHAR(2147483647)' },
  { name: 'n', type: 'BIGINT NOT NULL' },
]
const rows = [
  ['a', '12'],
  ['世界', null],
  ['two\nlines\u001b[31m', '3'],
]

it('aligned: numbers right, wide letters as two, nothing that moves the cursor', () => {
  expect(alignedTable(columns, rows)).toEqual([
    '        name        |  n',
    '--------------------+------',
    ' a                  |   12',
    ' 世界               | NULL',
    ' two\\nlines\\x1b[31m |    3',
  ])
  expect(alignedTable(columns, rows, 4).slice(2)).toEqual([' a    |   12', ' 世界 | NULL', ' two… |    3'])
  expect(alignedTable(columns, [])).toEqual([' name | n', '------+---'])
})

it('upright: a block for each row, lines of a value below each other', () => {
  expect(uprightTable(columns, rows.slice(1))).toEqual([
    '-[ RECORD 1 ]',
    'name | 世界',
    'n    | NULL',
    '-[ RECORD 2 ]',
    'name | two',
    '     | lines\\x1b[31m',
    'n    | 3',
  ])
})

it('a plan is a text and no table', () => {
  expect(singleText([columns[0]!], [['== Plan ==\nScan\n']])).toBe('== Plan ==\nScan')
  expect(singleText([columns[0]!], [['one line']])).toBeUndefined()
})

describe('as rows arrive', () => {
  it('widths come from the types and the limit', () => {
    const table = new StreamedTable(columns, 6)
    expect([
      ...table.header(),
      table.row('+I', ['a', '1']),
      table.row('-U', ['longer than', null]),
      table.rule,
    ]).toEqual([
      '+----+--------+--------+',
      '| op | name   |      n |',
      '+----+--------+--------+',
      '| +I | a      |      1 |',
      '| -U | longe… |   NULL |',
      '+----+--------+--------+',
    ])
  })
})
