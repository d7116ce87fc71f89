import { expect, test } from 'vitest'
import { formatBytes, formatCount, formatTimestamp } from '../../../src/output/quantities.ts'

test.each([
  [0, '0'],
  [999, '999'],
  [1234, '1.23k'],
  [812_000, '812k'],
  [3_900_000, '3.9M'],
])('count %d is %s', (value, text) => expect(formatCount(value)).toBe(text))

test.each([
  [512, '512 B'],
  [1536, '1.5 kB'],
  [25 << 20, '25 MB'],
])('%d bytes are %s', (value, text) => expect(formatBytes(value)).toBe(text))

test('timestamps are UTC', () => expect(formatTimestamp(1_548_979_195_000)).toBe('2019-01-31 23:59:55'))
