// The batch an operator fills and emits; its columns are used again for the next one.
import type { RowType } from '../types/logical-type.ts'
import { allocateColumn, type Column, type RecordBatch } from '../types/record-batch.ts'
import type { Output } from './operator.ts'

/** Rows after which operators pass a batch on although more is to come. */
export const OUTPUT_ROWS_MAX = 8192

export class BatchBuilder {
  readonly type: RowType
  columns: Column[]
  rowCount = 0
  rowKinds: Uint8Array | undefined
  eventTimes: Float64Array | undefined
  #capacity = 256

  /** `changelog`: rows have kinds, to be written to `rowKinds`. */
  constructor(type: RowType, changelog: boolean) {
    this.type = type
    this.columns = type.fields.map((field) => allocateColumn(field.type, this.#capacity))
    this.rowKinds = changelog ? new Uint8Array(this.#capacity) : undefined
  }

  /** Makes room for `count` more rows. Columns, `rowKinds` and `eventTimes` may be replaced. */
  reserve(count: number): void {
    const needed = this.rowCount + count
    if (needed <= this.#capacity) return
    while (this.#capacity < needed) this.#capacity *= 2
    this.columns = this.columns.map((column, index) => {
      const grown = allocateColumn(this.type.fields[index]!.type, this.#capacity)
      if (Array.isArray(column.values))
        for (let row = 0; row < this.rowCount; row++) grown.values[row] = column.values[row]!
      else (grown.values as Float64Array).set(column.values)
      if (column.nulls !== undefined) {
        grown.nulls = new Uint8Array(this.#capacity)
        grown.nulls.set(column.nulls)
      }
      grown.exact = column.exact
      return grown
    })
    if (this.rowKinds !== undefined) {
      const kinds = new Uint8Array(this.#capacity)
      kinds.set(this.rowKinds)
      this.rowKinds = kinds
    }
    if (this.eventTimes !== undefined) {
      const times = new Float64Array(this.#capacity)
      times.set(this.eventTimes)
      this.eventTimes = times
    }
  }

  /** From here on rows have event times: to be written here, one for each row that is reserved. */
  withEventTimes(): Float64Array {
    return (this.eventTimes ??= new Float64Array(this.#capacity))
  }

  toBatch(): RecordBatch {
    return {
      type: this.type,
      rowCount: this.rowCount,
      columns: this.columns,
      rowKinds: this.rowKinds,
      eventTimes: this.eventTimes,
    }
  }

  /** Emits what is there, if anything, and starts anew. */
  flush(output: Output): void {
    if (this.rowCount === 0) return
    output.emit(this.toBatch())
    this.clear()
  }

  /** Forgets what is there. */
  clear(): void {
    this.rowCount = 0
    for (const column of this.columns) {
      column.nulls = undefined
      column.exact = undefined
    }
  }
}
