// Rows of one namespace: an open-addressing hash table (linear probing, at most half full) over columns. Row ids are
// positions in the columns; the table of slots holds row ids + 1, 0 is an empty slot.
import type { LogicalType } from '../../types/logical-type.ts'
import { allocateColumn, type Cell, type Column, type ColumnValues } from '../../types/record-batch.ts'
import type { KeyedRows, KeyedTableDeclaration, StateColumn, StateColumnStorage } from '../state-backend.ts'
import type { KeyLookup } from './key-lookup.ts'
import { RESERVE_ROWS_MIN, SnapshotReserve } from './snapshot-reserve.ts'

const SMALLEST_CAPACITY = 16

export function allocateStateColumn(storage: StateColumnStorage, capacity: number): StateColumn {
  if (storage === 'int32') return new Int32Array(capacity)
  if (storage === 'float64') return new Float64Array(capacity)
  return new Array<unknown>(capacity).fill(null)
}

function grownValues<T extends ColumnValues | unknown[]>(values: T, capacity: number): T {
  if (Array.isArray(values)) {
    const grown = values.slice()
    for (let index = grown.length; index < capacity; index++) grown.push(null)
    return grown as T
  }
  const typed = values as Float64Array
  const grown = new (typed.constructor as Float64ArrayConstructor)(capacity)
  grown.set(typed)
  return grown as T
}

let identity = new Int32Array(1024).map((_, index) => index)

/** 0, 1, 2 … shared by all tables; never written to. */
function identityUpTo(count: number): Int32Array {
  if (identity.length < count) identity = new Int32Array(count * 2).map((_, index) => index)
  return identity
}

/** Rows as a snapshot holds them: unchanged by what happens to the table afterwards. */
export interface RowsSnapshot {
  readonly size: number
  readonly end: number
  /** Ids in use; undefined: all below `end`. */
  readonly ids: Int32Array | undefined
  readonly hashes: Int32Array
  readonly keyColumns: readonly Column[]
  readonly valueColumns: readonly StateColumn[]
  release(): void
}

function copiedColumn({ values, nulls, exact }: Column): Column {
  return { values: values.slice(), nulls: nulls?.slice(), exact: exact?.slice() }
}

export class HashRows implements KeyedRows {
  slots: Int32Array
  mask: number
  hashes: Int32Array
  capacity: number
  size = 0
  /** Row ids ever given out since the last `clear`. */
  end = 0
  readonly keyColumns: Column[]
  readonly valueColumns: StateColumn[]
  readonly #declaration: KeyedTableDeclaration
  readonly #lookup: KeyLookup
  readonly #single = new Int32Array(1)
  /** Undefined: no snapshots are expected. */
  readonly #reserve: SnapshotReserve | undefined
  /** Snapshots that share the present arrays of hashes and keys. */
  #sharing = { snapshots: 0 }
  /** Only once a row was removed: 1 where a row id is in use. */
  #used: Uint8Array | undefined
  #free: number[] = []
  #ids: Int32Array | undefined

  constructor(declaration: KeyedTableDeclaration, lookup: KeyLookup, capacityHint: number, reserves = false) {
    let capacity = SMALLEST_CAPACITY
    while (capacity < capacityHint) capacity *= 2
    this.#declaration = declaration
    this.#lookup = lookup
    this.#reserve = reserves ? new SnapshotReserve() : undefined
    this.capacity = capacity
    this.slots = new Int32Array(capacity * 2)
    this.mask = capacity * 2 - 1
    this.hashes = new Int32Array(capacity)
    this.keyColumns = declaration.key.map((type: LogicalType) => allocateColumn(type, capacity))
    this.valueColumns = declaration.values.map((value) => allocateStateColumn(value.storage, capacity))
  }

  rowFor(keys: readonly Column[], row: number): number {
    return this.#one(keys, row, true)
  }

  find(keys: readonly Column[], row: number): number {
    return this.size === 0 ? -1 : this.#one(keys, row, false)
  }

