// Writes records: batches per partition, in order, sent again until they are acknowledged.
import { FlinktsError } from '../../common/errors.ts'
import type { Timer } from '../../time/clock.ts'
import { loadCompressor, type CompressionType } from '../protocol/compression.ts'
import { kafkaErrorCodes, kafkaErrorName, meansStaleMetadata } from '../protocol/kafka-errors.ts'
import type { ProduceResponse } from '../protocol/schemas.ts'
import { givenUp, mayHeal, retrying } from './backoff.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import { kafkaError } from './kafka-error.ts'
import {
  PartitionAccumulator,
  type PartitionAccumulatorOptions,
  type PendingBatch,
  type ProducerIdentity,
} from './record-accumulator.ts'
import { AccumulatingTopicProducer, type TopicProducer } from './topic-producer.ts'
import { abortable, Notice } from './waiting.ts'

export type { TopicProducer }

export interface ProducerOptions {
  /** -1 is Kafka's `all`. Default -1. */
  readonly acks?: -1 | 0 | 1
  /** No record twice through sending it again, as long as the broker remembers this producer (KIP-98). Needs acks -1; default then. */
  readonly idempotent?: boolean
  /** Default 'none'. */
  readonly compression?: CompressionType
  /** Kafka's `linger.ms`: how long a record waits for company. Default 5. */
  readonly lingerMs?: number
  /** Kafka's `batch.size`; the broker refuses more than `max.message.bytes` (1 MiB). Default 512 KiB. */
  readonly batchBytesMax?: number
  /** Kafka's `max.request.size`. Default 1 MiB; a larger single batch still goes out. */
  readonly requestBytesMax?: number
  /** Kafka's `buffer.memory`: `isAvailable()` turns false from here on. Default 32 MiB. */
  readonly bufferBytesMax?: number
  /** Kafka's `delivery.timeout.ms`: from `send` to the acknowledgement. Default 120,000. */
  readonly deliveryTimeoutMs?: number
}

const noIdentity: ProducerIdentity = { producerId: -1n, producerEpoch: -1 }

/** Codes after which a producer id is of no more use; with a new one the batch may be sent again (KIP-360). */
const lostIdentity: readonly number[] = [
  kafkaErrorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER,
  kafkaErrorCodes.UNKNOWN_PRODUCER_ID,
  kafkaErrorCodes.INVALID_PRODUCER_EPOCH,
  kafkaErrorCodes.INVALID_PRODUCER_ID_MAPPING,
]

/**
 * At-least-once: what was sent and not acknowledged when `flush` has resolved does not exist. A batch that cannot be
 * delivered within `deliveryTimeoutMs`, or that the broker refuses for good, fails the producer: `send`, `flush` and
 * `available` throw the first cause from then on.
 */
export class Producer {
  private readonly cluster: KafkaCluster
  private readonly options: Required<ProducerOptions>
  private readonly accumulatorOptions: PartitionAccumulatorOptions
  private readonly accumulators = new Map<string, PartitionAccumulator>()
  private readonly leaders = new Map<string, number>()
  private readonly topicProducers = new Map<string, Promise<TopicProducer>>()
  private readonly progress = new Notice()
  private identity = noIdentity
  private bufferedBytes = 0
  private acknowledgedRecords = 0
  private flushes = 0
  private failure: FlinktsError | undefined
  private timer: { readonly dueMs: number; readonly timer: Timer } | undefined
  private renewing: Promise<void> | undefined

  /** Gets a producer id from the broker where idempotence is wanted. Retries (see KafkaCluster). */
  static async open(cluster: KafkaCluster, options: ProducerOptions = {}, signal?: AbortSignal): Promise<Producer> {
    const {
      acks = -1,
      idempotent = acks === -1,
      compression = 'none',
      lingerMs = 5,
      batchBytesMax = 512 * 1024,
    } = options
    const { requestBytesMax = 1024 * 1024, bufferBytesMax = 32 * 1024 * 1024, deliveryTimeoutMs = 120_000 } = options
    if (idempotent && acks !== -1)
      throw new FlinktsError('OPTION_INVALID', `enable.idempotence needs acks = all, not ${acks}`, {
        fix: "Set acks to 'all'.",
      })
    const complete = {
      acks,
      idempotent,
      compression,
      lingerMs,
      batchBytesMax,
      requestBytesMax,
      bufferBytesMax,
      deliveryTimeoutMs,
    }
    const compressor = await loadCompressor(compression)
    const producer = new Producer(cluster, complete, { batchBytesMax, compression, compressor })
    if (idempotent) await producer.renewIdentity(signal)
    return producer
  }

