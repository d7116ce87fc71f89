// From fetched bytes to record positions: ours (checksum included) beside an object per record. Budget: ≥ 8 M records/s
// on one core for rides of 117 bytes of JSON.
import { Bench } from 'tinybench'
import { RecordBatchBuilder } from '../../engine/kafka/protocol/record-batch-builder.ts'
import {
  batchEndAt,
  batchHeaderBytes,
  checkBatchChecksum,
  readBatchHeader,
} from '../../engine/kafka/protocol/record-batch.ts'
import { RecordIndex } from '../../engine/kafka/protocol/record-index.ts'

const RECORDS = 100_000
const BATCH_BYTES = 1_000_000

function rides(): Buffer {
  const builder = new RecordBatchBuilder(2 * BATCH_BYTES)
  const batches: Buffer[] = []
  for (let i = 0; i < RECORDS; i++) {
    const ride = {
      PULocationID: (i * 7) % 263,
      DOLocationID: (i * 13) % 263,
      trip_distance: ((i * 31) % 1000) / 100,
      total_amount: ((i * 37) % 9000) / 100,
      tpep_pickup_datetime: 1546300800000 + i * 911,
    }
    builder.append(null, Buffer.from(JSON.stringify(ride)), 1_700_000_000_000 + Math.floor(i / 50))
    if (builder.sizeBytes > BATCH_BYTES) batches.push(builder.build())
  }
  batches.push(builder.build())
  return Buffer.concat(batches)
}

const bytes = rides()
const index = new RecordIndex({ timestamps: true })

function indexAll(): number {
  let lengths = 0
  for (let at = 0, end: number; (end = batchEndAt(bytes, at, bytes.length)) >= 0; at = end) {
    index.read(bytes, at)
    for (let i = 0; i < index.count; i++) lengths += index.valueLength[i]!
  }
  return lengths
}

function varint(position: number): [value: number, next: number] {
  let [value, shift, next] = [0, 0, position]
  for (; bytes[next]! >= 0x80; shift += 7) value |= (bytes[next++]! & 0x7f) << shift
  value |= bytes[next++]! << shift
  return [(value >>> 1) ^ -(value & 1), next]
}

/** What a client does that hands out a message object with a Buffer for each record. */
function objects(): number {
  let lengths = 0
  for (let at = 0, end: number; (end = batchEndAt(bytes, at, bytes.length)) >= 0; at = end) {
    checkBatchChecksum(bytes, at)
    const header = readBatchHeader(bytes, at)
    const records: { offset: number; timestamp: number; value: Buffer }[] = []
    for (let position = at + batchHeaderBytes, i = 0; i < header.recordCount; i++) {
      const [length, start] = varint(position)
      const [timestamp, afterTimestamp] = varint(start + 1)
      const [offset, afterOffset] = varint(afterTimestamp)
      const [keyLength, afterKey] = varint(afterOffset)
      const [valueLength, value] = varint(afterKey + Math.max(0, keyLength))
      records.push({
        offset: header.baseOffset + offset,
        timestamp: header.baseTimestamp + timestamp,
        value: bytes.subarray(value, value + valueLength),
      })
      position = start + length
    }
    for (const record of records) lengths += record.value.length
  }
  return lengths
}

if (indexAll() !== objects()) throw new Error('the two do not read the same')
const bench = new Bench({ time: 1500 })
bench.add('record index', indexAll).add('object per record', objects)
await bench.run()
const recordsPerSecond = bench.tasks.map((task) => {
  if (task.result.state !== 'completed') throw new Error(`${task.name} did not complete`)
  return (RECORDS * 1000) / task.result.latency.mean
})
bench.tasks.forEach((task, i) =>
  console.log(`${task.name.padEnd(20)} ${(recordsPerSecond[i]! / 1e6).toFixed(2)} M records/s`),
)
console.log(`ratio                ${(recordsPerSecond[0]! / recordsPerSecond[1]!).toFixed(1)} ×`)
