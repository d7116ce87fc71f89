// A produced batch as the topic's `compression.type` wants it: only what its records are compressed with is another, so
// offsets, times and the producer's numbers stay as they were sent.
import { compressionTypes, decompress, type Compressor, type CompressionType } from '../protocol/compression.ts'
import { crc32c } from '../protocol/crc32c.ts'
import {
  batchHeaderBytes,
  batchOverheadBytes,
  checkedBytesStart,
  compressionMask,
  compressionOf,
  readBatchHeader,
} from '../protocol/record-batch.ts'
import { hasValidChecksum } from './batch-validation.ts'

/**
 * `batch` is one whole batch. Itself where nothing is to be done, and where it is damaged: who stores it finds that out.
 * `compress`: undefined for `none`.
 */
export function recompressBatch(batch: Buffer, type: CompressionType, compress: Compressor | undefined): Buffer {
  const header = readBatchHeader(batch, 0)
  const compression = compressionOf(header)
  if (compression === compressionTypes.indexOf(type) || !hasValidChecksum(batch, header)) return batch
  let records: Uint8Array
  try {
    records = decompress(compression, batch.subarray(batchHeaderBytes))
  } catch {
    return batch
  }
  const made = Buffer.concat([
    batch.subarray(0, batchHeaderBytes),
    compress === undefined ? records : compress(records),
  ])
  made.writeInt32BE(made.length - batchOverheadBytes, batchOverheadBytes - 4)
  made.writeInt16BE((header.attributes & ~compressionMask) | compressionTypes.indexOf(type), checkedBytesStart)
  made.writeUInt32BE(crc32c(made, checkedBytesStart), checkedBytesStart - 4)
  return made
}
