import { expect, it } from 'vitest'
import { parseRecordPlace } from '../../../engine/diagnosis/parse-record.ts'
import { parseWindowTime } from '../../../engine/diagnosis/parse-window.ts'

const local = (text: string): number => Date.parse(`${text}Z`)

it.each([
  ['2025-11-01', 'UTC', local('2025-11-01T00:00')],
  ['2025-11-01 10:00', 'Europe/Berlin', local('2025-11-01T10:00')],
  ['2025-11-01T10:00:30.5', 'UTC', local('2025-11-01T10:00:30.5')],
  ['2025-11-01 10:00Z', 'Europe/Berlin', local('2025-11-01T11:00')],
  ['2025-11-01 10:00+0200', 'UTC', local('2025-11-01T08:00')],
])('%s in %s is a time of a window', (text, zone, expected) => expect(parseWindowTime(text, zone)).toBe(expected))

it.each(['', 'noon', '2025-02-30', '10:00', '2025-11-01 25:00'])("'%s' is none", (text) =>
  expect(() => parseWindowTime(text, 'UTC')).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' })),
)

it('a record is named by topic, partition and offset', () => {
  expect(parseRecordPlace('my.rides:2:120')).toEqual({ topic: 'my.rides', partition: 2, offset: 120 })
  for (const text of ['rides', 'rides:1', 'rides:a:1', ':1:2', 'rides:1:99999999999999999999'])
    expect(() => parseRecordPlace(text)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
})
