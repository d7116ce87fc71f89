// Rows over an exchange between threads: into a page, cloned as a message port does, and out of it again.
// Run: npx tsx test/bench/exchange.bench.ts
import { Bench } from 'tinybench'
import { PageWriter } from '../../engine/exchange/page-bytes.ts'
import { decodePage, encodePage } from '../../engine/exchange/page-codec.ts'
import { types, type LogicalType } from '../../engine/types/logical-type.ts'
import { batchFromRows, type Cell } from '../../engine/types/record-batch.ts'

const ROWS = 4096

const shapes: Record<string, readonly (readonly [LogicalType, (row: number) => Cell])[]> = {
  'two integers, two doubles, a timestamp': [
    [types.int(), (row) => row % 265],
    [types.int(), (row) => (row * 7) % 265],
    [types.double(), (row) => row / 100],
    [types.double(), (row) => row / 7],
    [types.timestamp(3), (row) => 1_546_300_800_000 + row * 1000],
  ],
  'an integer and a string of 12 characters': [
    [types.int(), (row) => row],
    [types.string(), (row) => `zone-${String(row).padStart(7, '0')}`],
  ],
}

const bench = new Bench({ time: 1500 })
const writer = new PageWriter()
for (const [name, columns] of Object.entries(shapes)) {
  const type = types.row(columns.map(([column], index) => ({ name: `c${index}`, type: column })))
  const rows = Array.from({ length: ROWS }, (_, row) => columns.map(([, cell]) => cell(row)))
  const batch = batchFromRows(type, rows)
  bench.add(name, () => {
    decodePage(type, structuredClone(encodePage(batch, writer)))
  })
}
await bench.run()
for (const { name, result } of bench.tasks) {
  const { latency } = result as { latency?: { mean: number } }
  console.log(`${name}: ${(ROWS / (latency?.mean ?? NaN) / 1000).toFixed(1)} M rows/s`)
}
