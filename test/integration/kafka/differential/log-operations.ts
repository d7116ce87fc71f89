// What histories do to logs: produce as anybody, read, look offsets up, delete records.
import fc from 'fast-check'
import type { CompressionType } from '../../../../engine/kafka/protocol/compression.ts'
import { flaws, producedBatch, type BatchShape } from './produced-batch.ts'
import { historyTimeMs, type Side } from './side.ts'

/** Topics 0 to 2 exist, with two, one and one partitions; 3 and others may not. */
export const topicIndex = fc.oneof({ weight: 12, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.constant(4) })
export const partitionIndex = fc.oneof({ weight: 9, arbitrary: fc.nat(1) }, { weight: 1, arbitrary: fc.constant(-1) })
/** Mostly nothing. */
export const seldom = <T>(value: fc.Arbitrary<T>, otherwise: T, weight = 8): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: fc.constant(otherwise) }, { weight: 1, arbitrary: value })

/** 0: idempotent; 1 and 2: transactions as old clients make them; 3 and 4: as new ones do; -1: plain. */
export const producerSlots = fc.constantFrom(0, 1, 2, 3, 4)
export const isVersion2 = (slot: number): boolean => slot >= 3

const codecs: readonly CompressionType[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

const shape: fc.Arbitrary<BatchShape> = fc.record({
  count: fc.integer({ min: 1, max: 4 }),
  codec: fc.oneof({ weight: 4, arbitrary: fc.constant<CompressionType>('none') }, fc.constantFrom(...codecs)),
  keys: seldom(fc.constant(false), true),
  timeMs: fc.integer({ min: 0, max: 50 }).map((step) => step * 10),
  flaw: fc.oneof({ weight: 12, arbitrary: fc.constant('none' as const) }, fc.constantFrom(...flaws)),
})

const produceStep = fc.record({
  kind: fc.constant('produce' as const),
  slot: fc.oneof({ weight: 4, arbitrary: producerSlots }, fc.constant(-1)),
  topic: topicIndex,
  partition: seldom(partitionIndex, 0, 2),
  version: fc.option(fc.integer({ min: 3, max: 13 }), { nil: undefined, freq: 3 }),
  shape,
  sequenceDelta: seldom(fc.integer({ min: -6, max: 2 }), 0),
  epochDelta: seldom(fc.constantFrom(-1, 1), 0, 15),
  /** Says that it is of no transaction, or the contrary. */
  oddTransaction: seldom(fc.constant(true), false, 15),
  oddTransactionalId: seldom(fc.constant(true), false, 30),
})

const fetchStep = fc.record({
  kind: fc.constant('fetch' as const),
  topic: topicIndex,
  partition: seldom(partitionIndex, 0, 2),
  version: fc.integer({ min: 4, max: 18 }),
  isolationLevel: fc.nat(1),
  offset: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: -1, max: 30 })),
  epoch: seldom(fc.integer({ min: 0, max: 1 }), -1),
  lastFetchedEpoch: seldom(fc.integer({ min: 0, max: 2 }), -1),
  partitionMaxBytes: fc.constantFrom(1 << 20, 1 << 20, 1, 150, 0),
})

const listOffsetsStep = fc.record({
  kind: fc.constant('list-offsets' as const),
  topic: topicIndex,
  partition: seldom(partitionIndex, 0, 2),
  version: fc.integer({ min: 1, max: 10 }),
  isolationLevel: fc.nat(1),
  epoch: seldom(fc.integer({ min: 0, max: 1 }), -1),
  timestamp: fc.oneof(
    fc.integer({ min: -6, max: -1 }),
    fc.integer({ min: 0, max: 55 }).map((step) => step * 10),
  ),
})

const deleteRecordsStep = fc.record({
  kind: fc.constant('delete-records' as const),
  topic: topicIndex,
  partition: seldom(partitionIndex, 0, 2),
  version: fc.nat(2),
  offset: fc.integer({ min: -2, max: 12 }),
})

const leaderEpochStep = fc.record({
  kind: fc.constant('leader-epoch' as const),
  topic: topicIndex,
  partition: seldom(partitionIndex, 0, 2),
  version: fc.integer({ min: 2, max: 4 }),
  epoch: fc.integer({ min: -1, max: 2 }),
  currentEpoch: fc.integer({ min: -1, max: 1 }),
})

const describeProducersStep = fc.record({
  kind: fc.constant('describe-producers' as const),
  topic: topicIndex,
  partition: seldom(partitionIndex, 0, 2),
})

export const logSteps = fc.oneof(
  { weight: 12, arbitrary: produceStep },
  { weight: 6, arbitrary: fetchStep },
  { weight: 4, arbitrary: listOffsetsStep },
  { weight: 1, arbitrary: deleteRecordsStep },
  { weight: 1, arbitrary: leaderEpochStep },
  { weight: 2, arbitrary: describeProducersStep },
)
type StepOf<T> = T extends fc.Arbitrary<infer S> ? S : never
export type LogStep = StepOf<typeof logSteps>

export async function runLogStep(side: Side, step: LogStep): Promise<unknown> {
  switch (step.kind) {
    case 'produce':
      return produce(side, step)
    case 'fetch':
      return side.canonical((await fetchPartition(side, step))?.responses ?? 'closed')
    case 'list-offsets':
      return listOffsets(side, step)
    case 'delete-records':
      return deleteRecords(side, step)
    case 'leader-epoch':
      return leaderEpoch(side, step)
    case 'describe-producers':
      return describeProducers(side, step.topic, step.partition)
  }
}

