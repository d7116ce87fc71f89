// The same history against two brokers: each operation is done at both, and the answers must be the same.
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { RunningBroker } from '../../../../engine/broker.ts'
import { realKafka } from '../real-kafka.ts'
import { pause, Side } from './side.ts'

/** Plain data, so that a history that fails can be read, and run again. */
export interface Step {
  readonly kind: string
}

export interface Histories<OneStep extends Step> {
  readonly steps: fc.Arbitrary<OneStep>
  /** For example to create topics. Answers are not compared. */
  readonly prepare: (side: Side) => Promise<void>
  /** The answers, canonical; undefined ends the history: from here on brokers may differ. */
  readonly run: (side: Side, step: OneStep) => Promise<unknown>
  /** What was sent and not answered yet: after each step, both brokers must come to wait for the same. */
  readonly waitingFor?: (side: Side) => string
  /** After each step: what was answered may be seen by everybody. */
  readonly untilVisible?: (side: Side) => Promise<void>
  /** After each step, when both wait for the same. */
  readonly observe?: (side: Side) => Promise<unknown>
  readonly finish?: (side: Side) => Promise<unknown>
  readonly stepsMax: number
  readonly runs: number
}

const seeds = Number(process.env['SEEDS'] ?? 2)

/** As many seeds as SEEDS says, or the one that SEED names. */
export function historySeeds(): number[] {
  const one = process.env['SEED']
  if (one !== undefined) return [Number(one)]
  return Array.from({ length: seeds }, (_, index) => 20_260_000 + index)
}

export async function assertSameAnswers<OneStep extends Step>(
  broker: RunningBroker,
  seed: number,
  histories: Histories<OneStep>,
): Promise<void> {
  const { steps, stepsMax, runs } = histories
  const property = fc.asyncProperty(fc.array(steps, { maxLength: stepsMax, size: 'max' }), (history) =>
    runAtBoth(broker, histories, history),
  )
  await fc.assert(property, { seed, numRuns: runs, interruptAfterTimeLimit: 100_000, markInterruptAsFailure: false })
}

async function runAtBoth<OneStep extends Step>(
  broker: RunningBroker,
  histories: Histories<OneStep>,
  history: readonly OneStep[],
): Promise<void> {
  const prefix = randomUUID().slice(0, 8)
  const sides = [new Side(realKafka!, prefix), new Side(broker.bootstrap, prefix)] as const
  const both = async (act: (side: Side) => Promise<unknown>, about: string): Promise<boolean> => {
    const [theirs, ours] = await Promise.all(sides.map(act))
    // A mistake of its own: nothing to learn from.
    if (JSON.stringify(theirs)?.includes('UNKNOWN_SERVER_ERROR') === true) return false
    expect(ours, `${about}: Kafka's answer was expected, ours received`).toEqual(theirs)
    return theirs !== undefined
  }
  try {
    await Promise.all(sides.map(histories.prepare))
    for (const [index, step] of history.entries()) {
      const about = `step ${index} ${JSON.stringify(step)}`
      const goesOn = await both((side) => histories.run(side, step), about)
      await settle(histories, sides)
      if (!goesOn) return
      if (histories.untilVisible !== undefined) {
        await Promise.all(sides.map(histories.untilVisible))
        await settle(histories, sides)
      }
      if (histories.observe !== undefined && !(await both(histories.observe, about))) return
    }
    if (histories.finish !== undefined) await both(histories.finish, 'at the end')
  } finally {
    for (const side of sides) {
      await removeTopics(side)
      side.close()
    }
  }
}

const settleMsMax = 3000
const settleCheckMs = 4

export async function settle<OneStep extends Step>(
  { waitingFor }: Histories<OneStep>,
  sides: readonly [Side, Side],
): Promise<void> {
  if (waitingFor === undefined) return
  const [theirs, ours] = sides
  for (let waitedMs = 0; waitedMs < settleMsMax; waitedMs += settleCheckMs) {
    await pause(settleCheckMs)
    if (waitedMs > 2 * settleCheckMs && waitingFor(theirs) === waitingFor(ours)) return
  }
  expect(waitingFor(ours), 'what we have not answered, then what Kafka has not').toBe(waitingFor(theirs))
}

async function removeTopics(side: Side): Promise<void> {
  const topicNames = [...side.topicIds.keys()]
  if (topicNames.length > 0) await side.ask('DeleteTopics', 5, { topicNames, timeoutMs: 5000 })
}
