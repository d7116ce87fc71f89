// Which transactions of a partition were aborted: what read_committed readers are told beside the records (KIP-98). One
// file for the whole log, `aborted.txnindex`, in the order of the abort markers. It is redundant: what lies behind the
// newest producer snapshot is made again from the log. Entries are written when the marker is, and synced before the
// snapshot that vouches for them.
//
//   entry = version int16 (0), producerId int64, firstOffset int64, lastOffset int64, lastStableOffset int64
//   (Kafka's AbortedTxn; Kafka keeps a file per segment, which its cleaner then has to merge)
import {
  closeSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { storageError } from './log-file.ts'
import type { Releasable, ReleasedByAge } from './released-by-age.ts'

export interface AbortedTransaction {
  readonly producerId: number
  /** Of its first batch in this partition. */
  readonly firstOffset: number
  /** Of its abort marker. */
  readonly lastOffset: number
  /** As it was when the marker had been written: whoever reads below it needs no later entry. */
  readonly lastStableOffset: number
}

const entryBytes = 34
const fieldAt = { producerId: 2, firstOffset: 10, lastOffset: 18, lastStableOffset: 26 } as const
/** Entries of deleted records stay in the file until there are so many, and they are half of it. */
const staleEntriesMin = 1000

export class TransactionIndex implements Releasable {
  private readonly path: string
  private readonly loadedIndexes: ReleasedByAge
  private loaded: Buffer | undefined
  private isSynced = true

  constructor(directory: string, loadedIndexes: ReleasedByAge) {
    this.path = join(directory, 'aborted.txnindex')
    this.loadedIndexes = loadedIndexes
  }

  /** Everything is on disk as soon as it is appended. */
  readonly busy = false

  release(): void {
    this.loaded = undefined
  }

  close(): void {
    this.loadedIndexes.forget(this)
    this.release()
  }

  /** What the file holds cannot be: it counts as empty, and must be made again from the whole log. */
  get isDamaged(): boolean {
    const bytes = this.readFile()
    if (bytes.length % entryBytes !== 0) return true
    for (let at = 0; at < bytes.length; at += entryBytes) {
      if (bytes.readInt16BE(at) !== 0 || read(bytes, at, 'firstOffset') > read(bytes, at, 'lastOffset')) return true
      if (at > 0 && read(bytes, at, 'lastOffset') <= read(bytes, at - entryBytes, 'lastOffset')) return true
    }
    return false
  }

  /** `aborted` ends behind all that were appended before. Throws KAFKA_STORAGE; the index is as before then. */
  append(aborted: AbortedTransaction): void {
    const entries = this.entries()
    const entry = Buffer.alloc(entryBytes)
    for (const field of Object.keys(fieldAt) as (keyof typeof fieldAt)[])
      entry.writeBigInt64BE(BigInt(aborted[field]), fieldAt[field])
    this.write(entries.length, entry)
    this.loaded = Buffer.concat([entries, entry])
  }

  /** Those with records in [fromOffset, endOffset), in the order of their markers. */
  between(fromOffset: number, endOffset: number): AbortedTransaction[] {
    const entries = this.entries()
    const found: AbortedTransaction[] = []
    for (let at = firstEndingAt(entries, fromOffset); at < entries.length; at += entryBytes) {
      const entry = {
        producerId: read(entries, at, 'producerId'),
        firstOffset: read(entries, at, 'firstOffset'),
        lastOffset: read(entries, at, 'lastOffset'),
        lastStableOffset: read(entries, at, 'lastStableOffset'),
      }
      if (entry.firstOffset < endOffset) found.push(entry)
      if (entry.lastStableOffset >= endOffset) break
    }
    return found
  }

  /** Is there a marker at `offset` or behind? */
  reaches(offset: number): boolean {
    const entries = this.entries()
    return entries.length > 0 && read(entries, entries.length - entryBytes, 'lastOffset') >= offset
  }

  /** Forgets the markers at `offset` and behind. */
  truncateTo(offset: number): void {
    const entries = this.entries()
    const kept = offset <= 0 ? 0 : firstEndingAt(entries, offset)
    if (kept === entries.length) return
    this.write(kept, Buffer.alloc(0))
    this.loaded = entries.subarray(0, kept)
  }

  /** Nothing before `offset` is served any more. */
  forgetBefore(offset: number): void {
    const entries = this.entries()
    const stale = firstEndingAt(entries, offset)
    if (stale < staleEntriesMin * entryBytes || 2 * stale < entries.length) return
    writeFileSync(`${this.path}.tmp`, entries.subarray(stale))
    renameSync(`${this.path}.tmp`, this.path)
    this.isSynced = false
    this.loaded = Buffer.from(entries.subarray(stale))
  }

  /** Of the markers in [fromOffset, endOffset) only those of `remaining` stay: the cleaner left no batch of the others. */
  retain(fromOffset: number, endOffset: number, remaining: readonly { readonly lastOffset: number }[]): void {
    const entries = this.entries()
    const [start, end] = [firstEndingAt(entries, fromOffset), firstEndingAt(entries, endOffset)]
    const markers = new Set(remaining.map(({ lastOffset }) => lastOffset))
    const kept: Buffer[] = []
    for (let at = start; at < end; at += entryBytes)
      if (markers.has(read(entries, at, 'lastOffset'))) kept.push(entries.subarray(at, at + entryBytes))
    if (kept.length * entryBytes === end - start) return
    const retained = Buffer.concat([entries.subarray(0, start), ...kept, entries.subarray(end)])
    writeFileSync(`${this.path}.tmp`, retained)
    renameSync(`${this.path}.tmp`, this.path)
    this.isSynced = false
    this.loaded = retained
  }

  sync(): void {
    if (this.isSynced) return
    const descriptor = openSync(this.path, 'r+')
    try {
      fdatasyncSync(descriptor)
      this.isSynced = true
    } finally {
      closeSync(descriptor)
    }
  }

  /** The file is what it is up to `position`, then `bytes`. */
  private write(position: number, bytes: Buffer): void {
    this.isSynced = false
    try {
      const descriptor = openSync(this.path, position === 0 ? 'w' : 'r+')
      try {
        ftruncateSync(descriptor, position)
        for (let done = 0; done < bytes.length;)
          done += writeSync(descriptor, bytes, done, bytes.length - done, position + done)
      } finally {
        closeSync(descriptor)
      }
    } catch (error) {
      throw storageError(`cannot write ${this.path}`, error)
    }
  }

  private entries(): Buffer {
    this.loaded ??= this.readFile()
    this.loadedIndexes.touch(this)
    return this.loaded
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

function read(entries: Buffer, at: number, field: keyof typeof fieldAt): number {
  return Number(entries.readBigInt64BE(at + fieldAt[field]))
}

/** Position of the first entry whose marker is at `offset` or behind. */
function firstEndingAt(entries: Buffer, offset: number): number {
  let low = 0
  let high = Math.floor(entries.length / entryBytes)
  while (low < high) {
    const middle = (low + high) >>> 1
    if (read(entries, middle * entryBytes, 'lastOffset') < offset) low = middle + 1
    else high = middle
  }
  return low * entryBytes
}
