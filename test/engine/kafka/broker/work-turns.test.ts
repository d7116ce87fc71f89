import { expect, test } from 'vitest'
import { WorkTurns } from '../../../../engine/kafka/broker/work-turns.ts'

/** A turn of the event loop, as a request that came in meanwhile sees it. */
const loopTurn = () => new Promise((resolve) => setImmediate(resolve))

function turnsOf(turnMs: number) {
  const clock = { timeMs: 0, monotonicMs: () => clock.timeMs }
  return { clock, turns: new WorkTurns(clock, turnMs) }
}

test('a turn is over when its time is used up, and the next one has its own', async () => {
  const { clock, turns } = turnsOf(10)
  expect(turns.isOver).toBe(false)
  clock.timeMs = 9
  expect(turns.isOver).toBe(false)
  clock.timeMs = 10
  expect(turns.isOver).toBe(true)
  await loopTurn()
  expect(turns.isOver).toBe(false)
})

test('who waits goes on in the order of coming, as many in each turn as fit into its time', async () => {
  const { clock, turns } = turnsOf(10)
  const done: number[] = []
  const work = async (name: number, pieceMs: number) => {
    await turns.next()
    clock.timeMs += pieceMs
    done.push(name)
  }
  for (const [name, pieceMs] of [4, 4, 4, 1, 50, 1].entries()) void work(name, pieceMs)
  await loopTurn()
  expect(done).toEqual([0, 1, 2])
  expect(turns.isOver).toBe(false)
  await loopTurn()
  expect(done).toEqual([0, 1, 2, 3, 4])
  await loopTurn()
  expect(done).toEqual([0, 1, 2, 3, 4, 5])
})

test('work that is far from its end lets others in between its pieces', async () => {
  const { clock, turns } = turnsOf(10)
  let pieces = 0
  const huge = async () => {
    for (; pieces < 1000; pieces++) {
      if (turns.isOver) await turns.next()
      clock.timeMs += 1
    }
  }
  const done = huge()
  expect(pieces).toBe(10)
  for (let turn = 1; turn <= 5; turn++) {
    await loopTurn()
    expect(pieces).toBeLessThanOrEqual(10 + 20 * turn)
  }
  await done
  expect(pieces).toBe(1000)
})
