import { expect, test } from 'vitest'
import { formatDuration } from '../../../engine/common/format-duration.ts'

test.each([
  [-5, '0 ms'],
  [12.4, '12 ms'],
  [999, '999 ms'],
  [1500, '1.5 s'],
  [12_000, '12 s'],
  [59_999, '59.9 s'],
  [60_000, '1 min'],
  [245_000, '4 min 5 s'],
  [3_599_999, '59 min 59 s'],
  [7_209_000, '2 h'],
  [7_380_000, '2 h 3 min'],
  [273_600_000, '3 d 4 h'],
  [400 * 86_400_000, '400 d'],
  [2500 * 86_400_000, '6.8 years'],
  [Infinity, 'for ever'],
])('%d ms are %s', (value, text) => expect(formatDuration(value)).toBe(text))
