// Any history of transactions, with crashes between and inside of them, against a model of what each isolation level may
// see. A crash leaves the files as they are; what was decided before must be so afterwards, and nothing else.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ManualClock } from '../../../../../engine/testing/manual-clock.ts'
import { MetadataLog } from '../../../../../engine/kafka/broker/metadata-log.ts'
import { ProducerIds } from '../../../../../engine/kafka/broker/producer-ids.ts'
import { StateLog } from '../../../../../engine/kafka/broker/state-log.ts'
import { Topics, transactionStateTopic } from '../../../../../engine/kafka/broker/topics.ts'
import { TransactionCoordinator } from '../../../../../engine/kafka/broker/transactions/transaction-coordinator.ts'
import {
  decodeTransactionRecord,
  encodeTransactionRecord,
  type TransactionRecord,
} from '../../../../../engine/kafka/broker/transactions/transaction-records.ts'
import { LogDirectory } from '../../../../../engine/kafka/log/log-directory.ts'
import type { PartitionLog } from '../../../../../engine/kafka/log/partition-log.ts'
import { markerIn } from '../../../../../engine/kafka/log/transaction-marker.ts'
import { batchEndAt, isControlBatch, readBatchHeader } from '../../../../../engine/kafka/protocol/record-batch.ts'
import { abandonWithoutClosing, batchOf, recordsIn, temporaryDirectory } from '../../log/log-fixture.ts'

const partitionCount = 2
const timeoutMs = 1000

interface ModelTransaction {
  state: 'open' | 'committed' | 'aborted'
  offset: number | undefined
}

interface ModelRecord {
  readonly offset: number
  readonly value: string
  readonly transaction: ModelTransaction | undefined
}

interface TestProducer {
  readonly transactionalId: string
  readonly isVersion2: boolean
  producerId: number
  producerEpoch: number
  sequences: number[]
  transaction: ModelTransaction | undefined
}

/** Storage and coordinator as a broker has them; groups are one number, the offset that was committed last. */
class World {
  readonly clock = new ManualClock()
  readonly path = temporaryDirectory()
  committedOffset = -1
  /** So many markers can be written before everything fails, as if the process were killed there. */
  markersLeft = Infinity
  directory!: LogDirectory
  metadata!: MetadataLog
  topics!: Topics
  coordinator!: TransactionCoordinator

  log(partition: number): PartitionLog {
    return this.topics.get('t')!.partitions[partition]!.log
  }

  async open(): Promise<void> {
    const { clock } = this
    this.directory = LogDirectory.open(this.path)
    const metadata = (this.metadata = MetadataLog.open(this.path))
    let uuids = metadata.image.topics.size
    const newUuid = (): string => Buffer.alloc(16, ++uuids).toString('base64url')
    const topics = new Topics({
      metadata,
      directory: this.directory,
      clock,
      newUuid,
      defaults: () => ({}),
      onDeleted: () => {},
    })
    this.topics = topics
    if (topics.get('t') === undefined) topics.create({ name: 't', partitionCount, configs: { 'segment.bytes': '400' } })
    const producerIds = new ProducerIds(metadata)
    const store = new StateLog<TransactionRecord>({
      topic: transactionStateTopic,
      topics,
      clock,
      encode: encodeTransactionRecord,
      decode: decodeTransactionRecord,
      alive: () => this.coordinator.records(),
      rewriteBytesMin: 2000,
    })
    this.coordinator = new TransactionCoordinator({
      clock,
      store,
      newProducerId: () => producerIds.allocate(),
      timeoutMsMax: timeoutMs,
      idExpirationMs: 1e9,
      writeMarker: ({ partition }, { producerId, producerEpoch, state }) => {
        if (this.markersLeft-- <= 0) throw new Error('killed')
        const isCommit = state === 'PrepareCommit'
        const marker = { producerId, producerEpoch, coordinatorEpoch: 0, isCommit }
        expect(this.log(partition).appendMarker(marker, clock.now()).error).toBe('NONE')
      },
      commitOffsets: (offsets) => {
        for (const { offset } of offsets) this.committedOffset = offset
      },
      onError: (error) => expect((error as Error).message).toBe('killed'),
    })
    await store.load((record) => this.coordinator.load(record))
    this.coordinator.completePrepared()
  }

  async crash(): Promise<void> {
    this.markersLeft = Infinity
    this.metadata.close()
    abandonWithoutClosing(this.directory)
    await this.open()
  }
}

