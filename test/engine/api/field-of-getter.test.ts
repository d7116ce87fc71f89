import { expect, test } from 'vitest'
import { fieldOfGetter } from '../../../engine/api/field-of-getter.ts'

interface Ride {
  at: number
  fare: number
}
const fields = ['at', 'fare']

test.each<[string, (ride: Ride) => unknown, string | undefined]>([
  ['a getter', (ride) => ride.at, 'at'],
  ['destructuring', ({ fare }) => fare, 'fare'],
  ['arithmetic', (ride) => ride.at + 1, undefined],
  ['a choice', (ride) => (ride.fare > 3 ? ride.at : 0), undefined],
  ['text', (ride) => `${ride.at}`, undefined],
  ['an unknown field', (ride) => (ride as never as { other: number }).other, undefined],
  ['a constant', () => 5, undefined],
  ['a throwing function', () => JSON.parse('{'), undefined],
])('%s', (_name, getter, expected) =>
  expect(fieldOfGetter(getter as (record: never) => unknown, fields)).toBe(expected),
)
