// Writes events to a topic: from a generator, a file or another topic, as fast as Kafka takes them or at a pace.
import { setImmediate, setTimeout as delay } from 'node:timers/promises'
import {
  FlinktsError,
  isFlinktsError,
  Producer,
  systemClock,
  type KafkaConnection,
  type RecordRanges,
  type TopicProducer,
} from '../../engine/host.ts'
import {
  EventBatch,
  randomStreams,
  type DisorderOptions,
  type EventHeader,
  type Malformation,
} from '../generators/index.ts'
import { openKafka } from './kafka-connection.ts'
import { acknowledgedText, acknowledgementLimit, notAcknowledgedNotice } from './produce/acknowledgement.ts'
import { RecordChanger, type RecordChanges } from './produce/change-records.ts'
import type { EventOrigin } from './produce/event-origin.ts'
import type { EventSource } from './produce/event-source.ts'
import { openSource } from './produce/open-source.ts'
import { openTopic } from './produce/open-topic.ts'
import type { Pace } from './produce/pace.ts'
import { RecordPlacer, type Placement } from './produce/place-records.ts'
import { ProduceTally } from './produce/produce-tally.ts'
import { readTimeLimits, RecordTimestamps } from './produce/record-timestamps.ts'

export interface ProduceOptions {
  readonly connection: KafkaConnection
  readonly topic: string
  readonly from: EventOrigin
  /** Of everything that is drawn. Default 42. */
  readonly seed?: number
  /** Ends after so many records; undefined: when the source ends. */
  readonly count?: number | undefined
  /** Default: none. */
  readonly changes?: Partial<RecordChanges>
  /** Undefined: a generator's own, none of other sources. */
  readonly disorder?: DisorderOptions | undefined
  readonly placement?: Placement
  /** Of every record, behind its own. */
  readonly headers?: readonly EventHeader[]
  /** `event`: the event's time, where it has one that the topic keeps; `now`: when it is written. Default `event`. */
  readonly recordTime?: 'event' | 'now'
  /** Default: as fast as Kafka takes them. */
  readonly pace?: Pace | undefined
  /** Told at most four times a second. */
  readonly progress?: (progress: ProduceProgress) => void
  /** What the user should know while it runs, a line each. */
  readonly notice?: (line: string) => void
  /** Aborted: no more is sent; what was sent may still arrive for five seconds. */
  readonly signal: AbortSignal
}

export interface ProduceProgress {
  readonly records: number
  readonly bytes: number
  readonly elapsedMs: number
  readonly late: number
  readonly outOfOrder: number
  readonly bad: number
  /** Share of what there is to do, 0 to 1; undefined: it has no end, or nobody knows. */
  readonly fraction: number | undefined
}

export interface ProduceResult {
  /** All of them acknowledged. */
  readonly records: number
  /** Of keys and values. */
  readonly bytes: number
  readonly durationMs: number
  /** Records per partition. */
  readonly partitions: readonly number[]
  readonly late: number
  readonly outOfOrder: number
  readonly bad: Readonly<Record<Malformation, number>>
  readonly tombstones: number
  /** Records that lack a field of `set`. */
  readonly unset: number
  /** ms since 1970; undefined where events have no time. */
  readonly firstEventMs: number | undefined
  readonly lastEventMs: number | undefined
  readonly notices: readonly string[]
}

const PROGRESS_EVERY_MS = 250
/** Shorter trouble is not worth a word. */
const TROUBLE_TOLD_AFTER_MS = 2000
const NO_CHANGES: RecordChanges = { set: [], keyField: undefined, nullValues: false, badShare: 0 }

/** A run of `produceEvents`: everything that its loop needs at hand. */
interface Run {
  readonly options: ProduceOptions
  readonly source: EventSource
  readonly producer: Producer
  readonly topic: TopicProducer
  readonly changer: RecordChanger
  readonly placer: RecordPlacer
  readonly timestamps: RecordTimestamps
  readonly tally: ProduceTally
  readonly startedMs: number
  /** Acknowledgements are not waited for any more. */
  readonly giveUp: AbortSignal
  toldMs: number
}

