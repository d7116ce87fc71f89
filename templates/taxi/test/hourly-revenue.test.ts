// The job on records in memory and in virtual time: no broker, no waiting. Run with `npm install && npm test`.
import { testJob } from 'flinkts/testing'
import { expect, test } from 'vitest'
import hourlyRevenue from '../jobs/hourly-revenue.ts'

const at = (time: string): number => Date.parse(`2025-11-01T${time}Z`)
const ride = (zone: number, fare: number, time: string) => ({
  PULocationID: zone,
  DOLocationID: 1,
  trip_distance: 2,
  total_amount: fare,
  tpep_pickup_datetime: at(time),
})

test('an hour fires once the watermark has passed it, and a late ride no longer counts', async () => {
  const run = await testJob(hourlyRevenue, {
    rides: [ride(7, 10, '00:10:00'), ride(7, 5, '00:50:00'), ride(9, 20, '00:59:59'), ride(7, 8, '01:00:06')],
  })
  await run.advanceTo('2025-11-01T02:00:00Z')
  expect(run.table('hourly_revenue')).toEqual([
    { window_start: at('00:00:00'), PULocationID: 7, trips: 2, revenue: 15 },
    { window_start: at('00:00:00'), PULocationID: 9, trips: 1, revenue: 20 },
  ])
  await run.send('rides', [ride(9, 99, '00:30:00')])
  await run.finish()
  expect(run.lateRecordsDropped).toBe(1)
  expect(run.table('hourly_revenue')).toHaveLength(3)
})
