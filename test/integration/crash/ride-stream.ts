// Rides for crash tests, written while everything around dies; and what jobs have to make of them.
//
// No ride can be late whatever the interleaving: within a partition event times are out of order by less than the
// watermark's delay, for they are a common clock plus less than that.
import { setTimeout as delay } from 'node:timers/promises'
import { KafkaCluster, Producer, parseBootstrapServers, systemClock } from '../../../engine/host.ts'
import { consumeRecords } from '../../../src/services/consume-records.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
export const DELAY_MS = 5_000
const ZONES = 40
/** A zone of its own moves the watermark at the end. */
const MARKER_ZONE = -1

export interface Ride {
  readonly id: number
  readonly zone: number
  readonly amount: number
  readonly ts: number
}

export type Groups = Map<string, { readonly trips: number; readonly revenue: number }>

export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export interface RideWriterOptions {
  readonly bootstrap: string
  readonly random: () => number
  readonly ratePerSecond: number
  /** Mean event time between two rides, ms. */
  readonly stepMs?: number
  /** Stops for a while when so many are sent; `allow` lets it go on. Default: no limit. */
  readonly allowed?: number
}

export class RideWriter {
  readonly #options: RideWriterOptions
  readonly #cluster: KafkaCluster
  readonly #finishing = new AbortController()
  readonly #done: Promise<void>
  #time = Date.UTC(2025, 10, 1)
  /** Sent so far; acknowledged once `finish` has resolved. */
  sent = 0
  #allowed: number

