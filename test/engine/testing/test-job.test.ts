import { describe, expect, test } from 'vitest'
import {
  avg,
  boundedOutOfOrderness,
  count,
  hours,
  job,
  json,
  kafka,
  max,
  minutes,
  monotonousTimestamps,
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
} from '../../../engine/index.ts'
import { testJob, testStream } from '../../../engine/testing.ts'

const Ride = schema({ zone: t.int(), amount: t.double(), at: t.epochMillis() })
const rides = kafka({ topic: 'rides', value: json(Ride) })
const hour = (time: string): number => Date.parse(`2025-11-01T${time}Z`)
const ride = (zone: number, amount: number, time: string) => ({ zone, amount, at: hour(time) })

const hourlyRevenue = job('hourly-revenue', (env) => {
  env
    .from(rides)
    .withWatermarks(boundedOutOfOrderness(seconds(5)), (each) => each.at)
    .keyBy('zone')
    .window(tumbling(hours(1)))
    .aggregate({ trips: count(), revenue: sum('amount') })
    .sinkTo(postgres({ table: 'hourly_revenue', upsertBy: ['window_start', 'zone'] }))
})

const first = [ride(1, 10, '00:10:00'), ride(2, 5, '00:20:00'), ride(1, 2.5, '00:59:59')]

