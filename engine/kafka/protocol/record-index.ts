// Where the records of a batch lie: offsets and lengths in reusable typed arrays, no object per record.
//
//   record = length varint, attributes int8, timestampDelta varlong, offsetDelta varint, keyLength varint, key,
//            valueLength varint, value, headerCount varint, [keyLength varint, key, valueLength varint, value]*
//   varint, varlong: zigzag, seven bits per byte, least first; length -1 is null
import { ByteSink, corrupt } from './byte-sink.ts'
import { decompressedBytesMaxDefault, decompressInto } from './compression.ts'
import {
  attributesAt,
  batchHeaderBytes,
  batchSizeAt,
  checkBatchChecksum,
  compressionMask,
  logAppendTimeBit,
  readInt32,
  readInt64,
} from './record-batch.ts'

/** The least a record takes: seven one-byte fields. */
const recordBytesMin = 7

export interface RecordHeader {
  readonly key: string
  readonly value: Uint8Array | null
}

export interface RecordIndexOptions {
  /** Fill `timestampDelta`. Default false. */
  readonly timestamps?: boolean
  /** Fill `keyStart` and `keyLength`. Default false. */
  readonly keys?: boolean
  /** Fill `headersStart`, so that `headersOf` works. Default false. */
  readonly headers?: boolean
  readonly decompressedBytesMax?: number
}

/**
 * One batch at a time; every array and `bytes` are valid until the next `read`. Arrays are longer than `count`.
 *
 *     const records = new RecordIndex({ timestamps: true })
 *     for (let at = start, next; (next = batchEndAt(bytes, at, end)) >= 0; at = next) {
 *       records.read(bytes, at, fromOffset)
 *       for (let i = 0; i < records.count; i++) decode(records.bytes, records.valueStart[i], records.valueLength[i])
 *     }
 */
export class RecordIndex {
  /** Records of the batch at and above the wanted offset. */
  count = 0
  /** What the positions point into: the bytes given to `read`, or the memory the batch was decompressed into. */
  bytes: Uint8Array = new Uint8Array(0)
  baseOffset = 0
  baseTimestamp = 0
  /** The broker's time stands for every record of the batch (`message.timestamp.type=LogAppendTime`). */
  logAppendTime = false
  maxTimestamp = 0
  valueStart = new Int32Array(0)
  /** -1 is null. */
  valueLength = new Int32Array(0)
  /** Offset of a record less `baseOffset`. */
  offsetDelta = new Int32Array(0)
  /** Timestamp of a record less `baseTimestamp`; see `timestampOf`. */
  timestampDelta = new Float64Array(0)
  keyStart = new Int32Array(0)
  keyLength = new Int32Array(0)
  private headersStart = new Int32Array(0)
  private readonly wanted: Required<Omit<RecordIndexOptions, 'decompressedBytesMax'>>
  private readonly decompressedBytesMax: number
  private readonly sink: ByteSink
  private position = 0

  constructor(options: RecordIndexOptions = {}) {
    const { timestamps = false, keys = false, headers = false } = options
    this.wanted = { timestamps, keys, headers }
    this.decompressedBytesMax = options.decompressedBytesMax ?? decompressedBytesMaxDefault
    this.sink = new ByteSink(this.decompressedBytesMax)
  }

  /**
   * Checks and indexes the batch at `at`, which must be wholly there (`batchEndAt`), leaving out records below
   * `fromOffset`: a fetch answers with the whole batch that holds the wanted offset. Throws KAFKA_BATCH_CORRUPT.
   */
  read(bytes: Uint8Array, at: number, fromOffset = 0): void {
    checkBatchChecksum(bytes, at)
    const attributes = attributesAt(bytes, at)
    this.baseOffset = readInt64(bytes, at)
    this.baseTimestamp = readInt64(bytes, at + 27)
    this.maxTimestamp = readInt64(bytes, at + 35)
    this.logAppendTime = (attributes & logAppendTimeBit) !== 0
    const recordCount = readInt32(bytes, at + 57)
    let start = at + batchHeaderBytes
    let end = at + batchSizeAt(bytes, at)
    this.bytes = bytes
    if ((attributes & compressionMask) !== 0) {
      this.sink.clear()
      decompressInto(attributes & compressionMask, bytes.subarray(start, end), this.sink, this.decompressedBytesMax)
      this.bytes = this.sink.bytes
      start = 0
      end = this.sink.length
    }
    if (recordCount < 0 || recordCount * recordBytesMin > end - start)
      this.fail(`${recordCount} records do not fit into it`)
    this.grow(recordCount)
    this.index(start, end, recordCount, fromOffset - this.baseOffset)
  }

