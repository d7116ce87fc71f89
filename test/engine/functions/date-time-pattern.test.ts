import { describe, expect, test } from 'vitest'
import { formatWithPattern, parsePattern, parseWithPattern } from '../../../engine/functions/date-time-pattern.ts'

const instant = Date.UTC(2024, 0, 2, 15, 4, 5, 678)

describe('formatting', () => {
  test.each([
    ["yyyyMMdd'T'hhmm a", '20240102T0304 PM'],
    ['EEEE, d MMMM yy', 'Tuesday, 2 January 24'],
    ["''yyyy''", "'2024'"],
    ['k:K:n', '15:3:678000000'],
    ['SSSSSS', '678000'],
    ['DDD w Q q', '002 1 1 1'],
    ['yyyy-MM-dd HH:mm:ss.SSSXXX', '2024-01-02 15:04:05.678+05:30'],
    ['x X Z', '+0530 +0530 +0530'],
  ])('%s', (pattern, expected) => {
    expect(formatWithPattern(parsePattern(pattern), instant, 'Asia/Kolkata', 19_800_000)).toBe(expected)
  })
})

describe('parsing', () => {
  test.each([
    ['yyyyMMddHHmmss', '20240102150405', Date.UTC(2024, 0, 2, 15, 4, 5)],
    ['yyyy-MM-dd', '2023-02-29', Date.UTC(2023, 1, 28)],
    ['dd MMM yyyy', '02 Jan 2024', Date.UTC(2024, 0, 2)],
    ['yy-M-d', '24-1-2', Date.UTC(2024, 0, 2)],
    ['hh:mm a', '03:04 PM', Date.UTC(1970, 0, 1, 15, 4)],
    ['yyyy-MM-dd HH:mm', '2024-01-02 24:00', Date.UTC(2024, 0, 3)],
    ['yyyy-DDD', '2024-060', Date.UTC(2024, 1, 29)],
  ])('%s of %s', (pattern, text, expected) => {
    expect(parseWithPattern(parsePattern(pattern), text)?.local).toBe(expected)
  })

  test.each([
    ['yyyy-MM-dd', '2024-1-2'],
    ['yyyy-MM-dd', '2024-01-02 '],
    ['yyyy-MM-dd', '2024-13-02'],
    ['HH:mm', '24:01'],
  ])('%s does not match %j', (pattern, text) => {
    expect(parseWithPattern(parsePattern(pattern), text)).toBeUndefined()
  })

  test('digits below the millisecond are kept', () => {
    expect(parseWithPattern(parsePattern('ss.SSSSSSSSS'), '01.123456789')?.local).toEqual({
      millis: 1123,
      nanos: 456789,
    })
  })
})

test('letters that Java does not have, or flinkts has not, are named', () => {
  expect(() => parsePattern('yyyy-bb')).toThrow('Unknown pattern letter: b')
  expect(() => parsePattern('yyyy A')).toThrow('the letter A, which flinkts does not support')
  expect(() => parsePattern("yyyy'T")).toThrow('incomplete string literal')
})
