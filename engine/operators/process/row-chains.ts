// The rows of each key of a table whose keys are finer than that: a chain through the row ids per key, so that a key's
// rows are found without a look at all others. Not state: made again from the table after a restore.
import { createScratchRows } from '../../state/memory/hashmap-state-backend.ts'
import type { KeyedRows } from '../../state/state-backend.ts'
import type { LogicalType } from '../../types/logical-type.ts'
import type { Column } from '../../types/record-batch.ts'

const FIRST = 0
const LAST = 1
const COUNT = 2

function grown(links: Int32Array, id: number): Int32Array {
  if (id < links.length) return links
  const larger = new Int32Array(Math.max(id + 1, links.length * 2))
  larger.set(links)
  return larger
}

export class RowChains {
  /** By key: ids of the first and the last row, each + 1, and how many there are. */
  readonly #heads: KeyedRows
  /** By row id: the id of its neighbour in the chain + 1, 0 at the end. */
  #next: Int32Array = new Int32Array(16)
  #previous: Int32Array = new Int32Array(16)

  constructor(key: readonly LogicalType[]) {
    const values = (['first', 'last', 'count'] as const).map((name) => ({ name, storage: 'int32' as const }))
    this.#heads = createScratchRows({ kind: 'keyed-table', name: 'chains', key, values })
  }

  #head(which: number): Int32Array {
    return this.#heads.valueColumns[which] as Int32Array
  }

  /** Puts row `id` behind the others of the key at `row` of `keys`. */
  add(keys: readonly Column[], row: number, id: number): void {
    const head = this.#heads.rowFor(keys, row)
    this.#next = grown(this.#next, id)
    this.#previous = grown(this.#previous, id)
    const last = this.#head(LAST)[head]!
    this.#next[id] = 0
    this.#previous[id] = last
    if (last === 0) this.#head(FIRST)[head] = id + 1
    else this.#next[last - 1] = id + 1
    this.#head(LAST)[head] = id + 1
    this.#head(COUNT)[head]!++
  }

  /** Takes row `id` out of the chain of that key. */
  remove(keys: readonly Column[], row: number, id: number): void {
    const head = this.#heads.find(keys, row)
    const next = this.#next[id]!
    const previous = this.#previous[id]!
    if (previous === 0) this.#head(FIRST)[head] = next
    else this.#next[previous - 1] = next
    if (next === 0) this.#head(LAST)[head] = previous
    else this.#previous[next - 1] = previous
    if (--this.#head(COUNT)[head]! === 0) this.#heads.remove(head)
  }

  count(keys: readonly Column[], row: number): number {
    const head = this.#heads.find(keys, row)
    return head < 0 ? 0 : this.#head(COUNT)[head]!
  }

  /** In the order in which they came. */
  ids(keys: readonly Column[], row: number): number[] {
    const head = this.#heads.find(keys, row)
    const ids: number[] = []
    for (let link = head < 0 ? 0 : this.#head(FIRST)[head]!; link !== 0; link = this.#next[link - 1]!)
      ids.push(link - 1)
    return ids
  }
}
