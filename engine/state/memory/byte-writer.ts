// Little-endian bytes in a growing buffer, and their checked reader: what snapshots are written with.
import { FlinktsError } from '../../common/errors.ts'

const textEncoder = new TextEncoder()
const textDecoder = new TextDecoder()
/** Up to here a loop is faster than TextEncoder. */
const SHORT_TEXT_LENGTH = 64
const LONE_SURROGATE = /\p{Surrogate}/u

export class ByteWriter {
  #bytes = new Uint8Array(4096)
  #view = new DataView(this.#bytes.buffer)
  length = 0

  uint8(value: number): void {
    this.#reserve(1)
    this.#bytes[this.length++] = value
  }

  int32(value: number): void {
    this.#reserve(4)
    this.#view.setInt32(this.length, value, true)
    this.length += 4
  }

  float64(value: number): void {
    this.#reserve(8)
    this.#view.setFloat64(this.length, value, true)
    this.length += 8
  }

  bytes(value: Uint8Array): void {
    this.int32(value.length)
    this.raw(value)
  }

  raw(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#bytes.set(value, this.length)
    this.length += value.length
  }

  /** UTF-8; text with lone surrogates, which UTF-8 cannot hold, as UTF-16 with a negative length. */
  text(value: string): void {
    if (value.length <= SHORT_TEXT_LENGTH && this.#shortAscii(value)) return
    if (!LONE_SURROGATE.test(value)) {
      this.bytes(textEncoder.encode(value))
      return
    }
    this.int32(-value.length)
    for (let index = 0; index < value.length; index++) {
      this.uint8(value.charCodeAt(index) & 255)
      this.uint8(value.charCodeAt(index) >>> 8)
    }
  }

  /** Writes text that is ASCII without the encoder's call; gives false, and nothing written, where it is not. */
  #shortAscii(value: string): boolean {
    const { length } = value
    this.#reserve(4 + length)
    const start = this.length + 4
    for (let index = 0; index < length; index++) {
      const unit = value.charCodeAt(index)
      if (unit > 127) return false
      this.#bytes[start + index] = unit
    }
    this.#view.setInt32(this.length, length, true)
    this.length = start + length
    return true
  }

  /** What was written, as a copy; the writer is empty afterwards. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.length)
    this.length = 0
    return taken
  }

  #reserve(count: number): void {
    if (this.length + count <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(this.length + count, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.length))
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get remaining(): number {
    return this.#bytes.length - this.offset
  }

  uint8(): number {
    return this.#bytes[this.#take(1)]!
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4), true)
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8), true)
  }

  /** A view, not a copy. */
  raw(length: number): Uint8Array {
    const start = this.#take(length)
    return this.#bytes.subarray(start, start + length)
  }

  bytes(): Uint8Array {
    return this.raw(this.int32())
  }

  text(): string {
    const length = this.int32()
    if (length >= 0) return textDecoder.decode(this.raw(length))
    let text = ''
    for (let index = 0; index < -length; index++) text += String.fromCharCode(this.uint8() | (this.uint8() << 8))
    return text
  }

  #take(length: number): number {
    if (length < 0 || length > this.remaining) {
      throw new FlinktsError(
        'STATE_CORRUPT',
        `a snapshot ends at byte ${this.#bytes.length} in the middle of a value`,
        {
          fix: 'Restore from an earlier checkpoint.',
        },
      )
    }
    const start = this.offset
    this.offset += length
    return start
  }
}
