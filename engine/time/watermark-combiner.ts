// The watermark of a source from those of its splits: the minimum over splits that are neither idle nor finished.
// Source: Flink's CombinedWatermarkStatus and WatermarkOutputMultiplexer.
import { MIN_WATERMARK } from '../types/stream-element.ts'

interface Part {
  watermark: number
  idle: boolean
}

export class WatermarkCombiner {
  readonly #parts = new Map<string, Part>()
  #combined = MIN_WATERMARK

  /** The highest minimum reached so far; never goes back. */
  get watermark(): number {
    return this.#combined
  }

  /** True where there are parts and all of them are idle. */
  get idle(): boolean {
    if (this.#parts.size === 0) return false
    for (const part of this.#parts.values()) if (!part.idle) return false
    return true
  }

  add(id: string): void {
    if (!this.#parts.has(id)) this.#parts.set(id, { watermark: MIN_WATERMARK, idle: false })
  }

  /** A part that has ended holds nothing back. Returns whether the combined watermark advanced. */
  remove(id: string): boolean {
    this.#parts.delete(id)
    return this.#update()
  }

  watermarkOf(id: string): number {
    return this.#parts.get(id)?.watermark ?? MIN_WATERMARK
  }

  isIdle(id: string): boolean {
    return this.#parts.get(id)?.idle ?? false
  }

  /** Raises a part's watermark and makes it active. Returns whether the combined watermark advanced. */
  advance(id: string, watermark: number): boolean {
    const part = this.#parts.get(id)!
    part.idle = false
    if (watermark > part.watermark) part.watermark = watermark
    return this.#update()
  }

  /** Returns whether the combined watermark advanced, for an idle part holds nothing back. */
  setIdle(id: string, idle: boolean): boolean {
    this.#parts.get(id)!.idle = idle
    return this.#update()
  }

  /** The lowest watermark of the active parts other than `id`: what `id` must exceed to advance the combined one. */
  minimumOfOthers(id: string): number {
    let minimum = Infinity
    for (const [other, part] of this.#parts) if (other !== id && !part.idle) minimum = Math.min(minimum, part.watermark)
    return minimum
  }

  #update(): boolean {
    let minimum = Infinity
    let active = false
    for (const part of this.#parts.values()) {
      if (part.idle) continue
      active = true
      if (part.watermark < minimum) minimum = part.watermark
    }
    if (!active || minimum <= this.#combined) return false
    this.#combined = minimum
    return true
  }
}
