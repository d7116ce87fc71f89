import { describe, expect, test } from 'vitest'
import {
  blackhole,
  boundedOutOfOrderness,
  count,
  cumulating,
  hours,
  job,
  json,
  kafka,
  mapState,
  max,
  minutes,
  postgres,
  print,
  schema,
  seconds,
  session,
  sliding,
  sum,
  t,
  tumbling,
  valueState,
  type DataStream,
  type Duration,
  type Infer,
  type StateDeclarations,
  type StreamEnvironment,
  type WindowAssigner,
} from '../../../engine/index.ts'
import { isFlinktsError } from '../../../engine/common/errors.ts'
import type { StreamGraph } from '../../../engine/graph/stream-graph.ts'

const Ride = schema({ zone: t.int(), amount: t.double(), at: t.epochMillis(), note: t.nullable(t.string()) })
type Rides = DataStream<Infer<typeof Ride>>
const context = {
  kafkaBootstrapServers: 'broker:9092',
  postgresUrl: 'jdbc:postgresql://db:5432/x',
  configuration: { 'parallelism.default': '4', 'restart-strategy.type': 'none' },
}
const source = kafka({ topic: 'rides', value: json(Ride) })
const timed = (env: StreamEnvironment): Rides =>
  env.from(source).withWatermarks(boundedOutOfOrderness(seconds(5)), (ride) => ride.at)

function build(define: (env: StreamEnvironment) => void): StreamGraph {
  return job('test', define).build(context).graph
}

function refusal(define: (env: StreamEnvironment) => void): { message: string; fix: string | undefined } {
  try {
    build(define)
  } catch (error) {
    if (isFlinktsError(error) && error.code === 'GRAPH_INVALID') return { message: error.message, fix: error.fix }
    throw error
  }
  throw new Error('it was built')
}

describe('a job', () => {
  test('is a graph of named nodes with the project’s addresses and the job’s own settings first', () => {
    const { graph, functions, signature } = job(
      'hourly',
      (env) => {
        timed(env)
          .filter((ride) => ride.amount > 0, { name: 'paid' })
          .keyBy('zone')
          .window(tumbling(hours(1)))
          .aggregate({ trips: count() })
          .sinkTo(postgres({ table: 'hourly', upsertBy: ['zone', 'window_start'] }))
      },
      { parallelism: 2, checkpointInterval: seconds(10), configuration: { 'table.local-time-zone': 'UTC' } },
    ).build(context)
    expect(graph.nodes.map((node) => node.name)).toEqual([
      'rides[1]',
      'NotNull[2]',
      'paid[3]',
      'WindowAggregate[4]',
      'hourly[5]',
    ])
    expect(graph.configuration).toEqual({
      'parallelism.default': '2',
      'restart-strategy.type': 'none',
      'execution.checkpointing.interval': '10000 ms',
      'table.local-time-zone': 'UTC',
      'pipeline.name': 'hourly',
    })
    expect(graph.nodes[0]).toMatchObject({
      watermarks: { rowtimeColumn: 2, delayMs: 5001, assignEventTimes: true, hasTimestampFunction: false },
      source: { settings: { connection: { bootstrapServers: 'broker:9092' } } },
    })
    expect(graph.nodes[4]).toMatchObject({ sink: { changelog: 'upsert', keyColumns: [0, 2] } })
    expect([...functions.keys()]).toEqual([graph.nodes[2]!.id])
    expect(Object.keys(signature)).toEqual(graph.nodes.map((node) => node.id))
  })

  test('builds the same graph every time, wherever its services are', () => {
    const definition = job('same', (env) => {
      const rides = timed(env)
      rides.filter(() => true).sinkTo(print())
      rides.filter(() => false).sinkTo(print())
    })
    const here = definition.build(context)
    const there = definition.build({ ...context, kafkaBootstrapServers: 'other:1', configuration: {} })
    expect(there.signature).toEqual(here.signature)
    expect(new Set(Object.keys(here.signature)).size).toBe(here.graph.nodes.length)
  })

  test('finds state by what a window is, not by what it is called', () => {
    const idOf = (size: Duration, key: 'zone' | 'note', options: { name?: string; uid?: string }): string => {
      const { nodes } = build((env) =>
        timed(env).keyBy(key).window(tumbling(size)).aggregate({ n: count() }, options).sinkTo(blackhole()),
      )
      return nodes[2]!.id
    }
    const id = idOf(hours(1), 'zone', {})
    expect(idOf(hours(1), 'zone', { name: 'other' })).toBe(id)
    expect(idOf(hours(2), 'zone', {})).not.toBe(id)
    expect(idOf(hours(1), 'note', {})).not.toBe(id)
    const named = idOf(hours(1), 'zone', { uid: 'totals' })
    expect(named).not.toBe(id)
    expect(idOf(hours(2), 'zone', { uid: 'totals' })).toBe(named)
  })

  test('reads a timestamp field over columns and calls anything else', () => {
    const watermarksOf = (timestamp: Parameters<Rides['withWatermarks']>[1]): unknown => {
      const rides = (env: StreamEnvironment): Rides =>
        env.from(source).withWatermarks(boundedOutOfOrderness(0), timestamp)
      const { graph, functions } = job('time', (env) => rides(env).sinkTo(print())).build(context)
      return { spec: (graph.nodes[0] as { watermarks?: unknown }).watermarks, functions: functions.size }
    }
    const onColumns = { spec: { rowtimeColumn: 2, hasTimestampFunction: false }, functions: 0 }
    expect(watermarksOf('at')).toMatchObject(onColumns)
    expect(watermarksOf(({ at }) => at)).toMatchObject(onColumns)
    expect(watermarksOf((ride) => ride.at * 1000)).toMatchObject({
      spec: { rowtimeColumn: -1, hasTimestampFunction: true },
      functions: 1,
    })
  })
})

