// Compaction of one batch: which of its records stay, and the batch without the others. Offsets, producer, sequence and
// epoch never change: a batch keeps its first and last offset also when it loses the records that had them. It is
// decompressed to look at its keys, and compressed again, with its own codec, only when records of it go.
//
// Tombstones and markers go in two passes (KIP-534): the first that meets one writes into its batch from when on it may
// go (`delete.retention.ms` later), the first one after that time drops it. So a reader that began at the start of the log
// has so long to see it.
import { decompress, type Compressor } from '../protocol/compression.ts'
import { crc32c } from '../protocol/crc32c.ts'
import {
  batchHeaderBytes,
  batchOverheadBytes,
  checkedBytesStart,
  compressionMask,
  compressionOf,
  deleteHorizonBit,
  deleteHorizonOf,
  hasLogAppendTime,
  isControlBatch,
  lastOffsetOf,
  type RecordBatchHeader,
} from '../protocol/record-batch.ts'
import { storageError } from './log-file.ts'
import type { CleanedTransactions, MarkerType } from './cleaned-transactions.ts'
import type { OffsetMap } from './offset-map.ts'
import { RecordWalk } from './record-walk.ts'
import { markerIn } from './transaction-marker.ts'

/** What must stay of a producer so that its sequence can go on after a restart. */
export interface LastOfProducer {
  readonly producerEpoch: number
  /** Undefined: it has written markers only. */
  readonly lastDataOffset: number | undefined
}

export interface CleaningRules {
  readonly nowMs: number
  /** `delete.retention.ms` */
  readonly deleteRetentionMs: number
  readonly map: OffsetMap
  readonly transactions: CleanedTransactions
  readonly lastOfProducers: ReadonlyMap<number, LastOfProducer>
  /**
   * Where the last batch of each producer ends, of those that are cleaned for the first time. What comes behind them may be
   * lost in a crash, and so may be the snapshot: then they are all there is to tell how far the producer was.
   */
  readonly lastDirtyOffsets: ReadonlyMap<number, number>
  /** The batch that ends here stays, empty if need be: it tells where the cleaned part ends. */
  readonly upperBoundOffset: number
}

/** A record that stays, by its place in the (decompressed) records. */
interface RetainedRecord {
  readonly start: number
  readonly timestampEnd: number
  readonly end: number
  readonly timestampDelta: number
}

/**
 * `batch` itself where it stays as it is, undefined where it goes, else a batch of what stays. `compressor` is that of
 * the batch's codec. Throws KAFKA_STORAGE where the records cannot be read.
 */
export function cleanBatch(
  batch: Buffer,
  header: RecordBatchHeader,
  rules: CleaningRules,
  compressor: Compressor | undefined,
): Buffer | undefined {
  const isControl = isControlBatch(header)
  const isDiscardable = isControl
    ? rules.transactions.onMarker(header, markerTypeOf(batch, header))
    : rules.transactions.onRecords(header)
  const horizonMs = deleteHorizonOf(header)
  const isHorizonOver = horizonMs !== undefined && horizonMs <= rules.nowMs
  const dropsAll = isDiscardable && (!isControl || isHorizonOver)
  const staysEmpty = isLastOfProducer(header, rules) || lastOffsetOf(header) + 1 === rules.upperBoundOffset
  if (dropsAll && !staysEmpty) return undefined
  if (header.recordCount === 0) return staysEmpty ? batch : undefined
  if (dropsAll) return emptied(header)

  const records = recordsOf(batch, header)
  const { retained, hasTombstones } = isControl
    ? { retained: retainedRecords(records, header, () => true).retained, hasTombstones: false }
    : retainedRecords(records, header, keepsRecord(records, header, rules, isHorizonOver))
  if (retained.length === 0) return staysEmpty ? emptied(header) : undefined
  const getsHorizon = horizonMs === undefined && (hasTombstones || (isControl && isDiscardable))
  if (retained.length === header.recordCount && !getsHorizon) return batch
  return rebuilt(header, records, retained, {
    baseTimestamp: getsHorizon ? rules.nowMs + rules.deleteRetentionMs : header.baseTimestamp,
    attributes: getsHorizon ? header.attributes | deleteHorizonBit : header.attributes,
    compressor,
  })
}

/** The keys of a batch go into the map, with the offsets from `fromOffset` on. */
export function mapBatch(batch: Buffer, header: RecordBatchHeader, fromOffset: number, map: OffsetMap): void {
  const records = recordsOf(batch, header)
  eachRecord(records, header, (walk) => {
    const offset = header.baseOffset + walk.offsetDelta
    if (walk.keyLength < 0 || offset < fromOffset) return
    map.put(records.subarray(walk.keyStart, walk.keyStart + walk.keyLength), offset)
  })
}

/** Undefined for a control batch that ends no transaction, and for one that was emptied. */
export function markerTypeOf(batch: Buffer, header: RecordBatchHeader): MarkerType | undefined {
  const marker = markerIn(batch, header)
  return marker === undefined ? undefined : marker.isCommit ? 'commit' : 'abort'
}

