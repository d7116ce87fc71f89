// What histories do with transactions: as old clients (slots 1 and 2) and new ones (KIP-890, slots 3 and 4) do it, mostly.
import fc from 'fast-check'
import { isVersion2, partitionIndex, producerSlots, seldom, topicIndex } from './log-operations.ts'
import { pause, type Side, type SideProducer } from './side.ts'

const epochDelta = seldom(fc.constantFrom(-1, 1), 0, 15)
const odd = seldom(fc.constant(true), false, 15)
const transactionalSlots = fc.constantFrom(1, 2, 3, 4)

const initStep = fc.record({
  kind: fc.constant('init' as const),
  slot: producerSlots,
  version: fc.constantFrom(3, 4, 5),
  /** With the id and epoch that it has, as after a failure. */
  resumes: fc.boolean(),
  epochDelta,
  timeoutMs: seldom(fc.constantFrom(0, 1_000_000_000), 60_000, 20),
})

const addPartitionsStep = fc.record({
  kind: fc.constant('add-partitions' as const),
  slot: transactionalSlots,
  version: fc.nat(3),
  topic: topicIndex,
  partition: seldom(partitionIndex, 0, 2),
  epochDelta,
  oddProducerId: odd,
})

const endStep = fc.record({
  kind: fc.constant('end' as const),
  slot: transactionalSlots,
  version: fc.option(fc.nat(5), { nil: undefined, freq: 6 }),
  committed: fc.boolean(),
  epochDelta,
  oddProducerId: odd,
})

const addOffsetsStep = fc.record({
  kind: fc.constant('add-offsets' as const),
  slot: transactionalSlots,
  version: fc.nat(4),
  epochDelta,
})

const txnOffsetCommitStep = fc.record({
  kind: fc.constant('txn-offset-commit' as const),
  slot: transactionalSlots,
  version: fc.option(fc.nat(5), { nil: undefined, freq: 6 }),
  topic: topicIndex,
  partition: seldom(partitionIndex, 0, 3),
  offset: fc.nat(40),
  epochDelta,
  member: seldom(fc.constantFrom('unknown', 'generation'), 'none', 10),
})

const offsetCommitStep = fc.record({
  kind: fc.constant('offset-commit' as const),
  version: fc.integer({ min: 2, max: 9 }),
  group: fc.nat(1),
  topic: topicIndex,
  partition: seldom(partitionIndex, 0, 3),
  offset: seldom(fc.constant(-1), 5, 10).chain((offset) => (offset < 0 ? fc.constant(offset) : fc.nat(40))),
  metadata: seldom(fc.constantFrom('x'.repeat(4096), 'x'.repeat(4097), null), 'm', 6),
  leaderEpoch: fc.integer({ min: -1, max: 3 }),
})

const offsetFetchStep = fc.record({
  kind: fc.constant('offset-fetch' as const),
  version: fc.integer({ min: 1, max: 9 }),
  group: fc.nat(2),
  all: fc.boolean(),
  requireStable: fc.boolean(),
})

const offsetDeleteStep = fc.record({
  kind: fc.constant('offset-delete' as const),
  group: fc.nat(2),
  topic: topicIndex,
  partition: seldom(partitionIndex, 0, 3),
})

const deleteGroupStep = fc.record({ kind: fc.constant('delete-group' as const), group: fc.nat(2), version: fc.nat(2) })

const describeTransactionsStep = fc.record({ kind: fc.constant('describe-transactions' as const) })

const listTransactionsStep = fc.record({
  kind: fc.constant('list-transactions' as const),
  version: fc.nat(2),
  state: seldom(fc.constantFrom('Ongoing', 'Empty', 'CompleteCommit', 'CompleteAbort', 'Nonsense'), '', 2),
  slot: seldom(transactionalSlots, -1, 3),
})

export const transactionSteps = fc.oneof(
  { weight: 3, arbitrary: initStep },
  { weight: 6, arbitrary: addPartitionsStep },
  { weight: 6, arbitrary: endStep },
  { weight: 2, arbitrary: addOffsetsStep },
  { weight: 3, arbitrary: txnOffsetCommitStep },
  { weight: 1, arbitrary: offsetCommitStep },
  { weight: 2, arbitrary: offsetFetchStep },
  { weight: 1, arbitrary: offsetDeleteStep },
  { weight: 1, arbitrary: deleteGroupStep },
  { weight: 1, arbitrary: describeTransactionsStep },
  { weight: 1, arbitrary: listTransactionsStep },
)
type StepOf<T> = T extends fc.Arbitrary<infer S> ? S : never
export type TransactionStep = StepOf<typeof transactionSteps>

