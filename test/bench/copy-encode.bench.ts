// Rows of five columns into binary COPY, from memory. Budget: ≥ 2.5 M rows/s on one core.
import { Bench } from 'tinybench'
import { CopyChunk } from '../../engine/connectors/jdbc/copy-chunk.ts'
import { createRowEncoder } from '../../engine/connectors/jdbc/copy-encoder.ts'
import { PgType, type PgColumn } from '../../engine/connectors/jdbc/postgres-value-codecs.ts'
import { types, type LogicalType } from '../../engine/types/logical-type.ts'
import { batchFromRows } from '../../engine/types/record-batch.ts'

const ROWS = 8192
const CHUNK_BYTES = 256 * 1024

const columns: readonly (readonly [string, LogicalType, number])[] = [
  ['pulocationid', types.int(), PgType.int4],
  ['dolocationid', types.int(), PgType.int4],
  ['trip_distance', types.double(), PgType.float8],
  ['total_amount', types.double(), PgType.float8],
  ['pickup_datetime', types.timestamp(3), PgType.timestamp],
]
const pgColumns = columns.map(([name, , typeOid]): PgColumn => ({ name, typeOid, typeName: name }))
const batch = batchFromRows(
  types.row(columns.map(([name, type]) => ({ name, type }))),
  Array.from({ length: ROWS }, (_, row) => [
    row % 265,
    (row * 7) % 265,
    row / 100,
    row / 7,
    1546300800000 + row * 1000,
  ]),
)
const encoder = createRowEncoder(
  columns.map(([, type]) => type),
  pgColumns,
  'UTC',
)
const chunk = new CopyChunk(CHUNK_BYTES + 16 * 1024)

const bench = new Bench({ time: 1500 })
bench.add('five columns', () => {
  for (let row = 0; row < ROWS;) {
    chunk.clear()
    row = encoder.encodeRows(batch, row, chunk, CHUNK_BYTES)
  }
})
await bench.run()
const result = bench.tasks[0]!.result as { latency?: { mean: number } }
console.log(`binary COPY rows: ${(ROWS / (result.latency?.mean ?? NaN) / 1000).toFixed(2)} M rows/s`)
