// The accumulators that a local phase sent, as state columns to merge from.
import type { KeyedTableDeclaration, StateColumn } from '../state/state-backend.ts'
import { getCell, type RecordBatch } from '../types/record-batch.ts'

export class LocalPhaseColumns {
  readonly #first: number
  readonly #columns: KeyedTableDeclaration['values']

  /** `first`: the batch's first accumulator column. */
  constructor(first: number, columns: KeyedTableDeclaration['values']) {
    this.#first = first
    this.#columns = columns
  }

  columns(batch: RecordBatch): StateColumn[] {
    return this.#columns.map(({ storage }, index) => {
      const column = batch.columns[this.#first + index]!
      if (storage !== 'cell') return column.values as Int32Array | Float64Array
      const { type } = batch.type.fields[this.#first + index]!
      return Array.from({ length: batch.rowCount }, (_, row) => getCell(type, column, row))
    })
  }
}
