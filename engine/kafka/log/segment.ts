// A segment: the batches from `baseOffset` up to the next segment's, in one file, with its two indexes.
import { statSync } from 'node:fs'
import { join } from 'node:path'
import {
  batchHeaderBytes,
  batchSizeAt,
  lastOffsetAt,
  lastOffsetOf,
  readBatchHeader,
  type RecordBatchHeader,
} from '../protocol/record-batch.ts'
import type { DeletedFiles } from './deleted-files.ts'
import { LogFile, type WriteFile } from './log-file.ts'
import type { ReleasedByAge } from './released-by-age.ts'
import { OffsetIndex, TimeIndex, type TimestampAndOffset } from './segment-index.ts'

export interface LogResources {
  readonly openFiles: ReleasedByAge
  readonly loadedIndexes: ReleasedByAge
  readonly deletedFiles: DeletedFiles
  readonly writeFile: WriteFile
}

const scanBytes = 16 * 1024
const relativeOffsetMax = 0x7fffffff

/** A batch's header and where the batch begins in its segment. */
export interface PlacedHeader {
  readonly header: RecordBatchHeader
  readonly position: number
}

/** Kafka's file names: the first offset, in twenty digits. */
export function segmentFileName(baseOffset: number, extension: string): string {
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
  private createdAtMsRead: number | undefined
  private appended = false
  private retired = false
  private readonly directory: string
  private readonly deletedFiles: DeletedFiles

  /** `suffix`: of its files while the cleaner writes them. */
  constructor(directory: string, baseOffset: number, indexIntervalBytes: number, resources: LogResources, suffix = '') {
    this.directory = directory
    this.baseOffset = baseOffset
    this.indexIntervalBytes = indexIntervalBytes
    this.deletedFiles = resources.deletedFiles
    const path = (extension: string): string => join(directory, segmentFileName(baseOffset, extension) + suffix)
    const { loadedIndexes, openFiles, writeFile } = resources
    this.file = new LogFile(path('log'), openFiles, writeFile)
    this.offsetIndex = new OffsetIndex(path('index'), baseOffset, loadedIndexes, () => this.file.size)
    this.timeIndex = new TimeIndex(path('timeindex'), baseOffset, loadedIndexes)
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

  /** For retention: the greatest timestamp; where the records have none, when the file was last written. */
  get newestTimeMs(): number {
    const timestamp = this.maxTimestamp?.timestamp ?? -1
    return timestamp >= 0 ? timestamp : statSync(this.file.path).mtimeMs
  }

  /** When its file was made, ms since 1970. */
  get createdAtMs(): number {
    return (this.createdAtMsRead ??= statSync(this.file.path).birthtimeMs)
  }

  /** It is part of its log no longer. */
  get isRetired(): boolean {
    return this.retired
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
    if (this.bytesSinceIndexEntry > this.indexIntervalBytes) this.loadIndexes()
    const position = this.file.append(batch)
    this.appended = true
    this.index(header, position, lastOffset)
  }

  /** As `append`, for several batches: `placed` says where each is in `chunk`. */
  appendChunk(chunk: Uint8Array, placed: readonly PlacedHeader[]): void {
    this.loadIndexes()
    const start = this.file.append(chunk)
    this.appended = true
    for (const { header, position } of placed) this.index(header, start + position, lastOffsetOf(header))
  }

  /** Tells the indexes of a batch that is in the file. A batch that the cleaner emptied has no time. */
  index(header: RecordBatchHeader, position: number, lastOffset: number): void {
    if (isNewer(header, this.greatest)) this.greatest = { timestamp: header.maxTimestamp, offset: lastOffset }
    if (this.bytesSinceIndexEntry > this.indexIntervalBytes) {
      this.offsetIndex.append(lastOffset, position)
      if (this.greatest !== undefined) this.timeIndex.append(this.greatest.timestamp, this.greatest.offset)
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

  /** The files are closed in any case; throws what went wrong before. */
  close(): void {
    try {
      if (this.appended) this.seal()
      this.offsetIndex.close()
      this.timeIndex.close()
    } finally {
      this.file.close()
    }
  }

  /** Closes the files as they are: whoever comes next makes the indexes again. */
  abandon(): void {
    this.offsetIndex.abandon()
    this.timeIndex.abandon()
    this.file.close()
  }

  /** Takes the files out of use: they are removed at `dueMs`. Reads that are under way end well. */
  retire(dueMs: number): void {
    this.retired = true
    this.abandon()
    const snapshotPath = join(this.directory, segmentFileName(this.baseOffset, 'snapshot'))
    for (const path of [this.offsetIndex.path, this.timeIndex.path, this.file.path, snapshotPath])
      this.deletedFiles.delete(path, dueMs)
  }

  /** Removes the files at once. */
  delete(): void {
    this.retired = true
    this.offsetIndex.delete()
    this.timeIndex.delete()
    this.file.delete()
  }

  /** Gives the files the names of a segment with that suffix. The log comes last: it makes the segment. */
  rename(suffix: string): void {
    const path = (extension: string): string =>
      join(this.directory, segmentFileName(this.baseOffset, extension) + suffix)
    this.offsetIndex.rename(path('index'))
    this.timeIndex.rename(path('timeindex'))
    this.file.rename(path('log'))
  }

  /** What cannot be read fails before anything is written: a batch that is in the file without counting would be there twice. */
  private loadIndexes(): void {
    this.offsetIndex.load()
    this.timeIndex.load()
  }

  /** The last time index entry, and what was appended behind it. */
  private readGreatest(): void {
    this.greatest = this.timeIndex.last()
    this.greatestKnown = true
    const start = this.offsetIndex.positionBefore(this.greatest?.offset ?? this.baseOffset)
    for (const { header } of this.headers(start))
      if (isNewer(header, this.greatest))
        this.greatest = { timestamp: header.maxTimestamp, offset: lastOffsetOf(header) }
  }
}

function isNewer(header: RecordBatchHeader, greatest: TimestampAndOffset | undefined): boolean {
  return header.recordCount > 0 && (greatest === undefined || header.maxTimestamp > greatest.timestamp)
}
