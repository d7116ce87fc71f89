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
