// Writes record batches v2 (grammar: record-batch.ts, record-index.ts), one after the other, in memory that is reused.
import { corrupt } from './byte-sink.ts'
import { compressionTypes, type Compressor, type CompressionType } from './compression.ts'
import { crc32c } from './crc32c.ts'
import {
  batchHeaderBytes,
  batchOverheadBytes,
  checkedBytesStart,
  controlBit,
  currentMagic,
  transactionalBit,
} from './record-batch.ts'
import type { RecordHeader } from './record-index.ts'

export interface RecordBatchOptions {
  /** Default 'none'. `compressor` is what `loadCompressor` gave for it. */
  readonly compression?: CompressionType
  readonly compressor?: Compressor | undefined
  /** Default -1, 0 and 0: neither idempotent nor transactional. */
  readonly producerId?: bigint
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly transactional?: boolean
  readonly control?: boolean
  /** Leaves the checksum to `patchProducer`, which has to follow then. Default false. */
  readonly unsealed?: boolean
}

/** The most a record takes beside key, value and headers: five bytes per varint, ten for the timestamp. */
const recordOverheadBytesMax = 36

/** `append` records, then `build` the batch; then the builder is empty again. */
export class RecordBatchBuilder {
  /** Records appended since the last `build`. */
  count = 0
  private buffer: Buffer
  private position = batchHeaderBytes
  private baseTimestamp = 0
  private maxTimestamp = 0

  constructor(bytesExpected = 16 * 1024) {
    this.buffer = Buffer.allocUnsafeSlow(Math.max(bytesExpected, 2 * batchHeaderBytes))
  }

  /** Of the batch so far, not compressed. */
  get sizeBytes(): number {
    return this.position
  }

  /** `timestamp`: ms since 1970. Everything is copied. */
  append(
    key: Uint8Array | null,
    value: Uint8Array | null,
    timestamp: number,
    headers: readonly RecordHeader[] = [],
  ): void {
    this.appendRange(key ?? noBytes, 0, key?.length ?? -1, value ?? noBytes, 0, value?.length ?? -1, timestamp, headers)
  }

  /** As `append`, with key and value as ranges of larger memory; length -1 is null. */
  appendRange(
    keys: Uint8Array,
    keyStart: number,
    keyLength: number,
    values: Uint8Array,
    valueStart: number,
    valueLength: number,
    timestamp: number,
    headers: readonly RecordHeader[] = noHeaders,
  ): void {
    if (this.count === 0) this.baseTimestamp = this.maxTimestamp = timestamp
    else if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp
    const delta = timestamp - this.baseTimestamp
    const body = bodyBytes(delta, this.count, keyLength, valueLength, headers)
    this.reserve(body + 5)
    this.varint(body)
    this.buffer[this.position++] = 0
    this.varlong(delta)
    this.varint(this.count)
    this.bytes(keys, keyStart, keyLength)
    this.bytes(values, valueStart, valueLength)
    this.varint(headers.length)
    for (const header of headers) {
      const length = Buffer.byteLength(header.key)
      this.varint(length)
      this.position += this.buffer.write(header.key, this.position, length, 'utf8')
      this.bytes(header.value ?? noBytes, 0, header.value?.length ?? -1)
    }
    this.count++
  }

  /** A bound on what appending such a record adds. */
  static recordBytesMax(keyLength: number, valueLength: number, headers: readonly RecordHeader[] = []): number {
    let bytes = recordOverheadBytesMax + Math.max(keyLength, 0) + Math.max(valueLength, 0)
    for (const { key, value } of headers) bytes += 10 + 3 * key.length + (value?.length ?? 0)
    return bytes
  }

  /** The batch in memory of its own, base offset 0. At least one record must have been appended. */
  build(options: RecordBatchOptions = {}): Buffer {
    if (this.count === 0) corrupt('a record batch without records')
    const compressed = options.compressor?.(this.buffer.subarray(batchHeaderBytes, this.position))
    const batch = Buffer.allocUnsafeSlow(
      compressed === undefined ? this.position : batchHeaderBytes + compressed.length,
    )
    if (compressed === undefined) this.buffer.copy(batch, 0, 0, this.position)
    else batch.set(compressed, batchHeaderBytes)
    this.writeHeader(batch, options)
    this.count = 0
    this.position = batchHeaderBytes
    return batch
  }

