// A buffer that binary COPY rows and array parameters are encoded into, with big-endian stores.
// The first bytes are left free for the CopyData header, so that a chunk goes out in one write without a copy.

/** CopyData: 'd' and the length of the rest. */
export const COPY_HEADER_BYTES = 5

export class CopyChunk {
  bytes: Buffer
  view: DataView
  /** Where the next byte goes. */
  length = COPY_HEADER_BYTES
  rowCount = 0

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity)
    this.view = new DataView(this.bytes.buffer)
  }

  clear(): void {
    this.length = COPY_HEADER_BYTES
    this.rowCount = 0
  }

  get isEmpty(): boolean {
    return this.length === COPY_HEADER_BYTES
  }

  /** Makes room for `byteCount` more bytes. */
  ensure(byteCount: number): void {
    const needed = this.length + byteCount
    if (needed <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
    this.view = new DataView(grown.buffer)
  }

  /** The chunk as one CopyData message. */
  toCopyData(): Buffer {
    this.bytes[0] = 0x64
    this.view.setInt32(1, this.length - 1)
    return this.bytes.subarray(0, this.length)
  }
}
