import { test } from 'vitest'
import { createLimit } from '../../../engine/operators/limit.ts'
import { row, verifyOperator } from '../../../engine/testing/verify-operator.ts'
import { types } from '../../../engine/types/logical-type.ts'

const inputType = types.row(
  [
    { name: 'a', type: types.int() },
    { name: 's', type: types.string() },
  ],
  false,
)
const input = [row(1, 'a'), row(2, null), row(3, 'c'), row(4, 'd'), row(5, 'e')]

test.each([
  [0, 2, [1, 2]],
  [1, 3, [2, 3, 4]],
  [4, 10, [5]],
  [9, 1, []],
  [0, 0, []],
])('OFFSET %i LIMIT %i, whatever is restored in between', (offset, limit, expected) => {
  const rows = input.map((element) => (element.kind === 'row' ? element.row : (['+I'] as const)))
  verifyOperator({
    operator: () => createLimit({ type: 'limit', inputType, offset, limit }),
    inputType,
    input,
    expected: rows.filter(([, a]) => expected.includes(a as number)),
    compare: 'exact',
  })
})
