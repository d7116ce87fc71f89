// Writing and reading the bytes of a page. Numbers in the machine's byte order: a page never leaves the process.
import { Buffer } from 'node:buffer'

const INITIAL_BYTES = 16 * 1024

/** Appends to a buffer that grows and is reused; `finish` copies what was written out of it. */
export class PageWriter {
  #bytes = Buffer.from(new ArrayBuffer(INITIAL_BYTES))
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  reset(): void {
    this.#length = 0
  }

  /** Next write starts at a multiple of 8, so that the reader can lay typed arrays over the page. */
  align(): void {
    const aligned = (this.#length + 7) & ~7
    this.#reserve(aligned - this.#length)
    this.#bytes.fill(0, this.#length, aligned)
    this.#length = aligned
  }

  uint8(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  int32(value: number): void {
    this.#reserve(4)
    this.#view.setInt32(this.#length, value, true)
    this.#length += 4
  }

  float64(value: number): void {
    this.#reserve(8)
    this.#view.setFloat64(this.#length, value, true)
    this.#length += 8
  }

  /** The first `count` elements, as they lie in memory. */
  elements(values: Uint8Array | Int32Array | Float32Array | Float64Array, count: number): void {
    const source = new Uint8Array(values.buffer, values.byteOffset, count * values.BYTES_PER_ELEMENT)
    this.#reserve(source.byteLength)
    this.#bytes.set(source, this.#length)
    this.#length += source.byteLength
  }

  bytes(value: Uint8Array): void {
    this.int32(value.byteLength)
    this.elements(value, value.byteLength)
  }

  /** One byte per unit where the text is ASCII, else UTF-16: exact for lone surrogates too, which UTF-8 cannot hold. */
  text(value: string): void {
    const ascii = isAscii(value)
    const byteLength = ascii ? value.length : value.length * 2
    this.int32(ascii ? byteLength : -byteLength)
    this.#reserve(byteLength)
    this.#bytes.write(value, this.#length, ascii ? 'latin1' : 'utf16le')
    this.#length += byteLength
  }

  finish(): ArrayBuffer {
    return this.#bytes.buffer.slice(0, this.#length)
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    const grown = Buffer.from(new ArrayBuffer(Math.max(needed, this.#bytes.length * 2)))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

function isAscii(value: string): boolean {
  for (let index = 0; index < value.length; index++) if (value.charCodeAt(index) > 127) return false
  return true
}

export class PageReader {
  readonly #buffer: ArrayBuffer
  readonly #bytes: Buffer
  readonly #view: DataView
  #offset = 0

  constructor(page: ArrayBuffer) {
    this.#buffer = page
    this.#bytes = Buffer.from(page)
    this.#view = new DataView(page)
  }

  align(): void {
    this.#offset = (this.#offset + 7) & ~7
  }

  uint8(): number {
    return this.#bytes[this.#offset++]!
  }

  int32(): number {
    const value = this.#view.getInt32(this.#offset, true)
    this.#offset += 4
    return value
  }

  float64(): number {
    const value = this.#view.getFloat64(this.#offset, true)
    this.#offset += 8
    return value
  }

  /** Views over the page, not copies. The offset must be aligned for the element size. */
  uint8s(count: number): Uint8Array {
    return new Uint8Array(this.#buffer, this.#take(count), count)
  }

  int32s(count: number): Int32Array {
    return new Int32Array(this.#buffer, this.#take(count * 4), count)
  }

  float32s(count: number): Float32Array {
    return new Float32Array(this.#buffer, this.#take(count * 4), count)
  }

  float64s(count: number): Float64Array {
    return new Float64Array(this.#buffer, this.#take(count * 8), count)
  }

  /** A copy: a cell may outlive its page. */
  bytes(): Uint8Array {
    return this.uint8s(this.int32()).slice()
  }

  text(): string {
    const marked = this.int32()
    const byteLength = Math.abs(marked)
    const start = this.#take(byteLength)
    return this.#bytes.toString(marked >= 0 ? 'latin1' : 'utf16le', start, start + byteLength)
  }

  #take(byteLength: number): number {
    const start = this.#offset
    this.#offset += byteLength
    return start
  }
}
