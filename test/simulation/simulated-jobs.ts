// The jobs of the simulation, in SQL and in TypeScript, their input, and by plain loops what they have to give.
import {
  boundedOutOfOrderness,
  job,
  json,
  kafka,
  mapState,
  postgres,
  schema,
  t,
  valueState,
  type BuiltJob,
} from '../../engine/index.ts'
import { SqlSession } from '../helpers/sql-session.ts'
import type { StreamGraph } from '../../engine/graph/stream-graph.ts'
import type { UserFunctions } from '../../engine/task/task-environment.ts'
import type { Event } from './simulated-services.ts'
import type { SimulatedWorld } from './simulated-world.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
/** The watermark's delay, ms; disorder within a partition stays below it, so that no row can be late. */
const DELAY_MS = 5_000

export interface SimulatedJob {
  readonly name: string
  /** Windows fire as time goes on: only what lies before the end of the input is expected of an unbounded run. */
  readonly windowed: boolean
  readonly appends: boolean
  plan(bounded: boolean, configuration: Readonly<Record<string, string>>): StreamGraph
  readonly userFunctions: UserFunctions
  /** Key (as JSON of the key columns) → the other columns. Append jobs: rows by their id. */
  expected(events: readonly Event[]): Map<string, readonly number[]>
}

const columns = 'id BIGINT, zone INT, amount DOUBLE, ts BIGINT'

function source(bounded: boolean): string {
  return `CREATE TABLE rides (${columns}, event_time AS TO_TIMESTAMP_LTZ(ts, 3),
    WATERMARK FOR event_time AS event_time - INTERVAL '5' SECOND)
    WITH ('connector'='kafka', 'topic'='rides', 'properties.bootstrap.servers'='simulated:9092', 'format'='json',
      'scan.startup.mode'='earliest-offset'${bounded ? ", 'scan.bounded.mode'='latest-offset'" : ''})`
}

function sink(fields: string): string {
  return `CREATE TABLE results (${fields})
    WITH ('connector'='jdbc', 'url'='jdbc:postgresql://simulated:5432/postgres', 'table-name'='results')`
}

const windowSink = sink(
  'window_start TIMESTAMP(3), window_end TIMESTAMP(3), zone INT, trips BIGINT, revenue DOUBLE, PRIMARY KEY (window_start, window_end, zone) NOT ENFORCED',
)

function windowQuery(table: string): string {
  return `INSERT INTO results SELECT window_start, window_end, zone, COUNT(*), SUM(amount)
    FROM TABLE(${table}) GROUP BY window_start, window_end, zone`
}

type Group = [trips: number, revenue: number]

function add(groups: Map<string, Group>, key: readonly number[], amount: number): void {
  const name = JSON.stringify(key)
  const [trips, revenue] = groups.get(name) ?? [0, 0]
  groups.set(name, [trips + 1, revenue + amount])
}

/** Sums by window, for windows that do not depend on each other. */
function byWindow(windowsOf: (ts: number) => [number, number][]): SimulatedJob['expected'] {
  return (events) => {
    const groups = new Map<string, Group>()
    for (const { zone, amount, ts } of events)
      for (const [start, end] of windowsOf(ts!)) add(groups, [start, end, zone!], amount!)
    return groups
  }
}

function sessions(events: readonly Event[], gapMs: number): Map<string, readonly number[]> {
  const groups = new Map<string, Group>()
  const byZone = new Map<number, Event[]>()
  for (const event of events) byZone.set(event['zone']!, [...(byZone.get(event['zone']!) ?? []), event])
  for (const [zone, rides] of byZone) {
    const sorted = [...rides].sort((left, right) => left['ts']! - right['ts']!)
    for (let from = 0; from < sorted.length;) {
      let to = from + 1
      while (to < sorted.length && sorted[to]!['ts']! <= sorted[to - 1]!['ts']! + gapMs) to++
      const key = [sorted[from]!['ts']!, sorted[to - 1]!['ts']! + gapMs, zone]
      for (const ride of sorted.slice(from, to)) add(groups, key, ride['amount']!)
      from = to
    }
  }
  return groups
}

const floor = (ts: number, size: number): number => Math.floor(ts / size) * size

