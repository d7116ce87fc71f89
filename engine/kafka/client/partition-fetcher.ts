// Reads partitions: one long poll per leader, the next one on the wire while the last one is worked on.
import { FlinktsError } from '../../common/errors.ts'
import { kafkaErrorCodes } from '../protocol/kafka-errors.ts'
import type { FetchResponse } from '../protocol/schemas.ts'
import { Backoff, mayHeal } from './backoff.ts'
import { FramePool } from './frame-pool.ts'
import { failLongAfter, type ConnectionPurpose, type KafkaCluster } from './kafka-cluster.ts'
import { kafkaError } from './kafka-error.ts'
import { listOffsets, type IsolationLevel } from './list-offsets.ts'
import { visibleBatches } from './visible-batches.ts'
import { abortable, abortReason, delay, Notice } from './waiting.ts'

export interface PartitionPosition {
  readonly topic: string
  readonly partition: number
  /** Of the first record wanted. */
  readonly offset: number
}

/** Batches of one partition, straight from the wire. */
export interface FetchedPartition {
  readonly topic: string
  readonly partition: number
  /** Record batches v2 as the broker stored them; not checked yet (RecordIndex.read does). */
  readonly bytes: Uint8Array
  /** Where in `bytes` each batch begins that is to be seen. May be empty where only control batches were read. */
  readonly batchStarts: readonly number[]
  /** Records below are not wanted: give it to RecordIndex.read. */
  readonly fromOffset: number
  /** Where reading goes on. */
  readonly nextOffset: number
  readonly highWatermark: number
  /** Up to where read_committed can read; -1 from brokers that do not say. */
  readonly lastStableOffset: number
  readonly logStartOffset: number
}

export interface PartitionFetcherOptions {
  /** Default 'read_uncommitted', as in Kafka. */
  readonly isolationLevel?: IsolationLevel
  /** Kafka's `fetch.min.bytes`, default 1, and `fetch.max.wait.ms`, default 500. */
  readonly fetchBytesMin?: number
  readonly fetchWaitMsMax?: number
  /** Kafka's `fetch.max.bytes` and `max.partition.fetch.bytes`. A larger single batch still comes through. Default 4 MiB each. */
  readonly fetchBytesMax?: number
  readonly partitionBytesMax?: number
}

interface PartitionState {
  readonly topic: string
  readonly partition: number
  offset: number
  paused: boolean
  /** -1: to be looked up. */
  leaderId: number
  leaderEpoch: number
  topicId: string | undefined
  failing: { readonly sinceMs: number; readonly first: unknown } | undefined
  /** Of the last answer; undefined: none yet. */
  highWatermark: number | undefined
}

interface BrokerState {
  readonly brokerId: number
  busy: boolean
  /** Rotates, so that a partition with much to read does not starve the others (KIP-74). */
  turn: number
}

interface Completed {
  readonly fetched: readonly FetchedPartition[]
  readonly frames: readonly Buffer[]
  readonly broker: BrokerState
}

const framesKept = 3
const unfetchable: readonly number[] = [kafkaErrorCodes.OFFSET_OUT_OF_RANGE]

/**
 * `assign` partitions, then `poll` until there is enough. What a poll returns is valid until the next `poll` or `close`:
 * then its memory is filled again. While it is worked on, the next fetch of the same broker is under way; two answers of
 * each broker are held at most.
 *
 * Brokers may go and come back, leaders may move: borne for the cluster's `retryTimeoutMs`, then `poll` throws the first
 * cause. An offset that the log does not hold throws KAFKA_OFFSET_OUT_OF_RANGE at once and is never reset silently.
 * After a throw (but of its signal) the fetcher is of no more use.
 */
export class PartitionFetcher {
  private readonly cluster: KafkaCluster
  private readonly options: Required<PartitionFetcherOptions>
  private readonly partitions = new Map<string, PartitionState>()
  private readonly brokers = new Map<number, BrokerState>()
  private readonly pool: FramePool
  private readonly completed: Completed[] = []
  private readonly news = new Notice()
  private readonly closing = new AbortController()
  private readonly backoff: Backoff
  private readonly purpose: ConnectionPurpose
  private current: Completed | undefined
  private failure: Error | undefined
  private refreshing = false