  #one(keys: readonly Column[], row: number, insert: boolean): number {
    this.#lookup(this, keys, row, row + 1, this.#single, row, undefined, insert)
    return this.#single[0]!
  }

  rowsFor(keys: readonly Column[], from: number, to: number, rowIds: Int32Array): void {
    this.#lookup(this, keys, from, to, rowIds, 0, undefined, true)
    if (this.capacity >= RESERVE_ROWS_MIN) this.#reserve?.grow(this.valueColumns, this.capacity)
  }

  rowsForRowsOf(other: KeyedRows, rowIds: Int32Array): void {
    this.#lookup(this, other.keyColumns, 0, other.end, rowIds, 0, (other as HashRows).hashes, true)
  }

  findRowsOf(other: KeyedRows, rowIds: Int32Array): void {
    this.#lookup(this, other.keyColumns, 0, other.end, rowIds, 0, (other as HashRows).hashes, false)
  }

  /** Gives a new key a row id and puts it into `slot`, the empty slot where its probing ended. Called by the look-up. */
  add(hash: number, slot: number): number {
    const reused = this.#free.pop()
    const id = reused ?? this.end++
    if (id >= this.capacity) this.#grow()
    this.hashes[id] = hash
    if (this.#used !== undefined) this.#used[id] = 1
    this.#ids = undefined
    this.size++
    if (this.capacity * 2 > this.slots.length) this.#rehash()
    else this.slots[slot] = id + 1
    return id
  }

  #grow(): void {
    this.capacity *= 2
    const hashes = new Int32Array(this.capacity)
    hashes.set(this.hashes)
    this.hashes = hashes
    for (const column of this.keyColumns) {
      column.values = grownValues(column.values, this.capacity)
      if (column.nulls !== undefined) column.nulls = grownValues(column.nulls, this.capacity)
    }
    for (let index = 0; index < this.valueColumns.length; index++) {
      this.valueColumns[index] = grownValues(this.valueColumns[index]!, this.capacity)
    }
    if (this.#used !== undefined) this.#used = grownValues(this.#used, this.capacity)
  }

  #rehash(): void {
    this.slots = new Int32Array(this.capacity * 2)
    this.mask = this.slots.length - 1
    for (let id = 0; id < this.end; id++) {
      if (!this.isUsed(id)) continue
      let slot = this.hashes[id]! & this.mask
      while (this.slots[slot] !== 0) slot = (slot + 1) & this.mask
      this.slots[slot] = id + 1
    }
  }

  isUsed(rowId: number): boolean {
    return this.#used === undefined || this.#used[rowId] === 1
  }

  /**
   * Shares hashes and keys, which do not change while rows are only added, and copies values. What changes a row's key
   * (`remove`, `clear`) takes arrays of its own first.
   */
  snapshot(): RowsSnapshot {
    const { end, size } = this
    const sharing = this.#sharing
    sharing.snapshots++
    const values = this.#reserve?.copy(this.valueColumns, end)
    return {
      size,
      end,
      ids: size === end ? undefined : this.ids().slice(0, size),
      hashes: this.hashes,
      keyColumns: this.keyColumns.map(({ values, nulls, exact }) => ({ values, nulls, exact })),
      valueColumns: values?.columns ?? this.valueColumns.map((column) => column.slice(0, end)),
      release: () => {
        sharing.snapshots--
        values?.release()
      },
    }
  }

  get isShared(): boolean {
    return this.#sharing.snapshots > 0
  }

  #unshare(): void {
    if (!this.isShared) return
    this.#sharing = { snapshots: 0 }
    this.hashes = this.hashes.slice()
    for (const column of this.keyColumns) Object.assign(column, copiedColumn(column))
  }

  remove(rowId: number): void {
    this.#unshare()
    let hole = this.hashes[rowId]! & this.mask
    while (this.slots[hole] !== rowId + 1) hole = (hole + 1) & this.mask
    this.#closeHole(hole)
    if (this.#used === undefined) this.#used = new Uint8Array(this.capacity).fill(1, 0, this.end)
    this.#used[rowId] = 0
    this.#free.push(rowId)
    this.#ids = undefined
    this.size--
    this.#resetRow(rowId)
  }

  /** Moves later entries of the probe sequence back, so that no tombstones are needed. */
  #closeHole(start: number): void {
    let hole = start
    for (let slot = (hole + 1) & this.mask; this.slots[slot] !== 0; slot = (slot + 1) & this.mask) {
      const home = this.hashes[this.slots[slot]! - 1]! & this.mask
      if (((slot - home) & this.mask) < ((slot - hole) & this.mask)) continue
      this.slots[hole] = this.slots[slot]!
      hole = slot
    }
    this.slots[hole] = 0
  }

  #resetRow(rowId: number): void {
    for (const column of this.keyColumns) {
      if (column.nulls !== undefined) column.nulls[rowId] = 0
      if (Array.isArray(column.values)) column.values[rowId] = null
    }
    for (let index = 0; index < this.valueColumns.length; index++) {
      const values = this.valueColumns[index]!
      if (Array.isArray(values)) values[rowId] = null
      else values[rowId] = 0
    }
  }

  /** Empties the table, keeping its arrays. */
  clear(): void {
    this.#unshare()
    for (const column of this.keyColumns) {
      column.nulls = undefined
      column.exact = undefined
      if (Array.isArray(column.values)) column.values.fill(null as Cell, 0, this.end)
    }
    for (const values of this.valueColumns) {
      if (Array.isArray(values)) values.fill(null, 0, this.end)
      else values.fill(0, 0, this.end)
    }
    this.slots.fill(0)
    this.size = 0
    this.end = 0
    this.#used = undefined
    this.#free = []
    this.#ids = undefined
  }

  ids(): Int32Array {
    if (this.#used === undefined) return identityUpTo(this.end)
    if (this.#ids === undefined) {
      const ids = new Int32Array(this.size)
      let count = 0
      for (let id = 0; id < this.end; id++) if (this.#used[id] === 1) ids[count++] = id
      this.#ids = ids
    }
    return this.#ids
  }

  *rowIds(): Iterable<number> {
    const ids = this.ids()
    const count = this.size
    for (let index = 0; index < count; index++) yield ids[index]!
  }

  get declaration(): KeyedTableDeclaration {
    return this.#declaration
  }
}
