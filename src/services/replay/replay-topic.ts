// Writes a range of a topic again, as fast as its records once came, faster, or as fast as Kafka takes them.
import { setTimeout as delay } from 'node:timers/promises'
import {
  FlinktsError,
  isFlinktsError,
  listOffsets,
  partitionOfKey,
  Producer,
  StickyPartition,
  systemClock,
  type IsolationLevel,
  type KafkaCluster,
  type KafkaConnection,
  type TopicProducer,
} from '../../../engine/host.ts'
import { openKafka } from '../kafka-connection.ts'
import { timeOf, type OffsetSpec } from '../offset-spec.ts'
import { loadFilter } from '../record-filter.ts'
import { recordTimesAt } from '../record-times.ts'
import { acknowledgementLimit, notAcknowledgedNotice } from '../produce/acknowledgement.ts'
import { resolveRanges, TopicReader, type PartitionRange } from '../topic-reader.ts'
import { makeTarget } from './make-target.ts'
import { OutgoingBatches, type OutgoingBatch } from './outgoing-batch.ts'
import { RecordsByTime } from './pace-records.ts'

export interface ReplayOptions {
  readonly connection: KafkaConnection
  readonly topic: string
  readonly from: OffsetSpec
  /** Resolved once, at the start, and never behind the present end: a topic that is replayed into itself has an end. */
  readonly until: OffsetSpec
  readonly group?: string | undefined
  readonly partitions?: readonly number[] | undefined
  /** Made like the source where there is none. Default: the same topic. */
  readonly into?: string | undefined
  /** How many times faster than the records' own times; 'max': without waiting. */
  readonly speed: number | 'max'
  /** A condition of Flink SQL on the fields of JSON values. */
  readonly filter?: string | undefined
  /** When the first record of the range shall have happened: `now`, a time, a time ago. Default: as it was. */
  readonly shiftTo?: OffsetSpec | undefined
  /** Fields of JSON values that are shifted with the records' times, `a.b` for nested ones. */
  readonly shiftFields: readonly string[]
  readonly isolationLevel: IsolationLevel
  readonly signal: AbortSignal
  readonly notice: (line: string) => void
  /** Kept up to date while it runs. */
  readonly progress: ReplayProgress
}

/** For who looks on. */
export interface ReplayProgress {
  /** Records of the range; fewer where offsets have gaps. Undefined until it is known. */
  total: number | undefined
  read: number
  written: number
  /** As `total`: how far along the range everything is written. */
  passed: number
  /** The time of the last record written, as it was in the source; undefined where it has none. */
  recordTimeMs: number | undefined
  /** Until the next record is due. */
  waitMs: number
}

export function newProgress(): ReplayProgress {
  return { total: undefined, read: 0, written: 0, passed: 0, recordTimeMs: undefined, waitMs: 0 }
}

export interface ReplayResult {
  readonly topic: string
  readonly into: string
  /** Where it stopped before the end, some of these were not written yet. */
  readonly read: number
  readonly written: number
  readonly durationMs: number
  /** Whether the end of the range was reached. */
  readonly isComplete: boolean
  /** What remains, as `--from`, `--until` and `--shift-to` take it. Everything before is written and acknowledged. */
  readonly rest: { readonly from: string; readonly until: string; readonly shiftTo: string | undefined }
}

/** The time that is added to all others, and the present's part in it: resolved once. */
function shiftOf({ shiftTo }: ReplayOptions, ranges: readonly ReplayRange[]): number {
  if (shiftTo === undefined) return 0
  const now = systemClock.now()
  const target = shiftTo.kind === 'latest' ? now : timeOf(shiftTo, now)
  if (target === undefined)
    throw new FlinktsError('OPTION_INVALID', '--shift-to is a time', {
      fix: 'Write now, a time such as 2025-11-01T10:00:00Z, or a time ago such as -2h.',
    })
  const times = ranges.flatMap(({ timeMs }) => (timeMs === undefined ? [] : [timeMs]))
  if (times.length === 0 && ranges.some(({ from, until }) => from < until))
    throw new FlinktsError('OPTION_INVALID', 'the first records of the range have no time to shift from', {
      fix: 'Leave --shift-to out.',
    })
  return times.length === 0 ? 0 : target - Math.min(...times)
}

