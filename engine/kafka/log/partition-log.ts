// The log of one partition: a row of segments, of which the last is written to. Appends are synchronous, so that their
// order is the order of calls; what `append` answered is in the page cache and outlives the process.
//
// Leader epochs are always 0: one node leads from the beginning. The high watermark is the log end offset: there are no
// followers to wait for.
import { mkdirSync } from 'node:fs'
import {
  baseOffsetAt,
  batchSizeAt,
  hasLogAppendTime,
  readBatchHeader,
  type RecordBatchHeader,
} from '../protocol/record-batch.ts'
import { patchMaxTimestamp, patchPlace } from './batch-patch.ts'
import { validateBatch, type RefusedBatch } from './batch-validation.ts'
import type { LastOfProducer } from './clean-batch.ts'
import type { CleanableLog, SegmentChange } from './log-cleaner.ts'
import { segmentMsMax, type LogConfig } from './log-config.ts'
import { storageError } from './log-file.ts'
import { firstSegment, recoverSegments } from './log-recovery.ts'
import { LogSegments } from './log-segments.ts'
import { writeProducerSnapshot } from './producer-snapshot.ts'
import { producerBatchOf, ProducerState, type SequenceVerdict } from './producer-state.ts'
import type { ReadMemory } from './read-ahead.ts'
import { Segment, type LogResources } from './segment.ts'
import { cleanedSuffix, completeSwaps, swapIn, syncDirectory } from './segment-swap.ts'
import { TransactionIndex, type AbortedTransaction } from './transaction-index.ts'
import { markerBatch, type TransactionMarker } from './transaction-marker.ts'
import type { TimestampAndOffset } from './segment-index.ts'

export const leaderEpoch = 0

export interface AppendedBatch {
  readonly error: 'NONE'
  readonly baseOffset: number
  readonly lastOffset: number
  /** -1 with CreateTime; of a duplicate, as in Kafka, the greatest timestamp of what is there. */
  readonly logAppendTimeMs: number
  /** The batch was in the log already; nothing was written. */
  readonly duplicate: boolean
}

export interface PartitionLogOptions {
  readonly directory: string
  readonly config: LogConfig
  readonly resources: LogResources
  readonly nowMs: number
  /** The log was closed in good order: it is taken as it is. */
  readonly clean: boolean
  /** Up to here everything is known to be on disk. */
  readonly recoveryPoint: number
  readonly logStartOffset: number
}

const freshMemory: ReadMemory = {
  allocate: (bytes) => Buffer.allocUnsafeSlow(bytes),
  adopt: () => {},
  readAhead: undefined,
}

export class PartitionLog implements CleanableLog {
  readonly directory: string
  private readonly resources: LogResources
  private readonly segments: LogSegments
  private readonly producers = new ProducerState()
  private readonly aborted: TransactionIndex
  private config: LogConfig
  private startOffset: number
  private endOffset: number
  private flushedOffset: number
  private snapshotOffset: number
  private flushedAtMs: number
  private firstBatch: { readonly startOffset: number; readonly baseOffset: number } | undefined
  /** Why nothing can be written any more; what is there may still be read. */
  private failure: Error | undefined
  private readonly backgroundSyncs = new Set<Promise<void>>()

  constructor(options: PartitionLogOptions) {
    const isNew = mkdirSync(options.directory, { recursive: true }) !== undefined
    this.directory = options.directory
    this.config = options.config
    this.resources = options.resources
    if (!isNew) completeSwaps(options.directory, options.resources)
    this.aborted = new TransactionIndex(options.directory, options.resources.loadedIndexes)
    const recovered = isNew ? firstSegment(options) : recoverSegments(options, this.producers, this.aborted)
    this.segments = new LogSegments(options.directory, recovered.segments)
    this.endOffset = recovered.endOffset
    this.startOffset = Math.min(Math.max(options.logStartOffset, recovered.segments[0]!.baseOffset), this.endOffset)
    this.flushedOffset = Math.min(options.recoveryPoint, this.endOffset)
    this.flushedAtMs = options.nowMs
    this.snapshotOffset = recovered.snapshotOffset
  }