  constructor(cluster: KafkaCluster, options: PartitionFetcherOptions = {}) {
    this.cluster = cluster
    this.purpose = cluster.newFetchPurpose()
    const { isolationLevel = 'read_uncommitted', fetchBytesMin = 1, fetchWaitMsMax = 500 } = options
    const { fetchBytesMax = 4 * 1024 * 1024, partitionBytesMax = fetchBytesMax } = options
    this.options = { isolationLevel, fetchBytesMin, fetchWaitMsMax, fetchBytesMax, partitionBytesMax }
    this.pool = new FramePool(framesKept, fetchBytesMax)
    this.backoff = new Backoff(cluster.retry.retryBackoffMs, cluster.retry.retryBackoffMaxMs, cluster.random)
  }

  /** Adds partitions, or moves the position of those it has. Answers that are under way for an old position are dropped. */
  assign(positions: readonly PartitionPosition[]): void {
    for (const { topic, partition, offset } of positions) {
      const state: PartitionState = {
        topic,
        partition,
        offset,
        paused: false,
        leaderId: -1,
        leaderEpoch: -1,
        topicId: undefined,
        failing: undefined,
        highWatermark: undefined,
      }
      this.partitions.set(keyOf(topic, partition), state)
    }
    this.dispatch()
  }

  unassign(topic: string, partition: number): void {
    this.partitions.delete(keyOf(topic, partition))
  }

  /** A paused partition is not asked for; what was fetched of it before still comes. */
  setPaused(topic: string, partition: number, paused: boolean): void {
    const state = this.partitions.get(keyOf(topic, partition))
    if (state === undefined) return
    state.paused = paused
    if (!paused) this.dispatch()
  }

  /** Why a partition cannot be read at the moment, while that is still borne; undefined where all can. For people to know. */
  get trouble(): unknown {
    for (const { failing } of this.partitions.values()) if (failing !== undefined) return failing.first
    return undefined
  }

  /** What the last answer said, also one that held nothing; undefined: none yet. */
  highWatermarkOf(topic: string, partition: number): number | undefined {
    return this.partitions.get(keyOf(topic, partition))?.highWatermark
  }

  /** The next answer of a broker that holds something; nothing after `timeoutMs`. Rejects with the signal's reason. */
  async poll(timeoutMs: number, signal?: AbortSignal): Promise<readonly FetchedPartition[]> {
    this.releaseCurrent()
    const deadline = this.cluster.clock.monotonicMs() + timeoutMs
    for (;;) {
      signal?.throwIfAborted()
      if (this.closing.signal.aborted) throw abortReason(this.closing.signal)
      const next = this.completed.shift()
      if (next !== undefined) return this.handOut(next)
      // What was read before the failure is handed out first: the error then names where reading stopped.
      if (this.failure !== undefined) throw this.failure
      const leftMs = deadline - this.cluster.clock.monotonicMs()
      if (leftMs <= 0) return []
      await this.waitForNews(leftMs, signal)
    }
  }

  close(): void {
    this.closing.abort(new FlinktsError('KAFKA_UNREACHABLE', 'the fetcher was closed'))
    this.cluster.closeConnections(this.purpose)
    this.partitions.clear()
    this.current = undefined
    this.completed.length = 0
    this.news.announce()
  }

  private async waitForNews(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    const woken = this.news.wait()
    await new Promise<void>((resolve, reject) => {
      const timer = this.cluster.clock.setTimer(timeoutMs, resolve)
      abortable(woken, signal)
        .then(resolve, reject)
        .finally(() => timer.cancel())
    })
  }

  private handOut(next: Completed): readonly FetchedPartition[] {
    this.current = next
    this.fetchFrom(next.broker)
    return next.fetched
  }

  private releaseCurrent(): void {
    for (const frame of this.current?.frames ?? []) this.pool.release(frame)
    this.current = undefined
  }

  /** Sees to it that every broker that leads a wanted partition has a fetch under way, and that missing leaders are looked up. */
  private dispatch(): void {
    if (this.closing.signal.aborted || this.failure !== undefined) return
    for (const state of this.partitions.values()) {
      if (state.leaderId < 0) this.refreshLeaders()
      else if (!this.brokers.has(state.leaderId))
        this.brokers.set(state.leaderId, { brokerId: state.leaderId, busy: false, turn: 0 })
    }
    for (const broker of this.brokers.values()) this.fetchFrom(broker)
  }

  private fetchFrom(broker: BrokerState): void {
    if (broker.busy || this.closing.signal.aborted || this.failure !== undefined) return
    if (this.completed.some((answer) => answer.broker === broker)) return
    const wanted = [...this.partitions.values()].filter((state) => state.leaderId === broker.brokerId && !state.paused)
    if (wanted.length === 0) return
    broker.busy = true
    const turn = broker.turn++ % wanted.length
    this.fetch(broker, [...wanted.slice(turn), ...wanted.slice(0, turn)]).then(
      () => this.afterFetch(broker),
      (error: unknown) => {
        this.stop(error)
        this.afterFetch(broker)
      },
    )
  }

