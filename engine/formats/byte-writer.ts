// A growing buffer that encoders append to: numbers and short ASCII text are written byte by byte, without strings in
// between.

const INITIAL_BYTES = 64 * 1024

export class ByteWriter {
  bytes: Buffer
  /** Bytes written so far; setting it back drops what was written behind. */
  length = 0

  constructor(initialBytes = INITIAL_BYTES) {
    this.bytes = Buffer.allocUnsafe(initialBytes)
  }

  /** Makes room for `byteCount` more bytes. What was handed out of `bytes` before stays as it is. */
  ensure(byteCount: number): void {
    const needed = this.length + byteCount
    if (needed <= this.bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.ensure(1)
    this.bytes[this.length++] = value
  }

  raw(source: Uint8Array): void {
    this.ensure(source.length)
    const { bytes } = this
    let { length } = this
    for (let index = 0; index < source.length; index++) bytes[length++] = source[index]!
    this.length = length
  }

  /** A safe integer in decimal digits. */
  integer(value: number): void {
    if (value < 0) {
      this.byte(45)
      value = -value
    }
    if (value > 0xffffffff) {
      this.ascii(String(value))
      return
    }
    let digits = 1
    for (let limit = 10; limit <= value && digits < 10; limit *= 10) digits++
    this.ensure(digits)
    let position = this.length + digits
    this.length = position
    const { bytes } = this
    do {
      const quotient = Math.floor(value / 10)
      bytes[--position] = 48 + (value - quotient * 10)
      value = quotient
    } while (value > 0)
  }

  /** Text of ASCII characters only. */
  ascii(text: string): void {
    this.ensure(text.length)
    const { bytes } = this
    let { length } = this
    for (let index = 0; index < text.length; index++) bytes[length++] = text.charCodeAt(index)
    this.length = length
  }

  utf8(text: string): void {
    this.ensure(text.length * 3)
    this.length += this.bytes.write(text, this.length, 'utf8')
  }
}
