// Disorder in time: events that are told later than they happened, a little (out of order) or a lot (late).

export interface DisorderOptions {
  /** A share of the events, all where none is named, happened up to `maxMs` before they are told. */
  readonly outOfOrder?: { readonly share?: number; readonly maxMs: number } | undefined
  /** A share of the events happened at least `minMs` and at most `maxMs` before. */
  readonly late?: { readonly share: number; readonly minMs: number; readonly maxMs: number } | undefined
}

/** Draws delays. */
export class Disorder {
  /** Whether the last delay was one of `late`. */
  isLate = false
  private readonly random: () => number
  private readonly options: DisorderOptions

  constructor(options: DisorderOptions, random: () => number) {
    this.options = options
    this.random = random
  }

  /** By how many ms, whole, the next event is told after it happened. */
  delayMs(): number {
    const { late, outOfOrder } = this.options
    this.isLate = late !== undefined && this.random() < late.share
    if (this.isLate) return Math.round(late!.minMs + this.random() * (late!.maxMs - late!.minMs))
    if (outOfOrder === undefined) return 0
    if (outOfOrder.share !== undefined && this.random() >= outOfOrder.share) return 0
    return Math.round(this.random() * outOfOrder.maxMs)
  }
}
