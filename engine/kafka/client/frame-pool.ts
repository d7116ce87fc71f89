// Memory for fetched frames, used again: fresh memory for every fetch would cost more than reading it.

const stepBytes = 256 * 1024

/** Keeps at most `framesMax` buffers. What is larger than `frameBytesMax` is not kept: one huge batch must not stay for ever. */
export class FramePool {
  private readonly free: Buffer[] = []
  private readonly framesMax: number
  private readonly frameBytesMax: number

  constructor(framesMax: number, frameBytesMax: number) {
    this.framesMax = framesMax
    this.frameBytesMax = frameBytesMax
  }

  /** Memory of exactly `frameBytes`, the caller's until `release`. */
  take(frameBytes: number): Buffer {
    const index = this.free.findIndex((buffer) => buffer.length >= frameBytes)
    if (index >= 0) return this.free.splice(index, 1)[0]!.subarray(0, frameBytes)
    return Buffer.allocUnsafeSlow(Math.ceil(frameBytes / stepBytes) * stepBytes).subarray(0, frameBytes)
  }

  release(frame: Buffer): void {
    const whole = Buffer.from(frame.buffer)
    if (whole.length > this.frameBytesMax + stepBytes) return
    this.free.push(whole)
    // The smallest goes: the others fit more frames.
    if (this.free.length > this.framesMax) this.free.sort((a, b) => b.length - a.length).pop()
  }
}
