// What stands in the topics.
import { schema, t } from 'flinkts'

export const Event = schema({
  id: t.int(),
  text: t.string(),
  happened_at: t.epochMillis(),
})
