// What a produced batch must be before it is stored: the checks, their order and their error codes are Kafka's
// (ProduceRequest.validateRecords, UnifiedLog.analyzeAndValidateRecords, LogValidator).
import { crc32c } from '../protocol/crc32c.ts'
import { compressionTypes, decompress } from '../protocol/compression.ts'
import type { KafkaErrorName } from '../protocol/kafka-errors.ts'
import {
  attributesAt,
  batchHeaderBytes,
  batchSizeAt,
  checkedBytesStart,
  compressionOf,
  currentMagic,
  isControlBatch,
  lastOffsetOf,
  magicAt,
  readBatchHeader,
  type RecordBatchHeader,
} from '../protocol/record-batch.ts'
import { patchMaxTimestamp } from './batch-patch.ts'
import type { LogConfig } from './log-config.ts'
import { walkRecords, type WalkedRecords } from './record-walk.ts'

export interface RecordError {
  /** Index of the record in its batch. */
  readonly batchIndex: number
  readonly message: string
}

export interface RefusedBatch {
  readonly error: Exclude<KafkaErrorName, 'NONE'>
  readonly message: string
  readonly recordErrors?: readonly RecordError[]
}

export interface ValidBatch {
  readonly error: 'NONE'
  /** As it is in the bytes now: the greatest timestamp and LogAppendTime are patched. */
  readonly header: RecordBatchHeader
}

/** Bytes up to and with the magic: below it nothing can be said about what was sent. */
const magicEnd = 17
const zstd = compressionTypes.indexOf('zstd')

function refuse(error: RefusedBatch['error'], message: string): RefusedBatch {
  return { error, message }
}

/** What can be said without the topic: exactly one batch of magic 2. `produceVersion` forbids zstd before 7. */
export function checkProduced(records: Buffer | null, produceVersion: number): RefusedBatch | undefined {
  if (records === null || records.length < magicEnd) return refuse('INVALID_RECORD', 'no record batch was sent')
  const sizeBytes = batchSizeAt(records, 0)
  const magic = magicAt(records, 0)
  if (sizeBytes < 26) return refuse('CORRUPT_MESSAGE', `a batch of ${sizeBytes} bytes`)
  if (magic < 0 || magic > currentMagic) return refuse('CORRUPT_MESSAGE', `magic ${magic}`)
  if (sizeBytes > records.length) return refuse('INVALID_RECORD', 'the batch is cut off')
  if (magic !== currentMagic) return refuse('INVALID_RECORD', `magic ${magic}; batches of magic 2 are accepted`)
  if (sizeBytes < batchHeaderBytes) return refuse('CORRUPT_MESSAGE', `a batch of ${sizeBytes} bytes`)
  const compression = compressionOf({ attributes: attributesAt(records, 0) })
  if (compression >= compressionTypes.length)
    return refuse('UNSUPPORTED_COMPRESSION_TYPE', `compression ${compression}`)
  if (compression === zstd && produceVersion < 7)
    return refuse('UNSUPPORTED_COMPRESSION_TYPE', 'zstd needs Produce version 7')
  if (sizeBytes < records.length) return refuse('INVALID_RECORD', 'more than one batch for a partition')
  return undefined
}

/**
 * Checks a batch that `checkProduced` let pass, and patches its timestamps where the topic wants LogAppendTime or the
 * header does not tell the records' greatest one.
 */
export function validateBatch(batch: Buffer, config: LogConfig, nowMs: number): ValidBatch | RefusedBatch {
  const header = readBatchHeader(batch, 0)
  const refused = checkHeader(batch, header, config)
  if (refused !== undefined) return refused
  const walked = walkBatch(batch, header)
  if (typeof walked === 'string') return refuse('INVALID_RECORD', walked)
  if (config.compact && walked.keyless.length > 0) return refuseKeyless(walked.keyless)
  if (config.timestampType === 'LogAppendTime') return { error: 'NONE', header: patchTimestamp(batch, nowMs, true) }
  const greatest = header.baseTimestamp + walked.maxTimestampDelta
  const least = header.baseTimestamp + walked.minTimestampDelta
  if (greatest - nowMs > config.timestampAfterMaxMs) return refuseTimestamp(greatest)
  if (least !== -1 && nowMs - least > config.timestampBeforeMaxMs) return refuseTimestamp(least)
  if (greatest === header.maxTimestamp) return { error: 'NONE', header }
  return { error: 'NONE', header: patchTimestamp(batch, greatest, false) }
}

function checkHeader(batch: Buffer, header: RecordBatchHeader, config: LogConfig): RefusedBatch | undefined {
  if (header.baseOffset !== 0) return refuse('INVALID_RECORD', `base offset ${header.baseOffset}; a producer sends 0`)
  if (header.sizeBytes > config.maxMessageBytes)
    return refuse('MESSAGE_TOO_LARGE', `${header.sizeBytes} bytes; max.message.bytes is ${config.maxMessageBytes}`)
  if (!hasValidChecksum(batch, header)) return refuse('CORRUPT_MESSAGE', 'the checksum does not match')
  if (header.lastOffsetDelta < 0 || header.recordCount <= 0)
    return refuse('INVALID_RECORD', `${header.recordCount} records, last offset delta ${header.lastOffsetDelta}`)
  if (lastOffsetOf(header) + 1 !== header.recordCount)
    return refuse('INVALID_RECORD', `${header.recordCount} records, last offset delta ${header.lastOffsetDelta}`)
  if (isControlBatch(header)) return refuse('INVALID_RECORD', 'producers must not send control batches')
  if (header.producerId >= 0 && (header.producerEpoch < 0 || header.baseSequence < 0))
    return refuse('INVALID_RECORD', `producer epoch ${header.producerEpoch}, sequence ${header.baseSequence}`)
  return undefined
}

export function hasValidChecksum(batch: Buffer, header: RecordBatchHeader): boolean {
  return crc32c(batch, checkedBytesStart, header.sizeBytes) === header.crc
}

/** The records of a batch, decompressed, and where they begin. Throws where they cannot be decompressed. */
function recordsOf(batch: Buffer, header: RecordBatchHeader): { bytes: Uint8Array; start: number } {
  const compression = compressionOf(header)
  if (compression === 0) return { bytes: batch.subarray(0, header.sizeBytes), start: batchHeaderBytes }
  const bytes = decompress(compression, batch.subarray(batchHeaderBytes, header.sizeBytes))
  return { bytes, start: 0 }
}

function walkBatch(batch: Buffer, header: RecordBatchHeader): WalkedRecords | string {
  try {
    const { bytes, start } = recordsOf(batch, header)
    return walkRecords(bytes, start, header.recordCount)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function patchTimestamp(batch: Buffer, timestamp: number, logAppendTime: boolean): RecordBatchHeader {
  patchMaxTimestamp(batch, timestamp, logAppendTime)
  return readBatchHeader(batch, 0)
}

function refuseKeyless(indexes: readonly number[]): RefusedBatch {
  const message = 'the topic is compacted: every record needs a key'
  return { error: 'INVALID_RECORD', message, recordErrors: indexes.map((batchIndex) => ({ batchIndex, message })) }
}

function refuseTimestamp(timestamp: number): RefusedBatch {
  return refuse('INVALID_TIMESTAMP', `timestamp ${timestamp} is too far from the broker's clock`)
}
