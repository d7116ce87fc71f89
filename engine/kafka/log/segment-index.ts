// Offset and time index of a segment, in Kafka's file formats. Both are sparse, sorted and redundant: an index that is
// missing or behind is made again from the log, so entries are written in groups and never synced.
//
//   .index      relative offset int32, position int32          last offset of a batch, where that batch begins
//   .timeindex  timestamp int64, relative offset int32          greatest timestamp so far, last offset of its batch
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { storageError } from './log-file.ts'
import type { Releasable, ReleasedByAge } from './released-by-age.ts'

const firstCapacityEntries = 16

/**
 * The entries of one index file: in memory while some are not on disk yet, or while the segment was lately asked, else on
 * disk only.
 */
abstract class SegmentIndex implements Releasable {
  readonly baseOffset: number
  protected readonly entryBytes: number
  /** Never one with entries that are not on disk yet: of those there may be more than it holds. */
  private readonly loadedIndexes: ReleasedByAge
  private loaded: Buffer | undefined
  private usedBytes = 0
  private persistedBytes = 0
  private damaged = false
  private currentPath: string

  constructor(path: string, baseOffset: number, entryBytes: number, loadedIndexes: ReleasedByAge) {
    this.currentPath = path
    this.baseOffset = baseOffset
    this.entryBytes = entryBytes
    this.loadedIndexes = loadedIndexes
  }

  get path(): string {
    return this.currentPath
  }

  /** Entries that are not on disk yet must not be dropped. */
  get busy(): boolean {
    return this.usedBytes !== this.persistedBytes
  }

  get entryCount(): number {
    this.entries()
    return this.usedBytes / this.entryBytes
  }

  /** Reads the file, where that has not been done. Throws KAFKA_STORAGE. */
  load(): void {
    this.entries()
  }

  release(): void {
    this.loaded = undefined
  }

  /** Appends what is not on disk yet. */
  flush(): void {
    if (this.loaded === undefined || this.usedBytes === this.persistedBytes) return
    const descriptor = openSync(this.path, this.persistedBytes === 0 ? 'w' : 'r+')
    try {
      let done = this.persistedBytes
      while (done < this.usedBytes) done += writeSync(descriptor, this.loaded, done, this.usedBytes - done, done)
      this.persistedBytes = done
    } finally {
      closeSync(descriptor)
    }
    this.used()
  }

  close(): void {
    this.flush()
    this.abandon()
  }

  /** As `close`; what is not on disk yet is not wanted any more. */
  abandon(): void {
    this.loadedIndexes.forget(this)
    this.release()
  }

  delete(): void {
    this.abandon()
    rmSync(this.path, { force: true })
  }

