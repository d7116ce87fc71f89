// What the compiler makes of jobs: checked by `tsc`, never run. Each @ts-expect-error is a mistake that must not compile.
import { expectTypeOf } from 'vitest'
import {
  avg,
  boundedOutOfOrderness,
  count,
  hours,
  job,
  json,
  kafka,
  mapState,
  max,
  postgres,
  print,
  schema,
  seconds,
  sum,
  t,
  tumbling,
  valueState,
  type DataStream,
  type Infer,
  type MapState,
  type ValueState,
} from '../../engine/index.ts'

const Ride = schema({
  zone: t.int(),
  amount: t.double(),
  id: t.bigint(),
  price: t.decimal(10, 2),
  note: t.nullable(t.string()),
  tip: t.nullable(t.double()),
  at: t.epochMillis(),
  precise: t.preciseTimestamp(9),
  tags: t.array(t.string()),
  place: t.row({ x: t.double(), label: t.nullable(t.string()) }),
})
type Record = Infer<typeof Ride>

expectTypeOf<Record>().toEqualTypeOf<{
  zone: number
  amount: number
  id: bigint
  price: string
  note: string | null
  tip: number | null
  at: number
  precise: { readonly millis: number; readonly nanos: number }
  tags: readonly string[]
  place: { x: number; label: string | null }
}>()