  offsetOf(record: number): number {
    return this.baseOffset + this.offsetDelta[record]!
  }

  /** ms since 1970; -1 where the producer gave none. Needs the option `timestamps`. */
  timestampOf(record: number): number {
    return this.logAppendTime ? this.maxTimestamp : this.baseTimestamp + this.timestampDelta[record]!
  }

  /** Values are views, valid until the next `read`. Needs the option `headers`. */
  headersOf(record: number): RecordHeader[] {
    this.position = this.headersStart[record]!
    const headers: RecordHeader[] = []
    for (let left = this.varint(); left > 0; left--) {
      const key = this.slice(this.varint()) ?? this.fail('a header has no key')
      headers.push({
        key: Buffer.from(key.buffer, key.byteOffset, key.length).toString(),
        value: this.slice(this.varint()),
      })
    }
    return headers
  }

  private fail(detail: string): never {
    return corrupt(`the record batch at offset ${this.baseOffset}: ${detail}`)
  }

  private grow(count: number): void {
    if (count <= this.valueStart.length) return
    const capacity = Math.max(1024, 2 ** Math.ceil(Math.log2(count)))
    this.valueStart = new Int32Array(capacity)
    this.valueLength = new Int32Array(capacity)
    this.offsetDelta = new Int32Array(capacity)
    if (this.wanted.timestamps) this.timestampDelta = new Float64Array(capacity)
    if (this.wanted.headers) this.headersStart = new Int32Array(capacity)
    if (!this.wanted.keys) return
    this.keyStart = new Int32Array(capacity)
    this.keyLength = new Int32Array(capacity)
  }

  /** The hot loop. Every field is checked against the end of its record, and every record against the end of the batch. */
  private index(start: number, end: number, recordCount: number, deltaMin: number): void {
    const { timestamps, keys, headers } = this.wanted
    const { bytes, valueStart, valueLength, offsetDelta } = this
    let row = 0
    this.position = start
    for (let record = 0; record < recordCount; record++) {
      const length = this.varint()
      const recordEnd = this.position + length
      if (length < recordBytesMin - 1 || recordEnd > end) this.fail(`record ${record} is cut off`)
      this.position++ // attributes: none are defined
      if (timestamps) this.timestampDelta[row] = this.varlong()
      else while (bytes[this.position++]! >= 0x80);
      const delta = this.varint()
      const keySize = this.varint()
      if (keys) {
        this.keyStart[row] = this.position
        this.keyLength[row] = keySize
      }
      if (keySize > 0) this.position += keySize
      const valueSize = this.varint()
      if (keySize < -1 || valueSize < -1 || this.position + valueSize >= recordEnd)
        this.fail(`record ${record} is malformed`)
      valueStart[row] = this.position
      valueLength[row] = valueSize
      offsetDelta[row] = delta
      if (headers) this.headersStart[row] = valueSize > 0 ? this.position + valueSize : this.position
      this.position = recordEnd
      if (delta >= deltaMin) row++
    }
    if (this.position !== end) this.fail(`${end - this.position} bytes behind the last record`)
    this.count = row
  }

  private varint(): number {
    const { bytes } = this
    let byte = bytes[this.position++]!
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    let value = byte & 0x7f
    for (let shift = 7; shift < 35; shift += 7) {
      byte = bytes[this.position++]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    return this.fail('a varint of more than 5 bytes')
  }

  private varlong(): number {
    let byte = this.bytes[this.position++]!
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    let value = byte & 0x7f
    for (let scale = 128; scale <= 2 ** 63; scale *= 128) {
      byte = this.bytes[this.position++]!
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    return this.fail('a varlong of more than 10 bytes')
  }

  private slice(length: number): Uint8Array | null {
    if (length === -1) return null
    const start = this.position
    if (length < 0 || start + length > this.bytes.length) this.fail('a header is cut off')
    this.position = start + length
    return this.bytes.subarray(start, start + length)
  }
}
