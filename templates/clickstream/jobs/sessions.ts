// Sessions: the clicks of a user with no pause of two minutes between them. The same result as sessions.sql.
import {
  boundedOutOfOrderness,
  count,
  job,
  json,
  kafka,
  max,
  min,
  minutes,
  postgres,
  schema,
  seconds,
  session,
  t,
} from 'flinkts'
import { Click } from './schemas.ts'

const Session = schema({
  user_id: t.int(),
  session_start: t.timestamp(),
  pages: t.safeInteger(),
  seconds: t.safeInteger(),
  is_bounce: t.boolean(),
})

export default job('sessions', (env) => {
  env
    .from(kafka({ topic: 'clickstream', value: json(Click), start: 'earliest' }))
    .withWatermarks(boundedOutOfOrderness(seconds(5)), 'clicked_at')
    .keyBy('user_id')
    .window(session(minutes(2)))
    .aggregate({ pages: count(), first_click: min('clicked_at'), last_click: max('clicked_at') })
    .map(Session, ({ user_id, window_start, pages, first_click, last_click }) => ({
      user_id,
      session_start: window_start,
      pages,
      seconds: Math.floor((last_click - first_click) / 1000),
      is_bounce: pages === 1,
    }))
    .sinkTo(postgres({ table: 'sessions', upsertBy: ['user_id', 'session_start'] }))
})
