import fc from 'fast-check'
import { expect, test } from 'vitest'
import { partitionOfKey } from '../../../../engine/kafka/client/partitioner.ts'
import { EventBatch, seededRandom } from '../../../../src/generators/index.ts'
import { RecordPlacer } from '../../../../src/services/produce/place-records.ts'

function partitionsOf(keys: readonly (string | null)[], placer: RecordPlacer): number[] {
  const batch = new EventBatch(keys.length)
  for (const key of keys)
    batch.addEvent({
      key: key === null ? null : Buffer.from(key),
      value: Buffer.alloc(1000),
      timeMs: NaN,
      tellMs: NaN,
      isLate: false,
      origin: 0,
    })
  placer.place(batch)
  return [...batch.partition]
}
const placer = (partitions: number, idlePartitions: readonly number[] = [], partition?: number): RecordPlacer =>
  new RecordPlacer('t', partitions, { partition, idlePartitions }, seededRandom(1))

test('keys go where Kafka’s clients send them, but not to idle partitions, and one key to one partition', () => {
  const keys = fc.array(fc.option(fc.string()), { minLength: 1, maxLength: 50 })
  fc.assert(
    fc.property(keys, fc.integer({ min: 2, max: 8 }), fc.nat(7), (keys, partitions, idle) => {
      const idlePartitions = [idle % partitions]
      const placed = partitionsOf(keys, placer(partitions, idlePartitions))
      keys.forEach((key, index) => {
        expect(placed[index]).not.toBe(idlePartitions[0])
        if (key === null) return
        const usual = partitionOfKey(Buffer.from(key), partitions)
        if (usual !== idlePartitions[0]) expect(placed[index]).toBe(usual)
        expect(placed[index]).toBe(placed[keys.indexOf(key)])
      })
    }),
  )
})

test('records without a key go round the partitions that are not idle', () => {
  const placed = partitionsOf(new Array<null>(500).fill(null), placer(3, [1]))
  expect(new Set(placed)).toEqual(new Set([0, 2]))
})

test('one partition takes everything where it is asked to', () => {
  expect(partitionsOf(['a', 'b', null], placer(4, [], 3))).toEqual([3, 3, 3])
})

test.each([
  [2, [], 2, /no partition 2.*0 to 1/],
  [1, [1], undefined, /no partition 1.*partition 0 only/],
  [2, [0, 1], undefined, /every partition of topic t is to stay idle/],
  [2, [1], 1, /partition 1 is to stay idle/],
] as const)('%i partitions, idle %j, all to %s: refused by name', (partitions, idle, partition, message) => {
  expect(() => placer(partitions, idle, partition)).toThrow(message)
})
