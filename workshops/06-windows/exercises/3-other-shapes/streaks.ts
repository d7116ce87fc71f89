// Streaks: rides from the same zone, each 30 minutes or less after the one before.
import { boundedOutOfOrderness, count, hours, job, json, kafka, postgres, schema, seconds, t, tumbling } from 'flinkts'

const Ride = schema({
  PULocationID: t.int(),
  DOLocationID: t.int(),
  trip_distance: t.double(),
  total_amount: t.double(),
  tpep_pickup_datetime: t.epochMillis(),
})

export default job('streaks', (env) => {
  env
    .from(kafka({ topic: 'shape-rides', value: json(Ride), start: 'earliest', until: 'latest' }))
    .withWatermarks(boundedOutOfOrderness(seconds(5)), 'tpep_pickup_datetime')
    .keyBy('PULocationID')
    // TODO: hours cut a streak in two. Which window ends when nothing comes for a while? (session, minutes from 'flinkts')
    .window(tumbling(hours(1)))
    .aggregate({ trips: count() })
    .select('PULocationID', 'window_start', 'window_end', 'trips')
    .sinkTo(postgres({ table: 'streaks' }))
})
