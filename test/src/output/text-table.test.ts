import { expect, test } from 'vitest'
import { renderTable } from '../../../src/output/text-table.ts'

test('sets columns to their widest cell, numbers right, NULL by name', () => {
  const table = renderTable(
    [{ name: 'zone' }, { name: 'trips', align: 'right' }],
    [
      ['Überlingen', '7'],
      [null, '1200'],
    ],
  )
  expect(table).toBe(['zone        trips', '----------  -----', 'Überlingen      7', 'NULL         1200'].join('\n'))
})

test('keeps a row on its line and in its columns, whatever its cells are', () => {
  const table = renderTable(
    [{ name: 'zone' }, { name: 'note' }],
    [
      ['東京', 'two\nlines'],
      ['Rome', '\u001b[31mred'],
    ],
  )
  expect(table).toBe(['zone  note', '----  -----------', '東京  two\\nlines', 'Rome  \\x1b[31mred'].join('\n'))
})

test('sets more rows than a call takes arguments', () => {
  const rows = Array.from({ length: 200_000 }, () => ['1'])
  expect(renderTable([{ name: 'trips' }], rows).split('\n')).toHaveLength(200_002)
})