/** What TUMBLE over an hour gives, by hand: over a union, with state of both kinds and a timer per window. */
function hourlyProcess(bounded: boolean, configuration: Readonly<Record<string, string>>): BuiltJob {
  const Ride = schema({ id: t.safeInteger(), zone: t.int(), amount: t.double(), ts: t.epochMillis() })
  const Hour = schema({
    window_start: t.timestamp(),
    window_end: t.timestamp(),
    zone: t.int(),
    trips: t.safeInteger(),
    revenue: t.double(),
  })
  return job('process', (env) => {
    const rides = env
      .from(kafka({ topic: 'rides', value: json(Ride), ...(bounded ? { until: 'latest' } : {}) }))
      .withWatermarks(boundedOutOfOrderness(DELAY_MS), 'ts')
    const hours = rides
      .filter(({ zone }) => zone % 2 === 0)
      .union(rides.filter(({ zone }) => zone % 2 !== 0))
      .keyBy('zone')
      .process({
        output: Hour,
        sideOutputs: { marks: Hour },
        state: {
          open: valueState(t.int()),
          trips: mapState(t.epochMillis(), t.int()),
          revenue: mapState(t.epochMillis(), t.double()),
        },
        onRecord({ amount, ts }, { state, timers, time }) {
          if (time.eventTime <= time.watermark) throw new Error('a record is late')
          const start = floor(ts, HOUR_MS)
          if (!state.trips.has(start)) state.open.update((state.open.value() ?? 0) + 1)
          state.trips.put(start, (state.trips.get(start) ?? 0) + 1)
          state.revenue.put(start, (state.revenue.get(start) ?? 0) + amount)
          timers.eventTime.register(start + HOUR_MS - 1)
        },
        onTimer(at, { key, state, emit, sideOutput }) {
          const start = at + 1 - HOUR_MS
          if (state.open.value() !== state.trips.size) throw new Error('the states of a key differ')
          const hour = {
            window_start: start,
            window_end: at + 1,
            zone: key.zone,
            trips: state.trips.get(start)!,
            revenue: state.revenue.get(start)!,
          }
          if (key.zone % 3 === 0) sideOutput('marks', hour)
          else emit(hour)
          state.trips.remove(start)
          state.revenue.remove(start)
          state.open.update(state.trips.size)
        },
      })
    hours
      .union(hours.sideOutput('marks'))
      .sinkTo(postgres({ table: 'results', upsertBy: ['window_start', 'window_end', 'zone'] }))
  }).build({
    kafkaBootstrapServers: 'simulated:9092',
    postgresUrl: 'jdbc:postgresql://simulated:5432/postgres',
    configuration,
  })
}

const tumbles = byWindow((ts) => [[floor(ts, HOUR_MS), floor(ts, HOUR_MS) + HOUR_MS]])

const typeScriptJobs: readonly SimulatedJob[] = [
  {
    name: 'process',
    windowed: true,
    appends: false,
    plan: (bounded, configuration) => hourlyProcess(bounded, configuration).graph,
    userFunctions: (id) => hourlyProcess(false, {}).functions.get(id),
    expected: tumbles,
  },
]

type SqlJob = Omit<SimulatedJob, 'plan' | 'userFunctions'> & { readonly sql: string }

