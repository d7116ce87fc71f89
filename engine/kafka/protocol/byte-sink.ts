// Memory that grows while something is decompressed into it, up to a stated limit.
import { FlinktsError } from '../../common/errors.ts'

/** Reports bytes that are not what their format demands. */
export function corrupt(detail: string): never {
  throw new FlinktsError('KAFKA_BATCH_CORRUPT', detail)
}

/** `bytes` is replaced when it grows: look at it after `reserve` only. The same sink may be filled again after `clear`. */
export class ByteSink {
  bytes: Uint8Array
  length = 0
  private readonly bytesMax: number

  constructor(bytesMax: number, bytesExpected = 0) {
    this.bytesMax = bytesMax
    this.bytes = Buffer.allocUnsafeSlow(Math.min(bytesExpected, bytesMax))
  }

  clear(): void {
    this.length = 0
  }

  /** Room for `count` more bytes; returns where it begins. */
  reserve(count: number): number {
    const start = this.length
    const needed = start + count
    if (needed > this.bytesMax) corrupt(`decompressed it has more than ${this.bytesMax} bytes`)
    if (needed > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(this.bytesMax, Math.max(needed, 2 * this.bytes.length)))
      grown.set(this.bytes.subarray(0, start))
      this.bytes = grown
    }
    this.length = needed
    return start
  }

  /** Room for up to `count` more bytes, less only where the limit is near. The caller sets `length` to what it filled. */
  reserveUpTo(count: number): number {
    return this.reserve(Math.min(count, this.bytesMax - this.length))
  }

  write(bytes: Uint8Array): void {
    const start = this.reserve(bytes.length)
    this.bytes.set(bytes, start)
  }
}

/** Copies literals; short ones byte by byte, which costs less than a call of `set`. Returns where the copy ends. */
export function copyLiteral(from: Uint8Array, position: number, size: number, to: Uint8Array, fill: number): number {
  if (size > 48) to.set(from.subarray(position, position + size), fill)
  else for (let i = 0; i < size; i++) to[fill + i] = from[position + i]!
  return fill + size
}

/** Repeats what lies `offset` bytes back; the two may overlap, then the pattern repeats. Returns where the copy ends. */
export function copyMatch(out: Uint8Array, fill: number, offset: number, size: number): number {
  if (size > 48 && offset >= size) out.copyWithin(fill, fill - offset, fill - offset + size)
  else for (let i = 0; i < size; i++) out[fill + i] = out[fill + i - offset]!
  return fill + size
}
