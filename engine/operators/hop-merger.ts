// Merges the slices of hopping windows. A slice is part of many windows: its rows' places in the merged table are looked
// up once, then merging is a loop over numbers.
import type { HashRows } from '../state/memory/hash-rows.ts'
import type { KeyedRows } from '../state/state-backend.ts'
import type { WindowContents } from './window-contents.ts'

/** The merged table keeps keys of former windows up to this multiple of what a window holds. */
const STALE_KEYS_FACTOR = 4
const STALE_KEYS_MIN = 4096

interface PlacedSlice {
  readonly rows: KeyedRows
  /** Rows of the slice that have been looked up. */
  count: number
  ids: Int32Array
}

export class HopMerger {
  readonly merged: HashRows
  readonly #contents: WindowContents
  readonly #slices = new Map<number, PlacedSlice>()
  /** By merged row id: the window it was last part of. */
  #lastWindow = new Int32Array(0)
  #window = 0
  /** The ids of the present window; the first `count` count. */
  ids = new Int32Array(0)
  count = 0

  constructor(merged: HashRows, contents: WindowContents) {
    this.merged = merged
    this.#contents = contents
  }

  /** Takes the slice's rows into the present window. */
  add(sliceEnd: number, rows: KeyedRows): void {
    const places = this.#place(sliceEnd, rows)
    const { capacity } = this.merged
    if (this.#lastWindow.length < capacity) {
      this.#lastWindow = grown(this.#lastWindow, capacity)
      this.ids = grown(this.ids, capacity)
    }
    const lastWindow = this.#lastWindow
    const ids = this.ids
    let { count } = this
    for (let row = 0; row < rows.end; row++) {
      const id = places[row]!
      if (lastWindow[id] === this.#window) continue
      lastWindow[id] = this.#window
      ids[count++] = id
    }
    this.count = count
    this.#contents.merge(this.merged, rows.valueColumns, 0, rows.end, places)
  }

  #place(sliceEnd: number, rows: KeyedRows): Int32Array {
    let slice = this.#slices.get(sliceEnd)
    if (slice === undefined || slice.rows !== rows || slice.count > rows.end) {
      slice = { rows, count: 0, ids: new Int32Array(rows.end) }
      this.#slices.set(sliceEnd, slice)
    }
    if (slice.count < rows.end) {
      if (slice.ids.length < rows.end) slice.ids = new Int32Array(rows.end)
      this.merged.rowsForRowsOf(rows, slice.ids)
      slice.count = rows.end
    }
    return slice.ids
  }

  /** The slice is dropped. */
  forget(sliceEnd: number): void {
    this.#slices.delete(sliceEnd)
  }

  /** Starts the next window with nothing in it. */
  nextWindow(): void {
    const { merged } = this
    if (merged.end > STALE_KEYS_MIN && merged.end > this.count * STALE_KEYS_FACTOR) {
      merged.clear()
      this.#slices.clear()
      this.#lastWindow.fill(0)
    } else {
      for (const values of merged.valueColumns) clearRows(values as unknown[], this.ids, this.count)
    }
    this.#window++
    this.count = 0
  }
}

function grown(values: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const result = new Int32Array(length)
  result.set(values)
  return result
}

function clearRows(values: unknown[], ids: Int32Array, count: number): void {
  const empty = Array.isArray(values) ? null : 0
  for (let index = 0; index < count; index++) values[ids[index]!] = empty
}
