// `process`: the functions of the TypeScript API over keyed state, timers and side outputs; against plain expectations and
// against a model of Maps.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stateEntries, summarizeStates } from '../../../engine/checkpoint/read-snapshot.ts'
import { mapState, schema, t, valueState } from '../../../engine/index.ts'
import type {
  NoSideOutputs,
  NoState,
  ProcessDefinition,
  SideOutputs,
  StateDeclarations,
} from '../../../engine/api/process.ts'
import { job, kafka, json, monotonousTimestamps, blackhole } from '../../../engine/index.ts'
import { createOperator } from '../../../engine/operators/create-operator.ts'
import type { Operator } from '../../../engine/operators/operator.ts'
import type { ProcessSpec } from '../../../engine/operators/operator-spec.ts'
import { OperatorHarness, type ChangelogRow } from '../../../engine/testing/operator-harness.ts'
import { verifyOperator, watermark, type TestElement } from '../../../engine/testing/verify-operator.ts'

const Reading = schema({ sensor: t.int(), value: t.double(), at: t.epochMillis() })
const Said = schema({ sensor: t.int(), text: t.string() })
const readings = kafka({ topic: 'readings', value: json(Reading) })

interface ReadingRecord {
  sensor: number
  value: number
  at: number
}
interface Key {
  sensor: number
}

/** The operator as a job makes it. */
function processOf<Out, Sides extends SideOutputs = NoSideOutputs, State extends StateDeclarations = NoState>(
  definition: ProcessDefinition<ReadingRecord, Key, Out, Sides, State>,
  withTime = true,
): () => Operator {
  const { graph, functions } = job('test', (env) => {
    const source = env.from(readings)
    const stream = withTime ? source.withWatermarks(monotonousTimestamps(), 'at') : source
    stream.keyBy('sensor').process(definition, { name: 'Alerts' }).sinkTo(blackhole())
  }).build({ kafkaBootstrapServers: 'k:1', postgresUrl: 'jdbc:postgresql://p:1/p', configuration: {} })
  const process = graph.nodes.find((node) => node.kind === 'operator' && node.operator.type === 'process')
  if (process?.kind !== 'operator') throw new Error('no process')
  const spec = { ...(process.operator as ProcessSpec), source: 'jobs/alerts.ts:7:9' }
  return () => createOperator(spec, { name: process.name, random: () => 0, userFunction: functions.get(process.id) })
}

const reading = (sensor: number, value: number, at: number): TestElement => ({
  kind: 'row',
  row: ['+I', sensor, value, at],
  eventTime: at,
})
const time = (at: number): TestElement => ({ kind: 'time', at })
const said = (sensor: number, text: string): ChangelogRow => ['+I', sensor, text]

function feed(harness: OperatorHarness, ...rows: readonly [sensor: number, value: number, at: number][]): void {
  harness.processRows(
    Reading.rowType,
    rows.map((cells): ChangelogRow => ['+I', ...cells]),
    rows.map(([, , at]) => at),
  )
}

function failure(message: RegExp, fix?: RegExp): unknown {
  return expect.objectContaining({
    code: 'USER_FUNCTION_FAILED',
    message: expect.stringMatching(message),
    location: { file: 'jobs/alerts.ts', line: 7, column: 9 },
    ...(fix === undefined ? {} : { fix: expect.stringMatching(fix) }),
  })
}

