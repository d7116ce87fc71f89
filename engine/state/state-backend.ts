// The contract of keyed and operator state. Operators declare what they keep; the backend stores it, takes snapshots of
// it and gives it back, at any parallelism. An operator holds nothing across elements that is not in declared state.
import type { Column } from '../types/record-batch.ts'
import type { LogicalType } from '../types/logical-type.ts'
import type { KeyGroupRange } from './key-groups.ts'

/** How one value column of a table is stored; `cell` holds any serialisable Cell or plain JSON object. */
export type StateColumnStorage = 'int32' | 'float64' | 'cell'

/** The array of a value column, by row id. */
export type StateColumn = Int32Array | Float64Array | unknown[]

export interface StateValueDeclaration {
  /** Part of the checkpoint format. */
  readonly name: string
  readonly storage: StateColumnStorage
  /** For people who look into a snapshot: the column in the job's own names. Undefined: its name. */
  readonly label?: string | undefined
  /** The same: what its values are, in the canonical form of Cell. Undefined: something of the operator's own. */
  readonly type?: LogicalType | undefined
}

/**
 * A keyed table: for each (namespace, key) one row of value columns. The namespace is a number the operator chooses, a
 * window's or slice's end in ms for window operators, always 0 for operators without windows.
 */
export interface KeyedTableDeclaration {
  readonly kind: 'keyed-table'
  /** Unique within the operator; part of the checkpoint format. */
  readonly name: string
  readonly key: readonly LogicalType[]
  /**
   * How many leading key columns decide the key group; default all of them. Fewer where the operator refines the keys
   * that the exchange partitioned by.
   */
  readonly keyGroupColumns?: number | undefined
  readonly values: readonly StateValueDeclaration[]
  /** For people who look into a snapshot; a restore does not look at it. */
  readonly keyNames?: readonly string[] | undefined
  /** The same: what namespaces are, all ms since 1970. Undefined: there is one, 0. */
  readonly namespace?: 'slice end' | 'window end' | undefined
}

/**
 * Operator state: a list of JSON-serialisable elements per subtask. At restore with another parallelism `split` deals
 * the elements out, `union` gives every subtask all of them (Flink's ListState / UnionListState).
 */
export interface OperatorStateDeclaration {
  readonly kind: 'operator-list'
  readonly name: string
  readonly redistribution: 'split' | 'union'
}

export type StateDeclaration = KeyedTableDeclaration | OperatorStateDeclaration

/**
 * The rows of one namespace. Row ids are small integers, stable until the row is removed; value columns are addressed by
 * row id. `valueColumns` (and their arrays) are replaced when the table grows: fetch them again after `rowFor` added a
 * row (`capacity` changed).
 */
export interface KeyedRows {
  readonly size: number
  /** Length of the value arrays; changes when they are replaced. */
  readonly capacity: number
  /** Every row id is below. Without removals the ids are 0 … end − 1. */
  readonly end: number
  /** The row id of the key at `row` of `keys`; a new key gets a row with zeros (cells: null). */
  rowFor(keys: readonly Column[], row: number): number
  /** The row id, or -1 where the key has no row. */
  find(keys: readonly Column[], row: number): number
  /** `rowFor` of rows `from` ≤ row < `to` in one loop: writes the id of each to `rowIds[row]`. */
  rowsFor(keys: readonly Column[], from: number, to: number, rowIds: Int32Array): void
  /** `rowsFor` the keys of a table of the same declaration from which no row was removed. */
  rowsForRowsOf(other: KeyedRows, rowIds: Int32Array): void
  /** The ids here of the keys of `other`'s rows 0 … end − 1, -1 where there is none. Ids not in use in `other` give anything. */
  findRowsOf(other: KeyedRows, rowIds: Int32Array): void
  /** Removes the row; its id may be given to another key. */
  remove(rowId: number): void
  /** Key columns by row id, for emitting results. */
  readonly keyColumns: readonly Column[]
  readonly valueColumns: readonly StateColumn[]
  /** Row ids in use, ascending: the order of insertion as long as nothing was removed. */
  rowIds(): Iterable<number>
  /** The same as an array whose first `size` elements count; valid until the next change, not to be written to. */
  ids(): Int32Array
}

export interface KeyedTable {
  readonly declaration: KeyedTableDeclaration
  /**
   * Grows with each snapshot. A snapshot copies arrays, not what their cells refer to: an object in a `cell` column may
   * be changed in place only if it was made under the present version, otherwise it is copied first.
   */
  readonly version: number
  /** The rows of a namespace, made if absent. */
  rows(namespace: number): KeyedRows
  existing(namespace: number): KeyedRows | undefined
  /** The namespace's KeyedRows must not be used any more. */
  drop(namespace: number): void
  /** Namespaces that exist, ascending. */
  namespaces(): number[]
}

export interface OperatorListState {
  readonly declaration: OperatorStateDeclaration
  get(): readonly unknown[]
  set(elements: readonly unknown[]): void
}

/**
 * A snapshot taken at a barrier: immutable, independent of what happens to the state afterwards. Taking it must stop the
 * subtask for milliseconds only (copies of arrays, no encoding); `write` encodes and is called off the processing path
 * in slices.
 */
export interface StateSnapshot {
  /** Encodes to self-describing chunks; yields between bounded pieces of work so that processing goes on. */
  write(): Iterable<Uint8Array>
  release(): void
}

export interface StateBackend {
  readonly keyGroups: KeyGroupRange
  keyedTable(declaration: KeyedTableDeclaration): KeyedTable
  operatorList(declaration: OperatorStateDeclaration): OperatorListState
  /** Snapshots everything declared so far. */
  snapshot(): StateSnapshot
  /**
   * Must run before the first `keyedTable`/`operatorList` call. Takes the parts of all former subtasks, each a whole
   * snapshot (its chunks joined), in the order of the subtasks; keeps own key groups.
   */
  restore(parts: Iterable<Uint8Array>): void
  /** Names of restored states that nobody has declared (yet): what a changed job would lose. */
  unclaimedStates(): string[]
  close(): void
}
