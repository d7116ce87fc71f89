// The log of one partition: a row of segments, of which the last is written to. Appends are synchronous, so that their
// order is the order of calls; what `append` answered is in the page cache and outlives the process.
//
// Leader epochs are always 0: one node leads from the beginning. The high watermark is the log end offset: there are no
// followers to wait for.
import { mkdirSync } from 'node:fs'
import {
  batchHeaderBytes,
  batchSizeAt,
  hasLogAppendTime,
  lastOffsetAt,
  type RecordBatchHeader,
} from '../protocol/record-batch.ts'
import { patchPlace } from './batch-patch.ts'
import { recordsOf, validateBatch, type RefusedBatch } from './batch-validation.ts'
import type { LogConfig } from './log-config.ts'
import { FlinktsError } from '../../common/errors.ts'
import { storageError } from './log-file.ts'
import { recoverSegments } from './log-recovery.ts'
import { writeProducerSnapshot } from './producer-snapshot.ts'
import { producerBatchOf, ProducerState, type SequenceVerdict } from './producer-state.ts'
import { walkRecords } from './record-walk.ts'
import { Segment, type LogResources, type PlacedHeader } from './segment.ts'
import type { TimestampAndOffset } from './segment-index.ts'

export const leaderEpoch = 0

export interface AppendedBatch {
  readonly error: 'NONE'
  readonly baseOffset: number
  readonly lastOffset: number
  /** -1 with CreateTime. */
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

/** Positions of offsets that readers are about to ask for: followers of a log never search. */
const positionHintsMax = 32

function allocateFresh(bytes: number): Buffer {
  return Buffer.allocUnsafeSlow(bytes)
}

export class PartitionLog {
  readonly directory: string
  private readonly resources: LogResources
  private readonly segments: Segment[]
  private readonly producers = new ProducerState()
  private readonly positionHints = new Map<number, { segment: Segment; position: number }>()
  private config: LogConfig
  private startOffset: number
  private endOffset: number
  private flushedOffset: number
  private snapshotOffset: number
  private flushedAtMs: number
  /** Why nothing can be written any more; what is there may still be read. */
  private failure: Error | undefined
  private readonly backgroundSyncs = new Set<Promise<void>>()

  constructor(options: PartitionLogOptions) {
    mkdirSync(options.directory, { recursive: true })
    this.directory = options.directory
    this.config = options.config
    this.resources = options.resources
    const recovered = recoverSegments(options, this.producers)
    this.segments = recovered.segments
    this.endOffset = recovered.endOffset
    this.startOffset = Math.min(Math.max(options.logStartOffset, this.segments[0]!.baseOffset), this.endOffset)
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

  /** What read_committed may see. No transactions are accepted yet, so nothing is undecided. */
  get lastStableOffset(): number {
    return this.endOffset
  }

  /** Everything before it survives a crash of the machine. */
  get recoveryPoint(): number {
    return this.flushedOffset
  }

  get sizeBytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
  }

  get segmentCount(): number {
    return this.segments.length
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
        logAppendTimeMs: logAppendTimeMs < 0 ? -1 : verdict.timestamp,
        duplicate: true,
      }
    const baseOffset = this.endOffset
    const lastOffset = baseOffset + header.lastOffsetDelta
    this.write(batch, header, baseOffset, lastOffset)
    if (header.producerId >= 0) this.producers.appended(producerBatchOf(header, baseOffset), nowMs)
    if (this.endOffset - this.flushedOffset >= this.config.flushMessages) this.flushNow(nowMs)
    return { error: 'NONE', baseOffset, lastOffset, logAppendTimeMs, duplicate: false }
  }

  /** Bytes that a read from `offset` could give now, at most `bytesMax`; undefined where the offset is out of range. */
  availableBytes(offset: number, bytesMax: number): number | undefined {
    if (offset < this.startOffset || offset > this.endOffset) return undefined
    const place = this.place(offset)
    if (place === undefined) return 0
    let bytes = place.segment.sizeBytes - place.position
    for (
      let index = this.segments.indexOf(place.segment) + 1;
      bytes < bytesMax && index < this.segments.length;
      index++
    )
      bytes += this.segments[index]!.sizeBytes
    return Math.min(bytes, bytesMax)
  }

