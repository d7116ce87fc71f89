// Trips and revenue per pick-up zone and hour: the same result as hourly-revenue.sql.
import {
  boundedOutOfOrderness,
  count,
  hours,
  job,
  json,
  kafka,
  postgres,
  schema,
  seconds,
  sum,
  t,
  tumbling,
} from 'flinkts'

export const Ride = schema({
  PULocationID: t.int(),
  DOLocationID: t.int(),
  trip_distance: t.double(),
  total_amount: t.double(),
  tpep_pickup_datetime: t.epochMillis(),
})

export default job('hourly-revenue', (env) => {
  env
    .from(kafka({ topic: 'rides', value: json(Ride), start: 'earliest' }))
    .withWatermarks(boundedOutOfOrderness(seconds(5)), (ride) => ride.tpep_pickup_datetime)
    .keyBy('PULocationID')
    .window(tumbling(hours(1)))
    .aggregate({ trips: count(), revenue: sum('total_amount') })
    .select('window_start', 'PULocationID', 'trips', 'revenue')
    .sinkTo(postgres({ table: 'hourly_revenue', upsertBy: ['window_start', 'PULocationID'] }))
})
