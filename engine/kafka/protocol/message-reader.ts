// Reads the primitive types of the Kafka protocol out of one frame, never past its end.
//
//   int8 … int64, float64   big endian              bool             one byte, 0 is false
//   varint                  unsigned LEB128          uuid             16 bytes
//   string                  int16 length, UTF-8      compact string   varint (length + 1), UTF-8; null is 0
//   bytes, records          int32 length             compact bytes    varint (length + 1); null is 0
//   array                   int32 count              compact array    varint (count + 1); null is 0
//   tagged fields           varint count, then per field varint tag, varint size, that many bytes
//
// A decoded element takes more memory than its bytes did, so the elements of all arrays of one message are bounded too.
import { FlinktsError } from '../../common/errors.ts'

/** Far more than one node has topics, partitions and groups to speak of. */
const elementsMax = 1_000_000

export class MessageReader {
  readonly bytes: Buffer
  readonly view: DataView
  position: number
  readonly end: number
  private elementsLeft = elementsMax

  constructor(bytes: Uint8Array, position = 0) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.position = position
    this.end = bytes.length
  }

  /** Reserves `length` bytes and returns where they begin. */
  take(length: number): number {
    const start = this.position
    if (length < 0 || length > this.end - start) this.fail(`${length} bytes wanted, ${this.end - start} left`)
    this.position = start + length
    return start
  }

  fail(detail: string): never {
    throw new FlinktsError(
      'KAFKA_PROTOCOL',
      `malformed Kafka message at byte ${this.position} of ${this.end}: ${detail}`,
    )
  }

  bool(): boolean {
    return this.bytes[this.take(1)] !== 0
  }

  int8(): number {
    return this.view.getInt8(this.take(1))
  }

  int16(): number {
    return this.view.getInt16(this.take(2))
  }

  uint16(): number {
    return this.view.getUint16(this.take(2))
  }

  int32(): number {
    return this.view.getInt32(this.take(4))
  }

  int64(): bigint {
    return this.view.getBigInt64(this.take(8))
  }

  float64(): number {
    return this.view.getFloat64(this.take(8))
  }

  uuid(): string {
    const start = this.take(16)
    return this.bytes.toString('base64url', start, start + 16)
  }

  unsignedVarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[this.take(1)]!
      if (shift === 28 && byte > 0x0f) this.fail('a varint of more than 32 bits')
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    return this.fail('a varint of more than 5 bytes')
  }

  nullableString(): string | null {
    return this.text(this.int16())
  }

  string(): string {
    return this.nullableString() ?? this.failNull()
  }

  nullableCompactString(): string | null {
    return this.text(this.unsignedVarint() - 1)
  }

  compactString(): string {
    return this.nullableCompactString() ?? this.failNull()
  }

  nullableBytes(): Uint8Array | null {
    return this.slice(this.int32())
  }

  nonNullBytes(): Uint8Array {
    return this.nullableBytes() ?? this.failNull()
  }

  nullableCompactBytes(): Uint8Array | null {
    return this.slice(this.unsignedVarint() - 1)
  }

  compactBytes(): Uint8Array {
    return this.nullableCompactBytes() ?? this.failNull()
  }

  /** Element count, -1 for null; refused where the rest of the frame cannot hold that many elements. */
  nullableArrayLength(elementBytesMin: number): number {
    return this.boundedLength(this.int32(), elementBytesMin)
  }

  arrayLength(elementBytesMin: number): number {
    const length = this.nullableArrayLength(elementBytesMin)
    return length < 0 ? this.failNull() : length
  }

  nullableCompactArrayLength(elementBytesMin: number): number {
    return this.boundedLength(this.unsignedVarint() - 1, elementBytesMin)
  }

  compactArrayLength(elementBytesMin: number): number {
    const length = this.nullableCompactArrayLength(elementBytesMin)
    return length < 0 ? this.failNull() : length
  }

  /** A nullable struct is preceded by -1 for null, else 1. */
  structPresent(): boolean {
    return this.int8() >= 0
  }

  /** End of a tagged field of `size` bytes that begins here. */
  taggedFieldEnd(size: number): number {
    if (size > this.end - this.position) this.fail(`a tagged field of ${size} bytes, ${this.end - this.position} left`)
    return this.position + size
  }

  /** Called after the tagged field was read: what a later version may have put behind the known part is skipped. */
  endTaggedField(end: number): void {
    if (this.position > end) this.fail('a tagged field is longer than its size says')
    this.position = end
  }

  skipTaggedFields(): void {
    for (let count = this.unsignedVarint(); count > 0; count--) {
      this.unsignedVarint()
      this.endTaggedField(this.taggedFieldEnd(this.unsignedVarint()))
    }
  }

  private boundedLength(length: number, elementBytesMin: number): number {
    if (length < -1 || length * elementBytesMin > this.end - this.position)
      this.fail(`an array of ${length} elements, ${this.end - this.position} bytes left`)
    this.elementsLeft -= Math.max(length, 0)
    if (this.elementsLeft < 0) this.fail(`more than ${elementsMax} array elements`)
    return length
  }

  private text(length: number): string | null {
    if (length === -1) return null
    const start = this.take(length)
    return this.bytes.toString('utf8', start, start + length)
  }

  private slice(length: number): Uint8Array | null {
    if (length === -1) return null
    const start = this.take(length)
    return this.bytes.subarray(start, start + length)
  }

  private failNull(): never {
    return this.fail('null where the schema forbids it')
  }
}