describe('a job under test', () => {
  test('says why nothing has come out', async () => {
    const run = await testJob(hourlyRevenue, { rides: [first, []] }, { startAt: '2025-11-01T00:59:00Z' })
    await run.advanceTo('2025-11-01T01:00:00Z')
    expect(run.table('hourly_revenue'), run.why()).toEqual([])
    expect(run.why()).toContain(
      'the next, [2025-11-01 00:00, 01:00) with 2 keys, fires when the watermark reaches 2025-11-01 00:59:59.999',
    )
    expect(run.why()).toContain('needs a record with event time >= 2025-11-01 01:00:05')
    await run.send('rides', [ride(3, 1, '02:00:00')])
    await run.advanceTo('2025-11-01T01:00:30Z')
    expect(run.why()).toMatch(/^cause: rides-1 holds the watermark back: it has had no record, for 1 min 30 s now;/)
    expect(run.why()).toContain('`idleAfter: seconds(10)`')
    await run.finish()
    expect(run.why()).toMatch(/^cause: the job has finished/)
  })

  test('fires windows as the clock lets watermarks pass', async () => {
    const run = await testJob(hourlyRevenue, { rides: [...first, ride(3, 1, '01:00:04')] })
    expect(run.table('hourly_revenue')).toEqual([])
    await run.advanceTo('2025-11-01T01:00:05Z')
    expect(run.table('hourly_revenue')).toEqual([])
    await run.send('rides', [ride(3, 1, '01:00:05')])
    await run.advanceTo('2025-11-01T01:00:06Z')
    const bounds = { window_start: hour('00:00:00'), window_end: hour('01:00:00') }
    expect(run.table('hourly_revenue')).toEqual([
      { zone: 1, trips: 2, revenue: 12.5, ...bounds },
      { zone: 2, trips: 1, revenue: 5, ...bounds },
    ])
    await run.send('rides', [ride(1, 99, '00:30:00')])
    expect(run.lateRecordsDropped).toBe(1)
    await run.finish()
    expect(run.rows('hourly_revenue')).toHaveLength(3)
    expect(run.table('hourly_revenue').at(-1)).toMatchObject({ zone: 3, trips: 2, revenue: 2 })
  })

  test('is the same at any parallelism', async () => {
    const results = await Promise.all(
      ['1', '3'].map(async (parallelism) => {
        const run = await testJob(
          hourlyRevenue,
          { rides: [first, [ride(7, 1, '00:01:00'), ride(8, 1, '05:00:00')], []] },
          { configuration: { 'parallelism.default': parallelism } },
        )
        await run.finish()
        return run.table<{ zone: number }>('hourly_revenue').sort((left, right) => left.zone - right.zone)
      }),
    )
    expect(results[0]).toHaveLength(4)
    expect(results[1]).toEqual(results[0])
  })

  test('an idle partition holds the watermark back until it is declared idle', async () => {
    const watched = (idleAfter: number) =>
      job('idle', (env) => {
        env
          .from(rides)
          .withWatermarks(monotonousTimestamps({ idleAfter }), 'at')
          .keyBy('zone')
          .window(tumbling(minutes(1)))
          .aggregate({ trips: count() })
          .sinkTo(print())
      })
    const records = { rides: [[ride(1, 1, '00:00:10'), ride(1, 1, '00:02:00')], []] }
    const waiting = await testJob(watched(0), records)
    await waiting.advanceTo(60_000)
    expect(waiting.table('print')).toEqual([])
    const idle = await testJob(watched(seconds(30)), records)
    await idle.advanceTo(20_000)
    await idle.send('rides', [ride(1, 1, '00:03:00')])
    await idle.advanceTo(29_000)
    expect(idle.table('print')).toEqual([])
    await idle.advanceTo(31_000)
    expect(idle.table('print')).toMatchObject([
      { zone: 1, trips: 1 },
      { zone: 1, trips: 1 },
    ])
    await Promise.all([waiting.cancel(), idle.cancel()])
  })

  test('windows of windows, sliding and session windows, lateness, reduce, union', async () => {
    const Total = schema({ zone: t.int(), amount: t.double(), at: t.epochMillis() })
    const chained = job('chained', (env) => {
      const stream = env.from(rides).withWatermarks(boundedOutOfOrderness(0, { emit: 'on-event' }), (each) => each.at)
      const perMinute = stream
        .keyBy('zone')
        .window(tumbling(minutes(1)))
        .aggregate({ highest: max('amount'), mean: avg('amount') })
      perMinute
        .keyBy('zone')
        .window(tumbling(hours(1)))
        .aggregate({ minutes: count(), top: max('highest') })
        .sinkTo(print('hours'))
      stream
        .keyBy('zone')
        .window(sliding(minutes(2), minutes(1)))
        .aggregate({ trips: count() })
        .sinkTo(postgres({ table: 'sliding' }))
      stream
        .keyBy('zone')
        .window(session(minutes(10)))
        .reduce((total, each) => ({ ...total, amount: total.amount + each.amount }))
        .map(Total, (total) => ({ ...total, amount: total.amount * 2 }))
        .sinkTo(postgres({ table: 'sessions' }))
      stream
        .union(stream)
        .keyBy('zone')
        .window(tumbling(minutes(1)))
        .allowedLateness(minutes(1))
        .aggregate({ trips: count() })
        .sinkTo(postgres({ table: 'updated', upsertBy: ['zone', 'window_start'] }))
    })
    const run = await testJob(chained, {
      rides: [
        ride(1, 1, '00:00:10'),
        ride(1, 3, '00:00:20'),
        ride(1, 5, '00:01:30'),
        ride(1, 7, '00:00:30'),
        ride(1, 9, '02:00:00'),
      ],
    })
    await run.finish()
    expect(run.table('print')).toMatchObject([
      { minutes: 2, top: 5 },
      { minutes: 1, top: 9 },
    ])
    expect(run.table('sliding').map(({ trips }) => trips)).toEqual([2, 4, 1, 1, 1])
    expect(run.table('sessions')).toEqual([
      { zone: 1, amount: 32, at: hour('00:00:10') },
      { zone: 1, amount: 18, at: hour('02:00:00') },
    ])
    expect(run.table('updated')).toMatchObject([{ trips: 6 }, { trips: 2 }, { trips: 2 }])
  })

  test('every type goes through functions as its schema says', async () => {
    const Everything = schema({
      flag: t.boolean(),
      tiny: t.tinyint(),
      small: t.smallint(),
      id: t.bigint(),
      safe: t.safeInteger(),
      price: t.decimal(10, 2),
      real: t.float(),
      name: t.string(),
      data: t.bytes(),
      day: t.date(),
      time: t.time(),
      local: t.timestamp(),
      instant: t.timestampLtz(),
      precise: t.preciseTimestamp(9),
      tags: t.array(t.string()),
      counts: t.map(t.string(), t.int()),
      place: t.row({ x: t.double(), label: t.nullable(t.string()) }),
      note: t.nullable(t.string()),
    })
    const record = {
      flag: true,
      tiny: -128,
      small: 32767,
      id: 9_007_199_254_740_993n,
      safe: 2 ** 53 - 1,
      price: '12.50',
      real: 0.5,
      name: 'ä',
      data: Uint8Array.of(1, 2),
      day: 20_000,
      time: 1_000,
      local: 1_700_000_000_000,
      instant: -1,
      precise: { millis: 1, nanos: 5 },
      tags: ['a', 'b'],
      counts: new Map([['k', 1]]),
      place: { x: 1.5, label: null },
      note: null,
    }
    const seen: unknown[] = []
    const copy = await testStream(
      Everything,
      (stream) =>
        stream
          .filter((each) => seen.push(each) > 0)
          .map(Everything, (each) => each)
          .flatMap(Everything, (each) => [each, each]),
      [record],
    )
    expect(seen).toEqual([record])
    expect(copy).toEqual([record, record])
  })

  test('event times of a function, and a stream that gets its watermarks later', async () => {
    const Text = schema({ when: t.string() })
    const counted = await testStream(
      Text,
      (stream) =>
        stream
          .withWatermarks(monotonousTimestamps(), (each) => Date.parse(each.when))
          .keyBy('when')
          .window(tumbling(hours(1)))
          .aggregate({ n: count() }),
      [{ when: '2025-11-01T00:30:00Z' }],
    )
    expect(counted).toEqual([
      { when: '2025-11-01T00:30:00Z', n: 1, window_start: hour('00:00:00'), window_end: hour('01:00:00') },
    ])
    const Parsed = schema({ zone: t.int(), millis: t.epochMillis() })
    const later = await testStream(
      Text,
      (stream) =>
        stream
          .map(Parsed, (each) => ({ zone: 1, millis: Date.parse(each.when) }))
          .withWatermarks(monotonousTimestamps(), (each) => each.millis + 3_600_000)
          .keyBy('zone')
          .window(tumbling(hours(1)))
          .aggregate({ n: count() }),
      [{ when: '2025-11-01T00:30:00Z' }],
    )
    expect(later).toMatchObject([{ zone: 1, window_start: hour('01:00:00') }])
  })
})