export async function runTransactionStep(side: Side, step: TransactionStep): Promise<unknown> {
  switch (step.kind) {
    case 'init':
      return init(side, step)
    case 'add-partitions':
      return addPartitions(side, step)
    case 'end':
      return end(side, step)
    case 'add-offsets':
      return addOffsets(side, step)
    case 'txn-offset-commit':
      return txnOffsetCommit(side, step)
    case 'offset-commit':
      return offsetCommit(side, step)
    case 'offset-fetch':
      return offsetFetch(side, step)
    case 'offset-delete':
      return offsetDelete(side, step)
    case 'delete-group':
      return deleteGroup(side, step)
    case 'describe-transactions':
      return describeTransactions(side)
    case 'list-transactions':
      return listTransactions(side, step)
  }
}

/** Every producer has an id. A real Kafka makes the coordinators' topics when somebody looks for them. */
export async function initProducers(side: Side): Promise<void> {
  for (const keyType of [0, 1]) await side.ask('FindCoordinator', 2, { key: side.prefix, keyType })
  // So that no producer has id 0, which answers also give where there is none.
  await side.ask('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 60_000 })
  for (const slot of [0, 1, 2, 3, 4] as const) {
    const answer = await init(side, { slot, version: 4, resumes: false, epochDelta: 0, timeoutMs: 60_000 })
    if (side.producer(slot).producerId < 0n) throw new Error(`no producer id: ${JSON.stringify(answer)}`)
  }
}

export async function init(side: Side, step: Omit<StepOf<typeof initStep>, 'kind'>): Promise<unknown> {
  const producer = side.producer(step.slot)
  const { producerId, producerEpoch } = producer
  const resumed = { producerId, producerEpoch: producerId < 0n ? -1 : producerEpoch + step.epochDelta }
  const answer = await side.ask('InitProducerId', step.version, {
    transactionalId: producer.transactionalId,
    transactionTimeoutMs: step.timeoutMs,
    ...(step.resumes ? resumed : { producerId: -1n, producerEpoch: -1 }),
  })
  if (answer!.errorCode === 0) renew(side, step.slot, answer!)
  await untilDecided(side, producer)
  return side.canonical(answer)
}

function renew(side: Side, slot: number, answer: { producerId: bigint; producerEpoch: number }): void {
  const producer = side.producer(slot)
  const { producerId, producerEpoch } = answer
  if (side.nameOf(producerId) === 'unnamed') side.name(producerId, `producer ${slot} since ${producer.producerEpoch}`)
  Object.assign(producer, { producerId, producerEpoch })
  producer.sequences.clear()
}

/** Markers are written after the end is answered. */
async function untilDecided(side: Side, producer: SideProducer): Promise<void> {
  const { transactionalId } = producer
  if (transactionalId === null) return
  for (let wait = 0; wait < 500; wait++) {
    const answer = await side.ask('DescribeTransactions', 0, { transactionalIds: [transactionalId] })
    if (!answer!.transactionStates[0]!.transactionState.startsWith('Prepare')) return
    await pause(3)
  }
  throw new Error(`waited for the markers of ${transactionalId} in vain`)
}

function identity(side: Side, step: { slot: number; epochDelta: number; oddProducerId?: boolean }) {
  const producer = side.producer(step.slot)
  return {
    transactionalId: producer.transactionalId!,
    producerId: producer.producerId + (step.oddProducerId === true ? 1_000_000n : 0n),
    producerEpoch: producer.producerEpoch + step.epochDelta,
  }
}

async function addPartitions(side: Side, step: StepOf<typeof addPartitionsStep>): Promise<unknown> {
  const { transactionalId, producerId, producerEpoch } = identity(side, step)
  const answer = await side.ask('AddPartitionsToTxn', step.version, {
    v3AndBelowTransactionalId: transactionalId,
    v3AndBelowProducerId: producerId,
    v3AndBelowProducerEpoch: producerEpoch,
    v3AndBelowTopics: [{ name: side.topic(step.topic), partitions: [step.partition] }],
  })
  return side.canonical(answer ?? 'closed')
}

async function end(side: Side, step: StepOf<typeof endStep>): Promise<unknown> {
  const version = step.version ?? (isVersion2(step.slot) ? 5 : 3)
  const answer = await side.ask('EndTxn', version, { ...identity(side, step), committed: step.committed })
  await untilDecided(side, side.producer(step.slot))
  if (version >= 5 && answer?.errorCode === 0 && answer.producerId >= 0n) renew(side, step.slot, answer)
  return side.canonical(answer ?? 'closed')
}

/** One per producer: a real Kafka keeps groups in fifty partitions, each of which is part of a transaction or not. */
function groupOf(side: Side, slot: number): string {
  return side.group(slot % 2)
}

async function addOffsets(side: Side, step: StepOf<typeof addOffsetsStep>): Promise<unknown> {
  const request = { ...identity(side, step), groupId: groupOf(side, step.slot) }
  return side.canonical((await side.ask('AddOffsetsToTxn', step.version, request)) ?? 'closed')
}

async function txnOffsetCommit(side: Side, step: StepOf<typeof txnOffsetCommitStep>): Promise<unknown> {
  const version = step.version ?? (isVersion2(step.slot) ? 5 : 3)
  const member =
    step.member === 'none' || version < 3
      ? {}
      : { generationId: step.member === 'generation' ? 3 : -1, memberId: step.member === 'unknown' ? 'nobody' : '' }
  const partitions = [{ partitionIndex: step.partition, committedOffset: BigInt(step.offset), committedMetadata: 'm' }]
  const answer = await side.ask('TxnOffsetCommit', version, {
    ...identity(side, step),
    groupId: groupOf(side, step.slot),
    ...member,
    topics: [{ name: side.topic(step.topic), partitions }],
  })
  return side.canonical(answer ?? 'closed')
}

async function offsetCommit(side: Side, step: StepOf<typeof offsetCommitStep>): Promise<unknown> {
  const { version, leaderEpoch } = step
  const partition = {
    partitionIndex: step.partition,
    committedOffset: BigInt(step.offset),
    committedMetadata: step.metadata,
    ...(version >= 6 ? { committedLeaderEpoch: leaderEpoch } : {}),
  }
  const topics = [{ name: side.topic(step.topic), partitions: [partition] }]
  return side.canonical(
    (await side.ask('OffsetCommit', version, { groupId: side.group(step.group), topics })) ?? 'closed',
  )
}

async function offsetFetch(side: Side, step: StepOf<typeof offsetFetchStep>): Promise<unknown> {
  const { version } = step
  const groupId = side.group(step.group)
  const asked = [0, 1, 4].map((topic) => ({ name: side.topic(topic), partitionIndexes: [0, 1] }))
  const topics = step.all && version >= 2 ? null : asked
  const stable = version >= 7 ? { requireStable: step.requireStable } : {}
  const request = version >= 8 ? { groups: [{ groupId, topics }], ...stable } : { groupId, topics, ...stable }
  return side.canonical((await side.ask('OffsetFetch', version, request)) ?? 'closed')
}

async function offsetDelete(side: Side, step: StepOf<typeof offsetDeleteStep>): Promise<unknown> {
  const topics = [{ name: side.topic(step.topic), partitions: [{ partitionIndex: step.partition }] }]
  return side.canonical((await side.ask('OffsetDelete', 0, { groupId: side.group(step.group), topics })) ?? 'closed')
}

async function deleteGroup(side: Side, step: StepOf<typeof deleteGroupStep>): Promise<unknown> {
  const request = { groupsNames: [side.group(step.group)] }
  return side.canonical((await side.ask('DeleteGroups', step.version, request)) ?? 'closed')
}

async function describeTransactions(side: Side): Promise<unknown> {
  const transactionalIds = [1, 2, 3, 4].map((slot) => side.producer(slot).transactionalId!)
  const answer = await side.ask('DescribeTransactions', 0, { transactionalIds: [...transactionalIds, 'unknown-id'] })
  for (const { topics } of answer?.transactionStates ?? [])
    for (const topic of topics) if (topic.topic === '__consumer_offsets') Object.assign(topic, { partitions: [] })
  return side.canonical(answer ?? 'closed')
}

async function listTransactions(side: Side, step: StepOf<typeof listTransactionsStep>): Promise<unknown> {
  const { version, state, slot } = step
  const answer = await side.ask('ListTransactions', version, {
    stateFilters: state === '' ? [] : [state],
    producerIdFilters: slot < 0 ? [] : [side.producer(slot).producerId],
    ...(version >= 2 ? { transactionalIdPattern: `${side.prefix}.*` } : {}),
  })
  if (answer === undefined) return 'closed'
  const own = answer.transactionStates.filter(({ transactionalId }) => transactionalId.startsWith(side.prefix))
  return side.canonical({ ...answer, transactionStates: own })
}
