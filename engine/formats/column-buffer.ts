// Columns that a decoder fills row after row and a reader hands out as a batch, over and over.
import {
  allocateValues,
  columnStorage,
  createBatch,
  setCell,
  type Cell,
  type Column,
  type PreciseTimestamp,
  type RecordBatch,
} from '../types/record-batch.ts'
import type { RowType } from '../types/logical-type.ts'

/**
 * Reusable columns of one schema. Rows are written in ascending order; a row may be written again (a decoder that gives
 * up half way starts it anew). `reset` makes the columns empty without giving memory back.
 */
export class ColumnBuffer {
  readonly type: RowType
  readonly columns: Column[]
  #capacity: number
  readonly #nullsSpare: (Uint8Array | undefined)[]
  readonly #growListeners: (() => void)[] = []

  constructor(type: RowType, capacity: number) {
    this.type = type
    this.#capacity = capacity
    this.columns = type.fields.map((field) => ({
      values: allocateValues(columnStorage(field.type), capacity),
      nulls: undefined,
      exact: undefined,
    }))
    this.#nullsSpare = type.fields.map(() => undefined)
  }

  get capacity(): number {
    return this.#capacity
  }

  /** Empties the columns. The batch handed out before may be overwritten from now on. */
  reset(): void {
    for (const column of this.columns) {
      column.nulls = undefined
      column.exact = undefined
    }
  }

  /** Makes room for `rowCount` rows, keeping what is written. */
  reserve(rowCount: number): void {
    if (rowCount <= this.#capacity) return
    this.#capacity = Math.max(rowCount, this.#capacity * 2)
    this.columns.forEach((column, index) => {
      const storage = columnStorage(this.type.fields[index]!.type)
      const grown = allocateValues(storage, this.#capacity)
      if (Array.isArray(grown)) (column.values as Cell[]).forEach((cell, row) => (grown[row] = cell))
      else grown.set(column.values as Uint8Array)
      column.values = grown
      this.#nullsSpare[index] = undefined
      if (column.nulls !== undefined) {
        const nulls = new Uint8Array(this.#capacity)
        nulls.set(column.nulls)
        column.nulls = nulls
      }
    })
    for (const listener of this.#growListeners) listener()
  }

  /** `listener` is called after the value arrays have been replaced by larger ones. */
  onGrow(listener: () => void): void {
    this.#growListeners.push(listener)
  }

  setNull(index: number, row: number): void {
    const column = this.columns[index]!
    if (column.nulls === undefined) {
      column.nulls = this.#nullsSpare[index] ??= new Uint8Array(this.#capacity)
      column.nulls.fill(0)
    }
    column.nulls[row] = 1
    if (Array.isArray(column.values)) column.values[row] = null
  }

  /** Writes a value that the column's double cannot hold. */
  setExact(index: number, row: number, value: bigint | PreciseTimestamp): void {
    const column = this.columns[index]!
    column.exact ??= []
    column.exact[row] = value
    column.values[row] = NaN
  }

  setCell(index: number, row: number, cell: Cell): void {
    if (cell === null) this.setNull(index, row)
    else setCell(this.type.fields[index]!.type, this.columns[index]!, row, cell)
  }

  toBatch(rowCount: number): RecordBatch {
    return createBatch(this.type, this.columns, rowCount)
  }
}