describe('process under test', () => {
  const Alert = schema({ zone: t.int(), what: t.string(), at: t.epochMillis() })
  const alerts = job('alerts', (env) => {
    const found = env
      .from(rides)
      .withWatermarks(boundedOutOfOrderness(seconds(5)), 'at')
      .keyBy('zone')
      .process({
        output: Alert,
        sideOutputs: { late: Ride },
        state: { highest: valueState(t.double()), silentAt: valueState(t.epochMillis()) },
        onRecord(each, { key, state, timers, time, emit, sideOutput }) {
          if (time.eventTime <= time.watermark) return sideOutput('late', each)
          if (each.amount > (state.highest.value() ?? Infinity)) emit({ ...key, what: 'higher', at: each.at })
          state.highest.update(Math.max(each.amount, state.highest.value() ?? 0))
          const silentAt = state.silentAt.value()
          if (silentAt !== undefined) timers.eventTime.delete(silentAt)
          timers.eventTime.register(each.at + minutes(10))
          state.silentAt.update(each.at + minutes(10))
        },
        onTimer(at, { key, time, emit }) {
          if (time.watermark < Infinity) emit({ ...key, what: 'silent', at })
        },
      })
    found
      .keyBy('what')
      .window(tumbling(hours(1)))
      .aggregate({ alerts: count() })
      .sinkTo(print())
    found.sinkTo(postgres({ table: 'alerts' }))
    found
      .sideOutput('late')
      .union(found.sideOutput('late'))
      .sinkTo(postgres({ table: 'late' }))
    env.sql`
      CREATE TABLE late_zones (zone INT, came TIMESTAMP_LTZ(3)) WITH ('connector' = 'kafka', 'topic' = 'late_zones', 'format' = 'json');
      INSERT INTO late_zones SELECT zone, rowtime FROM ${found.sideOutput('late')}`
  })
  const input = [ride(1, 10, '00:00:10'), ride(2, 5, '00:00:20'), ride(1, 12, '00:05:00'), ride(3, 4, '00:12:00')]

  test.each(['true', 'false'])('gives what was emitted, side outputs and event times; chained: %s', async (chained) => {
    const configuration = { 'pipeline.operator-chaining.enabled': chained }
    const run = await testJob(alerts, { rides: input }, { configuration })
    await run.advanceTo('2025-11-01T00:12:00Z')
    const emitted = [
      { zone: 1, what: 'higher', at: hour('00:05:00') },
      { zone: 2, what: 'silent', at: hour('00:10:20') },
    ]
    expect(run.table('alerts')).toHaveLength(2)
    expect(run.table('alerts')).toEqual(expect.arrayContaining(emitted))
    await run.send('rides', [ride(1, 1, '00:02:00')])
    expect(run.table('late')).toEqual([ride(1, 1, '00:02:00'), ride(1, 1, '00:02:00')])
    expect(run.table('late_zones')).toEqual([{ zone: 1, came: hour('00:02:00') }])
    await run.finish()
    expect(run.table('alerts')).toHaveLength(2)
    const byName = run
      .table<{ what: string; alerts: number }>('print')
      .sort((left, right) => (left.what < right.what ? -1 : 1))
    expect(byName).toMatchObject([
      { what: 'higher', alerts: 1 },
      { what: 'silent', alerts: 1 },
    ])
  })

  test('says which timer fires next, and what for', async () => {
    const run = await testJob(alerts, { rides: [input, []] }, { startAt: '2025-11-01T00:12:00Z' })
    await run.advanceTo('2025-11-01T00:13:00Z')
    expect(run.why()).toContain(
      'Process[3]: 3 pending timers; the next fires when the watermark reaches 2025-11-01 00:10:20; there is no watermark yet',
    )
    expect(run.why()).toMatch(/^cause: rides-1 holds the watermark back/)
    expect(run.why()).toContain('without it Process[3] would have fired its timer at 2025-11-01 00:10:20')
    await run.cancel()
  })

  test('fires timers of the clock as the clock is moved', async () => {
    const counted = await testJob(
      job('clock', (env) => {
        env
          .from(rides)
          .keyBy('zone')
          .process({
            output: Alert,
            onRecord: (_, { timers, time }) => timers.processingTime.register(time.processingTime + minutes(1)),
            onTimer: (at, { key, timeDomain, emit }) => emit({ ...key, what: timeDomain, at }),
          })
          .sinkTo(print())
      }),
      { rides: input },
      { startAt: 1_000 },
    )
    await counted.advanceTo(60_999)
    expect(counted.table('print')).toEqual([])
    expect(counted.why()).toContain('3 pending timers of the clock; the next fires in 1 ms')
    await counted.advanceTo(61_000)
    expect(counted.table('print')).toEqual([
      { zone: 1, what: 'processing-time', at: 61_000 },
      { zone: 2, what: 'processing-time', at: 61_000 },
      { zone: 3, what: 'processing-time', at: 61_000 },
    ])
    await counted.finish()
  })
})