  private afterFetch(broker: BrokerState): void {
    broker.busy = false
    this.news.announce()
    this.dispatch()
  }

  private stop(error: unknown): void {
    this.failure ??= error instanceof Error ? error : new FlinktsError('INTERNAL', String(error))
    this.news.announce()
  }

  private async fetch(broker: BrokerState, wanted: readonly PartitionState[]): Promise<void> {
    const frames: Buffer[] = []
    const offsets = wanted.map((state) => state.offset)
    let answer: FetchResponse
    try {
      answer = await this.exchange(broker, wanted, frames)
    } catch (error) {
      if (this.closing.signal.aborted) return
      for (const state of wanted) this.bear(state, error)
      return
    }
    const indexOf = new Map(
      wanted.map(({ topic, topicId, partition }, index) => [
        keyOf(answer.responses[0]?.topic === '' ? topicId! : topic, partition),
        index,
      ]),
    )
    const fetched: FetchedPartition[] = []
    const failed: Promise<void>[] = []
    for (const topic of answer.responses)
      for (const data of topic.partitions) {
        const index = indexOf.get(keyOf(topic.topic || topic.topicId, data.partitionIndex)) ?? -1
        const state = wanted[index]
        // Assigned anew or taken away while the fetch was under way: the answer is for an old position.
        if (state === undefined || this.partitions.get(keyOf(state.topic, state.partition)) !== state) continue
        if (data.errorCode !== 0) failed.push(this.onPartitionError(state, data.errorCode))
        else {
          const read = this.takeData(state, offsets[index]!, data)
          if (read !== undefined) fetched.push(read)
        }
      }
    if (fetched.length > 0) this.completed.push({ fetched, frames, broker })
    else for (const frame of frames) this.pool.release(frame)
    await Promise.all(failed)
  }

  private async exchange(
    broker: BrokerState,
    wanted: readonly PartitionState[],
    frames: Buffer[],
  ): Promise<FetchResponse> {
    const { fetchWaitMsMax, fetchBytesMin, fetchBytesMax, partitionBytesMax, isolationLevel } = this.options
    const connection = await this.cluster.connectionTo(broker.brokerId, this.purpose, this.closing.signal)
    // From 13 on topics are named by their ids, so that a topic that was created anew is not mistaken for the old one.
    const versionMax = wanted.every((state) => state.topicId !== undefined) ? 17 : 12
    const topics = new Map<string, PartitionState[]>()
    for (const state of wanted) topics.set(state.topic, [...(topics.get(state.topic) ?? []), state])
    const request = {
      maxWaitMs: fetchWaitMsMax,
      minBytes: fetchBytesMin,
      maxBytes: fetchBytesMax,
      isolationLevel: isolationLevel === 'read_committed' ? 1 : 0,
      topics: [...topics].map(([topic, states]) => ({
        topic,
        topicId: states[0]!.topicId,
        partitions: states.map((state) => ({
          partition: state.partition,
          currentLeaderEpoch: state.leaderEpoch,
          fetchOffset: BigInt(state.offset),
          partitionMaxBytes: partitionBytesMax,
        })),
      })),
    }
    const allocate = (frameBytes: number) => {
      const frame = this.pool.take(frameBytes)
      frames.push(frame)
      return frame
    }
    const timeoutMs = this.cluster.requestTimeoutMs + fetchWaitMsMax
    const answer = await connection.request('Fetch', request, {
      versionMax,
      timeoutMs,
      signal: this.closing.signal,
      allocate,
    })
    if (answer.errorCode !== 0) throw kafkaError(answer.errorCode, `fetching from broker ${broker.brokerId}`)
    return answer
  }

  private takeData(
    state: PartitionState,
    fromOffset: number,
    data: FetchResponse['responses'][number]['partitions'][number],
  ): FetchedPartition | undefined {
    state.failing = undefined
    state.highWatermark = Number(data.highWatermark)
    this.backoff.reset()
    const bytes = data.records ?? new Uint8Array(0)
    const aborted = this.options.isolationLevel === 'read_committed' ? (data.abortedTransactions ?? []) : undefined
    const { starts, nextOffset } = this.visible(state, bytes, fromOffset, aborted)
    if (nextOffset < 0) return undefined
    if (nextOffset <= fromOffset)
      throw new FlinktsError(
        'KAFKA_PROTOCOL',
        `${state.topic}-${state.partition}: asked for offset ${fromOffset}, got what ends before ${nextOffset}`,
      )
    state.offset = nextOffset
    const { topic, partition } = state
    const limits = {
      highWatermark: Number(data.highWatermark),
      lastStableOffset: Number(data.lastStableOffset),
      logStartOffset: Number(data.logStartOffset),
    }
    return { topic, partition, bytes, batchStarts: starts, fromOffset, nextOffset, ...limits }
  }

