// A segment: the batches from `baseOffset` up to the next segment's, in one file, with its two indexes.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  batchHeaderBytes,
  batchSizeAt,
  lastOffsetAt,
  readBatchHeader,
  type RecordBatchHeader,
} from '../protocol/record-batch.ts'
import { LogFile } from './log-file.ts'
import type { ReleasedByAge } from './released-by-age.ts'
import { OffsetIndex, TimeIndex, type TimestampAndOffset } from './segment-index.ts'

export interface LogResources {
  readonly openFiles: ReleasedByAge
  readonly loadedIndexes: ReleasedByAge
}

const scanBytes = 16 * 1024
const relativeOffsetMax = 0x7fffffff

/** A batch's header and where the batch begins in its segment. */
export interface PlacedHeader {
  readonly header: RecordBatchHeader
  readonly position: number
}

/** Kafka's file names: the first offset, in twenty digits. */
export function segmentFileName(baseOffset: number, extension: 'log' | 'index' | 'timeindex' | 'snapshot'): string {
  return `${String(baseOffset).padStart(20, '0')}.${extension}`
}

export class Segment {
  readonly baseOffset: number
  readonly file: LogFile
  readonly offsetIndex: OffsetIndex
  readonly timeIndex: TimeIndex
  private readonly indexIntervalBytes: number
  private bytesSinceIndexEntry = 0
  private greatest: TimestampAndOffset | undefined
  private greatestKnown: boolean
  private firstTimestampRead: number | undefined
  private appended = false

  constructor(directory: string, baseOffset: number, indexIntervalBytes: number, resources: LogResources) {
    this.baseOffset = baseOffset
    this.indexIntervalBytes = indexIntervalBytes
    this.file = new LogFile(join(directory, segmentFileName(baseOffset, 'log')), resources.openFiles)
    const { loadedIndexes } = resources
    const offsetIndexPath = join(directory, segmentFileName(baseOffset, 'index'))
    this.offsetIndex = new OffsetIndex(offsetIndexPath, baseOffset, loadedIndexes, () => this.file.size)
    this.timeIndex = new TimeIndex(join(directory, segmentFileName(baseOffset, 'timeindex')), baseOffset, loadedIndexes)
    this.greatestKnown = this.file.size === 0
  }

  get sizeBytes(): number {
    return this.file.size
  }

  /** The greatest timestamp of the records, with the last offset of the (first) batch that has it. */
  get maxTimestamp(): TimestampAndOffset | undefined {
    if (!this.greatestKnown) this.readGreatest()
    return this.greatest
  }

  /** Of the first batch; undefined while there is none. */
  get firstTimestamp(): number | undefined {
    if (this.firstTimestampRead === undefined && this.file.size >= batchHeaderBytes) {
      const bytes = Buffer.alloc(batchHeaderBytes)
      this.file.readNow(bytes, batchHeaderBytes, 0)
      this.firstTimestampRead = readBatchHeader(bytes, 0).maxTimestamp
    }
    return this.firstTimestampRead
  }

  canHold(lastOffset: number): boolean {
    return lastOffset - this.baseOffset <= relativeOffsetMax
  }

  /** `batch` is complete and in place: its offsets follow what is here. */
  append(batch: Uint8Array, header: RecordBatchHeader, lastOffset: number): void {
    if (!this.greatestKnown) this.readGreatest()
    const position = this.file.append(batch)
    this.appended = true
    this.index(header, position, lastOffset)
  }

  /** Tells the indexes of a batch that is in the file. */
  index(header: RecordBatchHeader, position: number, lastOffset: number): void {
    if (this.greatest === undefined || header.maxTimestamp > this.greatest.timestamp)
      this.greatest = { timestamp: header.maxTimestamp, offset: lastOffset }
    if (this.bytesSinceIndexEntry > this.indexIntervalBytes) {
      this.offsetIndex.append(lastOffset, position)
      this.timeIndex.append(this.greatest.timestamp, this.greatest.offset)
      this.bytesSinceIndexEntry = 0
    }
    this.bytesSinceIndexEntry += header.sizeBytes
  }

