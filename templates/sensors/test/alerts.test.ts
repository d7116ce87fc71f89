// The job on records in memory and in virtual time: no broker, no waiting. Run with `npm install && npm test`.
import { testJob } from 'flinkts/testing'
import { expect, test } from 'vitest'
import alerts from '../jobs/alerts.ts'

const at = (time: string): number => Date.parse(`2025-11-01T${time}Z`)
const reading = (sensor_id: string, temperature: number, time: string) => ({
  sensor_id,
  temperature,
  humidity: 50,
  battery: 100,
  measured_at: at(time),
})

test('a temperature that jumps', async () => {
  const run = await testJob(alerts, {
    sensors: [
      reading('a', 20, '10:00:00'),
      reading('a', 24.9, '10:00:10'),
      reading('b', 35, '10:00:11'), // another sensor
      reading('a', 30, '10:00:20'),
      reading('a', 20, '10:00:15'), // out of order
    ],
  })
  await run.finish()
  expect(run.table('alerts')).toEqual([
    { sensor_id: 'a', kind: 'jump', since: at('10:00:10'), until: at('10:00:20'), detail: 'from 24.9 to 30' },
  ])
})

test('a sensor that is silent, and is heard again', async () => {
  const run = await testJob(alerts, { sensors: [reading('a', 20, '10:00:00'), reading('b', 20, '10:01:05')] })
  await run.advanceTo('2025-11-01T10:01:05Z')
  expect(run.table('alerts'), run.why()).toEqual([]) // the watermark is one millisecond short of the minute
  await run.send('sensors', [reading('b', 20, '10:01:06')])
  await run.advanceTo('2025-11-01T10:01:06Z')
  const silence = { sensor_id: 'a', kind: 'silence', since: at('10:00:00') }
  expect(run.table('alerts')).toEqual([{ ...silence, until: null, detail: 'not heard for a minute' }])
  await run.send('sensors', [reading('a', 21, '10:01:30')])
  await run.finish()
  expect(run.table('alerts')).toEqual([{ ...silence, until: at('10:01:30'), detail: 'heard again after 90 s' }])
})

test('a reading that comes too late is counted and not looked at', async () => {
  const run = await testJob(alerts, { sensors: [reading('a', 20, '10:00:00'), reading('a', 20, '10:00:30')] })
  await run.advanceTo('2025-11-01T10:00:30Z')
  await run.send('sensors', [reading('a', 99, '10:00:24')])
  await run.send('sensors', [reading('a', 20, '10:00:26')]) // four seconds: not late
  await run.finish()
  expect(run.table('alerts')).toEqual([])
  expect(run.table('late_readings')).toEqual([{ sensor_id: 'a', readings: 1n }])
})