job('types', (env) => {
  const rides = env.from(kafka({ topic: 'rides', value: json(Ride) }))
  expectTypeOf(rides).toEqualTypeOf<DataStream<Record>>()

  // fields and functions
  rides.withWatermarks(boundedOutOfOrderness(seconds(5)), 'at')
  rides.withWatermarks(boundedOutOfOrderness(seconds(5)), (ride) => ride.at)
  // @ts-expect-error a text is no time
  rides.withWatermarks(boundedOutOfOrderness(seconds(5)), 'note')
  // @ts-expect-error a bigint is no number of milliseconds
  rides.withWatermarks(boundedOutOfOrderness(seconds(5)), (ride) => ride.id)
  // @ts-expect-error no such field
  rides.filter((ride) => ride.amonut > 3)
  // @ts-expect-error a filter says true or false
  rides.filter((ride) => ride.amount)
  // @ts-expect-error functions on the stream are synchronous
  rides.filter(async (ride) => ride.amount > 3)

  const Fare = schema({ zone: t.int(), fare: t.string() })
  expectTypeOf(rides.map(Fare, ({ zone, price }) => ({ zone, fare: price }))).toEqualTypeOf<
    DataStream<{ zone: number; fare: string }>
  >()
  // @ts-expect-error fare is a text
  rides.map(Fare, ({ zone }) => ({ zone, fare: zone }))
  // @ts-expect-error fare is missing
  rides.map(Fare, ({ zone }) => ({ zone }))
  rides.flatMap(Fare, ({ zone, tags }) => tags.map((fare) => ({ zone, fare })))

  // select, keyBy
  expectTypeOf(rides.select('zone', 'tip')).toEqualTypeOf<DataStream<{ zone: number; tip: number | null }>>()
  // @ts-expect-error no such field
  rides.select('zon')
  // @ts-expect-error no such field
  rides.keyBy('zon')
  // @ts-expect-error a key is needed
  rides.keyBy()

  // aggregates
  const perHour = rides.keyBy('zone', 'note').window(tumbling(hours(1)))
  const totals = perHour.aggregate({
    trips: count(),
    revenue: sum('amount'),
    ids: max('id'),
    tips: avg('tip'),
    last: max('note'),
  })
  expectTypeOf(totals).toEqualTypeOf<
    DataStream<{
      zone: number
      note: string | null
      trips: number
      revenue: number
      ids: bigint
      tips: number | null
      last: string | null
      window_start: number
      window_end: number
    }>
  >()
  // @ts-expect-error no such field
  perHour.aggregate({ revenue: sum('amonut') })
  // @ts-expect-error texts have no sum
  perHour.aggregate({ notes: sum('note') })
  // @ts-expect-error lists have no order
  perHour.aggregate({ tags: max('tags') })
  expectTypeOf(perHour.reduce((left) => left)).toEqualTypeOf<DataStream<Record>>()
  // @ts-expect-error a record of the same type comes out
  perHour.reduce((left) => left.amount)

  // process
  const Alert = schema({ zone: t.int(), what: t.string() })
  const alerts = rides.keyBy('zone', 'note').process({
    output: Alert,
    sideOutputs: { late: Ride, tips: Fare },
    state: {
      previous: valueState(t.double()),
      last: valueState(Ride),
      seen: mapState(t.string(), t.nullable(t.bigint())),
    },
    onRecord(ride, { key, state, timers, time, emit, sideOutput }) {
      expectTypeOf(ride).toEqualTypeOf<Record>()
      expectTypeOf(key).toEqualTypeOf<{ zone: number; note: string | null }>()
      expectTypeOf(state.previous).toEqualTypeOf<ValueState<number>>()
      expectTypeOf(state.last.value()).toEqualTypeOf<Record | undefined>()
      expectTypeOf(state.seen).toEqualTypeOf<MapState<string, bigint | null>>()
      expectTypeOf(state.seen.get('a')).toEqualTypeOf<bigint | null | undefined>()
      expectTypeOf(state.seen.entries()).toEqualTypeOf<[string, bigint | null][]>()
      expectTypeOf(time.watermark).toBeNumber()
      timers.eventTime.register(time.eventTime + 1)
      timers.processingTime.delete(time.processingTime)
      emit({ zone: key.zone, what: 'x' })
      sideOutput('late', ride)
      sideOutput('tips', { zone: 1, fare: '' })
      // @ts-expect-error a number is stored
      state.previous.update('a')
      // @ts-expect-error no such state
      state.prevoius.value()
      // @ts-expect-error the map's keys are texts
      state.seen.has(1)
      // @ts-expect-error what is missing
      emit({ zone: 1 })
      // @ts-expect-error no such side output
      sideOutput('lost', ride)
      // @ts-expect-error another record type
      sideOutput('tips', ride)
      // @ts-expect-error no timer fires here
      void time.timeDomain
    },
    onTimer: (at, { key, timeDomain, emit }) => timeDomain === 'event-time' && emit({ zone: key.zone, what: `${at}` }),
  })
  expectTypeOf(alerts).toExtend<DataStream<{ zone: number; what: string }>>()
  expectTypeOf(alerts.sideOutput('late')).toEqualTypeOf<DataStream<Record>>()
  expectTypeOf(alerts.sideOutput('tips')).toEqualTypeOf<DataStream<{ zone: number; fare: string }>>()
  // @ts-expect-error no such side output
  alerts.sideOutput('lost')
  const plain = rides.keyBy('zone').process({ output: Fare, onRecord: (_, { emit }) => emit({ zone: 1, fare: '' }) })
  // @ts-expect-error there are no side outputs
  plain.sideOutput('late')
  // @ts-expect-error functions on the stream are synchronous
  rides.keyBy('zone').process({ output: Fare, onRecord: async () => undefined })
  // @ts-expect-error results go to emit
  rides.keyBy('zone').process({ output: Fare, onRecord: (ride) => ride })
  // @ts-expect-error there is no state
  rides.keyBy('zone').process({ output: Fare, onRecord: (_, { state }) => state.previous.clear() })
  // @ts-expect-error no such field in the key
  rides.keyBy('zone').process({ output: Fare, onRecord: (_, { key }) => void key.note })

  // sinks
  totals.sinkTo(postgres({ table: 'totals', upsertBy: ['window_start', 'zone'] }))
  // @ts-expect-error no such field
  totals.sinkTo(postgres({ table: 'totals', upsertBy: ['window_begin'] }))
  totals.sinkTo(print())
  const fares = kafka({ topic: 'fares', value: json(Fare) })
  rides.map(Fare, ({ zone, price }) => ({ zone, fare: price })).sinkTo(fares)
  // @ts-expect-error another record type
  rides.sinkTo(fares)
  // @ts-expect-error fewer fields than the schema
  rides.select('zone').sinkTo(fares)

  // union, SQL
  rides.union(rides.filter(() => true))
  // @ts-expect-error another record type
  rides.union(totals)
  expectTypeOf(env.sql(Fare)`SELECT zone, price FROM ${rides}`).toEqualTypeOf<
    DataStream<{ zone: number; fare: string }>
  >()
  expectTypeOf(env.sql`INSERT INTO x SELECT * FROM ${rides} WHERE amount > ${3}`).toBeVoid()
  // @ts-expect-error a record is no table
  env.sql`SELECT * FROM ${{ zone: 1 }}`
})
