// Timers of keys, one per key and time. They lie in keyed state; which comes next is known by a heap beside it, made again
// from the state after a restore. Source: Flink's InternalTimerServiceImpl.
import type { KeyedRows, KeyedTableDeclaration, StateBackend } from '../../state/state-backend.ts'
import { types, type RowType } from '../../types/logical-type.ts'
import { allocateColumn, type Column } from '../../types/record-batch.ts'
import type { CurrentKey } from './current-key.ts'

export type TimeDomain = 'event-time' | 'processing-time'

/** Deleted timers stay in the heap until it has this many, and twice as many as there are timers. */
const HEAP_MIN = 1024

export function declareTimers(domain: TimeDomain, keyType: RowType): KeyedTableDeclaration {
  const { fields } = keyType
  return {
    kind: 'keyed-table',
    name: `${domain} timers`,
    key: [...fields.map((field) => field.type), types.timestampLtz(3, false)],
    keyGroupColumns: fields.length,
    keyNames: [...fields.map((field) => field.name), 'timer'],
    values: [],
  }
}

export class TimerQueue {
  readonly #rows: KeyedRows
  readonly #key: CurrentKey
  readonly #time = allocateColumn(types.timestampLtz(3, false), 1)
  /** The current key and behind it the time that is looked up, of one row. */
  readonly #columns: readonly Column[]
  /** A binary heap by time, then row id. An entry counts if its row still holds its time. */
  #heap: { readonly at: number; readonly id: number }[] = []
  /** By row id; NaN: no timer. */
  #times = new Float64Array(16).fill(NaN)

  constructor(backend: StateBackend, declaration: KeyedTableDeclaration, key: CurrentKey) {
    this.#rows = backend.keyedTable(declaration).rows(0)
    this.#key = key
    this.#columns = [...key.columns, this.#time]
    const times = this.#rows.keyColumns.at(-1)!.values
    for (const id of this.#rows.rowIds()) this.#remember(id, times[id] as number)
    this.#rebuild()
  }

  get size(): number {
    return this.#rows.size
  }

  /** Time of the next timer; undefined: there is none. */
  get next(): number | undefined {
    this.#dropDeleted()
    return this.#heap[0]?.at
  }

  /** For the current key; does nothing where it is registered already. */
  register(at: number): void {
    const { size } = this.#rows
    this.#time.values[0] = at
    const id = this.#rows.rowFor(this.#columns, 0)
    if (this.#rows.size === size) return
    this.#remember(id, at)
    if (this.#heap.length >= HEAP_MIN && this.#heap.length > 2 * size) this.#rebuild()
    else this.#push(at, id)
  }

  delete(at: number): void {
    this.#time.values[0] = at
    const id = this.#rows.find(this.#columns, 0)
    if (id >= 0) this.#forget(id)
  }

  /** Takes the next timer out and makes its key the current one. There must be one. */
  take(): number {
    this.#dropDeleted()
    const { at, id } = this.#heap[0]!
    this.#pop()
    this.#key.set(this.#rows.keyColumns, id)
    this.#forget(id)
    return at
  }

  #remember(id: number, at: number): void {
    if (id >= this.#times.length) {
      const grown = new Float64Array(Math.max(id + 1, this.#times.length * 2)).fill(NaN)
      grown.set(this.#times)
      this.#times = grown
    }
    this.#times[id] = at
  }

  #forget(id: number): void {
    this.#times[id] = NaN
    this.#rows.remove(id)
  }

  #dropDeleted(): void {
    for (let top = this.#heap[0]; top !== undefined && this.#times[top.id] !== top.at; top = this.#heap[0]) this.#pop()
  }

  /** Sorted is a heap, too. */
  #rebuild(): void {
    const entries = Array.from(this.#rows.rowIds(), (id) => ({ at: this.#times[id]!, id }))
    this.#heap = entries.sort((left, right) => left.at - right.at || left.id - right.id)
  }

  #isBefore(left: number, right: number): boolean {
    const first = this.#heap[left]!
    const second = this.#heap[right]!
    return first.at < second.at || (first.at === second.at && first.id < second.id)
  }

  #swap(left: number, right: number): void {
    const entry = this.#heap[left]!
    this.#heap[left] = this.#heap[right]!
    this.#heap[right] = entry
  }

  #push(at: number, id: number): void {
    let index = this.#heap.push({ at, id }) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!this.#isBefore(index, parent)) return
      this.#swap(index, parent)
      index = parent
    }
  }

  #pop(): void {
    const last = this.#heap.pop()!
    if (this.#heap.length === 0) return
    this.#heap[0] = last
    for (let index = 0; ;) {
      let least = index
      for (let child = 2 * index + 1; child <= 2 * index + 2 && child < this.#heap.length; child++)
        if (this.#isBefore(child, least)) least = child
      if (least === index) return
      this.#swap(index, least)
      index = least
    }
  }
}
