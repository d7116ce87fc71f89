import { expect, test } from 'vitest'
import type { OutgoingBatch } from '../../../../src/services/replay/outgoing-batch.ts'
import { RecordsByTime } from '../../../../src/services/replay/pace-records.ts'

function batch(sourcePartition: number, ...times: number[]): OutgoingBatch {
  const none = new Int32Array(times.length)
  return {
    sourcePartition,
    count: times.length,
    sizeBytes: 0,
    bytes: new Uint8Array(0),
    keyStart: none,
    keyLength: none,
    valueStart: none,
    valueLength: none,
    timestamp: Float64Array.from(times),
    offset: Float64Array.from(times.keys()),
    partition: none,
  }
}

function drain(queues: RecordsByTime): [partition: number, timestamp: number, due: number][] {
  const taken: [number, number, number][] = []
  for (let next; (next = queues.peek()) !== undefined;) {
    taken.push([next.batch.sourcePartition, next.batch.timestamp[next.row]!, next.time])
    queues.take(next)
  }
  return taken
}

test('partitions are merged by time; what is out of order or has no time follows at once, in its place', () => {
  const queues = new RecordsByTime([0, 1])
  queues.add(batch(0, 10, 30, 20))
  queues.add(batch(0, 40))
  queues.add(batch(1, 15, -1, 35))
  expect([queues.has(0), queues.has(1)]).toEqual([true, true])
  expect(drain(queues)).toEqual([
    [0, 10, 10],
    [1, 15, 15],
    [1, -1, 15],
    [0, 30, 30],
    [0, 20, 30],
    [1, 35, 35],
    [0, 40, 40],
  ])
  expect([queues.has(0), queues.has(1)]).toEqual([false, false])
})