  private constructor(
    cluster: KafkaCluster,
    options: Required<ProducerOptions>,
    accumulatorOptions: PartitionAccumulatorOptions,
  ) {
    this.cluster = cluster
    this.options = options
    this.accumulatorOptions = accumulatorOptions
  }

  /** Looks the topic up. Retries; a topic that does not exist is KAFKA_TOPIC_MISSING. */
  topic(name: string, signal?: AbortSignal): Promise<TopicProducer> {
    let opening = this.topicProducers.get(name)
    if (opening === undefined) {
      opening = this.openTopic(name)
      this.topicProducers.set(name, opening)
      opening.catch(() => this.topicProducers.delete(name))
    }
    return abortable(opening, signal)
  }

  /** Records that the brokers have (with acks 0: that went out). */
  get acknowledgedCount(): number {
    return this.acknowledgedRecords
  }

  /** Why something did not arrive and is sent again, the first failure of it; undefined: all is well. */
  get trouble(): unknown {
    for (const { trouble } of this.accumulators.values()) if (trouble !== undefined) return trouble
    return undefined
  }

  /** For how long (ms) the oldest record that no broker has acknowledged has waited; undefined: all have arrived. */
  owedForMs(): number | undefined {
    const oldest = [...this.accumulators.values()].flatMap(({ oldestMs }) => oldestMs ?? [])
    return oldest.length === 0 ? undefined : this.cluster.clock.monotonicMs() - Math.min(...oldest)
  }

  /** Whether a record may be sent now without growing beyond `bufferBytesMax`. */
  isAvailable(): boolean {
    return this.bufferedBytes < this.options.bufferBytesMax
  }

  /** Resolves when `isAvailable()`. Ends at the latest when a batch has used up its `deliveryTimeoutMs`. */
  async available(signal?: AbortSignal): Promise<void> {
    while (this.failure === undefined && !this.isAvailable()) await abortable(this.progress.wait(), signal)
    this.throwIfFailed()
  }

  /** Resolves when everything sent so far is acknowledged; does not wait for `lingerMs`. */
  async flush(signal?: AbortSignal): Promise<void> {
    this.flushes++
    try {
      this.drain()
      // what is sent meanwhile comes behind: to wait for that, too, could be to wait for ever
      const sent = [...this.accumulators.values()].map(
        (accumulator) => [accumulator, accumulator.appendedCount] as const,
      )
      const isMissing = () => sent.some(([accumulator, count]) => accumulator.acknowledgedCount < count)
      while (this.failure === undefined && isMissing()) await abortable(this.progress.wait(), signal)
    } finally {
      this.flushes--
    }
    this.throwIfFailed()
  }

  /** Flushes; throws what failed the producer. The cluster's connections stay open. */
  async close(signal?: AbortSignal): Promise<void> {
    try {
      await this.flush(signal)
    } finally {
      this.timer?.timer.cancel()
      this.failure ??= new FlinktsError('INTERNAL', 'the producer is closed')
    }
  }

  private throwIfFailed(): void {
    if (this.failure !== undefined) throw this.failure
  }

  private async openTopic(name: string): Promise<TopicProducer> {
    const [metadata] = await this.cluster.topics([name])
    for (const { partition, leaderId } of metadata!.partitions) this.leaders.set(keyOf(name, partition), leaderId)
    const accumulators = metadata!.partitions.map(({ partition }) => this.accumulator(name, partition))
    return new AccumulatingTopicProducer(name, accumulators, {
      random: this.cluster.random,
      monotonicMs: () => this.cluster.clock.monotonicMs(),
      throwIfFailed: () => this.throwIfFailed(),
      appended: (bytes, accumulator) => {
        this.bufferedBytes += bytes
        this.schedule(accumulator.dueMs(this.options.lingerMs))
      },
    })
  }

  private accumulator(topic: string, partition: number): PartitionAccumulator {
    const accumulator = new PartitionAccumulator(topic, partition, this.accumulatorOptions)
    this.accumulators.set(keyOf(topic, partition), accumulator)
    return accumulator
  }

