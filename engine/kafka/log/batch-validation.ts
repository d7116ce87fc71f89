// What a produced batch must be before it is stored: the checks, their order and their error codes are Kafka's
// (ProduceRequest.validateRecords, UnifiedLog.analyzeAndValidateRecords, LogValidator).
import { crc32c } from '../protocol/crc32c.ts'
import { compressionTypes, decompress } from '../protocol/compression.ts'
import type { KafkaErrorName } from '../protocol/kafka-errors.ts'
import {
  attributesAt,
  batchHeaderBytes,
  batchOverheadBytes,
  batchSizeAt,
  checkedBytesStart,
  compressionOf,
  currentMagic,
  hasLogAppendTime,
  isControlBatch,
  lastOffsetOf,
  magicAt,
  readBatchHeader,
  type RecordBatchHeader,
} from '../protocol/record-batch.ts'
import { patchMaxTimestamp } from './batch-patch.ts'
import type { LogConfig } from './log-config.ts'
import { RecordWalk, walkRecords, type WalkedRecords } from './record-walk.ts'

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
const noTimestamp = -1
/** Of the formats before magic 2. */
const oldBatchBytesMin = 26
const zstd = compressionTypes.indexOf('zstd')

function refuse(error: RefusedBatch['error'], message: string): RefusedBatch {
  return { error, message }
}

/** No batch can begin so: Kafka refuses the whole request then. */
export function isCorrupt(records: Uint8Array): boolean {
  if (records.length >= batchOverheadBytes && batchSizeAt(records, 0) < oldBatchBytesMin) return true
  return records.length >= magicEnd && (magicAt(records, 0) < 0 || magicAt(records, 0) > currentMagic)
}

/**
 * What can be said without the topic: exactly one batch of magic 2; behind it, the beginning of another one may have been
 * cut off. `produceVersion` forbids zstd before 7.
 */
export function checkProduced(records: Buffer | null, produceVersion: number): RefusedBatch | undefined {
  if (records === null || records.length < magicEnd) return refuse('INVALID_RECORD', 'no record batch was sent')
  if (isCorrupt(records)) return refuse('CORRUPT_MESSAGE', 'no batch begins so')
  const sizeBytes = batchSizeAt(records, 0)
  const magic = magicAt(records, 0)
  if (sizeBytes > records.length) return refuse('INVALID_RECORD', 'the batch is cut off')
  if (magic !== currentMagic) return refuse('INVALID_RECORD', `magic ${magic}; batches of magic 2 are accepted`)
  if (sizeBytes < batchHeaderBytes) return refuse('CORRUPT_MESSAGE', `a batch of ${sizeBytes} bytes`)
  const compression = compressionOf({ attributes: attributesAt(records, 0) })
  if (compression >= compressionTypes.length)
    return refuse('UNSUPPORTED_COMPRESSION_TYPE', `compression ${compression}`)
  if (compression === zstd && produceVersion < 7)
    return refuse('UNSUPPORTED_COMPRESSION_TYPE', 'zstd needs Produce version 7')
  const rest = records.subarray(sizeBytes)
  if (isCorrupt(rest)) return refuse('CORRUPT_MESSAGE', 'what follows the batch is none')
  if (rest.length >= magicEnd && batchSizeAt(rest, 0) <= rest.length)
    return refuse('INVALID_RECORD', 'more than one batch for a partition')
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
  // A producer that says LogAppendTime says that all records are of the greatest time; the topic does not take its word.
  const isFlat = hasLogAppendTime(header)
  const greatest = isFlat ? header.maxTimestamp : header.baseTimestamp + walked.maxTimestampDelta
  const least = isFlat ? header.maxTimestamp : header.baseTimestamp + walked.minTimestampDelta
  const isWithinTime = greatest - nowMs <= config.timestampAfterMaxMs && nowMs - least <= config.timestampBeforeMaxMs
  if ((config.compact && walked.keyless > 0) || isFlat || !isWithinTime) {
    const errors = refusedRecords(batch, header, config, nowMs)
    if (errors.length > 0) return refuseRecords(errors)
  }
  if (config.timestampType === 'LogAppendTime') return { error: 'NONE', header: patchTimestamp(batch, nowMs, true) }
  if (greatest === header.maxTimestamp && !isFlat) return { error: 'NONE', header }
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
  if (header.producerId >= 0 && header.baseSequence < 0)
    return refuse('INVALID_RECORD', `a producer's sequence ${header.baseSequence}`)
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

interface RefusedRecord extends RecordError {
  readonly error: 'INVALID_RECORD' | 'INVALID_TIMESTAMP'
}

const refusedRecordsMax = 1000

/** Which records must not be here, and why; the first thousand. */
function refusedRecords(batch: Buffer, header: RecordBatchHeader, config: LogConfig, nowMs: number): RefusedRecord[] {
  const { bytes, start } = recordsOf(batch, header)
  const walk = new RecordWalk(bytes, start)
  const isFlat = hasLogAppendTime(header)
  const refused: RefusedRecord[] = []
  for (let batchIndex = 0; batchIndex < header.recordCount && refused.length < refusedRecordsMax; batchIndex++) {
    walk.next()
    const timestamp = isFlat ? header.maxTimestamp : header.baseTimestamp + walk.timestampDelta
    if (config.compact && walk.keyLength < 0)
      refused.push({ batchIndex, error: 'INVALID_RECORD', message: 'the topic is compacted: every record needs a key' })
    else if (config.timestampType === 'CreateTime' && timestamp !== noTimestamp) {
      if (timestamp - nowMs > config.timestampAfterMaxMs || nowMs - timestamp > config.timestampBeforeMaxMs)
        refused.push({
          batchIndex,
          error: 'INVALID_TIMESTAMP',
          message: `${timestamp} is too far from the broker's clock`,
        })
    } else if (isFlat)
      refused.push({ batchIndex, error: 'INVALID_TIMESTAMP', message: 'a producer must not say LogAppendTime' })
  }
  return refused
}

function refuseRecords(errors: readonly RefusedRecord[]): RefusedBatch {
  const worst = errors.find(({ error }) => error === 'INVALID_TIMESTAMP') ?? errors[0]!
  const recordErrors = errors.map(({ batchIndex, message }) => ({ batchIndex, message }))
  return { error: worst.error, message: worst.message, recordErrors }
}