function isLastOfProducer(header: RecordBatchHeader, rules: CleaningRules): boolean {
  const last = header.producerId < 0 ? undefined : rules.lastOfProducers.get(header.producerId)
  if (last === undefined) return false
  if (last.lastDataOffset === undefined) return isControlBatch(header) && header.producerEpoch === last.producerEpoch
  if (isControlBatch(header)) return false
  const lastDirtyOffset = rules.lastDirtyOffsets.get(header.producerId)
  if (lastDirtyOffset !== undefined) return lastOffsetOf(header) === lastDirtyOffset
  // cleaned before: this may be the last but for what lies behind the cleaned part
  return lastOffsetOf(header) === last.lastDataOffset || last.lastDataOffset > rules.map.latestOffset
}

/** The last record of each key; a tombstone only until its horizon is over. Records without a key have no place here. */
function keepsRecord(
  records: Uint8Array,
  header: RecordBatchHeader,
  { map }: CleaningRules,
  isHorizonOver: boolean,
): (walk: RecordWalk) => boolean {
  return (walk) => {
    const offset = header.baseOffset + walk.offsetDelta
    if (offset > map.latestOffset) return true
    if (walk.keyLength < 0) return false
    const last = map.get(records.subarray(walk.keyStart, walk.keyStart + walk.keyLength))
    return offset >= last && (walk.valueLength >= 0 || !isHorizonOver)
  }
}

function retainedRecords(
  records: Uint8Array,
  header: RecordBatchHeader,
  stays: (walk: RecordWalk) => boolean,
): { retained: RetainedRecord[]; hasTombstones: boolean } {
  const retained: RetainedRecord[] = []
  let hasTombstones = false
  eachRecord(records, header, (walk) => {
    if (!stays(walk)) return
    const { start, timestampEnd, position, timestampDelta } = walk
    retained.push({ start, timestampEnd, end: position, timestampDelta })
    if (walk.valueLength < 0) hasTombstones = true
  })
  return { retained, hasTombstones }
}

function eachRecord(records: Uint8Array, header: RecordBatchHeader, act: (walk: RecordWalk) => void): void {
  const walk = new RecordWalk(records, 0)
  for (let index = 0; index < header.recordCount; index++) {
    if (!walk.next())
      throw storageError(`record ${index} of the batch at offset ${header.baseOffset} is malformed`, undefined)
    act(walk)
  }
}

function recordsOf(batch: Buffer, header: RecordBatchHeader): Uint8Array {
  return decompress(compressionOf(header), batch.subarray(batchHeaderBytes, header.sizeBytes))
}

interface Rebuilding {
  readonly baseTimestamp: number
  readonly attributes: number
  readonly compressor: Compressor | undefined
}

function rebuilt(
  header: RecordBatchHeader,
  records: Uint8Array,
  retained: readonly RetainedRecord[],
  { baseTimestamp, attributes, compressor }: Rebuilding,
): Buffer {
  const shift = header.baseTimestamp - baseTimestamp
  let maxTimestamp = -Infinity
  const parts: Uint8Array[] = []
  for (const record of retained) {
    maxTimestamp = Math.max(maxTimestamp, header.baseTimestamp + record.timestampDelta)
    if (shift === 0) parts.push(records.subarray(record.start, record.end))
    else parts.push(...withTimestampDelta(records, record, record.timestampDelta + shift))
  }
  const plain = Buffer.concat(parts)
  const content = compressor === undefined ? plain : compressor(plain)
  return withHeader(
    {
      ...header,
      attributes,
      baseTimestamp,
      maxTimestamp: hasLogAppendTime(header) ? header.maxTimestamp : maxTimestamp,
      recordCount: retained.length,
    },
    content,
  )
}

/** The record again, with another timestamp delta and so another length. Bit 8 of no record attribute is in use. */
function withTimestampDelta(records: Uint8Array, record: RetainedRecord, delta: number): Uint8Array[] {
  const timestamp = varlong(delta)
  const rest = records.subarray(record.timestampEnd, record.end)
  const length = 1 + timestamp.length + rest.length
  return [Uint8Array.from([...varlong(length), 0, ...timestamp]), rest]
}

function varlong(value: number): number[] {
  const bytes: number[] = []
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  bytes.push(rest)
  return bytes
}

/** A batch without records keeps what recovery reads from it: offsets, producer and sequence. */
function emptied(header: RecordBatchHeader): Buffer {
  const attributes = header.attributes & ~(compressionMask | deleteHorizonBit)
  return withHeader({ ...header, attributes, baseTimestamp: -1, recordCount: 0 }, new Uint8Array(0))
}

function withHeader(header: RecordBatchHeader, records: Uint8Array): Buffer {
  const batch = Buffer.allocUnsafe(batchHeaderBytes + records.length)
  batch.writeBigInt64BE(BigInt(header.baseOffset), 0)
  batch.writeInt32BE(batch.length - batchOverheadBytes, 8)
  batch.writeInt32BE(header.partitionLeaderEpoch, 12)
  batch.writeInt8(header.magic, 16)
  batch.writeInt16BE(header.attributes, 21)
  batch.writeInt32BE(header.lastOffsetDelta, 23)
  batch.writeBigInt64BE(BigInt(header.baseTimestamp), 27)
  batch.writeBigInt64BE(BigInt(header.maxTimestamp), 35)
  batch.writeBigInt64BE(BigInt(header.producerId), 43)
  batch.writeInt16BE(header.producerEpoch, 51)
  batch.writeInt32BE(header.baseSequence, 53)
  batch.writeInt32BE(header.recordCount, 57)
  batch.set(records, batchHeaderBytes)
  batch.writeUInt32BE(crc32c(batch, checkedBytesStart), 17)
  return batch
}