function tellProgress(run: Run): void {
  const { options, tally, source } = run
  const nowMs = systemClock.monotonicMs()
  if (options.progress === undefined || nowMs - run.toldMs < PROGRESS_EVERY_MS) return
  run.toldMs = nowMs
  const ofCount = options.count === undefined ? undefined : tally.records / options.count
  options.progress({
    records: tally.records,
    bytes: tally.bytes,
    elapsedMs: nowMs - run.startedMs,
    late: tally.late,
    outOfOrder: tally.outOfOrder,
    bad: tally.badCount,
    fraction: source.fraction === undefined ? ofCount : Math.max(source.fraction, ofCount ?? 0),
  })
}

/** Says when Kafka takes nothing, and when it does again; what was sent waits and is not lost. Returns how to end it. */
function watchTrouble(run: Run, notice: (line: string) => void): () => void {
  let sinceMs: number | undefined
  let isTold = false
  const timer = setInterval(() => {
    const { trouble } = run.producer
    const nowMs = systemClock.monotonicMs()
    if (trouble === undefined) {
      if (isTold) notice('Kafka takes records again')
      sinceMs = undefined
      isTold = false
      return
    }
    sinceMs ??= nowMs
    if (isTold || nowMs - sinceMs < TROUBLE_TOLD_AFTER_MS) return
    isTold = true
    notice(`${trouble instanceof Error ? trouble.message : 'Kafka does not answer'}; trying again for two minutes`)
  }, PROGRESS_EVERY_MS)
  return () => clearInterval(timer)
}

/** The records from `from` on that may go by now: up to the returned index. */
function dueUntil(run: Run, batch: EventBatch, from: number): number {
  const { pace } = run.options
  if (pace === undefined) return batch.count
  const elapsedMs = systemClock.monotonicMs() - run.startedMs
  let to = from
  while (to < batch.count && pace(run.tally.records + to - from, batch.tellMs[to]!) <= elapsedMs) to++
  return to
}

/** Sends the batch, each record when it is due. Ends early when the signal aborts. */
async function sendBatch(run: Run, batch: EventBatch): Promise<void> {
  const { producer, topic, tally, options } = run
  const { signal, pace } = options
  const ranges: RecordRanges = batch
  for (let from = 0; from < batch.count && !signal.aborted;) {
    const to = dueUntil(run, batch, from)
    if (to > from) {
      if (!producer.isAvailable()) await producer.available(run.giveUp)
      run.timestamps.stamp(batch, from, to)
      topic.sendRanges(ranges, from, to)
      tally.add(batch, from, to)
      from = to
      await setImmediate() // answers and Ctrl-C want their turn
    } else {
      const dueMs = run.startedMs + pace!(tally.records, batch.tellMs[from]!)
      const waitMs = Math.min(dueMs - systemClock.monotonicMs(), PROGRESS_EVERY_MS)
      // Timers are coarser than a millisecond: small debts are paid together.
      await delay(Math.max(5, waitMs), undefined, { signal }).catch(() => undefined)
    }
    tellProgress(run)
  }
}

function addHeaders(batch: EventBatch, headers: readonly EventHeader[]): void {
  batch.headers ??= new Array<undefined>(batch.capacity)
  for (let index = 0; index < batch.count; index++) {
    const own = batch.headers[index]
    batch.headers[index] = own === undefined ? headers : [...own, ...headers]
  }
}

async function runToEnd(run: Run): Promise<void> {
  const { options, source } = run
  const { headers = [], signal } = options
  const batch = new EventBatch()
  let left = options.count ?? Infinity
  for (let hasMore = true; hasMore && left > 0 && !signal.aborted;) {
    batch.clear()
    hasMore = await nextOf(source, batch, Math.min(batch.capacity, left), signal)
    left -= batch.count
    run.changer.change(batch)
    run.placer.place(batch)
    if (headers.length > 0) addHeaders(batch, headers)
    await sendBatch(run, batch)
  }
  await run.producer.close(run.giveUp)
}

