import { expect, test } from 'vitest'
import { FlinktsError } from '../../../../engine/common/errors.ts'
import { UnfitValue } from '../../../../engine/operators/records/record-values.ts'
import { userFunctionError } from '../../../../engine/operators/records/user-function-error.ts'

const place = { operator: 'Map[3]', source: 'jobs/a.ts:12:5' }

test('says what was thrown, for which record, and where the function was given', () => {
  const cause = new TypeError('x is undefined')
  const record = { id: 2n ** 60n, data: Uint8Array.of(1, 2), counts: new Map([['a', 1]]), none: null }
  const error = userFunctionError(place, cause, [record])
  expect(error.code).toBe('USER_FUNCTION_FAILED')
  expect(error.message).toBe(
    'Map[3] threw TypeError: x is undefined. The record: {"id":"1152921504606846976","data":"2 bytes","counts":{"a":1},"none":null}',
  )
  expect(error.location).toEqual({ file: 'jobs/a.ts', line: 12, column: 5 })
  expect(error.cause).toBe(cause)
})

test('cuts off long records', () => {
  const { message } = userFunctionError(place, new UnfitValue('it returned null'), [{ text: 'x'.repeat(10_000) }])
  expect(message.length).toBeLessThan(600)
  expect(message.endsWith('x…')).toBe(true)
})

test('shows both records of a reduce, and things thrown that are no errors', () => {
  expect(userFunctionError({ ...place, source: undefined }, 'no', [{ a: 1 }, { a: 2 }])).toMatchObject({
    message: 'Map[3] threw no. The record: {"a":1} and {"a":2}',
    location: undefined,
  })
})

test('leaves errors of operators further down as they are', () => {
  const cause = new FlinktsError('NULL_IN_NOT_NULL', 'null')
  expect(userFunctionError(place, cause, [])).toBe(cause)
})
