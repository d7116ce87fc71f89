import { expect, test } from 'vitest'
import { parseEventTime } from '../../../../src/services/produce/event-time.ts'

const AT = Date.UTC(2025, 10, 1, 9, 5, 7)

test.each([
  [AT, AT],
  [AT / 1000, AT],
  [AT / 1000 + 0.25, AT + 250],
  [AT * 1000 + 999, AT],
  [AT * 1e6, AT],
  [String(AT), AT],
  [String(AT / 1000), AT],
  ['2025-11-01T09:05:07Z', AT],
  ['2025-11-01T09:05:07', AT],
  ['2025-11-01 09:05:07', AT],
  ['2025-11-01 09:05:07.042123', AT + 42],
  ['2025-11-01T10:05:07+01:00', AT],
  ['2025-11-01T10:05:07+0100', AT],
  ['2025-11-01 09:05', AT - 7000],
  ['2025-11-01', Date.UTC(2025, 10, 1)],
  [0, 0],
])('%s', (value, timeMs) => {
  expect(parseEventTime(value)).toBe(timeMs)
})

test.each([null, undefined, '', 'yesterday', '2025-02-30', '2025-11-01 25:00:00', true, {}, NaN, '12 h'])(
  '%s is no time',
  (value) => {
    expect(parseEventTime(value)).toBeUndefined()
  },
)