  /** Sees to it that `drain` runs when the batch is due. */
  private schedule(dueMs: number): void {
    if (dueMs === Infinity || (this.timer !== undefined && this.timer.dueMs <= dueMs)) return
    this.timer?.timer.cancel()
    const run = () => {
      this.timer = undefined
      this.drain()
    }
    const waitMs = Math.max(0, dueMs - this.cluster.clock.monotonicMs())
    this.timer = { dueMs, timer: this.cluster.clock.setTimer(waitMs, run) }
  }

  /** Sends every batch that is due, one request per leader and `requestBytesMax`. */
  private drain(): void {
    if (this.failure !== undefined || this.renewing !== undefined) return
    const nowMs = this.cluster.clock.monotonicMs()
    const lingerMs = this.flushes > 0 ? 0 : this.options.lingerMs
    const requests = new Map<number, { bytes: number; batches: Map<PartitionAccumulator, PendingBatch> }[]>()
    let next = Infinity
    for (const accumulator of this.accumulators.values()) {
      const dueMs = accumulator.dueMs(lingerMs)
      if (dueMs > nowMs) {
        next = Math.min(next, dueMs)
        continue
      }
      const batch = accumulator.takeBatch(this.identity)
      if (batch === undefined) continue
      const leaderId = this.leaders.get(keyOf(accumulator.topic, accumulator.partition)) ?? -1
      const ofLeader = requests.get(leaderId) ?? []
      let request = ofLeader.at(-1)
      if (request === undefined || request.bytes + batch.bytes.length > this.options.requestBytesMax) {
        request = { bytes: 0, batches: new Map() }
        ofLeader.push(request)
      }
      request.bytes += batch.bytes.length
      request.batches.set(accumulator, batch)
      requests.set(leaderId, ofLeader)
    }
    for (const [leaderId, ofLeader] of requests)
      for (const { batches } of ofLeader) void this.produce(leaderId, batches)
    this.schedule(next)
  }

  /** Never rejects: whatever happens to the batches is settled in here. */
  private async produce(leaderId: number, batches: ReadonlyMap<PartitionAccumulator, PendingBatch>): Promise<void> {
    try {
      if (leaderId < 0)
        throw kafkaError(kafkaErrorCodes.LEADER_NOT_AVAILABLE, `writing to ${[...batches.keys()][0]!.topic}`)
      const connection = await this.cluster.connectionTo(leaderId, 'produce')
      const request = {
        transactionalId: null,
        acks: this.options.acks,
        timeoutMs: this.cluster.requestTimeoutMs,
        topicData: topicDataOf(batches),
      }
      // Version 13 names topics by id; 12 is the last one that names them by name.
      if (this.options.acks === 0) {
        await connection.send('Produce', request, 12)
        for (const [accumulator, batch] of batches) this.acknowledged(accumulator, batch)
      } else this.settle(await connection.request('Produce', request, { versionMax: 12 }), batches)
    } catch (error) {
      for (const [accumulator, batch] of batches) this.failed(accumulator, batch, error, true)
    }
    this.progress.announce()
    this.drain()
  }

  private settle(answer: ProduceResponse, batches: ReadonlyMap<PartitionAccumulator, PendingBatch>): void {
    const answers = new Map<string, ProduceResponse['responses'][number]['partitionResponses'][number]>()
    for (const { name, partitionResponses } of answer.responses)
      for (const partition of partitionResponses) answers.set(keyOf(name, partition.index), partition)
    for (const [accumulator, batch] of batches) {
      const result = answers.get(keyOf(accumulator.topic, accumulator.partition))
      const what = `writing to ${accumulator.topic}-${accumulator.partition}`
      if (result === undefined)
        this.failed(
          accumulator,
          batch,
          new FlinktsError('KAFKA_PROTOCOL', `${what}: the broker left it out of its answer`),
          false,
        )
      else if (result.errorCode === 0 || result.errorCode === kafkaErrorCodes.DUPLICATE_SEQUENCE_NUMBER)
        this.acknowledged(accumulator, batch)
      else if (this.options.idempotent && lostIdentity.includes(result.errorCode))
        this.loseIdentity(accumulator, batch, result.errorCode, what)
      else {
        const detail = result.recordErrors[0]?.batchIndexErrorMessage ?? result.errorMessage
        this.failed(
          accumulator,
          batch,
          kafkaError(result.errorCode, what, detail),
          meansStaleMetadata(result.errorCode),
        )
      }
    }
  }

