// Trips per zone and hour. The topic rides-idle has three partitions; the job runs, reads, and writes nothing.
import { boundedOutOfOrderness, count, hours, job, json, kafka, postgres, schema, seconds, t, tumbling } from 'flinkts'

const Ride = schema({ PULocationID: t.int(), tpep_pickup_datetime: t.epochMillis() })

export default job('zone-trips', (env) => {
  env
    .from(kafka({ topic: 'rides-idle', value: json(Ride), start: 'earliest' }))
    .withWatermarks(
      boundedOutOfOrderness(seconds(5)), // TODO, after the diagnosis: a second argument, { idleAfter: … }
      (ride) => ride.tpep_pickup_datetime,
    )
    .keyBy('PULocationID')
    .window(tumbling(hours(1)))
    .aggregate({ trips: count() })
    .select('window_start', 'PULocationID', 'trips')
    .sinkTo(postgres({ table: 'idle_hours', upsertBy: ['window_start', 'PULocationID'] }))
})
