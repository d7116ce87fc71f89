// The job on records in memory and in virtual time: no broker, no waiting. Run with `npm install && npm test`.
import { testJob } from 'flinkts/testing'
import { expect, test } from 'vitest'
import sessions from '../jobs/sessions.ts'

const at = (time: string): number => Date.parse(`2025-11-01T${time}Z`)
const click = (user_id: number, page: string, time: string) => ({
  user_id,
  session_id: 0,
  page,
  referrer: null,
  device: 'mobile',
  clicked_at: at(time),
})

test('two minutes without a click end a session', async () => {
  const run = await testJob(sessions, {
    clickstream: [
      click(1, '/', '10:00:00'),
      click(2, '/product/7', '10:00:10'),
      click(1, '/search', '10:01:00'),
      click(1, '/product/7', '10:02:59'), // 1:59 later: the session goes on
      click(1, '/', '10:10:00'), // a new one
    ],
  })
  await run.advanceTo('2025-11-01T10:10:00Z')
  expect(run.table('sessions'), run.why()).toEqual([
    { user_id: 2, session_start: at('10:00:10'), pages: 1, seconds: 0, is_bounce: true },
    { user_id: 1, session_start: at('10:00:00'), pages: 3, seconds: 179, is_bounce: false },
  ])
  await run.finish()
  expect(run.table('sessions')).toHaveLength(3)
})

test('a click that is told four seconds late joins two sessions into one', async () => {
  const run = await testJob(sessions, { clickstream: [click(1, '/', '10:00:00'), click(1, '/cart', '10:02:03')] })
  await run.advanceTo('2025-11-01T10:02:03Z')
  expect(run.table('sessions')).toEqual([]) // the watermark is five seconds behind
  await run.send('clickstream', [click(1, '/search', '10:01:59')])
  await run.finish()
  expect(run.table('sessions')).toEqual([
    { user_id: 1, session_start: at('10:00:00'), pages: 3, seconds: 123, is_bounce: false },
  ])
})