/** Everything that can be read of a topic: by both isolation levels, with its offsets and producers. */
export async function wholePartition(side: Side, topic: number, partition: number): Promise<unknown> {
  const about = { topic, partition, epoch: -1 }
  const seen: unknown[] = []
  for (const isolationLevel of [0, 1]) {
    const fetched = { ...about, isolationLevel, lastFetchedEpoch: -1, partitionMaxBytes: 1 << 20 }
    const start = await listed(side, { ...about, isolationLevel, version: 7, timestamp: -2 })
    const offset = Number(start!.topics[0]!.partitions[0]!.offset)
    seen.push(side.canonical(await fetchPartition(side, { kind: 'fetch', version: 11, offset, ...fetched })))
    for (const timestamp of [-1, -2, -3])
      seen.push(side.canonical(await listed(side, { ...about, isolationLevel, version: 7, timestamp })))
  }
  seen.push(await describeProducers(side, topic, partition))
  return seen
}

async function produce(side: Side, step: StepOf<typeof produceStep>): Promise<unknown> {
  const { slot, shape: batchShape, partition: index } = step
  const name = side.topic(step.topic)
  const place = `${name} ${index}`
  const version = step.version ?? (isVersion2(slot) ? 12 : 9)
  const known = slot < 0 ? undefined : side.producer(slot)
  const isTransactional = (known?.transactionalId ?? null) !== null
  const next = known?.sequences.get(place) ?? 0
  const baseSequence = known === undefined ? -1 : Math.max(next + step.sequenceDelta, -1)
  const producer = {
    producerId: known?.producerId ?? -1n,
    producerEpoch: (known?.producerEpoch ?? -1) + (known === undefined ? 0 : step.epochDelta),
    baseSequence,
    transactional: isTransactional !== step.oddTransaction,
  }
  const records = await producedBatch(batchShape, producer, `${slot}/${baseSequence}`)
  const transactionalId = isTransactional !== step.oddTransactionalId ? (known?.transactionalId ?? 'x') : null
  const topic = version >= 13 ? { topicId: side.topicIds.get(name) ?? unknownTopicId } : { name }
  const answer = await side.ask('Produce', version, {
    transactionalId,
    acks: -1,
    timeoutMs: 5000,
    topicData: [{ ...topic, partitionData: [{ index, records }] }],
  })
  const errorCode = answer?.responses[0]?.partitionResponses[0]?.errorCode
  if (errorCode === 0 && known !== undefined && batchShape.flaw === 'none' && step.epochDelta === 0)
    known.sequences.set(place, Math.max(next, baseSequence + batchShape.count))
  return side.canonical(answer ?? 'closed')
}

const unknownTopicId = Buffer.alloc(16, 9).toString('base64url')

async function fetchPartition(side: Side, step: StepOf<typeof fetchStep>) {
  const { topic: topicNumber, version, isolationLevel, offset, partitionMaxBytes, partition, epoch } = step
  const name = side.topic(topicNumber)
  const topic = version >= 13 ? { topicId: side.topicIds.get(name) ?? unknownTopicId } : { topic: name }
  return side.ask('Fetch', version, {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1 << 20,
    isolationLevel,
    sessionEpoch: -1,
    topics: [
      {
        ...topic,
        partitions: [
          {
            partition,
            currentLeaderEpoch: epoch,
            fetchOffset: BigInt(offset),
            partitionMaxBytes,
            ...(version >= 12 ? { lastFetchedEpoch: step.lastFetchedEpoch } : {}),
          },
        ],
      },
    ],
    forgottenTopicsData: [],
  })
}

async function listOffsets(side: Side, step: StepOf<typeof listOffsetsStep>): Promise<unknown> {
  return side.canonical((await listed(side, step)) ?? 'closed')
}

async function listed(side: Side, step: Omit<StepOf<typeof listOffsetsStep>, 'kind'>) {
  const { version, partition, timestamp } = step
  const time = timestamp < 0 ? timestamp : historyTimeMs + timestamp
  return side.ask('ListOffsets', version, {
    replicaId: -1,
    ...(version >= 2 ? { isolationLevel: step.isolationLevel } : {}),
    ...(version >= 10 ? { timeoutMs: 5000 } : {}),
    topics: [
      {
        name: side.topic(step.topic),
        partitions: [
          {
            partitionIndex: partition,
            timestamp: BigInt(time),
            ...(version >= 4 ? { currentLeaderEpoch: step.epoch } : {}),
          },
        ],
      },
    ],
  })
}

async function deleteRecords(side: Side, step: StepOf<typeof deleteRecordsStep>): Promise<unknown> {
  const { topic, partition, version, offset } = step
  const partitions = [{ partitionIndex: partition, offset: BigInt(offset) }]
  const topics = [{ name: side.topic(topic), partitions }]
  return side.canonical((await side.ask('DeleteRecords', version, { topics, timeoutMs: 5000 })) ?? 'closed')
}

async function leaderEpoch(side: Side, step: StepOf<typeof leaderEpochStep>): Promise<unknown> {
  const partitions = [{ partition: step.partition, leaderEpoch: step.epoch, currentLeaderEpoch: step.currentEpoch }]
  const topics = [{ topic: side.topic(step.topic), partitions }]
  return side.canonical((await side.ask('OffsetForLeaderEpoch', step.version, { topics })) ?? 'closed')
}

async function describeProducers(side: Side, topic: number, partition: number): Promise<unknown> {
  const topics = [{ name: side.topic(topic), partitionIndexes: [partition] }]
  return side.canonical((await side.ask('DescribeProducers', 0, { topics })) ?? 'closed')
}