/** What a client of an isolation level makes of a partition. */
async function visibleValues(log: PartitionLog, isCommittedOnly: boolean): Promise<string[]> {
  const values: string[] = []
  const end = isCommittedOnly ? log.lastStableOffset : log.logEndOffset
  for (let offset = log.logStartOffset; offset < end;) {
    // As clients do: a transaction may have begun before what was fetched, or before what the log holds.
    const aborted = log.abortedForRead(offset, 500, true, end).sort((a, b) => a.firstOffset - b.firstOffset)
    const bytes = await log.read(offset, 500, true, undefined, end)
    const aborting = new Set<number>()
    for (let at = 0, next; (next = batchEndAt(bytes, at, bytes.length)) >= 0; at = next) {
      const header = readBatchHeader(bytes, at)
      const last = header.baseOffset + header.lastOffsetDelta
      while (aborted.length > 0 && aborted[0]!.firstOffset <= last) aborting.add(aborted.shift()!.producerId)
      if (isControlBatch(header)) {
        if (!markerIn(bytes.subarray(at, next), header)!.isCommit) aborting.delete(header.producerId)
      } else if (!isCommittedOnly || !aborting.has(header.producerId))
        values.push(...recordsIn(bytes.subarray(at, next)).map(({ value }) => value!))
      offset = last + 1
    }
  }
  return values
}

class History {
  readonly world = new World()
  readonly records: ModelRecord[][] = Array.from({ length: partitionCount }, () => [])
  committedOffset = -1
  /** Kept in memory until a checkpoint: after a crash a log may start earlier again. */
  private readonly starts: number[] = Array.from({ length: partitionCount }, () => 0)
  private readonly producers: TestProducer[] = ['a', 'b', 'c'].map((transactionalId, index) => ({
    transactionalId,
    isVersion2: index > 0,
    producerId: -1,
    producerEpoch: -1,
    sequences: [],
    transaction: undefined,
  }))
  private values = 0

  async start(): Promise<void> {
    await this.world.open()
    for (const index of this.producers.keys()) this.init(index)
  }

  init(index: number): void {
    const producer = this.producers[index]!
    const { coordinator } = this.world
    let answer = coordinator.init(producer.transactionalId, timeoutMs, undefined)
    if (producer.transaction !== undefined) {
      expect(answer.error).toBe('CONCURRENT_TRANSACTIONS')
      this.decide(producer, false)
      answer = coordinator.init(producer.transactionalId, timeoutMs, undefined)
    }
    if (answer.error !== 'NONE') throw new Error(answer.error)
    this.renew(producer, answer.producerId, answer.producerEpoch)
  }

  produce(index: number, partition: number): void {
    const producer = this.producers[index]!
    const { transactionalId, producerId, producerEpoch } = producer
    const { coordinator, clock } = this.world
    expect(coordinator.addPartitions(transactionalId, producer, [{ topic: 't', partition }])).toBe('NONE')
    producer.transaction ??= { state: 'open', offset: undefined }
    const baseSequence = producer.sequences[partition] ?? 0
    producer.sequences[partition] = baseSequence + 1
    const options = { producerId: BigInt(producerId), producerEpoch, baseSequence, transactional: true }
    this.append(partition, options, producer.transaction, clock.now())
  }

  plain(partition: number): void {
    this.append(partition, {}, undefined, this.world.clock.now())
  }

  offset(index: number, offset: number): void {
    const producer = this.producers[index]!
    const pending = { groupId: 'g', topic: 't', partition: 0, offset, leaderEpoch: -1, metadata: '' }
    expect(this.world.coordinator.addOffsets(producer.transactionalId, producer, [pending])).toBe('NONE')
    producer.transaction ??= { state: 'open', offset: undefined }
    producer.transaction.offset = offset
  }

  /** Retention, as DeleteRecords does it: nothing before the offset is served, by whomever it was written. */
  deleteRecords(partition: number, offset: number): void {
    const log = this.world.log(partition)
    log.deleteRecordsBefore(Math.min(offset, log.logEndOffset), this.world.clock.now())
    this.starts[partition] = log.logStartOffset
  }

  end(index: number, isCommit: boolean): void {
    const producer = this.producers[index]!
    const { transactionalId, isVersion2, transaction } = producer
    if (transaction === undefined) return
    const answer = this.world.coordinator.end(transactionalId, producer, isCommit, isVersion2)
    if (answer.error !== 'NONE') throw new Error(answer.error)
    this.decide(producer, isCommit)
    if (isVersion2) this.renew(producer, answer.producerId, answer.producerEpoch)
  }

  /** Killed after so many markers of the end. */
  async endAndCrash(index: number, isCommit: boolean, markers: number): Promise<void> {
    this.world.markersLeft = markers
    this.end(index, isCommit)
    await this.world.crash()
  }

