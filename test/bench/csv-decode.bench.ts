// Taxi rides as CSV bytes: the decoder beside splitting lines in JavaScript. Budget: ≥ 3 M records/s on one core with five
// of eight columns read.
import { Bench } from 'tinybench'
import { ColumnBuffer } from '../../engine/formats/column-buffer.ts'
import { CsvDecoder } from '../../engine/formats/csv/csv-decoder.ts'
import { defaultCsvFormatOptions } from '../../engine/formats/csv/csv-format-options.ts'
import { types } from '../../engine/types/logical-type.ts'

const RECORDS = 100_000
const BATCH_ROWS = 8192

const rideType = types.row([
  { name: 'vendor_id', type: types.int() },
  { name: 'pickup_datetime', type: types.timestamp(3) },
  { name: 'dropoff_datetime', type: types.timestamp(3) },
  { name: 'trip_distance', type: types.double() },
  { name: 'store_and_fwd_flag', type: types.string() },
  { name: 'pickup_location_id', type: types.int() },
  { name: 'dropoff_location_id', type: types.int() },
  { name: 'total_amount', type: types.double() },
])
const time = (index: number): string =>
  new Date(1546300800000 + index * 1000).toISOString().slice(0, 19).replace('T', ' ')
const bytes = Buffer.from(
  Array.from({ length: RECORDS }, (_, index) =>
    [
      (index % 2) + 1,
      time(index),
      time(index + 600),
      ((index * 37) % 2000) / 100,
      index % 50 === 0 ? 'Y' : 'N',
      (index * 7) % 265,
      (index * 13) % 265,
      ((index * 91) % 9000) / 100,
    ].join(','),
  ).join('\n') + '\n',
)

function decodeAll(wanted: readonly number[]): number {
  const buffer = new ColumnBuffer(types.row(wanted.map((index) => rideType.fields[index]!)), BATCH_ROWS)
  const columns = rideType.fields.map((_, index) => wanted.indexOf(index))
  const decoder = new CsvDecoder(rideType, defaultCsvFormatOptions, buffer, columns)
  let row = 0
  let total = 0
  for (let at = 0; at < bytes.length;) {
    at = decoder.decode(bytes, at, bytes.length, true, row)
    row += decoder.rows
    if (row === BATCH_ROWS) {
      total += row
      row = 0
      buffer.reset()
    }
  }
  return total + row
}

function splitAll(): number {
  let total = 0
  for (const line of bytes.toString('latin1').split('\n')) {
    const fields = line.split(',')
    total += Number(fields[7] ?? 0) + Date.parse(`${fields[1] ?? ''}Z`)
  }
  return total
}

const bench = new Bench({ time: 1500 })
bench.add('split and parse two fields', () => void splitAll())
bench.add('eight of eight columns', () => void decodeAll([0, 1, 2, 3, 4, 5, 6, 7]))
bench.add('five of eight columns', () => void decodeAll([1, 3, 5, 6, 7]))
await bench.run()

const rates = bench.tasks.map((task) => {
  const result = task.result as { latency?: { mean: number } }
  return { name: task.name, perSecond: RECORDS / ((result.latency?.mean ?? NaN) / 1000) }
})
for (const { name, perSecond } of rates) {
  const ratio = perSecond / rates[0]!.perSecond
  console.log(`${name.padEnd(28)} ${(perSecond / 1e6).toFixed(2)} M records/s  ${ratio.toFixed(1)} × split`)
}
