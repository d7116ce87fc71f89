import { describe, expect, test } from 'vitest'
import { createBoundedSort } from '../../../engine/operators/bounded-sort.ts'
import type { BoundedSortSpec } from '../../../engine/operators/operator-spec.ts'
import {
  batchOfRows,
  OperatorHarness,
  poisonBatch,
  type ChangelogRow,
} from '../../../engine/testing/operator-harness.ts'
import { types } from '../../../engine/types/logical-type.ts'

const inputType = types.row(
  [
    { name: 'k', type: types.string() },
    { name: 'v', type: types.bigint() },
  ],
  false,
)

function run(
  spec: Partial<BoundedSortSpec>,
  ...batches: readonly (readonly ChangelogRow[])[]
): readonly ChangelogRow[] {
  const operator = createBoundedSort({
    type: 'bounded-sort',
    inputType,
    orderBy: [],
    offset: 0,
    limit: undefined,
    changelogKey: undefined,
    ...spec,
  })
  const harness = new OperatorHarness(operator)
  for (const rows of batches) {
    const batch = batchOfRows(inputType, rows)
    harness.processBatch(batch)
    poisonBatch(batch) // the batch is the caller's again
  }
  expect(harness.takeRows()).toEqual([])
  harness.endOfInput()
  return harness.takeRows()
}

const big = 2n ** 60n
const rows: ChangelogRow[] = [
  ['+I', 'b', 2],
  ['+I', 'a', null],
  ['+I', null, big],
  ['+I', 'a', 1],
]

describe('rows come at the end of the input', () => {
  test('in the order of arrival without keys', () => {
    expect(run({}, rows.slice(0, 2), rows.slice(2))).toEqual(rows)
  })

  test('sorted by several keys, NULLs where asked for', () => {
    const orderBy = [
      { column: 0, descending: true, nullsFirst: false },
      { column: 1, descending: false, nullsFirst: true },
    ]
    expect(run({ orderBy }, rows)).toEqual([
      ['+I', 'b', 2],
      ['+I', 'a', null],
      ['+I', 'a', 1],
      ['+I', null, big],
    ])
  })

  test('cut by OFFSET and LIMIT after sorting', () => {
    const orderBy = [{ column: 1, descending: true, nullsFirst: true }]
    expect(run({ orderBy, offset: 1, limit: 2 }, rows)).toEqual([
      ['+I', null, big],
      ['+I', 'b', 2],
    ])
  })
})

describe('of a changelog', () => {
  test('the last row of each key counts, at the place of its first', () => {
    const changes: ChangelogRow[] = [
      ['+I', 'a', 1],
      ['+I', 'b', 1],
      ['+U', 'a', 2],
      ['-D', 'b', 1],
      ['+I', null, 7],
    ]
    expect(run({ changelogKey: [0] }, changes)).toEqual([
      ['+I', 'a', 2],
      ['+I', null, 7],
    ])
  })

  test('keys are told apart by value and type', () => {
    const changes: ChangelogRow[] = [
      ['+I', 'x', big],
      ['+I', 'x', big + 1n],
      ['+U', 'x', big],
    ]
    expect(run({ changelogKey: [1] }, changes)).toHaveLength(2)
  })

  test('a global aggregation gives its row over nothing', () => {
    expect(run({ changelogKey: [], rowWhenEmpty: [null, 0] })).toEqual([['+I', null, 0]])
    expect(
      run({ changelogKey: [], rowWhenEmpty: [null, 0] }, [
        ['+I', 'a', 1],
        ['+U', 'a', 2],
      ]),
    ).toEqual([['+I', 'a', 2]])
  })
})