  constructor(options: RideWriterOptions) {
    this.#options = options
    this.#allowed = options.allowed ?? Infinity
    this.#cluster = new KafkaCluster({
      bootstrapServers: parseBootstrapServers(options.bootstrap),
      clock: systemClock,
      random: options.random,
    })
    this.#done = this.#write()
    this.#done.catch(() => undefined) // `finish` tells
  }

  /** So many rides in all may be sent from now on. */
  allow(rides: number): void {
    this.#allowed = rides
  }

  /** Every ride is in the topic, and behind them a record in each partition that makes all their windows due. */
  async finish(): Promise<void> {
    this.#finishing.abort()
    await this.#done
  }

  async #write(): Promise<void> {
    const { random, ratePerSecond, stepMs = 3_600 } = this.#options
    const producer = await Producer.open(this.#cluster)
    const topic = await producer.topic('rides')
    let [due, lookedAt] = [0, performance.now()]
    while (!this.#finishing.signal.aborted) {
      const now = performance.now()
      due = Math.min(due + ((now - lookedAt) / 1000) * ratePerSecond, this.#allowed)
      lookedAt = now
      for (; this.sent < due; this.sent++) {
        this.#time += random() * 2 * stepMs
        const ride: Ride = {
          id: this.sent,
          zone: Math.floor(random() * ZONES),
          amount: Math.round(random() * 10_000) / 100,
          ts: Math.floor(this.#time + random() * (DELAY_MS - 1)),
        }
        const partition = Math.floor(random() * topic.partitions)
        topic.send(null, Buffer.from(JSON.stringify(ride)), Date.now(), [], partition)
      }
      if (!producer.isAvailable()) await producer.available()
      await delay(5, undefined, { signal: this.#finishing.signal }).catch(() => undefined)
    }
    const marker: Ride = { id: -1, zone: MARKER_ZONE, amount: 0, ts: this.#time + 48 * HOUR_MS }
    for (let partition = 0; partition < topic.partitions; partition++)
      topic.send(null, Buffer.from(JSON.stringify(marker)), Date.now(), [], partition)
    await producer.close()
    this.#cluster.close()
  }
}

/** All rides of the topic, markers left out; `partitions`: as many markers as end it. */
export async function readRides(bootstrap: string, partitions: number): Promise<Ride[]> {
  const rides: Ride[] = []
  const stop = new AbortController()
  let markers = 0
  const records = consumeRecords({
    connection: { bootstrapServers: bootstrap },
    topic: 'rides',
    from: { kind: 'earliest' },
    signal: stop.signal,
    notice: () => undefined,
  })
  for await (const chunk of records) {
    for (const { value } of chunk) {
      const ride = JSON.parse(Buffer.from(value!).toString()) as Ride
      if (ride.zone !== MARKER_ZONE) rides.push(ride)
      else markers++
    }
    if (markers === partitions) break
  }
  stop.abort()
  return rides
}

function add(groups: Groups, key: string, amount: number): void {
  const { trips, revenue } = groups.get(key) ?? { trips: 0, revenue: 0 }
  groups.set(key, { trips: trips + 1, revenue: revenue + amount })
}

function windowKey(start: number, end: number, zone: number): string {
  return `${new Date(start).toISOString()} ${new Date(end).toISOString()} ${zone}`
}

const floor = (ts: number, size: number): number => Math.floor(ts / size) * size

export const models: Readonly<Record<string, (rides: readonly Ride[]) => Groups>> = {
  tumble(rides) {
    const groups: Groups = new Map()
    for (const { ts, zone, amount } of rides)
      add(groups, windowKey(floor(ts, HOUR_MS), floor(ts, HOUR_MS) + HOUR_MS, zone), amount)
    return groups
  },
  hop(rides) {
    const groups: Groups = new Map()
    for (const { ts, zone, amount } of rides) {
      const last = floor(ts, 20 * MINUTE_MS)
      for (const start of [last, last - 20 * MINUTE_MS, last - 40 * MINUTE_MS])
        add(groups, windowKey(start, start + HOUR_MS, zone), amount)
    }
    return groups
  },
  cumulate(rides) {
    const groups: Groups = new Map()
    for (const { ts, zone, amount } of rides) {
      const start = floor(ts, HOUR_MS)
      for (let end = floor(ts, 20 * MINUTE_MS) + 20 * MINUTE_MS; end <= start + HOUR_MS; end += 20 * MINUTE_MS)
        add(groups, windowKey(start, end, zone), amount)
    }
    return groups
  },
  /** Gap of 5 minutes per zone. */
  session(rides) {
    const groups: Groups = new Map()
    const gapMs = 5 * MINUTE_MS
    const sorted = [...rides].sort((left, right) => left.zone - right.zone || left.ts - right.ts)
    for (let from = 0; from < sorted.length;) {
      let to = from + 1
      while (
        to < sorted.length &&
        sorted[to]!.zone === sorted[from]!.zone &&
        sorted[to]!.ts <= sorted[to - 1]!.ts + gapMs
      )
        to++
      const key = windowKey(sorted[from]!.ts, sorted[to - 1]!.ts + gapMs, sorted[from]!.zone)
      for (const { amount } of sorted.slice(from, to)) add(groups, key, amount)
      from = to
    }
    return groups
  },
  groups(rides) {
    const groups: Groups = new Map()
    for (const { zone, amount } of rides) add(groups, String(zone), amount)
    return groups
  },
}

/** What a table lacks or has too much; undefined where it is right: counts exactly, doubles within 1e-9. */
export function difference(actual: Groups, expected: Groups): string | undefined {
  for (const [key, { trips, revenue }] of expected) {
    const found = actual.get(key)
    if (found === undefined) return `${key} is missing; ${actual.size} of ${expected.size} rows are there`
    if (found.trips !== trips || Math.abs(found.revenue - revenue) > 1e-9 * Math.max(1, Math.abs(revenue)))
      return `${key} is ${found.trips} trips, ${found.revenue} instead of ${trips}, ${revenue}`
  }
  const extra = [...actual.keys()].find((key) => !expected.has(key))
  return extra === undefined ? undefined : `${extra} is too much`
}

export const ridesTable = `CREATE TABLE rides (
  id BIGINT, zone INT, amount DOUBLE, ts BIGINT,
  event_time AS TO_TIMESTAMP_LTZ(ts, 3),
  WATERMARK FOR event_time AS event_time - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka', 'topic' = 'rides', 'properties.bootstrap.servers' = '\${KAFKA}',
  'scan.startup.mode' = 'earliest-offset', 'format' = 'json'
);
SET 'table.local-time-zone' = 'UTC';
SET 'restart-strategy.type' = 'exponential-delay';
SET 'restart-strategy.exponential-delay.initial-backoff' = '100 ms';
SET 'restart-strategy.exponential-delay.max-backoff' = '2 s';
`

export function jdbcTable(name: string, columns: string): string {
  return `CREATE TABLE ${name} (${columns}) WITH ('connector' = 'jdbc', 'url' = '\${POSTGRES}', 'table-name' = '${name}');\n`
}

const windowColumns = 'window_start TIMESTAMP(3), window_end TIMESTAMP(3), zone INT, trips BIGINT, revenue DOUBLE'

/** A table of windows per zone, in Flink and in Postgres. */
export function windowTable(name: string): { readonly flink: string; readonly postgres: string } {
  return {
    flink: jdbcTable(name, `${windowColumns}, PRIMARY KEY (window_start, window_end, zone) NOT ENFORCED`),
    postgres: `CREATE TABLE ${name} (window_start timestamp(3), window_end timestamp(3), zone int, trips bigint,
      revenue double precision, PRIMARY KEY (window_start, window_end, zone));\n`,
  }
}

export const windowFunctions: Readonly<Record<string, string>> = {
  tumble: "TUMBLE(TABLE rides, DESCRIPTOR(event_time), INTERVAL '1' HOUR)",
  hop: "HOP(TABLE rides, DESCRIPTOR(event_time), INTERVAL '20' MINUTE, INTERVAL '1' HOUR)",
  cumulate: "CUMULATE(TABLE rides, DESCRIPTOR(event_time), INTERVAL '20' MINUTE, INTERVAL '1' HOUR)",
  session: "SESSION(TABLE rides PARTITION BY zone, DESCRIPTOR(event_time), INTERVAL '5' MINUTE)",
}

export function windowQuery(table: string, kind: string): string {
  return `INSERT INTO ${table} SELECT window_start, window_end, zone, COUNT(*), SUM(amount)
    FROM TABLE(${windowFunctions[kind]!}) GROUP BY window_start, window_end, zone;\n`
}

interface WindowRow {
  readonly start: string
  readonly end: string
  readonly zone: number
  readonly trips: string
  readonly revenue: number
}

/** Reads such a table. */
export async function readWindows(
  query: <Row extends object>(sql: string) => Promise<Row[]>,
  table: string,
): Promise<Groups> {
  const rows = await query<WindowRow>(
    `SELECT (extract(epoch FROM window_start) * 1000)::bigint AS start, (extract(epoch FROM window_end) * 1000)::bigint AS "end",
       zone, trips, revenue FROM ${table} WHERE zone >= 0`,
  )
  return new Map(
    rows.map(({ start, end, zone, trips, revenue }) => [
      windowKey(Number(start), Number(end), zone),
      { trips: Number(trips), revenue },
    ]),
  )
}