  get logStartOffset(): number {
    return this.startOffset
  }

  /** Offset behind the last record; also the high watermark. */
  get logEndOffset(): number {
    return this.endOffset
  }

  /** Up to here read_committed may see: where the first transaction begins that is not decided yet. */
  get lastStableOffset(): number {
    const undecided = this.producers.firstUndecidedOffset
    if (undecided === undefined) return this.endOffset
    return undecided >= this.startOffset ? undecided : this.startOfFirstBatch()
  }

  /** Everything before it survives a crash of the machine. */
  get recoveryPoint(): number {
    return this.flushedOffset
  }

  get sizeBytes(): number {
    return this.segments.sizeBytes
  }

  get segmentCount(): number {
    return this.segments.all.length
  }

  reconfigure(config: LogConfig): void {
    this.config = config
  }

  /**
   * Checks and stores one batch that `checkProduced` let pass. Offsets, leader epoch and timestamps are patched into
   * `batch` itself. Throws KAFKA_STORAGE when the disk refuses; the log is as before then.
   */
  append(batch: Buffer, nowMs: number): AppendedBatch | RefusedBatch {
    if (this.failure !== undefined) return { error: 'KAFKA_STORAGE_ERROR', message: this.failure.message }
    const validated = validateBatch(batch, this.config, nowMs)
    if (validated.error !== 'NONE') return validated
    const { header } = validated
    if (header.sizeBytes > this.config.segmentBytes)
      return { error: 'RECORD_LIST_TOO_LARGE', message: `${header.sizeBytes} bytes do not fit into a segment` }
    const logAppendTimeMs = hasLogAppendTime(header) ? header.maxTimestamp : -1
    const verdict = this.judge(header)
    if (verdict.kind === 'refused') return { error: verdict.error, message: verdict.message }
    if (verdict.kind === 'duplicate')
      return {
        error: 'NONE',
        baseOffset: verdict.baseOffset,
        lastOffset: verdict.lastOffset,
        logAppendTimeMs: verdict.timestamp,
        duplicate: true,
      }
    const baseOffset = this.endOffset
    const lastOffset = baseOffset + header.lastOffsetDelta
    this.write(batch, header, baseOffset, nowMs)
    if (header.producerId >= 0) this.producers.appended(producerBatchOf(header, baseOffset), nowMs)
    if (this.endOffset - this.flushedOffset >= this.config.flushMessages) this.flushNow(nowMs)
    return { error: 'NONE', baseOffset, lastOffset, logAppendTimeMs, duplicate: false }
  }

  /**
   * Ends the producer's transaction here: its records are committed or aborted. Also without records of it, where it only
   * brings the epoch. Throws KAFKA_STORAGE when the disk refuses; the log is as before then.
   */
  appendMarker(marker: TransactionMarker, nowMs: number): AppendedBatch | RefusedBatch {
    if (this.failure !== undefined) return { error: 'KAFKA_STORAGE_ERROR', message: this.failure.message }
    const refused = this.producers.judgeMarker(marker)
    if (refused !== undefined) return { error: refused.error, message: refused.message }
    const batch = markerBatch(marker, nowMs)
    if (this.config.timestampType === 'LogAppendTime') patchMaxTimestamp(batch, nowMs, true)
    const header = readBatchHeader(batch, 0)
    const offset = this.endOffset
    // The index first: what it says too much is cut off again, here or by the recovery.
    this.indexAborted(marker, offset)
    try {
      this.write(batch, header, offset, nowMs)
    } catch (error) {
      this.aborted.truncateTo(offset)
      throw error
    }
    this.producers.markerAppended(marker, offset, header.maxTimestamp, nowMs)
    if (this.endOffset - this.flushedOffset >= this.config.flushMessages) this.flushNow(nowMs)
    return { error: 'NONE', baseOffset: offset, lastOffset: offset, logAppendTimeMs: nowMs, duplicate: false }
  }

