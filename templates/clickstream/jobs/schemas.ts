// What stands in the topic.
import { schema, t } from 'flinkts'

export const Click = schema({
  user_id: t.int(),
  session_id: t.safeInteger(), // what the shop calls a session; the job finds sessions by itself
  page: t.string(),
  referrer: t.nullable(t.string()),
  device: t.string(),
  clicked_at: t.epochMillis(),
})