  /** Forgets what the indexes say about the file from `position` on, which must be the start of a batch that `index`
   * will be called for again. Returns where indexing begins: at or before `position`. */
  rewindIndexes(position: number): number {
    const start = this.offsetIndex.truncateTo(position)
    const header = start === 0 ? undefined : this.headerAt(start)?.header
    this.timeIndex.truncateTo(header?.baseOffset ?? this.baseOffset)
    if (header !== undefined) this.offsetIndex.truncateTo(start)
    this.bytesSinceIndexEntry = start === 0 ? 0 : this.indexIntervalBytes + 1
    this.greatest = this.timeIndex.last()
    this.greatestKnown = true
    return start
  }

  /** The headers from the batch at `position` on, up to the end of the file or the first that does not fit. */
  *headers(position: number): Generator<PlacedHeader> {
    const window = Buffer.allocUnsafe(scanBytes)
    let windowStart = 0
    let windowBytes = 0
    for (let at = position; at + batchHeaderBytes <= this.file.size;) {
      if (at < windowStart || at + batchHeaderBytes > windowStart + windowBytes) {
        windowStart = at
        windowBytes = this.file.readNow(window, scanBytes, at)
      }
      const header = readBatchHeader(window, at - windowStart)
      if (header.sizeBytes < batchHeaderBytes || at + header.sizeBytes > this.file.size) return
      yield { header, position: at }
      at += header.sizeBytes
    }
  }

  headerAt(position: number): PlacedHeader | undefined {
    for (const placed of this.headers(position)) return placed
    return undefined
  }

  /** The batch that holds `offset`, or the first behind it. */
  locate(offset: number): PlacedHeader | undefined {
    const window = Buffer.allocUnsafe(scanBytes)
    let windowStart = 0
    let windowBytes = 0
    for (let at = this.offsetIndex.positionBefore(offset); at + batchHeaderBytes <= this.file.size;) {
      if (windowBytes === 0 || at + batchHeaderBytes > windowStart + windowBytes) {
        windowStart = at
        windowBytes = this.file.readNow(window, scanBytes, at)
      }
      const inWindow = at - windowStart
      if (lastOffsetAt(window, inWindow) >= offset) return { header: readBatchHeader(window, inWindow), position: at }
      const sizeBytes = batchSizeAt(window, inWindow)
      if (sizeBytes < batchHeaderBytes) return undefined
      at += sizeBytes
    }
    return undefined
  }

  /** The first batch with a record at `timestamp` or later. */
  locateTimestamp(timestamp: number, fromOffset: number): PlacedHeader | undefined {
    const known = this.timeIndex.lastAtMost(timestamp)
    const start = this.offsetIndex.positionBefore(Math.max(known?.offset ?? this.baseOffset, fromOffset))
    for (const placed of this.headers(start)) {
      if (placed.header.maxTimestamp < timestamp) continue
      if (placed.header.baseOffset + placed.header.lastOffsetDelta >= fromOffset) return placed
    }
    return undefined
  }

  /** Offset behind the last batch. Scans from the last index entry. */
  readNextOffset(): number {
    const start = this.offsetIndex.positionBefore(Number.MAX_SAFE_INTEGER)
    let next = this.baseOffset
    for (const { header } of this.headers(start)) next = header.baseOffset + header.lastOffsetDelta + 1
    return next
  }

  readBatch(placed: PlacedHeader): Buffer {
    const batch = Buffer.allocUnsafe(placed.header.sizeBytes)
    this.file.readNow(batch, batch.length, placed.position)
    return batch
  }

  /** The segment is full: nothing will be appended any more. */
  seal(): void {
    const greatest = this.maxTimestamp
    if (greatest !== undefined) this.timeIndex.append(greatest.timestamp, greatest.offset)
    this.flushIndexes()
  }

  flushIndexes(): void {
    this.offsetIndex.flush()
    this.timeIndex.flush()
  }

  close(): void {
    if (this.appended) this.seal()
    this.offsetIndex.close()
    this.timeIndex.close()
    this.file.close()
  }

  delete(): void {
    this.offsetIndex.delete()
    this.timeIndex.delete()
    this.file.delete()
    rmSync(this.file.path.replace(/log$/, 'snapshot'), { force: true })
  }

  /** The last time index entry, and what was appended behind it. */
  private readGreatest(): void {
    this.greatest = this.timeIndex.last()
    this.greatestKnown = true
    const start = this.offsetIndex.positionBefore(this.greatest?.offset ?? this.baseOffset)
    for (const { header } of this.headers(start))
      if (this.greatest === undefined || header.maxTimestamp > this.greatest.timestamp)
        this.greatest = { timestamp: header.maxTimestamp, offset: header.baseOffset + header.lastOffsetDelta }
  }
}
