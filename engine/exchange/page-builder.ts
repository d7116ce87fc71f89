// Collects rows of many batches for one target subtask until they are worth a page.
import { columnStorage, type Cell, type Column, type RecordBatch } from '../types/record-batch.ts'
import { encodePage } from './page-codec.ts'
import type { PageWriter } from './page-bytes.ts'
import type { RowType } from '../types/logical-type.ts'

type Copy = (target: Column, at: number, source: Column, rows: Int32Array, count: number) => void

// One function per storage, so that each sees one kind of array and stays fast.
const copyUint8: Copy = (target, at, source, rows, count) => {
  const [to, from] = [target.values as Uint8Array, source.values as Uint8Array]
  for (let index = 0; index < count; index++) to[at + index] = from[rows[index]!]!
}
const copyInt32: Copy = (target, at, source, rows, count) => {
  const [to, from] = [target.values as Int32Array, source.values as Int32Array]
  for (let index = 0; index < count; index++) to[at + index] = from[rows[index]!]!
}
const copyFloat32: Copy = (target, at, source, rows, count) => {
  const [to, from] = [target.values as Float32Array, source.values as Float32Array]
  for (let index = 0; index < count; index++) to[at + index] = from[rows[index]!]!
}
const copyFloat64: Copy = (target, at, source, rows, count) => {
  const [to, from] = [target.values as Float64Array, source.values as Float64Array]
  for (let index = 0; index < count; index++) to[at + index] = from[rows[index]!]!
}
const copyObjects: Copy = (target, at, source, rows, count) => {
  const [to, from] = [target.values as Cell[], source.values as Cell[]]
  for (let index = 0; index < count; index++) to[at + index] = from[rows[index]!]!
}
const COPY = {
  uint8: copyUint8,
  int32: copyInt32,
  float32: copyFloat32,
  float64: copyFloat64,
  object: copyObjects,
} as const

const ALLOCATE = {
  uint8: (rows: number) => new Uint8Array(rows),
  int32: (rows: number) => new Int32Array(rows),
  float32: (rows: number) => new Float32Array(rows),
  float64: (rows: number) => new Float64Array(rows),
  object: (rows: number) => new Array<Cell>(rows).fill(null),
} as const

export class PageBuilder {
  readonly #type: RowType
  readonly #rowsMax: number
  readonly #storages: readonly (keyof typeof COPY)[]
  readonly #columns: Column[]
  readonly #rowKinds: Uint8Array
  readonly #eventTimes: Float64Array
  #hasRowKinds = false
  #hasEventTimes = false
  #rowCount = 0

  constructor(type: RowType, rowsMax: number) {
    this.#type = type
    this.#rowsMax = rowsMax
    this.#storages = type.fields.map((field) => columnStorage(field.type))
    this.#columns = this.#storages.map((storage) => ({
      values: ALLOCATE[storage](rowsMax),
      nulls: undefined,
      exact: undefined,
    }))
    this.#rowKinds = new Uint8Array(rowsMax)
    this.#eventTimes = new Float64Array(rowsMax)
  }

  get rowCount(): number {
    return this.#rowCount
  }

  /** Rows that still fit. */
  get room(): number {
    return this.#rowsMax - this.#rowCount
  }

  /** Copies `count` rows (at most `room`) of the batch, chosen by index. */
  append(batch: RecordBatch, rows: Int32Array, count: number): void {
    const at = this.#rowCount
    for (let index = 0; index < this.#columns.length; index++) {
      const [target, source] = [this.#columns[index]!, batch.columns[index]!]
      COPY[this.#storages[index]!](target, at, source, rows, count)
      if (source.nulls !== undefined || target.nulls !== undefined) this.#appendNulls(target, source, rows, count)
      if (source.exact !== undefined) {
        target.exact ??= []
        for (let row = 0; row < count; row++) {
          const exact = source.exact[rows[row]!]
          if (exact !== undefined) target.exact[at + row] = exact
        }
      }
    }
    this.#appendRowKinds(batch.rowKinds, rows, count)
    this.#appendEventTimes(batch.eventTimes, rows, count)
    this.#rowCount = at + count
  }

  /** The rows as a page; the builder is empty again. */
  finish(writer: PageWriter): ArrayBuffer {
    const page = encodePage(
      {
        type: this.#type,
        rowCount: this.#rowCount,
        columns: this.#columns,
        rowKinds: this.#hasRowKinds ? this.#rowKinds : undefined,
        eventTimes: this.#hasEventTimes ? this.#eventTimes : undefined,
      },
      writer,
    )
    for (const column of this.#columns) {
      column.nulls = undefined
      column.exact = undefined
    }
    this.#rowKinds.fill(0, 0, this.#rowCount)
    this.#hasRowKinds = false
    this.#hasEventTimes = false
    this.#rowCount = 0
    return page
  }

  #appendNulls(target: Column, source: Column, rows: Int32Array, count: number): void {
    target.nulls ??= new Uint8Array(this.#rowsMax)
    const at = this.#rowCount
    for (let row = 0; row < count; row++) target.nulls[at + row] = source.nulls?.[rows[row]!] ?? 0
  }

  #appendRowKinds(rowKinds: Uint8Array | undefined, rows: Int32Array, count: number): void {
    if (rowKinds === undefined) {
      if (this.#hasRowKinds) this.#rowKinds.fill(0, this.#rowCount, this.#rowCount + count)
      return
    }
    this.#hasRowKinds = true
    for (let row = 0; row < count; row++) this.#rowKinds[this.#rowCount + row] = rowKinds[rows[row]!]!
  }

  #appendEventTimes(eventTimes: Float64Array | undefined, rows: Int32Array, count: number): void {
    if (eventTimes === undefined) return
    this.#hasEventTimes = true
    for (let row = 0; row < count; row++) this.#eventTimes[this.#rowCount + row] = eventTimes[rows[row]!]!
  }
}
