// Options that a call does not know, or of another type than it takes: types are stripped when a job runs.
import { expect, test } from 'vitest'
import * as flinkts from '../../../engine/index.ts'
import {
  boundedOutOfOrderness,
  count,
  csv,
  files,
  hours,
  job,
  json,
  kafka,
  monotonousTimestamps,
  postgres,
  print,
  schema,
  t,
  tumbling,
  valueState,
  type Infer,
  type StreamEnvironment,
} from '../../../engine/index.ts'
import { testJob } from '../../../engine/testing.ts'

const Ride = schema({ zone: t.int(), at: t.epochMillis() })
const value = json(Ride)
const context = { kafkaBootstrapServers: 'b:1', postgresUrl: 'jdbc:postgresql://db/x', configuration: {} }

// As a job file has it: no types.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const given = (options: unknown): any => options

function build(define: (env: StreamEnvironment) => unknown): void {
  job('test', (env) => void define(env)).build(context)
}
const rides = (env: StreamEnvironment) =>
  env.from(kafka({ topic: 'rides', value })).withWatermarks(boundedOutOfOrderness(0), 'at')
const keyed = (env: StreamEnvironment) => rides(env).keyBy('zone')
const windowed = (env: StreamEnvironment) => keyed(env).window(tumbling(hours(1)))
const process = { output: Ride, onRecord: () => undefined }

async function refusal(call: () => unknown): Promise<string> {
  try {
    await call()
  } catch (error) {
    const { code, message, fix } = error as { code: string; message: string; fix: string }
    return `${code} ${message} – ${fix}`
  }
  return 'it was taken'
}

const named = "there is no option 'nmae' – did you mean 'name'? (known: name, uid)"
const nmae = given({ nmae: 'a' }) as object

