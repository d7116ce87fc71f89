// The segments of a partition in the order of their offsets, the last being written to: finding, reading, replacing.
import { batchHeaderBytes, batchSizeAt, lastOffsetAt } from '../protocol/record-batch.ts'
import { RecordIndex } from '../protocol/record-index.ts'
import { FlinktsError } from '../../common/errors.ts'
import type { ReadMemory } from './read-ahead.ts'
import type { Segment, PlacedHeader } from './segment.ts'
import type { TimestampAndOffset } from './segment-index.ts'

/** Positions of offsets that readers are about to ask for: followers of a log never search. */
const positionHintsMax = 32

interface Place {
  readonly segment: Segment
  readonly position: number
}

export class LogSegments {
  private readonly directory: string
  private readonly row: Segment[]
  private readonly positionHints = new Map<number, Place>()

  /** `segments`: at least one. */
  constructor(directory: string, segments: readonly Segment[]) {
    this.directory = directory
    this.row = [...segments]
  }

  get all(): readonly Segment[] {
    return this.row
  }

  /** The one that is written to. */
  get active(): Segment {
    return this.row.at(-1)!
  }

  get sizeBytes(): number {
    return this.row.reduce((sum, segment) => sum + segment.sizeBytes, 0)
  }

  push(segment: Segment): void {
    this.row.push(segment)
  }

  /** Takes out the oldest ones, as long as `isDue`; never the last. */
  takeOldest(isDue: (segment: Segment) => boolean): Segment[] {
    let count = 0
    while (count < this.row.length - 1 && isDue(this.row[count]!)) count++
    const taken = this.row.splice(0, count)
    for (const segment of taken) this.forgetPositions(segment)
    return taken
  }

  /** Are these still here, one behind the other? */
  holds(segments: readonly Segment[]): boolean {
    const first = this.row.indexOf(segments[0]!)
    return first >= 0 && segments.every((segment, index) => this.row[first + index] === segment)
  }

  /** Puts `cleaned` in the place of `old`, which must be here, one behind the other. */
  replace(old: readonly Segment[], cleaned: Segment): void {
    this.row.splice(this.row.indexOf(old[0]!), old.length, cleaned)
    for (const segment of old) this.forgetPositions(segment)
  }

  /** Bytes from the batch that holds `offset` to the end, at most `bytesMax`. There must be such a batch. */
  bytesFrom(offset: number, bytesMax: number): number {
    const place = this.place(offset)
    let bytes = place.segment.sizeBytes - place.position
    for (let index = this.row.indexOf(place.segment) + 1; bytes < bytesMax && index < this.row.length; index++)
      bytes += this.row[index]!.sizeBytes
    return Math.min(bytes, bytesMax)
  }

  /** Bytes from the batch that holds `offset` to the one that begins at `endOffset`, at most `bytesMax`. */
  bytesBetween(offset: number, endOffset: number, bytesMax: number): number {
    const start = this.place(offset)
    const end = this.place(endOffset)
    this.rememberPosition(endOffset, end)
    let bytes = -start.position
    for (let index = this.row.indexOf(start.segment); bytes < bytesMax; index++) {
      const segment = this.row[index]!
      if (segment === end.segment) return Math.min(bytes + end.position, bytesMax)
      bytes += segment.sizeBytes
    }
    return bytesMax
  }

  /**
   * An offset behind what a read of the same `offset`, `bytesMax` and `atLeastOne` gives, as near as the index tells without
   * a look into the log: where it has no entry, the start of the next segment; undefined at the end of the log. Nothing
   * from `endOffset` on is read, which begins a batch; undefined for everything.
   */
  boundOfRead(
    offset: number,
    bytesMax: number,
    atLeastOne: boolean,
    endOffset: number | undefined,
  ): number | undefined {
    const { segment, position } = this.place(offset)
    const end = endOffset === undefined ? undefined : this.place(endOffset)
    const endPosition = end?.segment === segment ? end.position : segment.sizeBytes
    const firstBytes = atLeastOne ? (segment.headerAt(position)?.header.sizeBytes ?? 0) : 0
    const readTo = Math.min(endPosition, position + Math.max(bytesMax, firstBytes))
    return segment.offsetIndex.lastOffsetFrom(readTo) ?? this.row[this.row.indexOf(segment) + 1]?.baseOffset
  }

