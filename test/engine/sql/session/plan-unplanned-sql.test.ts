import { describe, expect, test } from 'vitest'
import {
  boundedOutOfOrderness,
  job,
  json,
  kafka,
  minutes,
  postgres,
  schema,
  seconds,
  sum,
  t,
  tumbling,
  type StreamEnvironment,
} from '../../../../engine/index.ts'
import { isFlinktsError } from '../../../../engine/common/errors.ts'
import { planUnplannedSql } from '../../../../engine/sql/session/plan-unplanned-sql.ts'
import { sqlPlanner } from '../../../../engine/sql/plan/sql-planner.ts'
import { testJob } from '../../../../engine/testing.ts'
import type { StreamGraph } from '../../../../engine/graph/stream-graph.ts'

const Ride = schema({ zone: t.int(), tip: t.double(), at: t.epochMillis() })
const rides = kafka({ topic: 'rides', value: json(Ride) })
const records = [
  { zone: 1, tip: 12, at: 1_000 },
  { zone: 2, tip: 3, at: 2_000 },
  { zone: 1, tip: 20, at: 61_000 },
]
const inMinutes = "DESCRIPTOR(rowtime), INTERVAL '1' MINUTE"

const addresses = {
  kafkaBootstrapServers: 'broker:9092',
  postgresUrl: 'jdbc:postgresql://db:5432/x',
}

function plan(define: (env: StreamEnvironment) => void): StreamGraph {
  const { graph } = job('sql', define).build({ ...addresses, configuration: {}, callSite: () => 'jobs/a.ts:10:7' })
  return planUnplannedSql(graph, { planner: sqlPlanner, ...addresses })
}

/** One after the other. */
function callSites(...lines: number[]): () => string {
  return () => `jobs/a.ts:${lines.shift()}:7`
}

function errorOf(define: (env: StreamEnvironment) => void): unknown {
  try {
    plan(define)
  } catch (error) {
    if (isFlinktsError(error))
      return { code: error.code, message: error.message, location: error.location, fix: error.fix }
    throw error
  }
  throw new Error('no error')
}

