// map, filter and process over rides of five columns: batches in memory, objects to the user's functions and back. Budgets on
// one core: map + filter ≥ 2 M records/s, process with a value per key ≥ 1 M records/s.
// Run: npx tsx test/bench/user-functions.bench.ts
import { Bench } from 'tinybench'
import {
  schema,
  t,
  type Infer,
  type MapState,
  type ProcessTime,
  type Timers,
  type ValueState,
} from '../../engine/index.ts'
import { ColumnBuffer } from '../../engine/formats/column-buffer.ts'
import { JsonDecoder } from '../../engine/formats/json/json-decoder.ts'
import { defaultJsonFormatOptions } from '../../engine/formats/json/json-format-options.ts'
import { MetricRegistry } from '../../engine/metrics/metric-group.ts'
import { createOperator } from '../../engine/operators/create-operator.ts'
import type { OperatorSpec } from '../../engine/operators/operator-spec.ts'
import type { Operator, OperatorContext } from '../../engine/operators/operator.ts'
import { createStateBackend } from '../../engine/state/create-state-backend.ts'
import { keyGroupRangeFor } from '../../engine/state/key-groups.ts'
import { systemClock } from '../../engine/time/clock.ts'
import { types } from '../../engine/types/logical-type.ts'
import { allocateColumn, createBatch, type RecordBatch } from '../../engine/types/record-batch.ts'

const ROWS = 2048

const Ride = schema({
  PULocationID: t.int(),
  DOLocationID: t.int(),
  trip_distance: t.double(),
  total_amount: t.double(),
  tpep_pickup_datetime: t.epochMillis(),
})
type RideRecord = Infer<typeof Ride>
const Fare = schema({ zone: t.int(), hour: t.int(), perMile: t.double(), label: t.string() })

function createInput(): RecordBatch {
  const columns = Ride.rowType.fields.map((field) => allocateColumn(field.type, ROWS))
  for (let row = 0; row < ROWS; row++) {
    columns[0]!.values[row] = (row * 7) % 265
    columns[1]!.values[row] = (row * 11) % 265
    columns[2]!.values[row] = ((row * 37) % 2000) / 100
    columns[3]!.values[row] = ((row * 91) % 9000) / 100
    columns[4]!.values[row] = 1_761_955_200_000 + row * 860
  }
  return createBatch(Ride.rowType, columns, ROWS)
}

function chain(...operators: Operator[]): (batch: RecordBatch) => void {
  let rows = 0
  operators.forEach((operator, index) => {
    const next = operators[index + 1]
    const output = {
      emit: (batch: RecordBatch) => (next === undefined ? (rows += batch.rowCount) : next.processBatch(0, batch)),
      emitWatermark: () => undefined,
    }
    operator.open?.({
      output,
      metrics: new MetricRegistry(),
      state: createStateBackend({ keyGroups: keyGroupRangeFor(128, 1, 0), maxParallelism: 128 }),
      clock: systemClock,
      sideOutput: () => undefined,
    } as unknown as OperatorContext)
  })
  return (batch) => {
    operators[0]!.processBatch(0, batch)
    if (rows === 0) throw new Error('nothing came through')
  }
}

const environment = { name: 'bench', random: () => 0 }
const createFilter = (): Operator =>
  createOperator(
    { type: 'filter', inputType: Ride.rowType, outputType: Ride.rowType },
    { ...environment, userFunction: (ride: RideRecord) => ride.trip_distance > 0.5 && ride.total_amount < 80 },
  )
const createMap = (): Operator =>
  createOperator(
    { type: 'map', inputType: Ride.rowType, outputType: Fare.rowType },
    {
      ...environment,
      userFunction: (ride: RideRecord) => ({
        zone: ride.PULocationID,
        hour: Math.floor(ride.tpep_pickup_datetime / 3_600_000) % 24,
        perMile: ride.total_amount / ride.trip_distance,
        label: ride.DOLocationID === 132 ? 'airport' : 'city',
      }),
    },
  )

