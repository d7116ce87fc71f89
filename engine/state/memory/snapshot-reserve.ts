// Memory for the copies that a snapshot takes of value columns. Copying into memory that the process already holds is
// several times faster than into fresh pages, so large tables keep the arrays of the last snapshot for the next one, and
// those of the first are touched beforehand, a piece with each batch.
import type { StateColumn } from '../state-backend.ts'

/** Smaller tables are copied into fresh arrays in less than a millisecond. */
export const RESERVE_ROWS_MIN = 65_536
const TOUCHED_ROWS = 32_768

type NumericColumn = Int32Array | Float64Array

const isNumeric = (column: StateColumn): column is NumericColumn => !Array.isArray(column)

export class SnapshotReserve {
  #capacity = 0
  /** Undefined while a snapshot has them. */
  #arrays: NumericColumn[] | undefined
  #touchedRows = 0

  /** Brings the reserve a piece further towards columns of this capacity. Cheap when there is nothing to do. */
  grow(columns: readonly StateColumn[], capacity: number): void {
    if (this.#capacity !== capacity) {
      this.#capacity = capacity
      this.#arrays = columns.filter(isNumeric).map((column) => new (column.constructor as typeof Int32Array)(capacity))
      this.#touchedRows = 0
    }
    if (this.#touchedRows >= capacity || this.#arrays === undefined) return
    const end = this.#touchedRows + TOUCHED_ROWS
    for (const array of this.#arrays) array.fill(1, this.#touchedRows, end)
    this.#touchedRows = end
  }

  /** Copies of rows 0 … end − 1; the arrays may be longer. */
  copy(columns: readonly StateColumn[], end: number): ReservedCopy {
    const arrays = this.#arrays
    const capacity = this.#capacity
    if (arrays === undefined || end > capacity) {
      return { columns: columns.map((column) => column.slice(0, end)), release: () => undefined }
    }
    this.#arrays = undefined
    let next = 0
    return {
      columns: columns.map((column) => {
        if (!isNumeric(column)) return column.slice(0, end)
        const array = arrays[next++]!
        array.set(column.subarray(0, end))
        return array
      }),
      release: () => {
        if (this.#capacity !== capacity) return // the table has grown meanwhile
        this.#arrays = arrays
        this.#touchedRows = capacity
      },
    }
  }
}

export interface ReservedCopy {
  readonly columns: readonly StateColumn[]
  /** The arrays are free for the next snapshot. */
  release(): void
}
