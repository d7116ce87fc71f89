// The rows of a query as its changes arrive, at most so many of them. Pure.
import type { RowOp } from '../job-client.ts'

export type TextRow = readonly (string | null)[]

export interface RowChange {
  readonly op: RowOp
  readonly row: TextRow
}

export interface ResultRows {
  add(change: RowChange): void
  /** Rows that are kept. */
  readonly size: number
  /** Changes that came. */
  readonly changes: number
  /** Rows that had to go because there were too many. */
  readonly dropped: number
  /** `count` rows from the `from`-th, oldest first. */
  slice(from: number, count: number): readonly RowChange[]
}

/** Every change, the last `limit` ones. */
export class ChangelogRows implements ResultRows {
  readonly #limit: number
  #rows: RowChange[] = []
  changes = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return Math.min(this.#rows.length, this.#limit)
  }
  get dropped(): number {
    return this.changes - this.size
  }

  add(change: RowChange): void {
    this.changes++
    this.#rows.push(change)
    if (this.#rows.length >= 2 * this.#limit) this.#rows = this.#rows.slice(-this.#limit)
  }

  slice(from: number, count: number): readonly RowChange[] {
    const start = this.#rows.length - this.size + from
    return this.#rows.slice(start, start + count)
  }
}

/**
 * The table that the changes make. A retraction takes the youngest row that is equal; an update that follows one stands
 * where the row was. With too many rows the oldest go, as in Flink's client, and a later retraction of one is passed over.
 */
export class MaterializedRows implements ResultRows {
  readonly #limit: number
  /** Holes are rows that are gone. */
  #rows: (TextRow | undefined)[] = []
  /** Places of equal rows, youngest last. */
  #places = new Map<string, number[]>()
  #first = 0
  /** Where the row was that -U took. */
  #updated: number | undefined
  size = 0
  changes = 0
  dropped = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  add({ op, row }: RowChange): void {
    this.changes++
    if (op === '-U' || op === '-D') {
      const place = this.#remove(row)
      this.#updated = op === '-U' ? place : undefined
      return
    }
    const place = op === '+U' ? this.#updated : undefined
    this.#updated = undefined
    this.#put(row, place ?? this.#rows.length)
    if (this.size > this.#limit) this.#dropOldest()
    if (this.#rows.length > 64 && this.#rows.length > 2 * this.size) this.#compact()
  }

  slice(from: number, count: number): readonly RowChange[] {
    const found: RowChange[] = []
    let index = 0
    for (let place = this.#first; place < this.#rows.length && found.length < count; place++) {
      const row = this.#rows[place]
      if (row !== undefined && index++ >= from) found.push({ op: '+I', row })
    }
    return found
  }

  #put(row: TextRow, place: number): void {
    this.#rows[place] = row
    this.size++
    const key = JSON.stringify(row)
    const places = this.#places.get(key)
    if (places === undefined) this.#places.set(key, [place])
    else places.push(place)
  }

  #remove(row: TextRow): number | undefined {
    const key = JSON.stringify(row)
    const places = this.#places.get(key)
    const place = places?.pop()
    if (places?.length === 0) this.#places.delete(key)
    if (place === undefined) return undefined
    this.#rows[place] = undefined
    this.size--
    return place
  }

  #dropOldest(): void {
    while (this.#rows[this.#first] === undefined) this.#first++
    const row = this.#rows[this.#first]!
    const key = JSON.stringify(row)
    const places = this.#places.get(key)!
    places.splice(places.indexOf(this.#first), 1)
    if (places.length === 0) this.#places.delete(key)
    this.#rows[this.#first++] = undefined
    this.size--
    this.dropped++
  }

  #compact(): void {
    const rows = this.#rows.filter((row) => row !== undefined)
    this.#rows = []
    this.#places = new Map()
    this.#first = 0
    this.size = 0
    for (const row of rows) this.#put(row, this.#rows.length)
  }
}