describe('process', () => {
  const Alert = schema({ zone: t.int(), what: t.string() })
  const definition = {
    output: Alert,
    sideOutputs: { late: Ride },
    state: { previous: valueState(t.double()), seen: mapState(t.string(), t.int()) },
    onRecord: () => undefined,
  }

  test('is data with one function behind it; side outputs are streams of the same node', () => {
    const { graph, functions } = job('alerts', (env) => {
      const alerts = timed(env).keyBy('zone').process(definition, { name: 'Alerts', uid: 'alerts' })
      alerts.sinkTo(print())
      alerts
        .sideOutput('late')
        .filter((ride) => ride.amount > 0)
        .sinkTo(source)
      env.sql`INSERT INTO t SELECT zone FROM ${alerts}`
      env.sql`INSERT INTO t SELECT zone FROM ${alerts.sideOutput('late')}`
    }).build(context)
    const process = graph.nodes[2]!
    expect(process).toMatchObject({
      name: 'Alerts[3]',
      outputType: Alert.rowType,
      inputs: [{ partitioning: { kind: 'hash', keys: [0] } }],
      operator: {
        type: 'process',
        keys: [0],
        sideOutputs: { late: Ride.rowType },
        state: [
          { kind: 'value', name: 'previous', valueType: { kind: 'DOUBLE' } },
          { kind: 'map', name: 'seen', keyType: { kind: 'VARCHAR' }, valueType: { kind: 'INTEGER' } },
        ],
        hasEventTime: true,
        hasTimers: false,
      },
    })
    expect(JSON.parse(JSON.stringify(graph))).toEqual(graph)
    expect(functions.get(process.id)!()).toBe(definition)
    const readers = graph.nodes.flatMap((node) => ('inputs' in node ? node.inputs : []))
    expect(readers.filter(({ from }) => from === process.id).map(({ output }) => output)).toEqual([
      undefined,
      'late',
      undefined,
      'late',
    ])
    expect(new Set(graph.nodes.map(({ id }) => id)).size).toBe(graph.nodes.length)
  })

  test('is the same operator with another state, and another one by another key', () => {
    const idOf = (key: 'zone' | 'note', state: StateDeclarations): string =>
      build((env) =>
        timed(env)
          .keyBy(key)
          .process({ ...definition, state })
          .sinkTo(blackhole()),
      ).nodes[2]!.id
    const id = idOf('zone', {})
    expect(idOf('zone', { previous: valueState(t.double()) })).toBe(id)
    expect(idOf('note', {})).not.toBe(id)
  })

  test.each([
    [
      'a name of a state that is none',
      (env: StreamEnvironment) =>
        void timed(env)
          .keyBy('zone')
          .process({ ...definition, state: { 'event-time timers': valueState(t.int()) } }),
      "process: 'event-time timers' cannot be the name of a state",
    ],
    [
      'a side output that is not declared',
      (env: StreamEnvironment) =>
        void timed(env)
          .keyBy('zone')
          .process(definition)
          .sideOutput('lat' as 'late'),
      "sideOutput: there is no side output 'lat'",
    ],
  ])('refuses %s', (_name, define, message) => {
    expect(refusal(define).message).toBe(message)
  })
})