  private visible(state: PartitionState, ...rest: Parameters<typeof visibleBatches>) {
    try {
      return visibleBatches(...rest)
    } catch (error) {
      if (!(error instanceof FlinktsError)) throw error
      throw new FlinktsError(error.code, `${state.topic}-${state.partition}: ${error.message}`, {
        fix: error.fix,
        cause: error,
      })
    }
  }

  private async onPartitionError(state: PartitionState, errorCode: number): Promise<void> {
    const what = `reading ${state.topic}-${state.partition} at offset ${state.offset}`
    if (unfetchable.includes(errorCode)) this.stop(await this.outOfRange(state))
    else this.bear(state, kafkaError(errorCode, what))
  }

  private async outOfRange({ topic, partition, offset }: PartitionState): Promise<FlinktsError> {
    const query = (at: 'earliest' | 'latest') => ({ topic, partition, at })
    const range = await listOffsets(this.cluster, [query('earliest'), query('latest')], {
      signal: this.closing.signal,
    }).then(
      ([earliest, latest]) => `it holds ${earliest!.offset} up to ${latest!.offset}`,
      () => 'its range is not known',
    )
    return new FlinktsError(
      'KAFKA_OFFSET_OUT_OF_RANGE',
      `${topic}-${partition} does not hold offset ${offset}: ${range}`,
      {
        fix: 'Start from the earliest or latest offset (a job that goes on from a checkpoint: begin anew with --fresh); records in between may be lost to retention, or the topic was created anew.',
      },
    )
  }

  /** Takes the failure of a partition as passing, until it has lasted too long. Its leader is looked up anew. */
  private bear(state: PartitionState, error: unknown): void {
    state.failing ??= { sinceMs: this.cluster.clock.monotonicMs(), first: error }
    state.leaderId = -1
    try {
      failLongAfter(
        this.cluster,
        `reading ${state.topic}-${state.partition}`,
        state.failing.sinceMs,
        mayHeal(error) ? state.failing.first : error,
      )
    } catch (fatal) {
      this.stop(fatal)
    }
  }

  private refreshLeaders(): void {
    if (this.refreshing) return
    this.refreshing = true
    const failing = [...this.partitions.values()].some((state) => state.failing !== undefined)
    this.lookUpLeaders(failing ? this.backoff.nextMs() : 0)
      .catch((error: unknown) => this.stop(error))
      .finally(() => {
        this.refreshing = false
        this.dispatch()
      })
  }

  private async lookUpLeaders(waitMs: number): Promise<void> {
    const signal = this.closing.signal
    try {
      if (waitMs > 0) await delay(this.cluster.clock, waitMs, signal)
      const lost = () => [...this.partitions.values()].filter((state) => state.leaderId < 0)
      const topics = await this.cluster.topicsOnce([...new Set(lost().map((state) => state.topic))], signal)
      for (const state of lost()) {
        const topic = topics.find(({ name }) => name === state.topic)
        const found = topic?.partitions.find(({ partition }) => partition === state.partition)
        if (topic === undefined) continue // assigned while the answer was under way
        if (found === undefined)
          this.stop(new FlinktsError('KAFKA_TOPIC_MISSING', `topic ${state.topic} has no partition ${state.partition}`))
        else if (found.leaderId < 0)
          this.bear(state, kafkaError(kafkaErrorCodes.LEADER_NOT_AVAILABLE, `${state.topic}-${state.partition}`))
        else this.learnLeader(state, topic.topicId, found.leaderId, found.leaderEpoch)
      }
    } catch (error) {
      if (signal.aborted) return
      for (const state of this.partitions.values()) if (state.leaderId < 0) this.bear(state, error)
    }
  }

  private learnLeader(state: PartitionState, topicId: string | undefined, leaderId: number, leaderEpoch: number): void {
    if (state.topicId !== undefined && topicId !== state.topicId)
      return this.stop(kafkaError(kafkaErrorCodes.INCONSISTENT_TOPIC_ID, `reading ${state.topic}-${state.partition}`))
    state.topicId = topicId
    state.leaderId = leaderId
    state.leaderEpoch = leaderEpoch
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic} ${partition}`
}
