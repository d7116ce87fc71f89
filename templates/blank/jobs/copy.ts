// Every event as it comes, into Postgres: the same result as copy.sql.
import { job, json, kafka, postgres, schema, t } from 'flinkts'
import { Event } from './schemas.ts'

const Row = schema({ id: t.int(), text: t.string(), happened_at: t.timestamp() })

export default job('copy', (env) => {
  env
    .from(kafka({ topic: 'events', value: json(Event), start: 'earliest' }))
    .map(Row, (event) => event)
    .sinkTo(postgres({ table: 'events', upsertBy: ['id'] }))
})
