// The job on records in memory and in virtual time: no broker, no waiting. Run with `npm install && npm test`.
import { testJob } from 'flinkts/testing'
import { expect, test } from 'vitest'
import copy from '../jobs/copy.ts'

const at = Date.parse('2025-11-01T10:00:00Z')

test('each event is a row; the last one of an id stays', async () => {
  const run = await testJob(copy, {
    events: [
      { id: 1, text: 'first', happened_at: at },
      { id: 2, text: 'second', happened_at: at + 1000 },
    ],
  })
  await run.send('events', [{ id: 1, text: 'corrected', happened_at: at + 2000 }])
  await run.finish()
  expect(run.table('events')).toEqual([
    { id: 1, text: 'corrected', happened_at: at + 2000 },
    { id: 2, text: 'second', happened_at: at + 1000 },
  ])
})
