// Taxi rides as JSON bytes: the generated decoder beside JSON.parse per record. Budget: ≥ 5 M records/s on one core.
import { Bench } from 'tinybench'
import { ColumnBuffer } from '../../engine/formats/column-buffer.ts'
import { JsonDecoder } from '../../engine/formats/json/json-decoder.ts'
import { defaultJsonFormatOptions } from '../../engine/formats/json/json-format-options.ts'
import { types, type RowType } from '../../engine/types/logical-type.ts'

const RECORDS = 100_000
const BATCH_ROWS = 8192

const rideType = types.row([
  { name: 'PULocationID', type: types.int() },
  { name: 'DOLocationID', type: types.int() },
  { name: 'trip_distance', type: types.double() },
  { name: 'total_amount', type: types.double() },
  { name: 'tpep_pickup_datetime', type: types.bigint() },
])

const documents = Array.from({ length: RECORDS }, (_, index) =>
  JSON.stringify({
    PULocationID: (index * 7) % 265,
    DOLocationID: (index * 13) % 265,
    trip_distance: ((index * 37) % 2000) / 100,
    total_amount: ((index * 91) % 9000) / 100,
    tpep_pickup_datetime: 1546300800000 + index * 1000,
  }),
)
const bytes = Buffer.from(documents.join('\n'))
const offsets = new Int32Array(RECORDS + 1)
documents.reduce((offset, document, index) => (offsets[index + 1] = offset + document.length + 1), 0)

function decodeAll(type: RowType): number {
  const buffer = new ColumnBuffer(type, BATCH_ROWS)
  const decoder = new JsonDecoder(type, defaultJsonFormatOptions, buffer)
  let row = 0
  let total = 0
  for (let record = 0; record < RECORDS; record++) {
    row += decoder.decode(bytes, offsets[record]!, offsets[record + 1]! - 1, row)
    if (row === BATCH_ROWS) {
      total += row
      row = 0
      buffer.reset()
    }
  }
  return total + row
}

function parseAll(): number {
  let total = 0
  for (let record = 0; record < RECORDS; record++) {
    const ride = JSON.parse(bytes.toString('latin1', offsets[record], offsets[record + 1]! - 1)) as {
      total_amount: number
    }
    total += ride.total_amount
  }
  return total
}

const projected = types.row([rideType.fields[0]!, rideType.fields[3]!, rideType.fields[4]!])
const bench = new Bench({ time: 1500 })
bench.add('JSON.parse per record', () => void parseAll())
bench.add('five columns', () => void decodeAll(rideType))
bench.add('three of five columns', () => void decodeAll(projected))
await bench.run()

const rates = bench.tasks.map((task) => {
  const result = task.result as { latency?: { mean: number } }
  return { name: task.name, perSecond: RECORDS / ((result.latency?.mean ?? NaN) / 1000) }
})
for (const { name, perSecond } of rates) {
  const ratio = perSecond / rates[0]!.perSecond
  console.log(`${name.padEnd(24)} ${(perSecond / 1e6).toFixed(2)} M records/s  ${ratio.toFixed(1)} × JSON.parse`)
}