const sqlJobs: readonly SqlJob[] = [
  {
    name: 'tumble',
    windowed: true,
    appends: false,
    sql: windowQuery("TUMBLE(TABLE rides, DESCRIPTOR(event_time), INTERVAL '1' HOUR)"),
    expected: tumbles,
  },
  {
    name: 'union',
    windowed: true,
    appends: false,
    sql: windowQuery("TUMBLE(TABLE halves, DESCRIPTOR(event_time), INTERVAL '1' HOUR)"),
    expected: tumbles,
  },
  {
    name: 'hop',
    windowed: true,
    appends: false,
    sql: windowQuery("HOP(TABLE rides, DESCRIPTOR(event_time), INTERVAL '20' MINUTE, INTERVAL '1' HOUR)"),
    expected: byWindow((ts) => {
      const last = floor(ts, 20 * MINUTE_MS)
      return [0, 1, 2].map((back) => [last - back * 20 * MINUTE_MS, last - back * 20 * MINUTE_MS + HOUR_MS])
    }),
  },
  {
    name: 'cumulate',
    windowed: true,
    appends: false,
    sql: windowQuery("CUMULATE(TABLE rides, DESCRIPTOR(event_time), INTERVAL '20' MINUTE, INTERVAL '1' HOUR)"),
    expected: (events) => {
      const groups = new Map<string, Group>()
      for (const { zone, amount, ts } of events) {
        const start = floor(ts!, HOUR_MS)
        for (let end = floor(ts!, 20 * MINUTE_MS) + 20 * MINUTE_MS; end <= start + HOUR_MS; end += 20 * MINUTE_MS)
          add(groups, [start, end, zone!], amount!)
      }
      return groups
    },
  },
  {
    name: 'session',
    windowed: true,
    appends: false,
    sql: windowQuery("SESSION(TABLE rides PARTITION BY zone, DESCRIPTOR(event_time), INTERVAL '10' MINUTE)"),
    expected: (events) => sessions(events, 10 * MINUTE_MS),
  },
  {
    name: 'group-by',
    windowed: false,
    appends: false,
    sql: 'INSERT INTO results SELECT zone, COUNT(*), SUM(amount) FROM rides GROUP BY zone',
    expected: (events) => {
      const groups = new Map<string, Group>()
      for (const { zone, amount } of events) add(groups, [zone!], amount!)
      return groups
    },
  },
  {
    name: 'append',
    windowed: false,
    appends: true,
    sql: 'INSERT INTO results SELECT id, zone, amount FROM rides WHERE zone >= 0',
    expected: (events) => new Map(events.map(({ id, zone, amount }) => [JSON.stringify([id]), [zone!, amount!]])),
  },
]

function planSql(job: SqlJob, bounded: boolean, configuration: Readonly<Record<string, string>>): StreamGraph {
  const table =
    job.name === 'append'
      ? sink('id BIGINT, zone INT, amount DOUBLE')
      : job.name === 'group-by'
        ? sink('zone INT, trips BIGINT, revenue DOUBLE, PRIMARY KEY (zone) NOT ENFORCED')
        : windowSink
  const session = new SqlSession(source(bounded), table)
  for (const [key, value] of Object.entries(configuration)) session.run(`SET '${key}' = '${value}'`)
  session.run(`CREATE VIEW halves AS SELECT zone, amount, event_time FROM rides WHERE MOD(zone, 2) = 0
    UNION ALL SELECT zone, amount, event_time FROM rides WHERE MOD(zone, 2) <> 0`)
  return session.plan(job.sql).graph
}

export const simulatedJobs: readonly SimulatedJob[] = [
  ...sqlJobs.map((sql) => ({
    ...sql,
    plan: (bounded: boolean, configuration: Readonly<Record<string, string>>) => planSql(sql, bounded, configuration),
    userFunctions: () => undefined,
  })),
  ...typeScriptJobs,
]

/** The next events of every partition go on from here. */
export class EventWriter {
  readonly #world: SimulatedWorld
  readonly #zones: number
  readonly #times: number[]
  readonly #stepMs: number
  #id = 0

  constructor(world: SimulatedWorld, partitions: number) {
    this.#world = world
    this.#zones = world.integer(1, 12)
    this.#times = Array.from({ length: partitions }, () => 1_700_000_000_000 + world.integer(0, HOUR_MS))
    this.#stepMs = world.pick([1_000, 30_000, 5 * MINUTE_MS])
  }

  next(partition: number): Event {
    this.#times[partition]! += this.#world.integer(0, this.#stepMs)
    return {
      id: this.#id++,
      zone: this.#world.integer(1, this.#zones),
      amount: this.#world.integer(1, 10_000) / 100,
      ts: this.#times[partition]! + this.#world.integer(0, DELAY_MS - 1),
    }
  }

  /** Moves the watermark past everything that was written; in a zone of its own. */
  marker(): Event {
    return { id: -1, zone: -1, amount: 0, ts: Math.max(...this.#times) + 100 * HOUR_MS }
  }
}
