// ORDER BY, OFFSET and LIMIT of batch mode, and the final rows of a changelog: gives everything at the end of the input.
//
// Batch jobs take no checkpoints (as in Flink: a failed one starts again), so the rows are held in plain memory.
import { compareCells } from '../functions/comparison.ts'
import { batchFromRows, rowFromBatch, type Cell, type RecordBatch } from '../types/record-batch.ts'
import { RowKind } from '../types/row-kind.ts'
import { OUTPUT_ROWS_MAX } from './batch-builder.ts'
import type { BoundedSortSpec, SortKeySpec } from './operator-spec.ts'
import type { Operator, OperatorContext } from './operator.ts'

type Row = readonly Cell[]
type RowComparator = (left: Row, right: Row) => number

function keyComparator(spec: BoundedSortSpec, { column, descending, nullsFirst }: SortKeySpec): RowComparator {
  const compare = compareCells(spec.inputType.fields[column]!.type)
  return (left, right) => {
    const [a, b] = [left[column]!, right[column]!]
    if (a === null || b === null) return a === b ? 0 : (a === null) === nullsFirst ? -1 : 1
    return descending ? -compare(a, b) : compare(a, b)
  }
}

function rowComparator(spec: BoundedSortSpec): RowComparator {
  const comparators = spec.orderBy.map((key) => keyComparator(spec, key))
  return (left, right) => {
    for (const compare of comparators) {
      const order = compare(left, right)
      if (order !== 0) return order
    }
    return 0
  }
}

/** Text that is equal where the key's cells are. */
function keyText(row: Row, key: readonly number[]): string {
  return JSON.stringify(
    key.map((column) => row[column]!),
    (_, cell: unknown) => {
      if (typeof cell === 'number' || typeof cell === 'bigint') return { number: String(cell) }
      return cell instanceof Map ? [...(cell as ReadonlyMap<Cell, Cell>)] : cell
    },
  )
}

/** The rows in the order of arrival; of a changelog the last of each key, where its key first came. */
class ArrivedRows {
  readonly #key: readonly number[] | undefined
  readonly #byKey = new Map<string, Row>()
  readonly #all: Row[] = []

  constructor(key: readonly number[] | undefined) {
    this.#key = key
  }

  add(batch: RecordBatch): void {
    for (let index = 0; index < batch.rowCount; index++) {
      const row = rowFromBatch(batch, index)
      if (this.#key === undefined) this.#all.push(row)
      else this.#apply(keyText(row, this.#key), row, batch.rowKinds?.[index] ?? RowKind.INSERT)
    }
  }

  #apply(key: string, row: Row, kind: number): void {
    if (kind === RowKind.DELETE) this.#byKey.delete(key)
    else if (kind !== RowKind.UPDATE_BEFORE) this.#byKey.set(key, row)
  }

  rows(): Row[] {
    return this.#key === undefined ? this.#all : [...this.#byKey.values()]
  }
}

export function createBoundedSort(spec: BoundedSortSpec): Operator {
  const arrived = new ArrivedRows(spec.changelogKey)
  let context: OperatorContext

  return {
    open: (opened) => {
      context = opened
    },
    processBatch: (_input, batch) => {
      arrived.add(batch)
    },
    endOfInput: () => {
      const rows = arrived.rows()
      if (rows.length === 0 && spec.rowWhenEmpty !== undefined) rows.push(spec.rowWhenEmpty)
      if (spec.orderBy.length > 0) rows.sort(rowComparator(spec))
      const end = spec.limit === undefined ? rows.length : spec.offset + spec.limit
      const kept = rows.slice(spec.offset, end)
      for (let from = 0; from < kept.length; from += OUTPUT_ROWS_MAX) {
        context.output.emit(batchFromRows(spec.inputType, kept.slice(from, from + OUTPUT_ROWS_MAX)))
      }
    },
  }
}
