// Cuts a byte stream into frames (int32 size, then that many bytes) with at most one copy of what arrives.
import { FlinktsError } from '../../common/errors.ts'

/** Kafka's `socket.request.max.bytes`. */
export const frameBytesMaxDefault = 100 * 1024 * 1024
const slabBytes = 64 * 1024

export interface FrameReceiverOptions {
  /** Called per frame, in order. See FrameReceiver for how long its bytes stay valid. */
  readonly onFrame: (frame: Buffer) => void
  /** Where a frame that is larger than a slab is received. Default: fresh memory. */
  readonly allocate?: (frameBytes: number) => Buffer
  readonly frameBytesMax?: number
}

/**
 * Two ways in: `space()` and `filled(n)` for sockets that read straight into given memory (net's `onread`: no copy at
 * all), `push(chunk)` for those that hand out their own chunks.
 *
 * Memory: small frames are cut from slabs of 64 KiB that are never written again, so such a frame stays valid for as
 * long as somebody holds it. A frame that does not fit into a slab is received into what `allocate` gave for it; whoever
 * provides `allocate` decides when that memory may be used again.
 *
 * A size that is not positive or above `frameBytesMax` throws FlinktsError KAFKA_PROTOCOL: the stream is lost then.
 */
export class FrameReceiver {
  private readonly onFrame: (frame: Buffer) => void
  private readonly allocate: (frameBytes: number) => Buffer
  /** May be changed between frames. */
  frameBytesMax: number
  private slab = Buffer.allocUnsafeSlow(slabBytes)
  /** Bytes of `slab` from `frameStart` to `fill` are received and belong to no complete frame yet. */
  private frameStart = 0
  private fill = 0
  private large: Buffer | undefined
  private largeFill = 0

  constructor(options: FrameReceiverOptions) {
    this.onFrame = options.onFrame
    this.allocate = options.allocate ?? ((frameBytes) => Buffer.allocUnsafeSlow(frameBytes))
    this.frameBytesMax = options.frameBytesMax ?? frameBytesMaxDefault
  }

  /** Memory for the next bytes of the stream: never empty, valid until the next call of a method. */
  space(): Buffer {
    return this.large === undefined ? this.slab.subarray(this.fill) : this.large.subarray(this.largeFill)
  }

  /** The first `count` bytes of the last `space()` were filled. */
  filled(count: number): void {
    if (this.large === undefined) {
      this.fill += count
      this.cutSlab()
      return
    }
    this.largeFill += count
    if (this.largeFill < this.large.length) return
    const frame = this.large
    this.large = undefined
    this.onFrame(frame)
  }

  push(chunk: Uint8Array): void {
    for (let position = 0; position < chunk.length;) {
      const space = this.space()
      const count = Math.min(space.length, chunk.length - position)
      space.set(chunk.subarray(position, position + count))
      position += count
      this.filled(count)
    }
  }

  private cutSlab(): void {
    while (this.fill - this.frameStart >= 4) {
      const size = this.slab.readInt32BE(this.frameStart)
      if (size <= 0 || size > this.frameBytesMax)
        throw new FlinktsError(
          'KAFKA_PROTOCOL',
          `a Kafka frame of ${size} bytes; 1 to ${this.frameBytesMax} are possible`,
        )
      const bodyStart = this.frameStart + 4
      if (this.fill - bodyStart < size) {
        if (bodyStart + size > this.slab.length) this.moveOn(bodyStart, size)
        return
      }
      this.frameStart = bodyStart + size
      this.onFrame(this.slab.subarray(bodyStart, bodyStart + size))
    }
    if (this.slab.length - this.frameStart < 4 || this.fill === this.slab.length) this.nextSlab()
  }

  /** The frame whose body begins at `bodyStart` does not fit into what is left of the slab. */
  private moveOn(bodyStart: number, size: number): void {
    if (size + 4 <= slabBytes) return this.nextSlab()
    this.large = this.allocate(size)
    this.largeFill = this.slab.copy(this.large, 0, bodyStart, this.fill)
    this.frameStart = this.fill
    if (this.slab.length - this.fill < 4) this.nextSlab()
  }

  private nextSlab(): void {
    const next = Buffer.allocUnsafeSlow(slabBytes)
    this.fill = this.slab.copy(next, 0, this.frameStart, this.fill)
    this.frameStart = 0
    this.slab = next
  }
}