describe('process', () => {
  it('keeps values and maps per key, whatever happens between two records', () => {
    verifyOperator({
      operator: processOf({
        output: Said,
        state: { previous: valueState(t.double()), counts: mapState(t.string(), t.int()) },
        onRecord({ value }, { key, state: { previous, counts }, emit }) {
          const last = previous.value()
          const band = value < 10 ? 'low' : 'high'
          counts.put(band, (counts.get(band) ?? 0) + 1)
          const all = counts.entries().map(([name, count]) => `${name} ${count}`)
          emit({ sensor: key.sensor, text: `${last ?? 'none'} → ${value}: ${all.sort().join(', ')} of ${counts.size}` })
          if (value === 99) {
            previous.clear()
            counts.remove('low')
          } else previous.update(value)
        },
      }),
      inputType: Reading.rowType,
      input: [
        reading(1, 5, 1),
        reading(2, 50, 2),
        reading(1, 7, 3),
        reading(1, 99, 4),
        reading(1, 3, 5),
        reading(2, 1, 6),
      ],
      compare: 'exact',
      keyColumns: [0],
      expected: [
        said(1, 'none → 5: low 1 of 1'),
        said(2, 'none → 50: high 1 of 1'),
        said(1, '5 → 7: low 2 of 1'),
        said(1, '7 → 99: high 1, low 2 of 2'),
        said(1, 'none → 3: high 1, low 1 of 2'),
        said(2, '50 → 1: high 1, low 1 of 2'),
      ],
    })
  })

  it('fires a timer once per key and time, in the order of times, when the watermark has come', () => {
    verifyOperator({
      operator: processOf({
        output: Said,
        state: { wanted: valueState(t.double()) },
        onRecord({ value }, { state, time: { eventTime }, timers }) {
          if (value < 0) timers.eventTime.delete(-value)
          else {
            timers.eventTime.register(eventTime + value)
            timers.eventTime.register(eventTime + value)
          }
          state.wanted.update(value)
        },
        onTimer(at, { key, state, time, timeDomain, timers, emit }) {
          emit({
            sensor: key.sensor,
            text: `${at} ${timeDomain} at ${time.eventTime}, ${time.watermark}: ${state.wanted.value()}`,
          })
          if (at === 30) timers.eventTime.register(35)
        },
      }),
      inputType: Reading.rowType,
      input: [
        reading(1, 20, 10),
        reading(2, 1, 10),
        reading(1, 5, 15),
        watermark(10),
        watermark(19),
        reading(1, 100, 20),
        reading(1, -120, 20),
        watermark(40),
        // due already: with the next watermark
        reading(2, 0, 12),
        watermark(50),
        reading(3, 40, 60),
      ],
      compare: 'exact',
      keyColumns: [0],
      expected: [
        said(2, '11 event-time at 11, 19: 1'),
        said(1, '20 event-time at 20, 40: -120'),
        said(1, '30 event-time at 30, 40: -120'),
        said(1, '35 event-time at 35, 40: -120'),
        said(2, '12 event-time at 12, 50: 0'),
        said(3, '100 event-time at 100, Infinity: 40'),
      ],
    })
  })

  it('sees late records and knows them; a restore does not make them timely', () => {
    verifyOperator({
      operator: processOf({
        output: Reading,
        sideOutputs: { late: Reading, count: Said },
        onRecord(record, { time: { eventTime, watermark: reached }, emit, sideOutput }) {
          if (eventTime <= reached) {
            sideOutput('late', record)
            sideOutput('count', { sensor: record.sensor, text: `${reached - eventTime}` })
          } else emit({ ...record, value: record.value + 1 })
        },
      }),
      inputType: Reading.rowType,
      input: [
        reading(1, 1, 10),
        reading(2, 2, 5),
        watermark(10),
        reading(1, 3, 10),
        reading(1, 4, 11),
        reading(2, 5, 3),
      ],
      compare: 'exact',
      keyColumns: [0],
      expected: [
        ['+I', 1, 2, 10],
        ['+I', 2, 3, 5],
        ['+I', 1, 5, 11],
      ],
      expectedSides: {
        late: [
          ['+I', 1, 3, 10],
          ['+I', 2, 5, 3],
        ],
        count: [said(1, '0'), said(2, '7')],
      },
    })
  })

  it('fires timers of the clock, over restores too', () => {
    verifyOperator({
      operator: processOf(
        {
          output: Said,
          onRecord({ value }, { timers, time: { processingTime } }) {
            if (value < 0) timers.processingTime.delete(-value)
            else timers.processingTime.register(processingTime + value)
          },
          onTimer(at, { key, timeDomain, time: { eventTime }, emit }) {
            emit({ sensor: key.sensor, text: `${at} ${timeDomain} ${eventTime}` })
          },
        },
        false,
      ),
      inputType: Reading.rowType,
      input: [
        time(1000),
        reading(1, 50, 0),
        reading(2, 30, 0),
        reading(1, 70, 0),
        reading(1, -1070, 0),
        time(1040),
        time(2000),
        reading(2, 9, 0),
      ],
      compare: 'exact',
      keyColumns: [0],
      // what is left at the end is dropped
      expected: [said(2, '1030 processing-time 1030'), said(1, '1050 processing-time 1050')],
    })
  })

  it('gives records the event time of what they were made of', () => {
    const times: number[] = []
    const operator = processOf({
      output: Said,
      onRecord({ sensor }, { emit, timers }) {
        timers.eventTime.register(500)
        emit({ sensor, text: '' })
      },
      onTimer: (_at, { key, emit }) => emit({ ...key, text: '' }),
    })()
    const open = operator.open!.bind(operator)
    operator.open = (context) =>
      open({
        ...context,
        output: {
          emit: ({ eventTimes, rowCount }) => times.push(...eventTimes!.subarray(0, rowCount)),
          emitWatermark: (at) => times.push(-at),
        },
      })
    const harness = new OperatorHarness(operator)
    feed(harness, [1, 0, 10], [2, 0, 20])
    harness.processWatermark(600)
    expect(times).toEqual([10, 20, 500, 500, -600])
  })

  it('takes as many records as a function emits', () => {
    const operator = processOf({
      output: Said,
      onRecord({ sensor, value }, { emit }) {
        for (let n = 0; n < value; n++) emit({ sensor, text: String(n) })
      },
    })()
    const harness = new OperatorHarness(operator)
    feed(harness, [1, 20_000, 1], [2, 0, 1], [3, 5, 1])
    const rows = harness.takeRows()
    expect(rows).toHaveLength(20_005)
    expect(rows.at(-1)).toEqual(said(3, '4'))
  })

  it('shows keys, states and timers in its snapshot', () => {
    const harness = new OperatorHarness(
      processOf({
        output: Said,
        state: {
          previous: valueState(t.double()),
          last: valueState(Reading),
          seen: mapState(t.string(), t.nullable(t.bigint())),
        },
        onRecord(record, { state, timers }) {
          state.previous.update(record.value)
          state.last.update(record)
          state.seen.put('a', 2n ** 60n)
          state.seen.put('b', null)
          timers.eventTime.register(record.at + 60_000)
          timers.eventTime.register(record.at)
          timers.processingTime.register(5)
        },
        onTimer: () => undefined,
      })(),
    )
    feed(harness, [7, 1.5, 10_000])
    harness.processWatermark(10_000)
    const snapshot = [harness.snapshot()]
    expect(
      summarizeStates(snapshot).map((state) =>
        state.kind === 'keyed-table'
          ? [state.name, state.keys.map(({ name }) => name), state.values.map(({ name }) => name), state.entries]
          : [state.name],
      ),
    ).toEqual([
      ['previous', ['sensor'], ['value'], 1],
      ['last', ['sensor'], ['value'], 1],
      ['seen', ['sensor', 'map key'], ['value'], 2],
      ['event-time timers', ['sensor', 'timer'], [], 1],
      ['processing-time timers', ['sensor', 'timer'], [], 1],
      ['watermark'],
    ])
    const entries = (name: string) => [...stateEntries(snapshot, name)].map(({ key, values }) => [key, values])
    expect(entries('previous')).toEqual([[[7], [1.5]]])
    expect(entries('last')).toEqual([[[7], [[7, 1.5, 10_000]]]])
    expect(entries('seen')).toEqual([
      [[7, 'a'], [2n ** 60n]],
      [[7, 'b'], [null]],
    ])
    expect(entries('event-time timers')).toEqual([[[7, 70_000], []]])
  })

  it('tells how many timers wait, and for when', () => {
    const operator = processOf({
      output: Said,
      onRecord({ at }, { timers }) {
        timers.eventTime.register(at + 100)
      },
      onTimer: () => undefined,
    })()
    const harness = new OperatorHarness(operator)
    expect(operator.diagnostics!({})).toEqual({ timers: [] })
    feed(harness, [1, 0, 30], [2, 0, 10], [1, 0, 50])
    expect(operator.diagnostics!({})).toEqual({ timers: [{ time: 'event', pending: 3, next: 110 }] })
    harness.processWatermark(120)
    expect(operator.diagnostics!({})).toEqual({ timers: [{ time: 'event', pending: 2, next: 130 }] })
  })
})

