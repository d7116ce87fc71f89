// The header of a record batch v2 (KIP-98), read and patched in place. Older formats (magic 0 and 1) left Kafka with 4.0.
//
//    0 baseOffset int64            12 partitionLeaderEpoch int32   21 attributes int16       35 maxTimestamp int64
//    8 length int32 (of the rest)  16 magic int8                   23 lastOffsetDelta int32  43 producerId int64
//                                  17 crc uint32 (of the rest)     27 baseTimestamp int64    51 producerEpoch int16
//   53 baseSequence int32          57 recordCount int32            61 records, compressed as the attributes say
import { FlinktsError } from '../../common/errors.ts'
import { corrupt } from './byte-sink.ts'
import { crc32c } from './crc32c.ts'

export const batchHeaderBytes = 61
/** Offset and length: what stands before the bytes that the length counts. */
export const batchOverheadBytes = 12
/** Where the bytes under the checksum begin. */
export const checkedBytesStart = 21
export const currentMagic = 2

export const compressionMask = 0x07
export const logAppendTimeBit = 0x08
export const transactionalBit = 0x10
export const controlBit = 0x20
/** KIP-534: `baseTimestamp` holds the time from which on the cleaner may drop tombstones and markers of the batch. */
export const deleteHorizonBit = 0x40
export const knownAttributes = 0x7f

/** Offsets and timestamps are exact up to 2^53. */
export interface RecordBatchHeader {
  readonly baseOffset: number
  /** Of the whole batch, its offset and length included. */
  readonly sizeBytes: number
  readonly partitionLeaderEpoch: number
  readonly magic: number
  readonly crc: number
  readonly attributes: number
  readonly lastOffsetDelta: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly recordCount: number
}

export function readInt32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

export function readInt64(bytes: Uint8Array, at: number): number {
  return readInt32(bytes, at) * 0x1_0000_0000 + (readInt32(bytes, at + 4) >>> 0)
}

function readInt16(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) >> 16) | bytes[at + 1]!
}

/** The caller has made sure that a whole header lies there (`batchEndAt`). */
export function readBatchHeader(bytes: Uint8Array, at: number): RecordBatchHeader {
  return {
    baseOffset: readInt64(bytes, at),
    sizeBytes: batchSizeAt(bytes, at),
    partitionLeaderEpoch: readInt32(bytes, at + 12),
    magic: magicAt(bytes, at),
    crc: readInt32(bytes, at + 17) >>> 0,
    attributes: attributesAt(bytes, at),
    lastOffsetDelta: readInt32(bytes, at + 23),
    baseTimestamp: readInt64(bytes, at + 27),
    maxTimestamp: readInt64(bytes, at + 35),
    producerId: readInt64(bytes, at + 43),
    producerEpoch: readInt16(bytes, at + 51),
    baseSequence: readInt32(bytes, at + 53),
    recordCount: readInt32(bytes, at + 57),
  }
}

export function batchSizeAt(bytes: Uint8Array, at: number): number {
  return readInt32(bytes, at + 8) + batchOverheadBytes
}

export function magicAt(bytes: Uint8Array, at: number): number {
  return (bytes[at + 16]! << 24) >> 24
}

export function attributesAt(bytes: Uint8Array, at: number): number {
  return readInt16(bytes, at + 21)
}

export function baseOffsetAt(bytes: Uint8Array, at: number): number {
  return readInt64(bytes, at)
}

export function lastOffsetAt(bytes: Uint8Array, at: number): number {
  return readInt64(bytes, at) + readInt32(bytes, at + 23)
}

export function producerIdAt(bytes: Uint8Array, at: number): number {
  return readInt64(bytes, at + 43)
}

/**
 * Where the batch at `at` ends, or -1 if it is not wholly there: a fetch may end in the middle of a batch. A length that
 * no batch has is KAFKA_BATCH_CORRUPT; an old format is KAFKA_UNSUPPORTED.
 */
export function batchEndAt(bytes: Uint8Array, at: number, end: number): number {
  if (at + batchHeaderBytes > end) return -1
  if (magicAt(bytes, at) !== currentMagic) refuseMagic(magicAt(bytes, at))
  const size = batchSizeAt(bytes, at)
  if (size < batchHeaderBytes) corrupt(`a record batch of ${size} bytes at offset ${baseOffsetAt(bytes, at)}`)
  return at + size > end ? -1 : at + size
}

function refuseMagic(magic: number): never {
  if (magic !== 0 && magic !== 1) corrupt(`a record batch of format ${magic}`)
  throw new FlinktsError('KAFKA_UNSUPPORTED', `a record batch of the old message format ${magic}; format 2 is read`, {
    fix: 'Let a Kafka of version 0.11 to 3.x rewrite the topic, or copy it into a new topic.',
  })
}

export function checkBatchChecksum(bytes: Uint8Array, at: number): void {
  const expected = readInt32(bytes, at + 17) >>> 0
  const computed = crc32c(bytes, at + checkedBytesStart, at + batchSizeAt(bytes, at))
  if (computed === expected) return
  const hex = (crc: number) => crc.toString(16).padStart(8, '0')
  corrupt(`the record batch at offset ${baseOffsetAt(bytes, at)} has checksum ${hex(computed)}, not ${hex(expected)}`)
}

export function lastOffsetOf(header: RecordBatchHeader): number {
  return header.baseOffset + header.lastOffsetDelta
}

/** An index of compressionTypes; 5 to 7 are not known. */
export function compressionOf(header: { readonly attributes: number }): number {
  return header.attributes & compressionMask
}

export function hasLogAppendTime(header: { readonly attributes: number }): boolean {
  return (header.attributes & logAppendTimeBit) !== 0
}

export function isTransactional(header: { readonly attributes: number }): boolean {
  return (header.attributes & transactionalBit) !== 0
}

/** ms since 1970; undefined where none is set. */
export function deleteHorizonOf(header: {
  readonly attributes: number
  readonly baseTimestamp: number
}): number | undefined {
  return (header.attributes & deleteHorizonBit) === 0 ? undefined : header.baseTimestamp
}

export function isControlBatch(header: { readonly attributes: number }): boolean {
  return (header.attributes & controlBit) !== 0
}
