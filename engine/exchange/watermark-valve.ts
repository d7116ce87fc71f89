// Combines the watermarks and idleness of several channels (or splits) into one. Source: Flink's StatusWatermarkValve.
import { MIN_WATERMARK } from '../types/stream-element.ts'

interface Channel {
  watermark: number
  idle: boolean
  /** Took part in the minimum since it was last idle: a channel that wakes up behind the output must catch up first. */
  aligned: boolean
}

export interface WatermarkValveOutput {
  watermark(timestampMs: number): void
  status(idle: boolean): void
}

export class WatermarkValve {
  readonly #channels: Channel[]
  readonly #output: WatermarkValveOutput
  #last = MIN_WATERMARK
  #idle = false

  constructor(channels: number, output: WatermarkValveOutput) {
    this.#channels = Array.from({ length: channels }, () => ({ watermark: MIN_WATERMARK, idle: false, aligned: true }))
    this.#output = output
  }

  get currentWatermark(): number {
    return this.#last
  }

  get isIdle(): boolean {
    return this.#idle
  }

  watermarkOf(channel: number): number {
    return this.#channels[channel]!.watermark
  }

  isIdleAt(channel: number): boolean {
    return this.#channels[channel]!.idle
  }

  watermark(index: number, timestampMs: number): void {
    const channel = this.#channels[index]!
    if (channel.idle || this.#idle || timestampMs <= channel.watermark) return
    channel.watermark = timestampMs
    if (timestampMs >= this.#last) channel.aligned = true
    this.#emitMinimum()
  }

  status(index: number, idle: boolean): void {
    const channel = this.#channels[index]!
    if (channel.idle === idle) return
    channel.idle = idle
    if (idle) this.#becameIdle(channel)
    else this.#becameActive(channel)
  }

  #becameIdle(channel: Channel): void {
    channel.aligned = false
    if (this.#channels.every((other) => other.idle)) {
      // nobody will advance any more: what the idle channels had reached counts
      if (channel.watermark === this.#last) this.#emit(Math.max(...this.#channels.map((other) => other.watermark)))
      this.#idle = true
      this.#output.status(true)
    } else if (channel.watermark === this.#last) this.#emitMinimum()
  }

  #becameActive(channel: Channel): void {
    if (channel.watermark >= this.#last) channel.aligned = true
    if (!this.#idle) return
    this.#idle = false
    this.#output.status(false)
  }

  #emitMinimum(): void {
    let minimum = Infinity
    let found = false
    for (const channel of this.#channels) {
      if (!channel.aligned) continue
      found = true
      if (channel.watermark < minimum) minimum = channel.watermark
    }
    if (found) this.#emit(minimum)
  }

  #emit(timestampMs: number): void {
    if (timestampMs <= this.#last) return
    this.#last = timestampMs
    this.#output.watermark(timestampMs)
  }
}
