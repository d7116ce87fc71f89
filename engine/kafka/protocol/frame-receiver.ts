// Cuts a byte stream into frames (int32 size, then that many bytes) with at most one copy of what arrives.
import { FlinktsError } from '../../common/errors.ts'

/** Kafka's `socket.request.max.bytes`. */
export const frameBytesMaxDefault = 100 * 1024 * 1024
const slabBytes = 64 * 1024
/** A frame that is larger gets its memory as its bytes come in: what is announced costs nothing until it is sent. */
const announcedBytesMax = 256 * 1024
const growthFactor = 4

export interface FrameReceiverOptions {
  /** Called per frame, in order. See FrameReceiver for how long its bytes stay valid. */
  readonly onFrame: (frame: Buffer) => void
  /** Where a frame that is larger than a slab is received, as a whole. Default: fresh memory that grows with the frame. */
  readonly allocate?: (frameBytes: number) => Buffer
  readonly frameBytesMax?: number
}

/**
 * Two ways in: `space()` and `filled(n)` for sockets that read straight into given memory (net's `onread`: no copy at
 * all), `push(chunk)` for those that hand out their own chunks, which must never be written again: frames that came whole
 * are cut out of them.
 *
 * Memory: small frames that came in pieces are cut from slabs of 64 KiB that are never written again, so such a frame
 * stays valid for as long as somebody holds it; between frames `push` holds no slab. A frame that does not fit into a slab
 * is received into what `allocate` gave for it; whoever provides `allocate` decides when that memory may be used again.
 *
 * A size that is not positive or above `frameBytesMax` throws FlinktsError KAFKA_PROTOCOL: the stream is lost then.
 */
export class FrameReceiver {
  private readonly onFrame: (frame: Buffer) => void
  private readonly allocate: ((frameBytes: number) => Buffer) | undefined
  /** May be changed between frames. */
  frameBytesMax: number
  private slab: Buffer | undefined
  /** Bytes of `slab` from `frameStart` to `fill` are received and belong to no complete frame yet. */
  private frameStart = 0
  private fill = 0
  private large: Buffer | undefined
  private largeBytes = 0
  private largeFill = 0

  constructor(options: FrameReceiverOptions) {
    this.onFrame = options.onFrame
    this.allocate = options.allocate
    this.frameBytesMax = options.frameBytesMax ?? frameBytesMaxDefault
  }

  /** Memory held for a frame that is not complete. */
  get heldBytes(): number {
    return (this.slab?.length ?? 0) + (this.large?.length ?? 0)
  }

  /** Memory for the next bytes of the stream: never empty, valid until the next call of a method. */
  space(): Buffer {
    if (this.large !== undefined) return this.large.subarray(this.largeFill)
    this.slab ??= Buffer.allocUnsafeSlow(slabBytes)
    return this.slab.subarray(this.fill)
  }

  /** The first `count` bytes of the last `space()` were filled. */
  filled(count: number): void {
    if (this.large === undefined) {
      this.fill += count
      this.cutSlab()
      return
    }
    this.largeFill += count
    if (this.largeFill === this.large.length) this.completeOrGrow(this.large)
  }

  push(chunk: Buffer): void {
    for (let position = 0; position < chunk.length;) {
      if (this.isBetweenFrames) {
        position = this.cutWhole(chunk, position)
        if (position === chunk.length) break
      }
      const space = this.space()
      const count = Math.min(space.length, chunk.length - position, this.missingBytes)
      chunk.copy(space, 0, position, position + count)
      position += count
      this.filled(count)
    }
    if (this.isBetweenFrames) this.dropSlab()
  }

  private get isBetweenFrames(): boolean {
    return this.large === undefined && this.fill === this.frameStart
  }

  /** Up to the end of the frame that is being received in the slab, or of its size. */
  private get missingBytes(): number {
    if (this.large !== undefined) return this.large.length - this.largeFill
    const received = this.fill - this.frameStart
    return received < 4 ? 4 - received : 4 + this.slab!.readInt32BE(this.frameStart) - received
  }

  /** Cuts the frames that lie whole in `chunk` from `position` on; returns where the first begins that does not. */
  private cutWhole(chunk: Buffer, position: number): number {
    let start = position
    while (chunk.length - start >= 4) {
      const size = this.checkedSize(chunk.readInt32BE(start))
      const end = start + 4 + size
      if (end > chunk.length || (this.allocate !== undefined && size + 4 > slabBytes)) break
      this.onFrame(chunk.subarray(start + 4, end))
      start = end
    }
    return start
  }

  private cutSlab(): void {
    const slab = this.slab!
    while (this.fill - this.frameStart >= 4) {
      const size = this.checkedSize(slab.readInt32BE(this.frameStart))
      const bodyStart = this.frameStart + 4
      if (this.fill - bodyStart < size) {
        if (bodyStart + size > slab.length) this.moveOn(slab, bodyStart, size)
        return
      }
      this.frameStart = bodyStart + size
      this.onFrame(slab.subarray(bodyStart, bodyStart + size))
    }
    if (slab.length - this.frameStart < 4 || this.fill === slab.length) this.nextSlab(slab)
  }

  private checkedSize(size: number): number {
    if (size > 0 && size <= this.frameBytesMax) return size
    throw new FlinktsError('KAFKA_PROTOCOL', `a Kafka frame of ${size} bytes; 1 to ${this.frameBytesMax} are possible`)
  }

  /** The frame whose body begins at `bodyStart` does not fit into what is left of the slab. */
  private moveOn(slab: Buffer, bodyStart: number, size: number): void {
    if (size + 4 <= slabBytes) return this.nextSlab(slab)
    this.large = this.allocate?.(size) ?? Buffer.allocUnsafeSlow(Math.min(size, announcedBytesMax))
    this.largeBytes = size
    this.largeFill = slab.copy(this.large, 0, bodyStart, this.fill)
    this.frameStart = this.fill
    if (slab.length - this.fill < 4) this.dropSlab()
  }

  /** `large` is full. */
  private completeOrGrow(large: Buffer): void {
    if (large.length === this.largeBytes) {
      this.large = undefined
      this.onFrame(large)
      return
    }
    this.large = Buffer.allocUnsafeSlow(Math.min(this.largeBytes, growthFactor * large.length))
    large.copy(this.large)
  }

  private nextSlab(slab: Buffer): void {
    const next = Buffer.allocUnsafeSlow(slabBytes)
    this.fill = slab.copy(next, 0, this.frameStart, this.fill)
    this.frameStart = 0
    this.slab = next
  }

  private dropSlab(): void {
    this.slab = undefined
    this.frameStart = this.fill = 0
  }
}
