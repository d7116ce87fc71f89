// Rows per CPU-second of the stateful operators from decoded columns, against a hand-written loop over objects and Maps.
// Run: npx tsx test/bench/window-aggregate.bench.ts
import { Bench } from 'tinybench'
import { createOperator } from '../../engine/operators/create-operator.ts'
import type { AggregateCallSpec, OperatorSpec, WindowAggregateSpec } from '../../engine/operators/operator-spec.ts'
import type { Operator, OperatorContext } from '../../engine/operators/operator.ts'
import { MetricRegistry } from '../../engine/metrics/metric-group.ts'
import { createStateBackend } from '../../engine/state/create-state-backend.ts'
import { systemClock } from '../../engine/time/clock.ts'
import { types } from '../../engine/types/logical-type.ts'
import { allocateColumn, createBatch, type RecordBatch } from '../../engine/types/record-batch.ts'
import type { WindowShape } from '../../engine/windows/window-spec.ts'

const ROWS = 2_000_000
const BATCH_ROWS = 16_384
const KEYS = 265
/** 3 M rides in a month: a row every 0.86 s, up to 5 s out of order. */
const STEP_MS = 860
const MINUTE_MS = 60_000
const START_MS = 1_761_955_200_000

const inputType = types.row(
  [
    { name: 'zone', type: types.int() },
    { name: 'amount', type: types.double() },
    { name: 'rt', type: types.timestampLtz(3) },
    { name: 'window_start', type: types.timestamp(3) },
  ],
  false,
)

function pseudoRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 0) / 2 ** 32
  }
}

function createInput(): RecordBatch[] {
  const random = pseudoRandom(7)
  const batches: RecordBatch[] = []
  for (let first = 0; first < ROWS; first += BATCH_ROWS) {
    const rowCount = Math.min(BATCH_ROWS, ROWS - first)
    const columns = inputType.fields.map((field) => allocateColumn(field.type, rowCount))
    for (let row = 0; row < rowCount; row++) {
      const time = Math.floor(START_MS + (first + row) * STEP_MS - random() * 5000)
      columns[0]!.values[row] = Math.floor(random() ** 2 * KEYS)
      columns[1]!.values[row] = Math.floor(random() * 10_000) / 100
      columns[2]!.values[row] = time
      columns[3]!.values[row] = Math.floor(time / (60 * MINUTE_MS)) * 60 * MINUTE_MS
    }
    batches.push(createBatch(inputType, columns, rowCount))
  }
  return batches
}

const count: AggregateCallSpec = {
  function: 'COUNT',
  arguments: [],
  distinct: false,
  name: 'trips',
  resultType: types.bigint(false),
}
const sum: AggregateCallSpec = {
  function: 'SUM',
  arguments: [1],
  distinct: false,
  name: 'revenue',
  resultType: types.double(),
}

function windowSpec(shape: WindowShape): WindowAggregateSpec {
  return {
    type: 'window-aggregate',
    inputType,
    outputType: types.row(
      [
        { name: 'zone', type: types.int() },
        { name: 'trips', type: types.bigint(false) },
        { name: 'revenue', type: types.double() },
        { name: 'window_start', type: types.timestamp(3, false) },
        { name: 'window_end', type: types.timestamp(3, false) },
      ],
      false,
    ),
    window: { shape, time: { kind: 'rowtime', column: 2, ltz: true }, zone: 'UTC', allowedLatenessMs: 0 },
    keys: [0],
    aggregates: [count, sum],
    properties: ['window_start', 'window_end'],
    phase: 'single',
    inputChangelog: false,
  }
}

const groupSpec: OperatorSpec = {
  type: 'group-aggregate',
  inputType,
  outputType: types.row(
    [
      { name: 'window_start', type: types.timestamp(3) },
      { name: 'zone', type: types.int() },
      { name: 'trips', type: types.bigint(false) },
      { name: 'revenue', type: types.double() },
    ],
    false,
  ),
  keys: [3, 0],
  aggregates: [count, sum],
  inputChangelog: false,
  generateUpdateBefore: false,
  stateTtlMs: 0,
  emitPerBatch: true,
}

