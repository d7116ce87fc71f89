// Memory for answers of Fetch, used again and again: fresh memory of this size costs more than reading the file into it.
// It also knows how much lies in answers that clients have not taken yet, so that many slow ones cannot ask for all memory.

const smallestBytes = 64 * 1024
const largestBytes = 64 * 1024 * 1024
const takenBytesMaxDefault = 128 * 1024 * 1024

export class BufferPool {
  private readonly idle = new Map<number, Buffer[]>()
  private readonly idleBytesMax: number
  private readonly takenBytesMax: number
  private idleBytes = 0
  private takenBytes = 0

  constructor(idleBytesMax = 16 * 1024 * 1024, takenBytesMax = takenBytesMaxDefault) {
    this.idleBytesMax = idleBytesMax
    this.takenBytesMax = takenBytesMax
  }

  /**
   * How large an answer may be now: a share of what is left, so that those who take theirs late leave something to others,
   * and never nothing.
   */
  get answerBytesMax(): number {
    return Math.max(Math.floor((this.takenBytesMax - this.takenBytes) / 2), smallestBytes)
  }

  /** At least `bytes` long. Sizes that are not worth keeping come fresh. */
  take(bytes: number): Buffer {
    const size = bytes < smallestBytes || bytes > largestBytes ? bytes : sizeClass(bytes)
    this.takenBytes += size
    const kept = this.idle.get(size)?.pop()
    if (kept === undefined) return Buffer.allocUnsafeSlow(size)
    this.idleBytes -= size
    return kept
  }

  /** Nobody reads or writes `buffer` any more; it is exactly what `take` gave. */
  giveBack(buffer: Buffer): void {
    const size = buffer.length
    this.takenBytes -= size
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