/** Fills the batch; false also when the signal aborts, for standard input may have nothing to say for hours. */
async function nextOf(source: EventSource, batch: EventBatch, max: number, signal: AbortSignal): Promise<boolean> {
  const filled = source.fill(batch, max)
  if (typeof filled === 'boolean') return filled
  let stop = (): void => undefined
  const aborted = new Promise<false>((resolve) => (stop = () => resolve(false)))
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([filled, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function noticesOf({ timestamps, tally, changer, options }: Run): string[] {
  const notices: string[] = []
  const { tooOldCount, tooNewCount } = timestamps
  const times = `the record timestamps of`
  if (tooOldCount > 0)
    notices.push(
      `${times} ${tooOldCount} records are the time of writing: by their event times, topic ${options.topic} would delete them (with retention: -1 it keeps event times)`,
    )
  if (tooNewCount > 0)
    notices.push(
      `${times} ${tooNewCount} records are the time of writing: their event times lie further in the future than topic ${options.topic} takes (message.timestamp.after.max.ms)`,
    )
  if (changer.unsetCount > 0)
    notices.push(`${changer.unsetCount} of ${tally.records} records lack a field to --set and stayed as they are`)
  return notices
}

function resultOf(run: Run): ProduceResult {
  const { tally } = run
  const hasTimes = tally.lastEventMs >= tally.firstEventMs
  return {
    records: tally.records,
    bytes: tally.bytes,
    durationMs: Math.round(systemClock.monotonicMs() - run.startedMs),
    partitions: [...tally.partitions],
    late: tally.late,
    outOfOrder: tally.outOfOrder,
    bad: tally.badByKind,
    tombstones: tally.tombstones,
    unset: run.changer.unsetCount,
    firstEventMs: hasTimes ? tally.firstEventMs : undefined,
    lastEventMs: hasTimes ? tally.lastEventMs : undefined,
    notices: noticesOf(run),
  }
}

function acknowledgedOf({ topic, producer, tally }: Run): [topic: string, acknowledged: number, sent: number] {
  return [topic.topic, producer.acknowledgedCount, tally.records]
}

/** The failure, with what the topic has of this run. */
function withAcknowledged(error: unknown, run: Run): unknown {
  return isFlinktsError(error)
    ? new FlinktsError(error.code, acknowledgedText(...acknowledgedOf(run)), { cause: error })
    : error
}

/**
 * Everything sent is acknowledged when this resolves, once and in order: the producer is idempotent. A broker that goes
 * away is waited for, two minutes at most. Throws the first cause, with what was acknowledged before; an AbortError when
 * the signal aborted and Kafka did not acknowledge what was sent within five seconds, which a notice counts.
 */
export async function produceEvents(options: ProduceOptions): Promise<ProduceResult> {
  const { topic: name, signal, notice = () => undefined } = options
  const randomOf = randomStreams(options.seed ?? 42)
  const cluster = openKafka(options.connection)
  const giveUp = acknowledgementLimit(signal)
  let source: EventSource | undefined
  try {
    const origin = { seed: options.seed ?? 42, disorder: options.disorder }
    const opened = (source = await openSource(options.from, origin, cluster, signal, notice))
    const producer = await Producer.open(cluster, {}, signal)
    const { topic, wasMissing } = await openTopic(cluster, producer, name, signal)
    if (wasMissing)
      notice(
        `topic ${name} did not exist: Kafka made it, with ${topic.partitions === 1 ? 'one partition' : `${topic.partitions} partitions`}`,
      )
    const run: Run = {
      options,
      source,
      producer,
      topic,
      changer: new RecordChanger({ ...NO_CHANGES, ...options.changes }, randomOf('bad'), (at) => opened.titleOf(at)),
      placer: new RecordPlacer(
        name,
        topic.partitions,
        options.placement ?? { partition: undefined, idlePartitions: [] },
        randomOf('sticky'),
      ),
      timestamps: new RecordTimestamps(
        await readTimeLimits(cluster, name, signal),
        (options.recordTime ?? 'event') === 'event',
      ),
      tally: new ProduceTally(topic.partitions),
      startedMs: systemClock.monotonicMs(),
      giveUp: giveUp.signal,
      toldMs: -Infinity,
    }
    const stopWatching = watchTrouble(run, notice)
    try {
      await runToEnd(run)
    } catch (error) {
      if (run.tally.records === 0) throw error
      // What failed may be the source: then everything before it still arrives.
      await producer.close(run.giveUp).catch(() => undefined)
      if (error === run.giveUp.reason) notice(notAcknowledgedNotice(...acknowledgedOf(run)))
      throw withAcknowledged(error, run)
    } finally {
      stopWatching()
    }
    return resultOf(run)
  } finally {
    giveUp.cancel()
    await source?.close()
    cluster.close()
  }
}
