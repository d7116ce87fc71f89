import { expect, test } from 'vitest'
import { shiftTimeText } from '../../../../src/services/replay/shift-time-text.ts'

const HOUR = 3_600_000

test.each<[string, number, string | undefined]>([
  ['1762000000000', HOUR, '1762003600000'],
  ['1762000000', HOUR, '1762003600'],
  ['1762000000.25', 1500, '1762000001.75'],
  ['1762000000000123', 1, '1762000000001123'],
  ['1762000000000000123', 1, '1762000000001000123'],
  ['"1762000000"', -HOUR, '"1761996400"'],
  ['"2025-11-01T10:00:00Z"', HOUR, '"2025-11-01T11:00:00Z"'],
  ['"2025-11-01 10:00:00"', 24 * HOUR, '"2025-11-02 10:00:00"'],
  ['"2025-11-01 10:00"', HOUR + 999, '"2025-11-01 11:00"'],
  ['"2025-11-01T10:00:00.123456789+02:00"', 1, '"2025-11-01T10:00:00.124456789+02:00"'],
  ['"2025-11-01T10:00:00,5"', 600, '"2025-11-01T10:00:01,1"'],
  ['"2025-11-01"', 23 * HOUR, '"2025-11-01"'],
  ['"2025-12-31"', 24 * HOUR, '"2026-01-01"'],
  ['"2025-13-01"', HOUR, undefined],
  ['"yesterday"', HOUR, undefined],
  ['1.5e9', HOUR, undefined],
  ['null', HOUR, undefined],
  ['{"at":1}', HOUR, undefined],
])('%s by %d ms → %s', (json, deltaMs, expected) => {
  expect(shiftTimeText(json, deltaMs)).toBe(expected)
})