describe('SQL inside a job', () => {
  test('is warned of half a window at its place in the file, and of missing checkpoints once', () => {
    const { warnings } = plan((env) => {
      const stream = env.from(rides).withWatermarks(boundedOutOfOrderness(seconds(0)), 'at')
      env.sql`
        CREATE TABLE sums (window_start TIMESTAMP(3), tips DOUBLE, PRIMARY KEY (window_start) NOT ENFORCED)
          WITH ('connector' = 'jdbc', 'table-name' = 'sums');
        INSERT INTO sums SELECT window_start, SUM(tip)
        FROM TABLE(TUMBLE(TABLE ${stream}, DESCRIPTOR(rowtime), INTERVAL '1' MINUTE))
        GROUP BY window_start`
      stream.sinkTo(postgres({ table: 'all' }))
    })
    expect(warnings).toEqual([
      expect.stringContaining('No checkpoint interval is set'),
      expect.stringMatching(/^GROUP BY has window_start but not window_end \(jobs\/a\.ts:15:18\): as in Flink/),
    ])
  })

  test('is warned of a table that another part of the job made, at its place in the file', () => {
    const { graph } = job('sql', (env) => {
      env.sql`
        CREATE TABLE trips (zone INT, taken TIMESTAMP(3), WATERMARK FOR taken AS taken)
          WITH ('connector' = 'kafka', 'topic' = 'trips', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
        CREATE TABLE all_trips (zone INT) WITH ('connector' = 'jdbc', 'table-name' = 'all_trips')`
      env.sql`
        INSERT INTO all_trips SELECT zone FROM trips`
      env.sql`

        INSERT INTO all_trips SELECT zone + 1 FROM trips`
    }).build({ ...addresses, configuration: { 'parallelism.default': '2' }, callSite: callSites(10, 20, 30) })
    expect(planUnplannedSql(graph, { planner: sqlPlanner, ...addresses }).warnings).toEqual([
      expect.stringMatching(/^trips is read by 2 subtasks .* \(jobs\/a\.ts:11:22\)$/),
      expect.stringMatching(/^No checkpoint interval .* \(jobs\/a\.ts:21:21\)$/),
    ])
  })

  test('inserts rows of a stream into a table of its own', async () => {
    const run = await testJob(
      job('big-tips', (env) => {
        const big = env.from(rides).filter((ride) => ride.tip > 5)
        env.sql`
          CREATE TABLE big_tips (zone INT, doubled DOUBLE) WITH ('connector' = 'jdbc', 'table-name' = 'big_tips');
          INSERT INTO big_tips SELECT zone, tip * ${2} FROM ${big};
        `
      }),
      { rides: records },
    )
    await run.finish()
    expect(run.table('big_tips')).toEqual([
      { zone: 1, doubled: 24 },
      { zone: 1, doubled: 40 },
    ])
  })

  test('gives streams, takes them back, and windows by their watermarks', async () => {
    const Tips = schema({ zone: t.int(), tips: t.nullable(t.double()), window_end: t.timestamp() })
    const run = await testJob(
      job('tips', (env) => {
        const stream = env.from(rides).withWatermarks(boundedOutOfOrderness(seconds(5)), 'at')
        const tips = env.sql(Tips)`
          SELECT zone, SUM(tip) AS tips, window_end FROM TABLE(TUMBLE(TABLE ${stream}, ${inMinutes}))
          GROUP BY zone, window_start, window_end`
        tips.map(Tips, (each) => ({ ...each, tips: (each.tips ?? 0) + 0.5 })).sinkTo(postgres({ table: 'tips' }))
        env.sql`CREATE TABLE all_tips (zone INT PRIMARY KEY NOT ENFORCED, n BIGINT) WITH ('connector' = 'jdbc', 'table-name' = 'all_tips')`
        env.sql`INSERT INTO all_tips SELECT zone, COUNT(*) FROM ${tips} GROUP BY zone`
        tips
          .withWatermarks(boundedOutOfOrderness(0), 'window_end')
          .keyBy('zone')
          .window(tumbling(minutes(10)))
          .aggregate({ total: sum('tips') })
          .sinkTo(postgres({ table: 'totals' }))
      }),
      { rides: [...records, { zone: 9, tip: 1, at: 66_000 }] },
    )
    await run.advanceTo(1_000)
    expect(run.table('tips')).toEqual([
      { zone: 1, tips: 12.5, window_end: 60_000 },
      { zone: 2, tips: 3.5, window_end: 60_000 },
    ])
    await run.finish()
    expect(run.table('all_tips')).toEqual([
      { zone: 1, n: 2n },
      { zone: 2, n: 1n },
      { zone: 9, n: 1n },
    ])
    expect(run.table('totals')).toMatchObject([
      { zone: 1, total: 32 },
      { zone: 2, total: 3 },
      { zone: 9, total: 1 },
    ])
  })

  test('tables get the addresses of the project', () => {
    const graph = plan((env) => {
      env.sql`CREATE TABLE a (x INT) WITH ('connector' = 'kafka', 'topic' = 'a', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
              CREATE TABLE b (x INT) WITH ('connector' = 'jdbc', 'table-name' = 'b');
              CREATE TABLE c (x INT) WITH ('connector' = 'kafka', 'topic' = 'c', 'properties.bootstrap.servers' = 'other:1', 'format' = 'json')`
      env.sql`INSERT INTO b SELECT x FROM a`
      env.sql`INSERT INTO c SELECT x FROM a`
    })
    const text = JSON.stringify(graph.nodes)
    expect(text).toContain('broker:9092')
    expect(text).toContain('"host":"db"')
    expect(text).toContain('other:1')
    expect(new Set(graph.nodes.map((node) => node.id)).size).toBe(graph.nodes.length)
    expect(graph.nodes.map((node) => node.name)).toEqual(['a[1]', 'b[2]', 'a[3]', 'c[4]'])
  })

  test('keeps the ids of what did not change when something else does', () => {
    const idsOf = (first: string, blank: string): readonly string[] =>
      plan((env) => {
        const stream = env.from(rides).withWatermarks(boundedOutOfOrderness(0), 'at')
        env.sql`CREATE TABLE p (zone INT PRIMARY KEY NOT ENFORCED, n BIGINT) WITH ('connector' = 'jdbc', 'table-name' = 'p')`
        env.sql`CREATE TABLE q (zone INT) WITH ('connector' = 'print')`
        if (first !== '') env.sql`INSERT INTO q SELECT zone FROM ${stream} ${first}`
        env.sql`INSERT INTO p ${blank} SELECT zone, COUNT(*) FROM ${stream} GROUP BY zone`
      }).nodes.flatMap((node) =>
        node.kind === 'operator' && node.operator.type === 'group-aggregate' ? [node.id] : [],
      )
    const ids = idsOf('', '')
    expect(ids).toHaveLength(1)
    expect(idsOf('', '\n')).toEqual(ids)
    expect(idsOf('WHERE tip > 1', '')).toEqual(ids)
  })

  test('points into the template', () => {
    const wrong = errorOf((env) => {
      const stream = env.from(rides)
      env.sql`CREATE TABLE p (zone INT) WITH ('connector' = 'print');
        INSERT INTO p
        SELECT zon FROM ${stream}`
    })
    expect(wrong).toMatchObject({
      code: 'SQL_VALIDATION',
      message: expect.stringContaining("'zon'"),
      location: { file: 'jobs/a.ts', line: 12, column: 16 },
    })
  })

  test('refuses by name what makes no sense in a job', () => {
    const Zone = schema({ zone: t.int() })
    expect(errorOf((env) => env.sql`SELECT 1`)).toMatchObject({ message: 'the rows of this SELECT go nowhere' })
    expect(errorOf((env) => env.sql`SET 'a' = 'b'`)).toMatchObject({ message: 'settings are the whole job’s' })
    expect(errorOf((env) => env.sql`CREATE TABLE p (zone INT) WITH ('connector' = 'print')`)).toMatchObject({
      message: "the job 'sql' writes nowhere",
    })
    expect(errorOf((env) => void env.sql(Zone)`SELECT zone, tip FROM ${env.from(rides)}`)).toMatchObject({
      message: 'the SELECT gives (zone, tip), the schema has (zone)',
    })
    expect(errorOf((env) => void env.sql(Zone)`SELECT tip AS zone FROM ${env.from(rides)}`)).toMatchObject({
      code: 'SQL_VALIDATION',
    })
    const Count = schema({ zone: t.int(), n: t.bigint() })
    expect(
      errorOf((env) => void env.sql(Count)`SELECT zone, COUNT(*) AS n FROM ${env.from(rides)} GROUP BY zone`),
    ).toMatchObject({ message: expect.stringMatching(/doesn't support consuming update changes/) })
    const tip = (amount: number): number => amount
    expect(errorOf((env) => env.sql`SELECT ${tip as never}(1)`)).toMatchObject({
      message: 'TypeScript functions in SQL are not supported yet',
    })
  })
})
