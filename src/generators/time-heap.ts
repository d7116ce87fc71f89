// A binary heap of numbers ordered by time, in typed arrays: who is due next among many.

export class TimeHeap {
  size = 0
  private times = new Float64Array(1024)
  private items = new Int32Array(1024)

  /** Infinity where it is empty. */
  get nextMs(): number {
    return this.size === 0 ? Infinity : this.times[0]!
  }

  push(atMs: number, item: number): void {
    if (this.size === this.times.length) this.grow()
    const { times, items } = this
    let at = this.size++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (times[parent]! <= atMs) break
      times[at] = times[parent]!
      items[at] = items[parent]!
      at = parent
    }
    times[at] = atMs
    items[at] = item
  }

  /** The earliest one's item. Not to be called on an empty heap. */
  pop(): number {
    const { times, items } = this
    const earliest = items[0]!
    const lastMs = times[--this.size]!
    const lastItem = items[this.size]!
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.size) break
      if (child + 1 < this.size && times[child + 1]! < times[child]!) child++
      if (times[child]! >= lastMs) break
      times[at] = times[child]!
      items[at] = items[child]!
      at = child
    }
    times[at] = lastMs
    items[at] = lastItem
    return earliest
  }

  private grow(): void {
    const [times, items] = [this.times, this.items]
    this.times = new Float64Array(2 * times.length)
    this.items = new Int32Array(2 * items.length)
    this.times.set(times)
    this.items.set(items)
  }
}
