// Rides that went somewhere: those with a distance above 0, from the topic `honest-rides` into the table `honest_trips`.
import { job, json, kafka, schema, t } from 'flinkts'

// What a record holds. The editor and the compiler know these fields from here on.
const Ride = schema({
  PULocationID: t.int(),
  DOLocationID: t.int(),
  trip_distance: t.double(),
  total_amount: t.double(),
  tpep_pickup_datetime: t.epochMillis(),
})

export default job('honest-trips', (env) => {
  env.from(kafka({ topic: 'honest-rides', value: json(Ride), start: 'earliest', until: 'latest' }))
  // TODO: go on from here.
  //   .filter(…)   keeps the rides for which a function answers true
  //   .select(…)   keeps these fields: PULocationID, trip_distance, total_amount
  //   .sinkTo(…)   writes them: postgres({ table: … }) from 'flinkts'
})