  /** The aborted transactions that have records in [fromOffset, endOffset). */
  abortedBetween(fromOffset: number, endOffset: number): AbortedTransaction[] {
    return this.aborted.between(fromOffset, endOffset)
  }

  /**
   * The aborted transactions that the reader of `read(offset, bytesMax, atLeastOne)` must know of, to be asked for before it
   * reads. As in Kafka also ones that begin behind what it reads: the index of offsets says where that ends, roughly.
   */
  abortedForRead(
    offset: number,
    bytesMax: number,
    atLeastOne: boolean,
    endOffset = this.endOffset,
  ): AbortedTransaction[] {
    if (offset >= endOffset || !this.aborted.reaches(offset)) return []
    const cut = endOffset < this.endOffset ? endOffset : undefined
    const bound = this.segments.boundOfRead(offset, bytesMax, atLeastOne, cut)
    return this.aborted.between(offset, bound ?? this.endOffset)
  }

  /**
   * Bytes that a read from `offset` could give now, at most `bytesMax`; undefined where the offset is out of range.
   * `endOffset`: what a reader may see, the end of the log or its last stable offset.
   */
  availableBytes(offset: number, bytesMax: number, endOffset = this.endOffset): number | undefined {
    if (offset < this.startOffset || offset > this.endOffset) return undefined
    if (offset >= endOffset) return 0
    return endOffset === this.endOffset
      ? this.segments.bytesFrom(offset, bytesMax)
      : this.segments.bytesBetween(offset, endOffset, bytesMax)
  }

  /**
   * The batches from the one that holds `offset` on, as they lie in the file: whole ones, as many as fit into
   * `bytesMax`, from one segment. With `atLeastOne` the first comes even if it is larger. Empty at the end of the log.
   * The caller has checked that the offset is in range. Nothing
   * from `endOffset` on is given: the end of the log, or its last stable offset.
   */
  async read(
    offset: number,
    bytesMax: number,
    atLeastOne: boolean,
    memory: ReadMemory = freshMemory,
    endOffset = this.endOffset,
  ): Promise<Buffer> {
    if (offset >= endOffset) return Buffer.alloc(0)
    const isCut = endOffset < this.endOffset
    const bytes = await this.segments.read(offset, bytesMax, atLeastOne, memory)
    return isCut ? batchesBefore(bytes, endOffset) : bytes
  }

  /** The first record at `timestamp` or later (exact, also inside a batch); undefined where there is none. */
  findTimestamp(timestamp: number): TimestampAndOffset | undefined {
    return this.segments.findTimestamp(timestamp, this.startOffset)
  }

  /** The first of the records with the greatest timestamp; as in Kafka also one that DeleteRecords hides. */
  findMaxTimestamp(): TimestampAndOffset | undefined {
    return this.segments.findMaxTimestamp()
  }

  /** DeleteRecords: nothing before `offset` is served any more; segments that lie before it are deleted. */
  deleteRecordsBefore(offset: number, nowMs: number): void {
    if (offset <= this.startOffset) return
    this.startOffset = offset
    this.deleteOldest(nowMs, (_segment, next) => next.baseOffset <= offset)
  }

  /** What is appended from now on is in a segment of its own. */
  rollSegment(): void {
    if (this.active.sizeBytes > 0) this.roll(this.endOffset)
  }

  /** Retention by time and size, as `cleanup.policy` asks for it. Returns how many segments were deleted. */
  applyRetention(nowMs: number, producerExpirationMs: number): number {
    this.producers.forgetBefore(nowMs - producerExpirationMs)
    if (!this.config.delete || this.failure !== undefined) return 0
    const { retentionMs, retentionBytes } = this.config
    let deleted = 0
    if (retentionMs >= 0) {
      const isExpired = (segment: Segment): boolean =>
        segment.sizeBytes === 0 ? segment !== this.active : nowMs - segment.newestTimeMs > retentionMs
      if (this.segments.all.every(isExpired)) this.rollSegment()
      deleted += this.deleteOldest(nowMs, isExpired)
    }
    if (retentionBytes >= 0) {
      if (retentionBytes === 0) this.rollSegment()
      let surplus = this.sizeBytes - retentionBytes
      deleted += this.deleteOldest(nowMs, (segment) => {
        if (surplus < segment.sizeBytes) return false
        surplus -= segment.sizeBytes
        return true
      })
    }
    return deleted
  }

