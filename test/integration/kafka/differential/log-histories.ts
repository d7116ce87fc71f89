// What random histories of logs and transactions are made of.
import fc from 'fast-check'
import type { Histories } from './history.ts'
import { logSteps, runLogStep, wholePartition, type LogStep } from './log-operations.ts'
import { createTopic } from './topic-operations.ts'
import { pause, type Side } from './side.ts'
import { initProducers, runTransactionStep, transactionSteps, type TransactionStep } from './transaction-operations.ts'

async function prepare(side: Side): Promise<void> {
  await createTopic(side, side.topic(0), 2)
  await createTopic(side, side.topic(1), 1, {
    'message.timestamp.type': 'LogAppendTime',
    'index.interval.bytes': '100',
  })
  // Nothing is ever old enough to be cleaned: when the cleaners come by is anybody's choice.
  await createTopic(side, side.topic(2), 1, { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '9000000000000' })
  await initProducers(side)
}

async function finish(side: Side): Promise<unknown> {
  const partitions = [
    [0, 0],
    [0, 1],
    [1, 0],
    [2, 0],
  ] as const
  const all: unknown[] = []
  for (const [topic, partition] of partitions) all.push(await wholePartition(side, topic, partition))
  return all
}

/** What the next step writes is later, so that it is the same of two batches that has the greatest timestamp. */
async function untilLater(answer: Promise<unknown>): Promise<unknown> {
  const answered = await answer
  await pause(3)
  return answered
}

export const logHistories: Histories<LogStep> = {
  steps: logSteps,
  prepare,
  run: (side, step) => untilLater(runLogStep(side, step)),
  finish,
  stepsMax: 30,
  runs: 12,
}

export const transactionHistories: Histories<LogStep | TransactionStep> = {
  steps: fc.oneof<[fc.Arbitrary<LogStep>, fc.Arbitrary<TransactionStep>]>(logSteps, transactionSteps),
  prepare,
  run: (side, step) => untilLater(isLogStep(step) ? runLogStep(side, step) : runTransactionStep(side, step)),
  finish,
  stepsMax: 40,
  runs: 12,
}

const logKinds = new Set(['produce', 'fetch', 'list-offsets', 'delete-records', 'leader-epoch', 'describe-producers'])

function isLogStep(step: LogStep | TransactionStep): step is LogStep {
  return logKinds.has(step.kind)
}