  /**
   * The batches from the one that holds `offset` on, as they lie in the file: whole ones, as many as fit into
   * `bytesMax`, from one segment. With `atLeastOne` the first comes even if it is larger. Empty at the end of the log.
   * The caller has checked that the offset is in range. `allocate` gives the memory, of at least that length.
   */
  async read(offset: number, bytesMax: number, atLeastOne: boolean, allocate = allocateFresh): Promise<Buffer> {
    const place = this.place(offset)
    if (place === undefined) return Buffer.alloc(0)
    const { segment, position } = place
    const left = segment.sizeBytes - position
    const wanted = Math.min(left, Math.max(bytesMax, atLeastOne ? batchHeaderBytes : 0))
    if (wanted < batchHeaderBytes) return Buffer.alloc(0)
    let bytes = allocate(wanted)
    let count = await segment.file.read(bytes, wanted, position)
    let whole = this.wholeBatches(bytes, count, segment, position)
    if (whole === 0 && atLeastOne) {
      const size = batchSizeAt(bytes, 0)
      bytes = allocate(size)
      count = await segment.file.read(bytes, size, position)
      whole = this.wholeBatches(bytes, count, segment, position)
    }
    return bytes.subarray(0, whole)
  }

  /** The first record at `timestamp` or later (exact, also inside a batch); undefined where there is none. */
  findTimestamp(timestamp: number): TimestampAndOffset | undefined {
    for (const segment of this.segments) {
      const greatest = segment.maxTimestamp
      if (greatest === undefined || greatest.timestamp < timestamp) continue
      let fromOffset = this.startOffset
      for (;;) {
        const placed = segment.locateTimestamp(timestamp, fromOffset)
        if (placed === undefined) break
        const found = findInBatch(segment, placed, timestamp, fromOffset)
        if (found !== undefined) return found
        fromOffset = placed.header.baseOffset + placed.header.lastOffsetDelta + 1
      }
    }
    return undefined
  }

  /** The first of the records with the greatest timestamp. */
  findMaxTimestamp(): TimestampAndOffset | undefined {
    let best: { segment: Segment; greatest: TimestampAndOffset } | undefined
    for (const segment of this.segments) {
      const greatest = segment.maxTimestamp
      if (greatest === undefined || greatest.offset < this.startOffset) continue
      if (best === undefined || greatest.timestamp > best.greatest.timestamp) best = { segment, greatest }
    }
    if (best === undefined) return undefined
    const placed = best.segment.locate(best.greatest.offset)
    return placed && findInBatch(best.segment, placed, placed.header.maxTimestamp, placed.header.baseOffset)
  }

  /** DeleteRecords: nothing before `offset` is served any more; segments that lie before it are deleted. */
  deleteRecordsBefore(offset: number): void {
    if (offset <= this.startOffset) return
    this.startOffset = offset
    this.deleteSegments((_segment, next) => next !== undefined && next.baseOffset <= this.startOffset)
  }

  /** What is appended from now on is in a segment of its own. */
  rollSegment(): void {
    if (this.active.sizeBytes > 0) this.roll(this.endOffset)
  }