describe('what a test is told', () => {
  test('an unknown topic or table, with the near name', async () => {
    await expect(testJob(hourlyRevenue, { ride: [] })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      fix: "did you mean 'rides'?",
    })
    const run = await testJob(hourlyRevenue, {})
    expect(() => run.table('hourly_revenu')).toThrow(/writes nothing named 'hourly_revenu'/)
    await run.cancel()
  })

  test('a record that does not fit', async () => {
    await expect(testJob(hourlyRevenue, { rides: [{ zone: 'x' }] })).rejects.toMatchObject({
      code: 'RECORD_MALFORMED',
      message: "a record for 'rides': field 'zone': string \"x\" is not a INT NOT NULL",
    })
  })

  test('times without a zone, and times that go back', async () => {
    const run = await testJob(hourlyRevenue, {}, { startAt: '2025-11-01T00:00:00Z' })
    await expect(run.advanceTo('2025-11-01T00:00:00')).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    await expect(run.advanceTo(5)).rejects.toMatchObject({ message: expect.stringContaining('does not go back') })
    await run.cancel()
  })

  test('the error of a function, with the record', async () => {
    const failing = testStream(
      Ride,
      (stream) =>
        stream.filter((each) => {
          if (each.zone === 2) throw new RangeError('no such zone')
          return true
        }),
      [ride(1, 1, '00:00:00'), ride(2, 7, '00:00:00')],
    )
    await expect(failing).rejects.toMatchObject({
      code: 'USER_FUNCTION_FAILED',
      message: expect.stringMatching(
        /^Filter\[3\] threw RangeError: no such zone\. The record: {"zone":2,"amount":7,"at":\d+}$/,
      ),
    })
  })
})