let rowsOut = 0

function run(spec: OperatorSpec, batches: readonly RecordBatch[]): void {
  const operator: Operator = createOperator(spec, { name: 'bench', random: () => 0 })
  const context: OperatorContext = {
    output: { emit: (batch) => void (rowsOut += batch.rowCount), emitWatermark: () => undefined },
    sideOutput: () => undefined,
    state: createStateBackend({ keyGroups: { first: 0, last: 127 }, maxParallelism: 128 }),
    clock: systemClock,
    metrics: new MetricRegistry(),
    subtaskIndex: 0,
    parallelism: 1,
    maxParallelism: 128,
    configuration: {},
    currentWatermark: () => -Infinity,
    registerProcessingTimer: () => undefined,
  }
  operator.open!(context)
  batches.forEach((batch, index) => {
    operator.processBatch(0, batch)
    // a batch of 16,384 rows at some million rows per second: a watermark every 200 ms comes after tens of batches
    if (index % 16 === 15)
      operator.processWatermark?.((batch.columns[2]!.values as Float64Array)[batch.rowCount - 1]! - 5000)
  })
  operator.processWatermark?.(Infinity)
}

/** What one would write by hand: an object per record, a Map of objects per window. */
function naive(records: readonly { zone: number; amount: number; rt: number }[]): void {
  const windows = new Map<number, Map<number, { trips: number; revenue: number }>>()
  for (const record of records) {
    const end = Math.floor(record.rt / (60 * MINUTE_MS)) * 60 * MINUTE_MS + 60 * MINUTE_MS
    let window = windows.get(end)
    if (window === undefined) windows.set(end, (window = new Map()))
    const row = window.get(record.zone)
    if (row === undefined) window.set(record.zone, { trips: 1, revenue: record.amount })
    else {
      row.trips++
      row.revenue += record.amount
    }
  }
  for (const window of windows.values()) rowsOut += window.size
}

const batches = createInput()
const records = batches.flatMap((batch) =>
  Array.from({ length: batch.rowCount }, (_, row) => ({
    zone: batch.columns[0]!.values[row] as number,
    amount: batch.columns[1]!.values[row] as number,
    rt: batch.columns[2]!.values[row] as number,
  })),
)
const cases: [string, () => void][] = [
  ['naive Map of objects, tumble 1 h', () => naive(records)],
  ['tumble 1 h', () => run(windowSpec({ kind: 'tumble', sizeMs: 60 * MINUTE_MS, offsetMs: 0 }), batches)],
  [
    'hop 5 min / 1 h',
    () => run(windowSpec({ kind: 'hop', sizeMs: 60 * MINUTE_MS, slideMs: 5 * MINUTE_MS, offsetMs: 0 }), batches),
  ],
  ['session 5 min', () => run(windowSpec({ kind: 'session', gapMs: 5 * MINUTE_MS, partitionKeys: [0] }), batches)],
  ['group aggregate, per batch', () => run(groupSpec, batches)],
  ['group aggregate, per row', () => run({ ...groupSpec, emitPerBatch: false, generateUpdateBefore: true }, batches)],
]
// CPU time, so that the figures hold on a busy machine too
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
const bench = new Bench({ time: 1500, iterations: 3, warmupIterations: 1, warmupTime: 0, now: cpuMs })
for (const [name, work] of cases) bench.add(name, work)
await bench.run()
const rates = bench.tasks.map((task) => {
  const { result } = task
  return 'latency' in result ? ROWS / (result.latency.p50 / 1000) : 0
})
bench.tasks.forEach((task, index) => {
  const million = (rates[index]! / 1e6).toFixed(1).padStart(6)
  console.log(`${task.name.padEnd(36)} ${million} M rows/CPU-s  ${(rates[index]! / rates[0]!).toFixed(2)} × naive`)
})