interface ReplayRange extends PartitionRange {
  readonly until: number
}

async function replayRanges(cluster: KafkaCluster, options: ReplayOptions): Promise<ReplayRange[]> {
  const { topic, from, until, group, partitions, isolationLevel, signal } = options
  const ranges = await resolveRanges(cluster, { topic, from, until, group, partitions, isolationLevel }, signal)
  const queries = ranges.map(({ partition }) => ({ topic, partition, at: 'latest' as const }))
  const ends = await listOffsets(cluster, queries, { isolationLevel, signal })
  return ranges.map((range, index) => ({ ...range, until: Math.min(range.until ?? Infinity, ends[index]!.offset!) }))
}

/** Sends batches, and remembers how far every partition of the source is written. */
class ReplayWriter {
  readonly #producer: Producer
  readonly #target: TopicProducer
  readonly #keepsPartitions: boolean
  readonly #sticky: StickyPartition
  readonly #positions: Map<number, number>
  readonly #progress: ReplayProgress
  readonly #shiftMs: number

  constructor(
    producer: Producer,
    target: TopicProducer,
    options: { keepsPartitions: boolean; ranges: readonly ReplayRange[]; progress: ReplayProgress; shiftMs: number },
  ) {
    this.#producer = producer
    this.#target = target
    this.#keepsPartitions = options.keepsPartitions
    this.#progress = options.progress
    this.#shiftMs = options.shiftMs
    this.#sticky = new StickyPartition(target.partitions, Math.random)
    this.#positions = new Map(options.ranges.map(({ partition, from }) => [partition, from]))
  }

  get positions(): ReadonlyMap<number, number> {
    return this.#positions
  }

  /** Everything below was read, and written where it was wanted. */
  advance(partition: number, offset: number): void {
    const before = this.#positions.get(partition)!
    if (offset <= before) return
    this.#positions.set(partition, offset)
    this.#progress.passed += offset - before
  }