  /** Makes the log durable up to its present end, with indexes and producer state, without stopping appends. */
  async checkpoint(nowMs: number): Promise<void> {
    if (this.failure !== undefined || (this.flushedOffset === this.endOffset && this.snapshotOffset === this.endOffset))
      return
    const end = this.endOffset
    const { active } = this
    active.flushIndexes()
    this.writeSnapshot()
    await Promise.all(this.backgroundSyncs)
    await this.sync(active, end)
    this.flushedAtMs = nowMs
  }

  /** `flush.ms` is over. */
  isFlushDue(nowMs: number): boolean {
    return this.flushedOffset < this.endOffset && nowMs - this.flushedAtMs >= this.config.flushMs
  }

  /** What a producer id wrote last; for DescribeProducers and tests. */
  get producerState(): ProducerState {
    return this.producers
  }

  /** Writes what a clean start needs and closes the files. */
  async close(nowMs: number): Promise<void> {
    try {
      await this.checkpoint(nowMs)
      await Promise.all(this.backgroundSyncs)
    } finally {
      this.failure ??= new Error(`the log ${this.directory} is closed`)
      this.aborted.close()
      this.segments.close()
    }
  }

  /** Closes the files of a partition whose topic is deleted. */
  abandon(): void {
    this.failure = new Error('the partition was deleted')
    this.aborted.close()
    this.segments.close()
  }

  get logConfig(): LogConfig {
    return this.config
  }

  get isOpen(): boolean {
    return this.failure === undefined
  }

  get allSegments(): readonly Segment[] {
    return this.segments.all
  }

  get lastOfProducers(): ReadonlyMap<number, LastOfProducer> {
    return new Map(
      this.producers.entries.map(({ producerId, producerEpoch, batches }) => [
        producerId,
        { producerEpoch, lastDataOffset: batches.at(-1)?.lastOffset },
      ]),
    )
  }

  newCleanedSegment(baseOffset: number): Segment {
    return new Segment(this.directory, baseOffset, this.config.indexIntervalBytes, this.resources, cleanedSuffix)
  }

  async replaceSegments(old: readonly Segment[], cleaned: Segment, change: SegmentChange): Promise<boolean> {
    if (!this.isOpen || !this.segments.holds(old)) return false
    // Before the swap: an entry without batches is missed by nobody, one without its marker would hide what comes later.
    this.aborted.retain(old[0]!.baseOffset, old.at(-1)!.readNextOffset(), change.remainingAborted)
    try {
      swapIn(old, cleaned, change.nowMs + this.config.fileDeleteDelayMs)
    } catch (error) {
      this.fail(error)
      throw error
    }
    this.segments.replace(old, cleaned)
    await syncDirectory(this.directory)
    return true
  }

  /** What is undecided began before the log starts now: as in Kafka at the batch that the log starts with, or in. */
  private startOfFirstBatch(): number {
    const { startOffset } = this
    if (this.firstBatch?.startOffset !== startOffset)
      this.firstBatch = { startOffset, baseOffset: this.segments.baseOffsetOf(startOffset) ?? startOffset }
    return Math.min(this.firstBatch.baseOffset, startOffset)
  }

  private get active(): Segment {
    return this.segments.active
  }

  private indexAborted(marker: TransactionMarker, offset: number): void {
    const { producerId } = marker
    const firstOffset = this.producers.get(producerId)?.transactionStartOffset ?? -1
    if (marker.isCommit || firstOffset < 0) return
    const lastStableOffset = this.producers.firstUndecidedOffsetWithout(producerId) ?? offset + 1
    this.aborted.append({ producerId, firstOffset, lastOffset: offset, lastStableOffset })
  }

