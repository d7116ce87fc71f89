// Writes the primitive types of the Kafka protocol (grammar: message-reader.ts) as a list of chunks: long byte fields go
// out as they are, by reference, so that records are never copied.
import { FlinktsError } from '../../common/errors.ts'
import { zeroUuid } from './message-schema.ts'

/** Byte fields from this length on become chunks of their own; shorter ones cost less to copy than to send apart. */
const bytesByReferenceMin = 2048
const chunkBytesMin = 256

export class MessageWriter {
  private readonly chunks: Uint8Array[] = []
  private chunksBytes = 0
  private buffer: Buffer
  private view: DataView
  private start = 0
  private position = 0

  constructor(bytesExpected = chunkBytesMin) {
    this.buffer = Buffer.allocUnsafeSlow(bytesExpected)
    this.view = new DataView(this.buffer.buffer)
  }

  /** Bytes written so far. */
  get length(): number {
    return this.chunksBytes + this.position - this.start
  }

  /** What was written, in order. Long byte fields are the caller's own memory: it must not change until they are sent. */
  finish(): Uint8Array[] {
    this.closeChunk()
    return this.chunks
  }

  /** Overwrites the first four bytes written, which must be in the first chunk, as an int32. */
  setFirstInt32(value: number): void {
    const first = this.chunks[0] ?? this.buffer
    new DataView(first.buffer, first.byteOffset).setInt32(0, value)
  }

  refuse(detail: string): never {
    throw new FlinktsError('KAFKA_PROTOCOL', `cannot encode a Kafka message: ${detail}`)
  }

  /** A field that this version cannot carry holds something that would be lost. */
  refuseField(message: string, version: number, field: string): never {
    throw new FlinktsError('KAFKA_UNSUPPORTED', `${message} version ${version} cannot carry ${field}`, {
      fix: 'Talk to a newer Kafka broker, or leave the feature out.',
    })
  }

  refuseNull(message: string, version: number, field: string): never {
    return this.refuse(`${field} of ${message} version ${version} must not be null`)
  }

  bool(value: boolean): void {
    const position = this.reserve(1)
    this.buffer[position] = value ? 1 : 0
  }

  int8(value: number): void {
    if ((value << 24) >> 24 !== value) this.refuse(`${value} is no int8`)
    const position = this.reserve(1)
    this.view.setInt8(position, value)
  }

  int16(value: number): void {
    if ((value << 16) >> 16 !== value) this.refuse(`${value} is no int16`)
    const position = this.reserve(2)
    this.view.setInt16(position, value)
  }

  uint16(value: number): void {
    if ((value & 0xffff) !== value) this.refuse(`${value} is no uint16`)
    const position = this.reserve(2)
    this.view.setUint16(position, value)
  }

  int32(value: number): void {
    if ((value | 0) !== value) this.refuse(`${value} is no int32`)
    const position = this.reserve(4)
    this.view.setInt32(position, value)
  }

  int64(value: bigint): void {
    if (BigInt.asIntN(64, value) !== value) this.refuse(`${value} is no int64`)
    const position = this.reserve(8)
    this.view.setBigInt64(position, value)
  }

  float64(value: number): void {
    const position = this.reserve(8)
    this.view.setFloat64(position, value)
  }

  uuid(value: string): void {
    const start = this.reserve(16)
    if (value === zeroUuid) this.buffer.fill(0, start, start + 16)
    else if (value.length !== 22 || this.buffer.write(value, start, 16, 'base64url') !== 16)
      this.refuse(`'${value}' is no uuid`)
  }

  unsignedVarint(value: number): void {
    let rest = value >>> 0
    while (rest >= 0x80) {
      const position = this.reserve(1)
      this.buffer[position] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    const position = this.reserve(1)
    this.buffer[position] = rest
  }

  string(value: string | null): void {
    if (value === null) return this.int16(-1)
    const length = Buffer.byteLength(value)
    if (length > 0x7fff) this.refuse(`a string of ${length} bytes, 32767 fit`)
    this.int16(length)
    this.text(value, length)
  }

  compactString(value: string | null): void {
    if (value === null) return this.unsignedVarint(0)
    const length = Buffer.byteLength(value)
    this.unsignedVarint(length + 1)
    this.text(value, length)
  }

  bytes(value: Uint8Array | null): void {
    if (value === null) return this.int32(-1)
    this.int32(value.length)
    this.raw(value)
  }

  compactBytes(value: Uint8Array | null): void {
    if (value === null) return this.unsignedVarint(0)
    this.unsignedVarint(value.length + 1)
    this.raw(value)
  }

  arrayLength(length: number): void {
    this.int32(length)
  }

  compactArrayLength(length: number): void {
    this.unsignedVarint(length + 1)
  }

  /** Writes a tagged field whose value `write` produces. */
  taggedField(tag: number, write: (field: MessageWriter) => void): void {
    const field = new MessageWriter()
    write(field)
    this.unsignedVarint(tag)
    this.unsignedVarint(field.length)
    for (const chunk of field.finish()) this.raw(chunk)
  }

  private raw(value: Uint8Array): void {
    if (value.length < bytesByReferenceMin) {
      const position = this.reserve(value.length)
      this.buffer.set(value, position)
      return
    }
    this.closeChunk()
    this.chunks.push(value)
    this.chunksBytes += value.length
  }

  private text(value: string, length: number): void {
    const position = this.reserve(length)
    this.buffer.write(value, position, length, 'utf8')
  }

  private closeChunk(): void {
    if (this.position === this.start) return
    this.chunks.push(this.buffer.subarray(this.start, this.position))
    this.chunksBytes += this.position - this.start
    this.start = this.position
  }

  /** Room for `length` bytes; returns where it begins. May replace `buffer` and `view`: look at them afterwards only. Before the first closed chunk the buffer grows, so that small messages are one chunk. */
  private reserve(length: number): number {
    if (this.position + length > this.buffer.length) {
      const pending = this.position - this.start
      const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.buffer.length, pending + length))
      this.buffer.copy(grown, 0, this.start, this.position)
      this.buffer = grown
      this.view = new DataView(grown.buffer)
      this.start = 0
      this.position = pending
    }
    const position = this.position
    this.position += length
    return position
  }
}
