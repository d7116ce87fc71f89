// Work is counted, not timed: how often it is asked how much can be read.
import { expect, test } from 'vitest'
import { waitForBytes, type AwaitedPartition } from '../../../../engine/kafka/broker/fetch-wait.ts'
import { ManualClock } from '../../../../engine/testing/manual-clock.ts'

class GrowingPartition implements AwaitedPartition {
  bytes: number | undefined
  asked = 0
  readonly watching = new Set<() => void>()

  constructor(bytes = 0) {
    this.bytes = bytes
  }

  availableBytes(): number | undefined {
    this.asked++
    return this.bytes
  }

  watch(changed: () => void): () => void {
    this.watching.add(changed)
    return () => this.watching.delete(changed)
  }

  becomes(bytes: number | undefined): void {
    this.bytes = bytes
    for (const changed of this.watching) changed()
  }
}

function waiting(partitions: readonly GrowingPartition[], minBytes: number, maxWaitMs = 1000) {
  const clock = new ManualClock()
  const state = { isDone: false, close: (): void => undefined, clock }
  const onClosed = (callback: () => void): void => void (state.close = callback)
  void waitForBytes(partitions, { minBytes, maxWaitMs, clock, onClosed }).then(() => (state.isDone = true))
  return state
}

const settled = () => new Promise((resolve) => setImmediate(resolve))
const askedOf = (partitions: readonly GrowingPartition[]) => partitions.reduce((sum, { asked }) => sum + asked, 0)

test('2,000 partitions that grow 10,000 times are asked once each, then once per growth', async () => {
  const partitions = Array.from({ length: 2000 }, () => new GrowingPartition())
  const wait = waiting(partitions, 9_999)
  expect(askedOf(partitions)).toBe(2000)
  for (let i = 0; i < 9_998; i++) partitions[i % 2000]!.becomes(partitions[i % 2000]!.bytes! + 1)
  await settled()
  expect([wait.isDone, askedOf(partitions)]).toEqual([false, 2000 + 9_998])
  partitions[7]!.becomes(partitions[7]!.bytes! + 1)
  await settled()
  expect([wait.isDone, askedOf(partitions)]).toEqual([true, 2000 + 9_999])
  expect(partitions.every(({ watching }) => watching.size === 0)).toBe(true)
})

test('what shrinks (records were deleted) counts no more', async () => {
  const [a, b] = [new GrowingPartition(5), new GrowingPartition()]
  const wait = waiting([a, b], 10)
  a.becomes(0)
  b.becomes(9)
  await settled()
  expect(wait.isDone).toBe(false)
  a.becomes(1)
  await settled()
  expect(wait.isDone).toBe(true)
})

test.each([
  ['something goes wrong', (partition: GrowingPartition) => partition.becomes(undefined)],
  ['the time is over', (_: GrowingPartition, wait: ReturnType<typeof waiting>) => wait.clock.advanceBy(1000)],
  ['nobody waits any more', (_: GrowingPartition, wait: ReturnType<typeof waiting>) => wait.close()],
])('ends, and watches nothing any more, when %s', async (_name, act) => {
  const partition = new GrowingPartition()
  const wait = waiting([partition], 10)
  await settled()
  expect([wait.isDone, partition.watching.size]).toEqual([false, 1])
  act(partition, wait)
  await settled()
  expect([wait.isDone, partition.watching.size]).toEqual([true, 0])
})

test('does not begin where something is wrong, enough is there or nobody wants to wait', async () => {
  const wrong = new GrowingPartition()
  wrong.bytes = undefined
  const waits = [waiting([wrong], 1), waiting([new GrowingPartition(1)], 1), waiting([new GrowingPartition()], 1, 0)]
  await settled()
  expect(waits.map(({ isDone }) => isDone)).toEqual([true, true, true])
})