  private acknowledged(accumulator: PartitionAccumulator, batch: PendingBatch): void {
    accumulator.acknowledge()
    this.acknowledgedRecords += batch.count
    this.bufferedBytes -= batch.bufferedBytes
  }

  /** Back to the front of its partition, unless the error will not heal or the batch is too old. */
  private failed(accumulator: PartitionAccumulator, batch: PendingBatch, error: unknown, staleMetadata: boolean): void {
    const nowMs = this.cluster.clock.monotonicMs()
    batch.firstFailure ??= error
    const elapsedMs = nowMs - batch.bornMs
    if (!mayHeal(error)) return this.fail(error)
    if (elapsedMs >= this.options.deliveryTimeoutMs)
      return this.fail(
        givenUp(`writing to ${accumulator.topic}-${accumulator.partition}`, elapsedMs, batch.firstFailure),
      )
    const { retryBackoffMs, retryBackoffMaxMs } = this.cluster.retry
    const backoffMs =
      Math.min(retryBackoffMaxMs, retryBackoffMs * 2 ** Math.min(10, batch.failures++)) *
      (0.8 + 0.4 * this.cluster.random())
    accumulator.sendAgain(nowMs + backoffMs)
    if (staleMetadata) this.refreshLeaders(accumulator.topic)
  }

  private fail(error: unknown): void {
    this.failure ??=
      error instanceof FlinktsError ? error : new FlinktsError('INTERNAL', String(error), { cause: error })
    this.progress.announce()
  }

  private refreshLeaders(topic: string): void {
    if (this.refreshing.has(topic)) return
    this.refreshing.add(topic)
    this.cluster
      .topicsOnce([topic])
      .then(([metadata]) => {
        for (const { partition, leaderId } of metadata?.partitions ?? [])
          this.leaders.set(keyOf(topic, partition), leaderId)
      })
      // The batches that made us ask are sent again in any case, and carry the error that lasts.
      .catch(() => undefined)
      .finally(() => this.refreshing.delete(topic))
  }

  private readonly refreshing = new Set<string>()

  private loseIdentity(accumulator: PartitionAccumulator, batch: PendingBatch, errorCode: number, what: string): void {
    const error = new FlinktsError('KAFKA_REFUSED', `${what}: the broker says ${kafkaErrorName(errorCode)}`)
    batch.firstFailure ??= error
    const nowMs = this.cluster.clock.monotonicMs()
    if (nowMs - batch.bornMs >= this.options.deliveryTimeoutMs)
      return this.fail(givenUp(what, nowMs - batch.bornMs, batch.firstFailure))
    accumulator.sendAgain(nowMs)
    // Another partition's failure may have renewed it already.
    if (batch.stampedBy !== this.identity || this.renewing !== undefined) return
    this.renewing = this.renewIdentity()
      .catch((failure: unknown) => this.fail(failure))
      .finally(() => {
        this.renewing = undefined
        this.drain()
      })
  }

  private async renewIdentity(signal?: AbortSignal): Promise<void> {
    const request = { transactionalId: null, transactionTimeoutMs: 0x7fffffff }
    const ask = async () => {
      const connection = await this.cluster.anyConnection(signal)
      const answer = await connection.request('InitProducerId', request, { versionMax: 5, signal })
      if (answer.errorCode !== 0) throw kafkaError(answer.errorCode, 'getting a producer id')
      return answer
    }
    const { producerId, producerEpoch } = await retrying(this.cluster.retry, 'getting a producer id', ask, signal)
    this.identity = { producerId, producerEpoch }
  }
}

function topicDataOf(batches: ReadonlyMap<PartitionAccumulator, PendingBatch>) {
  const topics = new Map<string, { index: number; records: Uint8Array }[]>()
  for (const [{ topic, partition }, { bytes }] of batches)
    topics.set(topic, [...(topics.get(topic) ?? []), { index: partition, records: bytes }])
  return [...topics].map(([name, partitionData]) => ({ name, partitionData }))
}

function keyOf(topic: string, partition: number): string {
  return `${topic} ${partition}`
}
