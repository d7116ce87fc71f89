// The key that a `process` function works for: one row of key columns, which look-ups in its state read.
import type { RowType } from '../../types/logical-type.ts'
import { allocateColumn, type Column } from '../../types/record-batch.ts'
import { copyCell } from '../copy-cell.ts'
import { createRecordReader, type RecordReader, type UserRecord } from '../records/record-codec.ts'

export class CurrentKey {
  /** Of one row, row 0. The same objects for ever. */
  readonly columns: readonly Column[]
  /** Another number whenever the key is set: what was looked up for the last key holds no longer. */
  version = 0
  readonly #read: RecordReader

  constructor(type: RowType) {
    this.columns = type.fields.map((field) => allocateColumn(field.type, 1))
    this.#read = createRecordReader(type)
  }

  /** Copies the key at a row; `from` may have further columns behind those of the key. */
  set(from: readonly Column[], row: number): void {
    this.version++
    for (let index = 0; index < this.columns.length; index++) {
      const column = this.columns[index]!
      column.nulls = undefined
      column.exact = undefined
      copyCell(from[index]!, row, column, 0)
    }
  }

  /** As user functions see it. */
  record(): UserRecord {
    return this.#read(this.columns, 0)
  }
}
