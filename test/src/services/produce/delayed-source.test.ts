import { expect, test } from 'vitest'
import { EventBatch, seededRandom, type DisorderOptions } from '../../../../src/generators/index.ts'
import { DelayedSource } from '../../../../src/services/produce/delayed-source.ts'
import type { EventSource } from '../../../../src/services/produce/event-source.ts'

/** One event every 10 ms, in portions. */
class Ticks implements EventSource {
  readonly fraction = undefined
  private next = 0
  private readonly count: number
  constructor(count: number) {
    this.count = count
  }
  fill(batch: EventBatch): boolean {
    for (let portion = 0; portion < 37 && this.next < this.count; portion++, this.next++) {
      const timeMs = this.next * 10
      batch.addEvent({
        key: null,
        value: Buffer.from(String(this.next)),
        timeMs,
        tellMs: timeMs,
        isLate: false,
        origin: 0,
      })
    }
    return this.next < this.count
  }
  titleOf(): string {
    return 'a tick'
  }
  close(): void {}
}

async function tell(count: number, disorder: DisorderOptions) {
  const source = new DelayedSource(new Ticks(count), disorder, seededRandom(4))
  const told: { readonly index: number; readonly tellMs: number; readonly late: boolean }[] = []
  for (let more = true; more;) {
    const batch = new EventBatch(100)
    more = await source.fill(batch, 100)
    for (let index = 0; index < batch.count; index++)
      told.push({
        index: Number(Buffer.from(batch.valueAt(index)).toString()),
        tellMs: batch.tellMs[index]!,
        late: batch.late[index] === 1,
      })
  }
  return told
}

test('tells every event once, in the order of time and delay', async () => {
  const told = await tell(5000, { outOfOrder: { maxMs: 200 }, late: { share: 0.05, minMs: 1000, maxMs: 2000 } })
  expect([...told].map(({ index }) => index).sort((a, b) => a - b)).toEqual(Array.from({ length: 5000 }, (_, i) => i))
  expect(told.every(({ tellMs }, at) => at === 0 || tellMs >= told[at - 1]!.tellMs)).toBe(true)
  expect(told.filter(({ late }) => late).length / 5000).toBeCloseTo(0.05, 1)
  for (const { index, tellMs, late } of told)
    expect(late ? tellMs - index * 10 >= 1000 : tellMs - index * 10 <= 200).toBe(true)
  expect(told.some(({ index }, at) => at > 0 && index < told[at - 1]!.index)).toBe(true)
})

test('keeps the order where there is no delay', async () => {
  expect((await tell(200, {})).map(({ index }) => index)).toEqual(Array.from({ length: 200 }, (_, i) => i))
})