  /** Retention by time and size, and rolls a segment that is due. Returns how many segments were deleted. */
  applyRetention(nowMs: number, producerExpirationMs: number): number {
    this.producers.forgetBefore(nowMs - producerExpirationMs)
    if (!this.config.delete) return 0
    const { retentionMs, retentionBytes } = this.config
    let deleted = 0
    if (retentionMs >= 0) {
      const expired = (segment: Segment): boolean => nowMs - (segment.maxTimestamp?.timestamp ?? nowMs) > retentionMs
      if (this.segments.every(expired)) this.rollSegment()
      deleted += this.deleteSegments((segment, next) => next !== undefined && expired(segment))
    }
    if (retentionBytes >= 0) {
      let surplus = this.sizeBytes - retentionBytes
      deleted += this.deleteSegments((segment, next) => {
        if (next === undefined || surplus < segment.sizeBytes) return false
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
      for (const segment of this.segments) segment.close()
    }
  }

  /** Closes the files of a partition whose topic is deleted. */
  abandon(): void {
    this.failure = new Error('the partition was deleted')
    for (const segment of this.segments) segment.close()
  }

  private get active(): Segment {
    return this.segments.at(-1)!
  }

  private judge(header: RecordBatchHeader): SequenceVerdict {
    if (header.producerId < 0) return { kind: 'in-order' }
    return this.producers.judge(producerBatchOf(header, this.endOffset))
  }

  private write(batch: Buffer, header: RecordBatchHeader, baseOffset: number, lastOffset: number): void {
    if (this.mustRoll(header, lastOffset)) this.roll(baseOffset)
    patchPlace(batch, baseOffset, leaderEpoch)
    this.active.append(batch, header, lastOffset)
    this.endOffset = lastOffset + 1
  }

  private mustRoll(header: RecordBatchHeader, lastOffset: number): boolean {
    const { active, config } = this
    if (active.sizeBytes === 0) return !active.canHold(lastOffset)
    return (
      active.sizeBytes + header.sizeBytes > config.segmentBytes ||
      !active.canHold(lastOffset) ||
      header.maxTimestamp - (active.firstTimestamp ?? header.maxTimestamp) > config.segmentMs ||
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
    writeProducerSnapshot(this.directory, { offset: this.endOffset, producers: this.producers.entries })
    this.snapshotOffset = this.endOffset
  }

  /** From the oldest on, as long as `isDue`. */
  private deleteSegments(isDue: (segment: Segment, next: Segment | undefined) => boolean): number {
    let count = 0
    while (isDue(this.segments[count]!, this.segments[count + 1])) count++
    for (const segment of this.segments.splice(0, count)) {
      for (const [offset, hint] of this.positionHints) if (hint.segment === segment) this.positionHints.delete(offset)
      segment.delete()
    }
    this.startOffset = Math.max(this.startOffset, this.segments[0]!.baseOffset)
    return count
  }

  private place(offset: number): { segment: Segment; position: number } | undefined {
    if (offset >= this.endOffset) return undefined
    const hint = this.positionHints.get(offset)
    if (hint !== undefined && hint.position < hint.segment.sizeBytes) return hint
    for (let index = this.segmentIndexOf(offset); index < this.segments.length; index++) {
      const segment = this.segments[index]!
      const placed = segment.locate(offset)
      if (placed !== undefined) return { segment, position: placed.position }
    }
    throw new FlinktsError(
      'KAFKA_STORAGE',
      `offset ${offset} cannot be found in ${this.directory}: the log is damaged`,
      {
        fix: 'Stop the broker and delete its .kafka_cleanshutdown: the next start checks all logs.',
      },
    )
  }

  /** The last segment that begins at or before `offset`. */
  private segmentIndexOf(offset: number): number {
    let low = 0
    let high = this.segments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.segments[middle]!.baseOffset <= offset) low = middle + 1
      else high = middle
    }
    return Math.max(low - 1, 0)
  }

  /** Length of the whole batches at the start of `bytes`; remembers where the next one begins. */
  private wholeBatches(bytes: Buffer, count: number, segment: Segment, position: number): number {
    let whole = 0
    let last = -1
    while (whole + batchHeaderBytes <= count) {
      const size = batchSizeAt(bytes, whole)
      if (size < batchHeaderBytes || whole + size > count) break
      last = whole
      whole += size
    }
    if (last >= 0) this.rememberPosition(lastOffsetAt(bytes, last) + 1, segment, position + whole)
    return whole
  }

  private rememberPosition(offset: number, segment: Segment, position: number): void {
    this.positionHints.delete(offset)
    this.positionHints.set(offset, { segment, position })
    if (this.positionHints.size > positionHintsMax)
      for (const oldest of this.positionHints.keys()) {
        this.positionHints.delete(oldest)
        return
      }
  }
}

/** The first record of the batch at `timestamp` or later and at `fromOffset` or behind. */
function findInBatch(
  segment: Segment,
  placed: PlacedHeader,
  timestamp: number,
  fromOffset: number,
): TimestampAndOffset | undefined {
  const { header } = placed
  if (hasLogAppendTime(header))
    return { timestamp: header.maxTimestamp, offset: Math.max(header.baseOffset, fromOffset) }
  const { bytes, start } = recordsOf(segment.readBatch(placed), header)
  let found: TimestampAndOffset | undefined
  walkRecords(bytes, start, header.recordCount, (index, timestampDelta) => {
    if (header.baseTimestamp + timestampDelta < timestamp || header.baseOffset + index < fromOffset) return false
    found = { timestamp: header.baseTimestamp + timestampDelta, offset: header.baseOffset + index }
    return true
  })
  return found
}