test.each<[string, () => unknown]>([
  [
    "json: there is no option 'ignoreParseError' – did you mean 'ignoreParseErrors'? (known: ignoreParseErrors)",
    () => json(Ride, given({ ignoreParseError: true })),
  ],
  [
    "csv: there is no option 'headers' – did you mean 'header'? (known: header, delimiter, quote, nullLiteral, ignoreParseErrors)",
    () => csv(Ride, given({ headers: true })),
  ],
  ['csv: quote is true – give it a text, or false', () => csv(Ride, given({ quote: true }))],
  [
    "kafka: there is no option 'groupId' – did you mean 'group'? (known: topic, value, start, until, group, bootstrapServers, options)",
    () => kafka(given({ topic: 'a', value, groupId: 'g' })),
  ],
  ['kafka: topic is missing – give it a text', () => kafka(given({ value }))],
  [
    'kafka: value is an object with rowType – give it a format with its schema, e.g. json(Ride)',
    () => kafka(given({ topic: 'a', value: Ride })),
  ],
  ["kafka: start is 'earlist' – did you mean 'earliest'?", () => kafka(given({ topic: 'a', value, start: 'earlist' }))],
  [
    "kafka: start: there is no option 'timestmp' – did you mean 'timestamp'? (known: committed, otherwise, timestamp, offsets)",
    () => kafka(given({ topic: 'a', value, start: { timestmp: 5 } })),
  ],
  [
    "kafka: start is an object with committed – give it one of 'earliest', 'latest', 'committed', { committed, otherwise }, { timestamp }, { offsets }",
    () => kafka(given({ topic: 'a', value, start: { committed: true } })),
  ],
  [
    "kafka: until is 'earliest' – give it one of 'latest', 'committed', { timestamp }, { offsets }",
    () => kafka(given({ topic: 'a', value, until: 'earliest' })),
  ],
  [
    "kafka: until: timestamp is '2025-11-01' – give it whole ms since 1970",
    () => kafka(given({ topic: 'a', value, until: { timestamp: '2025-11-01' } })),
  ],
  [
    "kafka: options is an object with properties.max.poll.records – give it an object whose values are texts, e.g. { 'a.name': '2' }",
    () => kafka(given({ topic: 'a', value, options: { 'properties.max.poll.records': 5 } })),
  ],
  ["files: there is no option 'value' – known: path, format, options", () => files(given({ path: 'a', value }))],
  [
    "postgres: there is no option 'upsertby' – did you mean 'upsertBy'? (known: table, upsertBy, url, options)",
    () => postgres(given({ table: 'a', upsertby: ['zone'] })),
  ],
  ["postgres: upsertBy is 'zone' – give it a list of texts", () => postgres(given({ table: 'a', upsertBy: 'zone' }))],
  [
    "boundedOutOfOrderness: there is no option 'idleAfer' – did you mean 'idleAfter'? (known: idleAfter, emit)",
    () => boundedOutOfOrderness(0, given({ idleAfer: 5000 })),
  ],
  [
    "boundedOutOfOrderness: delay is '5 s' – give it a number of milliseconds from 0, e.g. seconds(5)",
    () => boundedOutOfOrderness(given('5 s')),
  ],
  [
    'monotonousTimestamps: its options are 5 – give an object with idleAfter, emit',
    () => monotonousTimestamps(given(5)),
  ],
  [
    "monotonousTimestamps: emit is 'onevent' – did you mean 'on-event'?",
    () => monotonousTimestamps(given({ emit: 'onevent' })),
  ],
  [
    "job: there is no option 'paralelism' – did you mean 'parallelism'? (known: parallelism, checkpointInterval, configuration)",
    () => job('a', () => undefined, given({ paralelism: 2 })),
  ],
  [
    "job: parallelism is '2' – give it a whole number from 1",
    () => job('a', () => undefined, given({ parallelism: '2' })),
  ],
  [`from: ${named}`, () => build((env) => env.from(kafka({ topic: 'a', value }), nmae))],
  [`withWatermarks: ${named}`, () => build((env) => rides(env).withWatermarks(boundedOutOfOrderness(0), 'at', nmae))],
  [
    'withWatermarks: strategy: idleTimeoutMs is missing – give it a number of milliseconds from 0, e.g. seconds(5)',
    () => build((env) => rides(env).withWatermarks(given({ delayMs: 5 }), 'at')),
  ],
  [`filter: ${named}`, () => build((env) => rides(env).filter(() => true, nmae))],
  [
    "filter: its options are 'paid' – give an object with name, uid",
    () => build((env) => rides(env).filter(() => true, given('paid'))),
  ],
  [`map: ${named}`, () => build((env) => rides(env).map(Ride, (ride) => ride, nmae))],
  [`flatMap: ${named}`, () => build((env) => rides(env).flatMap(Ride, (ride) => [ride], nmae))],
  [`sinkTo: ${named}`, () => build((env) => rides(env).sinkTo(print(), nmae))],
  [`process: ${named}`, () => build((env) => keyed(env).process(process, nmae))],
  [
    "process: there is no option 'onTimr' – did you mean 'onTimer'? (known: output, sideOutputs, state, onRecord, onTimer)",
    () => build((env) => keyed(env).process(given({ ...process, onTimr: () => undefined }))),
  ],
  [
    'process: onRecord is missing – give it a function',
    () => build((env) => keyed(env).process(given({ output: Ride }))),
  ],
  [
    'process: state is an object with sum – give it declarations by name, e.g. { previous: valueState(t.double()) }',
    () => build((env) => keyed(env).process(given({ ...process, state: { sum: t.int() } }))),
  ],
  [
    'window: offset is an object with offset – give it a whole number of milliseconds, e.g. hours(2)',
    () => build((env) => keyed(env).window(tumbling(hours(1), given({ offset: hours(1) })))),
  ],
  [
    "allowedLateness: lateness is '5' – give it a number of milliseconds from 0, e.g. seconds(5)",
    () => build((env) => windowed(env).allowedLateness(given('5'))),
  ],
  [`aggregate: ${named}`, () => build((env) => windowed(env).aggregate({ n: count() }, nmae))],
  [`reduce: ${named}`, () => build((env) => windowed(env).reduce((left) => left, nmae))],
  [
    "testJob: there is no option 'startsAt' – did you mean 'startAt'? (known: startAt, configuration)",
    () =>
      testJob(
        job('a', (env) => rides(env).sinkTo(print())),
        {},
        given({ startsAt: 5 }),
      ),
  ],
])('%s', async (told, call) => {
  expect(await refusal(call)).toBe(`OPTION_INVALID ${told}`)
})

test('maps under Flink’s keys are open, and so are the fields of a definition’s own class', () => {
  class Totals {
    readonly output = Ride
    readonly state = { sum: valueState(t.int()) }
    readonly limit = 5
    onRecord(): void {
      // nothing comes out
    }
  }
  const source = kafka({ topic: 'a', value, options: { 'properties.some.client.property': '1' } })
  const sink = postgres<Infer<typeof Ride>>({ table: 'a', options: { 'sink.buffer-flush.max-rows': '1' } })
  const define = (env: StreamEnvironment): void =>
    env.from(source).keyBy('zone').process(new Totals()).sinkTo(sink, { name: 'totals', uid: 'totals' })
  const built = job('a', define, { configuration: { 'some.setting': '1' } }).build(context)
  expect(built.graph.configuration).toMatchObject({ 'some.setting': '1' })
  expect(flinkts.datagen(Ride, { 'fields.zone.min': '1' }).table.options(context)).toEqual({ 'fields.zone.min': '1' })
})
