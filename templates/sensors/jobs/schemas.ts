// What stands in the topic.
import { schema, t } from 'flinkts'

export const Reading = schema({
  sensor_id: t.string(),
  temperature: t.double(),
  humidity: t.double(),
  battery: t.int(),
  measured_at: t.epochMillis(),
})