  timeOut(): void {
    const { clock } = this.world
    clock.advanceTo(clock.now() + timeoutMs + 1)
    this.world.coordinator.abortTimedOut()
    for (const [index, producer] of this.producers.entries()) {
      if (producer.transaction === undefined) continue
      this.decide(producer, false)
      const { producerId, producerEpoch } = producer
      const refused = this.world.coordinator.addPartitions(producer.transactionalId, { producerId, producerEpoch }, [])
      expect(refused).toBe('PRODUCER_FENCED')
      this.init(index)
    }
  }

  async check(): Promise<void> {
    for (const [partition, records] of this.records.entries()) {
      const log = this.world.log(partition)
      const start = log.logStartOffset
      expect(start).toBeLessThanOrEqual(this.starts[partition]!)
      const undecided = records.find(({ transaction }) => transaction?.state === 'open')?.offset ?? log.logEndOffset
      expect(log.lastStableOffset).toBe(Math.max(undecided, start))
      const committed = records.filter(
        ({ offset, transaction }) => offset < undecided && (transaction?.state ?? 'committed') === 'committed',
      )
      const served = (all: readonly ModelRecord[]): string[] =>
        all.filter(({ offset }) => offset >= start).map(({ value }) => value)
      expect(await visibleValues(log, false)).toEqual(served(records))
      expect(await visibleValues(log, true)).toEqual(served(committed))
    }
    expect(this.world.committedOffset).toBe(this.committedOffset)
    const pending = this.producers.some(({ transaction }) => transaction?.offset !== undefined)
    expect(this.world.coordinator.hasPendingOffset('g', 't', 0)).toBe(pending)
  }

  private append(
    partition: number,
    options: object,
    transaction: ModelTransaction | undefined,
    timestamp: number,
  ): void {
    const value = `value ${this.values++}`
    const appended = this.world.log(partition).append(batchOf([{ value, timestamp }], options), timestamp)
    if (appended.error !== 'NONE') throw new Error(appended.error)
    this.records[partition]!.push({ offset: appended.baseOffset, value, transaction })
  }

  private decide(producer: TestProducer, isCommit: boolean): void {
    const transaction = producer.transaction!
    transaction.state = isCommit ? 'committed' : 'aborted'
    if (isCommit && transaction.offset !== undefined) this.committedOffset = transaction.offset
    producer.transaction = undefined
  }

  private renew(producer: TestProducer, producerId: number, producerEpoch: number): void {
    Object.assign(producer, { producerId, producerEpoch, sequences: [] })
  }
}

type Step = (history: History) => void | Promise<void>

const index = fc.integer({ min: 0, max: 2 })
const partition = fc.integer({ min: 0, max: partitionCount - 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(index, partition).map(
      ([i, p]): Step =>
        (history) =>
          history.produce(i, p),
    ),
  },
  {
    weight: 3,
    arbitrary: partition.map(
      (p): Step =>
        (history) =>
          history.plain(p),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(index, fc.nat(99)).map(
      ([i, n]): Step =>
        (history) =>
          history.offset(i, n),
    ),
  },
  {
    weight: 5,
    arbitrary: fc.tuple(index, fc.boolean()).map(
      ([i, c]): Step =>
        (history) =>
          history.end(i, c),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(index, fc.boolean(), fc.nat(2)).map(
      ([i, c, n]): Step =>
        (h) =>
          h.endAndCrash(i, c, n),
    ),
  },
  { weight: 2, arbitrary: fc.constant<Step>((history) => history.world.crash()) },
  {
    weight: 1,
    arbitrary: index.map(
      (i): Step =>
        (history) =>
          history.init(i),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((history) => history.timeOut()) },
  {
    weight: 1,
    arbitrary: fc.tuple(partition, fc.nat(12)).map(
      ([p, n]): Step =>
        (history) =>
          history.deleteRecords(p, n),
    ),
  },
)

/** As many seeds as SEEDS says, or the one that SEED names. */
const seeds = Array.from({ length: Number(process.env['SEEDS'] ?? 1) }, (_, index) => 4_000 + index)
const chosenSeeds = process.env['SEED'] === undefined ? seeds : [Number(process.env['SEED'])]

test.for(chosenSeeds)(
  'what is committed is seen, what is aborted never, seed %i',
  { timeout: 60_000 },
  async (seed) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const history = new History()
        await history.start()
        for (const act of steps) {
          await act(history)
          await history.check()
        }
        history.world.metadata.close()
        await history.world.directory.close(history.world.clock.now())
      }),
      { numRuns: 60, seed },
    )
  },
)
