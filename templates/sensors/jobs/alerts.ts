// What is odd about a sensor: its temperature jumps, or it is silent for a minute. Readings that come too late are not
// looked at, but counted.
import { boundedOutOfOrderness, job, json, kafka, minutes, postgres, schema, seconds, t, valueState } from 'flinkts'
import { Reading } from './schemas.ts'

const JUMP_DEGREES = 5
const SILENCE_MS = minutes(1)

const Alert = schema({
  sensor_id: t.string(),
  kind: t.string(), // jump, silence
  since: t.timestamp(),
  until: t.nullable(t.timestamp()), // null: still silent
  detail: t.string(),
})

export default job('alerts', (env) => {
  const alerts = env
    .from(kafka({ topic: 'sensors', value: json(Reading), start: 'earliest' }))
    .withWatermarks(boundedOutOfOrderness(seconds(5)), 'measured_at')
    .keyBy('sensor_id')
    .process({
      output: Alert,
      sideOutputs: { late: Reading },
      state: { newest: valueState(Reading) }, // of each sensor; in checkpoints, too

      onRecord(reading, { state, timers, time, emit, sideOutput }) {
        if (time.eventTime <= time.watermark) return sideOutput('late', reading)
        const { sensor_id, measured_at, temperature } = reading
        const newest = state.newest.value()
        if (newest !== undefined) {
          if (measured_at < newest.measured_at) return // out of order: we know better by now
          const span = { sensor_id, since: newest.measured_at, until: measured_at }
          if (measured_at - newest.measured_at >= SILENCE_MS)
            emit({
              ...span,
              kind: 'silence',
              detail: `heard again after ${(measured_at - newest.measured_at) / 1000} s`,
            })
          if (Math.abs(temperature - newest.temperature) > JUMP_DEGREES)
            emit({ ...span, kind: 'jump', detail: `from ${newest.temperature} to ${temperature}` })
          timers.eventTime.delete(newest.measured_at + SILENCE_MS)
        }
        timers.eventTime.register(measured_at + SILENCE_MS)
        state.newest.update(reading)
      },

      onTimer(at, { key, time, emit }) {
        if (time.watermark === Infinity) return // the input has ended: nobody is silent
        emit({ ...key, kind: 'silence', since: at - SILENCE_MS, until: null, detail: 'not heard for a minute' })
      },
    })

  // An alert of silence is written when the minute is over, and again when the sensor is heard: the same row.
  alerts.sinkTo(postgres({ table: 'alerts', upsertBy: ['sensor_id', 'kind', 'since'] }))

  env.sql`
    CREATE TABLE late_readings (
      sensor_id STRING,
      readings BIGINT,
      PRIMARY KEY (sensor_id) NOT ENFORCED
    ) WITH ('connector' = 'jdbc', 'table-name' = 'late_readings');

    INSERT INTO late_readings
    SELECT sensor_id, COUNT(*) FROM ${alerts.sideOutput('late')} GROUP BY sensor_id`
})