  /** As PartitionLog.read; there must be a batch that holds `offset` or is behind it. */
  async read(offset: number, bytesMax: number, atLeastOne: boolean, memory: ReadMemory): Promise<Buffer> {
    const { segment, position } = this.place(offset)
    const left = segment.sizeBytes - position
    const wanted = Math.min(left, Math.max(bytesMax, atLeastOne ? batchHeaderBytes : 0))
    if (wanted < batchHeaderBytes) return Buffer.alloc(0)
    const block = memory.readAhead?.claim(segment.file, position, wanted)
    if (block !== undefined) memory.adopt(block.bytes)
    const bytes = block?.bytes ?? memory.allocate(wanted)
    const count = await (block?.count ?? segment.file.read(bytes, wanted, position))
    const whole = this.wholeBatches(bytes, count, segment, position)
    // The segment may have been replaced while we read it: the larger read looks for its place again.
    const sizeBytes = whole === 0 && atLeastOne ? batchSizeAt(bytes, 0) : 0
    if (sizeBytes > wanted) return this.read(offset, sizeBytes, true, memory)
    const next = position + whole
    if (whole > 0 && next + wanted <= segment.sizeBytes) memory.readAhead?.begin(segment.file, next, wanted)
    return bytes.subarray(0, whole)
  }

  /** First offset of the batch that holds `offset`, or is the next behind it; undefined where there is none. */
  baseOffsetOf(offset: number): number | undefined {
    for (let index = this.indexOf(offset); index < this.row.length; index++) {
      const placed = this.row[index]!.locate(offset)
      if (placed !== undefined) return placed.header.baseOffset
    }
    return undefined
  }

  /** The first record at `timestamp` or later, not before `fromOffset`. */
  findTimestamp(timestamp: number, fromOffset: number): TimestampAndOffset | undefined {
    for (const segment of this.row) {
      const greatest = segment.maxTimestamp
      if (greatest === undefined || greatest.timestamp < timestamp) continue
      let from = fromOffset
      for (;;) {
        const placed = segment.locateTimestamp(timestamp, from)
        if (placed === undefined) break
        const found = findInBatch(segment, placed, timestamp, from)
        if (found !== undefined) return found
        from = placed.header.baseOffset + placed.header.lastOffsetDelta + 1
      }
    }
    return undefined
  }

  /** The first of the records with the greatest timestamp. */
  findMaxTimestamp(): TimestampAndOffset | undefined {
    let best: { segment: Segment; greatest: TimestampAndOffset } | undefined
    for (const segment of this.row) {
      const greatest = segment.maxTimestamp
      if (greatest === undefined) continue
      if (best === undefined || greatest.timestamp > best.greatest.timestamp) best = { segment, greatest }
    }
    if (best === undefined) return undefined
    const placed = best.segment.locate(best.greatest.offset)
    return placed && findInBatch(best.segment, placed, placed.header.maxTimestamp, placed.header.baseOffset)
  }

  /** Closes every file, also where one makes trouble; throws the first trouble then. */
  close(): void {
    const failures: unknown[] = []
    for (const segment of this.row)
      try {
        segment.close()
      } catch (error) {
        failures.push(error)
      }
    if (failures.length > 0) throw failures[0]
  }

  private place(offset: number): Place {
    const hint = this.positionHints.get(offset)
    if (hint !== undefined && hint.position < hint.segment.sizeBytes) return hint
    for (let index = this.indexOf(offset); index < this.row.length; index++) {
      const segment = this.row[index]!
      const placed = segment.locate(offset)
      if (placed === undefined) continue
      const place = { segment, position: placed.position }
      this.rememberPosition(offset, place)
      return place
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
  private indexOf(offset: number): number {
    let low = 0
    let high = this.row.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.row[middle]!.baseOffset <= offset) low = middle + 1
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
    if (last >= 0 && !segment.isRetired)
      this.rememberPosition(lastOffsetAt(bytes, last) + 1, { segment, position: position + whole })
    return whole
  }

  private rememberPosition(offset: number, place: Place): void {
    this.positionHints.delete(offset)
    this.positionHints.set(offset, place)
    if (this.positionHints.size > positionHintsMax)
      for (const oldest of this.positionHints.keys()) {
        this.positionHints.delete(oldest)
        return
      }
  }

  private forgetPositions(segment: Segment): void {
    for (const [offset, hint] of this.positionHints) if (hint.segment === segment) this.positionHints.delete(offset)
  }
}

/** The first record of the batch at `timestamp` or later and at `fromOffset` or behind. */
function findInBatch(
  segment: Segment,
  placed: PlacedHeader,
  timestamp: number,
  fromOffset: number,
): TimestampAndOffset | undefined {
  const records = new RecordIndex({ timestamps: true })
  records.read(segment.readBatch(placed), 0, fromOffset)
  for (let record = 0; record < records.count; record++) {
    const found = records.timestampOf(record)
    if (found >= timestamp) return { timestamp: found, offset: records.offsetOf(record) }
  }
  return undefined
}