  /** Once for each batch, before `send`. */
  assignPartitions(batch: OutgoingBatch): void {
    if (this.#keepsPartitions) return
    const { bytes, keyStart, keyLength, valueLength } = batch
    for (let row = 0; row < batch.count; row++) {
      const [start, length] = [keyStart[row]!, keyLength[row]!]
      batch.partition[row] =
        length < 0
          ? this.#sticky.next(Math.max(0, valueLength[row]!) + 10)
          : partitionOfKey(bytes, this.#target.partitions, start, start + length)
    }
  }

  /** Rows `from` (inclusive) to `to` (exclusive). Waits while Kafka is slower. */
  async send(batch: OutgoingBatch, from: number, to: number, signal: AbortSignal): Promise<void> {
    if (!this.#producer.isAvailable()) await this.#producer.available(signal)
    this.#target.sendRanges(batch, from, to)
    this.#progress.written += to - from
    const time = batch.timestamp[to - 1]!
    this.#progress.recordTimeMs = time < 0 ? undefined : time - this.#shiftMs
    this.advance(batch.sourcePartition, batch.offset[to - 1]! + 1)
  }
}

/** Handed to the producer at once. */
const STEP_BYTES = 256 * 1024
/** Less than this is not waited for: timers are no finer. */
const WAIT_MS_MIN = 2
/** Progress is told anew so often while a record is waited for. */
const WAIT_MS_MAX = 200

async function copyAll(
  reader: TopicReader,
  outgoing: OutgoingBatches,
  writer: ReplayWriter,
  { progress, signal }: ReplayOptions,
): Promise<void> {
  while (!reader.isDone) {
    for (const { partition, batches, nextOffset } of await reader.poll()) {
      for (const read of batches) {
        progress.read += read.count
        const batch = outgoing.of(read)
        if (batch === undefined) continue
        writer.assignPartitions(batch)
        const step = Math.max(1, Math.floor((STEP_BYTES * batch.count) / Math.max(1, batch.sizeBytes)))
        for (let row = 0; row < batch.count; row += step) {
          signal.throwIfAborted()
          await writer.send(batch, row, Math.min(row + step, batch.count), signal)
        }
      }
      writer.advance(partition, nextOffset)
    }
  }
}

/** Reads until a record of every partition waits, as far as there are any; reading holds back where enough waits. */
async function fill(
  reader: TopicReader,
  queues: RecordsByTime,
  outgoing: OutgoingBatches,
  writer: ReplayWriter,
  read: { readonly ends: Map<number, number>; readonly progress: ReplayProgress },
): Promise<void> {
  while ([...reader.open].some((partition) => !queues.has(partition))) {
    for (const partition of reader.open) reader.setPaused(partition, queues.has(partition))
    for (const { partition, batches, nextOffset } of await reader.poll()) {
      for (const readBatch of batches) {
        read.progress.read += readBatch.count
        const batch = outgoing.of(readBatch)
        if (batch === undefined) continue
        writer.assignPartitions(batch)
        queues.add(batch)
      }
      read.ends.set(partition, nextOffset)
      // nothing of it waits: what was read and left out is done with
      if (!queues.has(partition)) writer.advance(partition, nextOffset)
    }
  }
}

async function copyPaced(
  reader: TopicReader,
  outgoing: OutgoingBatches,
  writer: ReplayWriter,
  { progress, signal }: ReplayOptions,
  speed: number,
): Promise<void> {
  const queues = new RecordsByTime([...writer.positions.keys()])
  const ends = new Map<number, number>()
  let begun: { readonly atMs: number; readonly time: number } | undefined
  for (;;) {
    signal.throwIfAborted()
    await fill(reader, queues, outgoing, writer, { ends, progress })
    const next = queues.peek()
    if (next === undefined) return
    if (next.time >= 0) begun ??= { atMs: systemClock.monotonicMs(), time: next.time }
    const dueMs = begun === undefined ? -Infinity : begun.atMs + (next.time - begun.time) / speed
    progress.waitMs = Math.max(0, dueMs - systemClock.monotonicMs())
    if (progress.waitMs > WAIT_MS_MIN) {
      await delay(Math.min(progress.waitMs, WAIT_MS_MAX), undefined, { signal })
      continue
    }
    await writer.send(next.batch, next.row, next.row + 1, signal)
    queues.take(next)
    const { sourcePartition } = next.batch
    if (!queues.has(sourcePartition)) writer.advance(sourcePartition, ends.get(sourcePartition)!)
  }
}

function offsetsText(topic: string, offsets: Iterable<readonly [number, number]>): string {
  return `${topic}:${[...offsets].map(([partition, offset]) => `${partition}=${offset}`).join(',')}`
}

/** What remains of the range when not all was written. */
async function restOf(
  cluster: KafkaCluster,
  { topic, shiftTo, isolationLevel }: ReplayOptions,
  ranges: readonly ReplayRange[],
  positions: ReadonlyMap<number, number>,
  shiftMs: number,
): Promise<ReplayResult['rest']> {
  const from = offsetsText(topic, positions)
  const until = offsetsText(
    topic,
    ranges.map((range) => [range.partition, Math.max(range.until, range.from)] as const),
  )
  if (shiftTo === undefined) return { from, until, shiftTo: undefined }
  const open = ranges.filter((range) => positions.get(range.partition)! < range.until)
  const times = await recordTimesAt(
    cluster,
    open.map(({ partition }) => ({ topic, partition, offset: positions.get(partition)! })),
    open.map((range) => range.until),
    { isolationLevel },
  )
  const first = Math.min(...times.flatMap((time) => (time === undefined ? [] : [time])))
  return { from, until, shiftTo: Number.isFinite(first) ? new Date(first + shiftMs).toISOString() : undefined }
}

/**
 * Resolves at the end of the range, or when the signal aborts: then everything that was sent is acknowledged, and `rest`
 * says what remains. Throws KAFKA_TOPIC_MISSING, OPTION_INVALID, what the filter throws, what Kafka refuses; an AbortError
 * where Kafka did not acknowledge in five seconds after the signal, which a notice counts.
 */
export async function replayTopic(options: ReplayOptions): Promise<ReplayResult> {
  const { connection, topic, into = topic, speed, isolationLevel, signal, notice, progress, shiftFields } = options
  const filter = await loadFilter(options.filter)
  const cluster = openKafka(connection)
  const giveUp = acknowledgementLimit(signal)
  let reader: TopicReader | undefined
  const startedMs = systemClock.monotonicMs()
  try {
    const producer = await Producer.open(cluster, {}, signal)
    const ranges = await replayRanges(cluster, options)
    await makeTarget(cluster, topic, into, notice)
    const target = await producer.topic(into, signal)
    const [source] = await cluster.topics([topic], signal)
    const keepsPartitions = target.partitions === source!.partitions.length
    if (!keepsPartitions)
      notice(
        `${into} has ${target.partitions} partitions, ${topic} ${source!.partitions.length}: keys choose the partition`,
      )
    progress.total = ranges.reduce((sum, { from, until }) => sum + Math.max(0, until - from), 0)
    const shiftMs = shiftOf(options, ranges)
    const outgoing = new OutgoingBatches({ topic, filter, shiftMs, shiftFields, isKept: speed !== 'max' })
    const writer = new ReplayWriter(producer, target, { keepsPartitions, ranges, progress, shiftMs })
    reader = new TopicReader(cluster, topic, ranges, { isolationLevel, signal, notice })
    await runUntilAborted(signal, () =>
      speed === 'max'
        ? copyAll(reader!, outgoing, writer, options)
        : copyPaced(reader!, outgoing, writer, options, speed),
    )
    await closeProducer(producer, giveUp.signal, () =>
      notice(notAcknowledgedNotice(into, producer.acknowledgedCount, progress.written)),
    )
    for (const line of [...(filter?.notices() ?? []), ...outgoing.notices()]) notice(line)
    const { read, written } = progress
    const isComplete = ranges.every(({ partition, until }) => writer.positions.get(partition)! >= until)
    const durationMs = Math.round(systemClock.monotonicMs() - startedMs)
    const rest = await restOf(cluster, options, ranges, writer.positions, shiftMs)
    return { topic, into, read, written, durationMs, isComplete, rest }
  } catch (error) {
    throw refusedTime(error, into)
  } finally {
    giveUp.cancel()
    reader?.close()
    cluster.close()
  }
}

/** `onGivenUp`: the limit was reached, not everything is acknowledged. */
async function closeProducer(producer: Producer, giveUp: AbortSignal, onGivenUp: () => void): Promise<void> {
  try {
    await producer.close(giveUp)
  } catch (error) {
    if (error === giveUp.reason) onGivenUp()
    throw error
  }
}

async function runUntilAborted(signal: AbortSignal, run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

function refusedTime(error: unknown, into: string): unknown {
  if (!isFlinktsError(error) || !error.message.includes('INVALID_TIMESTAMP')) return error
  return new FlinktsError(error.code, error.message, {
    cause: error,
    fix: `Kafka takes records up to an hour ahead of the present (message.timestamp.after.max.ms): shift to an earlier time (--shift-to -24h), choose --speed 1x, or \`flinkts topics alter ${into} --config message.timestamp.after.max.ms=9223372036854775807\`.`,
  })
}