describe('process refuses by name', () => {
  type Definition = ProcessDefinition<
    ReadingRecord,
    Key,
    unknown,
    { late: typeof Reading },
    { count: ReturnType<typeof counted> }
  >
  const counted = () => valueState(t.int())

  function run(functions: Partial<Definition>, withTime = true): () => void {
    const definition = {
      output: Said,
      sideOutputs: { late: Reading },
      state: { count: counted() },
      onRecord: () => undefined,
      ...functions,
    }
    const harness = new OperatorHarness(processOf(definition as Definition, withTime)())
    return () => {
      feed(harness, [1, 2.5, 1000])
      harness.processWatermark(5000)
    }
  }

  it.each<[string, Partial<Definition>, RegExp, RegExp]>([
    [
      'what a function throws',
      {
        onRecord: () => {
          throw new TypeError('boom')
        },
      },
      /^Alerts\[3\] threw TypeError: boom\. The record: {"sensor":1,"value":2\.5,"at":1000}$/,
      /mend the function/,
    ],
    [
      'a value of another type',
      { onRecord: (_, { state }) => state.count.update('a' as unknown as number) },
      /^Alerts\[3\]: state 'count': string "a" is not a INT NOT NULL\. The record: {"sensor":1/,
      /declare the state with the type of its values/,
    ],
    [
      'a record of another type',
      { onRecord: (_, { emit }) => emit({ sensor: 1, text: 2 }) },
      /^Alerts\[3\]: emit: field 'text': number 2 is not a STRING NOT NULL\./,
      /emit records of the declared schema/,
    ],
    ['what is no record', { onRecord: (_, { emit }) => emit(7) }, /emit: number 7 is not a record/, /declared schema/],
    [
      'a record of another type in a side output',
      { onRecord: (_, { sideOutput }) => sideOutput('late', { sensor: 1 } as ReadingRecord) },
      /sideOutput\('late'\): field 'value': undefined is not a DOUBLE NOT NULL/,
      /declared schema/,
    ],
    [
      'an unknown side output',
      { onRecord: (_, { sideOutput }) => sideOutput('lost' as 'late', {} as ReadingRecord) },
      /there is no side output 'lost'/,
      /name it in sideOutputs/,
    ],
    [
      'an error that the function catches',
      {
        onRecord: (_, { emit }) => {
          try {
            emit(7)
          } catch {
            // looks away
          }
        },
      },
      /emit: number 7 is not a record/,
      /declared schema/,
    ],
    [
      'a promise',
      { onRecord: (async () => Promise.reject(new Error('later'))) as unknown as () => void },
      /it returned a promise, but functions on the stream are synchronous/,
      /emit/,
    ],
    [
      'a record that is returned',
      { onRecord: (() => ({ sensor: 1, text: '' })) as unknown as () => void },
      /it returned an object, but what it returns goes nowhere/,
      /give results to emit/,
    ],
    [
      'timers without onTimer',
      { onRecord: (_, { timers }) => timers.eventTime.register(1) },
      /timers: the process has no onTimer/,
      /write onTimer/,
    ],
    [
      'a time that is none',
      { onRecord: (_, { timers }) => timers.eventTime.register(NaN), onTimer: () => undefined },
      /timers\.eventTime: number NaN is no time/,
      /whole milliseconds/,
    ],
    [
      'a failing timer',
      {
        onRecord: (_, { timers }) => timers.eventTime.register(2000),
        onTimer: () => {
          throw new Error('late')
        },
      },
      /^Alerts\[3\] threw Error: late\. The timer: {"at":"1970-01-01T00:00:02\.000Z","domain":"event-time","key":{"sensor":1}}$/,
      /mend the function/,
    ],
    [
      'timers that go on for ever',
      {
        onRecord: (_, { timers }) => timers.eventTime.register(2000),
        onTimer: (at, { timers }) => timers.eventTime.register(at),
      },
      /onTimer registers timers that are due already/,
      /later than the one that fires/,
    ],
  ])('%s', (_, functions, message, fix) => {
    expect(run(functions)).toThrow(failure(message, fix))
  })

  it('event time where there is none', () => {
    const noTime = /the stream has no event time/
    const fix = /withWatermarks/
    expect(run({ onRecord: (_, { time: { eventTime } }) => void eventTime }, false)).toThrow(failure(noTime, fix))
    const onTimer = () => undefined
    expect(run({ onRecord: (_, { timers }) => timers.eventTime.register(1), onTimer }, false)).toThrow(
      failure(noTime, fix),
    )
  })

  it('timers without an end behind the end of the input', () => {
    const harness = new OperatorHarness(
      processOf({
        output: Said,
        onRecord: (_, { timers }) => timers.eventTime.register(2000),
        onTimer: (at, { timers }) => timers.eventTime.register(at + 1000),
      })(),
    )
    feed(harness, [1, 2.5, 1000])
    expect(() => harness.endOfInput()).toThrow(
      failure(/the input has ended: that would go on for ever/, /time\.watermark is Infinity/),
    )
  })

  it('what is kept for later', () => {
    let kept: ((record: { sensor: number; text: string }) => void) | undefined
    run({ onRecord: (_, { emit }) => void (kept = emit as typeof kept) })()
    expect(() => kept!({ sensor: 1, text: '' })).toThrow(/belong to the call that runs/)
  })

  it('state that was stored with another type, and takes state that was added', () => {
    const stateful = (state: StateDeclarations) =>
      processOf({
        output: Said,
        state,
        onRecord: (_, context) => (context.state as unknown as { a: { update(v: unknown): void } }).a.update(1),
      })()
    const before = new OperatorHarness(stateful({ a: valueState(t.int()) }))
    feed(before, [1, 2, 3])
    const restore = [before.snapshot()]
    expect(() => new OperatorHarness(stateful({ a: valueState(t.string()) }), { restore })).toThrow(
      expect.objectContaining({
        code: 'STATE_INCOMPATIBLE',
        message:
          "state 'a' was stored with key (INT), values (INT NOT NULL float64), the job declares key (INT), values (STRING NOT NULL cell)",
      }),
    )
    const more = new OperatorHarness(stateful({ a: valueState(t.int()), b: mapState(t.int(), t.int()) }), { restore })
    expect(more.state.unclaimedStates()).toEqual([])
  })
})

/** What the test's function does with a record; `fuel` ends the timers that onTimer registers. */
interface Command {
  readonly k: string | null
  readonly op: string
  readonly name: bigint
  readonly n: number
}
const Command = schema({ k: t.nullable(t.string()), op: t.string(), name: t.bigint(), n: t.int() })
const Told = schema({ k: t.nullable(t.string()), text: t.string() })
const operations = ['update', 'clear', 'put', 'remove', 'clear map', 'register', 'delete', 'tell'] as const

/** The same in Maps: what one key does is told by its record or timer. */
class KeyModel {
  value: number | undefined
  readonly map = new Map<bigint, number>()
  readonly timers = new Set<number>()

  text(what: string): string {
    const entries = [...this.map].sort(([left], [right]) => (left < right ? -1 : 1))
    return `${what}: ${this.value ?? 'nothing'} ${entries.map(([name, n]) => `${name}=${n}`).join(' ')} (${this.map.size})`
  }
}

function operatorOfCommands(): Operator {
  const { graph, functions } = job('model', (env) => {
    env
      .from(kafka({ topic: 'commands', value: json(Command) }))
      .withWatermarks(monotonousTimestamps(), ({ n }) => n)
      .keyBy('k')
      .process({
        output: Told,
        sideOutputs: { late: Told },
        state: { held: valueState(t.int()), entries: mapState(t.bigint(), t.int()) },
        onRecord({ k, op, name, n }, { state: { held, entries }, timers, time, emit, sideOutput }) {
          if (time.eventTime <= time.watermark) sideOutput('late', { k, text: `${time.eventTime}` })
          if (op === 'update') held.update(n)
          if (op === 'clear') held.clear()
          if (op === 'put') entries.put(name, n)
          if (op === 'remove') entries.remove(name)
          if (op === 'clear map') entries.clear()
          if (op === 'register') timers.eventTime.register(time.eventTime + n)
          if (op === 'delete') timers.eventTime.delete(time.eventTime + n)
          if (op === 'tell') emit({ k, text: describeStates('record', held.value(), entries) })
        },
        onTimer(at, { key, state: { held, entries }, timers, emit }) {
          emit({ ...key, text: describeStates(`timer ${at}`, held.value(), entries) })
          const left = held.value() ?? 0
          if (left > 0) {
            held.update(left - 1)
            timers.eventTime.register(at + (left % 3) * 5)
          }
          const first = entries.keys().sort((left, right) => (left < right ? -1 : 1))[0]
          if (first !== undefined && at % 2 === 0) entries.remove(first)
        },
      })
      .sinkTo(blackhole())
  }).build({ kafkaBootstrapServers: 'k:1', postgresUrl: 'jdbc:postgresql://p:1/p', configuration: {} })
  const node = graph.nodes.find((each) => each.kind === 'operator' && each.operator.type === 'process')
  if (node?.kind !== 'operator') throw new Error('no process')
  return createOperator(node.operator, { name: node.name, random: () => 0, userFunction: functions.get(node.id) })
}

function describeStates(
  what: string,
  value: number | undefined,
  entries: {
    readonly size: number
    entries(): [bigint, number][]
    has(name: bigint): boolean
    get(name: bigint): number | undefined
  },
): string {
  const all = entries.entries().sort(([left], [right]) => (left < right ? -1 : 1))
  for (const [name, n] of all)
    if (!entries.has(name) || entries.get(name) !== n) throw new Error('get and entries differ')
  return `${what}: ${value ?? 'nothing'} ${all.map(([name, n]) => `${name}=${n}`).join(' ')} (${entries.size})`
}

function model(input: readonly TestElement[]): { main: ChangelogRow[]; late: ChangelogRow[] } {
  const keys = new Map<string | null, KeyModel>()
  const main: ChangelogRow[] = []
  const late: ChangelogRow[] = []
  let reached = -Infinity
  const fire = (k: string | null, key: KeyModel): void => {
    for (;;) {
      const at = Math.min(...key.timers)
      if (at > reached || key.timers.size === 0) return
      key.timers.delete(at)
      main.push(['+I', k, key.text(`timer ${at}`)])
      const left = key.value ?? 0
      if (left > 0) {
        key.value = left - 1
        key.timers.add(at + (left % 3) * 5)
      }
      const first = [...key.map.keys()].sort((one, other) => (one < other ? -1 : 1))[0]
      if (first !== undefined && at % 2 === 0) key.map.delete(first)
    }
  }
  for (const element of [...input, watermark(Infinity)]) {
    if (element.kind === 'watermark') {
      reached = Math.max(reached, element.at)
      for (const [k, key] of keys) fire(k, key)
    } else if (element.kind === 'row') {
      const [, k, op, name, n] = element.row as unknown as ['+I', string | null, string, number | bigint, number]
      const key = keys.get(k) ?? new KeyModel()
      keys.set(k, key)
      const at = element.eventTime!
      if (at <= reached) late.push(['+I', k, `${at}`])
      if (op === 'update') key.value = n
      if (op === 'clear') key.value = undefined
      if (op === 'put') key.map.set(BigInt(name), n)
      if (op === 'remove') key.map.delete(BigInt(name))
      if (op === 'clear map') key.map.clear()
      if (op === 'register') key.timers.add(at + n)
      if (op === 'delete') key.timers.delete(at + n)
      if (op === 'tell') main.push(['+I', k, key.text('record')])
    }
  }
  return { main, late }
}

describe('process against a model of Maps', () => {
  const command = fc
    .record({
      k: fc.constantFrom(null, '', 'a', 'b', 'zone 7'),
      op: fc.constantFrom(...operations, 'register', 'put', 'update', 'tell'),
      name: fc.constantFrom<number | bigint>(0, 1, -5, 2n ** 62n, -(2n ** 61n)),
      n: fc.integer({ min: 0, max: 12 }),
      at: fc.integer({ min: 0, max: 60 }),
    })
    .map(({ k, op, name, n, at }): TestElement => ({ kind: 'row', row: ['+I', k, op, name, n], eventTime: at }))
  const moved = fc.integer({ min: 0, max: 70 }).map((at): TestElement => watermark(at))

  it('any records, watermarks and timers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 4, arbitrary: command }, { weight: 1, arbitrary: moved }), { maxLength: 30 }),
        (input) => {
          const { main, late } = model(input)
          verifyOperator({
            operator: operatorOfCommands,
            inputType: Command.rowType,
            input,
            compare: 'any-order',
            keyColumns: [0],
            expected: main,
            expectedSides: { late },
          })
        },
      ),
      { numRuns: 25 },
    )
  })
})
