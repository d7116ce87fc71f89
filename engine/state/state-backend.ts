// The contract of keyed and operator state. Operators declare what they keep; the backend stores it, takes snapshots of
// it and gives it back, at any parallelism. An operator holds nothing across elements that is not in declared state.
import type { Column } from '../types/record-batch.ts'
import type { LogicalType } from '../types/logical-type.ts'
import type { KeyGroupRange } from './key-groups.ts'

/** How one value column of a table is stored; `cell` holds any serialisable Cell or plain JSON object. */
export type StateColumnStorage = 'int32' | 'float64' | 'cell'

/**
 * A keyed table: for each (namespace, key) one row of value columns. The namespace is a number the operator chooses, a
 * window's or slice's end in ms for window operators, always 0 for operators without windows.
 */
export interface KeyedTableDeclaration {
  readonly kind: 'keyed-table'
  /** Unique within the operator; part of the checkpoint format. */
  readonly name: string
  readonly key: readonly LogicalType[]
  readonly values: readonly { readonly name: string; readonly storage: StateColumnStorage }[]
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
  /** The row id of the key at `row` of `keys`; a new key gets a row with zeros (cells: null). */
  rowFor(keys: readonly Column[], row: number): number
  /** The row id, or -1 where the key has no row. */
  find(keys: readonly Column[], row: number): number
  /** Removes the row; its id may be given to another key. */
  remove(rowId: number): void
  /** Key columns by row id, for emitting results. */
  readonly keyColumns: readonly Column[]
  readonly valueColumns: readonly (Int32Array | Float64Array | unknown[])[]
  /** Row ids in use, in the order of insertion. */
  rowIds(): Iterable<number>
}

export interface KeyedTable {
  readonly declaration: KeyedTableDeclaration
  /** The rows of a namespace, made if absent. */
  rows(namespace: number): KeyedRows
  existing(namespace: number): KeyedRows | undefined
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
  /** Must run before the first `keyedTable`/`operatorList` call. Takes the parts of all former subtasks; keeps own key groups. */
  restore(parts: Iterable<Uint8Array>): void
  close(): void
}