  /** The file may be missing: an index without entries has none. */
  rename(path: string): void {
    try {
      renameSync(this.path, path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    this.currentPath = path
  }

  /** Keeps the first `count` entries; the file is written anew at the next flush. */
  truncateEntries(count: number): void {
    const entries = this.entries()
    if (count * this.entryBytes >= this.usedBytes && !this.damaged) return
    this.damaged = false
    this.usedBytes = count * this.entryBytes
    this.loaded = entries
    this.persistedBytes = 0
    this.used()
    if (count === 0) rmSync(this.path, { force: true })
  }

  /** What the file holds cannot be: it was damaged, and counts as empty. */
  get isDamaged(): boolean {
    this.entries()
    return this.damaged
  }

  /** May these two follow each other? `before` is -1 for the first entry. */
  protected abstract isPlausible(entries: Buffer, before: number, at: number): boolean

  protected entries(): Buffer {
    if (this.loaded === undefined) {
      const bytes = this.readFile()
      const { entryBytes } = this
      this.usedBytes = bytes.length - (bytes.length % entryBytes)
      for (let at = 0; at < this.usedBytes && !this.damaged; at += entryBytes)
        this.damaged = !this.isPlausible(bytes, at === 0 ? -1 : at - entryBytes, at)
      if (this.damaged) this.usedBytes = 0
      this.persistedBytes = this.usedBytes
      this.loaded = bytes
    }
    this.used()
    return this.loaded
  }

  /** Where the new entry goes. */
  protected extend(): { entries: Buffer; at: number } {
    let entries = this.entries()
    const at = this.usedBytes
    if (at + this.entryBytes > entries.length) {
      const larger = Buffer.alloc(Math.max(entries.length * 2, firstCapacityEntries * this.entryBytes))
      entries.copy(larger, 0, 0, at)
      this.loaded = entries = larger
    }
    this.usedBytes = at + this.entryBytes
    this.used()
    return { entries, at }
  }

  /** Its entries were used, or are on disk now, or no longer all. */
  private used(): void {
    if (this.busy) this.loadedIndexes.forget(this)
    else this.loadedIndexes.touch(this)
  }

  /** Index of the last entry for which `atMost` holds (it holds for a prefix); -1 where there is none. */
  protected lastEntry(atMost: (entries: Buffer, at: number) => boolean): number {
    const entries = this.entries()
    let low = 0
    let high = this.usedBytes / this.entryBytes
    while (low < high) {
      const middle = (low + high) >>> 1
      if (atMost(entries, middle * this.entryBytes)) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  private readFile(): Buffer {
    try {
      return readFileSync(this.path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0)
      throw storageError(`cannot read ${this.path}`, error)
    }
  }
}

export class OffsetIndex extends SegmentIndex {
  private readonly logBytes: () => number

  constructor(path: string, baseOffset: number, loadedIndexes: ReleasedByAge, logBytes: () => number) {
    super(path, baseOffset, 8, loadedIndexes)
    this.logBytes = logBytes
  }

  append(lastOffset: number, position: number): void {
    const { entries, at } = this.extend()
    entries.writeInt32BE(lastOffset - this.baseOffset, at)
    entries.writeInt32BE(position, at + 4)
  }

  /** Where to begin to look for `offset`: the start of some batch at or before it. */
  positionBefore(offset: number): number {
    const relative = offset - this.baseOffset
    const index = this.lastEntry((entries, at) => entries.readInt32BE(at) <= relative)
    return index < 0 ? 0 : this.entries().readInt32BE(index * 8 + 4)
  }

  /** Of the first entry at `position` or behind: the last offset of its batch. */
  lastOffsetFrom(position: number): number | undefined {
    const index = this.lastEntry((entries, at) => entries.readInt32BE(at + 4) < position) + 1
    return index < this.entryCount ? this.baseOffset + this.entries().readInt32BE(index * 8) : undefined
  }

  /** Drops what says something about the log from `position` on. Returns the last position that is left, else 0. */
  truncateTo(position: number): number {
    const index = this.lastEntry((entries, at) => entries.readInt32BE(at + 4) < position)
    this.truncateEntries(index + 1)
    return index < 0 ? 0 : this.entries().readInt32BE(index * 8 + 4)
  }

  /** Entries grow, in both numbers, and stay inside of the log. */
  protected override isPlausible(entries: Buffer, before: number, at: number): boolean {
    const [offset, position] = [entries.readInt32BE(at), entries.readInt32BE(at + 4)]
    if (offset < 0 || position < 0 || position >= this.logBytes()) return false
    return before < 0 || (offset > entries.readInt32BE(before) && position > entries.readInt32BE(before + 4))
  }
}

export interface TimestampAndOffset {
  readonly timestamp: number
  readonly offset: number
}

export class TimeIndex extends SegmentIndex {
  constructor(path: string, baseOffset: number, loadedIndexes: ReleasedByAge) {
    super(path, baseOffset, 12, loadedIndexes)
  }

  /** An entry that says nothing new is left out. */
  append(timestamp: number, offset: number): void {
    const last = this.last()
    if (last !== undefined && (timestamp <= last.timestamp || offset <= last.offset)) return
    const { entries, at } = this.extend()
    entries.writeBigInt64BE(BigInt(timestamp), at)
    entries.writeInt32BE(offset - this.baseOffset, at + 8)
  }

  last(): TimestampAndOffset | undefined {
    return this.entryCount === 0 ? undefined : this.entry(this.entryCount - 1)
  }

  /** The last entry whose timestamp is at most `timestamp`: nothing before its offset is later than it. */
  lastAtMost(timestamp: number): TimestampAndOffset | undefined {
    const index = this.lastEntry((entries, at) => Number(entries.readBigInt64BE(at)) <= timestamp)
    return index < 0 ? undefined : this.entry(index)
  }

  /** Drops what says something about `offset` and later ones. */
  truncateTo(offset: number): void {
    const relative = offset - this.baseOffset
    const index = this.lastEntry((entries, at) => entries.readInt32BE(at + 8) < relative)
    this.truncateEntries(index + 1)
  }

  protected override isPlausible(entries: Buffer, before: number, at: number): boolean {
    if (entries.readInt32BE(at + 8) < 0) return false
    if (before < 0) return true
    const isLater = entries.readBigInt64BE(at) > entries.readBigInt64BE(before)
    return isLater && entries.readInt32BE(at + 8) > entries.readInt32BE(before + 8)
  }

  private entry(index: number): TimestampAndOffset {
    const entries = this.entries()
    return {
      timestamp: Number(entries.readBigInt64BE(index * 12)),
      offset: this.baseOffset + entries.readInt32BE(index * 12 + 8),
    }
  }
}