interface ProcessCall {
  readonly state: { readonly previous: ValueState<number>; readonly zones: MapState<number, number> }
  readonly timers: { readonly eventTime: Timers }
  readonly time: ProcessTime
  emit(fare: { zone: number; hour: number; perMile: number; label: string }): void
}
const createProcess = (onRecord: (ride: RideRecord, call: ProcessCall) => void): Operator => {
  const spec: OperatorSpec = {
    type: 'process',
    inputType: Ride.rowType,
    outputType: Fare.rowType,
    keys: [0],
    sideOutputs: {},
    state: [
      { kind: 'value', name: 'previous', valueType: types.double(false) },
      { kind: 'map', name: 'zones', keyType: types.int(false), valueType: types.int(false) },
    ],
    hasEventTime: true,
    hasTimers: true,
  }
  return createOperator(spec, { ...environment, userFunction: () => ({ onRecord, onTimer: () => undefined }) })
}
const emitFare = ({ PULocationID, total_amount }: RideRecord, perMile: number, call: ProcessCall): void =>
  call.emit({ zone: PULocationID, hour: 0, perMile, label: total_amount > 50 ? 'dear' : 'cheap' })

const input = createInput()
const createSpread = (): Operator =>
  createOperator(
    { type: 'map', inputType: Ride.rowType, outputType: Ride.rowType },
    { ...environment, userFunction: (ride: RideRecord) => ({ ...ride, total_amount: ride.total_amount * 1.1 }) },
  )
const timed: RecordBatch = { ...input, eventTimes: input.columns[4]!.values as Float64Array }
const mapOnly = chain(createMap())
const withValue = chain(
  createProcess((ride, call) => {
    const previous = call.state.previous.value() ?? 0
    call.state.previous.update(ride.total_amount)
    emitFare(ride, previous, call)
  }),
)
const withMapAndTimers = chain(
  createProcess((ride, call) => {
    const { zones } = call.state
    zones.put(ride.DOLocationID, (zones.get(ride.DOLocationID) ?? 0) + 1)
    call.timers.eventTime.register(Math.floor(call.time.eventTime / 3_600_000 + 1) * 3_600_000)
    emitFare(ride, zones.size, call)
  }),
)
const filterAndMap = chain(createFilter(), createMap())
const filterAndSpread = chain(createFilter(), createSpread())

const fields = Ride.rowType.fields.map(({ name }) => name)
const documents = Array.from({ length: ROWS }, (_, row) =>
  JSON.stringify(Object.fromEntries(fields.map((name, column) => [name, input.columns[column]!.values[row]]))),
)
const bytes = Buffer.from(documents.join('\n'))
const offsets = new Int32Array(ROWS + 1)
documents.reduce((offset, document, index) => (offsets[index + 1] = offset + document.length + 1), 0)
const buffer = new ColumnBuffer(Ride.rowType, ROWS)
const decoder = new JsonDecoder(Ride.rowType, defaultJsonFormatOptions, buffer)

function decode(): RecordBatch {
  buffer.reset()
  for (let row = 0; row < ROWS; row++) decoder.decode(bytes, offsets[row]!, offsets[row + 1]! - 1, row)
  return buffer.toBatch(ROWS)
}

const bench = new Bench({ time: 1500, warmupTime: 500 })
bench.add('filter + map', () => filterAndMap(input))
bench.add('filter + map with { ...ride }', () => filterAndSpread(input))
bench.add('map', () => mapOnly(timed))
bench.add('process, a value per key', () => withValue(timed))
bench.add('process, map state and timers', () => withMapAndTimers(timed))
bench.add('JSON bytes, filter + map', () => filterAndMap(decode()))
await bench.run()
for (const { name, result } of bench.tasks) {
  if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`)
  console.log(`${name.padEnd(30)} ${((ROWS * result.throughput.mean) / 1e6).toFixed(1)} M records/s`)
}