  private judge(header: RecordBatchHeader): SequenceVerdict {
    if (header.producerId < 0) return { kind: 'in-order' }
    return this.producers.judge(producerBatchOf(header, this.endOffset))
  }

  private write(batch: Buffer, header: RecordBatchHeader, baseOffset: number, nowMs: number): void {
    const lastOffset = baseOffset + header.lastOffsetDelta
    if (this.mustRoll(header, lastOffset, nowMs)) this.roll(baseOffset)
    patchPlace(batch, baseOffset, leaderEpoch)
    this.active.append(batch, header, lastOffset)
    this.endOffset = lastOffset + 1
  }

  /** By the time of its records; where the first have none, by the clock. */
  private ageForRoll(timestamp: number, nowMs: number): number {
    const { firstTimestamp } = this.active
    if (firstTimestamp === undefined) return 0
    return firstTimestamp >= 0 ? timestamp - firstTimestamp : nowMs - this.active.createdAtMs
  }

  private mustRoll(header: RecordBatchHeader, lastOffset: number, nowMs: number): boolean {
    const { active, config } = this
    if (active.sizeBytes === 0) return !active.canHold(lastOffset)
    return (
      active.sizeBytes + header.sizeBytes > config.segmentBytes ||
      !active.canHold(lastOffset) ||
      this.ageForRoll(header.maxTimestamp, nowMs) > segmentMsMax(config) ||
      active.timeIndex.entryCount * 12 >= config.segmentIndexBytes - 12
    )
  }

  private roll(baseOffset: number): void {
    const { active } = this
    active.seal()
    this.writeSnapshot()
    this.segments.push(new Segment(this.directory, baseOffset, this.config.indexIntervalBytes, this.resources))
    this.syncInBackground(active)
  }

  private syncInBackground(segment: Segment): void {
    const end = this.endOffset
    const done = this.sync(segment, end).finally(() => this.backgroundSyncs.delete(done))
    this.backgroundSyncs.add(done)
  }

  private async sync(segment: Segment, end: number): Promise<void> {
    try {
      await segment.file.sync()
      this.flushedOffset = Math.max(this.flushedOffset, end)
    } catch (error) {
      this.fail(error)
    }
  }

  /** After a failed fsync nobody knows what is on disk: nothing may be acknowledged any more. */
  private fail(error: unknown): void {
    this.failure ??= storageError(`cannot write ${this.directory} to disk`, error)
  }

  private flushNow(nowMs: number): void {
    try {
      this.active.file.syncNow()
    } catch (error) {
      this.fail(error)
      throw this.failure!
    }
    this.flushedOffset = this.endOffset
    this.flushedAtMs = nowMs
  }

  private writeSnapshot(): void {
    this.aborted.sync()
    writeProducerSnapshot(this.directory, { offset: this.endOffset, producers: this.producers.entries })
    this.snapshotOffset = this.endOffset
  }

  /** From the oldest on, as long as `isDue`; never the last. */
  private deleteOldest(nowMs: number, isDue: (segment: Segment, next: Segment) => boolean): number {
    const { all } = this.segments
    let index = 0
    const taken = this.segments.takeOldest((segment) => isDue(segment, all[++index]!))
    for (const segment of taken) segment.retire(nowMs + this.config.fileDeleteDelayMs)
    this.startOffset = Math.max(this.startOffset, all[0]!.baseOffset)
    if (taken.length > 0) this.aborted.forgetBefore(this.startOffset)
    return taken.length
  }
}

/** The batches that begin before `endOffset`, which begins one. */
function batchesBefore(bytes: Buffer, endOffset: number): Buffer {
  let at = 0
  while (at < bytes.length && baseOffsetAt(bytes, at) < endOffset) at += batchSizeAt(bytes, at)
  return bytes.subarray(0, at)
}
