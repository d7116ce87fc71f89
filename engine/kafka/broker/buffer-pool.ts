// Memory for answers of Fetch, used again and again: fresh memory of this size costs more than reading the file into it.

const smallestBytes = 64 * 1024
const largestBytes = 64 * 1024 * 1024

export class BufferPool {
  private readonly idle = new Map<number, Buffer[]>()
  private readonly idleBytesMax: number
  private idleBytes = 0

  constructor(idleBytesMax = 16 * 1024 * 1024) {
    this.idleBytesMax = idleBytesMax
  }

  /** At least `bytes` long. Sizes that are not worth keeping come fresh. */
  take(bytes: number): Buffer {
    if (bytes < smallestBytes || bytes > largestBytes) return Buffer.allocUnsafeSlow(bytes)
    const size = sizeClass(bytes)
    const kept = this.idle.get(size)?.pop()
    if (kept === undefined) return Buffer.allocUnsafeSlow(size)
    this.idleBytes -= size
    return kept
  }

  /** Nobody reads or writes `buffer` any more; it is exactly what `take` gave. */
  giveBack(buffer: Buffer): void {
    const size = buffer.length
    if (size < smallestBytes || size > largestBytes || size !== sizeClass(size)) return
    if (this.idleBytes + size > this.idleBytesMax) return
    this.idleBytes += size
    const kept = this.idle.get(size)
    if (kept === undefined) this.idle.set(size, [buffer])
    else kept.push(buffer)
  }
}

/** The next power of two, so that one answer's memory fits the next one. */
function sizeClass(bytes: number): number {
  return 2 ** Math.ceil(Math.log2(bytes))
}