  private writeHeader(batch: Buffer, options: RecordBatchOptions): void {
    const compression = options.compressor === undefined ? 'none' : (options.compression ?? 'none')
    const attributes =
      compressionTypes.indexOf(compression) |
      (options.transactional ? transactionalBit : 0) |
      (options.control ? controlBit : 0)
    batch.writeBigInt64BE(0n, 0)
    batch.writeInt32BE(batch.length - batchOverheadBytes, 8)
    batch.writeInt32BE(-1, 12)
    batch.writeInt8(currentMagic, 16)
    batch.writeInt16BE(attributes, 21)
    batch.writeInt32BE(this.count - 1, 23)
    batch.writeBigInt64BE(BigInt(this.baseTimestamp), 27)
    batch.writeBigInt64BE(BigInt(this.maxTimestamp), 35)
    writeProducer(batch, options.producerId ?? -1n, options.producerEpoch ?? -1, options.baseSequence ?? -1)
    batch.writeInt32BE(this.count, 57)
    if (options.unsealed !== true) seal(batch)
  }

  private reserve(count: number): void {
    if (this.position + count <= this.buffer.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.buffer.length, this.position + count))
    this.buffer.copy(grown, 0, 0, this.position)
    this.buffer = grown
  }

  private bytes(source: Uint8Array, start: number, length: number): void {
    this.varint(length)
    if (length > 48) this.buffer.set(source.subarray(start, start + length), this.position)
    else for (let i = 0; i < length; i++) this.buffer[this.position + i] = source[start + i]!
    if (length > 0) this.position += length
  }

  private varint(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0
    for (; rest >= 0x80; rest >>>= 7) this.buffer[this.position++] = (rest & 0x7f) | 0x80
    this.buffer[this.position++] = rest
  }

  private varlong(value: number): void {
    if ((value | 0) === value) return this.varint(value)
    let rest = value < 0 ? -2 * value - 1 : 2 * value
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) this.buffer[this.position++] = (rest % 128) | 0x80
    this.buffer[this.position++] = rest
  }
}

const noBytes = new Uint8Array(0)
const noHeaders: readonly RecordHeader[] = []

function bodyBytes(
  delta: number,
  index: number,
  keyLength: number,
  valueLength: number,
  headers: readonly RecordHeader[],
): number {
  let bytes =
    1 +
    varlongBytes(delta) +
    varintBytes(index) +
    varintBytes(keyLength) +
    varintBytes(valueLength) +
    varintBytes(headers.length)
  bytes += Math.max(keyLength, 0) + Math.max(valueLength, 0)
  for (const { key, value } of headers) {
    const length = Buffer.byteLength(key)
    bytes += varintBytes(length) + length + varintBytes(value?.length ?? -1) + (value?.length ?? 0)
  }
  return bytes
}

function varintBytes(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  return zigzag < 0x80 ? 1 : zigzag < 0x4000 ? 2 : zigzag < 0x200000 ? 3 : zigzag < 0x10000000 ? 4 : 5
}

function varlongBytes(value: number): number {
  if ((value | 0) === value) return varintBytes(value)
  let bytes = 1
  for (let rest = value < 0 ? -2 * value - 1 : 2 * value; rest >= 0x80; rest = Math.floor(rest / 128)) bytes++
  return bytes
}

function writeProducer(batch: Buffer, producerId: bigint, producerEpoch: number, baseSequence: number): void {
  batch.writeBigInt64BE(producerId, 43)
  batch.writeInt16BE(producerEpoch, 51)
  batch.writeInt32BE(baseSequence, 53)
}

/** Makes a built batch that of another producer, or of another sequence: what an idempotent retry needs. */
export function patchProducer(batch: Buffer, producerId: bigint, producerEpoch: number, baseSequence: number): void {
  writeProducer(batch, producerId, producerEpoch, baseSequence)
  seal(batch)
}

function seal(batch: Buffer): void {
  batch.writeUInt32BE(crc32c(batch, checkedBytesStart), 17)
}