describe('is refused by name', () => {
  const windows = (assigner: WindowAssigner) => (env: StreamEnvironment) =>
    timed(env).keyBy('zone').window(assigner).aggregate({ n: count() }).sinkTo(print())

  test.each<[string, (env: StreamEnvironment) => void, string, string | undefined]>([
    ['no sink', (env) => void env.from(source), "the job 'test' writes nowhere", 'end a stream with .sinkTo(…)'],
    [
      'an unknown field',
      (env) => void env.from(source).select('zon' as 'zone'),
      "select: the stream has no field 'zon'",
      "did you mean 'zone'?",
    ],
    [
      'a field twice',
      (env) => env.from(source).select('zone', 'zone').sinkTo(print()),
      "select: the field 'zone' appears twice",
      undefined,
    ],
    [
      'a result named as a key',
      (env) => timed(env).keyBy('zone').window(tumbling(1)).aggregate({ zone: count() }).sinkTo(print()),
      "aggregate: the field 'zone' appears twice",
      undefined,
    ],
    [
      'windows without event time',
      (env) =>
        void env
          .from(source)
          .keyBy('zone')
          .window(tumbling(hours(1))),
      'window: the stream has no event time',
      'call .withWatermarks(…) behind the source',
    ],
    ['no size', windows(tumbling(0)), 'window: sizeMs is 0', undefined],
    ['half a millisecond', windows(session(0.5)), 'window: gapMs is 0.5', undefined],
    [
      'a slide that does not divide',
      windows(sliding(minutes(5), minutes(2))),
      'window: the size of sliding windows must be a multiple of the slide',
      undefined,
    ],
    [
      'a step that does not divide',
      windows(cumulating(minutes(5), minutes(2))),
      'window: the largest size of cumulating windows must be a multiple of the step',
      undefined,
    ],
    [
      'late sessions',
      (env) => void timed(env).keyBy('zone').window(session(1)).allowedLateness(1),
      'allowedLateness: session windows do not support it yet',
      undefined,
    ],
    [
      'a sum of texts',
      (env) =>
        void timed(env)
          .keyBy('zone')
          .window(tumbling(1))
          .aggregate({ n: sum('note' as 'zone') }),
      "aggregate 'n': SUM: its argument must be numeric, but is VARCHAR",
      undefined,
    ],
    [
      'a time that is none',
      (env) => void env.from(source).withWatermarks(boundedOutOfOrderness(0), 'note' as 'at'),
      "withWatermarks: 'note' is STRING, which is no time",
      undefined,
    ],
    [
      'streams of different fields',
      (env) => void env.from(source).union(env.from(source).select('zone') as never),
      'union: the streams have different fields',
      undefined,
    ],
    [
      'a sink of another schema',
      (env) =>
        env
          .from(source)
          .select('zone')
          .sinkTo(source as never),
      "sinkTo: the stream's fields (zone INT NOT NULL) are not those of 'rides' (zone INT NOT NULL, amount DOUBLE NOT NULL, at BIGINT NOT NULL, note STRING)",
      undefined,
    ],
    [
      'a uid twice',
      (env) => {
        env.from(source, { uid: 'a' }).sinkTo(print(), { uid: 'a' })
      },
      "the uid 'a' is used twice",
      undefined,
    ],
    [
      'a maximum of lists',
      (env) => {
        const Tags = schema({ zone: t.int(), at: t.epochMillis(), tags: t.array(t.string()) })
        env
          .from(kafka({ topic: 'tags', value: json(Tags) }))
          .withWatermarks(boundedOutOfOrderness(0), 'at')
          .keyBy('zone')
          .window(tumbling(1))
          .aggregate({ most: max('tags' as 'zone') })
      },
      "aggregate 'most': MAX: values of ARRAY have no order",
      undefined,
    ],
  ])('%s', (_name, define, message, fix) => {
    const refused = refusal(define)
    expect(refused.message).toBe(message)
    if (fix !== undefined) expect(refused.fix).toBe(fix)
  })
})

describe('traps', () => {
  const traps = (configuration: Record<string, string>, define: (env: StreamEnvironment) => void): readonly string[] =>
    job('j', define).build({ ...context, configuration, callSite: () => 'jobs/a.ts:12:5' }).graph.warnings
  const toTable = (stream: Rides): void => stream.sinkTo(print())

  test('partitions that may be idle are told of where there are several readers, with the place', () => {
    const parallel = { 'parallelism.default': '4', 'execution.checkpointing.interval': '1 s' }
    expect(traps(parallel, (env) => toTable(timed(env)))).toEqual([
      expect.stringMatching(
        /^rides is read by 4 subtasks and has no idle timeout: .*`idleAfter: seconds\(10\)`\. \(jobs\/a\.ts:12:5\)$/,
      ),
    ])
    const idling = (env: StreamEnvironment): Rides =>
      env.from(source).withWatermarks(boundedOutOfOrderness(seconds(5), { idleAfter: seconds(10) }), (ride) => ride.at)
    expect(traps(parallel, (env) => toTable(idling(env)))).toEqual([])
    expect(traps({ ...parallel, 'parallelism.default': '1' }, (env) => toTable(timed(env)))).toEqual([])
  })

  test('a job on an unbounded source without checkpoints is told of', () => {
    expect(traps({}, (env) => toTable(timed(env)))).toEqual([expect.stringContaining('No checkpoint interval is set')])
    const bounded = kafka({ topic: 'rides', value: json(Ride), until: 'latest' })
    expect(traps({}, (env) => env.from(bounded).sinkTo(print()))).toEqual([])
  })
})
