// Memory that grows, written as bytes: what generators spell their events into, without a string per record.

const ZERO = 48
const MINUS = 45
const POINT = 46
/** Below it numbers are worked on as 32-bit integers, which is several times faster. */
const SMALL_MAX = 0x7fffffff
const TEN_MILLION = 10_000_000

export class ByteWriter {
  /** Replaced when it grows: positions stay valid, views of it do not. */
  bytes: Buffer
  length = 0

  constructor(capacityBytes = 64 * 1024) {
    this.bytes = Buffer.allocUnsafeSlow(capacityBytes)
  }

  clear(): void {
    this.length = 0
  }

  /** Room for so many more bytes. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, this.length + count))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
  }

  byte(value: number): void {
    this.reserve(1)
    this.bytes[this.length++] = value
  }

  raw(source: Uint8Array, start = 0, end = source.length): void {
    this.reserve(end - start)
    // Calling out of JavaScript costs more than a short loop.
    if (end - start > 64) this.bytes.set(source.subarray(start, end), this.length)
    else for (let from = start, to = this.length; from < end; from++, to++) this.bytes[to] = source[from]!
    this.length += end - start
  }

  utf8(text: string): void {
    this.reserve(text.length * 3)
    this.length += this.bytes.write(text, this.length)
  }

  /** A safe integer in decimal digits. */
  integer(value: number): void {
    this.reserve(20)
    if (value < 0) {
      this.bytes[this.length++] = MINUS
      value = -value
    }
    if (value <= SMALL_MAX) return this.small(value)
    const high = Math.floor(value / TEN_MILLION)
    if (high <= SMALL_MAX) this.small(high)
    else this.integer(high)
    this.digits(value - high * TEN_MILLION, 7)
  }

  /** `unscaled` × 10^-`scale` without zeros at the end: 1250 and 2 is `12.5`. Both small; `scale` at most 6. */
  decimal(unscaled: number, scale: number): void {
    this.reserve(20)
    if (unscaled < 0) {
      this.bytes[this.length++] = MINUS
      unscaled = -unscaled
    }
    while (scale > 0 && unscaled % 10 === 0) {
      unscaled = (unscaled / 10) | 0
      scale--
    }
    const unit = 10 ** scale
    const whole = Math.floor(unscaled / unit)
    this.small(whole)
    if (scale === 0) return
    this.bytes[this.length++] = POINT
    this.digits(unscaled - whole * unit, scale)
  }

  /** The last `count` digits of a small integer, zeros before it. */
  digits(value: number, count: number): void {
    this.reserve(count)
    let rest = value | 0
    for (let at = this.length + count - 1; at >= this.length; at--) {
      const tenth = (rest / 10) | 0
      this.bytes[at] = ZERO + rest - tenth * 10
      rest = tenth
    }
    this.length += count
  }

  /** 0 up to 2^31 - 1; the room is reserved. */
  private small(value: number): void {
    let count = 1
    for (let limit = 10; count < 10 && value >= limit; limit *= 10) count++
    this.digits(value, count)
  }
}
