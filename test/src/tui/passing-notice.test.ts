import { expect, test } from 'vitest'
import { PassingNotice } from '../../../src/tui/passing-notice.ts'

test('what was said goes after ten seconds, counted anew when it is said again', () => {
  let now = 1_000
  const passing = new PassingNotice(() => now)
  const notice = passing.say('took savepoint-1')
  now += 9_999
  expect(passing.left(notice)).toBe(notice)
  expect(passing.say(notice)).toBe(notice)
  now += 9_999
  expect(passing.left(notice)).toBe(notice)
  now++
  expect(passing.left(notice)).toBe('')
})

test('what was not said to pass stays', () => {
  let now = 0
  const passing = new PassingNotice(() => now)
  expect(passing.left('taking a savepoint …')).toBe('taking a savepoint …')
  passing.say('took savepoint-1')
  now = 60_000
  expect(passing.left('no slots are free')).toBe('no slots are free')
  expect(passing.left('')).toBe('')
})
