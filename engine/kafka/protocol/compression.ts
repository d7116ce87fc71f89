// The compression of record batches: what the low three bits of a batch's attributes say.
import { gunzipSync, gzipSync } from 'node:zlib'
import { FlinktsError, isFlinktsError } from '../../common/errors.ts'
import { ByteSink, corrupt } from './byte-sink.ts'
import { compressLz4, decompressLz4 } from './lz4.ts'
import { compressSnappy, decompressSnappy } from './snappy.ts'
import { decompressZstd, loadZstdCompressor } from './zstd.ts'

/** Kafka's names of `compression.type`, at the index that stands in the batch. */
export const compressionTypes = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type CompressionType = (typeof compressionTypes)[number]

/** Kafka bounds batches by their compressed size only; a batch that grows beyond this is taken for an attack or damage. */
export const decompressedBytesMaxDefault = 1024 * 1024 * 1024

/**
 * The records of a batch whose attributes say `compression` (an index of compressionTypes). Not compressed: `bytes`
 * itself. More than `bytesMax` bytes, or bytes that are not of the format: FlinktsError KAFKA_BATCH_CORRUPT.
 */
export function decompress(compression: number, bytes: Uint8Array, bytesMax = decompressedBytesMaxDefault): Uint8Array {
  if (compression === 0) return bytes
  const sink = new ByteSink(bytesMax, 4 * bytes.length)
  decompressInto(compression, bytes, sink, bytesMax)
  return sink.bytes.subarray(0, sink.length)
}

/** As `decompress`, behind what `sink` holds already. */
export function decompressInto(compression: number, bytes: Uint8Array, sink: ByteSink, bytesMax: number): void {
  try {
    switch (compressionTypes[compression]) {
      case 'none':
        return sink.write(bytes)
      case 'gzip':
        return sink.write(gunzipSync(bytes, { maxOutputLength: bytesMax }))
      case 'snappy':
        return decompressSnappy(bytes, sink)
      case 'lz4':
        return decompressLz4(bytes, sink)
      case 'zstd':
        return decompressZstd(bytes, sink, bytesMax)
      case undefined:
        corrupt(`compression ${compression} is not known`)
    }
  } catch (error) {
    if (isFlinktsError(error)) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new FlinktsError('KAFKA_BATCH_CORRUPT', `${compressionTypes[compression]} data is corrupt: ${message}`, {
      cause: error,
    })
  }
}

export type Compressor = (bytes: Uint8Array) => Uint8Array

/** A compressor, loaded once; compressing itself never waits. Undefined for 'none'. */
export async function loadCompressor(type: CompressionType): Promise<Compressor | undefined> {
  switch (type) {
    case 'none':
      return undefined
    case 'gzip':
      return (bytes) => gzipSync(bytes)
    case 'snappy':
      return compressSnappy
    case 'lz4':
      return compressLz4
    case 'zstd':
      return loadZstdCompressor()
  }
}
